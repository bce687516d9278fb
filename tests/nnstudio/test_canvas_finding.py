"""Search for blocks on the canvas."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGraphicsItem, QToolButton
from pytestqt.qtbot import QtBot

from engine import datasets, layers
from nnstudio.canvas.items.badge import Badge
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits
from nnstudio.document.model import Document, Group
from nnstudio.document.search import search
from nnstudio.store import Store
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.canvas_support import canvas_on


def network() -> Document:
    return document_of(
        layers.Conv2D(4, padding="same"),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dense(24),
        layers.Dense(10),
        dataset=datasets.Digits(),
    )


@pytest.fixture
def store(qapp: object) -> Store:
    return opened(network())


def frames(view: CanvasView, name: str) -> list[QGraphicsItem]:
    """The frames that light a block."""
    return [item for item in view.canvas.blocks[name].childItems() if not isinstance(item, Badge)]


@pytest.fixture
def view(store: Store, qtbot: QtBot) -> CanvasView:
    made = canvas_on(store, qtbot)
    made.find_bar.field.clear()
    return made


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("dense", {"dense_1", "dense_2"}),
        ("dense_2", {"dense_2"}),
        ("Units 24", {"dense_1"}),
        ("padding same", {"conv2d_1"}),
        ("digits", {"input"}),
        ("adam", {"output"}),
        ("", set()),
        ("no such thing", set()),
    ],
)
def test_name_type_title_and_settings_are_searched(typed: str, found: set[str]) -> None:
    assert search(network(), typed) == found


def test_disabled_and_frozen_blocks_are_found_by_that() -> None:
    document = network()
    blocks = tuple(
        block.with_changes(disabled=block.name == "relu_1", frozen=block.name == "dense_1") for block in document.blocks
    )
    document = document.with_changes(blocks=blocks)
    assert search(document, "disabled") == {"relu_1"}
    assert search(document, "frozen") == {"dense_1"}


def test_matches_are_lit_and_enter_steps_through_them(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    bar = view.find_bar
    bar.open()
    assert bar.count.text() == ""
    qtbot.keyClicks(bar.field, "dense")
    assert (bar.count.text(), bar.current) == ("1 of 2", "dense_1")
    opacity = {name: item.opacity() for name, item in view.canvas.blocks.items()}
    assert opacity["dense_1"] == opacity["dense_2"] == 1.0 > opacity["relu_1"]
    assert len(frames(view, "dense_2")) == 1
    qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert (bar.count.text(), store.selected) == ("2 of 2", "dense_2")
    qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert (bar.count.text(), store.selected) == ("1 of 2", "dense_1")
    qtbot.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert store.selected == "dense_2"
    assert bar.accessibleDescription() == "dense_2, 2 of 2"


def test_escape_closes_and_gives_the_keyboard_back(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    bar = view.find_bar
    bar.open()
    qtbot.keyClicks(bar.field, "flatten")
    qtbot.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert store.selected == "flatten_1"
    assert all(item.opacity() == 1.0 for item in view.canvas.blocks.values())
    assert not any(frames(view, name) for name in view.canvas.blocks)
    assert view.focusWidget() is view


def test_edits_while_it_is_open_are_searched_too(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    bar = view.find_bar
    bar.open()
    qtbot.keyClicks(bar.field, "dense")
    qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    store.edit("Remove", edits.remove(store.document, "dense_1"))
    assert (bar.count.text(), bar.current) == ("1 of 1", "dense_2")
    store.edit("Remove", edits.remove(store.document, "dense_2"))
    assert (bar.count.text(), bar.current) == ("none found", "")
    store.undo_stack.undo()
    assert bar.count.text() == "1 of 1"
    store.open(network())
    assert not bar.isVisible()


def test_what_is_found_out_of_sight_comes_into_sight(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.edit("Move", edits.place(store.document, "dense_2", 3000.0, 2000.0))
    view.set_zoom(1.0)
    view.find_bar.open()
    qtbot.keyClicks(view.find_bar.field, "dense_2")
    assert view.viewport().rect().contains(view.mapFromScene(3000.0, 2000.0))


def test_it_stays_in_its_corner(view: CanvasView, qtbot: QtBot) -> None:
    bar = view.find_bar
    bar.open()
    for width in (900, 640):
        view.resize(width, 500)
        assert 0 < view.width() - bar.geometry().right() < 30
        assert 0 < bar.y() < 30
    assert all(button.accessibleName() for button in bar.findChildren(QToolButton))


def test_a_block_in_a_collapsed_group_is_found_as_the_group(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    document = store.document
    group = Group(name="group_1", blocks=("conv2d_1", "relu_1"), collapsed=True)
    store.edit("Group", document.with_changes(groups=(group,)))
    view.find_bar.open()
    qtbot.keyClicks(view.find_bar.field, "relu")
    assert view.find_bar.current == "relu_1"
    assert view.canvas.blocks["group_1"].opacity() == 1.0 > view.canvas.blocks["dense_1"].opacity()
    view.go_to("relu_1")
    assert store.selected == "relu_1"
    assert view.accessibleDescription().startswith("relu_1, ReLU")
    view.set_zoom(2.0)
    qtbot.waitUntil(view.mini_map.isVisible)
    view.mini_map.grab()


def test_what_is_found_does_not_lie_under_the_bar(view: CanvasView, store: Store) -> None:
    view.find_bar.open()
    bar = view.find_bar.geometry()
    # Pans until dense_1 is behind the bar.
    view.centre_on(view.canvas.blocks["dense_1"].pos())
    step = (view.mapFromScene(view.canvas.blocks["dense_1"].pos()) - bar.center()) / view.zoom
    view.centre_on(view.canvas.blocks["dense_1"].pos() + step)
    view.bring_into_sight("dense_1")
    place = view.mapFromScene(view.canvas.blocks["dense_1"].sceneBoundingRect()).boundingRect()
    assert not place.intersects(bar)
