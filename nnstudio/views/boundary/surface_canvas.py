"""Canvas of the 3-D surface: the box with its axes, the surface, the data, and turning it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
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
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from nnstudio.ui.theme import theme
from nnstudio.views.boundary.surface_box import FLOOR, Axes, Axis, Corner, Sight, paint_axes, paint_box
from nnstudio.views.boundary.surface_raster import Camera, Raster, SurfaceRaster

Array = NDArray[Any]

# How finely the surface is drawn while it moves, and at rest: pieces along a side, steps along a line of sight, and
# pixels: as many as the canvas has up to the first number, else the second, enlarged.
_MOVING, _MOVING_PIXELS = (97, 96), (75_000, 50_000)
_STILL, _STILL_PIXELS = (225, 192), (400_000, 400_000)
# Milliseconds after the last movement at which it is drawn finely.
_REST = 180
# Degrees for a pixel of dragging, and for a key; how much a notch of the wheel zooms.
_TURN, _KEY_TURN, _ZOOM = 0.5, 5.0, 1.15
_DOT = 4.5
_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}


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
        path: places (N, 3) that a line joins; faint behind the surface.
        stems: a line leads from every mark to the surface.
    """

    axes: Axes = (Axis(), Axis(), Axis())
    marks: DataMarks = _NO_MARKS
    probe: Corner | None = None
    path: Array = field(default_factory=lambda: np.zeros((0, 3)))
    stems: bool = False


