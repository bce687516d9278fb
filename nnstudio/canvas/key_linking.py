"""Leading a wire by keyboard: from the selected block to one that the arrow keys choose."""

from __future__ import annotations

from nnstudio.canvas.linking import Link
from nnstudio.canvas.scene import CanvasScene
from nnstudio.canvas.walking import Direction, neighbour, network_order
from nnstudio.document import wiring
from nnstudio.document.grouping import drawn
from nnstudio.document.model import OUTPUT


class KeyLink:
    """A wire under way. It ends at once if the document changes, since its ends may be gone then."""

    def __init__(self, scene: CanvasScene, source: str) -> None:
        self.source = source
        self._scene = scene
        self._document = scene.store.document
        # What can be aimed at: a collapsed group is one block.
        self._drawn = drawn(self._document)
        # In the order of the data: what comes later is what a wire may lead to.
        order = network_order(self._drawn)
        start = order.index(source)
        self._order = [*order[start + 1 :], *order[:start]]
        self._link = Link(scene, scene.blocks[source], self._document)
        legal = (name for name in self._order if not wiring.obstacle(self._document, source, name))
        self._aim(next(legal, self._order[0]))

    @property
    def target(self) -> str:
        """The block at which it hangs."""
        return self._target

    @property
    def obstacle(self) -> str:
        """Why it cannot end there; "" if it can."""
        return self._link.obstacle

    def step(self, direction: Direction) -> None:
        """To the next block in the order of the data, or to the one at a side."""
        if direction in ("left", "right"):
            beside = neighbour(self._drawn, self._target, direction)
            if beside != self.source:
                self._aim(beside)
            return
        index = self._order.index(self._target) + (1 if direction == "down" else -1)
        self._aim(self._order[index % len(self._order)])

    def _aim(self, name: str) -> None:
        self._target = name
        self._link.hang_at(self._scene.blocks[name])

    def finish(self) -> bool:
        """Makes the wire and returns True; or leaves it where it is, with the reason beside it."""
        if self.obstacle:
            return False
        document = self._document
        text = f"Connect {self.source} with {self._target}"
        self._scene.store.edit(text, wiring.connect(document, self.source, self._target))
        return True

    def cancel(self) -> None:
        """Takes the wire off."""
        if self._link.scene() is not None:
            self._link.finish()


def can_start(name: str | None) -> bool:
    """True if a wire can lead out of what is selected."""
    return name is not None and name != OUTPUT
