"""View while a network is built: constant zoom, moved only to new blocks."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import layers
from nnstudio.canvas.geometry.sizes import block_rect
from nnstudio.canvas.gestures.layer_drop import MIME
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits, groups
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire
from nnstudio.store import Store
from nnstudio.ui.motion import motion
from tests.nnstudio.builders import opened
from tests.nnstudio.canvas_support import assert_shows_its_document, canvas_on


def column(count: int) -> Document:
    document = Document()
    for _ in range(count):
        document = edits.append(document, layers.Dense(4))
    return document


@pytest.fixture
def store() -> Store:
    return opened(column(3))


@pytest.fixture
def view(store: Store, qtbot: QtBot) -> CanvasView:
    motion().set_on(False)
    return canvas_on(store, qtbot)


def on_screen(view: CanvasView, name: str = INPUT) -> QPoint:
    """Where a block will be seen when it has come to rest."""
    return view.mapFromScene(QPointF(*edits.position(view.store.document, name)))


def sees(view: CanvasView, name: str) -> bool:
    return view.seen_rect().contains(block_rect().translated(QPointF(*edits.position(view.canvas.shown, name))))


@pytest.mark.parametrize("zoom", [0.2, 0.7, 1.0, 2.0])
def test_no_edit_changes_the_zoom_and_none_moves_the_view_but_for_what_is_new(
    view: CanvasView, store: Store, zoom: float
) -> None:
    view.set_zoom(zoom)
    chance = random.Random(round(zoom * 10))
    for _ in range(15 if zoom < 0.5 else 40):
        before, here, place = store.document, on_screen(view), edits.position(store.document, INPUT)
        act = chance.choice(("insert", "insert", "append", "delete", "duplicate", "undo", "field"))
        if act == "insert":
            view.canvas.insert(layers.Tanh(), chance.choice(store.document.wires))
        elif act == "append":
            view.canvas.append(layers.Tanh())
        elif act == "duplicate":
            view.canvas.editing.choose([chance.choice(store.document.blocks).name])
            view.canvas.editing.duplicate()
        elif act == "undo":
            store.undo_stack.undo()
        elif act == "delete" and len(store.document.blocks) > 2:
            store.edit("Delete", edits.remove(store.document, chance.choice(store.document.blocks).name))
        elif act == "field" and store.document.has_block("dense_1"):
            store.edit("Units", edits.set_field(store.document, "dense_1", "units", chance.randrange(1, 99)))
        assert view.zoom == pytest.approx(zoom)
        new = store.document.by_name.keys() - before.by_name.keys()
        assert all(sees(view, name) for name in new), act
        assert edits.position(store.document, INPUT) == place
        if not new or zoom < 0.5:
            # Nothing has come, or all of it is in sight: what is seen stays where it is seen, to a rounded pixel.
            assert (on_screen(view) - here).manhattanLength() <= 1, act
    assert_shows_its_document(view.canvas)


def test_opening_and_tidying_bring_all_in_sight(view: CanvasView, store: Store) -> None:
    for _ in range(12):
        view.canvas.append(layers.Dense(4))
    assert view.zoom == 1
    assert not sees(view, INPUT)
    view.canvas.tidy()
    assert sees(view, INPUT)
    assert sees(view, OUTPUT)
    assert view.zoom < 1
    store.open(column(2))
    assert view.zoom == 1
    assert sees(view, INPUT)
    assert sees(view, OUTPUT)


def test_where_it_goes_on_is_seen_too(view: CanvasView, store: Store) -> None:
    for _ in range(9):
        view.canvas.append(layers.Dense(4))
        assert sees(view, OUTPUT)


def test_a_cure_brings_what_it_puts_in_into_sight(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    wrong = edits.append(column(8), layers.Conv2D(2))
    store.open(wrong)
    view.set_zoom(1.0)
    view.centre_on(QPointF(0, 0))
    problem = store.analysis.problems["conv2d_1"]
    assert problem.fix is not None
    before = store.document
    store.apply_fix(problem)
    new = store.document.by_name.keys() - before.by_name.keys()
    assert all(sees(view, name) for name in new)
    assert view.zoom == 1


def drag_over(view: CanvasView, layer: bytes, point: QPointF) -> None:
    data = QMimeData()
    data.setData(MIME, layer)
    place = view.mapFromScene(point)
    rest = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view.viewport(), QDragEnterEvent(place, *rest))
    QApplication.sendEvent(view.viewport(), QDragMoveEvent(place, *rest))


def test_a_preview_out_of_sight_is_brought_in_if_the_drag_rests(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.open(edits.tidy(column(9)))
    view.set_zoom(1.0)
    wire = next(w for w in store.document.wires if edits.position(store.document, w.target)[0] > 0)
    x, y = edits.position(store.document, wire.source)
    # Just so much that the end of the column is seen.
    view.centre_on(QPointF(x, y - view.seen_rect().height() / 2 + 60))
    here = view.seen_rect()
    drag_over(view, b"Tanh", view.canvas.wires[wire].at(0.1))
    assert view.canvas.blocks["tanh_1"].ghost
    assert not sees(view, "tanh_1")
    assert view.seen_rect() == here, "whoever only passes is not run after"
    qtbot.waitUntil(lambda: sees(view, "tanh_1"))
    shown = view.canvas.shown
    view.canvas.drop(layers.Tanh(), QPointF(5000, 5000))
    assert store.document is shown


def test_a_pattern_is_repeated_with_its_button_under_the_mouse(view: CanvasView, store: Store) -> None:
    store.open(groups.make(column(3), "dense_1", "dense_2"))
    view.set_zoom(1.0)
    here = on_screen(view)
    for count in (3, 4, 9):
        view.canvas.grouping.repeat("group_1", count)
        assert on_screen(view) == here


def test_a_quick_second_click_on_a_frame_counts_once(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.open(groups.make(column(3), "dense_1", "dense_2"))
    frame = view.canvas.frames["group_1"]
    place = view.mapFromScene(frame.mapToScene(frame.part_rect("more").center()))
    left, viewport = Qt.MouseButton.LeftButton, view.viewport()
    qtbot.mouseClick(viewport, left, pos=place)
    qtbot.waitUntil(lambda: len(store.document.group("group_1").blocks) == 3)
    qtbot.mouseDClick(viewport, left, pos=place)
    qtbot.mouseRelease(viewport, left, pos=place)
    qtbot.wait(50)
    assert len(store.document.group("group_1").blocks) == 4


def test_a_block_between_two_that_stand_side_by_side_moves_neither(view: CanvasView, store: Store) -> None:
    store.edit("Aside", edits.place(store.document, "dense_2", 800, 88))
    view.canvas.insert(layers.Tanh(), Wire(source="dense_1", target="dense_2"))
    assert edits.position(store.document, "tanh_1") == (400, 88)
