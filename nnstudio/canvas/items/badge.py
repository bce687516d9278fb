"""Badge at a block's corner for an error, warning or hint."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsObject, QGraphicsSceneMouseEvent, QStyleOptionGraphicsItem, QWidget

from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.document.problems import Problem, Severity
from nnstudio.ui.icons import pixmap
from nnstudio.ui.theme import theme

_RADIUS = 10.5
_ICON = 14
_BOX = QRectF(-_RADIUS - 1, -_RADIUS - 1, 2 * _RADIUS + 2, 2 * _RADIUS + 2)

# From afar a badge is a form of this many pixels from its middle, and so at most this large on the canvas.
_FORM, _FARTHEST = 6.5, 60.0
_FORMS = {
    Severity.NEXT: QPolygonF([QPointF(-0.8, -1), QPointF(1, 0), QPointF(-0.8, 1)]),
    Severity.WARNING: QPolygonF([QPointF(0, -1), QPointF(1, 0.8), QPointF(-1, 0.8)]),
    Severity.HINT: QPolygonF([QPointF(0, -1), QPointF(1, 0), QPointF(0, 1), QPointF(-1, 0)]),
}


class Badge(QGraphicsObject):
    """Badge at the upper right corner of a block.

    Signals:
        pressed: it was clicked with the left button.
        hovered: the mouse entered (True) or left (False).
    """

    pressed = Signal()
    hovered = Signal(bool)
    # Qt asks how large it is while the item is still being made.
    severity = Severity.HINT
    _afar = False

    def __init__(self, block: BlockItem) -> None:
        super().__init__(block)
        self.setObjectName(f"badge_{block.objectName()}")
        self.setPos(BLOCK_WIDTH / 2 + 1, -BLOCK_HEIGHT / 2 - 1)
        self.setAcceptHoverEvents(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # Above callouts, whose beak begins here.
        self.setZValue(6)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show the severity of these problems, of which the worst comes first."""
        severity = problems[0].severity
        self.setToolTip("\n".join(f"{problem.severity.value.capitalize()}: {problem.sentence}" for problem in problems))
        # An error stays in sight however small the network is shown. The others may shrink: many would slow the view.
        self.setFlag(self.GraphicsItemFlag.ItemIgnoresTransformations, severity is Severity.ERROR)
        if severity is not self.severity:
            self.prepareGeometryChange()
            self.severity = severity
            self.update()

    def show_afar(self, afar: bool) -> None:
        """Switch to a plain shape at small zoom, where icons could not be recognised."""
        if afar != self._afar:
            self.prepareGeometryChange()
            self._afar = afar

    @property
    def _shrinks(self) -> bool:
        """True if it gets smaller with the network: then it is enlarged, so that it can be seen and hit."""
        return self._afar and self.severity is not Severity.ERROR

    def boundingRect(self) -> QRectF:
        if not self._shrinks:
            return _BOX
        return QRectF(-_FARTHEST, -_FARTHEST, 2 * _FARTHEST, 2 * _FARTHEST)

    def shape(self) -> QPainterPath:
        reach = _RADIUS
        if self._shrinks:
            view = next(iter(self.scene().views()), None)
            reach = _enlarged(view.transform().m11() if view is not None else 1.0)
        path = QPainterPath()
        path.addEllipse(QPointF(0, 0), reach, reach)
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        colours = theme().colours
        colour = QColor(theme().severity(self.severity.icon))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._shrinks:
            self._draw_form(painter, colour)
            return
        painter.setPen(QPen(colour, 1.2))
        painter.setBrush(QColor(colours.error_fill if self.severity is Severity.ERROR else colours.block))
        painter.drawEllipse(QPointF(0, 0), _RADIUS, _RADIUS)
        ratio = painter.device().devicePixelRatioF() * max(painter.worldTransform().m11(), 0.1)
        picture = pixmap(self.severity.icon, _ICON, colour.name(), min(max(1.0, round(ratio * 2) / 2), 4.0))
        # A triangle looks centred a little above its middle.
        lift = 1 if self.severity is Severity.WARNING else 0
        target = QRectF(-_ICON / 2, -_ICON / 2 - lift, _ICON, _ICON)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(target, picture, QRectF(0, 0, picture.width(), picture.height()))

    def _draw_form(self, painter: QPainter, colour: QColor) -> None:
        """Draws the form of the severity on a rim of the canvas' colour, which sets it off its block."""
        size = _enlarged(painter.worldTransform().m11())
        painter.scale(size, size)
        painter.setPen(QPen(QColor(theme().colours.canvas), 0.35))
        painter.setBrush(colour)
        painter.drawPolygon(_FORMS[self.severity])

    def hoverEnterEvent(self, event: object) -> None:
        self.hovered.emit(True)

    def hoverLeaveEvent(self, event: object) -> None:
        self.hovered.emit(False)

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        # Taken, so that a press on it does not drag the block.
        event.accept()

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        # The right button brings up a menu.
        if event.button() == Qt.MouseButton.LeftButton and self.shape().contains(event.pos()):
            self.pressed.emit()


def _enlarged(zoom: float) -> float:
    """Radius of a badge on the canvas at a scale."""
    return min(max(_FORM / max(zoom, 0.01), _RADIUS), _FARTHEST - 10)
