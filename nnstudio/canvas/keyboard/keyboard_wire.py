"""Draw a wire by keyboard: choose its ports with the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from nnstudio.canvas.gestures.wire_preview import Link, carry_out
from nnstudio.canvas.keyboard.navigation import Direction, beside
from nnstudio.canvas.keyboard.port_positions import place_of
from nnstudio.canvas.protocols import WireScene
from nnstudio.document import ports
from nnstudio.document.grouping import drawn
from nnstudio.document.model import Wire
from nnstudio.document.ports import Port
from nnstudio.document.traversal import network_order


class KeyLink:
    """Wire being drawn by keyboard.

    It ends when the document changes, since its ends may be gone. `fixed` is the port of its fixed end: the wire comes
    from there or, from an input, leads there. `moved` is the existing wire whose other end is moved, if there is one.
    """

    def __init__(self, scene: WireScene, fixed: Port, moved: Wire | None = None) -> None:
        self.start, self.backwards, self.moved = fixed.block, fixed.side == "in", moved
        self._scene = scene
        self.document = scene.store.document
        # What can be aimed at: a collapsed group is one block.
        self._drawn = drawn(self.document)
        start, backwards = self.start, self.backwards
        grip = scene.wires[moved].at(1.0 if backwards else 0.0) if moved is not None else place_of(scene, fixed)
        self._link = Link(scene, scene.blocks[start], self.document, grip, backwards=backwards, moved=moved)
        self._link.show_drop_targets(scene.blocks)
        order = network_order(self._drawn)
        here = order.index(start)
        # In the order of the data, from the start on and round.
        self._order = [*order[here + 1 :], *order[:here]]
        ends = self._link.ends
        self._legal = [name for name in self._order if name in ends]
        if moved is not None:
            first = moved.source if backwards else moved.target
        else:
            # The nearest one that comes later is what a wire may lead to, the nearest one before where it may begin.
            first = next(iter(reversed(self._legal) if backwards else self._legal), self._order[0])
        self._aim(first)

    @property
    def target(self) -> str:
        """Block at its loose end."""
        return self._target

    @property
    def ends(self) -> tuple[str, str]:
        """Source and target that it would connect."""
        return (self._target, self.start) if self.backwards else (self.start, self._target)

    @property
    def port(self) -> Port:
        """Port at its loose end: an output, or the input that it would become."""
        if self.backwards:
            return Port(self._target, "out")
        if self.moved is not None and self._target == self.moved.target:
            return Port(self._target, "in", self.moved)
        inputs = [port for port in ports.ports_of(self.document, self._target) if port.side == "in"]
        # The data take no wire; it hangs at their output while it is said why.
        return inputs[-1] if inputs else Port(self._target, "out")

    @property
    def obstacle(self) -> str:
        """Reason why it cannot end there; "" if it can."""
        return self._link.obstacle

    def step(self, direction: Direction, *, every: bool = False) -> None:
        """Move the loose end to the next port in data-flow order, or sideways.

        Only ports that can take the wire count or, with `every`, all of them, to hear why it may not end there.
        """
        choice = self._order if every or not self._legal else self._legal
        if direction in ("left", "right"):
            self._aim(beside(self._drawn, self._target, direction, choice))
            return
        # From a block that is none of the choice, on to the next one that is.
        order = self._order if direction == "down" else self._order[::-1]
        here = order.index(self._target)
        self._aim(next(name for name in [*order[here + 1 :], *order[: here + 1]] if name in choice))

    def _aim(self, name: str) -> None:
        self._target = name
        place = self._scene.blocks[name].pos() if name == self.start else self._place()
        self._link.hang_at(self._scene.blocks[name], place)

    def _place(self) -> QPointF:
        return place_of(self._scene, self.port)

    def finish(self) -> bool:
        """Make the wire and return True; or keep it loose, with the reason beside it."""
        if self.obstacle:
            return False
        carry_out(self._scene.store, self.ends, self.moved)
        return True

    def cancel(self) -> None:
        """Remove the wire."""
        if self._link.scene() is not None:
            self._link.finish()
