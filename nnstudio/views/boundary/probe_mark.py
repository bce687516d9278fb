"""Mark of the probe on a plot: a cross-hair with a light edge, seen on any colour."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath

from nnstudio.ui.theme import theme
from nnstudio.views.plotting import ThemedPlot
from nnstudio.views.scatter import ScatterPlot

_SIZE = 28


def _cross() -> QPainterPath:
    """A ring and four strokes around a free middle, so that a point below stays visible; of size 1."""
    path = QPainterPath()
    path.addEllipse(QRectF(-0.3, -0.3, 0.6, 0.6))
    for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        path.moveTo(0.3 * x, 0.3 * y)
        path.lineTo(0.5 * x, 0.5 * y)
    return path


_CROSS = _cross()


class ProbeMark(ScatterPlot):
    """Cross-hair at the place of the probe."""

    def __init__(self, plot: ThemedPlot) -> None:
        super().__init__(pxMode=True)
        self.setZValue(10)
        plot.addItem(self, ignoreBounds=True)
        self._place: tuple[float, float] | None = None

    def show_at(self, place: tuple[float, float] | None) -> None:
        """Show the mark at a place of the plot, or not at all."""
        self._place = place
        if place is None:
            self.clear()
            return
        colours = theme().colours
        pens = [pg.mkPen(colours.canvas, width=4), pg.mkPen(colours.text, width=1.8)]
        x, y = place
        self.setData(x=[x, x], y=[y, y], size=_SIZE, symbol=_CROSS, pen=pens, brush=None)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self.show_at(self._place)

    @property
    def place(self) -> tuple[float, float] | None:
        """Place of the mark, None while there is none."""
        return self._place
