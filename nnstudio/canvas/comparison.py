"""Comparison of the network on the canvas with that of another document."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView
from shiboken6 import isValid

from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH
from nnstudio.canvas.items.diff_marks import ADDED, CHANGED, DiffMark, Ghost, GhostWire, NewWire, above, below
from nnstudio.canvas.overlays.diff_bar import DiffBar
from nnstudio.canvas.scene import CanvasScene
from nnstudio.document import edits
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire, shown_name
from nnstudio.document.run_diff import NetworkDiff, network_diff


class Comparison(QObject):
    """Marks of what differs from another document, kept up to date while the network is edited.

    Attributes:
        diff: the difference on display; None while there is none.
    """

    def __init__(self, scene: CanvasScene, view: QGraphicsView) -> None:
        super().__init__(view)
        self._scene = scene
        self.bar = DiffBar(view)
        self.bar.closed.connect(self.end)
        self.diff: NetworkDiff | None = None
        self._other: tuple[Document, str] | None = None
        self._items: list[QGraphicsItem] = []
        scene.store.opened.connect(self.end)
        scene.store.changed.connect(self._update)

    def begin(self, other: Document, name: str) -> None:
        """Compare with another document, which is called `name`."""
        self._other = other, name
        self._update()

    def end(self) -> None:
        """Take all marks off."""
        self._other = None
        self._update()

    def _update(self) -> None:
        for item in self._items:
            # A mark goes with the block that bears it.
            if isValid(item) and item.scene() is not None:
                self._scene.removeItem(item)
        self._items = []
        if self._other is None:
            self.diff = None
            self.bar.hide()
            return
        other, name = self._other
        present = self._scene.store.document
        self.diff = diff = network_diff(other, present)
        for block in diff.added:
            self._mark(block, ADDED, f"Not in {name}")
        for block, changes in diff.changed.items():
            self._mark(block, CHANGED, "\n".join(changes))
        names = (INPUT, OUTPUT, *(block.name for block in present.blocks))
        taken = [QPointF(*edits.position(present, each)) for each in names]
        ghosts = {}
        for gone in diff.removed:
            ghost = Ghost(gone, lambda place: any(_overlap(place, other_) for other_ in taken))
            taken.append(ghost.pos())
            ghosts[gone.name] = ghost.pos()
            self._add(ghost)
        for wire in diff.wires_added:
            drawn = self._scene.wires.get(wire)
            if drawn is not None:
                self._items.append(NewWire(drawn))
        now = {was: block for block, was in diff.names.items()}
        for wire in diff.wires_removed:
            moved = Wire(now.get(wire.source, wire.source), now.get(wire.target, wire.target))
            self._wire(moved, ghosts, present)
        self.bar.show_diff(name, diff)

    def _mark(self, block: str, sign: str, text: str) -> None:
        # Within a collapsed group there is no block to be marked.
        item = self._scene.blocks.get(block)
        if item is not None:
            self._items.append(DiffMark(item, sign, text))

    def _wire(self, wire: Wire, ghosts: dict[str, QPointF], present: Document) -> None:
        ends = []
        for name in wire:
            if name not in ghosts and name not in (INPUT, OUTPUT) and not present.has_block(name):
                return
            ends.append(ghosts[name] if name in ghosts else QPointF(*edits.position(present, name)))
        text = f"The wire from {shown_name(wire.source)} to {shown_name(wire.target)} is gone"
        self._add(GhostWire(below(ends[0]), above(ends[1]), text))

    def _add(self, item: QGraphicsItem) -> None:
        self._scene.addItem(item)
        self._items.append(item)


def _overlap(one: QPointF, other: QPointF) -> bool:
    return abs(one.x() - other.x()) < BLOCK_WIDTH and abs(one.y() - other.y()) < BLOCK_HEIGHT
