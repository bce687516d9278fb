"""Preview of a wire while it is drawn by hand.

It starts at a port, or it is an existing wire with one end loose; every block that it may join is marked.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QStyleOptionGraphicsItem, QWidget

from nnstudio.canvas.geometry.sizes import BLOCK_WIDTH
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.items.fonts import caption_font
from nnstudio.canvas.protocols import WireScene
from nnstudio.document import rewiring, wiring
from nnstudio.document.model import Document, Wire, shown_name
from nnstudio.store import Store
from nnstudio.ui.theme import theme

_NOTE_WIDTH, _NOTE_ROOM = 250.0, 10.0
_FROM_POINTER = QPointF(16, 14)
_WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft)


class Link(QGraphicsPathItem):
    """Wire with one end at the mouse; each block shows whether it may end there.

    `source` is the block at the fixed end, from which the wire comes or, `backwards`, to which it leads; `grip` is the
    place of that end. `moved` is the existing wire being moved, if there is one.
    """

    def __init__(
        self,
        scene: WireScene,
        source: BlockItem,
        document: Document,
        grip: QPointF,
        *,
        backwards: bool = False,
        moved: Wire | None = None,
    ) -> None:
        super().__init__()
        self.source = source
        self.target: BlockItem | None = None
        self.moved = moved
        self._document, self._grip = document, grip
        self._alerts = scene.alerts
        self._backwards = backwards
        self._invited: list[BlockItem] = []
        self._note = _Note()
        self.setPen(QPen(QColor(theme().colours.accent), 2.5, Qt.PenStyle.DashLine))
        self.setZValue(4)
        scene.qt.addItem(self)
        scene.qt.addItem(self._note)
        # What they lie over may be where it leads.
        self._alerts.step_back(True)

    def show_drop_targets(self, blocks: dict[str, BlockItem]) -> None:
        """Highlight the ports where it may end, and dim the other blocks."""
        ends = self.ends
        port = "out" if self._backwards else "in"
        for other, block in blocks.items():
            if block is not self.source:
                block.show_drop_targets(port if other in ends else "none")
                self._invited.append(block)

    @property
    def ends(self) -> frozenset[str]:
        """All blocks at which its loose end may be connected."""
        if self.moved is not None:
            return rewiring.new_ends(self._document, self.moved, backwards=self._backwards)
        return rewiring.open_ends(self._document, self.source.objectName(), backwards=self._backwards)

    def follow(self, point: QPointF) -> None:
        """Move the loose end to the mouse."""
        down, start = -1.0 if self._backwards else 1.0, self._grip
        path = QPainterPath(start)
        bend = QPointF(0, down * max(abs(point.y() - start.y()) / 2, 30))
        aside = start.x() - self.source.x()
        # From a side of its block it leaves sideways, as the wires do that end there.
        leave = bend if abs(aside) < BLOCK_WIDTH / 2 - 1 else QPointF(60 if aside > 0 else -60, 0)
        path.cubicTo(start + leave, point - bend, point)
        self.setPath(path)
        self._note.go(point)
        self._aim_at(self._block_at(point))

    def hang_at(self, block: BlockItem, place: QPointF) -> None:
        """Move the loose end to a block's port chosen without the mouse, at `place`."""
        self.follow(place)
        # Another block may lie over that place.
        self._aim_at(block)

    def _block_at(self, point: QPointF) -> BlockItem | None:
        items = self.scene().items(point)
        return next((item for item in items if isinstance(item, BlockItem) and item is not self.source), None)

    def _aim_at(self, block: BlockItem | None) -> None:
        if block is self.target:
            return
        if self.target is not None:
            self.target.show_drop_state("")
        self.target = block
        reason = self.obstacle
        if block is not None:
            block.show_drop_state("no" if reason else "yes")
        self._note.say(reason)

    @property
    def obstacle(self) -> str:
        """Reason why it cannot end here, in a sentence."""
        return self._obstacle_at(self.target.objectName()) if self.target is not None else ""

    def _obstacle_at(self, name: str) -> str:
        ends = self._ends(name)
        if self.moved is None:
            return wiring.obstacle(self._document, *ends)
        return rewiring.detour(self._document, self.moved, *ends)

    def _ends(self, name: str) -> tuple[str, str]:
        here = self.source.objectName()
        return (name, here) if self._backwards else (here, name)

    def finish(self) -> tuple[str, str] | None:
        """End the gesture. Returns source and target if a wire is to be made."""
        target, reason = self.target, self.obstacle
        self._aim_at(None)
        for block in self._invited:
            block.show_drop_targets("")
        self.scene().removeItem(self._note)
        self.scene().removeItem(self)
        self._alerts.step_back(False)
        return self._ends(target.objectName()) if target is not None and not reason else None


def carry_out(store: Store, ends: tuple[str, str], moved: Wire | None = None) -> None:
    """Make the drawn wire, or move the wire `moved` to these ends."""
    source, target = (shown_name(end) for end in ends)
    if moved is None:
        store.edit(f"Connect {source} with {target}", wiring.connect(store.document, *ends))
    elif ends != (moved.source, moved.target):
        text = f"Move the wire from {source} to {target}"
        store.edit(text, rewiring.reroute(store.document, moved, *ends))


class _Note(QGraphicsItem):
    """The reason why not, beside the pointer, in its own size whatever the zoom."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._box = QRectF()
        self.setFlag(self.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setZValue(6)

    def say(self, text: str) -> None:
        self.prepareGeometryChange()
        self._text = text
        room = QRectF(0, 0, _NOTE_WIDTH - 2 * _NOTE_ROOM, 1000)
        inner = QFontMetricsF(caption_font()).boundingRect(room, _WRAP, text)
        self._box = QRectF(0, 0, _NOTE_WIDTH, inner.height() + 2 * _NOTE_ROOM)
        self._box.moveTopLeft(self._corner())

    def go(self, point: QPointF) -> None:
        """The pointer is here."""
        self.setPos(point)
        corner = self._corner()
        if corner != self._box.topLeft():
            self.prepareGeometryChange()
            self._box.moveTopLeft(corner)

    def _corner(self) -> QPointF:
        """Top left point beside the pointer: right of it and below, unless cut off there."""
        corner = QPointF(_FROM_POINTER)
        for view in self.scene().views():
            seen, here = view.viewport().rect(), view.mapFromScene(self.pos())
            if here.x() + corner.x() + self._box.width() > seen.right():
                corner.setX(-_FROM_POINTER.x() - self._box.width())
            if here.y() + corner.y() + self._box.height() > seen.bottom():
                corner.setY(-_FROM_POINTER.y() - self._box.height())
        return corner

    def boundingRect(self) -> QRectF:
        return self._box.adjusted(-1, -1, 1, 1)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not self._text:
            return
        colours = theme().colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.error), 1.3))
        painter.setBrush(QColor(colours.panel))
        painter.drawRoundedRect(self._box, 6, 6)
        painter.setPen(QColor(colours.text))
        painter.setFont(caption_font())
        painter.drawText(self._box.adjusted(_NOTE_ROOM, _NOTE_ROOM, -_NOTE_ROOM, -_NOTE_ROOM), _WRAP, self._text)
