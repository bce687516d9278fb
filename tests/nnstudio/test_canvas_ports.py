"""Keyboard focus on ports: stops, wires from and to them, announcements."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine import datasets, layers
from nnstudio.canvas.actions.context_menu import context_menu
from nnstudio.canvas.gestures.wire_preview import Link
from nnstudio.canvas.keyboard.port_positions import place_of
from nnstudio.canvas.overlays.name_field import NameField
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits, ports, wiring
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire
from nnstudio.document.ports import Port
from nnstudio.shell.status_bar import StatusBar
from nnstudio.store import Store
from tests.nnstudio.builders import opened
from tests.nnstudio.canvas_support import canvas_on, submenu

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


def wire(source: str, target: str) -> Wire:
    return Wire(source=source, target=target)


@pytest.fixture
def store(qapp: object) -> Store:
    """Three branches, which Concatenate puts side by side."""
    document = edits.set_data(Document(), dataset=datasets.Gaussians(clouds=2))
    for units in (2, 3, 4):
        document = edits.append(document, layers.Dense(units))
    document = edits.append(document, layers.Concatenate())
    document = wiring.connect(document, "dense_1", "concatenate_1")
    document = wiring.connect(document, "dense_2", "concatenate_1")
    return opened(edits.tidy(edits.append(document, layers.Dense(1))))


@pytest.fixture
def view(store: Store, qtbot: QtBot) -> CanvasView:
    return canvas_on(store, qtbot)


def press(qtbot: QtBot, view: CanvasView, *pressed: Qt.Key, hold: Qt.KeyboardModifier | None = None) -> None:
    for key in pressed:
        qtbot.keyClick(view, key, hold or Qt.KeyboardModifier.NoModifier)


def test_tab_goes_to_each_port_of_the_selected_block_and_then_out(store: Store, qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    column = QVBoxLayout(box)
    before, view, after = QLineEdit(), CanvasView(store), QLineEdit()
    for widget in (before, view, after):
        column.addWidget(widget)
    with qtbot.waitActive(box):
        box.show()
    view.setFocus()
    store.select("concatenate_1")
    stops = []
    while view.hasFocus():
        press(qtbot, view, Qt.Key.Key_Tab)
        stops.append(view.walker.ports.port)
    assert tuple(stops[:-1]) == ports.ports_of(store.document, "concatenate_1")
    # Out of the canvas, and nothing is left there.
    assert stops[-1] is None
    assert after.hasFocus()
    assert store.selected == "concatenate_1"
    view.setFocus()
    press(qtbot, view, Qt.Key.Key_Tab, Qt.Key.Key_Tab)
    press(qtbot, view, Qt.Key.Key_Backtab, hold=SHIFT)
    assert view.walker.ports.port == stops[0]
    press(qtbot, view, Qt.Key.Key_Backtab, hold=SHIFT)
    assert view.walker.ports.port is None
    assert view.hasFocus()
    press(qtbot, view, Qt.Key.Key_Backtab, hold=SHIFT)
    assert before.hasFocus()


def test_every_port_of_every_block_is_reached(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    names = [INPUT, *(block.name for block in store.document.blocks), OUTPUT]
    every = {port for name in names for port in ports.ports_of(store.document, name)}
    reached = set()
    press(qtbot, view, Qt.Key.Key_Home)
    for _ in range(len(names)):
        here = store.selected
        while view.walker.tab(onwards=True):
            reached.add(view.walker.ports.port)
        press(qtbot, view, Qt.Key.Key_Down)
        if store.selected == here:
            break
    assert reached == every
    assert len({place_of(view.canvas, port).toTuple() for port in every}) == len(every), "two ports in one place"


def test_arrows_follow_the_wire_of_a_port_and_lead_back_to_its_block(
    view: CanvasView, store: Store, qtbot: QtBot
) -> None:
    store.select("concatenate_1")
    press(qtbot, view, Qt.Key.Key_Tab, Qt.Key.Key_Right)
    assert view.walker.ports.port == Port("concatenate_1", "in", wire("dense_1", "concatenate_1"))
    press(qtbot, view, Qt.Key.Key_Up)
    assert view.walker.ports.port == Port("dense_1", "out")
    assert store.selected == "dense_1"
    press(qtbot, view, Qt.Key.Key_Down)
    assert view.walker.ports.port == Port("dense_2", "in", wire("dense_1", "dense_2"))
    press(qtbot, view, Qt.Key.Key_Down)
    assert (view.walker.ports.port, store.selected) == (None, "dense_2")
    press(qtbot, view, Qt.Key.Key_Down)
    assert store.selected == "dense_3"


def test_a_screen_reader_hears_which_port_it_is(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.select("concatenate_1")
    heard = []
    while view.walker.tab(onwards=True):
        heard.append(view.accessibleDescription())
    assert heard == [
        "Input 1 of 3 of concatenate_1, Concatenate. Takes 4. Connected to dense_3.",
        "Input 2 of 3 of concatenate_1, Concatenate. Takes 2. Connected to dense_1.",
        "Input 3 of 3 of concatenate_1, Concatenate. Takes 3. Connected to dense_2.",
        "Free input of concatenate_1, Concatenate. Connected to nothing.",
        "Output of concatenate_1, Concatenate. Gives 9. Connected to dense_4.",
    ]
    assert view.accessibleDescription().startswith("concatenate_1, Concatenate")


def test_enter_on_an_output_leads_a_wire_to_ports_that_can_take_it(
    view: CanvasView, store: Store, qtbot: QtBot
) -> None:
    store.select("dense_2")
    press(qtbot, view, Qt.Key.Key_Tab, Qt.Key.Key_Tab, Qt.Key.Key_Return)
    legal = set()
    for _ in range(8):
        link = view.walker.link
        assert not link.obstacle
        legal.add(link.target)
        press(qtbot, view, Qt.Key.Key_Tab)
    assert legal == {"dense_4", OUTPUT}
    while view.walker.link.target != "dense_4":
        press(qtbot, view, Qt.Key.Key_Down)
    press(qtbot, view, Qt.Key.Key_Return)
    assert store.undo_stack.undoText() == "Connect dense_2 with dense_4"
    # The keyboard is where it was.
    assert view.walker.ports.port == Port("dense_2", "out")


def test_enter_on_an_input_leads_a_wire_back_to_an_output(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.select("concatenate_1")
    while view.walker.ports.port != Port("concatenate_1", "in"):
        press(qtbot, view, Qt.Key.Key_Tab)
    press(qtbot, view, Qt.Key.Key_Return)
    assert view.walker.link.ends == (INPUT, "concatenate_1")
    assert view.accessibleDescription() == (
        "New wire from data to concatenate_1. It becomes input 4. Enter connects them."
    )
    press(qtbot, view, Qt.Key.Key_Return)
    assert wire(INPUT, "concatenate_1") in store.document.wires
    store.undo_stack.undo()
    assert wire(INPUT, "concatenate_1") not in store.document.wires


def test_a_wire_led_back_begins_where_the_ring_is(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.select("concatenate_1")
    places = set()
    for port in ports.ports_of(store.document, "concatenate_1"):
        press(qtbot, view, Qt.Key.Key_Tab)
        ring = place_of(view.canvas, port)
        for held in (None, SHIFT) if port.wire else (None,):
            press(qtbot, view, Qt.Key.Key_Return, hold=held)
            (led,) = (item for item in view.canvas.items() if isinstance(item, Link))
            # With Shift, an input keeps the far end of its wire.
            assert led.path().pointAtPercent(0) == (view.canvas.wires[port.wire].at(0.0) if held else ring)  # type: ignore[index]
            press(qtbot, view, Qt.Key.Key_Escape)
        places.add(ring.toTuple())
    assert len(places) == 5
    # From the other end, the wire is taken by its start and stays where it enters the block.
    entering = wire("dense_2", "concatenate_1")
    view.canvas.choose_wire(entering)
    press(qtbot, view, Qt.Key.Key_Return, hold=SHIFT)
    (led,) = (item for item in view.canvas.items() if isinstance(item, Link))
    assert led.path().pointAtPercent(0) == view.canvas.wires[entering].at(1.0)


def test_shift_enter_on_an_input_leads_its_wire_elsewhere(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    before = store.document
    store.select("concatenate_1")
    press(qtbot, view, Qt.Key.Key_Tab, Qt.Key.Key_Right)
    press(qtbot, view, Qt.Key.Key_Return, hold=SHIFT)
    assert view.walker.link.ends == ("dense_1", "concatenate_1")
    # Enter where it was changes nothing; Escape neither.
    press(qtbot, view, Qt.Key.Key_Return)
    assert view.walker.link is None
    press(qtbot, view, Qt.Key.Key_Return, Qt.Key.Key_Escape, hold=SHIFT)
    press(qtbot, view, Qt.Key.Key_Escape)
    assert store.document is before
    assert view.canvas.wires[wire("dense_1", "concatenate_1")].opacity() == 1.0


def test_the_end_of_a_chosen_wire_is_led_elsewhere(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    view.canvas.choose_wire(wire("dense_2", "dense_3"))
    press(qtbot, view, Qt.Key.Key_Return)
    while view.walker.link.target != "dense_4":
        press(qtbot, view, Qt.Key.Key_Down)
    press(qtbot, view, Qt.Key.Key_Return)
    assert store.undo_stack.undoText() == "Move the wire from dense_2 to dense_4"
    assert "dense_3" in store.analysis.problems
    store.undo_stack.undo()
    assert wire("dense_2", "dense_3") in store.document.wires


def test_delete_on_a_port_takes_its_wire_out_and_never_the_block(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.select("concatenate_1")
    press(qtbot, view, Qt.Key.Key_Tab, Qt.Key.Key_Right, Qt.Key.Key_Delete)
    assert wire("dense_1", "concatenate_1") not in store.document.wires
    assert store.document.has_block("concatenate_1")
    # On to what is left of the inputs.
    assert view.walker.ports.port == Port("concatenate_1", "in", wire("dense_3", "concatenate_1"))
    before = store.document
    for name, said in (("dense_2", "2 wires leave here"), ("dense_4", "This wire stays")):
        store.select(name)
        press(qtbot, view, Qt.Key.Key_Tab, *([Qt.Key.Key_Tab] if name == "dense_2" else []))
        with qtbot.waitSignal(view.canvas.message) as told:
            press(qtbot, view, Qt.Key.Key_Delete)
        assert told.args[0].startswith(said)
        assert store.document is before


def test_alt_and_arrows_change_the_order_of_inputs(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.select("concatenate_1")
    press(qtbot, view, Qt.Key.Key_Tab)
    with qtbot.waitSignal(view.canvas.message) as told:
        press(qtbot, view, Qt.Key.Key_Left, hold=ALT)
    assert "already the first input of concatenate_1" in told.args[0]
    press(qtbot, view, Qt.Key.Key_Right, hold=ALT)
    assert store.undo_stack.undoText() == "Make dense_3 input 2 of concatenate_1"
    assert [w.source for w in ports.inputs_of(store.document, "concatenate_1")] == ["dense_1", "dense_3", "dense_2"]
    # The keyboard goes with the input.
    assert view.accessibleDescription().startswith("Input 2 of 3 of concatenate_1")
    numbers = {w.source: view.canvas.wires[w].entry.number for w in ports.inputs_of(store.document, "concatenate_1")}
    assert numbers == {"dense_1": 1, "dense_3": 2, "dense_2": 3}
    assert "1 dense_1, 2 dense_3, 3 dense_2" in view.canvas.blocks["concatenate_1"].toolTip()


def test_a_click_and_another_block_take_the_keyboard_off_the_port(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    for leave in (
        lambda: store.select("dense_1"),
        lambda: press(qtbot, view, Qt.Key.Key_W),
        lambda: store.edit("Delete", edits.remove(store.document, "concatenate_1")),
        lambda: qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton),
    ):
        store.select("concatenate_1" if store.document.has_block("concatenate_1") else "dense_2")
        press(qtbot, view, Qt.Key.Key_Tab)
        assert view.walker.ports.port is not None
        leave()
        assert view.walker.ports.port is None


def test_the_menu_of_a_wire_offers_another_place_among_the_inputs(view: CanvasView, store: Store) -> None:
    line = view.canvas.wires[wire("dense_2", "concatenate_1")]
    menu = context_menu(view.canvas, line.middle, view)
    entries = {action.text().split("\t")[0]: action for action in menu.actions()}
    assert not entries["Make it a later input"].isEnabled()
    entries["Make it an earlier input"].trigger()
    assert store.undo_stack.undoText() == "Make dense_2 input 2 of concatenate_1"
    alone = context_menu(view.canvas, view.canvas.wires[wire("dense_1", "dense_2")].middle, view)
    assert not any("input" in action.text() for action in alone.actions())


def test_the_menu_of_a_block_tells_the_order_of_its_inputs_and_changes_it(view: CanvasView, store: Store) -> None:
    def order(name: str) -> dict[str, QAction] | None:
        menu = context_menu(view.canvas, view.canvas.blocks[name].pos(), view)
        found = submenu(menu, "Order of inputs")
        return {action.text(): action for action in found.actions() if action.text()} if found is not None else None

    entries = order("concatenate_1")
    assert list(entries) == ["1  dense_3", "2  dense_1", "3  dense_2", "Exchange 1 and 2", "Exchange 2 and 3"]
    assert [action.isEnabled() for action in entries.values()] == [False, False, False, True, True]
    entries["Exchange 2 and 3"].trigger()  # type: ignore[index]
    assert list(order("concatenate_1"))[:3] == ["1  dense_3", "2  dense_2", "3  dense_1"]
    assert store.undo_stack.undoText() == "Make dense_1 input 3 of concatenate_1"
    assert order("dense_2") is None
    # To a sum, the order makes no difference.
    store.edit("Around", wiring.connect(store.document, "dense_1", "dense_4"))
    assert order("add_1") is None


def test_the_status_bar_is_told_what_the_keys_do(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.select("dense_1")
    with qtbot.waitSignal(view.status_hint) as told:
        press(qtbot, view, Qt.Key.Key_Tab)
    assert "Enter: new wire" in told.args[0]
    with qtbot.waitSignal(view.status_hint) as told:
        press(qtbot, view, Qt.Key.Key_Return)
    assert "Enter: connect" in told.args[0]
    with qtbot.waitSignal(view.status_hint) as told:
        press(qtbot, view, Qt.Key.Key_Escape)
    assert "Enter: new wire" in told.args[0]
    with qtbot.waitSignal(view.status_hint) as told:
        press(qtbot, view, Qt.Key.Key_Escape)
    assert told.args == [""]


def test_a_hint_goes_by_itself_but_takes_no_sentence_along(qtbot: QtBot) -> None:
    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.hint("Enter: new wire.")
    bar.hint("")
    assert bar.currentMessage() == ""
    bar.hint("Enter: connect.")
    bar.tell("That would make a circle.")
    bar.hint("")
    assert bar.currentMessage() == "That would make a circle."


def test_a_field_on_the_canvas_that_goes_leaves_the_ports_alone(view: CanvasView, store: Store, qtbot: QtBot) -> None:
    store.select("dense_1")
    view.canvas.editing.ask_rename()
    (field,) = view.findChildren(NameField)
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert (view.walker.ports.port, store.selected) == (None, "dense_1")


def test_a_wire_led_to_the_data_hears_why_it_cannot_end_there(qtbot: QtBot) -> None:
    document = edits.append(edits.set_data(Document(), dataset=datasets.Gaussians(clouds=2)), layers.Dense(3))
    view = canvas_on(opened(edits.tidy(document)), qtbot)
    view.store.select("dense_1")
    view.walker.start_link()
    told = []
    for _ in range(3):
        view.walker.walk("down", every=True)
        told.append((view.walker.link.target, view.walker.link.obstacle))  # type: ignore[union-attr]
    assert {target for target, _ in told} == {"input", "output"}
    assert all(obstacle for _, obstacle in told)
