"""Box around the 3-D surface: floor, walls at the back, axes with numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from nnstudio.training.contours import log_levels, round_levels
from nnstudio.ui.theme import theme
from nnstudio.views.boundary.surface_raster import HEIGHT, Camera
from nnstudio.views.plotting import short

Array = NDArray[Any]
# A place in the box: from -0.5 to 0.5 along the sides, and up to HEIGHT / 2 upwards.
Corner = tuple[float, float, float]

FLOOR = -HEIGHT / 2
# Room for the numbers around the box, across and down, in pixels.
_ACROSS, _DOWN = 96, 50


@dataclass(frozen=True)
class Axis:
    """Axis of the box: its name, and ticks as places from 0 to 1 with their texts."""

    name: str = ""
    ticks: tuple[tuple[float, str], ...] = ()


Axes = tuple[Axis, Axis, Axis]


def axis_of(name: str, low: float, high: float) -> Axis:
    """Axis with a few round numbers, those at the ends with them."""
    reach = high - low
    levels = round_levels(low - 1e-6 * reach, high + 1e-6 * reach, about=4)
    return Axis(name, tuple(((level - low) / reach, short(level, 3)) for level in levels))


def log_axis_of(name: str, low: float, high: float) -> Axis:
    """Axis from 10**low to 10**high on a log scale, with a few round numbers."""
    reach = high - low
    levels = log_levels(10.0 ** (low - 1e-6 * reach), 10.0 ** (high + 1e-6 * reach), about=4)
    return Axis(name, tuple(((math.log10(level) - low) / reach, short(level, 3)) for level in levels))


@dataclass(frozen=True)
class Sight:
    """Camera before a canvas of some size: places in the box become points in pixels."""

    camera: Camera
    width: int
    height: int

    @property
    def scale(self) -> float:
        """Pixels for a side of the box."""
        fit = min((self.width - _ACROSS) / math.sqrt(2), (self.height - _DOWN) / 1.22)
        return max(fit, 20.0) * self.camera.zoom

    @property
    def middle(self) -> float:
        """Row of the box's centre; the numbers below need more room than what is above."""
        return self.height / 2 - 6

    @property
    def near(self) -> tuple[float, float]:
        """Corner of the floor that is nearest to the eye."""
        angle = math.radians(self.camera.azimuth)
        return math.copysign(0.5, -math.sin(angle)), math.copysign(0.5, -math.cos(angle))

    def to_screen(self, corner: Corner) -> tuple[QPointF, float]:
        """Point at which a place in the box is drawn, and how far it is from the eye."""
        across, down, away = self.camera.seen(*corner)
        return QPointF(self.width / 2 + self.scale * across, self.middle + self.scale * down), away

    def spots(self, places: Array) -> Array:
        """Places (N, 3) in the box -> (N, 3): points in pixels, and how far they are from the eye."""
        spots: Array = self.camera.project(places) * (self.scale, self.scale, 1.0) + (self.width / 2, self.middle, 0.0)
        return spots


def paint_box(painter: QPainter, sight: Sight, axes: Axes) -> None:
    """Paint floor and the two walls at the back, with lines at the ticks."""
    colours = theme().colours
    near_u, near_v = sight.near
    top = -FLOOR
    floor = [(-0.5, -0.5, FLOOR), (0.5, -0.5, FLOOR), (0.5, 0.5, FLOOR), (-0.5, 0.5, FLOOR)]
    wall_u = [(-near_u, -0.5, FLOOR), (-near_u, 0.5, FLOOR), (-near_u, 0.5, top), (-near_u, -0.5, top)]
    wall_v = [(-0.5, -near_v, FLOOR), (0.5, -near_v, FLOOR), (0.5, -near_v, top), (-0.5, -near_v, top)]
    painter.setPen(QPen(QColor(colours.border), 1))
    painter.setBrush(QColor(colours.panel))
    for side in (floor, wall_u, wall_v):
        painter.drawPolygon(QPolygonF([sight.to_screen(corner)[0] for corner in side]))
    first, second, up = axes
    painter.setPen(QPen(QColor(colours.canvas_dot), 1))
    for at, _ in first.ticks:
        _line(painter, sight, (at - 0.5, -0.5, FLOOR), (at - 0.5, 0.5, FLOOR))
    for at, _ in second.ticks:
        _line(painter, sight, (-0.5, at - 0.5, FLOOR), (0.5, at - 0.5, FLOOR))
    for at, _ in up.ticks:
        level = FLOOR + at * HEIGHT
        _line(painter, sight, (-near_u, -0.5, level), (-near_u, 0.5, level))
        _line(painter, sight, (-0.5, -near_v, level), (0.5, -near_v, level))


