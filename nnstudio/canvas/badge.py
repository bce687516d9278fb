"""The small sign at a block's corner that says there is something to know: an error, a warning or a hint."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsObject, QGraphicsSceneMouseEvent, QStyleOptionGraphicsItem, QWidget

from nnstudio.canvas.geometry import BLOCK_HEIGHT, BLOCK_WIDTH
from nnstudio.canvas.items import BlockItem
from nnstudio.document.problems import Problem, Severity
from nnstudio.icons import pixmap
from nnstudio.theme import theme

_RADIUS = 10.5
_ICON = 14
_BOX = QRectF(-_RADIUS - 1, -_RADIUS - 1, 2 * _RADIUS + 2, 2 * _RADIUS + 2)


class Badge(QGraphicsObject):
    """Stands at the upper right corner of a block.

    Signals:
        pressed: it was clicked with the left button.
        hovered: the mouse came (True) or went (False).
    """

    pressed = Signal()
    hovered = Signal(bool)

    def __init__(self, block: BlockItem) -> None:
        super().__init__(block)
        self.setObjectName(f"badge_{block.objectName()}")
        self.setPos(BLOCK_WIDTH / 2 + 1, -BLOCK_HEIGHT / 2 - 1)
        self.setAcceptHoverEvents(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # Above callouts, whose beak begins here.
        self.setZValue(6)
        self.severity = Severity.HINT

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Stands for these, the worst of them first."""
        severity = problems[0].severity
        self.setToolTip("\n".join(f"{problem.severity.value.capitalize()}: {problem.sentence}" for problem in problems))
        # An error stays in sight however small the network is shown. The others may shrink: many would slow the view.
        self.setFlag(self.GraphicsItemFlag.ItemIgnoresTransformations, severity is Severity.ERROR)
        if severity is not self.severity:
            self.severity = severity
            self.update()

    def boundingRect(self) -> QRectF:
        return _BOX

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addEllipse(QPointF(0, 0), _RADIUS, _RADIUS)
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        colours = theme().colours
        colour = QColor(theme().severity(self.severity.value))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1.2))
        painter.setBrush(QColor(colours.error_fill if self.severity is Severity.ERROR else colours.block))
        painter.drawEllipse(QPointF(0, 0), _RADIUS, _RADIUS)
        ratio = painter.device().devicePixelRatioF() * max(painter.worldTransform().m11(), 0.1)
        picture = pixmap(self.severity.value, _ICON, colour.name(), min(max(1.0, round(ratio * 2) / 2), 4.0))
        # A triangle looks centred a little above its middle.
        lift = 1 if self.severity is Severity.WARNING else 0
        target = QRectF(-_ICON / 2, -_ICON / 2 - lift, _ICON, _ICON)
        painter.drawPixmap(target, picture, QRectF(0, 0, picture.width(), picture.height()))

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
