"""Input number, drawn where a wire ends among others."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from nnstudio.canvas.items.fonts import mark_font
from nnstudio.canvas.items.level_of_detail import FULL
from nnstudio.ui.theme import theme

_RADIUS = 7.5


class InputNumber(QGraphicsItem):
    """Input number on the edge of its block, where the wire ends."""

    def __init__(self, block: QGraphicsItem) -> None:
        super().__init__(block)
        self._number = 0
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def show_number(self, number: int) -> None:
        """Show this number."""
        if number != self._number:
            self._number = number
            self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(-_RADIUS - 1, -_RADIUS - 1, 2 * _RADIUS + 2, 2 * _RADIUS + 2)

    def shape(self) -> QPainterPath:
        # Nothing to take hold of: the mouse finds the wire, or the block.
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if painter.worldTransform().m11() < FULL:
            # It would be a speck.
            return
        colours = theme().colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.muted), 1.2))
        painter.setBrush(QColor(colours.canvas))
        painter.drawEllipse(QPointF(0, 0), _RADIUS, _RADIUS)
        painter.setPen(QColor(colours.text))
        painter.setFont(mark_font())
        dot = QRectF(-_RADIUS, -_RADIUS, 2 * _RADIUS, 2 * _RADIUS)
        painter.drawText(dot, Qt.AlignmentFlag.AlignCenter, str(self._number))
