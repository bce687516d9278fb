"""Loss over training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.ui.jump_slider import JumpSlider
from nnstudio.ui.labels import PlainLabel
from nnstudio.views.curves.step_dot import StepDot
from nnstudio.views.curves.view import CurveView, Drawn
from nnstudio.views.plotting import Mark, short

_SMOOTHING, _SCALE = "lossSmoothing", "lossScale"
_DRAWN = "Train: mean over the samples since the point before. Validation: all held-out samples, after each epoch."
# Where older versions have kept that the scale is logarithmic.
_LOG = "lossLogScale"
AUTOMATIC, LINEAR, LOG = "automatic", "linear", "log"
_SCALES = {
    AUTOMATIC: ("Auto scale", "Logarithmic once the loss has fallen a hundredfold, else linear"),
    LINEAR: ("Linear scale", "Linear scale"),
    LOG: ("Log scale", "Logarithmic scale: small losses stay visible"),
}
# By what factor a loss must have fallen to be shown on a log scale by itself, and when a linear one comes back.
# Apart, so that a curve that wavers does not turn the axis to and fro.
_FALLEN, _ROSE = 100.0, 50.0

Array = NDArray[Any]


def falls_far(values: Array, factor: float) -> bool:
    """True if the largest loss exceeds `factor` times the smallest above zero.

    Values that are not finite are ignored. A loss below zero cannot be shown on a log scale; one of zero is, at its
    foot, but does not tell by how much it has fallen.
    """
    values = values[np.isfinite(values)]
    above = values[values > 0]
    if not above.size or (values < 0).any():
        return False
    return float(above.max()) > factor * float(above.min())


class LossView(CurveView):
    """View of training and validation loss, on a linear or log scale, optionally smoothed.

    The settings are remembered: a reopened project shows the curve as it was left.
    """

    dock_name = "lossView"
    group, rank = "training", 10
    layouts = frozenset({"build", "watch"})
    title = "Loss"
    saying = "the error that training makes smaller"
    hint = "Press play to see the loss fall."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        self._scale = AUTOMATIC
        super().__init__(store, parent)
        self.legend.setToolTip(_DRAWN)
        stored = str(QSettings().value(_SMOOTHING, 0))
        self.slider.setValue(int(stored) if stored.isdecimal() else 0)
        old = LOG if str(QSettings().value(_LOG, "false")).lower() == "true" else AUTOMATIC
        scale = str(QSettings().value(_SCALE, old))
        self._choose(scale if scale in _SCALES else AUTOMATIC)

    def controls(self) -> tuple[QWidget, ...]:
        self.step = StepDot(self.plot)
        self.scale_choice = QComboBox()
        self.scale_choice.setObjectName("lossScale")
        self.scale_choice.setAccessibleName("Scale of the loss")
        for place, (name, (title, tip)) in enumerate(_SCALES.items()):
            self.scale_choice.addItem(title, name)
            self.scale_choice.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
        self.scale_choice.activated.connect(lambda _: self.choose_scale(self.scale_choice.currentData()))
        self.slider = JumpSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("smoothing")
        self.slider.setAccessibleName("Smoothing")
        self.slider.setRange(0, 99)
        self.slider.setMinimumWidth(40)
        self.slider.setMaximumWidth(110)
        self.slider.setToolTip("No smoothing")
        self.slider.valueChanged.connect(self._set_smoothing)
        label = PlainLabel("Smooth")
        label.setBuddy(self.slider)
        controls = QWidget()
        row = QHBoxLayout(controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(label)
        row.addWidget(self.slider, 1)
        row.addSpacing(6)
        row.addWidget(self.scale_choice)
        row.addStretch(0)
        return (controls,)

    def draw(self, snapshot: Snapshot) -> None:
        self.step.take(snapshot.step_report)
        super().draw(snapshot)

    @property
    def drawn(self) -> list[Drawn]:
        return [*super().drawn, self.step]

    def named(self) -> Iterator[tuple[str, Drawn]]:
        yield from super().named()
        if self.step.report is not None:
            yield f"step {self.step.report.step:,}", self.step

    def more_marks(self) -> list[Mark]:
        report = self.step.report
        return [] if report is None else [("◆", self.step.colour, f"Step {report.step:,} {short(report.loss)}")]

    def curve_keys(self, snapshot: Snapshot) -> tuple[str, ...]:
        return ("loss",)

    def show_value(self, value: float) -> str:
        return short(value)

    def axis_title(self) -> str:
        return self.store.document.training.loss.title

    def limits(self, low: float, high: float) -> tuple[float, float]:
        low = min(low, 0.0)
        return low, high if high > low else low + 1.0

    def choose_scale(self, name: str) -> None:
        """Set the user's choice of `AUTOMATIC`, `LINEAR` or `LOG`, remembered."""
        QSettings().setValue(_SCALE, name)
        self._choose(name)
        self.refresh()

    def _choose(self, name: str) -> None:
        self._scale = name
        self.scale_choice.setCurrentIndex(list(_SCALES).index(name))
        self.scale_choice.setToolTip(_SCALES[name][1])
        if name != AUTOMATIC:
            self._set_log(name == LOG)

    def refresh(self) -> None:
        # While somebody looks at a part of the plane, the scale stays.
        if self._scale == AUTOMATIC and self.plot.following:
            self._set_log(falls_far(self.values(), _ROSE if self.log else _FALLEN))
        super().refresh()

    def _set_log(self, on: bool) -> None:
        if on == self.log:
            return
        self.log = on
        self.plot.getPlotItem().setLogMode(y=on)
        # A part of the plane picked out on one scale means nothing on the other.
        self.plot.follow()

    def _set_smoothing(self, percent: int) -> None:
        self.smoothing = percent / 100
        QSettings().setValue(_SMOOTHING, percent)
        self.slider.setToolTip(
            f"Exponential moving average, {percent}% of the last value" if percent else "No smoothing"
        )
        self.refresh()
