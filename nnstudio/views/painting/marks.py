"""Marks of painted points: thousands are drawn and changed within a frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.Qt import internals
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from nnstudio.ui.colours import class_colour
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import shades
from nnstudio.views.painting.sheet import Sheet

Array = NDArray[Any]
# Colour of a mark, and whether it is held out.
Look = tuple[QColor, bool]

# Diameter of a mark in pixels: of up to so many points.
_SIZES = ((20, 13.0), (300, 9.0), (2000, 7.0))
_SMALLEST = 5.0
# Room for a mark in the picture of all of them, in pixels.
_CELL = 18


class PointMarks(pg.GraphicsObject):
    """Item that draws points as in `DataPoints`: discs for training, hollow squares for what is held out.

    All marks are cut from one picture, by one call. pyqtgraph's scatter plot draws as fast, but takes a tenth of a
    second to hear of 10,000 other points.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(1)
        self._heights = False
        self._size = _SMALLEST
        self._looks: list[Look] = []
        # Places, (N, 2), and for each the index of its look; what is held out comes last, above the others.
        self._spots: Array = np.empty((0, 2))
        self._which: Array = np.empty(0, np.intp)
        self._bounds = QRectF()
        self._atlas: QPixmap | None = None
        self._fragments: Any = internals.PrimitiveArray(QPainter.PixmapFragment, 10)

    def show_sheet(self, sheet: Sheet | None, scale: tuple[float, float]) -> None:
        """Draw the points of a sheet; heights are coloured on a scale (centre, reach)."""
        self.prepareGeometryChange()
        self._looks, self._bounds, self._atlas = [], QRectF(), None
        self._spots = np.empty((0, 2))
        if sheet is not None and len(sheet.xy):
            self._heights = sheet.heights
            self._size = next((size for most, size in _SIZES if len(sheet.xy) <= most), _SMALLEST)
            (x0, y0), (x1, y1) = sheet.xy.min(axis=0).tolist(), sheet.xy.max(axis=0).tolist()
            self._bounds = QRectF(x0, y0, x1 - x0, y1 - y0)
            colours, which = _colours(sheet, scale)
            self._looks = [(colour, held) for held in (False, True) for colour in colours]
            order = np.argsort(sheet.held, kind="stable")
            self._spots = sheet.xy[order].astype(float)
            self._which = (which + len(colours) * sheet.held)[order]
        self.update()

    def boundingRect(self) -> QRectF:
        # A mark reaches beyond its place by half its size; the view is asked how much that is.
        across, up = self.pixelVectors()
        dx = self._size * across.x() if across is not None else 0.0
        dy = abs(self._size * up.y()) if up is not None else 0.0
        return self._bounds.adjusted(-dx, -dy, dx, dy)

    def viewTransformChanged(self) -> None:
        self.prepareGeometryChange()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not len(self._spots):
            return
        # In pixels: where a unit is wider than high, a mark would be too.
        transform = painter.transform()
        spots = self._spots * (transform.m11(), transform.m22()) + (transform.dx(), transform.dy())
        painter.save()
        painter.resetTransform()
        engine = painter.paintEngine()
        if engine is not None and engine.type() == QPaintEngine.Type.SVG:
            for (x, y), look in zip(spots.tolist(), self._which.tolist(), strict=True):
                self._draw_mark(painter, self._looks[look], QPointF(x, y))
        else:
            self._draw_all(painter, spots)
        painter.restore()

    def _draw_all(self, painter: QPainter, spots: Array) -> None:
        ratio = painter.device().devicePixelRatioF()
        if self._atlas is None or self._atlas.devicePixelRatio() != ratio:
            self._atlas = self._make_atlas(ratio)
        side = _CELL * ratio
        self._fragments.resize(len(spots))
        rows: Array = self._fragments.ndarray()
        # Centre, part of the picture, scale, rotation and opacity of each.
        rows[:, :2] = spots
        rows[:, 2] = self._which * side
        rows[:, 3:] = 0, side, side, 1 / ratio, 1 / ratio, 0, 1
        # An address and a count, which the stubs of PySide do not know.
        painter.drawPixmapFragments(*self._fragments.drawargs(), self._atlas)  # type: ignore[call-arg]

    def _make_atlas(self, ratio: float) -> QPixmap:
        """Picture of one mark of each look, side by side."""
        atlas = QPixmap(round(_CELL * ratio * len(self._looks)), round(_CELL * ratio))
        atlas.setDevicePixelRatio(ratio)
        atlas.fill(Qt.GlobalColor.transparent)
        painter = QPainter(atlas)
        for place, look in enumerate(self._looks):
            self._draw_mark(painter, look, QPointF((place + 0.5) * _CELL, _CELL / 2))
        painter.end()
        return atlas

    def _draw_mark(self, painter: QPainter, look: Look, centre: QPointF) -> None:
        colour, held = look
        canvas, text = QColor(theme().colours.canvas), QColor(theme().colours.text)
        # Of a hollow mark of a height, the colour would be lost where the picture has the same.
        edge, fill, width = (text, colour, 1.0) if self._heights else (colour, canvas, 1.75)
        if not held and not self._heights:
            edge, fill, width = canvas, colour, 1.0
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # Among thousands, edges would be all that is seen.
        painter.setPen(QPen(edge, width) if held or self._size > _SMALLEST else Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        reach = (self._size - width) / 2
        box = QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach)
        if held:
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        else:
            painter.drawEllipse(box)


def _colours(sheet: Sheet, scale: tuple[float, float]) -> tuple[list[QColor], Array]:
    """Colours, and for each point the index of its own."""
    if not sheet.heights:
        labels, which = np.unique(sheet.dataset.labels, return_inverse=True)
        return [class_colour(theme().colours, int(label)) for label in labels], which
    rgba, which = shades(sheet.points.values, *scale)
    return [QColor(*map(int, row)) for row in rgba], which
