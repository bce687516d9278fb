"""Columns of the data: kind, range, gaps, mean, standard deviation, histogram."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from engine.data.describe import ColumnSummary, DataSummary
from nnstudio.store import Store
from nnstudio.training.data_facts import parts_of, summary
from nnstudio.training.split import Split
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views.data.base import DataView
from nnstudio.views.data.column_model import HEADER, HISTOGRAM, ColumnModel, HistogramCells, cells
from nnstudio.views.plotting import Header, column, short

_ROW, _WIDE, _WIDEST, _HISTOGRAM_WIDTH = 30, 320, 180, 130


class ColumnsView(DataView):
    """View of the statistics of each input and target, of all parts together."""

    dock_name = "columnsView"
    title = "Columns"
    saying = "range, gaps and distribution of every input and target"
    rank = 71
    waiting = "The columns appear as soon as the data are read."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.model = ColumnModel()
        self.grid = QTableView()
        self.grid.setObjectName("columnTable")
        self.grid.setAccessibleName("Statistics of the columns")
        self.grid.setModel(self.model)
        self.grid.setItemDelegateForColumn(HISTOGRAM, HistogramCells(self.grid))
        self.grid.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.grid.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.grid.setFrameShape(QTableView.Shape.NoFrame)
        self.grid.setTabKeyNavigation(False)
        self.grid.setWordWrap(False)
        lines, names = self.grid.verticalHeader(), self.grid.horizontalHeader()
        lines.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        lines.setDefaultSectionSize(_ROW)
        lines.hide()
        names.setHighlightSections(False)
        self.info = StillLabel("Number of columns", yields=True)
        content = QWidget()
        column(content, Header(self.info, wide_from=_WIDE), self.grid)
        self.set_content(content)
        self.make_inspectable(self.grid.viewport(), owner=self.grid)

    def measure(self) -> Callable[[Split], Any]:
        return summary

    def show_data(self, split: Split) -> None:
        found: DataSummary = self.fact
        self.model.show_columns(found.columns)
        metrics = self.grid.fontMetrics()
        for place, title in enumerate(HEADER):
            # Of ten thousand columns, the first ones tell how wide their numbers are.
            texts = [title, *(cells(each)[place] for each in found.columns[:100])]
            width = min(max(map(metrics.horizontalAdvance, texts)) + 18, _WIDEST)
            self.grid.setColumnWidth(place, _HISTOGRAM_WIDTH if place == HISTOGRAM else width)
        gaps = sum(each.gaps for each in found.columns)
        constant = sum(each.kind == "constant" for each in found.columns)
        total = sum(len(data) for _, data in parts_of(split))
        looked = f"{found.samples:,} of " if found.samples < total else ""
        text = f"{looked}{total:,} samples, {len(found.columns):,} columns"
        long = text + (f", {gaps:,} gaps" if gaps else ", no gaps")
        long += f", {constant:,} constant" if constant else ""
        self.info.setText(long, text)
        self.grid.setAccessibleDescription(long)

    def release(self) -> None:
        self.model.show_columns(())

    def reading(self, point: QPointF) -> str:
        index = self.grid.indexAt(QPoint(int(point.x()), int(point.y())))
        if not index.isValid():
            return ""
        found = self.model.columns[index.row()]
        if index.column() != HISTOGRAM:
            return f"{found.name}, {HEADER[index.column()].lower()}: {cells(found)[index.column()] or 'none'}"
        place = QRectF(self.grid.visualRect(index)).adjusted(6, 0, -6, 0)
        count = len(found.counts)
        if not count or not place.left() <= point.x() < place.right():
            return found.name
        number = min(int((point.x() - place.left()) / place.width() * count), count - 1)
        return f"{found.name}\n{_bin_text(found, number)}: {found.counts[number]:,} of {found.values:,}"

    def table(self) -> NumberTable | None:
        columns = self.model.columns
        if not columns:
            return None
        bins = max(len(each.counts) for each in columns)

        def lines() -> Iterable[Sequence[object]]:
            for each in columns:
                numbers = (each.minimum, each.maximum, each.mean, each.deviation)
                known = (None if math.isnan(number) else number for number in numbers)
                counts = (*each.counts, *[None] * (bins - len(each.counts)))
                yield (each.name, each.role, each.kind, *known, each.gaps, each.values, *counts)

        header = (
            "column",
            "role",
            "kind",
            "min",
            "max",
            "mean",
            "sd",
            "gaps",
            "values",
            *(f"bin {index + 1}" for index in range(bins)),
        )
        return NumberTable(header, lines)


def _bin_text(found: ColumnSummary, number: int) -> str:
    """Class of a bar, or its range."""
    if found.classes:
        return found.classes[number]
    width = (found.maximum - found.minimum) / len(found.counts)
    low = found.minimum + number * width
    return short(low) if width == 0 else f"{short(low)} to {short(low + width)}"
