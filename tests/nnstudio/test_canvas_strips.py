"""Strips below the blocks: places, pictures, reading, and nothing in the mouse's way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QStyleOptionGraphicsItem
from pytestqt.qtbot import QtBot

from engine import layers
from engine.data import Digits
from nnstudio.canvas.items.strips import MOST_BLOCKS, StripItem, bar_image
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits, groups
from nnstudio.document.layout import SPACING
from nnstudio.export import diagram
from nnstudio.ui.colours import DARK, LIGHT
from nnstudio.ui.unit_strip import MOST_BARS, MOST_THUMBNAILS, UnitStrip
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.canvas_support import canvas_on
from tests.nnstudio.views_support import hover, themed

HIDDEN = "dense_1"


@pytest.fixture(autouse=True, scope="module")
def _light(qapp: QApplication) -> Iterator[None]:
    with themed("light"):
        yield


@pytest.fixture
def view(qtbot: QtBot) -> CanvasView:
    stack = layers.Flatten(), layers.Dense(units=3), layers.ReLU(), layers.Dense(units=10), layers.Softmax()
    view = canvas_on(opened(document_of(*stack, dataset=Digits())), qtbot, 640)
    view.set_zoom(1.0)
    view.centre_on(QPointF(view.canvas.blocks[HIDDEN].pos()))
    qtbot.wait(1)
    return view


def strip(values: object, total: int | None = None, reach: float = 1.0) -> UnitStrip:
    array = np.asarray(values, np.float32)
    return UnitStrip(array, len(array) if total is None else total, reach, lambda unit: f"unit {unit}")


def shown(view: CanvasView, made: UnitStrip, name: str = HIDDEN) -> StripItem:
    view.canvas.strips.show({name: made})
    return view.canvas.strips.items[name]


def pixels(view: CanvasView) -> QImage:
    return view.grab().toImage()


def colour_at(view: CanvasView, item: StripItem, point: QPointF) -> QColor:
    return pixels(view).pixelColor(view.viewport().mapTo(view, view.mapFromScene(item.mapToScene(point))))


def close(found: QColor, wanted: str) -> bool:
    other = QColor(wanted)
    pairs = ((found.red(), other.red()), (found.green(), other.green()), (found.blue(), other.blue()))
    return all(abs(a - b) <= 4 for a, b in pairs)


@pytest.mark.parametrize("units", [1, 2, 3, 6, 7, 8, 9, 500])
@pytest.mark.parametrize("bars", [True, False])
def test_all_units_have_a_place_between_the_block_and_the_next_one_beside_the_wire(
    view: CanvasView, units: int, bars: bool
) -> None:
    values = np.zeros(units) if bars else np.zeros((min(units, MOST_THUMBNAILS), 4, 4))
    item = shown(view, strip(values, units))
    places = item.places
    most = MOST_BARS if bars else MOST_THUMBNAILS
    assert len(places) == (units if units <= most else item.strip.shown)
    assert len(places) >= min(units, most - 6)
    for place in places:
        assert item.boundingRect().contains(place)
        assert 27 < place.top() < place.bottom() < SPACING - 27
        assert place.right() <= -30 or place.left() >= 30
    assert all(left.right() < right.left() for left, right in pairwise(places))
    assert abs(sum(place.x() < 0 for place in places) - len(places) / 2) <= 3


def test_each_thumbnail_has_the_colours_of_its_unit(view: CanvasView) -> None:
    one, other = np.full((4, 4), 1.0), np.full((4, 4), -1.0)
    other[:2] = 0
    item = shown(view, strip([one, other]))
    first, second = item.places
    assert close(colour_at(view, item, first.center()), LIGHT.positive)
    assert close(colour_at(view, item, second.center() - QPointF(0, 6)), LIGHT.neutral)
    assert close(colour_at(view, item, second.center() + QPointF(0, 6)), LIGHT.negative)
    item = shown(view, strip([other, one]))
    assert close(colour_at(view, item, second.center()), LIGHT.positive)


def test_they_follow_the_theme(view: CanvasView, qtbot: QtBot) -> None:
    item = shown(view, strip([np.ones((2, 2))]))
    spot = item.places[0].center()
    assert close(colour_at(view, item, spot), LIGHT.positive)
    with themed("dark"):
        assert close(colour_at(view, item, spot), DARK.positive)
    bars = shown(view, strip([1.0, 1.0]))
    assert close(colour_at(view, bars, bars.places[0].center()), LIGHT.positive)
    with themed("dark"):
        assert close(colour_at(view, bars, bars.places[0].center()), DARK.positive)


def test_bars_are_as_high_as_their_values() -> None:
    found = bar_image(np.array([1.0, 0.5, 0.25, 0.0, np.nan]), 1.0)
    heights = [sum(found.pixelColor(4 * bar, row).alpha() > 0 for row in range(40)) for bar in range(5)]
    assert heights == [40, 20, 10, 0, 0]
    assert found.pixelColor(3, 39).alpha() == 0
    found = bar_image(np.array([2.0, -1.0, np.inf]), 2.0)
    columns = [[found.pixelColor(4 * bar, row) for row in range(40)] for bar in range(3)]
    assert [sum(colour.alpha() > 0 for colour in column) for column in columns] == [20, 10, 20]
    assert all(close(columns[0][row], LIGHT.positive) for row in range(20))
    assert all(close(columns[1][row], LIGHT.negative) for row in range(20, 30))


def test_the_mouse_reads_a_unit(view: CanvasView, qtbot: QtBot) -> None:
    item = shown(view, strip([0.0, 1.0, 2.0]))
    for unit, place in enumerate(item.places):
        hover(view.viewport(), view.mapFromScene(item.mapToScene(place.center())))
        qtbot.waitUntil(lambda unit=unit: item.toolTip() == f"unit {unit}")
    item.show_strip(UnitStrip(np.zeros(3), 3, 1.0, lambda unit: f"newer {unit}"))
    assert item.toolTip() == "newer 2"
    item.show_strip(strip([0.0]))
    assert item.toolTip() == ""
    hover(view.viewport(), QPoint(3, 3))
    qtbot.waitUntil(lambda: item.toolTip() == "")
    assert item.unit_at(QPointF(0, 44)) == -1


def test_a_press_on_it_neither_selects_nor_moves(view: CanvasView, qtbot: QtBot) -> None:
    item = shown(view, strip([np.ones((2, 2))] * 8))
    before = view.store.document
    for place in item.places:
        spot = view.mapFromScene(item.mapToScene(place.center()))
        qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        qtbot.mouseMove(view.viewport(), spot + QPoint(1, 2))
        qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=spot + QPoint(1, 2))
        assert view.canvas.selectedItems() == []
    assert view.store.document is before


def test_ports_wires_and_blocks_are_hit_as_without(view: CanvasView) -> None:
    points = [QPointF(x, y) for x in range(-140, 141, 4) for y in range(-40, 150, 4)]

    def hit() -> list[object]:
        base = view.canvas.blocks[HIDDEN].pos()
        found = (view.canvas.items_at(base + point) for point in points)
        return [[item for item in items if not isinstance(item, StripItem)] for items in found]

    def topmost() -> list[bool]:
        base = view.canvas.blocks[HIDDEN].pos()
        return [isinstance(next(iter(view.canvas.items_at(base + point)), None), StripItem) for point in points]

    before = hit()
    shown(view, strip([np.ones((2, 2))] * 8))
    assert hit() == before
    # Where anything else is, that lies above.
    assert any(topmost())
    assert all(not others for others, above in zip(before, topmost(), strict=True) if above)


def test_it_goes_with_its_block_and_leaves_with_it(view: CanvasView, qtbot: QtBot) -> None:
    item = shown(view, strip([1.0, 2.0]))
    block = view.canvas.blocks[HIDDEN]
    block.setPos(block.pos() + QPointF(33, -21))
    assert item.pos() == block.pos()
    store = view.store
    store.edit("Delete", edits.remove(store.document, HIDDEN))
    assert view.canvas.strips.items == {}
    assert item.scene() is None
    store.undo_stack.undo()
    assert view.canvas.strips.items == {}
    shown(view, strip([1.0, 2.0]))
    store.edit("Rename", edits.rename(store.document, HIDDEN, "other"))
    assert view.canvas.strips.items == {}


def test_what_is_not_shown_again_is_gone_and_unknown_blocks_have_none(view: CanvasView) -> None:
    first = shown(view, strip([1.0]))
    view.canvas.strips.show({"relu_1": strip([1.0]), "gone": strip([1.0])})
    assert list(view.canvas.strips.items) == ["relu_1"]
    assert first.scene() is None


def test_blocks_in_sight_may_have_one_and_none_when_shown_small(view: CanvasView) -> None:
    strips = view.canvas.strips
    view.fit()
    view.set_zoom(0.51)
    assert strips.in_sight() == set(view.canvas.blocks)
    view.set_zoom(0.49)
    assert strips.in_sight() == set()
    view.set_zoom(3.0)
    view.centre_on(QPointF(view.canvas.blocks[HIDDEN].pos()))
    seen = view.seen_rect()
    expected = {
        name
        for name, block in view.canvas.blocks.items()
        if QRectF(block.x() - 120, block.y() + 31, 240, 26).intersects(seen)
    }
    assert HIDDEN in expected
    assert strips.in_sight() == expected
    assert len(expected) < len(view.canvas.blocks)


@pytest.mark.parametrize("values", [np.ones((1, 2, 2)), np.ones(3)])
@pytest.mark.parametrize(("zoom", "drawn"), [(0.4, False), (0.6, True)])
def test_shown_small_nothing_is_drawn(view: CanvasView, values: np.ndarray, zoom: float, drawn: bool) -> None:
    item = shown(view, strip(values))
    picture = QImage(300, 100, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    blank = picture.copy()
    with QPainter(picture) as painter:
        painter.translate(150, 0)
        painter.scale(zoom, zoom)
        item.paint(painter, QStyleOptionGraphicsItem())
    assert (picture != blank) == drawn


def test_of_many_blocks_in_sight_none_has_one(qtbot: QtBot) -> None:
    document = document_of(*(layers.ReLU() for _ in range(MOST_BLOCKS + 20)), dataset=Digits())
    view = canvas_on(opened(edits.tidy(document)), qtbot)
    view.resize(2400, 1600)
    view.fit()
    view.set_zoom(0.51)
    seen = view.seen_rect()
    inside = [name for name, block in view.canvas.blocks.items() if seen.contains(block.sceneBoundingRect())]
    assert len(inside) > MOST_BLOCKS
    assert view.canvas.strips.in_sight() == set()
    view.set_zoom(2.0)
    view.centre_on(QPointF(view.canvas.blocks["relu_30"].pos()))
    assert 0 < len(view.canvas.strips.in_sight()) <= MOST_BLOCKS


def test_a_collapsed_group_has_none(view: CanvasView) -> None:
    store = view.store
    store.edit("Group", groups.make(store.document, HIDDEN, "relu_1"))
    name = store.document.groups[0].name
    store.edit("Collapse", groups.set_collapsed(store.document, name, True))
    view.fit()
    view.set_zoom(0.6)
    assert name in view.canvas.blocks
    assert not {name, HIDDEN, "relu_1"} & view.canvas.strips.in_sight()
    assert "dense_2" in view.canvas.strips.in_sight()


def test_a_diagram_has_none(view: CanvasView) -> None:
    before = diagram.image(view.store.document)
    shown(view, strip([np.ones((2, 2))]))
    assert diagram.image(view.store.document) == before
