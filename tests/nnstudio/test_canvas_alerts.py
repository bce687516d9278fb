"""Badges and callouts: when they show, and what clicks on them do."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QBuffer, QPoint, QPointF, QRectF, QSettings, Qt
from PySide6.QtGui import QAction, QFontMetricsF, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsObject, QMenu, QStyleOptionGraphicsItem
from pytestqt.qtbot import QtBot

from engine import datasets, layers, losses
from engine.errors import Fix
from nnstudio.canvas.actions.context_menu import context_menu
from nnstudio.canvas.geometry.sizes import block_rect
from nnstudio.canvas.items.callout import Callout
from nnstudio.canvas.items.fonts import title_font
from nnstudio.canvas.items.problem_markers import COLLAPSED, Alerts
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits
from nnstudio.document.model import INPUT, OUTPUT, Document
from nnstudio.document.problems import Problem, Severity
from nnstudio.store import Store
from nnstudio.ui.motion import Motion, motion
from nnstudio.ui.theme import theme
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.canvas_support import canvas_on, submenu


def network() -> Document:
    """One warning (dense_2 folds into dense_1), and one hint (the pooling leaves lines over)."""
    made = document_of(
        *(layers.Conv2D(4, 2), layers.ReLU(), layers.MaxPool2D(2), layers.Flatten(), layers.Dense(8)),
        layers.Dense(10),
        layers.Softmax(),
        dataset=datasets.Digits(),
    )
    return edits.set_training(made, loss=losses.CategoricalCrossEntropy())


@pytest.fixture
def store(qapp: object) -> Store:
    return opened(network())


@pytest.fixture
def view(store: Store, qtbot: QtBot) -> CanvasView:
    return canvas_on(store, qtbot)


@pytest.fixture
def alerts(view: CanvasView) -> Alerts:
    return view.canvas.alerts


def break_it(store: Store) -> None:
    store.edit("Remove", edits.remove(store.document, "flatten_1"))


def point_of(view: CanvasView, item: QGraphicsObject, offset: QPointF | None = None) -> QPoint:
    here = view.mapFromScene(item.scenePos())
    return here + offset.toPoint() if offset is not None else here


def press(view: CanvasView, item: QGraphicsObject, qtbot: QtBot, offset: QPointF | None = None) -> None:
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point_of(view, item, offset))


def test_remarks_are_badges_that_say_what_they_mean(view: CanvasView, alerts: Alerts) -> None:
    assert {name: badge.severity for name, badge in alerts.badges.items()} == {
        "maxpool2d_1": Severity.HINT,
        "dense_2": Severity.WARNING,
    }
    assert alerts.badges["dense_2"].toolTip().startswith("Warning: Nothing non-linear stands between dense_1")
    assert alerts.callouts == {}
    for mode in ("light", "dark"):
        theme().set_mode(mode)  # type: ignore[arg-type]
        view.grab()
    theme().set_mode("light")


def test_a_click_on_a_badge_opens_its_callout_and_a_click_on_that_closes_it(
    view: CanvasView, alerts: Alerts, store: Store, qtbot: QtBot
) -> None:
    before = store.document
    press(view, alerts.badges["dense_2"], qtbot)
    assert store.selected == "dense_2"
    assert list(alerts.callouts) == ["dense_2"]
    assert not alerts.badges["dense_2"].isVisible()
    press(view, alerts.callouts["dense_2"], qtbot, alerts.callouts["dense_2"].box.topLeft() + QPointF(4, 4))
    qtbot.waitUntil(lambda: not alerts.callouts)
    press(view, alerts.badges["dense_2"], qtbot)
    callout = alerts.callouts["dense_2"]
    assert callout.button_centre is not None
    press(view, callout, qtbot, callout.button_centre)
    qtbot.waitUntil(lambda: store.document.chain()[5] == "relu_2")
    assert list(alerts.badges) == ["maxpool2d_1"]
    assert alerts.callouts == {}
    store.undo_stack.undo()
    assert store.document == before
    assert set(alerts.badges) == {"maxpool2d_1", "dense_2"}


def test_another_selection_closes_what_was_opened(view: CanvasView, alerts: Alerts, store: Store, qtbot: QtBot) -> None:
    press(view, alerts.badges["maxpool2d_1"], qtbot)
    assert list(alerts.callouts) == ["maxpool2d_1"]
    store.select("conv2d_1")
    assert alerts.callouts == {}


@pytest.mark.parametrize(
    "title",
    [
        "Set padding of conv2d_2 to same",
        "Insert Flatten",
        f"Insert a 1x1 Conv2D on the way from {'conv2d_21_' * 4} to {'m' * 40}",
    ],
)
def test_the_title_of_a_cure_is_written_out(view: CanvasView, title: str) -> None:
    block = view.canvas.blocks["conv2d_1"]
    callout = Callout(block, [Problem("conv2d_1", "Shapes differ.", fix=Fix(title))])
    assert callout.button_centre is not None
    buffer = QBuffer()
    drawing = QSvgGenerator()
    drawing.setOutputDevice(buffer)
    with QPainter(drawing) as painter:
        callout.paint(painter, QStyleOptionGraphicsItem())
    lines = ET.fromstring(buffer.data().data()).iter("{http://www.w3.org/2000/svg}text")
    spots = [(line.text or "", float(line.get("x", 0)), float(line.get("y", 0))) for line in lines]
    written = "".join(text for text, _, _ in spots).replace("\u200b", "").replace(" ", "")
    assert written == "Shapesdiffer." + title.replace(" ", "")
    metrics = QFontMetricsF(title_font())
    for text, x, y in spots[1:]:
        line = QRectF(x, y - metrics.ascent(), metrics.horizontalAdvance(text.strip()), metrics.height())
        assert callout.button.contains(line), text
    assert callout.box.contains(callout.button)


def test_a_callout_tells_of_the_first_of_several(view: CanvasView, alerts: Alerts, store: Store) -> None:
    store.edit("Take out", edits.remove(store.document, "softmax_1"))
    alerts.open("dense_2")
    callout = alerts.callouts["dense_2"]
    assert len(callout.problems) == 2
    assert "(1 more in the list of problems.)" in callout.sentence


def test_errors_are_open_until_they_would_cover_the_network(view: CanvasView, alerts: Alerts, store: Store) -> None:
    break_it(store)
    assert list(alerts.callouts) == ["dense_1"]
    assert not alerts.badges["dense_1"].isVisible()
    view.set_zoom(COLLAPSED - 0.05)
    assert alerts.callouts == {}
    assert alerts.badges["dense_1"].isVisible()
    store.select("dense_1")
    assert list(alerts.callouts) == ["dense_1"]
    store.select("")
    assert alerts.callouts == {}
    view.set_zoom(COLLAPSED + 0.05)
    assert list(alerts.callouts) == ["dense_1"]


def test_a_small_error_opens_under_the_mouse(view: CanvasView, alerts: Alerts, store: Store, qtbot: QtBot) -> None:
    break_it(store)
    view.set_zoom(0.4)
    alerts.badges["dense_1"].hovered.emit(True)
    callout = alerts.callouts["dense_1"]
    # On its way to the button the mouse leaves the badge.
    alerts.badges["dense_1"].hovered.emit(False)
    callout.hovered.emit(True)
    assert alerts.callouts == {"dense_1": callout}
    callout.hovered.emit(False)
    qtbot.waitUntil(lambda: not alerts.callouts, timeout=2000)


def test_a_long_network_shows_badges_only(view: CanvasView, alerts: Alerts, store: Store, qtbot: QtBot) -> None:
    document = store.document
    for _ in range(40):
        document = edits.insert(document, layers.ReLU(), document.wires[1])
    store.edit("Remove", edits.remove(edits.tidy(document), "flatten_1"))
    view.fit()
    assert view.zoom < COLLAPSED
    assert alerts.callouts == {}
    assert alerts.badges["dense_1"].severity is Severity.ERROR
    alerts.open("dense_1")
    callout = alerts.callouts["dense_1"]

    def in_sight() -> bool:
        box = callout.box.translated(QPointF(view.mapFromScene(callout.scenePos())))
        return bool(box.left() >= 0 and box.right() <= view.viewport().width())

    # Blocks glide to their places.
    qtbot.waitUntil(in_sight, timeout=2000)


def test_blocks_that_go_take_their_badges_along(alerts: Alerts, store: Store) -> None:
    store.edit("Remove", edits.remove(store.document, "dense_2", "maxpool2d_1"))
    assert "maxpool2d_1" not in alerts.badges
    store.undo_stack.undo()
    assert set(alerts.badges) == {"maxpool2d_1", "dense_2"}


def menu_of(view: CanvasView, item: QGraphicsObject, offset: QPointF | None = None) -> QMenu:
    return context_menu(view.canvas, view.mapToScene(point_of(view, item, offset)), view)


def entries(view: CanvasView, item: QGraphicsObject, offset: QPointF | None = None) -> dict[str, QAction]:
    """What a right click there offers."""
    menu = menu_of(view, item, offset)
    return {action.text(): action for action in menu.actions() if action.text()}


def test_a_badge_and_a_bubble_offer_to_dismiss(view: CanvasView, alerts: Alerts, store: Store, qtbot: QtBot) -> None:
    badge = alerts.badges["maxpool2d_1"]
    assert list(entries(view, badge)) == ["Set padding to same", "Dismiss this hint"]
    press(view, badge, qtbot)
    callout = alerts.callouts["maxpool2d_1"]
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.RightButton, pos=point_of(view, callout, callout.box.center()))
    assert "maxpool2d_1" in alerts.callouts, "the right button does not close it"
    assert "right-click to dismiss" in callout.toolTip()
    entries(view, callout, callout.box.center())["Dismiss this hint"].trigger()
    assert "maxpool2d_1" not in alerts.callouts
    assert "maxpool2d_1" not in alerts.badges
    assert store.undo_stack.undoText() == "Dismiss 1 hint on maxpool2d_1"
    store.undo_stack.undo()
    assert "maxpool2d_1" in alerts.badges


def test_the_menu_of_a_block_offers_it_too(view: CanvasView, alerts: Alerts, store: Store) -> None:
    store.edit("Batches of one", edits.set_training(store.document, batch_size=1))
    offered = entries(view, view.canvas.blocks["maxpool2d_1"])
    assert "Dismiss this hint" in offered
    # First comes what would fix it.
    assert next(iter(offered)) == "Set padding to same"
    assert not any("Dismiss" in text for text in entries(view, view.canvas.blocks["relu_1"]))
    last = next(wire for wire in store.document.wires if wire.source == "dense_2")
    store.edit("Insert", edits.insert(store.document, layers.BatchNorm(), last))
    store.edit("Remove", edits.remove(store.document, "softmax_1", "batchnorm_1"))
    several = submenu(menu_of(view, view.canvas.blocks["dense_2"]), "Dismiss")
    assert several is not None
    actions = [action for action in several.actions() if action.text()]
    assert [action.text()[:9] for action in actions] == ["Warning: ", "Warning: ", "All of th"]
    assert all(len(action.text()) <= 64 for action in actions)
    actions[-1].trigger()
    assert store.undo_stack.undoText() == "Dismiss 2 warnings on dense_2"
    assert "dense_2" not in alerts.badges


def test_an_error_stays(view: CanvasView, alerts: Alerts, store: Store) -> None:
    break_it(store)
    (name,) = alerts.callouts
    found = entries(view, alerts.badges[name])
    assert not found["Errors cannot be dismissed"].isEnabled()
    assert alerts.callouts[name].toolTip() == ""


def test_menus_find_a_bubble_at_any_zoom(view: CanvasView, alerts: Alerts, qtbot: QtBot) -> None:
    alerts.open("maxpool2d_1")
    for zoom in (0.6, 1.0, 1.7):
        view.set_zoom(zoom)
        view.centerOn(view.canvas.blocks["maxpool2d_1"])
        callout = alerts.callouts["maxpool2d_1"]
        assert "Dismiss this hint" in entries(view, callout, callout.box.center())


def columns() -> Document:
    """Four columns of five blocks, and a Dense in the second that lacks a Flatten."""
    made = edits.set_data(Document(), dataset=datasets.Digits())
    for _ in range(4):
        made = edits.append(edits.append(made, layers.Conv2D(4, 2, padding="same")), layers.ReLU())
    for _ in range(5):
        made = edits.append(edits.append(made, layers.Dense(8)), layers.Tanh())
    return edits.tidy(made)


def covered(view: CanvasView, name: str) -> set[str]:
    """The blocks below the callout of a block."""
    callout = view.canvas.alerts.callouts[name]
    box = callout.box.translated(QPointF(view.mapFromScene(callout.scenePos()))).toRect()
    area = view.mapToScene(box).boundingRect()
    document = view.store.document
    places = {other: QPointF(*edits.position(document, other)) for other in view.canvas.blocks}
    return {other for other, place in places.items() if block_rect().translated(place).intersects(area)}


def test_a_callout_between_columns_stands_where_it_covers_least(view: CanvasView, store: Store) -> None:
    store.open(columns())
    view.set_zoom(0.7)
    x, y = edits.position(store.document, "dense_1")
    store.select("dense_1")
    assert list(view.canvas.alerts.callouts) == ["dense_1"]
    view.centre_on(QPointF(x, y))
    view.canvas.alerts.fit_sides()
    # Out of the way of its own block, and of all but one of the next column.
    before = covered(view, "dense_1")
    assert "dense_1" not in before
    assert len(before) == 1
    # With room at one side, it goes there.
    (beside,) = before
    store.edit("Aside", edits.place(store.document, beside, 4000, 4000))
    view.centre_on(QPointF(x, y))
    view.canvas.alerts.fit_sides()
    assert covered(view, "dense_1") == set()


def test_a_callout_without_room_folds_to_its_badge_and_opens_when_it_is_looked_at(
    view: CanvasView, alerts: Alerts, store: Store, qtbot: QtBot
) -> None:
    store.open(columns())
    view.set_zoom(0.7)
    badge = alerts.badges["dense_1"]
    assert alerts.callouts == {}
    assert badge.isVisible()
    # Under the mouse, and as long as it is on the badge or the bubble.
    badge.hovered.emit(True)
    (callout,) = alerts.callouts.values()
    assert badge.isVisible(), "the mouse finds back to it"
    badge.hovered.emit(False)
    callout.hovered.emit(True)
    qtbot.wait(600)
    assert list(alerts.callouts) == ["dense_1"]
    callout.hovered.emit(False)
    qtbot.waitUntil(lambda: not alerts.callouts, timeout=2000)
    # While its block is selected.
    store.select("dense_1")
    assert list(alerts.callouts) == ["dense_1"]
    assert not badge.isVisible()
    store.select("")
    assert alerts.callouts == {}
    # Where there is room it stays open.
    store.edit("Aside", edits.place(store.document, "dense_1", -2000, 0))
    assert list(alerts.callouts) == ["dense_1"]


def test_an_error_that_an_edit_has_just_made_opens_until_something_else_is_selected(
    view: CanvasView, alerts: Alerts, store: Store, qtbot: QtBot
) -> None:
    store.open(edits.insert(columns(), layers.Flatten(), next(w for w in columns().wires if w.target == "dense_1")))
    view.set_zoom(0.7)
    assert not alerts.badges.get("dense_1")
    # Without the hole that it leaves, in which there would be room.
    store.edit("Delete flatten_1", edits.tidy(edits.remove(store.document, "flatten_1")))
    # The edit selects what it has put in, or what stands beside it.
    store.select("relu_4")
    assert list(alerts.callouts) == ["dense_1"]
    qtbot.wait(10)
    store.select("relu_1")
    assert alerts.callouts == {}
    # The next edit brings nothing new.
    store.edit("Rename", edits.rename(store.document, "relu_1", "first"))
    assert alerts.callouts == {}
    assert alerts.badges["dense_1"].isVisible()


def test_callouts_look_for_room_when_the_view_has_come_to_rest(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    document = document_of(layers.Conv2D(4), layers.Dense(8), layers.Tanh(), dataset=datasets.Digits())
    for place, name in enumerate((INPUT, *document.chain(), OUTPUT)):
        document = edits.place(document, name, 460 * (place - 2), 0)
    store.open(document)
    view.set_zoom(2.0)
    view.centre_on(QPointF(60, 0))
    # So near, it has room beside its block.
    qtbot.waitUntil(lambda: list(view.canvas.alerts.callouts) == ["dense_1"], timeout=2000)
    view.set_zoom(0.7)
    qtbot.waitUntil(lambda: not view.canvas.alerts.callouts, timeout=2000)


def test_a_callout_without_room_beside_the_network_leaves_its_own_block_free(view: CanvasView, store: Store) -> None:
    document = document_of(
        *(layers.Conv2D(4, 2, padding="same") for _ in range(20)),
        layers.Flatten(),
        layers.Dense(9),
        dataset=datasets.Digits(),
    )
    # Three full columns, and a short one at the right in which the loss has neighbours at the left alone.
    for index, name in enumerate((INPUT, *document.chain(), OUTPUT)):
        document = edits.place(document, name, index // 7 * 270.0, index % 7 * 88.0)
    store.open(document)
    view.resize(760, 405)
    view.fit()
    store.select(OUTPUT)
    assert list(view.canvas.alerts.callouts) == [OUTPUT]
    assert OUTPUT not in covered(view, OUTPUT)


def test_callouts_step_back_while_a_wire_is_led_with_the_mouse(
    view: CanvasView, alerts: Alerts, store: Store, qtbot: QtBot
) -> None:
    break_it(store)
    assert list(alerts.callouts) == ["dense_1"]
    start = view.canvas.blocks["conv2d_1"].pos() + QPointF(0, block_rect().height() / 2)
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=view.mapFromScene(start))
    assert alerts.callouts == {}
    assert alerts.badges["dense_1"].isVisible()
    qtbot.mouseMove(view.viewport(), view.mapFromScene(start) + QPoint(60, 60))
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=view.mapFromScene(start) + QPoint(60, 60))
    assert list(alerts.callouts) == ["dense_1"]
    # A press on a callout takes no port below it.
    callout = alerts.callouts["dense_1"]
    spot = callout.scenePos() + callout.box.center() / view.zoom
    store.edit("Below it", edits.place(store.document, "relu_1", spot.x(), spot.y() + block_rect().height() / 2))
    press(view, callout, qtbot, callout.box.center())
    assert not view.canvas.wire_drag.active


def test_callouts_step_back_while_a_wire_is_led_with_the_keyboard(
    view: CanvasView, alerts: Alerts, store: Store, qtbot: QtBot
) -> None:
    break_it(store)
    store.select("conv2d_1")
    for ends in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        qtbot.keyClick(view, Qt.Key.Key_C)
        assert alerts.callouts == {}
        qtbot.keyClick(view, ends)
        assert list(alerts.callouts) == ["dense_1"]
    assert store.undo_stack.undoText().startswith("Connect conv2d_1")


def test_from_afar_remarks_differ_by_form_and_are_large_enough_to_hit(
    view: CanvasView, alerts: Alerts, store: Store, qtbot: QtBot
) -> None:
    def drawn(name: str) -> QImage:
        """Where the badge is opaque, without its colours."""
        badge = alerts.badges[name]
        image = QImage(24, 24, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.translate(12, 12)
        painter.scale(view.zoom, view.zoom)
        badge.paint(painter, QStyleOptionGraphicsItem())
        painter.end()
        return image.convertToFormat(QImage.Format.Format_Alpha8)

    view.set_zoom(0.2)
    forms = [drawn("dense_2"), drawn("maxpool2d_1")]
    assert forms[0] != forms[1]
    for form in forms:
        wide = sum(form.pixelColor(x, 12).alpha() > 128 for x in range(24))
        assert wide >= 8
    view.centre_on(view.canvas.blocks["dense_2"].pos())
    beside = point_of(view, alerts.badges["dense_2"]) + QPoint(4, 2)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=beside)
    assert list(alerts.callouts) == ["dense_2"]


@pytest.fixture
def switch(qapp: object) -> Iterator[Motion]:
    """The switch for animations, as it was afterwards."""
    yield motion()
    motion().set_on(True)
    QSettings().remove("animations")


def in_sight(view: CanvasView, name: str) -> bool:
    """True if all of a block and of its callout is seen."""
    callout = view.canvas.alerts.callouts.get(name)
    if callout is None:
        return False
    box = callout.box.translated(QPointF(view.mapFromScene(callout.scenePos())))
    block = view.mapFromScene(view.canvas.blocks[name].sceneBoundingRect()).boundingRect()
    seen = view.viewport().rect()
    return seen.contains(box.toAlignedRect()) and seen.contains(block)


@pytest.mark.parametrize("zoom", [0.3, 0.7, 1.0])
@pytest.mark.parametrize("animated", [True, False])
def test_a_chosen_problem_comes_into_sight_with_its_callout(
    view: CanvasView, store: Store, qtbot: QtBot, switch: Motion, zoom: float, animated: bool
) -> None:
    store.open(columns())
    switch.set_on(animated)
    store.edit("Short", edits.set_field(store.document, "dense_5", "units", 3))
    for start in ((0.0, 0.0), (320.0, 352.0), (700.0, 352.0), (5000.0, 5000.0)):
        view.set_zoom(zoom)
        view.centre_on(QPointF(*start))
        store.select("")
        before = view.seen_rect().center()
        view.show_problem("dense_1")
        assert store.selected == "dense_1"
        if animated:
            # Calmly: it has not jumped there.
            assert (view.seen_rect().center() - before).manhattanLength() * zoom < 3
        else:
            assert in_sight(view, "dense_1")
        qtbot.waitUntil(lambda: in_sight(view, "dense_1"), timeout=1000)
        # What looks for room when the view is at rest leaves it so.
        qtbot.wait(250)
        assert in_sight(view, "dense_1")
        assert "dense_1" not in covered(view, "dense_1")
        # All in sight, nothing moves any more.
        centre = view.seen_rect().center()
        view.show_problem("dense_1")
        qtbot.wait(20)
        assert view.seen_rect().center() == centre


def test_a_view_too_small_for_block_and_callout_shows_the_block(view: CanvasView, store: Store, switch: Motion) -> None:
    store.open(columns())
    switch.set_on(False)
    view.resize(300, 200)
    view.set_zoom(1.0)
    view.centre_on(QPointF(0, 0))
    view.show_problem("dense_1")
    assert view.seen_rect().contains(view.canvas.blocks["dense_1"].sceneBoundingRect())


def test_whoever_moves_the_view_meanwhile_has_the_last_word(
    view: CanvasView, store: Store, qtbot: QtBot, switch: Motion
) -> None:
    store.open(columns())
    switch.set_on(True)
    view.set_zoom(1.0)
    view.centre_on(QPointF(0, 0))
    view.show_problem("dense_1")
    view.centre_on(QPointF(900, 100))
    qtbot.wait(250)
    assert (view.seen_rect().center() - QPointF(900, 100)).manhattanLength() < 3
