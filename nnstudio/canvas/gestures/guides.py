"""Alignment guides: lines shown while blocks are dragged, and the snapping to them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH
from nnstudio.canvas.geometry.snapping import Box, Line, snap
from nnstudio.ui.theme import theme

# How near, in pixels on the screen, a block must come to a guide.
REACH = 6.0
_TICK = 4.0


class Guides(QGraphicsItem):
    """Guides on display, one pixel wide at any zoom."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[Line, ...] = ()
        self._area = QRectF()
        self.setZValue(5)

    def pull(self, places: dict[str, QPointF], others: dict[str, QPointF], zoom: float) -> QPointF:
        """Show the guides of some blocks among others. Returns the offset that snaps to them."""
        if not places or not others:
            self.clear()
            return QPointF()
        found = snap(Box.around(map(_box, places.values())), [*map(_box, others.values())], REACH / zoom)
        self._show(found.lines)
        return QPointF(found.dx, found.dy)

    def clear(self) -> None:
        """Remove the guides."""
        self._show(())

    def _show(self, lines: tuple[Line, ...]) -> None:
        if lines == self.lines:
            return
        self.prepareGeometryChange()
        self.lines = lines
        self._area = QRectF()
        for x0, y0, x1, y1, _ in lines:
            # What is only a line has no area, and Qt unites nothing with it.
            self._area |= QRectF(QPointF(x0, y0), QPointF(x1, y1)).normalized().adjusted(-8, -8, 8, 8)

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        pen = QPen(QColor(theme().colours.accent), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for x0, y0, x1, y1, gap in self.lines:
            painter.drawLine(QPointF(x0, y0), QPointF(x1, y1))
            if gap:
                # Small bars at both ends, as on a drawing with measures.
                across = QPointF(0, _TICK) if y0 == y1 else QPointF(_TICK, 0)
                for end in (QPointF(x0, y0), QPointF(x1, y1)):
                    painter.drawLine(end - across, end + across)


def _box(centre: QPointF) -> Box:
    x, y = centre.x(), centre.y()
    return Box(x - BLOCK_WIDTH / 2, y - BLOCK_HEIGHT / 2, x + BLOCK_WIDTH / 2, y + BLOCK_HEIGHT / 2)
