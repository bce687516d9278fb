"""Callout beside a block: its problem in a sentence, and a fix button."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsObject, QGraphicsSceneMouseEvent, QStyleOptionGraphicsItem, QWidget

from nnstudio.canvas.geometry.sizes import BLOCK_WIDTH
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.items.fonts import caption_font, title_font
from nnstudio.document.dismissals import can_dismiss
from nnstudio.document.problems import Problem
from nnstudio.ui.icons import pixmap
from nnstudio.ui.theme import theme

WIDTH = 268.0
_PADDING = 12.0
_GAP = 22.0
_BUTTON = 28.0
# Pixels at both sides of the button's title together.
_SIDES = 26.0
_ICON = 16
_INDENT = 24.0
# Pixels between the tip of its beak and its upper or lower edge, at least.
_FOOT = 18.0
# Pixels beside a block that a callout takes.
ROOM = WIDTH + _GAP
_WRAP = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
_CENTRED = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignCenter


class Callout(QGraphicsObject):
    """Callout beside a block, of constant size on screen.

    Its coordinates start at the block's edge.

    Signals:
        fix_chosen: the button with the fix was pressed.
        closed: it was clicked elsewhere with the left button.
        hovered: the mouse entered (True) or left (False).

    Attributes:
        box: the bubble without its beak. button: the fix button, with no area if there is no fix.
    """

    fix_chosen = Signal(object)
    closed = Signal()
    hovered = Signal(bool)
    # Qt asks for it while the item is still being made.
    box = QRectF()

    def __init__(self, block: BlockItem, problems: Sequence[Problem]) -> None:
        super().__init__(block)
        self.problems = problems
        self.problem = problem = problems[0]
        more = len(problems) - 1
        self.sentence = problem.sentence + (f" ({more} more in the list of problems.)" if more else "")
        self._hovered = False
        self.setObjectName(f"problem_{block.objectName()}")
        self.setAcceptHoverEvents(True)
        if can_dismiss(problem):
            self.setToolTip("Click to close it, right-click to dismiss it for good")
        # Its text stays readable however small the network is shown.
        self.setFlag(self.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setZValue(5)
        metrics, room = QFontMetricsF(caption_font()), WIDTH - 2 * _PADDING - _INDENT
        self._written = _breakable(self.sentence, metrics, room)
        text = metrics.boundingRect(QRectF(0, 0, room, 1000), int(_WRAP), self._written)
        self._text_height = max(text.height() + 2, float(_ICON))
        self._title = ""
        self._button_width = self._button_height = 0.0
        if problem.fix is not None:
            # A title too long for one line takes more of them: whoever presses it must know what it does.
            metrics, room = QFontMetricsF(title_font()), WIDTH - 2 * _PADDING - _SIDES
            self._title = _breakable(problem.fix.title, metrics, room)
            words = metrics.boundingRect(QRectF(0, 0, room, 1000), int(_CENTRED), self._title)
            self._button_width = min(math.ceil(words.width()) + _SIDES, WIDTH - 2 * _PADDING)
            self._button_height = max(_BUTTON, math.ceil(words.height()) + 12)
        self._height = self._text_height + 2 * _PADDING
        if self._button_width:
            self._height += self._button_height + _PADDING - 3
        self.turn(left=False)

    @property
    def lifts(self) -> tuple[float, float, float]:
        """Heights of its top above the beak: usual, highest, and lowest."""
        return min(self._height / 2, 40.0), self._height - _FOOT, _FOOT

    def box_at(self, *, left: bool, nearer: float = 0.0, lift: float | None = None) -> QRectF:
        """Bubble without its beak, in pixels from the block's edge, as `turn` would place it."""
        gap = _GAP - nearer
        top = -self.lifts[0] if lift is None else -lift
        return QRectF(-WIDTH - gap if left else gap, top, WIDTH, self._height)

    def turn(self, *, left: bool, nearer: float = 0.0, lift: float | None = None) -> None:
        """Place it at the left or right of its block, nearer by so many pixels."""
        self.prepareGeometryChange()
        self.left, self.lift = left, self.lifts[0] if lift is None else lift
        self.box = self.box_at(left=left, nearer=nearer, lift=lift)
        corner = self.box.topLeft() + QPointF(_PADDING, _PADDING)
        self._text = QRectF(corner.x() + _INDENT, corner.y(), WIDTH - 2 * _PADDING - _INDENT, self._text_height)
        self.button = QRectF(corner.x(), self._text.bottom() + _PADDING - 3, self._button_width, self._button_height)
        self.setPos(-BLOCK_WIDTH / 2 if left else BLOCK_WIDTH / 2, 0)

    @property
    def button_centre(self) -> QPointF | None:
        """Centre of the button in pixels from `scenePos`; None without a fix."""
        return self.button.center() if self.problem.fix is not None else None

    def boundingRect(self) -> QRectF:
        return self.box.adjusted(-_GAP, -2, _GAP, 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        colours = theme().colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bubble = QPainterPath()
        bubble.addRoundedRect(self.box, 8, 8)
        # The beak's foot lies inside the box, so that the two outlines become one.
        foot, tip = (self.box.right() - 2, -8.0) if self.left else (self.box.left() + 2, 8.0)
        beak = QPainterPath(QPointF(foot, -7))
        beak.lineTo(tip, 0)
        beak.lineTo(foot, 7)
        beak.closeSubpath()
        bubble = bubble.united(beak)
        painter.fillPath(bubble, QColor(colours.panel))
        colour = QColor(theme().severity(self.problem.severity.icon))
        painter.setPen(QPen(colour, 1.3))
        painter.drawPath(bubble)
        picture = pixmap(self.problem.severity.icon, _ICON, colour.name(), painter.device().devicePixelRatioF())
        corner = self.box.topLeft() + QPointF(_PADDING, _PADDING)
        painter.drawPixmap(QRectF(corner.x(), corner.y(), _ICON, _ICON), picture, QRectF(picture.rect()))
        painter.setPen(QColor(colours.text))
        painter.setFont(caption_font())
        painter.drawText(self._text, int(_WRAP), self._written)
        if self.problem.fix is None:
            return
        fill = QColor(colours.accent)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill.lighter(112) if self._hovered else fill)
        painter.drawRoundedRect(self.button, 6, 6)
        painter.setPen(QColor(colours.accent_text))
        painter.setFont(title_font())
        side = (_SIDES - 2) / 2  # a pixel of slack, so that the words break where they did when they were measured
        painter.drawText(self.button.adjusted(side, 0, -side, 0), int(_CENTRED), self._title)

    def hoverEnterEvent(self, event: object) -> None:
        self.hovered.emit(True)

    def hoverMoveEvent(self, event: object) -> None:
        hovered = self.button.contains(event.pos())  # type: ignore[attr-defined]
        if hovered != self._hovered:
            self._hovered = hovered
            self.setCursor(Qt.CursorShape.PointingHandCursor if hovered else Qt.CursorShape.ArrowCursor)
            self.update()

    def hoverLeaveEvent(self, event: object) -> None:
        self._hovered = False
        self.update()
        self.hovered.emit(False)

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        # Taken, so that a press on the bubble neither drags the block nor clears the selection.
        event.accept()

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        # The right button brings up a menu.
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self.button.contains(event.pos()):
            self.fix_chosen.emit(self.problem)
        else:
            self.closed.emit()


def _breakable(text: str, metrics: QFontMetricsF, room: float) -> str:
    """The text with places at which a word may break that is wider than a line, as names of blocks can be."""
    return " ".join(
        word if metrics.horizontalAdvance(word) <= room else "\u200b".join(word) for word in text.split(" ")
    )
