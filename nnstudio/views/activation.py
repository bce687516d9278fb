"""Activation explorer: an activation, its slope, and the probe's values on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QWidget

from engine.layers.base import Activation, Layer
from engine.mathematics import evaluate
from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.probe_trace import ProbePicture
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.theme import theme
from nnstudio.views.block_choice import BlockChoice
from nnstudio.views.crosshair import place_on
from nnstudio.views.plotting import Header, RichLabel, ThemedPlot, column, short
from nnstudio.views.probe_trace_view import ProbeTraceView
from nnstudio.views.scatter import ScatterPlot

Array = NDArray[Any]

_WIDE = 420
# Points of the curves, how far they reach beyond zero at least, and how many values are drawn as dots.
_POINTS, _REACH, _MOST_DOTS = 401, 4.0, 400
# A tangent reaches so far to both sides of its point, as a share of the width.
_TANGENT = 0.14
_NOTHING = (
    "No block applies a function to single numbers. Add an activation, such as Tanh or ReLU, to explore its curve."
)


def activations(store: Store) -> list[str]:
    """Names of the blocks that apply a function to single numbers."""
    document, analysis = store.document, store.analysis
    blocks = (block for block in document.blocks if block.name not in analysis.idle)
    return [block.name for block in blocks if _is_explored(block.layer)]


def _is_explored(layer: Layer | None) -> bool:
    return isinstance(layer, Activation) and layer.elementwise


def function_of(layer: Layer, x: Array) -> tuple[Array, Array]:
    """Values and slopes of an activation at places x, (n,), by its own mathematics."""
    found = evaluate(layer.mathematics(x.shape), {"x": x, "dy": np.ones_like(x)})
    return found["y"], found["dx"]


class ActivationView(ProbeTraceView):
    """View of an activation as a curve, with its slope, and the inputs that the probe gives it."""

    dock_name = "activationView"
    title = "Activation"
    saying = "the function, its slope, and what the probe feeds into it"
    area, group, rank = "bottom", "inside", 65
    section = "mathematics"
    layouts = frozenset({"understand"})
    waiting = "The curve appears as soon as the network is ready to train."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.choice = BlockChoice(store, activations, lambda _, names: names[0])
        self.choice.setObjectName("activationOf")
        self.choice.setAccessibleName("Activation that is explored")
        self.choice.setToolTip("Activation that is explored; follows the selection on the canvas")
        self.choice.chosen.connect(self._take_block)
        self.legend = RichLabel("Curves")
        self.legend.setWordWrap(True)
        self.plot = ThemedPlot("Activation and its slope")
        self.plot.setObjectName("activationPlot")
        self.plot.set_titles(bottom="x", left="f(x) and f′(x)")
        self.curve, self.slope, self.tangent = pg.PlotCurveItem(), pg.PlotCurveItem(), pg.PlotCurveItem()
        self.dots = ScatterPlot(pxMode=True, size=9)
        for item in (self.curve, self.slope, self.tangent, self.dots):
            self.plot.addItem(item)
        self.plot.restyled.connect(self._restyle)
        # Of the probe's values, the one whose tangent is drawn.
        self._point = 0
        self._x: Array = np.zeros(0)
        self._reach = 0.0
        self._restyle()
        content = QWidget()
        column(content, Header(self.choice, self.legend, wide_from=_WIDE), self.plot)
        self.set_content(content)
        self.make_inspectable(self.plot.viewport(), self.legend, owner=self.plot, fit=self.plot.follow)

    def hindrance(self, snapshot: Snapshot) -> str:
        return "" if self.choice.block else _NOTHING

    def show_answer(self, answer: ProbePicture) -> None:
        layer = self._layer
        if layer is None:
            return
        values = np.asarray(answer.inputs(self.choice.block)[0], np.float64).ravel()
        self._x = values[np.isfinite(values)][:_MOST_DOTS]
        self._point = min(self._point, max(len(self._x) - 1, 0))
        largest = float(np.max(np.abs(self._x), initial=0.0))
        # In steps, so that the picture does not breathe while training.
        reach = max(_REACH, 2.0 ** np.ceil(np.log2(max(largest * 1.05, _REACH))))
        x = np.linspace(-reach, reach, _POINTS)
        y, slope = function_of(layer, x)
        self.curve.setData(x, y)
        self.slope.setData(x, slope)
        low, high = float(min(y.min(), slope.min())), float(max(y.max(), slope.max()))
        margin = 0.08 * (high - low) or 1.0
        self._reach = float(reach)
        self.plot.fit(-self._reach, self._reach, low - margin, high + margin)
        self.dots.setData(self._x, function_of(layer, self._x)[0])
        self._draw_tangent(layer)
        self._show_legend()

    def reading(self, point: QPointF) -> str:
        place, layer = place_on(self.plot, point), self._layer
        if place is None or layer is None:
            return ""
        near = self._nearest(point)
        if near is not None and near != self._point:
            self._point = near
            self._draw_tangent(layer)
        x = float(self._x[near]) if near is not None else place.x()
        (y,), (slope,) = function_of(layer, np.array([x]))
        whose = f"Number {near + 1:,} of the probe\n" if near is not None else ""
        return f"{whose}x = {short(x)}\nf(x) = {short(float(y))}\nf′(x) = {short(float(slope))}"

    def table(self) -> NumberTable | None:
        layer = self._layer
        if layer is None:
            return None
        y, slope = function_of(layer, self._x)
        rows: Sequence[tuple[float, ...]] = list(zip(self._x.tolist(), y.tolist(), slope.tolist(), strict=True))
        return NumberTable(("x", "f(x)", "f'(x)"), lambda: rows)

    @property
    def _layer(self) -> Layer | None:
        picture = self.picture
        layer = None if picture is None else picture.layers.get(self.choice.block)
        # After an edit, the picture may still be of a network in which another block had this name.
        return layer if _is_explored(layer) else None

    def _take_block(self) -> None:
        self._point = 0
        self.redraw()

    def _nearest(self, point: QPointF) -> int | None:
        """The value whose dot is under the mouse, or beside it."""
        place, layer = place_on(self.plot, point), self._layer
        if place is None or layer is None or not len(self._x):
            return None
        spots: Sequence[Any] = self.dots.pointsAt(place)
        return int(spots[0].index()) if len(spots) else None

    def _draw_tangent(self, layer: Layer) -> None:
        """The tangent at one of the probe's values: its rise is what the gradient is multiplied by."""
        if not len(self._x):
            self.tangent.setData([], [])
            return
        at = self._x[self._point]
        (y,), (slope,) = function_of(layer, np.array([at]))
        # As long on screen whatever the slope.
        run = _TANGENT * self._reach / float(np.hypot(1.0, slope))
        self.tangent.setData([at - run, at + run], [y - slope * run, y + slope * run])

    def _show_legend(self) -> None:
        colours = theme().colours
        more = f"{len(self._x):,} numbers of the probe" if len(self._x) != 1 else "the probe's number"
        self.legend.show_marks(
            [("━", colours.measure, "f"), ("╌", colours.text, "f′, its slope"), ("●", colours.accent, more)]
        )

    def _restyle(self) -> None:
        colours = theme().colours
        self.curve.setPen(pg.mkPen(colours.measure, width=2))
        self.slope.setPen(pg.mkPen(colours.text, width=1, style=Qt.PenStyle.DashLine))
        self.tangent.setPen(pg.mkPen(colours.accent, width=2))
        self.dots.setPen(pg.mkPen(colours.canvas, width=1))
        self.dots.setBrush(pg.mkBrush(colours.accent))
