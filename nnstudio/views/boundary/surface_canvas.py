"""Canvas of the 3-D surface: the box with its axes, the surface, the data, and turning it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from nnstudio.ui.theme import theme
from nnstudio.views.boundary.surface_raster import HEIGHT, Camera, Raster, SurfaceRaster

Array = NDArray[Any]
Corner = tuple[float, float, float]

# Room for the numbers around the box, across and down, in pixels.
_ACROSS, _DOWN = 96, 50
# How finely the surface is drawn while it moves, and at rest: pieces along a side, steps along a line of sight, and
# pixels, which a larger canvas shows enlarged.
_MOVING, _MOVING_PIXELS = (97, 96), 75_000
_STILL, _STILL_PIXELS = (225, 192), 400_000
# Milliseconds after the last movement at which it is drawn finely.
_REST = 180
# Degrees for a pixel of dragging, and for a key; how much a notch of the wheel zooms.
_TURN, _KEY_TURN, _ZOOM = 0.5, 5.0, 1.15
_FLOOR = -HEIGHT / 2
_DOT = 4.5
_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}


@dataclass(frozen=True)
class Axis:
    """Axis of the box: its name, and ticks as places from 0 to 1 with their texts."""

    name: str = ""
    ticks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, eq=False)
class DataMarks:
    """Marks of N samples: places (N, 3) in the box, heights (N,) of the surface there, colours, hollow ones (N,)."""

    places: Array
    feet: Array
    colours: Sequence[QColor]
    hollow: Array


_NO_MARKS = DataMarks(np.zeros((0, 3)), np.zeros(0), (), np.zeros(0, bool))


@dataclass(frozen=True, eq=False)
class Fittings:
    """Everything around the surface.

    Attributes:
        axes: to the right, upwards in the plane, and of the height.
        marks: the data.
        probe: place of the probe on the surface.
        stems: a line leads from every mark to the surface.
    """

    axes: tuple[Axis, Axis, Axis] = (Axis(), Axis(), Axis())
    marks: DataMarks = _NO_MARKS
    probe: Corner | None = None
    stems: bool = False


class SurfaceCanvas(QWidget):
    """Surface in a box that turns under the mouse and the arrow keys.

    Signals:
        picked: a point of the canvas was clicked, and nothing turned.

    Attributes:
        camera: the direction of sight.
        fittings: what stands around the surface.
        moving: training runs, so it is drawn often and less finely.
    """

    picked = Signal(QPointF)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("surface")
        self.setAccessibleName("3-D surface")
        self.setMinimumSize(1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setToolTip("")
        self.camera = Camera()
        self.fittings = Fittings()
        self.moving = False
        self._moving, self._still = SurfaceRaster(*_MOVING), SurfaceRaster(*_STILL)
        # The surface, the renderers that have taken it, and what was drawn last.
        self._surface: tuple[Array, Array] | None = None
        self._taken: set[SurfaceRaster] = set()
        self._raster: Raster | None = None
        self._shrink = 1.0
        self._pressed: QPointF | None = None
        self._dragged = False
        self._rest = QTimer(self, singleShot=True, interval=_REST)
        self._rest.timeout.connect(self._draw_finely)
        theme().changed.connect(self.update)

    # What is shown

    def show_surface(self, heights: Array, rgba: Array, fittings: Fittings) -> None:
        """Show heights (side, side) in coordinates of the box, coloured (side, side, 4), with all around."""
        self._surface, self._raster, self.fittings = (heights, rgba), None, fittings
        self._taken.clear()
        self.update()

    def show_fittings(self, fittings: Fittings) -> None:
        """Show other things around the same surface."""
        self.fittings = fittings
        self.update()

    def clear(self) -> None:
        """Show the box alone."""
        self._surface = self._raster = None
        self.update()

    def reset(self) -> None:
        """Look from where one looks at first."""
        self._look(Camera())

    def place_at(self, point: QPointF) -> tuple[float, float] | None:
        """Place on the surface at a point of the canvas, from 0 to 1; None beside it."""
        if self._raster is None:
            return None
        return self._raster.place(int(point.x() / self._shrink), int(point.y() / self._shrink))

    def mark_at(self, point: QPointF) -> int | None:
        """Index of the data mark at a point of the canvas; None where there is none."""
        spots = self._spots(self.fittings.marks.places)
        away = np.hypot(spots[:, 0] - point.x(), spots[:, 1] - point.y())
        nearest = int(np.argmin(away)) if len(away) else 0
        return nearest if len(away) and away[nearest] <= _DOT + 3 else None

    def to_screen(self, corner: Corner) -> tuple[QPointF, float]:
        """Point of the canvas at which a place in the box is drawn, and how far it is from the eye."""
        across, down, away = self.camera.seen(*corner)
        scale = self._scale()
        return QPointF(self.width() / 2 + scale * across, self._middle() + scale * down), away

    def _spots(self, places: Array) -> Array:
        """Places (N, 3) in the box -> (N, 3): points of the canvas, and how far they are from the eye."""
        scale = self._scale()
        spots: Array = self.camera.project(places) * (scale, scale, 1.0) + (self.width() / 2, self._middle(), 0.0)
        return spots

    # Looking

    def _look(self, camera: Camera) -> None:
        self.camera, self._raster = camera, None
        self._rest.start()
        self.update()

    def _draw_finely(self) -> None:
        self._raster = None
        self.update()

    def _scale(self) -> float:
        fit = min((self.width() - _ACROSS) / math.sqrt(2), (self.height() - _DOWN) / 1.22)
        return max(fit, 20.0) * self.camera.zoom

    def _middle(self) -> float:
        # The numbers below need more room than what is above.
        return self.height() / 2 - 6

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        moved = event.position() - self._pressed
        if not self._dragged and moved.manhattanLength() < QApplication.startDragDistance():
            return
        self._pressed, self._dragged = event.position(), True
        self._look(self.camera.turned(-_TURN * moved.x(), _TURN * moved.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        self._pressed = None
        if not self._dragged:
            self.picked.emit(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._look(self.camera.zoomed(_ZOOM ** (event.angleDelta().y() / 120)))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = _ARROWS.get(Qt.Key(event.key()))
        if way is not None:
            self._look(self.camera.turned(way[0] * _KEY_TURN, way[1] * _KEY_TURN))
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self._look(self.camera.zoomed(_ZOOM if event.key() == Qt.Key.Key_Plus else 1 / _ZOOM))
        elif event.key() == Qt.Key.Key_Home:
            self.reset()
        else:
            super().keyPressEvent(event)

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme().colours
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.canvas))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_box(painter)
        self._paint_surface(painter)
        self._paint_marks(painter)
        self._paint_probe(painter)
        self._paint_numbers(painter)

    def _near(self) -> tuple[float, float]:
        """The corner of the floor that is nearest to the eye."""
        angle = math.radians(self.camera.azimuth)
        return math.copysign(0.5, -math.sin(angle)), math.copysign(0.5, -math.cos(angle))

    def _line(self, painter: QPainter, start: Corner, end: Corner) -> None:
        painter.drawLine(self.to_screen(start)[0], self.to_screen(end)[0])

    def _paint_box(self, painter: QPainter) -> None:
        """Floor and the two walls at the back, with lines at the ticks."""
        colours = theme().colours
        near_u, near_v = self._near()
        top = -_FLOOR
        floor = [(-0.5, -0.5, _FLOOR), (0.5, -0.5, _FLOOR), (0.5, 0.5, _FLOOR), (-0.5, 0.5, _FLOOR)]
        wall_u = [(-near_u, -0.5, _FLOOR), (-near_u, 0.5, _FLOOR), (-near_u, 0.5, top), (-near_u, -0.5, top)]
        wall_v = [(-0.5, -near_v, _FLOOR), (0.5, -near_v, _FLOOR), (0.5, -near_v, top), (-0.5, -near_v, top)]
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.panel))
        for side in (floor, wall_u, wall_v):
            painter.drawPolygon(QPolygonF([self.to_screen(corner)[0] for corner in side]))
        first, second, up = self.fittings.axes
        painter.setPen(QPen(QColor(colours.canvas_dot), 1))
        for at, _ in first.ticks:
            self._line(painter, (at - 0.5, -0.5, _FLOOR), (at - 0.5, 0.5, _FLOOR))
        for at, _ in second.ticks:
            self._line(painter, (-0.5, at - 0.5, _FLOOR), (0.5, at - 0.5, _FLOOR))
        for at, _ in up.ticks:
            level = _FLOOR + at * HEIGHT
            self._line(painter, (-near_u, -0.5, level), (-near_u, 0.5, level))
            self._line(painter, (-0.5, -near_v, level), (0.5, -near_v, level))

    def _paint_surface(self, painter: QPainter) -> None:
        if self._surface is None or self.width() < 20 or self.height() < 20:
            return
        width, height = self._pixel_size()
        if self._raster is None or self._raster.pixels.shape != (height, width):
            renderer = self._moving if self._hurried else self._still
            if renderer not in self._taken:
                renderer.set_surface(*self._surface)
                self._taken.add(renderer)
            scale, middle = self._scale() / self._shrink, self._middle() / self._shrink
            self._raster = renderer.draw(self.camera, width, height, scale, middle)
        image = QImage(self._raster.pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
        if self._shrink == 1.0:
            painter.drawImage(0, 0, image)
        else:
            painter.drawImage(QRectF(0, 0, width * self._shrink, height * self._shrink), image)

    @property
    def _hurried(self) -> bool:
        return self.moving or self._rest.isActive()

    def _pixel_size(self) -> tuple[int, int]:
        """Pixels in which the surface is drawn; sets by how much they are enlarged."""
        most = _MOVING_PIXELS if self._hurried else _STILL_PIXELS
        self._shrink = max(1.0, math.sqrt(self.width() * self.height() / most))
        return math.ceil(self.width() / self._shrink), math.ceil(self.height() / self._shrink)

    def _paint_marks(self, painter: QPainter) -> None:
        """Samples at the heights of their targets; those behind the surface are faint."""
        colours, marks = theme().colours, self.fittings.marks
        spots = self._spots(marks.places)
        feet = self._spots(np.column_stack([marks.places[:, :2], marks.feet]))
        canvas, stem = QColor(colours.canvas), QPen(QColor(colours.text), 1, Qt.PenStyle.DotLine)
        edge = QPen(canvas, 1)
        for (x, y, away), (_, foot, _), colour, hollow in zip(
            spots.tolist(), feet.tolist(), marks.colours, marks.hollow.tolist(), strict=True
        ):
            spot = QPointF(x, y)
            painter.setOpacity(0.3 if self._hides(spot, away) else 1.0)
            if self.fittings.stems:
                painter.setPen(stem)
                painter.drawLine(spot, QPointF(x, foot))
            if hollow:
                painter.setPen(QPen(colour, 2))
                painter.setBrush(canvas)
                painter.drawRect(QRectF(x - _DOT + 0.5, y - _DOT + 0.5, 2 * _DOT - 1, 2 * _DOT - 1))
            else:
                painter.setPen(edge)
                painter.setBrush(colour)
                painter.drawEllipse(spot, _DOT, _DOT)
        painter.setOpacity(1.0)

    def _hides(self, spot: QPointF, away: float) -> bool:
        raster = self._raster
        return raster is not None and raster.hides(int(spot.x() / self._shrink), int(spot.y() / self._shrink), away)

    def _paint_probe(self, painter: QPainter) -> None:
        """A pole from the floor to the surface, with a cross-hair at its end."""
        probe = self.fittings.probe
        if probe is None:
            return
        colours = theme().colours
        spot, _ = self.to_screen(probe)
        foot, _ = self.to_screen((probe[0], probe[1], _FLOOR))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.text), 1, Qt.PenStyle.DashLine))
        painter.drawLine(foot, spot)
        for colour, wider in ((colours.canvas, 3.0), (colours.text, 0.0)):
            painter.setPen(QPen(QColor(colour), 1.6 + wider))
            painter.drawEllipse(spot, 7, 7)
            for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                painter.drawLine(spot + QPointF(7 * x, 7 * y), spot + QPointF(12 * x, 12 * y))

    def _paint_numbers(self, painter: QPainter) -> None:
        colours = theme().colours
        near_u, near_v = self._near()
        first, second, up = self.fittings.axes
        painter.setPen(QPen(QColor(colours.muted), 1))
        self._paint_axis(painter, first, lambda at: (at - 0.5, near_v, _FLOOR), (0.0, near_v, 0.0))
        self._paint_axis(painter, second, lambda at: (near_u, at - 0.5, _FLOOR), (near_u, 0.0, 0.0))
        corners = [(near_u, -near_v, _FLOOR), (-near_u, near_v, _FLOOR)]
        u, v, _ = min(corners, key=lambda corner: self.to_screen(corner)[0].x())
        self._line(painter, (u, v, _FLOOR), (u, v, -_FLOOR))
        for at, text in up.ticks:
            spot, _ = self.to_screen((u, v, _FLOOR + at * HEIGHT))
            painter.drawLine(spot, spot - QPointF(4, 0))
            box = QRectF(spot.x() - 66, spot.y() - 9, 59, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        spot, _ = self.to_screen((u, v, -_FLOOR))
        painter.setPen(QColor(colours.text))
        _centred(painter, QPointF(max(spot.x(), 48), spot.y() - 16), up.name)

    def _paint_axis(self, painter: QPainter, axis: Axis, place: Callable[[float], Corner], outwards: Corner) -> None:
        """An axis along a near edge of the floor: numbers at its ticks, and its name."""
        colours = theme().colours
        way = self.camera.project(np.array([outwards]))[0]
        length = math.hypot(way[0], way[1]) or 1.0
        out = QPointF(way[0] / length, way[1] / length)
        painter.setPen(QPen(QColor(colours.muted), 1))
        self._line(painter, place(0.0), place(1.0))
        for at, text in axis.ticks:
            spot, _ = self.to_screen(place(at))
            painter.drawLine(spot, spot + out * 4)
            _centred(painter, spot + out * 13, text)
        painter.setPen(QColor(colours.text))
        _beside(painter, self.to_screen(place(0.5))[0] + out * 27, axis.name, out.x())


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
