"""Drawing a wire by hand: from the port below a block to any block that comes later."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsScene, QStyleOptionGraphicsItem, QWidget

from nnstudio.canvas.geometry import BLOCK_HEIGHT
from nnstudio.canvas.items import BlockItem, caption_font
from nnstudio.document import wiring
from nnstudio.document.model import Document
from nnstudio.theme import theme


class Link(QGraphicsPathItem):
    """The wire while it hangs at the mouse. It says at every block whether it may end there, and if not, why."""

    def __init__(self, scene: QGraphicsScene, source: BlockItem, document: Document) -> None:
        super().__init__()
        self.source = source
        self.target: BlockItem | None = None
        self._document = document
        # Where the reason stands if the wire may not end here.
        self._note = QRectF()
        pen = QPen(QColor(theme().colours.accent), 2.5, Qt.PenStyle.DashLine)
        self.setPen(pen)
        self.setZValue(4)
        scene.addItem(self)

    def follow(self, point: QPointF) -> None:
        """The mouse is here."""
        start = self.source.pos() + QPointF(0, BLOCK_HEIGHT / 2)
        path = QPainterPath(start)
        bend = QPointF(0, max(abs(point.y() - start.y()) / 2, 30))
        path.cubicTo(start + bend, point - bend, point)
        self.prepareGeometryChange()
        self._note = QRectF(point.x() + 14, point.y() + 12, 250, 50)
        self.setPath(path)
        self._aim_at(self._block_at(point))

    def hang_at(self, block: BlockItem) -> None:
        """Leads to a block that was chosen without the mouse."""
        self.follow(block.pos() - QPointF(0, BLOCK_HEIGHT / 2))
        # Another block may lie over that place.
        self._aim_at(block)

    def boundingRect(self) -> QRectF:
        return super().boundingRect().united(self._note)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        super().paint(painter, option, widget)
        reason, colours = self.obstacle, theme().colours
        if reason:
            painter.setPen(QPen(QColor(colours.error), 1.3))
            painter.setBrush(QColor(colours.panel))
            painter.drawRoundedRect(self._note.adjusted(1, 1, -1, -1), 6, 6)
            painter.setPen(QColor(colours.text))
            painter.setFont(caption_font())
            painter.drawText(self._note.adjusted(10, 6, -10, -6), int(Qt.TextFlag.TextWordWrap), reason)

    def _block_at(self, point: QPointF) -> BlockItem | None:
        items = self.scene().items(point)
        return next((item for item in items if isinstance(item, BlockItem) and item is not self.source), None)

    def _aim_at(self, block: BlockItem | None) -> None:
        if block is self.target:
            return
        if self.target is not None:
            self.target.welcome("")
        self.target = block
        if block is not None:
            block.welcome("no" if self.obstacle else "yes")
        self.update()

    @property
    def obstacle(self) -> str:
        """Why it cannot end where it is, in a sentence."""
        if self.target is None:
            return ""
        return wiring.obstacle(self._document, self.source.objectName(), self.target.objectName())

    def finish(self) -> tuple[str, str] | None:
        """Ends the gesture. Returns source and target if a wire is to be made."""
        target, reason = self.target, self.obstacle
        self._aim_at(None)
        self.scene().removeItem(self)
        return (self.source.objectName(), target.objectName()) if target is not None and not reason else None
