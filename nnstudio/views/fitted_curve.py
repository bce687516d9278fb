"""Fitted curve: the network's outputs over its one input, with the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from engine.data import Data, Signature
from nnstudio.document.probe import OwnSample, Part, SampleRef
from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.response_curve import CurvePicture, ResponseCurve
from nnstudio.training.split import Split
from nnstudio.ui.colours import class_colour
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.theme import theme
from nnstudio.views.answer_view import AnswerView
from nnstudio.views.base import brief
from nnstudio.views.boundary.data_points import chosen_of
from nnstudio.views.boundary.probe_mark import ProbeMark
from nnstudio.views.crosshair import Crosshair, nearest, place_on
from nnstudio.views.plotting import Mark, RichLabel, ThemedPlot, column, short
from nnstudio.views.scatter import ScatterPlot

Array = NDArray[Any]

# Room around the data, as a share of their width: there one sees what the network makes up.
_MARGIN = 0.15
# A click so near to a point, in pixels, means the sample.
_REACH = 8
# An arrow key moves the probe by this share of the width.
_KEY_STEP = 1 / 60
_ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
# Curves of more outputs than these would be a tangle.
_MOST_CURVES = 10
_PARTS: tuple[Part, ...] = ("train", "validation", "test")


class FittedCurveView(AnswerView):
    """View of a function of one input: the network's, as a curve, through the samples.

    Of classes, it draws each output, and the samples at 1; of two classes, those of the first at 0. A click makes the
    sample there the probe; with the plot focused, the arrow keys move it.
    """

    dock_name = "curveView"
    title = "Fitted curve"
    saying = "the network's answer along its input"
    group = "network"
    rank = 52
    min_interval = 1 / 30
    needs = "a table with one input"
    waiting = "The curve appears as soon as the network is ready to train."
    drawn_without_answer = True

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.legend = RichLabel("Points and curves")
        self.legend.setWordWrap(True)
        self.legend.setContentsMargins(8, 3, 8, 3)
        self.legend.setToolTip("Click: look at the sample there; the arrow keys move it along the curve.")
        self.plot = ThemedPlot("Fitted curve")
        self.plot.setObjectName("curvePlot")
        self.points = {part: ScatterPlot(pxMode=True, size=6) for part in _PARTS}
        self.curves = [pg.PlotCurveItem() for _ in range(_MOST_CURVES)]
        for order, item in enumerate((*self.points.values(), *self.curves)):
            item.setZValue(order)
            self.plot.addItem(item)
        self.probe_mark = ProbeMark(self.plot)
        self.crosshair = Crosshair(self.plot)
        self.split: Split | None = None
        # The drawn samples of each part: their numbers, and places (n, 2).
        self._marks: dict[Part, tuple[Array, Array]] = {}
        self._range: tuple[float, float] | None = None
        # How many numbers the network that was drawn last gives; 0 before the first.
        self._outputs = 0
        content = QWidget()
        column(content, self.legend, self.plot)
        self.set_content(content)
        inspection = self.make_inspectable(self.plot.viewport(), self.legend, owner=self.plot, fit=self.plot.follow)
        inspection.readout.gone.connect(self.crosshair.hide)
        self.plot.scene().sigMouseClicked.connect(self._click)
        self.plot.installEventFilter(self)
        self.plot.restyled.connect(self._restyle)
        store.sample_changed.connect(self._mark_probe)

    @classmethod
    def suits(cls, signature: Signature) -> bool:
        return signature.shown_shape == (1,)

    def request(self) -> ResponseCurve | None:
        return None if self._range is None else ResponseCurve(*self._range)

    def hindrance(self, snapshot: Snapshot) -> str:
        data, signature = snapshot.data, self.store.analysis.signature
        if data is None or not len(data.train) or data.train.shown.shape[1:] != (1,):
            self.split = self._range = None
            return brief(snapshot.message) or self.waiting
        if signature is not None and not self.suits(signature):
            # The last snapshot of the data that were there before.
            self.split = self._range = None
            return self.waiting
        if data is not self.split:
            self._take_split(data)
        return ""

    def show_answer(self, answer: CurvePicture | None) -> None:
        outputs = 0 if answer is None else answer.values.shape[1]
        if outputs not in (0, self._outputs):
            self._outputs = outputs
            self._restyle()
        shown = min(outputs, _MOST_CURVES)
        for index, curve in enumerate(self.curves):
            if answer is not None and index < shown:
                curve.setData(answer.x, answer.values[:, index])
            else:
                curve.setData([], [])
        self._mark_probe()

    def _take_split(self, split: Split) -> None:
        self.split, self.answer = split, None
        self._marks = {}
        for part in _PARTS:
            data = split.part(part)
            if data is not None:
                chosen = chosen_of(data)
                self._marks[part] = chosen, _places(data)[chosen]
        every = np.concatenate([_places(data) for data in split.parts])
        (x0, y0), (x1, y1) = every.min(axis=0), every.max(axis=0)
        across, up = float(x1 - x0) or 2.0, float(y1 - y0) or 2.0
        self._range = float(x0) - _MARGIN * across, float(x1) + _MARGIN * across
        self.plot.fit(*self._range, float(y0) - _MARGIN * up, float(y1) + _MARGIN * up)
        self.plot.follow()
        self.plot.set_titles(bottom=self._name, left="output" if split.train.classes else "target")
        self._restyle()
        self.requests_changed.emit()

    # Reading, clicking, keys

    def reading(self, point: QPointF) -> str:
        place = place_on(self.plot, point)
        if place is None or self.split is None:
            self.crosshair.hide()
            return ""
        sample = self._sample_near(place)
        x, lines = place.x(), []
        if sample is not None:
            data = self.split.part(sample.part)
            assert data is not None
            x = float(data.shown[sample.index, 0])
            lines.append(f"{sample.title}: {_target(data, sample.index)}")
        self.crosshair.show_at(x)
        lines.append(f"{self._name} = {short(x)}")
        outputs = self._outputs_at(x)
        if outputs is not None:
            names = self._curve_names(len(outputs))
            lines += [f"{name}: {short(value)}" for name, value in zip(names, outputs.tolist(), strict=False)]
        return "\n".join(lines)

    def table(self) -> NumberTable | None:
        answer = self.answer
        if not isinstance(answer, CurvePicture):
            return None
        rows = np.column_stack([answer.x, answer.values]).tolist()
        return NumberTable((self._name, *self._curve_names(answer.values.shape[1])), lambda: rows)

    @property
    def _name(self) -> str:
        features = () if self.split is None else self.split.train.shown_features
        return features[0] if features else "x"

    def _curve_names(self, count: int) -> list[str]:
        classes = () if self.split is None else self.split.train.classes
        if len(classes) == count and count > 1:
            return [f"output of class {name}" for name in classes]
        return ["prediction"] if count == 1 else [f"prediction {index + 1}" for index in range(count)]

    def _outputs_at(self, x: float) -> Array | None:
        """Outputs at the place of the curve nearest to x, (K,); None beyond its ends, or before the first answer."""
        answer = self.answer
        if not isinstance(answer, CurvePicture) or not answer.x[0] <= x <= answer.x[-1]:
            return None
        found: Array = answer.values[nearest(answer.x, x)]
        return found

    def _sample_near(self, place: QPointF) -> SampleRef | None:
        across, up = self.plot.getViewBox().viewPixelSize()
        best: tuple[float, SampleRef] | None = None
        for part, (numbers, places) in self._marks.items():
            away = np.hypot(*((places - (place.x(), place.y())) / (across, up)).T)
            index = int(np.argmin(away))
            if away[index] <= _REACH and (best is None or away[index] < best[0]):
                best = float(away[index]), SampleRef(part, int(numbers[index]))
        return None if best is None else best[1]

    def _click(self, event: Any) -> None:
        box = self.plot.getViewBox()
        inside = box.sceneBoundingRect().contains(event.scenePos())
        if event.button() != Qt.MouseButton.LeftButton or event.double() or not inside:
            return
        place = box.mapSceneToView(event.scenePos())
        self.store.choose_sample(self._sample_near(place) or OwnSample((float(place.x()),)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys move the probe along the curve."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent) or watched is not self.plot:
            return super().eventFilter(watched, event)
        way, x = _ARROWS.get(Qt.Key(event.key())), self._probe_x()
        if way is None or x is None or self._range is None:
            return super().eventFilter(watched, event)
        low, high = self._range
        self.store.choose_sample(OwnSample((min(max(x + way * (high - low) * _KEY_STEP, low), high),)))
        return True

    # Drawing

    def _probe_x(self) -> float | None:
        sample = None if self.split is None else self.split.sample(self.store.probe)
        return None if sample is None or sample.shown.shape != (1,) else float(sample.shown[0])

    def _mark_probe(self) -> None:
        """The probe's mark: at its sample, or on the curve where it has no target."""
        x = self._probe_x()
        sample = None if self.split is None else self.split.sample(self.store.probe)
        if x is None or sample is None or self.split is None:
            self.probe_mark.show_at(None)
            return
        if sample.shown_y is not None:
            y = float(_heights(self.split.train, sample.shown_y)[0])
        else:
            outputs = self._outputs_at(x)
            y = 0.0 if outputs is None else float(outputs[0])
        self.probe_mark.show_at((x, y))
        self.plot.setAccessibleDescription(f"Probe: {self.named(self.store.probe)}, at {self._name} {short(x)}")

    def _restyle(self) -> None:
        colours = theme().colours
        self.probe_mark.restyle()
        classes = () if self.split is None else self.split.train.classes
        several = len(classes) > 1
        for index, curve in enumerate(self.curves):
            colour = class_colour(colours, index).name() if several and not self._single else colours.accent
            curve.setPen(pg.mkPen(colour, width=2.5))
        for part, item in self.points.items():
            self._restyle_points(part, item)
        self._show_legend()

    @property
    def _single(self) -> bool:
        """One output tells two classes apart."""
        return self._outputs == 1

    def _restyle_points(self, part: Part, item: ScatterPlot) -> None:
        data = None if self.split is None else self.split.part(part)
        if data is None or part not in self._marks:
            item.setData([])
            return
        colours, (numbers, places) = theme().colours, self._marks[part]
        hollow = part != "train"
        fills = [class_colour(colours, int(data.y[number])).name() for number in numbers] if data.classes else None
        inks = fills or [colours.muted if not hollow else colours.text] * len(numbers)
        item.setData(
            x=places[:, 0],
            y=places[:, 1],
            symbol={"train": "o", "validation": "s", "test": "t1"}[part],
            pen=[pg.mkPen(ink, width=1.5) if hollow else pg.mkPen(colours.canvas, width=0.5) for ink in inks],
            brush=[pg.mkBrush(colours.canvas if hollow else ink) for ink in inks],
        )

    def _show_legend(self) -> None:
        if self.split is None:
            return
        colours, classes = theme().colours, self.split.train.classes
        entries: list[Mark] = [
            ("●", class_colour(colours, index).name(), name) for index, name in enumerate(classes[:_MOST_CURVES])
        ] or [("●", colours.muted, "Train")]
        if self.split.validation is not None:
            entries.append(("□", colours.text, "Validation"))
        if self.split.test is not None:
            entries.append(("△", colours.text, "Test"))
        if not classes or self._single:
            entries.append(("━", colours.accent, "the network"))
        self.legend.show_marks(entries)


def _heights(data: Data, y: Array) -> Array:
    """Heights (N,) at which targets are drawn: numbers as they are, two classes at 0 and 1, more of them at 1."""
    if not data.classes:
        return y[:, 0] if y.ndim == 2 else y
    return y if len(data.classes) == 2 else np.ones(len(y))


def _places(data: Data) -> Array:
    """Places (N, 2) of samples: the input across, the target up."""
    return np.column_stack([data.shown[:, 0], _heights(data, data.shown_y)]).astype(float)


def _target(data: Data, index: int) -> str:
    if data.classes:
        return f"class {data.classes[int(data.y[index])]}"
    return f"target {short(float(data.shown_y[index, 0]))}"
