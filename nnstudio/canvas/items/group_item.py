"""Graphics item of a collapsed group: one block for all of its own."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsSceneMouseEvent

from nnstudio.canvas.geometry.sizes import BLOCK_WIDTH, RADIUS, block_rect
from nnstudio.canvas.items.block_item import BlockItem, Face
from nnstudio.ui.theme import theme

# By how much each further sheet stands out.
_SHEET = 4.0


def new_item(name: str, face: Face) -> BlockItem:
    """Make the item for a block, an end, or a collapsed group."""
    return GroupItem(name, face) if face.copies else BlockItem(name, face)


class GroupItem(BlockItem):
    """Collapsed group, drawn as a stack of blocks where its pattern repeats.

    Signals:
        toggled: the user wants to expand it.
    """

    toggled = Signal(str)

    def boundingRect(self) -> QRectF:
        return super().boundingRect().adjusted(0, 0, 2 * _SHEET + 2, 2 * _SHEET)

    def name_rect(self) -> QRectF:
        # A double-click expands; it changes no name.
        return QRectF()

    def draw(self, painter: QPainter) -> None:
        colours = theme().colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = QColor(colours.muted)
        edge.setAlpha(150)
        painter.setPen(QPen(edge, 1.2))
        painter.setBrush(QColor(colours.block))
        for sheet in range(min(self.face.copies - 1, 2), 0, -1):
            painter.drawRoundedRect(block_rect().translated(sheet * _SHEET, sheet * _SHEET), RADIUS, RADIUS)
        super().draw(painter)

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        still = event.screenPos() == event.buttonDownScreenPos(Qt.MouseButton.LeftButton)
        if event.button() == Qt.MouseButton.LeftButton and still and event.pos().x() < 42 - BLOCK_WIDTH / 2:
            self._toggle()

    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        self._toggle()

    def _toggle(self) -> None:
        # Expanding takes this item off the canvas; Qt must be done with its event first.
        name = self.objectName()
        QTimer.singleShot(0, self, lambda: self.toggled.emit(name))
