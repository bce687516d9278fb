"""Base of curve views: training and validation curves of each measure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any, Protocol

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from nnstudio.store import Store
from nnstudio.training.checkpoint import Curve
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.ui.colours import class_colour
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.steady_label import StillLabel
from nnstudio.ui.theme import theme
from nnstudio.views.base import View, brief
from nnstudio.views.crosshair import Crosshair, epoch_text, nearest, place_on, table_of
from nnstudio.views.curves.cleaning import clean, smooth
from nnstudio.views.curves.marks import MarkLines
from nnstudio.views.curves.overlay import Overlay
from nnstudio.views.moment_line import MomentLine
from nnstudio.views.plotting import Header, HintPages, Mark, ThemedPlot, column, marked
from nnstudio.views.scatter import ScatterPlot

Array = NDArray[Any]

# At this width legend and controls stand beside each other.
_WIDE = 480
# A curve that goes up and down more than this many times its whole height is drawn without antialiasing: that takes
# time along all its length, and shows nothing where lines lie over each other.
_CALM = 20
# What a zero is on a log scale that has nothing above zero to go by.
_LEAST = 1e-12
# What stands in the place of curves that have no point yet.
_BEGUN = "The first point comes with the end of the first epoch."


class _Line:
    """One curve as it is, faint, and smoothed, in front of it; at its end a mark, a disc or a hollow square."""

    def __init__(self, plot: ThemedPlot, front: int, *, hollow: bool) -> None:
        self.end = ScatterPlot(symbol="s" if hollow else "o", size=7)
        self.end.setZValue(front + 20)
        plot.addItem(self.end)
        self._hollow = hollow
        self.raw = plot.plot(autoDownsampleFactor=0.5)
        self.main = plot.plot(autoDownsampleFactor=0.5)
        for item in (self.raw, self.main):
            # At most a point per pixel, of two the highest and the lowest: painting must not grow with the curve.
            item.setDownsampling(auto=True, method="peak")
            item.setClipToView(True)
        # As single lines: the outline of a wide, antialiased path takes ten to thirty times as long.
        self.main.curve.setSegmentedLineMode("on")
        self.raw.setZValue(front)
        self.main.setZValue(front + 10)
        self.x, self.y = np.empty(0), np.empty(0)
        # Places and values of what is drawn, and True on a log scale.
        self._shown: dict[pg.PlotDataItem, tuple[Array, Array, bool]] = {}
        # The newest value, as it is, or that of the moment on display; None while there is none of this network.
        self.last: float | None = None

    def take(self, curve: Curve | None, scale: float, *, stale: bool) -> None:
        """Takes the values of a curve, times `scale`. Of a long one, the newest value is not its last point's mean.

        A `stale` one has its newest value from another network, the one before an edit.
        """
        self.x, self.y = clean(curve)
        self.y = self.y * scale
        self.take_newest(curve, scale, stale=stale)

    def take_newest(self, curve: Curve | None, scale: float, *, stale: bool) -> None:
        """Takes the newest value only, which is written out more often than the curve is drawn."""
        self.last = None
        if curve is not None and len(curve.y) and not stale:
            newest = curve.averaging.last
            self.last = scale * float(clean(curve)[1][-1] if newest is None else newest)

    def take_value_at(self, place: float, curve: Curve | None, scale: float) -> None:
        """Takes the value at a place in epochs, that of a moment in the past, instead of the newest."""
        value = None if curve is None else curve.value_at(place)
        self.last = None if value is None else scale * value

    def colour(self, colour: str, *, thin: bool = False) -> None:
        faint = QColor(colour)
        faint.setAlpha(80)
        self.raw.setPen(pg.mkPen(faint, width=1))
        self.main.setPen(pg.mkPen(colour, width=1 if thin else 2))
        self.end.setBrush(theme().colours.canvas if self._hollow else colour)
        self.end.setPen(pg.mkPen(colour, width=2) if self._hollow else None)

    def show(self, smoothing: float, floor: float | None) -> None:
        """Draws `x` and `y`; on a log scale, `floor` stands for all that is not above zero."""
        y = self.y if floor is None else np.where(self.y <= 0, floor, self.y)
        if smoothing > 0:
            self._set(self.raw, y, log=floor is not None)
            y = smooth(self.y, smoothing)
            y = y if floor is None else np.where(y <= 0, floor, y)
        else:
            self._empty(self.raw)
        self._set(self.main, y, log=floor is not None)
        last = np.flatnonzero(np.isfinite(y))[-1:]
        # On a log scale, curves take logarithms by themselves; marks do not.
        if last.size or len(self.end.data):
            self.end.setData(self.x[last], y[last] if floor is None else np.log10(y[last]))

    def _set(self, item: pg.PlotDataItem, y: Array, *, log: bool) -> None:
        finite = np.isfinite(y)
        if not finite.any():
            self._empty(item)
            return
        # While moments of the past go by, each comes with the same curves.
        if item in self._shown and _same(self._shown[item], (self.x, y, log)):
            return
        self._shown[item] = self.x, y, log
        # As it goes up and down on the axis: on a log scale, what is small there may be tall.
        drawn = np.log10(y) if log else y
        calm = float(np.abs(np.diff(drawn)).sum()) <= _CALM * float(np.ptp(drawn))
        connect = "all" if finite.all() else "finite"
        item.setData(self.x, y, connect=connect, antialias=calm and item is self.main)

    def _empty(self, item: pg.PlotDataItem) -> None:
        """Takes a curve off; one that is off already is left alone, since pyqtgraph would lay it out anew."""
        if self._shown.pop(item, None) is not None:
            item.setData([], [])


def _same(one: tuple[Array, Array, bool], other: tuple[Array, Array, bool]) -> bool:
    """True for the same places and values, gaps included, on the same scale."""
    return one[2] == other[2] and all(
        np.array_equal(before, after, equal_nan=True) for before, after in zip(one[:2], other[:2], strict=True)
    )


class _Pair:
    """The two curves of one measure: `key`, and `val_` + `key`."""

    def __init__(self, plot: ThemedPlot) -> None:
        self.key = ""
        self.train, self.validation = _Line(plot, 1, hollow=False), _Line(plot, 0, hollow=True)

    @property
    def lines(self) -> tuple[_Line, _Line]:
        return self.train, self.validation

    def take(self, key: str, snapshot: Snapshot, scale: float) -> None:
        """The curves of this name; of "" there are none."""
        self.key = key
        for line, name in ((self.train, key), (self.validation, f"val_{key}")):
            line.take(snapshot.curves.get(name) if key else None, scale, stale=name in snapshot.stale)
            if snapshot.moment is not None:
                line.take_value_at(snapshot.moment.place, snapshot.curves.get(name) if key else None, scale)

    def take_newest(self, key: str, snapshot: Snapshot, scale: float) -> None:
        """The newest values of the curves of this name."""
        for line, name in ((self.train, key), (self.validation, f"val_{key}")):
            line.take_newest(snapshot.curves.get(name), scale, stale=name in snapshot.stale)


class Drawn(Protocol):
    """Object drawn like a curve: places in epochs and values, (n,) each."""

    x: Array
    y: Array

    def show(self, smoothing: float, floor: float | None) -> None: ...


class CurveView(View):
    """View of the curves of one measure, or of several on a common axis, over epochs.

    Of one, training and validation differ in colour; of several, the measures do, and validation is drawn bold. The
    mark at its end tells a curve of the training data (disc) from one of the validation data (hollow square) as well.
    """

    hint = ""
    # Nobody sees a curve grow faster than this; painting it is dear.
    min_interval = 0.1
    tells_numbers = True

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.plot = ThemedPlot(f"{self.title} over training")
        self.legend = StillLabel(f"{self.title}, newest values", yields=True, rich=True)
        self.pairs = [_Pair(self.plot)]
        self.train, self.validation = self.pairs[0].lines
        self.smoothing = 0.0
        self.log = False
        self.keys: tuple[str, ...] = ()
        content = QWidget()
        column(content, Header(self.legend, *self.controls(), wide_from=_WIDE), self.plot)
        self.pages = HintPages(content, self.hint)
        column(self, self.pages)
        self.crosshair = Crosshair(self.plot)
        self._curves: Mapping[str, Curve] = {}
        self._snapshot: Snapshot | None = None
        inspection = self.make_inspectable(self.plot.viewport(), self.legend, owner=self.plot, fit=self.plot.follow)
        inspection.readout.gone.connect(self.crosshair.hide)
        self.marks = MarkLines(self.plot)
        self.overlay = Overlay(store, self.plot)
        store.comparison_changed.connect(self._compared)
        self.moment = MomentLine(self.plot, self.moment_wanted.emit)
        self.plot.restyled.connect(self._restyle)
        # A part picked out of one project's curves means nothing in another's.
        store.opened.connect(self.plot.follow)
        self._restyle()

    def controls(self) -> tuple[QWidget, ...]:
        """Widgets beside the legend."""
        return ()

    @property
    def key(self) -> str:
        """Name of the first training curve on display; "" if there is none."""
        return self.keys[0] if self.keys else ""

    @property
    def lines(self) -> list[_Line]:
        """Curves on display."""
        return [line for pair in self.pairs for line in pair.lines]

    @property
    def drawn(self) -> list[Drawn]:
        """Everything drawn over epochs: the curves and their extras."""
        return [*self.lines, *self.overlay.lines]

    def curve_keys(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Names of the training curves of this snapshot to show."""
        raise NotImplementedError(f"{type(self).__name__} names no curve")

    def scale(self) -> float:
        """Factor by which values are multiplied before they are drawn."""
        return 1.0

    def show_value(self, value: float) -> str:
        """Text of a value, already scaled."""
        raise NotImplementedError(f"{type(self).__name__} shows no values")

    def name_of(self, key: str) -> str:
        """Name of a curve in the legend, where there are several."""
        return key

    def axis_title(self) -> str:
        """Title of the value axis."""
        return self.title

    def limits(self, low: float, high: float) -> tuple[float, float]:
        """Range of a linear axis for curves between `low` and `high`."""
        raise NotImplementedError(f"{type(self).__name__} has no limits")

    def tell(self, snapshot: Snapshot) -> None:
        if self.curve_keys(snapshot) == self.keys and any(line.x.size for line in self.drawn):
            for pair, key in zip(self.pairs, self.keys, strict=False):
                pair.take_newest(key, snapshot, self.scale())
            self._show_legend()

    def draw(self, snapshot: Snapshot) -> None:
        keys = self.curve_keys(snapshot)
        self._curves = snapshot.curves
        while len(self.pairs) < len(keys):
            self.pairs.append(_Pair(self.plot))
        if len(keys) != len(self.keys):
            self.keys = keys
            self._restyle()
        self.keys = keys
        self.marks.show(snapshot.marks)
        for pair, key in zip_longest(self.pairs, keys, fillvalue=""):
            assert isinstance(pair, _Pair)
            pair.take(key, snapshot, self.scale())
        self._snapshot = snapshot
        self.overlay.take(snapshot, keys, self.scale())
        if not any(line.x.size for line in self.drawn):
            waiting = snapshot.state in (RunState.EMPTY, RunState.FAILED) and snapshot.message
            hint = _BEGUN if snapshot.state is RunState.RUNNING else self.hint
            self.pages.show_hint(brief(snapshot.message) if waiting else hint)
            return
        self.pages.show_content()
        self.refresh()
        self.moment.show(snapshot, max((float(line.x[-1]) for line in self.lines if line.x.size), default=0.0))

    def _compared(self) -> None:
        if self._snapshot is not None and self.isVisible():
            self.draw(self._snapshot)

    def values(self) -> Array:
        """All finite values on display, of all curves."""
        values: Array = np.concatenate([line.y for line in self.lines])
        return values[np.isfinite(values)]

    def refresh(self) -> None:
        """Draw the curves again, after a setting of the view has changed."""
        values = np.concatenate([line.y for line in self.drawn])
        values = values[np.isfinite(values)]
        above = values[values > 0]
        floor = (float(above.min()) if above.size else _LEAST) if self.log else None
        for line in self.drawn:
            line.show(self.smoothing, floor)
        self._fit(values if floor is None else np.maximum(values, floor))
        self._show_legend()
        self.plot.set_titles(bottom="Epoch", left=self.axis_title())

    def reading(self, point: QPointF) -> str:
        place, known = place_on(self.plot, point), [line for line in self.drawn if line.x.size]
        if place is None or not known:
            return ""
        epoch = min((float(line.x[nearest(line.x, place.x())]) for line in known), key=lambda x: abs(x - place.x()))
        self.crosshair.show_at(epoch)
        rows = [self._read_line(name, line, epoch) for name, line in self.named() if line.x.size]
        changed = self.marks.text_at(point.x())
        return "\n".join([epoch_text(epoch).capitalize(), *rows, *([changed] if changed else [])])

    def named(self) -> Iterator[tuple[str, Drawn]]:
        """Everything drawn, each with its name."""
        for pair in self.pairs[: len(self.keys)]:
            name = f"{self.name_of(pair.key)}, " if len(self.keys) > 1 else ""
            yield from ((f"{name}{part}", line) for part, line in zip(("train", "validation"), pair.lines, strict=True))
        yield from ((line.name, line) for line in self.overlay.lines)

    def _read_line(self, name: str, line: Drawn, epoch: float) -> str:
        """The value of a curve at its point nearest to an epoch, and which epoch that is where it is another."""
        index = nearest(line.x, epoch)
        text = f"{name[:1].upper()}{name[1:]} {self._tell(float(line.y[index]))}"
        if self.smoothing > 0 and isinstance(line, _Line):
            text += f", smoothed {self._tell(float(smooth(line.y, self.smoothing)[index]))}"
        return text if line.x[index] == epoch else f"{text} (at {epoch_text(float(line.x[index]))})"

    def table(self) -> NumberTable | None:
        names = [name for key in self.keys for name in (key, f"val_{key}")]
        return table_of({name: clean(self._curves.get(name)) for name in names})

    def _fit(self, values: Array) -> None:
        ends = [line.x[-1] for line in self.drawn if line.x.size]
        right = max([1.0, *map(float, ends)])
        # In steps of 4 to 10 % of it: ticks that are placed anew for every point are half the work of painting.
        size = 10 ** math.floor(math.log10(right))
        step = size / (10 if right <= 2 * size else 5 if right <= 5 * size else 2)
        right = math.ceil(right / step - 1e-9) * step
        low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
        if self.log:
            low, high = float(np.log10(max(low, _LEAST))), float(np.log10(max(high, _LEAST)))
            # Likewise in tenths of a power of ten: most losses fall all the time.
            low, high = math.floor(10 * low - 0.2) / 10, math.ceil(10 * high + 0.2) / 10
        else:
            low, high = self.limits(low, high)
        # The names of the ends of an axis need some room beyond them.
        across, up = 0.03 * right, 0.04 * (high - low)
        self.plot.fit(-across, right + across, low - up, high + up)

    def _show_legend(self) -> None:
        if not self.numbers:
            return
        if len(self.keys) > 1:
            self._show_names()
            return
        colours = theme().colours
        entries, short = [], []
        for line, name, mark, colour in (
            (self.train, "Train", "●", colours.measure),
            (self.validation, "Validation", "□", colours.text),
        ):
            if line.last is not None:
                value = self._tell(line.last)
                entries.append((mark, colour, f"{name} {value}"))
                short.append((mark, colour, value))
        self.legend.setText(marked([*entries, *self.more_marks()]), marked(short))

    def more_marks(self) -> list[Mark]:
        """Entries of the legend beside those of the curves, omitted where there is little room."""
        return []

    def _show_names(self) -> None:
        """The legend of several measures: each with its newest values, training's first."""
        colours = theme().colours
        entries, short = [], []
        for index, pair in enumerate(self.pairs[: len(self.keys)]):
            values = " / ".join(self._tell(line.last) for line in pair.lines if line.last is not None)
            if values:
                colour = class_colour(colours, index).name()
                entries.append(("■", colour, f"{self.name_of(pair.key)} {values}"))
                short.append(("■", colour, self.name_of(pair.key)))
        self.legend.setToolTip("Training / validation: " + ", ".join(text for _, _, text in entries) if entries else "")
        if any(line.last is not None for line in self.lines[1::2]):
            entries.append(("", colours.muted, "● train thin, □ validation bold"))
        self.legend.setText(marked(entries), marked(short))

    def _tell(self, value: float) -> str:
        return "not a number" if np.isnan(value) else self.show_value(value)

    def _restyle(self) -> None:
        colours = theme().colours
        if len(self.keys) > 1:
            for index, pair in enumerate(self.pairs):
                colour = class_colour(colours, index).name()
                pair.train.colour(colour, thin=True)
                pair.validation.colour(colour)
        else:
            self.train.colour(colours.measure)
            self.validation.colour(colours.text)
        self._show_legend()
