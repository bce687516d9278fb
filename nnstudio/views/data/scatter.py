"""Scatter plot of two columns, coloured by class or target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QComboBox, QWidget

from nnstudio.document.probe import SampleRef
from nnstudio.store import Store
from nnstudio.training.sample_text import probe_text
from nnstudio.training.split import Split
from nnstudio.ui.colours import class_colour
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.steady_label import StillLabel
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import diverging_rgba
from nnstudio.views.crosshair import place_on
from nnstudio.views.data.base import DataView
from nnstudio.views.data.filters import PartFilter, header_of
from nnstudio.views.data.rows import PART_WORDS, Choice, SampleRows
from nnstudio.views.plotting import ColourBar, RichLabel, column, short
from nnstudio.views.spaces.plot import SpacePlot

Array = NDArray[Any]

# More points than this hide each other; a random part is drawn.
MOST_POINTS = 4000
_WIDE, _MOST_NAMED = 700, 10
# How far points of one class are spread along an axis of classes.
_SPREAD = 0.3


class ScatterView(DataView):
    """View of the samples as points over two columns, which may be inputs or targets."""

    dock_name = "scatterView"
    title = "Scatter"
    saying = "the samples over two columns; a click makes one the probe"
    rank = 73
    waiting = "The points appear as soon as the data are read."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.across = _columns("scatterAcross", "Column along the horizontal axis")
        self.up = _columns("scatterUp", "Column along the vertical axis")
        self.part = PartFilter("scatterPart")
        self.plot = SpacePlot("Samples over two columns")
        self.plot.setObjectName("scatterPlot")
        self.legend = RichLabel("Classes")
        self.legend.setWordWrap(True)
        self.legend.setContentsMargins(8, 0, 8, 2)
        self.bar = ColourBar()
        self.info = StillLabel("Number of points", yields=True)
        content = QWidget()
        column(
            content,
            header_of(self.info, self.across, self.up, self.part, self.bar, wide_from=_WIDE),
            self.legend,
            self.plot,
        )
        self.set_content(content)
        legend = self.info, self.legend, self.bar
        self.make_inspectable(self.plot.viewport(), *legend, owner=self.plot, fit=self.plot.follow)
        self._rows: SampleRows | None = None
        # Rows that are drawn, and their numbers along both axes.
        self._dots: Array = np.zeros(0, np.int64)
        self._numbers: Array = np.zeros((0, 2))
        self._wanted: tuple[int, int] | None = None
        for box in (self.across, self.up):
            box.activated.connect(lambda: self._show_points())
        self.part.chosen.connect(self._show_points)
        self.plot.clicked.connect(self._choose_sample)
        self.plot.restyled.connect(self._colour)
        store.sample_changed.connect(self._mark)

    def show_pair(self, across: int, up: int) -> None:
        """Show the samples over these two columns, by their numbers: inputs, then targets."""
        self._wanted = across, up
        if self._rows is not None:
            self._choose_pair()
            self._show_points()

    def show_data(self, split: Split) -> None:
        rows = self._rows = SampleRows(split)
        before = self.across.currentText(), self.up.currentText()
        names = [*rows.inputs, *rows.targets]
        for box in (self.across, self.up):
            box.clear()
            box.addItems(names)
        if all(name in names for name in before):
            self.across.setCurrentText(before[0])
            self.up.setCurrentText(before[1])
        else:
            self.up.setCurrentIndex(min(1, len(names) - 1))
        self._choose_pair()
        self.part.show_parts([part for part, _ in rows.parts])
        self._show_points()

    def _choose_pair(self) -> None:
        if self._wanted is not None:
            self.across.setCurrentIndex(self._wanted[0])
            self.up.setCurrentIndex(self._wanted[1])
            self._wanted = None

    def release(self) -> None:
        self._rows = None

    @property
    def pair(self) -> tuple[int, int]:
        """Columns along the horizontal and the vertical axis."""
        return max(self.across.currentIndex(), 0), max(self.up.currentIndex(), 0)

    # What is drawn

    def _show_points(self) -> None:
        rows = self._rows
        if rows is None:
            return
        chosen = rows.order(Choice(self.part.part))
        total = rows.total if chosen is None else len(chosen)
        picked = np.arange(total)
        if total > MOST_POINTS:
            picked = np.sort(np.random.default_rng(0).choice(total, MOST_POINTS, replace=False, shuffle=False))
        self._dots = picked if chosen is None else chosen[picked]
        self._numbers = np.stack([rows.some(self._dots, place).astype(np.float64) for place in self.pair], axis=1)
        there = ~np.isnan(self._numbers).any(axis=1)
        self._dots, self._numbers = self._dots[there], self._numbers[there]
        names = self.across.currentText(), self.up.currentText()
        self.plot.set_titles(bottom=names[0], left=names[1])
        for axis, place in zip(("bottom", "left"), self.pair, strict=True):
            classes = rows.first.classes if place >= len(rows.inputs) else ()
            self.plot.getAxis(axis).setTicks([list(enumerate(classes))] if classes else None)
        self.plot.forget_range()
        self._colour()
        if len(self._numbers):
            self.plot.frame_all(self._places(self._numbers, self._dots), alike=False)
        self._mark()
        self._tell(total, int(np.count_nonzero(~there)))

    def _places(self, numbers: Array, drawn: Array) -> Array:
        """Places of points: their numbers, and those of one class side by side along its axis."""
        places, rows = numbers.copy(), self._rows
        if rows is not None and rows.first.classes:
            for axis, place in enumerate(self.pair):
                if place >= len(rows.inputs):
                    # Multiples of the golden ratio fill a stretch evenly, whatever their number.
                    places[:, axis] += _SPREAD * (2 * (drawn * 0.6180339887 % 1) - 1)
        return places

    def _colour(self) -> None:
        rows = self._rows
        if rows is None:
            return
        first, colours = rows.first, theme().colours
        targets = rows.some(self._dots, len(rows.inputs))
        self.bar.setVisible(not first.classes)
        self.legend.setVisible(bool(first.classes))
        if first.classes:
            table = [class_colour(colours, label) for label in range(len(first.classes))]
            painted = np.array([(each.red(), each.green(), each.blue()) for each in table], np.uint8)[targets]
            named = [("●", table[label].name(), name) for label, name in enumerate(first.classes[:_MOST_NAMED])]
            more = len(first.classes) - _MOST_NAMED
            self.legend.show_marks(named + ([("", colours.muted, f"and {more} more")] if more > 0 else []))
        else:
            low, high = (float(targets.min()), float(targets.max())) if len(targets) else (0.0, 1.0)
            centre = 0.0 if low < 0 < high else (low + high) / 2
            reach = max(high - centre, centre - low) or 1.0
            self.bar.set_scale(centre, reach)
            painted = diverging_rgba(targets, centre, reach)[:, :3]
        style = id(rows), self.part.part, self.pair, len(self._dots)
        places = self._places(self._numbers, self._dots)
        self.plot.show_points(places, painted, style, outlined=not first.classes)

    def _mark(self) -> None:
        """Ring around the probe."""
        rows, probe = self._rows, self.store.probe
        if rows is None:
            return
        row = rows.row_of(probe) if isinstance(probe, SampleRef) else None
        one = np.array([] if row is None else [row], np.int64)
        numbers = np.stack([rows.some(one, place).astype(np.float64) for place in self.pair], axis=1)
        self.plot.show_marks(np.zeros((0, 2)), self._places(numbers, one)[~np.isnan(numbers).any(axis=1)])

    def _tell(self, total: int, gaps: int) -> None:
        drawn = len(self._dots)
        text = f"{drawn:,} samples" if drawn + gaps == total else f"{drawn:,} of {total:,} samples, chosen at random"
        text += f", {gaps:,} left out for gaps" if gaps else ""
        brief = f"{drawn:,} samples"
        if drawn > 1 and (self._numbers.std(axis=0) > 0).all() and self.pair[0] != self.pair[1]:
            text += f" · r = {short(float(np.corrcoef(self._numbers.T)[0, 1]), 2)}"
        self.info.setText(text, brief)
        self.plot.setAccessibleDescription(f"{self.up.currentText()} over {self.across.currentText()}: {text}")

    # What is read, and clicked

    def _choose_sample(self, index: int) -> None:
        if self._rows is not None:
            self.store.choose_sample(self._rows.ref(int(self._dots[index])))

    def reading(self, point: QPointF) -> str:
        place, rows = place_on(self.plot, point), self._rows
        if place is None or rows is None:
            return ""
        index = self.plot.index_at(place)
        if index is None:
            return f"{short(place.x(), 3)}, {short(place.y(), 3)}"
        row = int(self._dots[index])
        lines = [probe_text(rows.ref(row), self.split)]
        for box, number in zip((self.across, self.up), self.pair, strict=True):
            if number < len(rows.inputs):
                lines.append(f"{box.currentText()}: {rows.text(row, number)}")
        return "\n".join(lines)

    def caption(self) -> str:
        return f"{self.up.currentText()} over {self.across.currentText()}" if self._rows is not None else self.title

    def table(self) -> NumberTable | None:
        rows, drawn, pair = self._rows, self._dots, self.pair
        if rows is None:
            return None
        targets = len(rows.inputs)
        columns = list(dict.fromkeys([*pair, targets]))
        names = (*rows.inputs, *rows.targets)

        def lines() -> Iterable[Sequence[object]]:
            for row in drawn.tolist():
                ref = rows.ref(row)
                cells = (rows.text(row, at) if at >= targets else rows.value(row, at) for at in columns)
                yield (PART_WORDS[ref.part], ref.index + 1, *cells)

        return NumberTable(("part", "sample", *(names[at] for at in columns)), lines)


def _columns(name: str, title: str) -> QComboBox:
    """List of columns."""
    box = QComboBox()
    box.setObjectName(name)
    box.setAccessibleName(title)
    box.setToolTip(title)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(7)
    return box
