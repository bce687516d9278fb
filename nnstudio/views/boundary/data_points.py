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
from nnstudio.training.planes import Frame
from nnstudio.training.split import Split
from nnstudio.ui.colours import class_colour
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import shades
from nnstudio.views.plotting import ThemedPlot
from nnstudio.views.scatter import ScatterPlot

Array = NDArray[Any]

# More points than this hide the picture and slow the window; a random part is drawn.
MOST_POINTS = 1500
# A plot with sides shorter than this, and one with more points than that, get smaller marks.
_SMALL, _MANY = 190, 300
# So few points, such as XOR's four, are to be seen from the back of a room.
_FEW = 20
# How much wider than a point the ring around it is, in pixels.
_RING = 8
# A click so near to a mark's edge, in pixels, means the sample.
_REACH = 5


def chosen_of(data: Data) -> Array:
    """Indices of the samples that are drawn, a random part of very many."""
    if len(data) <= MOST_POINTS:
        return np.arange(len(data))
    # Not the first of all in random order, which takes a twentieth of a second for a million.
    return np.random.default_rng(0).choice(len(data), MOST_POINTS, replace=False, shuffle=False)


class DataPoints:
    """Scatter plots of a split's samples on a plane: discs for training, hollow squares for validation.

    Attributes:
        train, validation, rings: the items on the plot.
    """

    def __init__(self, plot: ThemedPlot) -> None:
        self._plot = plot
        self.train = ScatterPlot(pxMode=True)
        self.validation = ScatterPlot(pxMode=True)
        # Around the points that a step made by hand has used.
        self.rings = ScatterPlot(pxMode=True)
        for order, item in enumerate((self.train, self.validation, self.rings), start=1):
            item.setZValue(order)
            plot.addItem(item)
        # Which samples the drawn points are, and where they lie.
        self._drawn: dict[ScatterPlot, Array] = {}
        self._spots: dict[ScatterPlot, Array] = {}
        self._used: tuple[int, ...] = ()
        self._split: Split | None = None
        self._frame: Frame | None = None

    def take(self, split: Split, frame: Frame) -> Array:
        """Take other samples, or another plane onto which they are projected; `show` draws them.

        Returns the coordinates (N, 2) of those that are drawn.
        """
        if split is not self._split:
            self._used = ()
        self._split, self._frame = split, frame
        self._drawn.clear()
        self._spots.clear()
        for item, data in self._parts():
            self._drawn[item] = chosen = chosen_of(data)
            self._spots[item] = frame.project(data.shown[chosen])
        return np.concatenate(list(self._spots.values()))

    def _parts(self) -> list[tuple[ScatterPlot, Data]]:
        """The items that are in use, and their data."""
        if self._split is None:
            return []
        pairs = ((self.train, self._split.train), (self.validation, self._split.validation))
        return [(item, data) for item, data in pairs if data is not None]

    def show(self, output: int, scale: tuple[float, float]) -> int:
        """Draw the samples; returns how many. Numbers are coloured by one output on a scale (centre, reach)."""
        parts = self._parts()
        for item, data in parts:
            self._scatter(item, data, output, scale, hollow=item is self.validation)
        if len(parts) < 2:
            self.validation.setData([])
        self.ring(self._used, self._split)
        return sum(len(self._drawn[item]) for item, _ in parts)

    def hide(self) -> None:
        """Draw no samples, since something else draws them; rings around some stay."""
        for item in (self.train, self.validation):
            if len(item.data):
                item.clear()

    def ring(self, samples: tuple[int, ...], split: Split | None) -> None:
        """Draw rings around these training samples of a split; around none while other samples are drawn."""
        self._used = samples if split is self._split else ()
        if self._split is None or self._frame is None or not self._used:
            if len(self.rings.data):
                self.rings.clear()
            return
        spots = self._frame.project(self._split.train.shown[list(self._used[:MOST_POINTS])])
        pen, size = pg.mkPen(theme().colours.text, width=2), self._size(len(self._split.train)) + _RING
        self.rings.setData(x=spots[:, 0], y=spots[:, 1], size=size, pen=pen, brush=None, symbol="o")

    def fit_sizes(self) -> None:
        """Give the marks the size that suits that of the plot."""
        for item, data in self._parts():
            if item.opts["size"] != self._size(len(data)):
                item.setSize(self._size(len(data)))
        self.ring(self._used, self._split)

    def sample_at(self, place: QPointF) -> SampleRef | None:
        """Sample whose mark covers a place of the plot, in the units of its axes; None where there is none."""
        # Validation samples are drawn above the others.
        for item, _ in reversed(self._parts()):
            spots = item.pointsAt(place)
            if len(spots):
                return self._ref(item, spots[0].index())
        return None

    def sample_near(self, place: QPointF) -> SampleRef | None:
        """Sample whose mark is nearest to a place, and not far from it on screen; None where there is none."""
        across, up = self._plot.getViewBox().viewPixelSize()
        best: tuple[float, SampleRef] | None = None
        for item, data in self._parts():
            away = np.hypot(*((self._spots[item] - (place.x(), place.y())) / (across, up)).T)
            nearest = int(np.argmin(away)) if len(away) else 0
            if len(away) and away[nearest] <= _REACH + self._size(len(data)) / 2:
                found = float(away[nearest]), self._ref(item, nearest)
                best = found if best is None or found[0] < best[0] else best
        return None if best is None else best[1]

    def _ref(self, item: ScatterPlot, place: int) -> SampleRef:
        return SampleRef("train" if item is self.train else "validation", int(self._drawn[item][place]))

    def _scatter(self, item: ScatterPlot, data: Data, output: int, scale: tuple[float, float], *, hollow: bool) -> None:
        """Draws the chosen samples. Hollow marks are squares, the others discs."""
        colours = theme().colours
        chosen, spots = self._drawn[item], self._spots[item]
        fills: list[QColor]
        if data.task == "regression":
            rgba, which = shades(data.shown_y[chosen, output], *scale)
            fills = [pg.mkColor(*map(int, row)) for row in rgba]
        else:
            labels, which = np.unique(data.y[chosen], return_inverse=True)
            fills = [class_colour(colours, int(label)) for label in labels]
        # One pen or brush for all where they are equal: a list of them takes as long as the rest.
        brushes = [pg.mkBrush(fill) for fill in fills]
        brush: object = [brushes[index] for index in which]
        pen: object = pg.mkPen(colours.text if data.task == "regression" else colours.canvas, width=1)
        if hollow and data.task == "classification":
            # Of numbers, a hollow mark would lose its colour where the picture has the same.
            pens = [pg.mkPen(fill, width=2) for fill in fills]
            brush, pen = pg.mkBrush(colours.canvas), [pens[index] for index in which]
        item.setData(
            x=spots[:, 0],
            y=spots[:, 1],
            brush=brush,
            pen=pen,
            symbol="s" if hollow else "o",
            size=self._size(len(data)),
        )

    def _size(self, count: int) -> int:
        box = self._plot.getViewBox()
        small = bool(min(box.width(), box.height()) < _SMALL)
        return 8 - small - (count > _MANY) + (6 if count <= _FEW else 0)
