"""Metrics over training: the one that suits the data, and chosen ones."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QComboBox, QWidget

from engine import metrics
from nnstudio.training.messages import Snapshot
from nnstudio.views.curves.view import CurveView
from nnstudio.views.plotting import short


def title_of(name: str) -> str:
    """Title of a metric, as short as is clear: "F1", "Top 3"."""
    title = metrics.get(name).title.removesuffix(" (macro)")
    return title.removesuffix(" accuracy") if name.startswith("top_") else title


class MetricView(CurveView):
    """View of training and validation metrics over epochs.

    Its window title is the metric's name, where there is just one. Metrics of correct predictions share an axis; others
    have units of their own, and one is chosen.
    """

    dock_name = "metricView"
    group, rank = "training", 20
    layouts = frozenset({"build", "watch"})
    title = "Metric"
    saying = "how well the network does"
    hint = "Press play to see the metric change."
    renames_itself = True

    def controls(self) -> tuple[QWidget, ...]:
        self.choice = QComboBox()
        self.choice.setObjectName("metricShown")
        self.choice.setAccessibleName("Metric to show")
        self.choice.activated.connect(lambda _: self._choose())
        self.choice.hide()
        self._snapshot: Snapshot | None = None
        self.store.opened.connect(lambda: self.choice.setCurrentIndex(0))
        return (self.choice,)

    def announce(self, snapshot: Snapshot) -> None:
        keys = self._wanted(snapshot)
        self.setWindowTitle(title_of(keys[0]) if len(keys) == 1 else "Metrics" if keys else self.title)

    def _wanted(self, snapshot: Snapshot) -> tuple[str, ...]:
        """The metrics to show: all that share an axis, or the one that was chosen."""
        names = snapshot.metrics
        if not names or metrics.get(names[0]).of_classes:
            return names
        chosen = self.choice.currentData()
        return (chosen if chosen in names else names[0],)

    def curve_keys(self, snapshot: Snapshot) -> tuple[str, ...]:
        self._snapshot = snapshot
        self._offer(snapshot.metrics)
        self.announce(snapshot)
        return self._wanted(snapshot)

    def _offer(self, names: tuple[str, ...]) -> None:
        """The metrics to choose from, where they do not fit on one axis."""
        apart = names if len(names) > 1 and not metrics.get(names[0]).of_classes else ()
        if [self.choice.itemData(index) for index in range(self.choice.count())] != list(apart):
            self.choice.clear()
            for name in apart:
                self.choice.addItem(title_of(name), name)
        self.choice.setVisible(bool(apart))

    def _choose(self) -> None:
        if self._snapshot is not None:
            self.draw(self._snapshot)

    @property
    def _shares(self) -> bool:
        return bool(self.key) and metrics.get(self.key).of_classes

    def name_of(self, key: str) -> str:
        return title_of(key)

    def scale(self) -> float:
        return 100.0 if self._shares else 1.0

    def show_value(self, value: float) -> str:
        return f"{value:.1f}%" if self._shares else short(value)

    def axis_title(self) -> str:
        return f"{self.windowTitle()} (%)" if self._shares else self.windowTitle()

    def limits(self, low: float, high: float) -> tuple[float, float]:
        if self._shares:
            # Full tens below, so that the axis stands still while the curve climbs.
            return max(0.0, math.floor(min(low, 99.0) / 10) * 10.0), 100.0
        low = min(low, 0.0)
        return low, high if high > low else low + 1.0
