"""Graphics item of a wire."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPen,
    QPolygonF,
    QTransform,
)
from PySide6.QtWidgets import QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from nnstudio.canvas.geometry.routing import Route, extent, wire_path
from nnstudio.canvas.geometry.spatial_index import Place
from nnstudio.canvas.geometry.wire_ends import ALONE, Entry
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.items.fonts import caption_font
from nnstudio.canvas.items.input_number import InputNumber
from nnstudio.canvas.items.level_of_detail import FULL, widening
from nnstudio.document.model import shown_name
from nnstudio.ui.theme import theme

_ARROW = QPolygonF([QPointF(0, 0), QPointF(-7, -4), QPointF(-7, 4)])
_HERE: Place = (0.0, 0.0)

# How far along a wire its label stands, by its place among those that run side by side: else one label hides another.
_SHARES = (0.5, 0.68, 0.32, 0.8, 0.2)


class WireItem(QGraphicsObject):
    """Wire between two blocks, with the shape that flows through it.

    It is positioned at its source, so that blocks that move together take their wires along unchanged.
    """

    def __init__(self, source: BlockItem, target: BlockItem) -> None:
        super().__init__()
        self.source, self.target = source, target
        self.label = ""
        self.entry = ALONE
        self._mark: InputNumber | None = None
        self._lit = self._chosen = self._hovered = False
        self.route: Route | None = None
        # Where it begins, and from there: where it ends, and the route.
        self._start: Place = _HERE
        self._way: tuple[Place, Route | None] = (_HERE, None)
        # The arguments when it was shown last; None once its ends have moved it.
        self._shown: tuple[object, ...] | None = None
        # Made when they are first needed: of many wires, few are in sight.
        self._drawn: QPainterPath | None = None
        self._arrow: QPolygonF | None = None
        self._shape: QPainterPath | None = None
        self._bounds = QRectF()
        self.setZValue(1)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setAcceptHoverEvents(True)
        for end in (source, target):
            end.wires.append(self)
        self.setObjectName(f"{source.objectName()}->{target.objectName()}")
        self.follow()

    def detach(self) -> None:
        """Disconnect from its blocks, before it is removed."""
        for end in (self.source, self.target):
            end.wires.remove(self)
        self._show_mark(0)

    def show_wire(self, start: Place, end: Place, route: Route | None, label: str, entry: Entry) -> None:
        """Show ends, route, label and input number. Most edits leave most wires unchanged, or only move them."""
        told = start, end, route, label, entry
        if told != self._shown:
            self.show_label(label)
            if entry is not self.entry:
                self.end_at(entry)
            self.lead(start, end, route)
            self._shown = told

    def follow(self) -> None:
        """Follow its blocks after they have moved."""
        self.lead(self.source.pos().toTuple(), self.target.pos().toTuple(), self.route)

    def lead(self, start: Place, end: Place, route: Route | None) -> None:
        """Follow a route between two places, or a straight line without one."""
        self._shown = None
        if start != self._start:
            self._start = start
            self.setPos(*start)
        self.route = route
        x, y = start
        aside, down = self.entry.shift
        way = (end[0] + aside - x, end[1] + down - y), route.moved(-x, -y) if route is not None else None
        if way != self._way:
            self._way = way
            self._drawn = self._arrow = self._shape = None
            self._measure()
            self._place_mark()

    def end_at(self, entry: Entry) -> None:
        """End at a place of its own among the inputs of a merge block. The caller then calls `lead`."""
        if entry != self.entry:
            self.entry = entry
            self._show_mark(entry.number)

    def _show_mark(self, number: int) -> None:
        """The number of the input it is, where it ends; 0 for none."""
        mark = self._mark
        if mark is not None and not number:
            self._mark = None
            mark.setParentItem(None)  # type: ignore[arg-type]
            if mark.scene() is not None:
                mark.scene().removeItem(mark)
        elif number:
            self._mark = mark or InputNumber(self.target)
            self._mark.show_number(number)
            self._place_mark()

    def _place_mark(self) -> None:
        """Puts the number on the edge of the block, with which it goes."""
        if self._mark is not None:
            (x, y), _ = self._way
            aside, down = self.entry.shift
            self._mark.setPos(self._path.currentPosition() - QPointF(x - aside, y - down))

    def show_label(self, label: str) -> None:
        """Show a label, without moving the wire."""
        if label != self.label:
            self.label = label
            self._measure()

    def _measure(self) -> None:
        """Finds out anew what it covers."""
        self.prepareGeometryChange()
        left, top, right, bottom = extent(_HERE, *self._way)
        # A label stands about a place on the path, or beside it.
        wide, high = _label_size(self.label) if self.label else (6.0, 6.0)
        self._bounds = QRectF(left - wide, top - high, right - left + 2 * wide, bottom - top + 2 * high)
        self.update()

    @property
    def _path(self) -> QPainterPath:
        if self._drawn is None:
            end, route = self._way
            self._drawn = wire_path(QPointF(), QPointF(*end), route)
        return self._drawn

    def _arrow_head(self) -> QPolygonF:
        if self._arrow is None:
            path = self._path
            turned = QTransform.fromTranslate(path.currentPosition().x(), path.currentPosition().y())
            self._arrow = turned.rotate(-path.angleAtPercent(1)).map(_ARROW)
        return self._arrow

    def light(self, lit: bool) -> None:
        """Highlight the wire as the drop target."""
        if lit != self._lit:
            self._lit = lit
            self.update()

    def choose(self, chosen: bool) -> None:
        """Highlight the wire as the selected one, which Delete removes."""
        if chosen != self._chosen:
            self._chosen = chosen
            self.update()

    def hoverEnterEvent(self, event: object) -> None:
        self._hovered = True
        self.setToolTip(self._tip())
        self.update()

    def hoverLeaveEvent(self, event: object) -> None:
        self._hovered = False
        self.update()

    def _tip(self) -> str:
        ends = f"{shown_name(self.source.objectName())} → {shown_name(self.target.objectName())}"
        number = f"Input {self.entry.number} of {self.target.objectName()}" if self.entry.number else ""
        return "\n".join(part for part in (ends, number, f"Shape {self.label}" if self.label else "") if part)

    def nearer_to_source(self, point: QPointF) -> bool:
        """True if a point on it, in scene coordinates, is in its first half."""
        start, end = self.at(0), self.at(1)
        return math.hypot(*(point - start).toTuple()) < math.hypot(*(point - end).toTuple())

    def _label_rect(self) -> QRectF:
        width, height = _label_size(self.label)
        share = 0.5 if self.route is None else _SHARES[self.route.slot(self._start[0]) % len(_SHARES)]
        middle = self._path.pointAtPercent(share)
        if self.route is not None and self.route.leave == self.route.arrive:
            # Not behind the block that it leads around.
            middle += QPointF(self.route.leave * max(width / 2 - 16, 0), 0)
        return QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)

    def path_rect(self) -> QRectF:
        """Bounds of its path, in scene coordinates."""
        return self._path.boundingRect().translated(self.pos())

    @property
    def middle(self) -> QPointF:
        """Midpoint of its path, in scene coordinates."""
        return self.at(0.5)

    def at(self, share: float) -> QPointF:
        """Point at a fraction of its length, in scene coordinates."""
        return self._path.pointAtPercent(share) + self.pos()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        if self._shape is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(14)
            self._shape = stroker.createStroke(self._path)
        return self._shape

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        colours = theme().colours
        if widget is None:
            # Painted into a file; the view has smooth edges by itself.
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = self._lit or self._chosen
        colour = colours.accent if marked else colours.text if self._hovered else colours.muted
        zoom = painter.worldTransform().m11()
        width = 3.5 if marked else 2.2 if self._hovered else 1.6
        painter.strokePath(self._path, _pen(colour, width * widening(zoom)))
        if zoom < FULL:
            # Arrows and labels would be specks.
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawPolygon(self._arrow_head())
        if self.label:
            rect = self._label_rect()
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.setBrush(QColor(colours.canvas))
            painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
            painter.setPen(QColor(colours.text))
            painter.setFont(caption_font())
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self.label)


@lru_cache(64)
def _pen(colour: str, width: float) -> QPen:
    return QPen(QColor(colour), width)


@lru_cache(4096)
def _label_size(label: str) -> tuple[float, float]:
    """Width and height of a wire's label."""
    metrics = QFontMetricsF(caption_font())
    return metrics.horizontalAdvance(label) + 14, metrics.height() + 3
