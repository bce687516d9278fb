"""Data points on a plot: training and validation samples, and rings around some."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from engine.data import Data
from nnstudio.document.probe import SampleRef
from nnstudio.training.split import Split
from nnstudio.ui.colours import class_colour
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import ThemedPlot, diverging_rgba

Array = NDArray[Any]

# More points than this hide the picture and slow the window; a random part is drawn.
MOST_POINTS = 1500
# A plot with sides shorter than this, and one with more points than that, get smaller marks.
_SMALL, _MANY = 190, 300
# So few points, such as XOR's four, are to be seen from the back of a room.
_FEW = 20
# How much wider than a point the ring around it is, in pixels.
_RING = 8


class DataPoints:
    """Scatter plots of a split's samples: discs for training, hollow squares for validation.

    Attributes:
        train, validation, rings: the items on the plot.
    """

    def __init__(self, plot: ThemedPlot) -> None:
        self._plot = plot
        self.train = pg.ScatterPlotItem(pxMode=True)
        self.validation = pg.ScatterPlotItem(pxMode=True)
        # Around the points that a step made by hand has used.
        self.rings = pg.ScatterPlotItem(pxMode=True)
        for order, item in enumerate((self.train, self.validation, self.rings), start=1):
            item.setZValue(order)
            plot.addItem(item)
        # Which samples the drawn points are.
        self._drawn: dict[pg.ScatterPlotItem, Array] = {}
        self._used: tuple[int, ...] = ()
        self._split: Split | None = None

    def take(self, split: Split) -> None:
        """Take the samples of other data; `show` draws them."""
        self._split, self._used = split, ()

    def show(self, output: int, scale: tuple[float, float]) -> int:
        """Draw the samples; returns how many. Numbers are coloured by one output on a scale (centre, reach)."""
        if self._split is None:
            return 0
        shown = self._scatter(self.train, self._split.train, output, scale, hollow=False)
        if self._split.validation is None:
            self.validation.setData([])
        else:
            shown += self._scatter(self.validation, self._split.validation, output, scale, hollow=True)
        self.ring(self._used)
        return shown

    def ring(self, samples: tuple[int, ...]) -> None:
        """Draw rings around these training samples."""
        self._used = samples
        if self._split is None or not samples:
            if len(self.rings.data):
                self.rings.clear()
            return
        spots = self._split.train.shown[list(samples[:MOST_POINTS])]
        pen, size = pg.mkPen(theme().colours.text, width=2), self._size(len(self._split.train)) + _RING
        self.rings.setData(x=spots[:, 0], y=spots[:, 1], size=size, pen=pen, brush=None, symbol="o")

    def fit_sizes(self) -> None:
        """Give the marks the size that suits that of the plot."""
        if self._split is None:
            return
        for item, data in ((self.train, self._split.train), (self.validation, self._split.validation)):
            if data is not None and item.opts["size"] != self._size(len(data)):
                item.setSize(self._size(len(data)))
        self.ring(self._used)

    def sample_at(self, place: QPointF) -> SampleRef | None:
        """Sample whose mark covers a place of the plot, in the units of its axes; None where there is none."""
        if self._split is None:
            return None
        if self._split.validation is not None:
            spots = self.validation.pointsAt(place)
            if len(spots):
                return SampleRef("validation", int(self._drawn[self.validation][spots[0].index()]))
        spots = self.train.pointsAt(place)
        return SampleRef("train", int(self._drawn[self.train][spots[0].index()])) if len(spots) else None

    def _scatter(
        self, item: pg.ScatterPlotItem, data: Data, output: int, scale: tuple[float, float], *, hollow: bool
    ) -> int:
        """Draws samples, or a part of them; returns how many. Hollow marks are squares, the others discs."""
        colours = theme().colours
        chosen = np.arange(len(data))
        if len(data) > MOST_POINTS:
            chosen = np.random.default_rng(0).permutation(len(data))[:MOST_POINTS]
        self._drawn[item] = chosen
        fills: list[QColor]
        if data.task == "regression":
            rgba, which = np.unique(diverging_rgba(data.y[chosen, output], *scale), axis=0, return_inverse=True)
            fills = [pg.mkColor(*map(int, row)) for row in rgba]
            which = which.ravel()
        else:
            labels, which = np.unique(data.y[chosen], return_inverse=True)
            fills = [class_colour(colours, int(label)) for label in labels]
        if data.task == "regression":
            # A hollow mark would lose its colour where the picture has the same.
            inner, outer = [pg.mkBrush(fill) for fill in fills], [pg.mkPen(colours.text, width=1)] * len(fills)
        elif hollow:
            inner, outer = [pg.mkBrush(colours.canvas)] * len(fills), [pg.mkPen(fill, width=2) for fill in fills]
        else:
            inner, outer = [pg.mkBrush(fill) for fill in fills], [pg.mkPen(colours.canvas, width=1)] * len(fills)
        item.setData(
            x=data.shown[chosen, 0],
            y=data.shown[chosen, 1],
            brush=[inner[index] for index in which],
            pen=[outer[index] for index in which],
            symbol="s" if hollow else "o",
            size=self._size(len(data)),
        )
        return len(chosen)

    def _size(self, count: int) -> int:
        box = self._plot.getViewBox()
        small = bool(min(box.width(), box.height()) < _SMALL)
        return 8 - small - (count > _MANY) + (6 if count <= _FEW else 0)
