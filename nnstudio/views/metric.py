"""The metric that suits the data, over training: accuracy for classes, the mean absolute error for numbers."""

from __future__ import annotations

import math

from nnstudio.training.messages import Snapshot
from nnstudio.views.curves import CurveView
from nnstudio.views.plotting import short

# Titles of the metrics whose name is not title enough.
_TITLES = {"mae": "Mean absolute error"}
# Metrics that are shares of the whole, shown in percent.
_SHARES = {"accuracy"}


class MetricView(CurveView):
    """Training and validation metric over epochs. Its window title is the metric's name."""

    dock_name = "metricView"
    title = "Metric"
    hint = "Press play to see how often the network is right, or how far off it is."

    def announce(self, snapshot: Snapshot) -> None:
        key = snapshot.metrics[0] if snapshot.metrics else ""
        self.setWindowTitle(_TITLES.get(key, key.replace("_", " ").capitalize()) or self.title)

    def curve_key(self, snapshot: Snapshot) -> str:
        self.announce(snapshot)
        return snapshot.metrics[0] if snapshot.metrics else ""

    def scale(self) -> float:
        return 100.0 if self.key in _SHARES else 1.0

    def show_value(self, value: float) -> str:
        return f"{value:.1f} %" if self.key in _SHARES else short(value)

    def axis_title(self) -> str:
        return f"{self.windowTitle()} (%)" if self.key in _SHARES else self.windowTitle()

    def limits(self, low: float, high: float) -> tuple[float, float]:
        if self.key in _SHARES:
            # Full tens below, so that the axis stands still while the curve climbs.
            return max(0.0, math.floor(min(low, 99.0) / 10) * 10.0), 100.0
        low = min(low, 0.0)
        return low, high if high > low else low + 1.0
