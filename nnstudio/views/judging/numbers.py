"""Predicted against true numbers, and residuals, in the units of the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from engine.data import Signature
from engine.data.describe import target_names
from engine.losses import Loss
from nnstudio.document.probe import SampleRef
from nnstudio.store import Store
from nnstudio.training.requests.number_errors import NumberErrors, NumberErrorsPicture
from nnstudio.training.sample_text import probe_text, rounded
from nnstudio.training.split import Split
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.theme import theme
from nnstudio.views.crosshair import place_on
from nnstudio.views.judging.page import JudgingPage, NameChoice
from nnstudio.views.plotting import Header, ThemedPlot, column, short
from nnstudio.views.spaces.plot import SpacePlot

_WIDE = 420


class _NumbersPage(JudgingPage):
    """Base of the pages about one target: a cloud of samples, with a line on which they should lie."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.choice = NameChoice(f"{type(self).__name__}Target", "Number that is predicted")
        self.plot = SpacePlot(self.title)
        self.line = pg.InfiniteLine(angle=45, movable=False)
        self.line.setZValue(-5)
        self.plot.addItem(self.line, ignoreBounds=True)
        self.picture: NumberErrorsPicture | None = None
        self.make_inspectable(self.plot.viewport(), self.info, owner=self.plot, fit=self.plot.follow)
        self.choice.activated.connect(lambda: self._choose_target())
        self.plot.clicked.connect(self._choose_sample)
        self.plot.restyled.connect(self._dress)
        store.sample_changed.connect(self._mark)
        self._dress()

    @classmethod
    def suits(cls, signature: Signature, loss: Loss) -> bool:
        return not signature.classes

    @property
    def target(self) -> int:
        """Number of the target on display, from 0."""
        return max(self.choice.currentIndex(), 0)

    def take_data(self, split: Split) -> None:
        if split is not self.split:
            self.plot.forget_range()
        super().take_data(split)
        self.choice.show_names(target_names(split.train))

    def request(self) -> NumberErrors:
        return NumberErrors(self.target, part=self.store.judged_part)

    def _choose_target(self) -> None:
        self.picture = None
        self.plot.forget_range()
        self.requests_changed.emit()

    def places(self, picture: NumberErrorsPicture) -> np.ndarray:
        """Places of the samples on the plot, (n, 2)."""
        raise NotImplementedError

    def show_answer(self, answer: NumberErrorsPicture) -> None:
        if answer.target != self.target or self.split is None:
            return
        self.picture = answer
        places = self.places(answer)
        colour = pg.mkColor(theme().colours.measure)
        colours = np.tile(np.array([colour.red(), colour.green(), colour.blue()], np.uint8), (len(places), 1))
        self.plot.show_points(places, colours, len(places), outlined=False)
        self._mark()

    def _mark(self) -> None:
        """Ring around the probe."""
        picture, probe = self.picture, self.store.sample
        chosen = np.zeros(0, bool) if picture is None else np.zeros(len(picture.indices), bool)
        if picture is not None and isinstance(probe, SampleRef) and probe.part == picture.part:
            chosen = picture.indices == probe.index
        if len(self.plot.places) == len(chosen):
            self.plot.show_marks(np.zeros((0, 2)), self.plot.places[chosen])

    def _choose_sample(self, index: int) -> None:
        if self.picture is not None:
            self.store.choose_sample(SampleRef(self.picture.part, int(self.picture.indices[index])))

    def _dress(self) -> None:
        self.line.setPen(pg.mkPen(theme().colours.muted, width=1, style=Qt.PenStyle.DashLine))
        if self.picture is not None:
            self.show_answer(self.picture)

    @property
    def name(self) -> str:
        """Name of the target."""
        return self.choice.currentText() or "target"

    def reading(self, point: QPointF) -> str:
        place, picture = place_on(self.plot, point), self.picture
        index = None if place is None or picture is None else self.plot.index_at(place)
        if place is None or picture is None:
            return ""
        if index is None:
            return f"{short(place.x(), 3)}, {short(place.y(), 3)}"
        ref = SampleRef(picture.part, int(picture.indices[index]))
        true, said = float(picture.true[index]), float(picture.said[index])
        lines = [probe_text(ref, self.split), f"true {rounded(true)}, predicted {rounded(said)}"]
        return "\n".join([*lines, f"residual {rounded(true - said)}", "Click to make it the probe"])

    def table(self) -> NumberTable | None:
        picture = self.picture
        if picture is None:
            return None

        def lines() -> Iterable[Sequence[object]]:
            for index, true, said in zip(picture.indices.tolist(), picture.true, picture.said, strict=True):
                yield (picture.part, index + 1, true, said, true - said)

        return NumberTable(("part", "sample", "true", "predicted", "residual"), lines)

    def caption(self) -> str:
        return f"{self.title}: {self.name}"


