"""ROC and precision-recall curves of one class, with a threshold to try."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from engine.data import Signature
from engine.data.describe import target_names
from engine.judging.ranking import Counts
from engine.losses import BinaryCrossEntropy, Loss
from nnstudio.store import Store
from nnstudio.training.requests.score_curves import ScoreCurves, ScoreCurvesPicture
from nnstudio.training.split import Split
from nnstudio.ui.jump_slider import JumpSlider
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.steady_label import StillLabel
from nnstudio.ui.theme import theme
from nnstudio.views.crosshair import place_on
from nnstudio.views.judging.page import JudgingPage, NameChoice, class_words
from nnstudio.views.judging.unit_plot import UnitPlot
from nnstudio.views.matrix import MatrixCanvas
from nnstudio.views.plotting import Header, column, short
from nnstudio.views.scatter import ScatterPlot

Array = NDArray[Any]

# From these widths on, controls stand beside the text, and the table of the threshold beside the curves.
_WIDE, _TABLE_FROM, _TABLE_WIDTH = 420, 620, 190
_STEPS = 1000
# Width that the slider keeps, in pixels.
_SLIDER = 70


class _CurvePlot(UnitPlot):
    """Plot of one curve in the unit square, with a dot at the threshold."""

    def __init__(self, name: str, bottom: str, left: str) -> None:
        super().__init__(name)
        self.set_titles(bottom=bottom, left=left)
        self.chance = pg.PlotCurveItem()
        self.curve = pg.PlotCurveItem()
        self.dot = ScatterPlot(size=11)
        for item in (self.chance, self.curve, self.dot):
            self.addItem(item)
        self.x, self.y = np.zeros(0), np.zeros(0)
        self.restyled.connect(self._dress)
        self._dress()

    def show_curve(self, x: Array, y: Array, *, steps: bool) -> None:
        """Show a curve (n,); as `steps` each value of y holds from the x before it."""
        self.x, self.y = x, y
        if steps and len(x):
            x, y = np.repeat(np.concatenate([[0.0], x]), 2)[1:-1], np.repeat(y, 2)
        known = np.isfinite(x) & np.isfinite(y)
        self.curve.setData(x[known], y[known])

    def nearest(self, place: QPointF) -> int | None:
        """Index of the point of the curve nearest to a place."""
        away = np.hypot(self.x - place.x(), self.y - place.y())
        return int(away.argmin()) if len(away) and np.isfinite(away).all() else None

    def _dress(self) -> None:
        colours = theme().colours
        self.chance.setPen(pg.mkPen(colours.muted, width=1, style=Qt.PenStyle.DashLine))
        self.curve.setPen(pg.mkPen(colours.measure, width=2))
        self.dot.setBrush(colours.accent)
        self.dot.setPen(pg.mkPen(colours.canvas, width=2))


class CurvesPage(JudgingPage):
    """Page of the curves over all thresholds, and of the counts at one.

    Attributes:
        label: the class against the rest. cut: the threshold that is tried; None for that of the loss.
    """

    title = "ROC"
    help = "ROC and precision-recall curves of one class against the rest, and what another threshold would give"

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.cut: float | None = None
        self.choice = NameChoice("curveClass", "Class against the rest")
        self.roc = _CurvePlot("ROC curve", "false positive rate", "true positive rate")
        self.roc.setObjectName("rocCurve")
        self.roc.chance.setData([0, 1], [0, 1])
        self.precision = _CurvePlot("Precision-recall curve", "recall", "precision")
        self.precision.setObjectName("precisionCurve")
        self.matrix = MatrixCanvas()
        self.matrix.setObjectName("thresholdMatrix")
        self.matrix.setAccessibleName("Confusion matrix at the threshold")
        self.matrix.setFixedWidth(_TABLE_WIDTH)
        self.slider = JumpSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("thresholdSlider")
        self.slider.setAccessibleName("Threshold")
        self.slider.setToolTip("Threshold: a score above it counts as this class. It changes nothing in the network.")
        self.slider.setRange(0, _STEPS)
        self.slider.setPageStep(_STEPS // 20)
        self.slider.setMinimumWidth(_SLIDER)
        self.value = StillLabel("Threshold on display")
        self.counts = StillLabel("Counts at the threshold", yields=True)
        pictures = QWidget()
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight, pictures)
        self._across.setContentsMargins(0, 0, 0, 0)
        self._across.setSpacing(0)
        for widget in (self.roc, self.precision):
            self._across.addWidget(widget, 1)
        self._across.addWidget(self.matrix)
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(8, 2, 8, 4)
        row.setSpacing(8)
        row.addWidget(self.value)
        row.addWidget(self.slider, 1)
        row.addWidget(self.counts, 3)
        layout = column(self, Header(self.info, self.choice, wide_from=_WIDE), pictures, foot)
        layout.setStretch(1, 1)
        self.picture: ScoreCurvesPicture | None = None
        for plot in (self.roc, self.precision):
            self.make_inspectable(plot.viewport(), self.info, owner=plot, fit=plot.follow)
            plot.scene().sigMouseClicked.connect(lambda event, plot=plot: self._click(plot, event))
        self.make_inspectable(self.matrix)
        self.choice.activated.connect(lambda: self._choose_class())
        self.slider.valueChanged.connect(self._slide)
        store.opened.connect(self._begin)

    @classmethod
    def suits(cls, signature: Signature, loss: Loss) -> bool:
        # Without classes, this loss takes targets that are 0 or 1, each on its own.
        return bool(signature.classes) or isinstance(loss, BinaryCrossEntropy)

    @property
    def label(self) -> int:
        """Class against the rest."""
        return max(self.choice.currentIndex(), 0)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the classes, or of the outputs where several may hold."""
        return tuple(self.choice.itemText(place) for place in range(self.choice.count()))

    def take_data(self, split: Split) -> None:
        super().take_data(split)
        names = tuple(map(class_words, split.train.classes)) or target_names(split.train)
        # Of a yes or no, the yes.
        if self.choice.show_names(names, 1 if len(split.train.classes) == 2 else 0):
            self._begin()

    def request(self) -> ScoreCurves:
        return ScoreCurves(self.threshold, self.label, part=self.store.judged_part)

    def show_answer(self, answer: ScoreCurvesPicture) -> None:
        if answer.label != self.label or not self.names:
            return
        self.picture = answer
        self.roc.show_curve(*answer.roc, steps=False)
        self.precision.show_curve(*answer.precision_recall, steps=True)
        total = answer.ranking.positives + answer.ranking.negatives
        share = answer.ranking.positives / max(total, 1)
        # A score that says nothing has the share of the class as its precision, whatever the threshold.
        self.precision.chance.setData([0, 1], [share, share])
        self._tell_areas(answer)
        self._place_slider()
        self._show_cut()

    def _tell_areas(self, answer: ScoreCurvesPicture) -> None:
        area, precision = (f"{value:.3f}" if math.isfinite(value) else "unknown" for value in answer.areas)
        name = self.names[self.label]
        if not answer.ranking.positives or not answer.ranking.negatives:
            missing = "none" if not answer.ranking.positives else "nothing but"
            self.tell(f"There is {missing} {name} here, so there is no curve", "No curve", answer)
            return
        note = (
            "\nArea: the chance that a sample of this class scores above one of the rest."
            "\nDashed: a score that says nothing."
        )
        self.tell(
            f"{name}: area under ROC {area}, average precision {precision}",
            f"ROC area {area}, AP {precision}",
            answer,
            note,
        )

    # The threshold

    @property
    def span(self) -> tuple[float, float]:
        """Ends of the slider: 0 and 1 for scores that lie between them, else the least and the largest score."""
        low, high = (0.0, 1.0) if self.picture is None else self.picture.span
        return (0.0, 1.0) if low >= 0 and high <= 1 else (min(low, self.threshold), max(high, self.threshold))

    @property
    def shown_cut(self) -> float:
        """Threshold on display."""
        return self.threshold if self.cut is None else self.cut

    def _begin(self) -> None:
        self.cut = None
        self._place_slider()

    def _choose_class(self) -> None:
        self.picture, self.cut = None, None
        self.requests_changed.emit()

    def _place_slider(self) -> None:
        low, high = self.span
        if not self.slider.isSliderDown():
            blocked = self.slider.blockSignals(True)
            self.slider.setValue(round((self.shown_cut - low) / max(high - low, 1e-12) * _STEPS))
            self.slider.blockSignals(blocked)

    def _slide(self, value: int) -> None:
        low, high = self.span
        self.cut = low + (high - low) * value / _STEPS
        self._show_cut()

    def _click(self, plot: _CurvePlot, event: Any) -> None:
        """Set the threshold to that of the point of a curve that was clicked."""
        box = plot.getViewBox()
        if event.button() != Qt.MouseButton.LeftButton or not box.sceneBoundingRect().contains(event.scenePos()):
            return
        found = self._threshold_at(plot, box.mapSceneToView(event.scenePos()))
        if found is not None:
            # A little lower, since only what is above it counts.
            self.cut = math.nextafter(found, -math.inf)
            self._place_slider()
            self._show_cut()

    def _threshold_at(self, plot: _CurvePlot, place: QPointF) -> float | None:
        """Score of the last sample that counts at the nearest point of a curve; None where there is none."""
        picture, index = self.picture, plot.nearest(place)
        if picture is None or index is None:
            return None
        ranking = picture.ranking
        if plot is self.precision:
            at = int(np.searchsorted(ranking.hits, round(plot.x[index] * ranking.positives)))
            exact = np.isclose(ranking.precision_recall[1], plot.y[index]) & np.isclose(
                ranking.precision_recall[0], plot.x[index]
            )
            at = int(exact.argmax()) if exact.any() else at
        else:
            sums = ranking.hits + ranking.false_alarms
            wanted = round(plot.x[index] * ranking.negatives) + round(plot.y[index] * ranking.positives)
            at = int(np.searchsorted(sums, wanted))
        return float(ranking.thresholds[min(at, len(ranking.thresholds) - 1)])

    def _show_cut(self) -> None:
        picture = self.picture
        if picture is None:
            return
        counts = picture.ranking.above(self.shown_cut)
        known = picture.ranking.positives > 0 and picture.ranking.negatives > 0
        self.roc.dot.setData([counts.false_positive_rate] if known else [], [counts.recall] if known else [])
        said = known and counts.true_positives + counts.false_positives > 0
        self.precision.dot.setData([counts.recall] if said else [], [counts.precision] if said else [])
        name = self.names[self.label]
        table = np.array(
            [[counts.true_negatives, counts.false_positives], [counts.false_negatives, counts.true_positives]]
        )
        other = self.names[1 - self.label] if len(self.names) == 2 else "the rest"
        self.matrix.show_counts(table, (other, name), as_shares=False)
        text, above = cut_text(counts), f"Above {short(self.shown_cut, 3)}"
        self.value.setText(above)
        brief = f"recall {counts.recall:.0%}, precision {counts.precision:.0%}, F1 {counts.f1:.2f}"
        self.counts.setText(text, brief)
        self.counts.setToolTip(f"{above}: {text}")
        self.slider.setAccessibleDescription(f"{above}: {text}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.matrix.setVisible(self.width() >= _TABLE_FROM)
        tall = self.height() > 1.3 * self.width()
        self._across.setDirection(QBoxLayout.Direction.TopToBottom if tall else QBoxLayout.Direction.LeftToRight)

    # Reading

    def read(self, canvas: QWidget, point: QPointF) -> str:
        if canvas is self.matrix:
            return self._read_matrix(point)
        plot = self.roc if canvas is self.roc.viewport() else self.precision
        place = place_on(plot, point)
        if place is None or self.picture is None:
            return ""
        index = plot.nearest(place)
        if index is None:
            return ""
        across, up = ("false positive rate", "true positive rate") if plot is self.roc else ("recall", "precision")
        lines = [f"{up} {plot.y[index]:.3f} at {across} {plot.x[index]:.3f}"]
        cut = self._threshold_at(plot, place)
        if cut is not None:
            lines.append(f"scores from {short(cut, 3)} on count as {self.names[self.label]}; click to try that")
        return "\n".join(lines)

    def _read_matrix(self, point: QPointF) -> str:
        row, column_ = self.matrix.cell_at(point)
        if row < 0:
            return ""
        kind = (("true negatives", "false positives"), ("false negatives", "true positives"))[row][column_]
        return f"{kind}: {int(self.matrix.counts[row, column_]):,}"

    def table(self) -> NumberTable | None:
        picture = self.picture
        if picture is None:
            return None
        ranking = picture.ranking

        def lines() -> Iterable[Sequence[object]]:
            rates, found = ranking.roc, ranking.precision_recall
            for place, threshold in enumerate(ranking.thresholds.tolist()):
                yield (threshold, rates[0][place + 1], rates[1][place + 1], found[1][place], found[0][place])

        return NumberTable(("score from", "false positive rate", "true positive rate", "precision", "recall"), lines)

    def caption(self) -> str:
        return f"ROC and precision-recall of {self.names[self.label]}" if self.names else self.title


def cut_text(counts: Counts) -> str:
    """Counts at a threshold in a line."""
    positives = counts.true_positives + counts.false_negatives
    return (
        f"{counts.true_positives:,} of {positives:,} found (recall {counts.recall:.1%}), "
        f"{counts.false_positives:,} false alarms (precision {counts.precision:.1%}), F1 {counts.f1:.3f}"
    )
