"""Strips of small pictures below the blocks in sight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QGraphicsObject,
    QGraphicsSceneHoverEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)

from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.items.fonts import caption_font
from nnstudio.canvas.items.group_item import GroupItem
from nnstudio.canvas.items.level_of_detail import FULL
from nnstudio.canvas.protocols import MarkedScene
from nnstudio.document.layout import SPACING
from nnstudio.ui.theme import theme
from nnstudio.ui.unit_strip import MOST_BARS, MOST_THUMBNAILS, UnitStrip
from nnstudio.ui.value_image import value_image

# With more blocks than this in sight, none has a strip.
MOST_BLOCKS = 40
# The middle is the wire's, with its label; the strip is on both sides of it, in the gap before the next block.
_MIDDLE, _CENTRE, _GAP = 32.0, SPACING / 2, 2.0
# Sides of thumbnails: large ones, as long as they are few; the number of the units that have no room may stick out.
_LARGE, _FEW, _SIDE, _ASIDE = 26.0, 6, 20.0, 16.0
_WIDTH = MOST_THUMBNAILS // 2 * (_SIDE + _GAP) - _GAP
# Bars and their images: the widest step from one to the next, and what of it is filled; rows, and columns for each.
_BAR, _FILLED, _ROWS, _COLUMNS = 10.0, 0.75, 40, 4
_EDGE = _MIDDLE + _WIDTH
_BOUNDS = QRectF(-_EDGE, _CENTRE - _LARGE / 2, 2 * _EDGE + _ASIDE, _LARGE).adjusted(-1, -1, 1, 1)


class StripItem(QGraphicsObject):
    """Strip below a block, which goes with it. The mouse can read it, and nothing else."""

    def __init__(self, block: BlockItem, strip: UnitStrip) -> None:
        super().__init__()
        self.setObjectName(f"strip_{block.objectName()}")
        self.block = block
        self.strip = strip
        self._pointed = -1
        # All thumbnails above each other, or bars beside each other; made when first drawn, with the theme they are of.
        self._image: tuple[str, QImage] | None = None
        # Behind the wires, which stay as they are.
        self.setZValue(0.5)
        # While the view pans, Qt copies what was drawn.
        self.setCacheMode(self.CacheMode.DeviceCoordinateCache)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setAcceptHoverEvents(True)
        self._follow()
        block.xChanged.connect(self._follow)
        block.yChanged.connect(self._follow)

    def show_strip(self, strip: UnitStrip) -> None:
        """Show newer values."""
        if (strip.total, strip.bars) != (self.strip.total, self.strip.bars):
            # Other units have other places.
            self.prepareGeometryChange()
        self.strip, self._image = strip, None
        self._tell()
        self.update()

    @property
    def places(self) -> tuple[QRectF, ...]:
        """Rectangles of the units that are drawn, in the item's coordinates."""
        return _places(self.strip.total, self.strip.shown, self.strip.bars)

    def unit_at(self, point: QPointF) -> int:
        """Unit at a point in the item's coordinates, counted from 0; -1 if there is none."""
        for unit, place in enumerate(self.places):
            if place.adjusted(-_GAP / 2, 0, _GAP / 2, 0).contains(point):
                return unit
        return -1

    def boundingRect(self) -> QRectF:
        return _BOUNDS

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        for place in self.places:
            path.addRect(place)
        return path

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._pointed = self.unit_at(event.pos())
        self._tell()

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._pointed = -1
        self._tell()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom = painter.worldTransform().m11()
        if zoom < FULL:
            return
        places = self.places
        if self.strip.bars:
            self._draw_bars(painter, places)
        else:
            self._draw_thumbnails(painter, places, zoom)
        if self.strip.total > self.strip.shown:
            last = places[-1]
            painter.setFont(caption_font())
            painter.setPen(QColor(theme().colours.muted))
            room = QRectF(last.right() + 2 * _GAP, last.y(), _EDGE + _ASIDE - last.right(), last.height())
            left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(room, left, f"+{self.strip.total - self.strip.shown}")

    def _draw_thumbnails(self, painter: QPainter, places: tuple[QRectF, ...], zoom: float) -> None:
        _, height, width = self.strip.values.shape
        image = self._picture(len(places))
        side, longest = places[0].width(), max(height, width)
        wide, high = side * width / longest, side * height / longest
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, longest > side * zoom)
        frames = [QRectF(p.x() + (side - wide) / 2, p.y() + (side - high) / 2, wide, high) for p in places]
        for unit, frame in enumerate(frames):
            painter.drawImage(frame, image, QRectF(0, unit * height, width, height))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(QPen(QColor(theme().colours.border), 0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRects(frames)

    def _picture(self, shown: int) -> QImage:
        """Thumbnails of the first units, above each other."""
        name = theme().colours.name
        if self._image is None or self._image[0] != name:
            values = self.strip.values[:shown]
            self._image = name, value_image(values.reshape(-1, values.shape[2]), self.strip.reach)
        return self._image[1]

    def _draw_bars(self, painter: QPainter, places: tuple[QRectF, ...]) -> None:
        colours = theme().colours
        name, values = colours.name, self.strip.values[: len(places)]
        if self._image is None or self._image[0] != name:
            self._image = name, bar_image(values, self.strip.reach)
        image, step = self._image[1], places[0].width() / _FILLED
        ground = _CENTRE if bool((values < 0).any()) else _CENTRE + _SIDE / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(QPen(QColor(colours.muted), 0))
        left = sum(place.x() < 0 for place in places)
        for first, past in ((0, left), (left, len(places))):
            if first < past:
                whole = QRectF(places[first].x(), _CENTRE - _SIDE / 2, (past - first) * step, _SIDE)
                painter.drawImage(whole, image, QRectF(first * _COLUMNS, 0, (past - first) * _COLUMNS, _ROWS))
                painter.drawLine(QPointF(whole.left(), ground), QPointF(places[past - 1].right(), ground))

    def _follow(self) -> None:
        self.setPos(self.block.pos())

    def _tell(self) -> None:
        """Puts what the unit under the mouse gives into the tooltip."""
        known = 0 <= self._pointed < self.strip.shown
        self.setToolTip(self.strip.describe(self._pointed) if known else "")


def bar_image(values: NDArray[Any], reach: float) -> QImage:
    """Image of bars for values (n,), side by side, each with a gap at its right; what is no number has none.

    With negative values the ground is in the middle, else at the bottom.
    """
    shares = np.nan_to_num(np.asarray(values, np.float64) / (reach or 1.0), nan=0.0, posinf=1.0, neginf=-1.0)
    lowest = -1.0 if (shares < 0).any() else 0.0
    levels = np.linspace(1.0, lowest, 2 * _ROWS + 1)[1::2, None]
    filled = np.where(levels > 0, levels <= shares, levels >= shares)
    colours = np.where(levels > 0, QColor(theme().colours.positive).rgba(), QColor(theme().colours.negative).rgba())
    pixels = np.repeat(np.where(filled, colours, 0).astype(np.uint32), _COLUMNS, axis=1)
    pixels[:, _COLUMNS - 1 :: _COLUMNS] = 0
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()


@lru_cache(maxsize=256)
def _places(total: int, shown: int, bars: bool) -> tuple[QRectF, ...]:
    """Rectangles of the first units, half of them on each side of the wire."""
    more = total > shown
    height = _LARGE if not bars and total <= _FEW else _SIDE
    if not bars:
        width, step, slots = height, height + _GAP, shown + more
    else:
        # The number of the others takes the room of some bars.
        slots = MOST_BARS if more else shown
        step = min(_BAR, (_WIDTH + _GAP) / max((slots + 1) // 2, 1))
        width = step * _FILLED
    left = slots // 2
    starts = [-_MIDDLE - (left - slot) * step + (step - width) for slot in range(left)]
    starts += [_MIDDLE + (slot - left) * step for slot in range(left, slots)]
    return tuple(QRectF(start, _CENTRE - height / 2, width, height) for start in starts[:shown])


class Strips:
    """Strips of a scene, by block name."""

    def __init__(self, scene: MarkedScene) -> None:
        self._scene = scene
        self.items: dict[str, StripItem] = {}
        # The blocks in sight, and of which part of which document.
        self._known: tuple[object, frozenset[str]] = None, frozenset()

    def in_sight(self) -> frozenset[str]:
        """Blocks that may have a strip now: those in sight, none if they are many or shown small."""
        if self._scene.zoom < FULL:
            return frozenset()
        seen = self._scene.seen_rect()
        moment = self._scene.store.document, seen, len(self._scene.blocks)
        if self._known[0] != moment:
            found = frozenset(
                name
                for name, block in self._scene.blocks.items()
                if type(block) is not GroupItem and seen.intersects(_BOUNDS.translated(block.pos()))
            )
            self._known = moment, found if len(found) <= MOST_BLOCKS else frozenset()
        return self._known[1]

    def show(self, strips: Mapping[str, UnitStrip]) -> None:
        """Show these strips and no others; blocks that are not there are left out."""
        self.hide(self.items.keys() - strips.keys())
        for name, strip in strips.items():
            block, item = self._scene.blocks.get(name), self.items.get(name)
            if block is None:
                continue
            if item is not None:
                item.show_strip(strip)
                continue
            self.items[name] = StripItem(block, strip)
            self._scene.qt.addItem(self.items[name])

    def redraw(self) -> None:
        """Draw all anew, after colours or fonts have changed."""
        for item in self.items.values():
            item.update()

    def hide(self, gone: Iterable[str]) -> None:
        """Remove the strips of some blocks."""
        for name in list(gone):
            item = self.items.pop(name, None)
            if item is not None:
                self._scene.qt.removeItem(item)
