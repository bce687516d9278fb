"""Calibration: predicted probabilities against how often they came true."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.data import Signature
from engine.losses import Loss
from nnstudio.store import Store
from nnstudio.training.requests.calibration_curve import CalibrationCurve, CalibrationPicture
from nnstudio.training.split import Split
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.theme import theme
from nnstudio.views.crosshair import place_on
from nnstudio.views.judging.page import JudgingPage, NameChoice, class_words
from nnstudio.views.judging.unit_plot import UnitPlot
from nnstudio.views.plotting import Header, column
from nnstudio.views.scatter import ScatterPlot

_WIDE, _FAINT = 420, 70
PREDICTED = "Predicted class"
_NOTE = (
    "\nOn the dashed line, what is predicted with 80 % comes true in 80 of 100 cases."
    " Below it, the network is too sure."
    "\nExpected calibration error: the mean distance from that line. Brier score: mean squared distance of the"
    " probabilities from what came true. For both, 0 is best."
)


class CalibrationPage(JudgingPage):
    """Page of the reliability diagram of one class, or of the predicted class."""

    title = "Calibration"
    help = "How often what is predicted with 80 % comes true"

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.choice = NameChoice("calibrationClass", "Class whose probability is judged")
        self.plot = UnitPlot("Reliability diagram")
        self.plot.setObjectName("calibrationPlot")
        self.plot.set_titles(bottom="predicted probability", left="fraction that came true")
        self.ideal = pg.PlotCurveItem([0, 1], [0, 1])
        # How many samples each bin has, as a share of the fullest, behind the rest.
        self.bars = pg.BarGraphItem(x=[], height=[], width=0.1)
        self.line = pg.PlotCurveItem(connect="finite")
        self.dots = ScatterPlot(size=9)
        for item in (self.bars, self.ideal, self.line, self.dots):
            self.plot.addItem(item)
        column(self, Header(self.info, self.choice, wide_from=_WIDE), self.plot).setStretch(1, 1)
        self.picture: CalibrationPicture | None = None
        self.make_inspectable(self.plot.viewport(), self.info, owner=self.plot, fit=self.plot.follow)
        self.choice.activated.connect(lambda: self.requests_changed.emit())
        self.plot.restyled.connect(self._dress)
        self._dress()

    @classmethod
    def suits(cls, signature: Signature, loss: Loss) -> bool:
        return bool(signature.classes)

    @property
    def label(self) -> int | None:
        """Class whose probability is judged; None for the predicted one."""
        place = self.choice.currentIndex()
        return place - 1 if place > 0 else None

    def take_data(self, split: Split) -> None:
        super().take_data(split)
        # Of a yes or no, the yes: the predicted class would be one half or more, and hide the other half.
        self.choice.show_names(
            (PREDICTED, *map(class_words, split.train.classes)), 2 if len(split.train.classes) == 2 else 0
        )

    def request(self) -> CalibrationCurve:
        return CalibrationCurve(self.threshold, self.label, part=self.store.judged_part)

    def show_answer(self, answer: CalibrationPicture) -> None:
        if answer.label != self.label:
            return
        self.picture = answer
        found = answer.calibration
        filled = found.counts > 0
        x, y = found.confidence[filled], found.frequency[filled]
        self.line.setData(x, y)
        self.dots.setData(x, y)
        middle = (found.edges[1:] + found.edges[:-1]) / 2
        width = float(found.edges[1] - found.edges[0]) * 0.9
        self.bars.setOpts(x=middle, height=found.counts / max(int(found.counts.max()), 1), width=width)
        error = found.expected_error
        text = f"Expected calibration error {error:.3f}, Brier score {answer.brier:.3f}"
        self.tell(
            text, f"ECE {error:.3f}, Brier {answer.brier:.3f}", answer, f"{_NOTE}\nBars: how many samples each bin has."
        )
        self.plot.setAccessibleDescription(text)

    def _dress(self) -> None:
        colours = theme().colours
        faint = QColor(colours.muted)
        faint.setAlpha(_FAINT)
        self.bars.setOpts(brush=faint, pen=None)
        self.ideal.setPen(pg.mkPen(colours.muted, width=1, style=Qt.PenStyle.DashLine))
        self.line.setPen(pg.mkPen(colours.measure, width=2))
        self.dots.setBrush(colours.measure)
        self.dots.setPen(pg.mkPen(colours.canvas, width=1))

    def reading(self, point: QPointF) -> str:
        place, picture = place_on(self.plot, point), self.picture
        if place is None or picture is None:
            return ""
        found = picture.calibration
        number = int(np.clip(place.x() * len(found.counts), 0, len(found.counts) - 1))
        low, high = found.edges[number], found.edges[number + 1]
        first = f"predicted with {low:.0%} to {high:.0%}: {int(found.counts[number]):,} samples"
        if not found.counts[number]:
            return first
        return f"{first}\n{found.confidence[number]:.1%} on average; {found.frequency[number]:.1%} came true"

    def table(self) -> NumberTable | None:
        picture = self.picture
        if picture is None:
            return None
        found = picture.calibration

        def lines() -> Iterable[Sequence[object]]:
            for number, count in enumerate(found.counts.tolist()):
                means = (found.confidence[number], found.frequency[number]) if count else (None, None)
                yield (found.edges[number], found.edges[number + 1], count, *means)

        return NumberTable(("from", "to", "samples", "mean probability", "came true"), lines)

    def caption(self) -> str:
        return f"Calibration: {self.choice.currentText().lower()}" if self.choice.count() else self.title
