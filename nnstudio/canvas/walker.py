"""The keyboard's place on the canvas: a block or a wire, and how it moves on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnstudio.canvas.walking import Direction, neighbour, wires_of
from nnstudio.document.model import INPUT, OUTPUT

if TYPE_CHECKING:
    from nnstudio.canvas.view import CanvasView


class Walker:
    """Moves the selection of a canvas."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._scene = view.canvas
        self._store = view.store

    def walk(self, direction: Direction) -> None:
        """To the next block in a direction; from a wire, to one of its ends."""
        wire = self._scene.chosen_wire
        if wire is not None:
            self._go_to(wire.source if direction in ("up", "left") else wire.target)
            return
        here = self._here()
        if here is None:
            self.go_to_end(first=direction != "up")
        else:
            self._go_to(neighbour(self._store.document, here, direction))

    def go_to_end(self, *, first: bool) -> None:
        """To the data, or to the loss."""
        self._go_to(INPUT if first else OUTPUT)

    def next_wire(self) -> None:
        """To a wire of the selected block; called again, to its next one."""
        chosen = self._scene.chosen_wire
        here = self._here() or (chosen.source if chosen is not None else None)
        if here is None:
            return
        wires = wires_of(self._store.document, here)
        index = wires.index(chosen) + 1 if chosen in wires else 0
        wire = wires[index % len(wires)] if wires else None
        self._scene.choose_wire(wire)
        if wire is not None:
            self._view.ensureVisible(self._scene.wires[wire], 20, 20)

    def let_go(self) -> None:
        """Selects nothing."""
        self._scene.choose_wire(None)
        self._scene.clearSelection()

    def _here(self) -> str | None:
        """The block at which the keyboard is: the selected one, or the first of several."""
        chosen = self._scene.selected_blocks()
        return chosen[0].objectName() if chosen else None

    def _go_to(self, name: str) -> None:
        self._scene.choose_wire(None)
        self._store.select(name)
        self._view.ensureVisible(self._scene.blocks[name])