def paint_axes(painter: QPainter, sight: Sight, axes: Axes) -> None:
    """Paint the three axes with their numbers and names."""
    colours = theme().colours
    near_u, near_v = sight.near
    first, second, up = axes
    painter.setPen(QPen(QColor(colours.muted), 1))
    _paint_axis(painter, sight, first, lambda at: (at - 0.5, near_v, FLOOR), (0.0, near_v, 0.0))
    _paint_axis(painter, sight, second, lambda at: (near_u, at - 0.5, FLOOR), (near_u, 0.0, 0.0))
    corners = [(near_u, -near_v, FLOOR), (-near_u, near_v, FLOOR)]
    u, v, _ = min(corners, key=lambda corner: sight.to_screen(corner)[0].x())
    _line(painter, sight, (u, v, FLOOR), (u, v, -FLOOR))
    for at, text in up.ticks:
        spot, _ = sight.to_screen((u, v, FLOOR + at * HEIGHT))
        painter.drawLine(spot, spot - QPointF(4, 0))
        box = QRectF(spot.x() - 66, spot.y() - 9, 59, 18)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    spot, _ = sight.to_screen((u, v, -FLOOR))
    painter.setPen(QColor(colours.text))
    _centred(painter, QPointF(max(spot.x(), 48), spot.y() - 16), up.name)


def _paint_axis(
    painter: QPainter, sight: Sight, axis: Axis, place: Callable[[float], Corner], outwards: Corner
) -> None:
    """An axis along a near edge of the floor: numbers at its ticks, and its name."""
    colours = theme().colours
    way = sight.camera.project(np.array([outwards]))[0]
    length = math.hypot(way[0], way[1]) or 1.0
    out = QPointF(way[0] / length, way[1] / length)
    painter.setPen(QPen(QColor(colours.muted), 1))
    _line(painter, sight, place(0.0), place(1.0))
    for at, text in axis.ticks:
        spot, _ = sight.to_screen(place(at))
        painter.drawLine(spot, spot + out * 4)
        _centred(painter, spot + out * 13, text)
    painter.setPen(QColor(colours.text))
    _beside(painter, sight.to_screen(place(0.5))[0] + out * 27, axis.name, out.x())


def _line(painter: QPainter, sight: Sight, start: Corner, end: Corner) -> None:
    painter.drawLine(sight.to_screen(start)[0], sight.to_screen(end)[0])


def _beside(painter: QPainter, spot: QPointF, text: str, way: float) -> None:
    """Writes a text that begins at a point if the way out leads to the right, and ends there if to the left."""
    if abs(way) < 0.3:
        _centred(painter, spot, text)
        return
    side = Qt.AlignmentFlag.AlignLeft if way > 0 else Qt.AlignmentFlag.AlignRight
    box = QRectF(spot.x() if way > 0 else spot.x() - 180, spot.y() - 9, 180, 18)
    painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, text)


def _centred(painter: QPainter, spot: QPointF, text: str) -> None:
    painter.drawText(QRectF(spot.x() - 90, spot.y() - 9, 180, 18), Qt.AlignmentFlag.AlignCenter, text)
