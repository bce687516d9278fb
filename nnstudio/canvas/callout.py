"""The bubble beside a block with a problem: the sentence that says why, and the button that mends it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsObject, QGraphicsSceneMouseEvent, QStyleOptionGraphicsItem, QWidget

from nnstudio.canvas.geometry import BLOCK_WIDTH
from nnstudio.canvas.items import BlockItem, caption_font, title_font
from nnstudio.document.analysis import Problem
from nnstudio.theme import theme

WIDTH = 268.0
_PADDING = 12.0
_GAP = 22.0
_BUTTON = 28.0
_WRAP = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft


class Callout(QGraphicsObject):
    """Stands beside a block and goes with it. Its own coordinates start at its upper left corner.

    Signals:
        mend: the button with the cure was pressed.
    """

    mend = Signal(object)

    def __init__(self, block: BlockItem, problem: Problem, *, left: bool) -> None:
        super().__init__(block)
        self.problem = problem
        self._left = left
        self._hovered = False
        self.setObjectName(f"problem_{block.objectName()}")
        self.setAcceptHoverEvents(True)
        self.setFlag(self.GraphicsItemFlag.ItemStacksBehindParent, False)
        metrics = QFontMetricsF(caption_font())
        text = metrics.boundingRect(QRectF(0, 0, WIDTH - 2 * _PADDING, 1000), int(_WRAP), problem.sentence)
        self._text = QRectF(_PADDING, _PADDING, WIDTH - 2 * _PADDING, text.height() + 2)
        height = self._text.bottom() + _PADDING
        self._button = QRectF()
        if problem.remedy is not None:
            wide = QFontMetricsF(title_font()).horizontalAdvance(problem.remedy.title) + 26
            self._button = QRectF(_PADDING, height - 3, min(wide, WIDTH - 2 * _PADDING), _BUTTON)
            height = self._button.bottom() + _PADDING
        self._box = QRectF(0, 0, WIDTH, height)
        x = -BLOCK_WIDTH / 2 - _GAP - WIDTH if left else BLOCK_WIDTH / 2 + _GAP
        self.setPos(x, -min(height / 2, 40))
        self.setZValue(5)

    @property
    def button_centre(self) -> QPointF | None:
        """Middle of the button in scene coordinates; None without a cure."""
        return self.mapToScene(self._button.center()) if self.problem.remedy is not None else None

    def boundingRect(self) -> QRectF:
        return self._box.adjusted(-_GAP, -2, _GAP, 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        colours = theme().colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bubble = QPainterPath()
        bubble.addRoundedRect(self._box, 8, 8)
        middle = -self.pos().y()
        # The beak's foot lies inside the box, so that the two outlines become one.
        edge, tip = (self._box.right() - 2, self._box.right() + 11) if self._left else (2.0, -11.0)
        beak = QPainterPath(QPointF(edge, middle - 7))
        beak.lineTo(tip, middle)
        beak.lineTo(edge, middle + 7)
        beak.closeSubpath()
        bubble = bubble.united(beak)
        painter.fillPath(bubble, QColor(colours.panel))
        painter.setPen(QPen(QColor(colours.error), 1.3))
        painter.drawPath(bubble)
        painter.setPen(QColor(colours.text))
        painter.setFont(caption_font())
        painter.drawText(self._text, int(_WRAP), self.problem.sentence)
        if self.problem.remedy is None:
            return
        fill = QColor(colours.accent)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill.lighter(112) if self._hovered else fill)
        painter.drawRoundedRect(self._button, 6, 6)
        painter.setPen(QColor(colours.accent_text))
        painter.setFont(title_font())
        title = QFontMetricsF(title_font()).elidedText(
            self.problem.remedy.title, Qt.TextElideMode.ElideRight, self._button.width() - 16
        )
        painter.drawText(self._button, Qt.AlignmentFlag.AlignCenter, title)

    def hoverMoveEvent(self, event: object) -> None:
        hovered = self._button.contains(event.pos())  # type: ignore[attr-defined]
        if hovered != self._hovered:
            self._hovered = hovered
            self.setCursor(Qt.CursorShape.PointingHandCursor if hovered else Qt.CursorShape.ArrowCursor)
            self.update()

    def hoverLeaveEvent(self, event: object) -> None:
        self._hovered = False
        self.update()

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        # Taken, so that a press on the bubble neither drags the block nor clears the selection.
        event.accept()

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if self._button.contains(event.pos()):
            self.mend.emit(self.problem)
