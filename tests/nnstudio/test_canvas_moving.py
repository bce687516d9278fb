"""Moving blocks: their wires follow while they rest, glide or are dragged."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import layers
from nnstudio.canvas.geometry.spatial_index import Strips
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.items.wire_item import WireItem
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits
from nnstudio.document.model import Wire
from nnstudio.store import Store
from tests.nnstudio.builders import digits_network, opened
from tests.nnstudio.canvas_support import assert_shows_its_document, canvas_on


@pytest.fixture
def store(qapp: object) -> Store:
    return opened(digits_network())


@pytest.fixture
def view(store: Store, qtbot: QtBot) -> CanvasView:
    return canvas_on(store, qtbot)


def ends(wire: WireItem) -> tuple[QPointF, QPointF]:
    return wire.at(0), wire.at(1)


def on_edge(point: QPointF, block: BlockItem) -> bool:
    """True if a wire ends here at this block: in the middle of one of its four sides."""
    way = point - block.pos()
    return (abs(way.x()), abs(way.y())) in {(0, 27), (120, 0)}


def drag(view: CanvasView, *places: QPointF) -> None:
    """Presses at the first place, in scene coordinates, and moves to the others."""
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    for number, place in enumerate(places):
        kind, button = (QEvent.Type.MouseMove, none) if number else (QEvent.Type.MouseButtonPress, left)
        point = QPointF(view.mapFromScene(place))
        spot = QPointF(view.viewport().mapToGlobal(point.toPoint()))
        event = QMouseEvent(kind, point, spot, button, left, Qt.KeyboardModifier.AltModifier)
        QApplication.sendEvent(view.viewport(), event)


def let_go(view: CanvasView, place: QPointF) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    point = QPointF(view.mapFromScene(place))
    spot = QPointF(view.viewport().mapToGlobal(point.toPoint()))
    event = QMouseEvent(QEvent.Type.MouseButtonRelease, point, spot, left, none, Qt.KeyboardModifier.AltModifier)
    QApplication.sendEvent(view.viewport(), event)


def test_wires_go_along_while_a_block_is_dragged(view: CanvasView, store: Store) -> None:
    block, wire = view.canvas.blocks["relu_1"], view.canvas.wires[Wire(source="conv2d_1", target="relu_1")]
    start = block.pos()
    drag(view, start, start + QPointF(60, 40), start + QPointF(300, 10))
    assert block.pos() != start
    assert on_edge(ends(wire)[1], block)
    assert on_edge(ends(wire)[0], view.canvas.blocks["conv2d_1"])
    let_go(view, start + QPointF(300, 10))
    assert store.document.block("relu_1").x > start.x()
    assert_shows_its_document(view.canvas)


def test_a_block_that_is_dragged_back_is_where_it_was_with_all_its_wires(view: CanvasView, store: Store) -> None:
    before, block = store.document, view.canvas.blocks["relu_1"]
    start = block.pos()
    drag(view, start, start + QPointF(400, 200), start)
    assert block.pos() == start
    assert all(on_edge(ends(wire)[end], item) for wire in block.wires for end, item in enumerate(_blocks(wire)))
    let_go(view, start)
    assert store.document is before
    assert_shows_its_document(view.canvas)


def test_wires_go_along_while_blocks_glide(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.edit("Insert", edits.insert(store.document, layers.Dropout(), store.document.wires[1]))
    moving = view.canvas.blocks["relu_1"]
    assert moving.glides
    goal = QPointF(*edits.position(store.document, "relu_1"))
    seen: list[bool] = []
    moving.yChanged.connect(lambda: seen.append(moving.pos() != goal))
    qtbot.waitUntil(lambda: not moving.glides)
    assert any(seen)
    assert moving.pos() == goal
    for wire in moving.wires:
        assert all(on_edge(ends(wire)[end], item) for end, item in enumerate(_blocks(wire)))
    assert_shows_its_document(view.canvas)


def _blocks(wire: WireItem) -> tuple[BlockItem, BlockItem]:
    return wire.source, wire.target


@pytest.mark.parametrize(
    ("rect", "found"),
    [
        ((-10, -10, 10, 10), ["middle"]),
        # Blocks that only touch a rectangle do not reach into it.
        ((120, -10, 150, 10), []),
        ((119, -10, 150, 10), ["middle"]),
        ((-400, -10, 900, 150), ["left", "middle", "below", "right"]),
        ((-400, 27, 900, 150), ["below", "right"]),
    ],
)
def test_who_reaches_into_a_rectangle(rect: tuple[float, float, float, float], found: list[str]) -> None:
    strips = Strips({"middle": (0, 0), "below": (3, 100), "right": (700, 90), "left": (-330, 0)})
    assert strips.reaching(*rect) == found
    assert strips.reaching(*rect, found[:1]) == found[1:]


def test_the_right_button_takes_hold_of_no_block(view: CanvasView, store: Store) -> None:
    # Its menu takes the release, so a block that were held would stay behind at every later edit.
    store.select("relu_1")
    place = QPointF(view.mapFromScene(view.canvas.blocks["relu_1"].pos()))
    spot = QPointF(view.viewport().mapToGlobal(place.toPoint()))
    right, kind = Qt.MouseButton.RightButton, QEvent.Type.MouseButtonPress
    event = QMouseEvent(kind, place, spot, right, right, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view.viewport(), event)
    assert view.canvas.blocks["relu_1"].isSelected()
    assert not view.canvas.block_drag.grabbed
    store.edit("Insert relu", edits.insert(store.document, layers.ReLU(), Wire(source="input", target="conv2d_1")))
    assert_shows_its_document(view.canvas)
