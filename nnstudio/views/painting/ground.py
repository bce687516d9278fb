"""Ground that is painted on: places and pixels of a plot, and the marks of brush and pen over it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt

from nnstudio.ui.theme import theme
from nnstudio.views.painting.brush import Pixel, tidy
from nnstudio.views.plotting import ThemedPlot
from nnstudio.views.scatter import ScatterPlot

Array = NDArray[Any]
Place = tuple[float, float]

_PEN = 22  # pixels


class Ground:
    """Plot, as a brush sees it."""

    def __init__(self, plot: ThemedPlot) -> None:
        self._plot = plot
        self._ring, self._cross = ScatterPlot(pxMode=True), ScatterPlot(pxMode=True)
        for item in (self._ring, self._cross):
            item.setZValue(11)
            plot.addItem(item, ignoreBounds=True)

    @property
    def pixel(self) -> Pixel:
        """Units of the plot that a pixel is wide and high."""
        across, up = self._plot.getViewBox().viewPixelSize()
        return float(across), float(up)

    def holds(self, spot: QPointF) -> bool:
        """True if a place on the viewport lies within the axes."""
        scene = self._plot.mapToScene(spot.toPoint())
        return bool(self._plot.getViewBox().sceneBoundingRect().contains(scene))

    def place(self, spot: QPointF) -> Place:
        """Coordinates of a place on the viewport."""
        found = self._plot.getViewBox().mapSceneToView(self._plot.mapToScene(spot.toPoint()))
        return found.x(), found.y()

    def step(self, start: Place | None, right: int, up: int, share: float) -> Place:
        """Place a share of the view away from another, or from the middle, but within the view."""
        (x0, x1), (y0, y1) = self._plot.getViewBox().viewRange()
        x, y = start or ((x0 + x1) / 2, (y0 + y1) / 2)
        x, y = x + right * share * (x1 - x0), y + up * share * (y1 - y0)
        return min(max(x, x0), x1), min(max(y, y0), y1)

    def tidied(self, *places: Place) -> Array:
        """Places rounded to what can be told apart in this view, (n, 2)."""
        (x0, x1), (y0, y1) = self._plot.getViewBox().viewRange()
        xy = np.array(places)
        return np.column_stack([tidy(xy[:, 0], x1 - x0), tidy(xy[:, 1], y1 - y0)])

    def show_marks(self, reach: Place | None, radius: int, pen: Place | None, *, painting: bool) -> None:
        """Draw a ring of so many pixels around a place, and a cross at the pen; each where there is one."""
        colours = theme().colours
        shape = Qt.CursorShape.CrossCursor if painting else Qt.CursorShape.ArrowCursor
        if self._plot.viewport().cursor().shape() != shape:
            self._plot.viewport().setCursor(shape)
        pens = [pg.mkPen(colours.canvas, width=3.5), pg.mkPen(colours.text, width=1.5)]
        for item, place, size, symbol in ((self._ring, reach, 2 * radius, "o"), (self._cross, pen, _PEN, "+")):
            if place is None:
                item.clear()
            else:
                x, y = place
                item.setData(x=[x, x], y=[y, y], size=size, symbol=symbol, pen=pens, brush=None)
