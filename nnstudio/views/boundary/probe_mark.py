"""Mark of the probe on a plot: a cross-hair with a light edge, seen on any colour."""

from __future__ import annotations

import pyqtgraph as pg

from nnstudio.ui.theme import theme
from nnstudio.views.plotting import ThemedPlot

_SIZE = 24


class ProbeMark(pg.ScatterPlotItem):
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
        pens = [pg.mkPen(colours.canvas, width=5), pg.mkPen(colours.text, width=1.6)]
        x, y = place
        self.setData(x=[x, x], y=[y, y], size=_SIZE, symbol="crosshair", pen=pens, brush=None)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self.show_at(self._place)

    @property
    def place(self) -> tuple[float, float] | None:
        """Where the mark is."""
        return self._place
