"""Loss of a manual step, as a dot beside the curve."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from nnstudio.training.messages import StepReport
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import ThemedPlot

Array = NDArray[Any]


class StepDot:
    """Point on a plot over epochs with the mean loss of a manual step's batch.

    Without a report there is none. A batch's own loss is not on the curve, which shows means over many.
    """

    def __init__(self, plot: ThemedPlot) -> None:
        self.item = plot.plot(pen=None, symbol="d", symbolSize=12)
        self.item.setZValue(30)
        self.report: StepReport | None = None
        self.x, self.y = np.empty(0), np.empty(0)
        plot.restyled.connect(self._restyle)
        self._restyle()

    @property
    def colour(self) -> str:
        """Colour of the dot."""
        return theme().colours.text

    def take(self, report: StepReport | None) -> None:
        """Set the step to draw with the next `show`."""
        self.report = report
        self.x = np.array([] if report is None else [report.place])
        self.y = np.array([] if report is None else [report.loss])

    def show(self, smoothing: float, floor: float | None) -> None:
        """Draw the dot, never smoothed. On a log scale, `floor` replaces values that are not above zero."""
        if not self.x.size and self.item.getData()[0] is None:
            return
        self.item.setData(self.x, self.y if floor is None else np.where(self.y <= 0, floor, self.y))

    def _restyle(self) -> None:
        self.item.setSymbolBrush(self.colour)
        self.item.setSymbolPen(pg.mkPen(theme().colours.canvas, width=1))
