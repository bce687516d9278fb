"""Gradient flow: gradients, weights and steps of every layer, over time and side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.batch_statistics import BatchPicture
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.theme import theme
from nnstudio.views.crosshair import Crosshair, nearest, place_on
from nnstudio.views.moment_line import MomentLine
from nnstudio.views.plotting import RichLabel, ThemedPlot, column, short
from nnstudio.views.statistics.base import DASHES, StatisticsView
from nnstudio.views.statistics.flow_quantities import QUANTITIES, Quantity

Array = NDArray[np.float64]

# As many curves can be told apart; of more layers, evenly spaced ones are drawn over time. As bars, all are.
MOST_CURVES = 12
# On a log scale, nothing stands below this.
_LEAST = 1e-30
# Decades below the largest value, or below the healthy band, that are drawn: where a sample is met exactly, its step is
# all but zero, and one such point would press all other curves flat.
_DECADES = 6
_OVER_TIME, _BY_LAYER = "Over time", "Layer by layer"
# Where the update ratio is known.
_WATCHED = "watched, or kept together with the one before"
_PENS = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
_STRENGTH = 34
# Measurements of a layer that are drawn as dots too.
_DOTS = 5


class GradientFlowView(StatisticsView):
    """View of one quantity of every layer with weights, on a log scale.

    The band of healthy update ratios is about 1e-4 to 1e-2 (Karpathy, Stanford CS231n, Neural networks part 3).
    """

    dock_name = "gradientFlowView"
    title = "Gradient flow"
    saying = "how fast each layer learns"
    group, rank = "inside", 70
    section = "inside"
    layouts = frozenset({"watch", "understand"})

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.quantity: Quantity = QUANTITIES[0]
        self.what = QComboBox()
        self.what.setObjectName("flowQuantity")
        self.what.setAccessibleName("Quantity shown of each layer")
        for each in QUANTITIES:
            self.what.addItem(each.title)
            self.what.setItemData(self.what.count() - 1, each.help, Qt.ItemDataRole.ToolTipRole)
        self.form = QComboBox()
        self.form.setObjectName("flowForm")
        self.form.setAccessibleName("Curves over time, or bars by layer")
        self.form.setToolTip("Curves over the run, or the values of the step on display layer by layer")
        self.form.addItems([_OVER_TIME, _BY_LAYER])
        self.legend = RichLabel("Layers, in the order of the data")
        self.legend.setWordWrap(True)
        self.legend.setContentsMargins(8, 0, 8, 3)
        controls = QWidget()
        row = QHBoxLayout(controls)
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(8)
        row.addWidget(self.what)
        row.addWidget(self.form)
        row.addStretch(1)
        self.plot = ThemedPlot("Gradient flow by layer")
        self.plot.setObjectName("gradientFlow")
        self.plot.getAxis("left").setLogMode(True)
        self.curves: list[pg.PlotDataItem] = []
        self.bars = pg.BarGraphItem(x=[], y0=[], height=[], width=0.7)
        self.plot.addItem(self.bars)
        self.band = pg.LinearRegionItem(orientation="horizontal", movable=False)
        self.band.setZValue(-20)
        self.plot.addItem(self.band, ignoreBounds=True)
        self.band_label = pg.TextItem(anchor=(1, 1))
        self.band_label.setZValue(20)
        self.plot.addItem(self.band_label, ignoreBounds=True)
        self.crosshair = Crosshair(self.plot)
        self.line = MomentLine(self.plot, self._lead)
        content = QWidget()
        column(content, controls, self.legend, self.plot)
        self.set_content(content)
        # What is drawn: the layers, the steps, and a value for each, NaN where there is none.
        self.layers: tuple[str, ...] = ()
        self.steps: Array = np.empty(0)
        self.values: Array = np.empty((0, 0))
        # Rows of `values` that are known, of the present quantity and layers.
        self._rows: dict[BatchPicture, Array] = {}
        self._dressed: tuple[str, ...] | None = None
        inspection = self.make_inspectable(self.plot.viewport(), self.legend, owner=self.plot, fit=self.plot.follow)
        inspection.readout.gone.connect(self.crosshair.hide)
        self.what.currentIndexChanged.connect(self._choose)
        self.form.currentIndexChanged.connect(self._refit)
        self.plot.restyled.connect(self._restyle)
        store.opened.connect(self.plot.follow)
        self._choose(0)

    @property
    def over_time(self) -> bool:
        """True for curves over the run, False for bars of the newest values."""
        return self.form.currentText() == _OVER_TIME

    @property
    def now(self) -> int:
        """Row on display; where it has no value, the nearest that has one: the ratio is not known of each."""
        known = np.flatnonzero(self._known)
        if not known.size:
            return self.shown
        return int(known[np.abs(self.steps[known] - self.steps[self.shown]).argmin()])

    @property
    def _known(self) -> NDArray[np.bool_]:
        """True for rows with a value."""
        return np.asarray(np.isfinite(self.values).any(axis=1))

    @property
    def drawn(self) -> tuple[int, ...]:
        """Indices of the layers drawn over time; evenly spaced ones where there are too many."""
        count = len(self.layers)
        return tuple(np.unique(np.linspace(0, count - 1, min(count, MOST_CURVES)).round().astype(int)).tolist())

    def caption(self) -> str:
        return f"{self.title}: {self.quantity.title.lower()}"

    def draw(self, snapshot: Snapshot) -> None:
        super().draw(snapshot)
        self.line.line.setVisible(False)
        if self.over_time and len(self.steps):
            self.line.show(snapshot, float(self.steps[-1]), lambda moment: float(moment.step))

    def _lead(self, step: float) -> None:
        """Lead all views to the moment nearest to a step; beyond the last measurement, to the present."""
        history = None if self.snapshot is None else self.snapshot.history
        if history is not None and len(history.steps):
            past = step <= self.steps[-1]
            self.moment_wanted.emit(float(history.places[history.index(round(step))]) if past else math.inf)

    def _choose(self, index: int) -> None:
        self.quantity = QUANTITIES[index]
        self._rows.clear()
        self.what.setToolTip(self.quantity.help)
        self._refit()

    def _refit(self) -> None:
        self.plot.follow()
        self.redraw()

    def show_log(self) -> None:
        newest, entries = self.newest, self.entries
        assert newest is not None
        if newest.learning != self.layers:
            self.layers = newest.learning
            self._rows.clear()
        if not self.layers:
            self.pages.show_hint("No layer has weights that are trained.")
            self._stale = True
            return
        self.steps = np.array([entry.step for entry in entries], float)
        self.values = np.stack([self._row(entry.statistics) for entry in entries])
        self._rows = {entry.statistics: self._rows[entry.statistics] for entry in entries}
        logs = np.log10(np.maximum(self.values, _LEAST))
        if self._dressed != self.layers:
            self._restyle()
        self._draw_curves(logs if self.over_time else np.empty((0, 0)))
        self._draw_bars(logs[self.now] if not self.over_time else np.empty(0))
        self._draw_axes(logs)
        self._tell()

    def _row(self, picture: BatchPicture) -> Array:
        """Values of the layers in a measurement; most of these have been drawn before."""
        known = self._rows.get(picture)
        if known is None:
            of = self.quantity.of
            known = self._rows[picture] = np.array([of(picture, name) for name in self.layers], float)
        return known

    def _draw_curves(self, logs: Array) -> None:
        shown, steps = self.drawn if logs.size else (), self.steps
        if logs.size:
            # Where no layer has a value, nobody watched the step: that is no gap in the run.
            steps, logs = steps[self._known], logs[self._known]
        for place, index in enumerate(shown):
            # A line needs two points; the first measurements are dots.
            finite = np.isfinite(logs[:, index])
            if finite.sum() > _DOTS:
                self.curves[place].setData(steps, logs[:, index], connect="finite", symbol=None)
            else:
                # Of the finite ones alone: dots at nowhere end the program when Qt paints them.
                self.curves[place].setData(steps[finite], logs[finite, index], symbol="o")
        for curve in self.curves[len(shown) :]:
            curve.setData([], [])

    def _draw_bars(self, logs: Array) -> None:
        finite = np.isfinite(logs)
        floor = self._floor(logs[finite])
        heights = np.where(finite, logs, floor) - floor
        self.bars.setOpts(x=np.arange(len(logs)), y0=np.full(len(logs), floor), height=heights)

    def _floor(self, logs: Array) -> float:
        """Foot of the bars: the decade below all that is drawn."""
        lowest = float(logs.min()) if logs.size else 0.0
        if self.quantity.healthy is not None:
            lowest = min(lowest, math.log10(self.quantity.healthy[0]))
        return math.floor(lowest - 0.3)

    def _draw_axes(self, logs: Array) -> None:
        shown = logs[:, list(self.drawn)] if self.over_time else logs[[self.now]]
        finite = shown[np.isfinite(shown)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (-3.0, 0.0)
        healthy = self.quantity.healthy
        self.band.setVisible(healthy is not None)
        self.band_label.setVisible(healthy is not None)
        right = max(float(self.steps[-1]), 1.0)
        x0, x1 = (-0.02 * right, 1.02 * right) if self.over_time else (-0.7, len(self.layers) - 0.3)
        if healthy is not None:
            bottom, top = (math.log10(value) for value in healthy)
            low, high = min(low, bottom), max(high, top)
            low = max(low, bottom - _DECADES)
            self.band.setRegion((bottom, top))
            self.band_label.setText(f"healthy: {healthy[0]:g} to {healthy[1]:g}")
            self.band_label.setPos(x1, bottom)
        else:
            low = max(low, high - 2 * _DECADES)
        if not self.over_time:
            low = self._floor(finite)
            self.plot.getAxis("bottom").setTicks([self._names()])
        else:
            self.plot.getAxis("bottom").setTicks(None)
        room = 0.06 * max(high - low, 1.0)
        self.plot.fit(x0, x1, low - (room if self.over_time else 0), high + room)
        self.plot.set_titles(bottom="Step" if self.over_time else "", left=self.quantity.axis)

    def _names(self) -> list[tuple[int, str]]:
        """Names of the layers along the foot, as many as there is room for."""
        widest = max(map(self.fontMetrics().horizontalAdvance, self.layers)) + 12
        apart = math.ceil(widest * len(self.layers) / max(self.plot.getViewBox().width(), widest))
        return list(enumerate(self.layers))[:: max(apart, 1)]

    def _tell(self) -> None:
        if not np.isfinite(self.values).any():
            nothing = "Nothing was measured yet: press Play to see it."
            # Kept moments were measured; but of this, each tells only beside the step before it.
            alone = f"Not known of this run: none of its steps was {_WATCHED}. Play on to watch it."
            self._say(f"{self.quantity.help} {alone if self.remark else nothing}")
            return
        if not self.over_time:
            self._say(f"{self.quantity.help} {self._when()}")
            return
        marks = [
            (DASHES[place % len(DASHES)], self._colour(place), self.layers[index])
            for place, index in enumerate(self.drawn)
        ]
        left = len(self.layers) - len(self.drawn)
        more = [f"and {left} layers between them"] if left else []
        more += [self.remark] if self.remark else []
        unknown = len(self.steps) - int(self._known.sum())
        if unknown and self.remark:
            more.append(f"Known at {len(self.steps) - unknown:,}: where a step was {_WATCHED}.")
        self.legend.show_marks([*marks, *(("", theme().colours.muted, text) for text in more)])

    def _when(self) -> str:
        """Sentence on the step of the bars."""
        row = self.entries[self.now]
        if self.moment is not None and self.now != self.shown:
            return f"At step {row.step:,}, the nearest to step {self.entries[self.shown].step:,} where it is known."
        how = ", measured afterwards from the kept moment" if row.afterwards else ""
        return f"At step {row.step:,}{how}."

    def _say(self, text: str) -> None:
        self.legend.setText(f'<span style="color:{theme().colours.muted}">{escape(text)}</span>')

    @staticmethod
    def _colour(place: int) -> str:
        classes = theme().colours.classes
        return classes[place % len(classes)]

    def _restyle(self) -> None:
        """Give every layer its colour and dash."""
        colours = theme().colours
        while len(self.curves) < min(len(self.layers), MOST_CURVES):
            self.curves.append(self.plot.plot(antialias=True, symbolSize=6, symbolPen=None))
        for place, curve in enumerate(self.curves):
            # Wider lines are fifty times as dear to paint: Qt outlines each dash first.
            curve.setPen(pg.mkPen(self._colour(place), width=1, style=_PENS[place % len(_PENS)]))
            curve.setSymbolBrush(self._colour(place))
        self.bars.setOpts(brush=colours.measure, pen=None)
        fill = QColor(colours.classes[2])
        fill.setAlpha(_STRENGTH)
        self.band.setBrush(fill)
        self.band_label.setColor(colours.muted)
        for line in self.band.lines:
            line.setPen(pg.mkPen(None))
        self._dressed = self.layers
        if self.layers:
            self._tell()

    def reading(self, point: QPointF) -> str:
        place = place_on(self.plot, point)
        if place is None or not self.values.size:
            return ""
        if not self.over_time:
            index = round(place.x())
            if not 0 <= index < len(self.layers):
                return ""
            return f"{self.layers[index]}: {_told(self.values[self.now, index])}"
        row = nearest(self.steps, place.x())
        self.crosshair.show_at(self.steps[row])
        lines = [f"{self.layers[index]}: {_told(self.values[row, index])}" for index in self.drawn]
        how = ", measured afterwards" if self.entries[row].afterwards else ""
        return "\n".join([f"Step {self.steps[row]:,.0f}{how}", *lines])

    def table(self) -> NumberTable | None:
        if not self.values.size:
            return None
        entries, values = self.entries, self.values

        def rows() -> list[Sequence[object]]:
            return [
                (entry.step, *(None if math.isnan(value) else value for value in row.tolist()), entry.source)
                for entry, row in zip(entries, values, strict=True)
            ]

        return NumberTable(("step", *self.layers, "measured"), rows)


def _told(value: float) -> str:
    return "not known" if math.isnan(value) else short(float(value), 3)
