"""Curves of other runs beside those of the present one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from nnstudio.document.run_settings import SettingsBook, repeats
from nnstudio.document.runs import is_deleted, run_name
from nnstudio.store import Store
from nnstudio.training.checkpoint import Curve
from nnstudio.training.messages import Snapshot
from nnstudio.training.run_shelf import Run
from nnstudio.ui.colours import class_colour
from nnstudio.ui.theme import theme
from nnstudio.views.curves.cleaning import clean, smooth
from nnstudio.views.plotting import ThemedPlot

Array = NDArray[Any]

# Points at which the mean of several runs is drawn.
_MEAN_POINTS = 400
_NOTHING = np.empty(0)


@dataclass(frozen=True)
class _Wanted:
    """Curve to be drawn: its name, colour, values, and for a mean, lowest and highest values."""

    name: str
    colour: str
    validation: bool
    x: Array
    y: Array
    low: Array | None = None
    high: Array | None = None


class OverlayLine:
    """Curve of another run, or mean of several with a band from the lowest to the highest.

    Attributes:
        name: for the values under the mouse.
        x, y: places in epochs and values, (n,) each.
    """

    def __init__(self, plot: ThemedPlot) -> None:
        self.name = ""
        self.x = self.y = _NOTHING
        self._low: Array | None = None
        self._high: Array | None = None
        self._line = plot.plot(autoDownsampleFactor=0.5)
        self._line.setDownsampling(auto=True, method="peak")
        self._line.setClipToView(True)
        self._line.setZValue(-2)
        self._edges = pg.PlotCurveItem(), pg.PlotCurveItem()
        self._band = pg.FillBetweenItem(*self._edges)
        self._band.setZValue(-3)
        plot.addItem(self._band, ignoreBounds=True)
        self._band.hide()
        # How it is drawn; it changes seldom, while the curves beside it grow.
        self._drawn: tuple[float, float | None] | None = None

    def take(self, wanted: _Wanted | None) -> None:
        """Take the values of a curve; None for nothing."""
        self._drawn = None
        if wanted is None:
            self.name, self.x, self.y, self._low, self._high = "", _NOTHING, _NOTHING, None, None
            return
        self.name, self.x, self.y = wanted.name, wanted.x, wanted.y
        self._low, self._high = wanted.low, wanted.high
        style = Qt.PenStyle.DashLine if wanted.validation else Qt.PenStyle.SolidLine
        self._line.setPen(pg.mkPen(wanted.colour, width=1.5, style=style))
        fill = QColor(wanted.colour)
        fill.setAlpha(45)
        self._band.setBrush(fill)

    def show(self, smoothing: float, floor: float | None) -> None:
        """Draw `x` and `y`; on a log scale, `floor` stands for all that is not above zero."""
        if self._drawn == (smoothing, floor):
            return
        self._drawn = smoothing, floor
        y = smooth(self.y, smoothing) if smoothing > 0 and self.y.size else self.y
        self._line.setData(self.x, _above(y, floor), connect="finite")
        low, high = self._low, self._high
        self._band.setVisible(low is not None)
        if low is not None and high is not None:
            for edge, values in zip(self._edges, (low, high), strict=True):
                shown = _above(values, floor)
                # Curves of a plot take logarithms by themselves; these are none of its curves.
                edge.setData(self.x, shown if floor is None else np.log10(shown))


class Overlay:
    """Curves of the runs that are compared, for one plot."""

    def __init__(self, store: Store, plot: ThemedPlot) -> None:
        self._store, self._plot = store, plot
        self._settings = SettingsBook()
        self._pool: list[OverlayLine] = []
        self._used = 0
        self._shown: tuple[object, ...] = ()

    @property
    def lines(self) -> Sequence[OverlayLine]:
        """Curves on display."""
        return self._pool[: self._used]

    def take(self, snapshot: Snapshot, keys: Sequence[str], scale: float) -> bool:
        """Take the curves of the compared runs; True if they are others than before."""
        document, comparison = self._store.document, self._store.comparison
        wanted = {run.id: run for run in snapshot.runs if run.id in comparison.runs}
        chosen = [wanted[name] for name in comparison.runs if name in wanted and not is_deleted(document, name)]
        shown = (*(id(run) for run in chosen), comparison, document.runs, tuple(keys), scale, theme().colours.accent)
        if shown == self._shown:
            return False
        self._shown = shown
        found = [] if len(keys) != 1 else list(self._curves(chosen, keys[0], scale))
        while len(self._pool) < len(found):
            self._pool.append(OverlayLine(self._plot))
        before, self._used = self._used, len(found)
        for number, line in enumerate(self._pool[: max(before, self._used)]):
            line.take(found[number] if number < len(found) else None)
            if number >= len(found):
                line.show(0.0, None)
        return True

    def _curves(self, chosen: Sequence[Run], key: str, scale: float) -> Iterator[_Wanted]:
        settings = self._settings([run.document for run in chosen])
        by_id = {run.id: run for run in chosen}
        if self._store.comparison.averaged:
            groups = repeats(dict(zip(by_id, settings, strict=True)))
        else:
            groups = [[name] for name in by_id]
        for group in groups:
            # Of each run the colour that it has in the table.
            colour = class_colour(theme().colours, self._store.comparison.runs.index(group[0])).name()
            names = [run_name(self._store.document, name) for name in group]
            title = names[0] if len(names) == 1 else f"mean of {len(names)} repeats"
            for name in (key, f"val_{key}"):
                part = f"{title}, {'validation' if name != key else 'train'}"
                curves = [by_id[run].checkpoint.curves.get(name) for run in group]
                found = _mean(curves, scale)
                if found is not None:
                    yield _Wanted(part, colour, name != key, *found)


def _mean(curves: Sequence[Curve | None], scale: float) -> tuple[Array, Array, Array | None, Array | None] | None:
    """Places, mean, lowest and highest values of some curves; of a single one, the curve itself."""
    cleaned = [clean(curve) for curve in curves if curve is not None and len(curve.x)]
    if not cleaned:
        return None
    if len(cleaned) == 1:
        x, y = cleaned[0]
        return x, y * scale, None, None
    # As far as all of them go; where they begin, the first one that all have.
    first, last = max(x[0] for x, _ in cleaned), min(x[-1] for x, _ in cleaned)
    if last <= first:
        return None
    longest = max((x for x, _ in cleaned), key=len)
    inner = longest[(longest >= first) & (longest <= last)]
    at = inner if len(inner) <= _MEAN_POINTS else np.linspace(first, last, _MEAN_POINTS)
    values = np.stack([np.interp(at, x, y) for x, y in cleaned]) * scale
    return at, values.mean(axis=0), values.min(axis=0), values.max(axis=0)


def _above(y: Array, floor: float | None) -> Array:
    return y if floor is None else np.where(y <= 0, floor, y)
