"""Keyboard on the canvas: every block and wire reachable, every key listed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine import datasets, layers
from nnstudio.canvas.keyboard import keys
from nnstudio.canvas.keyboard.navigation import neighbour, wires_of
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits, wiring
from nnstudio.document.model import Document, Wire
from nnstudio.document.traversal import network_order
from nnstudio.store import Store
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.canvas_support import canvas_on


def branched() -> Document:
    """Two skip connections, one within the other."""
    document = document_of(
        layers.Flatten(),
        layers.Dense(8),
        layers.Tanh(),
        layers.Dense(8),
        layers.Tanh(),
        layers.Dense(10),
        dataset=datasets.Digits(),
    )
    document = wiring.connect(document, "dense_1", "dense_2")
    document = wiring.connect(document, "flatten_1", "dense_3")
    return edits.tidy(document)


@pytest.fixture
def store(qapp: object) -> Store:
    return opened(branched())


@pytest.fixture
def view(store: Store, qtbot: QtBot) -> CanvasView:
    return canvas_on(store, qtbot)


def press(qtbot: QtBot, view: CanvasView, *pressed: Qt.Key) -> None:
    for key in pressed:
        qtbot.keyClick(view, key)


def test_arrows_reach_every_block_wherever_it_stands(store: Store) -> None:
    document = edits.place(store.document, "tanh_1", -900.0, 500.0)
    reached, waiting = set(), ["input"]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        ahead = [neighbour(document, name, direction) for direction in ("up", "down", "left", "right")]
        ahead += [end for wire in wires_of(document, name) for end in (wire.source, wire.target)]
        waiting += [other for other in ahead if other not in reached]
    assert reached == {"input", "output", *(block.name for block in document.blocks)}


def test_the_order_is_that_in_which_the_data_flow(store: Store) -> None:
    order = network_order(store.document)
    assert sorted(order) == sorted(["input", "output", *(block.name for block in store.document.blocks)])
    assert (order[0], order[-1]) == ("input", "output")
    chain = [name for name in order if name in store.document.chain()]
    assert chain == list(store.document.chain())


def test_arrows_walk_along_wires_and_sideways(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    press(qtbot, view, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down)
    assert store.selected == "dense_1"
    press(qtbot, view, Qt.Key.Key_Up)
    assert store.selected == "flatten_1"
    press(qtbot, view, Qt.Key.Key_End)
    assert store.selected == "output"
    press(qtbot, view, Qt.Key.Key_Home)
    assert store.selected == "input"
    store.edit("Move", edits.place(store.document, "tanh_2", 200.0, 0.0))
    press(qtbot, view, Qt.Key.Key_Right)
    assert store.selected == "tanh_2"
    press(qtbot, view, Qt.Key.Key_Left)
    assert store.selected == "input"


def test_a_skip_connection_is_taken_out_by_keyboard_alone(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    skip = Wire(source="flatten_1", target="add_2")
    store.select("flatten_1")
    press(qtbot, view, Qt.Key.Key_W)
    assert view.canvas.chosen_wire == Wire(source="flatten_1", target="dense_1")
    press(qtbot, view, Qt.Key.Key_W)
    assert view.canvas.chosen_wire == skip
    press(qtbot, view, Qt.Key.Key_Delete)
    assert skip not in store.document.wires
    assert not store.document.has_block("add_2")
    assert view.canvas.chosen_wire is None
    store.undo_stack.undo()
    assert skip in store.document.wires


def test_a_wire_that_the_network_needs_stays_and_it_is_told_why(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    before = store.document
    store.select("input")
    press(qtbot, view, Qt.Key.Key_W)
    with qtbot.waitSignal(view.canvas.message) as told:
        press(qtbot, view, Qt.Key.Key_Delete)
    assert told.args == ["This wire stays: without it, flatten_1 would have no input."]
    assert store.document is before


def test_from_a_wire_the_arrows_lead_to_its_ends(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.select("flatten_1")
    press(qtbot, view, Qt.Key.Key_W, Qt.Key.Key_W, Qt.Key.Key_Down)
    assert store.selected == "add_2"
    assert view.canvas.chosen_wire is None


def test_a_click_chooses_a_wire_and_escape_lets_it_go(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.select("dense_1")
    wire = Wire(source="flatten_1", target="add_2")
    place = view.mapFromScene(view.canvas.wires[wire].middle)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert view.canvas.chosen_wire == wire
    assert store.selected == ""
    press(qtbot, view, Qt.Key.Key_Escape)
    assert view.canvas.chosen_wire is None


def test_a_skip_connection_is_led_by_keyboard_alone(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.select("dense_2")
    press(qtbot, view, Qt.Key.Key_C)
    # The first block it could lead to; then on along the data.
    link = view.walker.link
    assert link is not None
    assert not link.obstacle
    seen: list[str] = []
    view.status_hint.connect(seen.append)
    while link.target != "dense_3":
        press(qtbot, view, Qt.Key.Key_Down)
    # Who sees it reads the same, and the keys.
    assert seen[-1].startswith("An Add joins it with the wire from add_2. Arrow keys: where it leads.")
    assert "may end" not in view.accessibleDescription()
    assert view.accessibleDescription() == (
        "New wire from dense_2 to dense_3. An Add joins it with the wire from add_2. Enter connects them."
    )
    press(qtbot, view, Qt.Key.Key_Return)
    assert view.walker.link is None
    assert store.undo_stack.undoText() == "Connect dense_2 with dense_3"
    added = next(block.name for block in store.document.blocks if block.name.startswith("add_3"))
    assert Wire(source="dense_2", target=added) in store.document.wires
    assert not any(type(item).__name__ == "Link" for item in view.canvas.items())


def test_where_a_wire_may_not_end_it_says_why_and_escape_gives_it_up(
    view: CanvasView, store: Store, qtbot: QtBot
) -> None:
    before = store.document
    store.select("dense_2")
    press(qtbot, view, Qt.Key.Key_C)
    # Up and down lead only to what can take it; with Shift, also to what cannot.
    for _ in range(12):
        press(qtbot, view, Qt.Key.Key_Up)
        assert not view.walker.link.obstacle
    while view.walker.link.target != "flatten_1":
        qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert "cannot contain a cycle" in view.accessibleDescription()
    with qtbot.waitSignal(view.canvas.message) as told:
        press(qtbot, view, Qt.Key.Key_Enter)
    assert "cannot contain a cycle" in told.args[0]
    assert view.walker.link is not None
    press(qtbot, view, Qt.Key.Key_Escape)
    assert view.walker.link is None
    assert store.document is before
    assert store.selected == "dense_2"


def test_nothing_leads_out_of_the_loss(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.select("output")
    with qtbot.waitSignal(view.canvas.message):
        press(qtbot, view, Qt.Key.Key_C)
    assert view.walker.link is None


def test_a_wire_under_way_does_not_outlive_what_it_hangs_on(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.select("dense_2")
    press(qtbot, view, Qt.Key.Key_C)
    store.edit("Remove", edits.remove(store.document, "dense_3"))
    assert view.walker.link is None
    press(qtbot, view, Qt.Key.Key_C)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.viewport().rect().topLeft())
    assert view.walker.link is None


def test_screen_readers_hear_what_the_keyboard_is_on(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    assert view.accessibleDescription().startswith("8 blocks, none selected.")
    store.select("dense_1")
    heard = view.accessibleDescription()
    for part in ("dense_1, Dense", "8 units", "520 params", "Takes 64", "with 8", "of 10"):
        assert part in heard
    store.edit("Narrow", edits.set_field(store.document, "dense_1", "units", 5))
    assert "5 units" in view.accessibleDescription()
    store.select("add_2")
    press(qtbot, view, Qt.Key.Key_W, Qt.Key.Key_W)
    assert view.accessibleDescription().startswith("Wire from ")
    store.edit("Break", edits.remove(store.document, "flatten_1"))
    store.select("dense_1")
    assert "Problem: " in view.accessibleDescription()
    view.canvas.blocks["tanh_1"].setSelected(True)
    assert view.accessibleDescription() == "2 blocks are selected."


def test_every_key_has_one_meaning_and_is_listed() -> None:
    names = [key for binding in keys.BINDINGS for key in binding.keys]
    assert len(names) == len(set(names))
    listed = " ".join(shown for shown, _ in keys.rows())
    assert all(name in listed for name in ("Del", "Up", "Esc", "W"))
