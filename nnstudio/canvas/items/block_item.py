"""Graphics item of a block. It draws the document and keeps no state of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QEasingCurve, QPointF, QPropertyAnimation, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
)
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsObject,
    QGraphicsSceneHoverEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)

from nnstudio.canvas.geometry.routing import Route
from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, RADIUS, block_rect
from nnstudio.canvas.geometry.spatial_index import Place
from nnstudio.canvas.items.fonts import GAP, caption_font, mark_font, title_font, two_ends
from nnstudio.canvas.items.level_of_detail import FULL, TITLED, draw_box, draw_titled, widening
from nnstudio.canvas.items.pixmap_cache import Sprite, Sprites
from nnstudio.document.model import INPUT, OUTPUT
from nnstudio.ui.colours import BAND
from nnstudio.ui.icons import draw_icon
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.theme import theme

GLIDE_MS = 140
_PORT, _PORT_REACH = 6.0, 11.0
# The ports of a block and how far below its centre they are.
_PORTS = {"in": -BLOCK_HEIGHT / 2, "out": BLOCK_HEIGHT / 2}
_ICON, _LOCK = 24, 11


def _left_part(width: float) -> QPainterPath:
    body, part = QPainterPath(), QPainterPath()
    body.addRoundedRect(block_rect(), RADIUS, RADIUS)
    part.addRect(QRectF(block_rect().left(), block_rect().top(), width, BLOCK_HEIGHT))
    return body.intersected(part)


def _block_shape() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(block_rect(), RADIUS, RADIUS)
    for height in _PORTS.values():
        path.addEllipse(QPointF(0, height), _PORT, _PORT)
    path.setFillRule(Qt.FillRule.WindingFill)
    return path


# Qt asks for them all the time, and they are the same for all blocks.
_BOUNDS = block_rect().adjusted(-4, -8, 4, 8)
_SHAPE = _block_shape()
_BAND, _EDGE = _left_part(42), _left_part(4)


@dataclass(frozen=True)
class Face:
    """Face of a block: everything that is drawn on it.

    Attributes:
        title: in bold. name: beside it, muted. detail: the second line. count: at its right end.
        icon: a drawing. category: decides the colour; "" for the two ends of the network.
        tip: the tooltip. problem: a sentence if the block has an error, else "".
        off: "" for a part of the network, else a word that says why it is none.
        note: replaces the count by a word about the block, such as new weights; "" for nothing.
        frozen: its weights are frozen, which a lock shows.
        copies: of a collapsed group, how often its pattern occurs; 0 for a block.
        calm: its problem is not the user's mistake, such as data that are not downloaded yet.
    """

    title: str
    name: str
    detail: str
    count: str
    icon: str
    category: str
    tip: str = ""
    problem: str = ""
    off: str = ""
    note: str = ""
    frozen: bool = False
    copies: int = 0
    calm: bool = False

    @property
    def wrong(self) -> bool:
        """True if it is drawn as an error."""
        return bool(self.problem) and not self.calm


class AttachedWire(Protocol):
    """Wire as the blocks at its ends know it: they only move it."""

    source: BlockItem
    target: BlockItem

    def follow(self) -> None:
        """Follow its ends after they have moved."""

    def lead(self, start: Place, end: Place, route: Route | None) -> None:
        """Follow a route between two places, or a straight line without one."""

    def light(self, lit: bool) -> None:
        """Highlight it as the drop target."""


class BlockItem(QGraphicsObject):
    """Graphics item of a layer or of one of the two ends, centred at its origin."""

    def __init__(self, name: str, face: Face) -> None:
        super().__init__()
        self._hovered = False
        self.setObjectName(name)
        self.face = face
        self.setToolTip(plain_tip(face.problem) if face.problem else face.tip)
        self.ghost = False
        self.ports = tuple(port for port, lacking in (("in", INPUT), ("out", OUTPUT)) if name != lacking)
        # Where it stands or, while it glides, will come to rest; None once the mouse has taken hold of it.
        self.goal: Place | None = None
        # True while it is on its way to where it belongs.
        self.glides = False
        # Made when it is first needed.
        self._glide: QPropertyAnimation | None = None
        self.setFlags(
            QGraphicsItem.GraphicsItemFlag.ItemIsMovable
            | QGraphicsItem.GraphicsItemFlag.ItemIsSelectable
            | QGraphicsItem.GraphicsItemFlag.ItemIsFocusable
        )
        self.setAcceptHoverEvents(True)
        self.setZValue(2)
        self.setCacheMode(QGraphicsItem.CacheMode.NoCache)
        self.wires: list[AttachedWire] = []
        self.sprite: Sprite | None = None
        # Where its picture is kept; without, it is drawn whenever it is shown.
        self.sprites: Sprites | None = None
        # "", "yes" or "no": whether the wire that is being drawn may end here.
        self._welcome = ""
        self._invited = ""

    def show_face(self, face: Face, *, ghost: bool = False) -> None:
        """Show a face. A ghost is a block that is not dropped yet."""
        if (face is self.face or face == self.face) and ghost == self.ghost:
            return
        self.face, self.ghost = face, ghost
        self.setToolTip(plain_tip(face.problem) if face.problem else face.tip)
        self.update()

    def port_at(self, point: QPointF) -> str:
        """Port at a point in the block's coordinates: "in", "out" or "" for none."""
        for port in self.ports:
            if math.hypot(point.x(), point.y() - _PORTS[port]) <= _PORT_REACH:
                return port
        return ""

    def show_drop_targets(self, port: str) -> None:
        """Highlight the port where the drawn wire may end. One of "in", "out", "none"; "" while no wire is drawn."""
        if port != self._invited:
            self._invited = port
            self.update()

    def show_drop_state(self, answer: str) -> None:
        """Show whether a wire may end here: "yes", "no", or "" while none is drawn."""
        if answer != self._welcome:
            self._welcome = answer
            self.update()

    def place_at(self, place: Place) -> None:
        """Move there at once. The caller then updates the wires, each of them once."""
        self._stop()
        self.goal = place
        self.setPos(*place)

    def glide_to(self, place: Place) -> None:
        """Move there in an animation, with its wires."""
        if place == self.goal:
            return
        self.settle()
        self.goal = place
        target = QPointF(*place)
        if self.pos() == target:
            return
        if self._glide is None:
            self._glide = QPropertyAnimation(self, b"pos", self)
            self._glide.setDuration(GLIDE_MS)
            self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
            self._glide.valueChanged.connect(self._lead_wires)
            self._glide.finished.connect(self._arrived)
        self._glide.setStartValue(self.pos())
        self._glide.setEndValue(target)
        self._glide.start()
        # Of hundreds of blocks it is asked at every edit, and the animation's own answer is a slow one.
        self.glides = True

    def _lead_wires(self) -> None:
        for wire in self.wires:
            wire.follow()

    def _arrived(self) -> None:
        self.glides = False

    def _stop(self) -> None:
        if self._glide is not None and self.glides:
            self._glide.stop()
            self.glides = False

    def settle(self) -> None:
        """End an animation at once, because the mouse has grabbed the block."""
        self._stop()
        self.goal = None

    def boundingRect(self) -> QRectF:
        return _BOUNDS

    def shape(self) -> QPainterPath:
        return _SHAPE

    def itemChange(self, change: QGraphicsItem.GraphicsItemChange, value: object) -> object:
        if change == QGraphicsItem.GraphicsItemChange.ItemSelectedHasChanged:
            self.update()
        return super().itemChange(change, value)

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self.setCursor(Qt.CursorShape.CrossCursor if self.port_at(event.pos()) else Qt.CursorShape.ArrowCursor)

    def hoverEnterEvent(self, event: object) -> None:
        self._hovered = True
        self.update()

    def hoverLeaveEvent(self, event: object) -> None:
        self._hovered = False
        self.update()

    def update(self, *area: QRectF) -> None:  # type: ignore[override]
        """Repaint the block and its cached picture."""
        if self.sprite is not None:
            self.sprite.current = False
        super().update(*area)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if widget is None or self.sprites is None:
            self.draw(painter)
        else:
            self.sprites.paint(painter, self)

    def draw(self, painter: QPainter) -> None:
        """Draw the block itself; `paint` may show its cached picture instead."""
        colours, face, rect = theme().colours, self.face, block_rect()
        wrong = face.wrong
        tint = QColor(colours.error if wrong else colours.categories.get(face.category, colours.muted))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.ghost:
            painter.setOpacity(0.75 * painter.opacity())
        elif self._invited == "none" and not self._welcome:
            painter.setOpacity(0.35 * painter.opacity())
        off = bool(face.off) and not wrong
        if off:
            tint = QColor(colours.muted)
        border = QPen(QColor(colours.muted if off else colours.border), 1.2)
        if self.ghost:
            border = QPen(QColor(colours.accent), 2, Qt.PenStyle.DashLine)
        elif self._welcome:
            border = QPen(QColor(colours.accent if self._welcome == "yes" else colours.error), 2.4)
        elif self.isSelected():
            border = QPen(QColor(colours.accent), 2.4)
        elif wrong:
            border = QPen(tint, 1.8)
        elif self._hovered:
            border = QPen(tint, 1.4)
        zoom = painter.worldTransform().m11()
        border.setWidthF(border.widthF() * widening(zoom))
        if face.off:
            border.setDashPattern([4, 3])
        body = QPainterPath()
        body.addRoundedRect(rect, RADIUS, RADIUS)
        plain = QColor(colours.error_fill if wrong else colours.canvas if off else colours.block)
        if zoom < TITLED:
            # Errors and disabled blocks are marked by more than colour.
            fill, ink = (plain, tint) if off else (tint, plain)
            draw_box(painter, body, "error" if wrong else face.icon, fill, ink)
        else:
            self._draw_body(painter, body, plain, tint, zoom)
        painter.setPen(border)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(body)
        self._draw_ports(painter)

    def _draw_ports(self, painter: QPainter) -> None:
        if self.ghost:
            return
        shown = self.ports if self._hovered or self.isSelected() else ()
        if self._invited:
            shown = (self._invited,) if self._invited in self.ports else ()
        colours = theme().colours
        painter.setPen(QPen(QColor(colours.block), 1.5))
        painter.setBrush(QColor(colours.accent))
        for port in shown:
            painter.drawEllipse(QPointF(0, _PORTS[port]), _PORT, _PORT)

    def _draw_body(self, painter: QPainter, body: QPainterPath, fill: QColor, tint: QColor, zoom: float) -> None:
        colours, face, rect = theme().colours, self.face, block_rect()
        painter.fillPath(body, fill)
        # The category's colour as a band at the left, with the block's round corners.
        band = QColor(tint)
        band.setAlphaF(BAND)
        painter.fillPath(_BAND, band)
        painter.fillPath(_EDGE, tint)
        if zoom < FULL:
            ink = QColor(colours.muted if face.off else colours.text)
            draw_titled(painter, face.icon, face.title, tint, ink, self._title_font())
            return
        draw_icon(painter, face.icon, QRectF(rect.left() + 11, -_ICON / 2, _ICON, _ICON), tint.name())
        if face.frozen:
            self._draw_lock(painter)
        self._write(painter)

    def _draw_lock(self, painter: QPainter) -> None:
        """At the corner of the icon, on a ground of its own."""
        colours, rect = theme().colours, block_rect()
        spot = QRectF(rect.left() + 26, rect.bottom() - 20, _LOCK, _LOCK)
        painter.setPen(QPen(QColor(colours.muted), 1))
        painter.setBrush(QColor(colours.block))
        painter.drawEllipse(spot.adjusted(-3, -3, 3, 3))
        draw_icon(painter, "lock", spot, colours.text)

    def title_rect(self) -> QRectF:
        """Rectangle of the first line: the title, and the name at its right end."""
        area = block_rect().adjusted(51, 7, -11, -7)
        return QRectF(area.left(), area.top(), area.width(), area.height() / 2)

    def name_rect(self) -> QRectF:
        """Rectangle of the name, with a margin for clicking."""
        line = self.title_rect()
        name = QFontMetricsF(caption_font()).horizontalAdvance(self.face.name)
        width = min(name, self._room_for_name) + 12
        if self._named_below:
            return QRectF(line.left() - 4, line.bottom(), width + 4, line.height() + 4)
        return QRectF(line.right() - width, line.top() - 4, width + 8, line.height() + 4)

    @property
    def _room_for_name(self) -> float:
        """Width available to the name beside the title."""
        whole = self.title_rect().width()
        return max(whole - GAP - QFontMetricsF(self._title_font()).horizontalAdvance(self.face.title), 0.4 * whole)

    @property
    def _named_below(self) -> bool:
        """True if the name stands in the second line. It has room there, and none beside so long a title."""
        name = QFontMetricsF(caption_font()).horizontalAdvance(self.face.name)
        return not self.face.detail and name > self._room_for_name

    def _write(self, painter: QPainter) -> None:
        colours, face = theme().colours, self.face
        upper = self.title_rect()
        lower = upper.translated(0, upper.height())
        title, small = self._title_font(), caption_font()
        ink, count = colours.text, (face.count, small, colours.muted)
        if face.off:
            ink, count = colours.muted, (face.off, mark_font(), colours.text)
        elif face.note:
            count = face.note, mark_font(), colours.accent
        # Short names are written out. Of long ones and the title, both lose something.
        room = upper.width() if self._named_below else self._room_for_name
        name = QFontMetricsF(small).elidedText(face.name, Qt.TextElideMode.ElideMiddle, room), small, colours.muted
        if self._named_below:
            two_ends(painter, upper, (face.title, title, ink), ("", small, ink))
            two_ends(painter, lower, name, count)
        else:
            two_ends(painter, upper, (face.title, title, ink), name)
            two_ends(painter, lower, (face.detail, small, ink), count)

    def _title_font(self) -> QFont:
        font = title_font()
        # Struck out, and in words: what is off must be seen without colours too.
        font.setStrikeOut(bool(self.face.off))
        return font
