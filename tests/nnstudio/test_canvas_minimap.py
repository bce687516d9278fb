"""Minimap, and blocks and wires at small zoom."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSettings, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QNativeGestureEvent, QPainter, QPointingDevice
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import datasets, layers
from nnstudio.canvas.geometry.routing import layout_of
from nnstudio.canvas.geometry.sizes import block_rect
from nnstudio.canvas.items.block_item import BlockItem, Face
from nnstudio.canvas.items.wire_item import WireItem
from nnstudio.canvas.overlays.minimap import MiniMap
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits, groups
from nnstudio.document.model import Document
from nnstudio.ui.colours import LIGHT
from nnstudio.ui.theme import theme
from tests.nnstudio.builders import opened


def long_chain(blocks: int = 12) -> Document:
    document = edits.set_data(Document(), dataset=datasets.Digits())
    for _ in range(blocks):
        document = edits.append(document, layers.ReLU())
    return document


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[CanvasView]:
    QSettings().remove("miniMap")
    theme().set_mode("light")
    store = opened(long_chain())
    made = CanvasView(store)
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    yield made
    QSettings().remove("miniMap")


def in_the_middle(view: CanvasView) -> QPointF:
    return view.mapToScene(view.viewport().rect().center())


def test_it_is_there_only_while_the_network_is_larger_than_the_view(view: CanvasView, qtbot: QtBot) -> None:
    qtbot.wait(1)
    assert not view.mini_map.isVisible()
    view.set_zoom(2.0)
    qtbot.waitUntil(view.mini_map.isVisible)
    view.fit()
    qtbot.waitUntil(lambda: not view.mini_map.isVisible())


def test_it_can_be_switched_off_for_good(view: CanvasView, qtbot: QtBot) -> None:
    view.set_zoom(2.0)
    qtbot.waitUntil(view.mini_map.isVisible)
    view.mini_map.want(False)
    assert not view.mini_map.isVisible()
    assert not MiniMap(view).wanted
    view.mini_map.want(True)
    assert view.mini_map.isVisible()


def test_a_click_and_a_drag_move_the_view(view: CanvasView, qtbot: QtBot) -> None:
    view.set_zoom(2.0)
    qtbot.waitUntil(view.mini_map.isVisible)
    mini_map = view.mini_map
    for name in ("relu_2", "output"):
        wanted = QPointF(*edits.position(view.store.document, name))
        place = mini_map._on_map(wanted)
        qtbot.mouseClick(mini_map, Qt.MouseButton.LeftButton, pos=place.toPoint())
        away = in_the_middle(view) - wanted
        assert abs(away.y()) < 3 / mini_map._scale()
    qtbot.mousePress(mini_map, Qt.MouseButton.LeftButton, pos=place.toPoint())
    top = mini_map._on_map(QPointF(0, 0)).toPoint()
    mini_map_move(mini_map, top)
    assert in_the_middle(view).y() < wanted.y() - 200


def mini_map_move(mini_map: MiniMap, place: QPoint) -> None:
    """A move with the button held, which the test bot cannot do everywhere."""
    left = Qt.MouseButton.LeftButton
    point = QPointF(place)
    mini_map.mouseMoveEvent(
        QMouseEvent(QEvent.Type.MouseMove, point, point, left, left, Qt.KeyboardModifier.NoModifier)
    )


def test_it_shows_every_block_in_its_colour_and_the_frame(view: CanvasView, qtbot: QtBot) -> None:
    view.set_zoom(2.0)
    qtbot.waitUntil(view.mini_map.isVisible)
    mini_map = view.mini_map
    picture = mini_map._drawn().toImage()
    wanted = QColor(LIGHT.categories["Activation"]).name()
    for block in view.store.document.blocks:
        place = mini_map._on_map(QPointF(block.x, block.y)).toPoint()
        assert picture.pixelColor(place).name() == wanted


def test_blocks_are_drawn_once_and_not_for_every_move(
    view: CanvasView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.set_zoom(2.0)
    qtbot.waitUntil(view.mini_map.isVisible)
    view.mini_map.grab()
    drawn: list[int] = []
    monkeypatch.setattr(view.mini_map, "_drawn", lambda: drawn.append(1) or MiniMap._drawn(view.mini_map))
    view.centre_on(QPointF(0, 300))
    view.mini_map.grab()
    assert drawn == []
    view.store.edit("Append", edits.append(view.store.document, layers.Tanh()))
    qtbot.waitUntil(lambda: not view.mini_map._soon.waits)
    view.mini_map.grab()
    assert drawn == [1]


def test_an_edit_that_makes_the_network_larger_draws_the_map_once(
    view: CanvasView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.set_zoom(2.0)
    qtbot.waitUntil(view.mini_map.isVisible)
    view.mini_map.grab()
    drawn: list[QRectF] = []
    monkeypatch.setattr(
        view.mini_map, "_drawn", lambda: drawn.append(view.mini_map._area) or MiniMap._drawn(view.mini_map)
    )
    view.store.edit("Move", edits.place(view.store.document, "output", 900.0, 700.0))
    # A frame that was asked for before the edit shows what was there before.
    view.mini_map.repaint()
    assert drawn == []
    qtbot.waitUntil(lambda: bool(drawn))
    QApplication.processEvents()
    assert drawn == [view.canvas.content_rect()]


def test_it_makes_way_for_messages(view: CanvasView, qtbot: QtBot) -> None:
    view.set_zoom(2.0)
    qtbot.waitUntil(view.mini_map.isVisible)
    right = view.mini_map.x()
    view.mini_map._is_free = lambda corner: corner != Qt.Corner.BottomRightCorner  # type: ignore[method-assign]
    view.mini_map._look()
    assert view.mini_map.x() < right


def test_a_callout_is_such_a_message(view: CanvasView, qtbot: QtBot) -> None:
    view.store.edit("Break", edits.append(view.store.document, layers.Conv2D(64, kernel_size=9)))
    view.set_zoom(2.0)
    name = view.store.document.chain()[-1]
    callout = view.canvas.alerts.callouts[name]
    qtbot.waitUntil(view.mini_map.isVisible)
    corner = view.mini_map.place_in(Qt.Corner.BottomRightCorner)
    away = QPointF(view.mapFromScene(callout.scenePos())) + callout.box.center() - QPointF(corner)
    view.centre_on(in_the_middle(view) + away / view.zoom)
    assert not view.mini_map._is_free(Qt.Corner.BottomRightCorner)
    assert view.mini_map._is_free(Qt.Corner.TopLeftCorner)


def test_the_selection_can_be_fitted(view: CanvasView) -> None:
    view.store.select("relu_3")
    view.fit_selection()
    assert view.zoom == pytest.approx(2.0)
    away = in_the_middle(view) - QPointF(*edits.position(view.store.document, "relu_3"))
    assert max(abs(away.x()), abs(away.y())) < 3
    view.canvas.clearSelection()
    seen = view.seen_rect()
    told: list[str] = []
    view.canvas.message.connect(told.append)
    view.fit_selection()
    assert view.seen_rect() == seen
    assert told == ["Nothing is selected; Fit shows the whole network."]


def test_fingers_that_part_zoom(view: CanvasView) -> None:
    zoom = view.zoom
    zooms, nowhere = Qt.NativeGestureType.ZoomNativeGesture, QPointF(100, 100)
    device = QPointingDevice.primaryPointingDevice()
    gesture = QNativeGestureEvent(zooms, device, 2, nowhere, nowhere, nowhere, 0.25, QPointF())
    assert view.viewportEvent(gesture)
    assert view.zoom == pytest.approx(1.25 * zoom)


# From afar


def drawn(item: BlockItem | WireItem, zoom: float) -> QImage:
    image = QImage(300, 200, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor("#123456"))
    painter = QPainter(image)
    painter.translate(150, 100)
    painter.scale(zoom, zoom)
    item.paint(painter, None)  # type: ignore[arg-type]
    painter.end()
    return image


def face(**changes: str) -> Face:
    return Face(
        **{"title": "Dense", "name": "d", "detail": "8 units", "count": "", "icon": "dense", **changes}, category="Core"
    )  # type: ignore[arg-type]


def test_small_print_is_left_out_from_afar(view: CanvasView) -> None:
    one, other = BlockItem("a", face(detail="8 units")), BlockItem("b", face(detail="Another text"))
    assert drawn(one, 1.0) != drawn(other, 1.0)
    assert drawn(one, 0.4) == drawn(other, 0.4)
    assert drawn(one, 0.4) != drawn(BlockItem("c", face(title="Tanh")), 0.4)


def test_from_very_far_a_block_is_a_box_in_its_colour(view: CanvasView) -> None:
    image = drawn(BlockItem("a", face()), 0.2)
    assert image.pixelColor(150 + 15, 100).name() == LIGHT.categories["Core"]
    assert image == drawn(BlockItem("b", face(title="Tanh")), 0.2)


def test_what_is_wrong_or_off_differs_by_more_than_its_colour(view: CanvasView) -> None:
    wrong, off, sound = (drawn(BlockItem("a", face(**how)), 0.2) for how in ({"problem": "No."}, {"off": "off"}, {}))
    assert off.pixelColor(165, 100).lightness() > 200 > sound.pixelColor(165, 100).lightness()
    # The icon is another one.
    assert ink(wrong) != ink(sound)


def ink(image: QImage) -> set[tuple[int, int]]:
    """Where the icon of a box is lighter than the box."""
    fill = image.pixelColor(165, 100).lightness()
    return {(x, y) for x in range(144, 157) for y in range(96, 105) if image.pixelColor(x, y).lightness() > fill + 60}


def test_labels_and_arrows_are_left_out_from_afar(view: CanvasView) -> None:
    upper, lower = BlockItem("a", face()), BlockItem("b", face())
    lower.setPos(0, 120)
    wire = WireItem(upper, lower)
    wire.show_label("4x4")
    near, far = drawn(wire, 1.0), drawn(wire, 0.4)
    wire.show_label("another")
    assert drawn(wire, 1.0) != near
    assert drawn(wire, 0.4) == far


def ink_at(view: CanvasView, point: QPointF) -> bool:
    """Something is drawn there on the map, or right beside."""
    picture, here = view.mini_map._drawn().toImage(), view.mini_map._on_map(point).toPoint()
    around = [here + QPoint(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    return any(picture.pixelColor(place).alpha() > 60 for place in around)


def test_a_frame_runs_about_an_open_group_also_while_its_blocks_glide(view: CanvasView, qtbot: QtBot) -> None:
    store = view.store
    view.set_zoom(2.0)
    qtbot.waitUntil(view.mini_map.isVisible)
    middle = QPointF(*edits.position(store.document, "relu_4")) + QPointF(block_rect().width() / 2 + 12, 0)
    assert not ink_at(view, middle)
    store.edit("Group", groups.make(store.document, "relu_3", "relu_4", "relu_5"))
    assert ink_at(view, middle)
    (frame,) = view.canvas.frames.values()
    moved = [store.document.block(name).x for name in ("relu_3", "relu_4", "relu_5")]
    document = store.document
    for name, x in zip(("relu_3", "relu_4", "relu_5"), moved, strict=True):
        document = edits.place(document, name, x + 300, document.block(name).y)
    store.edit("Move", document)
    assert frame.blocks[0].glides
    view.mini_map._measure()
    assert ink_at(view, middle + QPointF(300, 0))


def test_a_frame_runs_about_a_collapsed_group(view: CanvasView, qtbot: QtBot) -> None:
    store = view.store
    view.set_zoom(2.0)
    qtbot.waitUntil(view.mini_map.isVisible)
    made = groups.make(store.document, "relu_3", "relu_4")
    name = made.groups[0].name
    store.edit("Collapse", groups.set_collapsed(made, name, True))
    view.mini_map._measure()
    assert not view.canvas.frames
    picture, places = view.mini_map._drawn().toImage(), layout_of(store.document).places

    def reach(block: str) -> int:
        """How far to the right of the middle of a block there is anything of it."""
        place = view.mini_map._on_map(QPointF(*places[block])).toPoint()
        far = range(round(block_rect().width() / 2 * view.mini_map._scale()) + 5)
        return max(step for step in far if picture.pixelColor(place + QPoint(step, 0)).alpha() > 60)

    assert reach(name) >= reach("relu_9") + 2
