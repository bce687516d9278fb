"""Accessibility tree of blocks, ports and wires, which follows the document."""

from __future__ import annotations

import gc

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from pytestqt.qtbot import QtBot

from engine import datasets, layers
from nnstudio.canvas.keyboard import accessibility
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits, ports, wiring
from nnstudio.document.model import INPUT, OUTPUT
from nnstudio.store import Store
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.canvas_support import canvas_on

NAME, DESCRIPTION = QAccessible.Text.Name, QAccessible.Text.Description


@pytest.fixture
def store(qapp: object) -> Store:
    document = document_of(
        layers.Dense(3), layers.Tanh(), layers.Dense(3), layers.Dense(1), dataset=datasets.Gaussians(clouds=2)
    )
    return opened(edits.tidy(wiring.connect(document, "dense_1", "dense_3")))


@pytest.fixture
def view(store: Store, qtbot: QtBot) -> CanvasView:
    return canvas_on(store, qtbot)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What assistive programs are told, as if there were some: the name of what is focused, or a sentence."""
    heard: list[str] = []

    def hear(event: object) -> None:
        if hasattr(event, "message"):
            heard.append(event.message())
        elif event.type() == QAccessible.Event.Focus:  # type: ignore[attr-defined]
            heard.append(event.accessibleInterface().text(NAME))  # type: ignore[attr-defined]

    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    monkeypatch.setattr(QAccessible, "updateAccessibility", hear)
    return heard


def tree(view: CanvasView) -> accessibility.CanvasAccessible:
    found = accessibility.tree_of(view)
    assert found is not None
    return found


def children(of: QAccessibleInterface) -> list[QAccessibleInterface]:
    found = [of.child(index) for index in range(of.childCount())]
    assert [of.indexOfChild(child) for child in found] == list(range(len(found)))
    assert all(child.parent() is of for child in found)
    return found


def test_every_block_port_and_wire_is_in_the_tree_with_name_and_place(view: CanvasView, store: Store) -> None:
    items = children(tree(view))
    names = [INPUT, *(block.name for block in store.document.blocks), OUTPUT]
    assert len(items) == len(names) + len(store.document.wires)
    titles = [item.text(NAME) for item in items]
    assert titles[:2] == ["data, Gaussians", "dense_1, Dense"]
    assert "Wire from data to dense_1" in titles
    stops = [item.text(NAME) for block in items for item in children(block)]
    assert len(stops) == sum(len(ports.ports_of(store.document, name)) for name in names)
    assert {"Input 1 of 2 of add_1", "Free input of add_1", "Output of add_1"} <= set(stops)
    for item in (*items, *(port for block in items for port in children(block))):
        assert item.isValid()
        assert item.text(DESCRIPTION)
        assert not item.rect().isEmpty()
        assert item.role() in (QAccessible.Role.ListItem, QAccessible.Role.Button)
    block = items[1]
    assert tree(view).childAt(*block.rect().center().toTuple()) is block


def test_the_tree_knows_where_the_keyboard_is(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    assert tree(view).focusChild() is None
    store.select("add_1")
    assert tree(view).focusChild().text(NAME) == "add_1, Add"
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    focused = tree(view).focusChild()
    assert focused.text(NAME) == "Input 1 of 2 of add_1"
    assert focused.state().focused
    assert focused.parent().text(NAME) == "add_1, Add"
    assert not focused.parent().state().focused
    qtbot.keyClick(view, Qt.Key.Key_W)
    assert tree(view).focusChild().text(NAME) == "Wire from dense_2 to add_1"


def test_assistive_programs_are_told_of_each_step(
    view: CanvasView, store: Store, qtbot: QtBot, told: list[str]
) -> None:
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    told.clear()
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Down, Qt.Key.Key_Tab, Qt.Key.Key_Tab):
        qtbot.keyClick(view, key)
    assert told == ["data, Gaussians", "dense_1, Dense", "Input of dense_1", "Output of dense_1"]
    # Whoever comes back to the canvas hears where the keyboard was left.
    view.clearFocus()
    told.clear()
    view.setFocus()
    assert told == ["Output of dense_1"]
    told.clear()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert told == [view.accessibleDescription()]
    assert told[0].startswith("New wire from dense_1 to ")


def test_what_an_edit_takes_off_is_no_longer_valid(view: CanvasView, store: Store) -> None:
    canvas = tree(view)
    gone = canvas.interface("tanh_1")
    kept = canvas.interface("dense_1")
    assert kept is canvas.interface("dense_1")
    store.edit("Delete", edits.remove(store.document, "tanh_1"))
    assert not shiboken6.isValid(gone)
    assert kept.isValid()
    assert "tanh_1, Tanh" not in [child.text(NAME) for child in children(canvas)]
    store.undo_stack.undo()
    assert "tanh_1, Tanh" in [child.text(NAME) for child in children(canvas)]


def test_what_is_just_being_taken_off_has_nothing_to_say(view: CanvasView, store: Store) -> None:
    going = accessibility.StopAccessible(tree(view), "tanh_1")
    assert going.text(DESCRIPTION)
    store.edit("Delete", edits.remove(store.document, "tanh_1"))
    assert not going.isValid()
    assert going.state().invalid
    assert going.text(NAME) == going.text(DESCRIPTION) == ""
    assert going.rect().isEmpty()


def test_the_tree_goes_with_its_view(store: Store, qtbot: QtBot) -> None:
    view = CanvasView(store)
    found = tree(view)
    stop = found.interface("dense_1")
    view.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert not shiboken6.isValid(found)
    assert not shiboken6.isValid(stop) or not stop.isValid()


def test_what_was_seen_of_a_canvas_goes_with_it(store: Store, qapp: object) -> None:
    view = CanvasView(store)
    seen = [view_item for item in children(tree(view)) for view_item in (item, *children(item))]
    kept = [QAccessible.uniqueId(item) for item in seen]
    assert all(QAccessible.accessibleInterface(number) is not None for number in kept)
    view.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not any(shiboken6.isValid(item) for item in seen)
    assert all(QAccessible.accessibleInterface(number) is None for number in kept)