class _Sprites:
    """Pictures of marks, drawn once each: discs, or hollow squares, and faint ones."""

    side = 12

    def __init__(self, ratio: float) -> None:
        self._ratio = ratio
        self._made: dict[tuple[int, bool, bool], QPixmap] = {}

    def clear(self) -> None:
        """Forget all pictures, for another theme."""
        self._made.clear()

    def of(self, colour: QColor, *, hollow: bool, faint: bool) -> QPixmap:
        """Picture of a mark."""
        key = (colour.rgb(), hollow, faint)
        if key not in self._made:
            self._made[key] = self._make(colour, hollow=hollow, faint=faint)
        return self._made[key]

    def _make(self, colour: QColor, *, hollow: bool, faint: bool) -> QPixmap:
        pixmap = QPixmap(round(self.side * self._ratio), round(self.side * self._ratio))
        pixmap.setDevicePixelRatio(self._ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        canvas, middle = QColor(theme().colours.canvas), self.side / 2
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(0.3 if faint else 1.0)
        painter.setPen(QPen(colour if hollow else canvas, 2 if hollow else 1))
        painter.setBrush(canvas if hollow else colour)
        if hollow:
            painter.drawRect(QRectF(middle - _DOT + 0.5, middle - _DOT + 0.5, 2 * _DOT - 1, 2 * _DOT - 1))
        else:
            painter.drawEllipse(QPointF(middle, middle), _DOT, _DOT)
        painter.end()
        return pixmap


class SurfaceCanvas(QWidget):
    """Surface in a box that turns under the mouse and the arrow keys.

    Signals:
        picked: a point of the canvas was clicked, and nothing turned.
        unpicked: it was the first half of a double-click.

    Attributes:
        camera: the direction of sight.
        fittings: what stands around the surface.
        moving: training runs, so it is drawn often and less finely.
    """

    picked = Signal(QPointF)
    unpicked = Signal()

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
        self._sprites = _Sprites(self.devicePixelRatioF())
        self._pressed: QPointF | None = None
        self._dragged = False
        self._rest = QTimer(self, singleShot=True, interval=_REST)
        self._rest.timeout.connect(self._draw_finely)
        theme().changed.connect(self._restyle)

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
        spots = self.sight.spots(self.fittings.marks.places)
        away = np.hypot(spots[:, 0] - point.x(), spots[:, 1] - point.y())
        nearest = int(np.argmin(away)) if len(away) else 0
        return nearest if len(away) and away[nearest] <= _DOT + 3 else None

    @property
    def sight(self) -> Sight:
        """Camera before this canvas."""
        return Sight(self.camera, self.width(), self.height())

    # Looking

    def _look(self, camera: Camera) -> None:
        self.camera, self._raster = camera, None
        self._rest.start()
        self.update()

    def _draw_finely(self) -> None:
        self._raster = None
        self.update()

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
        if event.button() == Qt.MouseButton.LeftButton:
            self.unpicked.emit()
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

    def _restyle(self) -> None:
        self._sprites.clear()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme().colours
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.canvas))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        paint_box(painter, self.sight, self.fittings.axes)
        self._paint_surface(painter)
        self._paint_path(painter)
        self._paint_marks(painter)
        self._paint_probe(painter)
        paint_axes(painter, self.sight, self.fittings.axes)

    def _paint_surface(self, painter: QPainter) -> None:
        if self._surface is None or self.width() < 20 or self.height() < 20:
            return
        width, height = self._pixel_size()
        if self._raster is None or self._raster.pixels.shape != (height, width):
            renderer = self._moving if self._hurried else self._still
            if renderer not in self._taken:
                renderer.set_surface(*self._surface)
                self._taken.add(renderer)
            scale, middle = self.sight.scale / self._shrink, self.sight.middle / self._shrink
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
        most, instead = _MOVING_PIXELS if self._hurried else _STILL_PIXELS
        area = self.width() * self.height()
        self._shrink = math.sqrt(area / instead) if area > most else 1.0
        return math.ceil(self.width() / self._shrink), math.ceil(self.height() / self._shrink)

    def _paint_marks(self, painter: QPainter) -> None:
        """Samples at the heights of their targets; those behind the surface are faint."""
        marks = self.fittings.marks
        spots = self.sight.spots(marks.places).tolist()
        if self.fittings.stems:
            painter.setPen(QPen(QColor(theme().colours.text), 1, Qt.PenStyle.DotLine))
            feet = self.sight.spots(np.column_stack([marks.places[:, :2], marks.feet])).tolist()
            for (x, y, _), (_, foot, _) in zip(spots, feet, strict=True):
                painter.drawLine(QPointF(x, y), QPointF(x, foot))
        half = self._sprites.side / 2
        for (x, y, away), colour, hollow in zip(spots, marks.colours, marks.hollow.tolist(), strict=True):
            sprite = self._sprites.of(colour, hollow=hollow, faint=self._hides(QPointF(x, y), away))
            painter.drawPixmap(QPointF(x - half, y - half), sprite)

    def _hides(self, spot: QPointF, away: float) -> bool:
        raster = self._raster
        return raster is not None and raster.hides(int(spot.x() / self._shrink), int(spot.y() / self._shrink), away)

    def _paint_path(self, painter: QPainter) -> None:
        """A line with a light edge; faint where the surface hides it."""
        spots = self.sight.spots(self.fittings.path).tolist()
        if len(spots) < 2:
            return
        points = [QPointF(x, y) for x, y, _ in spots]
        hidden = [self._hides(point, away) for point, (_, _, away) in zip(points, spots, strict=True)]
        colours = theme().colours
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((colours.canvas, 4.0), (colours.text, 1.8)):
            painter.setPen(QPen(QColor(colour), width))
            for place in range(len(points) - 1):
                painter.setOpacity(0.25 if hidden[place] or hidden[place + 1] else 1.0)
                painter.drawLine(points[place], points[place + 1])
        painter.setOpacity(1.0)

    def _paint_probe(self, painter: QPainter) -> None:
        """A pole from the floor to the surface, with a cross-hair at its end."""
        probe = self.fittings.probe
        if probe is None:
            return
        colours = theme().colours
        spot, _ = self.sight.to_screen(probe)
        foot, _ = self.sight.to_screen((probe[0], probe[1], FLOOR))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.text), 1, Qt.PenStyle.DashLine))
        painter.drawLine(foot, spot)
        for colour, wider in ((colours.canvas, 3.0), (colours.text, 0.0)):
            painter.setPen(QPen(QColor(colour), 1.6 + wider))
            painter.drawEllipse(spot, 7, 7)
            for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                painter.drawLine(spot + QPointF(7 * x, 7 * y), spot + QPointF(12 * x, 12 * y))
