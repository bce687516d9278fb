"""The loss over training."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSlider, QWidget

from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.views.curves import CurveView, Drawn
from nnstudio.views.plotting import Mark, short
from nnstudio.views.step_dot import StepDot

_SMOOTHING, _LOG = "lossSmoothing", "lossLogScale"


class LossView(CurveView):
    """Training and validation loss over epochs, on a linear or log scale, smoothed if wanted.

    How the curve is looked at is remembered: a project that is opened again shows the curve that was left.
    """

    dock_name = "lossView"
    title = "Loss"
    hint = "Press play to see the loss fall."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        stored = str(QSettings().value(_SMOOTHING, 0))
        self.slider.setValue(int(stored) if stored.isdecimal() else 0)
        self.log_switch.setChecked(str(QSettings().value(_LOG, "false")).lower() == "true")

    def controls(self) -> tuple[QWidget, ...]:
        self.step = StepDot(self.plot)
        self.log_switch = QCheckBox("Log scale")
        self.log_switch.setObjectName("logScale")
        self.log_switch.setAccessibleName("Log scale")
        self.log_switch.setToolTip("Every step up is ten times as much: small losses stay visible")
        self.log_switch.toggled.connect(self._set_log)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("smoothing")
        self.slider.setAccessibleName("Smoothing")
        self.slider.setRange(0, 99)
        self.slider.setMinimumWidth(40)
        self.slider.setMaximumWidth(110)
        self.slider.setToolTip("No smoothing")
        self.slider.valueChanged.connect(self._set_smoothing)
        label = QLabel("Smooth")
        label.setBuddy(self.slider)
        controls = QWidget()
        row = QHBoxLayout(controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(label)
        row.addWidget(self.slider, 1)
        row.addSpacing(6)
        row.addWidget(self.log_switch)
        row.addStretch(0)
        return (controls,)

    def draw(self, snapshot: Snapshot) -> None:
        self.step.take(snapshot.step_report)
        super().draw(snapshot)

    @property
    def lines(self) -> list[Drawn]:
        return [*super().lines, self.step]

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

    def _set_log(self, on: bool) -> None:
        self.log = on
        QSettings().setValue(_LOG, on)
        self.plot.getPlotItem().setLogMode(y=on)
        # A part of the plane picked out on one scale means nothing on the other.
        self.plot.follow()
        self.refresh()

    def _set_smoothing(self, percent: int) -> None:
        self.smoothing = percent / 100
        QSettings().setValue(_SMOOTHING, percent)
        self.slider.setToolTip(
            f"Exponential moving average, {percent}% of the last value" if percent else "No smoothing"
        )
        self.refresh()
