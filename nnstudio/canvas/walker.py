"""The keyboard's place on the canvas: a block or a wire, and how it moves on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnstudio.canvas.key_linking import KeyLink, can_start
from nnstudio.canvas.walking import Direction, neighbour, wires_of
from nnstudio.document.grouping import drawn
from nnstudio.document.model import INPUT, OUTPUT

if TYPE_CHECKING:
    from nnstudio.canvas.view import CanvasView

# Pixels between what the keyboard is on and the edge of the view, at least.
_RIM = 12


class Walker:
    """Moves the selection of a canvas."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._scene = view.canvas
        self._store = view.store
        self.link: KeyLink | None = None
        self._store.changed.connect(self.drop_link)

    def walk(self, direction: Direction) -> None:
        """To the next block in a direction; from a wire, to one of its ends. A wire under way goes there instead."""
        if self.link is not None:
            self.link.step(direction)
            self._linked()
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

    def go_to_end(self, *, first: bool) -> None:
        """To the data, or to the loss."""
        self.drop_link()
        self._go_to(INPUT if first else OUTPUT)

    def next_wire(self) -> None:
        """To a wire of the selected block; called again, to its next one."""
        if self.link is not None:
            return
        chosen = self._scene.chosen_wire
        here = self._here() or (chosen.source if chosen is not None else None)
        if here is None:
            return
        wires = wires_of(drawn(self._store.document), here)
        index = wires.index(chosen) + 1 if chosen in wires else 0
        wire = wires[index % len(wires)] if wires else None
        self._scene.choose_wire(wire)
        if wire is not None:
            self._view.ensureVisible(self._scene.wires[wire], _RIM, _RIM)

    def let_go(self) -> None:
        """Gives up the wire under way; without one, selects nothing."""
        if self.link is not None:
            self.drop_link()
            return
        if self._scene.wire_drag.active:
            self._scene.wire_drag.cancel()
            return
        self._scene.choose_wire(None)
        self._scene.clearSelection()

    # Leading wires

    def start_link(self) -> None:
        """Begins a wire out of the selected block."""
        here = self._here()
        if here is None or not can_start(here):
            reason = "Nothing comes out of the loss." if here else "Select the block that a wire is to come from."
            self._scene.told.emit(reason)
            return
        self.drop_link()
        self._scene.choose_wire(None)
        self.link = KeyLink(self._scene, here)
        self._linked()

    def finish_link(self) -> None:
        """Lets the wire end where it hangs, if it may."""
        # Making it changes the document, which drops it.
        if self.link is not None and not self.link.finish():
            self._scene.told.emit(self.link.obstacle)

    def drop_link(self) -> None:
        """Gives up the wire under way, if there is one."""
        if self.link is not None:
            self.link.cancel()
            self.link = None
            self._view.speech.update()

    def _linked(self) -> None:
        if self.link is not None:
            self._view.ensureVisible(self._scene.blocks[self.link.target], _RIM, _RIM)
        self._view.speech.update()

    def _here(self) -> str | None:
        """The block at which the keyboard is: the selected one, or the first of several."""
        chosen = self._scene.selected_blocks()
        return chosen[0].objectName() if chosen else None

    def _go_to(self, name: str) -> None:
        self._scene.choose_wire(None)
        self._store.select(name)
        self._view.ensureVisible(self._scene.blocks[name], _RIM, _RIM)
