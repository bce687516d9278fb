"""Marks of a difference on the canvas: signs, frames, and what is gone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QStyleOptionGraphicsItem, QWidget

from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, RADIUS, block_rect
from nnstudio.document.model import Block
from nnstudio.ui.theme import theme

ADDED, CHANGED, REMOVED = "+", "≠", "−"
# How far a frame stands off its block, and how large a sign is, in scene units.
_OFF, _SIGN = 6.0, 22.0
# Where what is gone was, another block may stand now: then it moves down.
_ASIDE = QPointF(0, BLOCK_HEIGHT + 14)


def colour_of(sign: str) -> QColor:
    """Colour of what was added, changed or removed."""
    colours = theme().colours
    return QColor({ADDED: colours.measure, CHANGED: colours.warning, REMOVED: colours.error}[sign])


class DiffMark(QGraphicsItem):
    """Frame with a sign around a block that was added or changed."""

    def __init__(self, block: QGraphicsItem, sign: str, text: str) -> None:
        super().__init__(block)
        self.sign = sign
        self.setZValue(5)
        self.setToolTip(text)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._rect = block_rect().adjusted(-_OFF, -_OFF, _OFF, _OFF)

    def boundingRect(self) -> QRectF:
        return self._rect.adjusted(-_SIGN, -_SIGN, _SIGN, _SIGN)

    def shape(self) -> QPainterPath:
        # Only its sign takes the mouse: the block within answers as ever.
        path = QPainterPath()
        path.addEllipse(_disc(self._rect))
        return path

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        paint_frame(painter, self._rect, self.sign)


class Ghost(QGraphicsItem):
    """Outline of a block that is gone, where it was."""

    def __init__(self, block: Block, taken: Callable[[QPointF], bool]) -> None:
        super().__init__()
        self.name = block.name
        place = QPointF(block.x, block.y)
        while taken(place):
            place += _ASIDE
        self.setPos(place)
        self.setZValue(-1)
        self._text = f"{block.name}\n{block.layer.type_name()}"
        self.setToolTip(f"{block.name} ({block.layer.type_name()}) is not in the present network")

    def boundingRect(self) -> QRectF:
        return block_rect().adjusted(-_SIGN, -_SIGN, _SIGN, _SIGN)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        rect = block_rect()
        painter.fillRect(rect, QColor(theme().colours.canvas))
        paint_frame(painter, rect, REMOVED)
        font = QFont(painter.font())
        font.setPixelSize(14)
        font.setStrikeOut(True)
        painter.setFont(font)
        painter.setPen(colour_of(REMOVED))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._text)


class GhostWire(QGraphicsItem):
    """Line of a wire that is gone."""

    def __init__(self, source: QPointF, target: QPointF, text: str) -> None:
        super().__init__()
        self._line = QLineF(source, target)
        self.setZValue(-2)
        self.setToolTip(text)

    def boundingRect(self) -> QRectF:
        return QRectF(self._line.p1(), self._line.p2()).normalized().adjusted(-4, -4, 4, 4)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        painter.setPen(_pen(REMOVED))
        painter.drawLine(self._line)


class NewWire(QGraphicsPathItem):
    """Glow along a wire that was added."""

    def __init__(self, wire: QGraphicsItem) -> None:
        super().__init__(wire.shape(), wire)
        colour = colour_of(ADDED)
        colour.setAlpha(90)
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self.setBrush(colour)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemStacksBehindParent)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)


def below(point: QPointF) -> QPointF:
    """Middle of the lower edge of a block at this centre, where its wires begin."""
    return point + QPointF(0, BLOCK_HEIGHT / 2)


def above(point: QPointF) -> QPointF:
    """Middle of the upper edge of a block at this centre, where its wires end."""
    return point - QPointF(0, BLOCK_HEIGHT / 2)


def paint_frame(painter: QPainter, rect: QRectF, sign: str) -> None:
    """Draw a frame in the colour of a sign, with the sign at its upper left corner."""
    colour = colour_of(sign)
    painter.setPen(_pen(sign))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, RADIUS, RADIUS)
    disc = _disc(rect)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(disc)
    font = QFont(painter.font())
    font.setPixelSize(16)
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor(theme().colours.canvas))
    painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, sign)


def _disc(rect: QRectF) -> QRectF:
    """Place of the sign of a frame."""
    disc = QRectF(0, 0, _SIGN, _SIGN)
    disc.moveCenter(rect.topLeft())
    return disc


def _pen(sign: str) -> QPen:
    style = Qt.PenStyle.SolidLine if sign == ADDED else Qt.PenStyle.DashLine
    return QPen(colour_of(sign), 3, style)