class PredictedPage(_NumbersPage):
    """Page of predicted against true numbers."""

    title = "Predicted"
    help = "Predicted against true numbers, in the units of the data; on the dashed line, the two are equal"

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.plot.setObjectName("predictedPlot")
        column(self, Header(self.info, self.choice, wide_from=_WIDE), self.plot).setStretch(1, 1)

    def places(self, picture: NumberErrorsPicture) -> np.ndarray:
        return np.stack([picture.true, picture.said], axis=1)

    def show_answer(self, answer: NumberErrorsPicture) -> None:
        super().show_answer(answer)
        if answer is not self.picture:
            return
        self.plot.set_titles(bottom=f"true {self.name}", left=f"predicted {self.name}")
        low, high = (pick(float(pick(answer.true)), float(pick(answer.said))) for pick in (min, max))
        # Both axes have the same range, so that the line of equal numbers goes from corner to corner.
        self.plot.frame_all(np.array([[low, low], [high, high]]), alike=False)
        errors = answer.errors
        figures = f"R² {rounded(errors.r2)}, mean absolute error {rounded(errors.mae)}, RMSE {rounded(errors.rmse)}"
        self.tell(figures, f"R² {rounded(errors.r2)}", answer)
        self.plot.setAccessibleDescription(figures)


class ResidualsPage(_NumbersPage):
    """Page of residuals over the predictions, and of their distribution."""

    title = "Residuals"
    help = "True value less prediction: without a pattern, and as often above zero as below, if all was learnt"

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.plot.setObjectName("residualPlot")
        self.line.setAngle(0)
        self.spread = ThemedPlot("Distribution of the residuals")
        self.spread.setObjectName("residualBars")
        self.bars = pg.BarGraphItem(x=[], height=[], width=1)
        self.zero = pg.InfiniteLine(angle=90, movable=False)
        self.spread.addItem(self.bars)
        self.spread.addItem(self.zero, ignoreBounds=True)
        pictures = QWidget()
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight, pictures)
        self._across.setContentsMargins(0, 0, 0, 0)
        self._across.setSpacing(0)
        self._across.addWidget(self.plot, 3)
        self._across.addWidget(self.spread, 2)
        column(self, Header(self.info, self.choice, wide_from=_WIDE), pictures).setStretch(1, 1)
        self.make_inspectable(self.spread.viewport(), self.info, owner=self.spread, fit=self.spread.follow)
        self.spread.restyled.connect(self._dress_bars)
        self._dress_bars()

    def places(self, picture: NumberErrorsPicture) -> np.ndarray:
        return np.stack([picture.said, picture.true - picture.said], axis=1)

    def show_answer(self, answer: NumberErrorsPicture) -> None:
        super().show_answer(answer)
        if answer is not self.picture:
            return
        places = self.places(answer)
        # Zero is always in sight.
        reach = float(np.abs(places[:, 1]).max()) or 1.0
        ends = np.array([[places[:, 0].min(), -reach], [places[:, 0].max(), reach]])
        self.plot.frame_all(ends, alike=False)
        self.plot.set_titles(bottom=f"predicted {self.name}", left="residual")
        edges, counts = answer.edges, answer.bars
        self.bars.setOpts(x=(edges[1:] + edges[:-1]) / 2, height=counts, width=float(edges[1] - edges[0]) * 0.92)
        self.spread.set_titles(bottom="residual", left="samples")
        low, high = min(float(edges[0]), 0.0), max(float(edges[-1]), 0.0)
        self.spread.fit(low, high, 0, 1.08 * max(int(counts.max()), 1))
        errors = answer.errors
        figures = f"Mean residual {rounded(errors.bias)}, RMSE {rounded(errors.rmse)}, R² {rounded(errors.r2)}"
        self.tell(figures, f"RMSE {rounded(errors.rmse)}", answer, "\nResidual: true value less prediction.")
        self.plot.setAccessibleDescription(figures)

    def read(self, canvas: QWidget, point: QPointF) -> str:
        if canvas is not self.spread.viewport():
            return self.reading(point)
        place, picture = place_on(self.spread, point), self.picture
        if place is None or picture is None or not picture.edges[0] <= place.x() <= picture.edges[-1]:
            return ""
        number = min(int(np.searchsorted(picture.edges, place.x(), side="right")) - 1, len(picture.bars) - 1)
        low, high = float(picture.edges[number]), float(picture.edges[number + 1])
        return f"residual {rounded(low)} to {rounded(high)}: {int(picture.bars[number]):,} samples"

    def _dress_bars(self) -> None:
        colours = theme().colours
        self.bars.setOpts(brush=colours.measure, pen=None)
        self.zero.setPen(pg.mkPen(colours.muted, width=1, style=Qt.PenStyle.DashLine))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        tall = self.height() > 1.3 * self.width()
        self._across.setDirection(QBoxLayout.Direction.TopToBottom if tall else QBoxLayout.Direction.LeftToRight)
