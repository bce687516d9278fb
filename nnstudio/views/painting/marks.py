"""Marks of painted points: thousands are drawn and changed within a frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from nnstudio.ui.colours import class_colour
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import diverging_rgba
from nnstudio.views.painting.sheet import Sheet

Array = NDArray[Any]

# Heights have so many colours, finer than can be told apart.
_SHADES = 64
# Diameter of a mark in pixels: of up to so many points.
_SIZES = ((20, 13.0), (300, 9.0), (2000, 7.0))
_SMALLEST = 5.0


class PointMarks(pg.GraphicsObject):
    """Item that draws points as in `DataPoints`: discs for training, hollow squares for what is held out.

    Points of one look are drawn by one call; pyqtgraph's scatter plot takes a tenth of a second for 10,000 of them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(1)
        # By look: colour, whether it is held out, and the places.
        self._groups: list[tuple[QColor, bool, QPolygonF]] = []
        self._heights = False
        self._size = _SMALLEST
        self._bounds = QRectF()

    def show_sheet(self, sheet: Sheet | None, scale: tuple[float, float]) -> None:
        """Draw the points of a sheet; heights are coloured on a scale (centre, reach)."""
        self.prepareGeometryChange()
        self._groups, self._bounds = [], QRectF()
        if sheet is not None and len(sheet.xy):
            self._heights = sheet.heights
            self._size = next((size for most, size in _SIZES if len(sheet.xy) <= most), _SMALLEST)
            (x0, y0), (x1, y1) = sheet.xy.min(axis=0).tolist(), sheet.xy.max(axis=0).tolist()
            self._bounds = QRectF(x0, y0, x1 - x0, y1 - y0)
            colours, which = _looks(sheet, scale)
            for look, colour in enumerate(colours):
                for held in (False, True):
                    chosen = (which == look) & (sheet.held == held)
                    if chosen.any():
                        spots = sheet.xy[chosen].astype(float)
                        polygon = pg.functions.arrayToQPolygonF(spots[:, 0], spots[:, 1])
                        self._groups.append((colour, held, polygon))
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
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # In pixels: where a unit is wider than high, a mark would be too.
        transform = painter.transform()
        painter.resetTransform()
        canvas, text = QColor(theme().colours.canvas), QColor(theme().colours.text)
        # What is held out lies above, as in the data of others.
        for colour, held, polygon in sorted(self._groups, key=lambda group: group[1]):
            outer, inner = (text, colour) if self._heights else (colour, canvas) if held else (canvas, colour)
            cap = Qt.PenCapStyle.SquareCap if held else Qt.PenCapStyle.RoundCap
            size = self._size - 1 if held else self._size
            spots = transform.map(polygon)
            for ink, width in ((outer, size), (inner, size - (3.5 if held and not self._heights else 2))):
                painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, cap))
                painter.drawPoints(spots)
        painter.restore()


def _looks(sheet: Sheet, scale: tuple[float, float]) -> tuple[list[QColor], Array]:
    """Colours, and for each point the index of its own."""
    if not sheet.heights:
        labels, which = np.unique(sheet.dataset.labels, return_inverse=True)
        return [class_colour(theme().colours, int(label)) for label in labels], which
    centre, reach = scale
    shades = np.clip(np.rint((sheet.points.values - centre) / reach * _SHADES), -_SHADES, _SHADES)
    distinct, which = np.unique(shades, return_inverse=True)
    rgba = diverging_rgba(centre + distinct / _SHADES * reach, centre, reach)
    return [QColor(*map(int, row)) for row in rgba], which
