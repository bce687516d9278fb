"""Keyboard focus on the canvas: a block, port or wire, and its moves."""

from __future__ import annotations

from nnstudio.canvas.keyboard.descriptions import describe_joint
from nnstudio.canvas.keyboard.keyboard_wire import KeyLink
from nnstudio.canvas.keyboard.navigation import Direction, neighbour, wires_of
from nnstudio.canvas.keyboard.port_focus import PortFocus
from nnstudio.canvas.protocols import KeyboardView
from nnstudio.document import ports
from nnstudio.document.grouping import drawn
from nnstudio.document.model import INPUT, OUTPUT, Wire
from nnstudio.document.ports import Port

# Pixels between what the keyboard is on and the edge of the view, at least.
_RIM = 12


class Walker:
    """Keyboard navigation: moves the selection between blocks, ports and wires."""

    def __init__(self, view: KeyboardView) -> None:
        self._view = view
        self._scene = view.canvas
        self._store = view.store
        self.link: KeyLink | None = None
        # Before the ports look at what an edit has left of them.
        self._store.changed.connect(self.drop_link)
        self.ports = PortFocus(view.canvas)
        self.ports.changed.connect(self._reveal_port)

    def walk(self, direction: Direction, *, every: bool = False) -> None:
        """Move to the next block in a direction; from a wire or port, along the wire.

        A wire being drawn moves its loose end instead, to ports that can take it or, with `every`, to any.
        """
        if self.link is not None:
            self.link.step(direction, every=every)
            self._linked()
            return
        if self.ports.port is not None:
            self.ports.walk(direction)
            return
        wire = self._scene.chosen_wire
        if wire is not None:
            self._go_to(wire.source if direction in ("up", "left") else wire.target)
            return
        here = self._here()
        if here is None:
            self.go_to_end(first=direction != "up")
        else:
            self._go_to(neighbour(drawn(self._store.document), here, direction))

    def tab(self, *, onwards: bool) -> bool:
        """Move to the next or previous port of the block. Returns False to leave the canvas."""
        if self.link is not None:
            self.walk("down" if onwards else "up")
            return True
        wire = self._scene.chosen_wire
        if wire is not None:
            self.ports.choose(ports.port_at_end(self._store.document, wire, start=not onwards))
            return True
        chosen = self._scene.selected_blocks()
        return len(chosen) == 1 and self.ports.step(chosen[0].objectName(), onwards=onwards)

    def go_to_end(self, *, first: bool) -> None:
        """Move to the data, or to the loss."""
        self.drop_link()
        self._go_to(INPUT if first else OUTPUT)

    def next_wire(self) -> None:
        """Select a wire of the block or port; on repeated calls, its next one."""
        if self.link is not None:
            return
        document, port, chosen = self._store.document, self.ports.port, self._scene.chosen_wire
        here = self._here() or (chosen.source if chosen is not None else None)
        if here is None:
            return
        wires = list(ports.wires_at(document, port)) if port is not None else wires_of(drawn(document), here)
        index = wires.index(chosen) + 1 if chosen in wires else 0
        wire = wires[index % len(wires)] if wires else None
        self._scene.choose_wire(wire)
        if wire is not None:
            self._view.qt.ensureVisible(self._scene.wires[wire], _RIM, _RIM)

    def let_go(self) -> None:
        """Cancel a wire being drawn; else go back from port to block, or deselect."""
        if self.link is not None:
            self.drop_link()
            return
        if self._scene.wire_drag.active:
            self._scene.wire_drag.cancel()
            return
        if self.ports.port is not None:
            self.ports.choose(None)
            return
        self._scene.choose_wire(None)
        self._scene.qt.clearSelection()

    def delete(self) -> None:
        """Remove the wire at the port, the selected wire, or the selected blocks."""
        port = self.ports.port
        if port is None:
            self._scene.delete_selected()
            return
        wires = ports.wires_at(self._store.document, port)
        if len(wires) == 1:
            self._scene.cut(wires[0])
        else:
            self._scene.message.emit(_several(wires))

    def shift_input(self, step: int) -> None:
        """Move the focused input to an earlier or later place of its block."""
        port, wire = self.ports.port, self._scene.chosen_wire
        if port is not None and port.side == "in":
            wire = port.wire
        if wire is None or len(ports.inputs_of(self._store.document, wire.target)) < 2:
            self._scene.message.emit("Go to an input of a block that joins several, or choose a wire into it.")
        else:
            self._scene.editing.shift_input(wire, step)

    # Leading wires

    def start_link(self) -> None:
        """Start a wire from the selected block."""
        here = self._here()
        if here is None or here == OUTPUT:
            reason = "The loss has no output." if here else "Select the block that a wire is to come from."
            self._scene.message.emit(reason)
            return
        self._hang(Port(here, "out"))

    def enter(self, *, other: bool = False) -> None:
        """Finish the wire being drawn, or start one at the port.

        On a selected wire, its end is picked up. With `other`, the wire's end at the port is picked up, or the start of
        the selected wire.
        """
        if self.link is not None:
            # Making it changes the document, which drops it.
            if not self.link.finish():
                self._scene.message.emit(self.link.obstacle)
            elif self.link is not None:
                # Back where it was: nothing has changed.
                self.drop_link()
            return
        port, wire = self.ports.port, self._scene.chosen_wire
        if port is None and wire is not None:
            self._loosen(wire, start=other)
        elif port is not None and not other:
            self._hang(port)
        elif port is not None:
            wires = ports.wires_at(self._store.document, port)
            if len(wires) == 1:
                self._loosen(wires[0], start=port.side == "out")
            else:
                self._scene.message.emit(_several(wires))

    def drop_link(self) -> None:
        """Cancel the wire being drawn, if there is one."""
        if self.link is not None:
            self.link.cancel()
            if self.link.moved in self._scene.wires:
                self._scene.wires[self.link.moved].setOpacity(1.0)
            self.link = None
            self.ports.hint()
            self._view.speech.update()

    def _hang(self, port: Port) -> None:
        """A new wire out of a port, or back from one."""
        self.drop_link()
        self._scene.choose_wire(None)
        self.link = KeyLink(self._scene, port)
        self._linked()

    def _loosen(self, wire: Wire, *, start: bool) -> None:
        """A wire hangs by one of its ends only."""
        self.drop_link()
        self._scene.wires[wire].setOpacity(0.25)
        fixed = ports.port_at_end(self._store.document, wire, start=not start)
        self.link = KeyLink(self._scene, fixed, moved=wire)
        self._linked()

    def _linked(self) -> None:
        if self.link is not None:
            self._view.qt.ensureVisible(self._scene.blocks[self.link.target], _RIM, _RIM)
            self.ports.hint_leading(describe_joint(self.link))
        self._view.speech.update()

    def _here(self) -> str | None:
        """The block at which the keyboard is: the selected one, or the first of several."""
        chosen = self._scene.selected_blocks()
        return chosen[0].objectName() if chosen else None

    def _go_to(self, name: str) -> None:
        self._scene.choose_wire(None)
        self.ports.choose(None)
        self._store.select(name)
        self._view.qt.ensureVisible(self._scene.blocks[name], _RIM, _RIM)

    def _reveal_port(self) -> None:
        if self.ports.port is not None:
            self._view.qt.ensureVisible(self.ports.area, _RIM, _RIM)


def _several(wires: tuple[Wire, ...]) -> str:
    """Sentence on a port with several wires, none of which is chosen."""
    if not wires:
        return "This port has no wire; Enter draws one."
    return f"{len(wires)} wires leave here; W goes from one to the next."
