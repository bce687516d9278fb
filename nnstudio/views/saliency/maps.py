"""Saliency over a picture: maps side by side, each with its scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import diverging_rgba
from nnstudio.views.plotting import short

Array = NDArray[Any]

_GAP, _MARGIN = 10.0, 8.0
# The coloured strip of a scale, in pixels, and its steps.
_STRIP, _STEPS = 8.0, 101
# Least room for a sign, in pixels, and the most of them along a side; least share of the largest value that gets one.
_SIGN, _MOST_SIGNS, _SIGNED = 9.0, 28, 0.3
# A map's title needs so much room, whatever the picture's size.
_NARROWEST = 90.0


@dataclass(frozen=True, eq=False)
class Map:
    """One map of a sheet.

    Attributes:
        title: above it; short: where that does not fit.
        values: (H, W), those of its pixels. pixels: uint8, its colours, (H, W, 3) or coarser.
        limits: the ends of its scale; None for the picture itself, under which `note` stands instead.
    """

    title: str
    values: Array
    pixels: NDArray[np.uint8]
    limits: tuple[float, float] | None = None
    note: str = ""
    short: str = ""


class MapSheet:
    """Sheet of maps of equal size, in as many rows as make them largest."""

    def __init__(self, maps: Sequence[Map]) -> None:
        self.maps = maps
        self._images = [_image(each.pixels) for each in maps]

    def paint(self, painter: QPainter, size: QSizeF, metrics: QFontMetricsF) -> None:
        """Draw the sheet at this size."""
        colours, line = theme().colours, metrics.height()
        places = self.places(size, line)
        # A narrow picture has a title that is wider, as far as its neighbours leave room.
        apart = places[1].left() - places[0].left() - 6 if len(places) > 1 and places[1].left() > 0 else size.width()
        for each, image, place in zip(self.maps, self._images, places, strict=True):
            painter.drawImage(place, image)
            painter.setPen(QColor(colours.border))
            painter.drawRect(place)
            if each.limits is not None and each.limits[0] < 0:
                painter.setPen(QColor(colours.text))
                painter.drawLines(signs(each.values, place))
            width = max(place.width(), min(_NARROWEST, apart))
            room = QRectF(place.center().x() - width / 2, place.top() - line - 2, width, line)
            painter.setPen(QColor(colours.text))
            fits = not each.short or metrics.horizontalAdvance(each.title) <= width
            _text(painter, metrics, room, each.title if fits else each.short)
            below = QRectF(room.left(), place.bottom() + 4, width, line)
            if each.limits is None:
                painter.setPen(QColor(colours.muted))
                _text(painter, metrics, below, each.note)
            else:
                _draw_scale(painter, metrics, below, each.limits)

    def places(self, size: QSizeF, line: float) -> list[QRectF]:
        """Rectangles of the pictures on a widget of this size, `line` being the height of a line of text."""
        if not self.maps:
            return []
        height, width = self.maps[0].values.shape
        count, above, below = len(self.maps), line + 2, line + 6 + _STRIP
        best: tuple[float, int, float, float] = (0.0, 1, 1.0, 1.0)
        for columns in range(1, count + 1):
            rows = math.ceil(count / columns)
            across = (size.width() - 2 * _MARGIN - (columns - 1) * _GAP) / columns
            down = (size.height() - 2 * _MARGIN - (rows - 1) * _GAP) / rows - above - below
            scale = max(min(across / width, down / height), 0.01)
            best = max(best, (scale, columns, across, down + above + below), key=lambda found: found[0])
        scale, columns, across, down = best
        places = []
        for index in range(count):
            row, column = divmod(index, columns)
            left = _MARGIN + column * (across + _GAP) + (across - scale * width) / 2
            spare = (down - above - below - scale * height) / 2
            places.append(QRectF(left, _MARGIN + row * (down + _GAP) + spare + above, scale * width, scale * height))
        return places

    def pixel_at(self, point: QPointF, size: QSizeF, line: float) -> tuple[int, int] | None:
        """Row and column under a point; None where there is none."""
        for each, place in zip(self.maps, self.places(size, line), strict=True):
            if place.contains(point):
                height, width = each.values.shape
                row = int((point.y() - place.top()) / place.height() * height)
                column = int((point.x() - place.left()) / place.width() * width)
                return min(row, height - 1), min(column, width - 1)
        return None


def signs(values: Array, place: QRectF) -> list[QLineF]:
    """Lines of the signs on strong values (H, W) of a map drawn at `place`, so that colour does not tell alone.

    Where pixels are smaller than a sign, the strongest of its neighbourhood has one.
    """
    height, width = values.shape
    side = place.width() / width
    near = max(math.ceil(_SIGN / side), math.ceil(max(height, width) / _MOST_SIGNS), 1)
    down, across = -(-height // near), -(-width // near)
    sizes = np.zeros((down * near, across * near))
    sizes[:height, :width] = np.where(np.isfinite(values), np.abs(values), 0.0)
    parts = sizes.reshape(down, near, across, near).swapaxes(1, 2).reshape(down, across, near * near)
    strongest_of = parts.argmax(axis=2)
    rows = np.arange(down)[:, None] * near + strongest_of // near
    columns = np.arange(across) * near + strongest_of % near
    kept = (parts.max(axis=2) > 0) & (parts.max(axis=2) >= _SIGNED * sizes.max())
    arm = min(_SIGN, near * side) / 4
    lines = []
    for row, column in zip(rows[kept].tolist(), columns[kept].tolist(), strict=True):
        x, y = place.left() + (column + 0.5) * side, place.top() + (row + 0.5) * side
        lines.append(QLineF(x - arm, y, x + arm, y))
        if values[row, column] > 0:
            lines.append(QLineF(x, y - arm, x, y + arm))
    return lines


def picture_rgb(sample: Array) -> Array:
    """Picture (H, W, 3), 0 to 255, of a sample (C, H, W), from its smallest number to its largest.

    Three channels are colours; of any other number, the first channel is shown.
    """
    low, high = float(sample.min()), float(sample.max())
    scaled = (sample - low) * (255 / (high - low) if high > low else 0.0)
    channels = scaled if len(scaled) == 3 else np.repeat(scaled[:1], 3, axis=0)
    return np.asarray(np.moveaxis(channels, 0, -1))


def laid_over(picture: Array, values: Array, reach: float, strength: float) -> NDArray[np.uint8]:
    """Colours (H, W, 3) of values on the diverging scale, laid over a picture (H, W, 3) with this opacity, 0 to 1."""
    colours = diverging_rgba(values, 0.0, reach)[:, :, :3]
    return np.rint(colours * strength + picture * (1 - strength)).astype(np.uint8)


def strongest(gradient: Array) -> Array:
    """Gradient (H, W) of the channel with the largest, of (C, H, W).

    Its size is the map of Simonyan, Vedaldi and Zisserman (2013), section 3.1; the sign is kept here.
    """
    chosen = np.abs(gradient).argmax(axis=0)[None]
    return np.asarray(np.take_along_axis(gradient, chosen, axis=0)[0])


def enlarged(values: Array, shape: tuple[int, int]) -> Array:
    """Values (h, w) bilinearly interpolated to another shape (H, W); both cover the same area."""
    down, across = (_weights(old, new) for old, new in zip(values.shape, shape, strict=True))
    return np.asarray(down @ values @ across.T)


def _weights(old: int, new: int) -> Array:
    """Weights (new, old) of linear interpolation between the centres of cells."""
    places = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    return np.asarray(np.maximum(1 - np.abs(places[:, None] - np.arange(old)), 0))


def _image(pixels: NDArray[np.uint8]) -> QImage:
    packed = np.ascontiguousarray(pixels)
    height, width = packed.shape[:2]
    # A copy, since the image does not keep the array alive.
    return QImage(packed.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _draw_scale(painter: QPainter, metrics: QFontMetricsF, room: QRectF, limits: tuple[float, float]) -> None:
    """A strip of the scale's colours over its numbers."""
    colours, (low, high) = theme().colours, limits
    if low == high:
        painter.setPen(QColor(colours.muted))
        _text(painter, metrics, room, "0 everywhere")
        return
    strip = QRectF(room.left(), room.top(), room.width(), _STRIP)
    pixels = diverging_rgba(np.linspace(low, high, _STEPS)[None], 0.0, max(-low, high))
    painter.drawImage(strip, _image(pixels[:, :, :3]))
    painter.setPen(QColor(colours.border))
    painter.drawRect(strip)
    numbers = room.translated(0, _STRIP + 1)
    painter.setPen(QColor(colours.muted))
    painter.drawText(numbers, Qt.AlignmentFlag.AlignLeft, short(low, 2))
    painter.drawText(numbers, Qt.AlignmentFlag.AlignRight, f"+{short(high, 2)}")
    ends = metrics.horizontalAdvance(f"{short(low, 2)}+{short(high, 2)}")
    if low < 0 and ends + 24 < room.width():
        painter.drawText(numbers, Qt.AlignmentFlag.AlignHCenter, "0")


def _text(painter: QPainter, metrics: QFontMetricsF, room: QRectF, text: str) -> None:
    elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, elided)
