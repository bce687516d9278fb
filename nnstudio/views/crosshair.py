"""Crosshair on curves: values under the mouse, and the curves as table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt

from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import ThemedPlot

Array = NDArray[Any]
# The points of a curve: places and values, (n,) each.
Points = tuple[Array, Array]


class Crosshair:
    """Vertical line on a plot where values are read."""

    def __init__(self, plot: ThemedPlot) -> None:
        self._plot = plot
        self.line = pg.InfiniteLine(angle=90, movable=False)
        self.line.setZValue(-5)
        self.line.hide()
        plot.addItem(self.line, ignoreBounds=True)
        plot.restyled.connect(self._restyle)
        self._restyle()

    def show_at(self, x: float) -> None:
        """Show the line at this place."""
        self.line.setValue(x)
        self.line.show()

    def hide(self) -> None:
        """Hide the line."""
        self.line.hide()

    def _restyle(self) -> None:
        self.line.setPen(pg.mkPen(theme().colours.muted, width=1, style=Qt.PenStyle.DashLine))


def place_on(plot: ThemedPlot, point: QPointF) -> QPointF | None:
    """Map a point of the plot's viewport to the units of its axes; None outside the axes."""
    box, spot = plot.getViewBox(), plot.mapToScene(point.toPoint())
    return box.mapSceneToView(spot) if box.sceneBoundingRect().contains(spot) else None


def nearest(x: Array, place: float) -> int:
    """Index of the value nearest to a place; `x` is increasing and not empty."""
    right = int(np.searchsorted(x, place))
    return min((index for index in (right - 1, right) if 0 <= index < len(x)), key=lambda index: abs(x[index] - place))


def epoch_text(epoch: float) -> str:
    """Text of an epoch, with a fraction while it is under way."""
    return f"epoch {f'{epoch:,.2f}'.rstrip('0').rstrip('.')}"


def table_of(curves: Mapping[str, Points]) -> NumberTable | None:
    """Table of curves: a row for each epoch at which any has a point. None without any point."""
    known = {name: points for name, points in curves.items() if len(points[0])}
    if not known:
        return None

    def rows() -> Iterable[Sequence[object]]:
        values = [dict(zip(x.tolist(), y.tolist(), strict=True)) for x, y in known.values()]
        for epoch in sorted(set().union(*values)):
            yield (epoch, *(column.get(epoch) for column in values))

    return NumberTable(("epoch", *known), rows)
