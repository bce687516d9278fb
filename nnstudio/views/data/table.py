"""Table of the samples, however many: sorted, filtered, a click makes one the probe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QCheckBox, QHeaderView, QTableView, QWidget

from nnstudio.document.probe import SampleRef
from nnstudio.store import Store
from nnstudio.training.requests.predictions import Predictions
from nnstudio.training.sample_text import probe_text
from nnstudio.training.split import Split
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.sorting import make_sortable
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views.data.base import DataView
from nnstudio.views.data.filters import ClassFilter, PartFilter, header_of
from nnstudio.views.data.rows import PART_WORDS, Choice, SampleRows
from nnstudio.views.data.table_cells import paint_cells
from nnstudio.views.data.table_model import SampleTableModel
from nnstudio.views.plotting import column, short

# At this width, text and controls stand beside each other; as many rows in sight are predicted; heights in pixels.
_WIDE, _MOST_PREDICTED, _ROW = 640, 120, 22
# Widths are measured on so many rows and columns, and lie between these.
_MEASURED, _MOST_MEASURED, _NARROWEST, _WIDEST = 12, 24, 56, 180

_ACROSS = Qt.Orientation.Horizontal


class SampleTable(QTableView):
    """Table view of samples. Copying takes the whole row."""

    def __init__(self, model: SampleTableModel) -> None:
        super().__init__()
        self.setObjectName("sampleTable")
        self.setAccessibleName("Table of the samples")
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        lines, names = self.verticalHeader(), self.horizontalHeader()
        # A million rows of one height need no look at any of them.
        lines.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        lines.setDefaultSectionSize(_ROW)
        lines.setHighlightSections(False)
        names.setHighlightSections(False)
        names.setSortIndicatorClearable(True)
        names.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        make_sortable(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        model = self.model()
        if event.matches(QKeySequence.StandardKey.Copy) and isinstance(model, SampleTableModel):
            line = self.currentIndex().row()
            if line >= 0 and model.rows is not None:
                cells = model.rows.cells(model.row_at(line))
                QApplication.clipboard().setText("\t".join("" if cell is None else str(cell) for cell in cells))
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        model = self.model()
        assert isinstance(model, SampleTableModel)
        paint_cells(self, model, self.lines_in_sight())

    def lines_in_sight(self) -> range:
        """Lines that are at least partly in sight."""
        first = self.rowAt(0)
        if first < 0:
            return range(0)
        last = self.rowAt(self.viewport().height() - 1)
        return range(first, (last if last >= 0 else self.model().rowCount() - 1) + 1)


class TableView(DataView):
    """View of all samples as a table, in the units of their source."""

    dock_name = "tableView"
    title = "Table"
    saying = "the samples, row by row; a click makes one the probe"
    rank = 70
    min_interval = 0.1
    waiting = "The rows appear as soon as the data are read."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.model = SampleTableModel()
        self.grid = SampleTable(self.model)
        self.part = PartFilter("tablePart")
        self.label = ClassFilter("tableClass")
        self.predictions = QCheckBox("Predictions")
        self.predictions.setObjectName("tablePredictions")
        self.predictions.setToolTip("Show what the network predicts for the rows in sight, also while it trains")
        self.info = StillLabel("Rows on display", yields=True)
        content = QWidget()
        column(content, header_of(self.info, self.part, self.label, self.predictions, wide_from=_WIDE), self.grid)
        self.set_content(content)
        self.make_inspectable(self.grid.viewport(), owner=self.grid)
        self._choice = Choice()
        self._sought: object = None
        self._following = False
        self.part.chosen.connect(self._choose_rows)
        self.label.chosen.connect(self._choose_rows)
        self.model.sort_wanted.connect(self._sort)
        self.predictions.toggled.connect(self._predict)
        self.grid.selectionModel().currentRowChanged.connect(self._choose_sample)
        self.grid.verticalScrollBar().valueChanged.connect(self._scrolled)
        store.sample_changed.connect(self._follow_sample)

    @property
    def choice(self) -> Choice:
        """Rows on display, as they were chosen."""
        return self._choice

    # Data

    def show_data(self, split: Split) -> None:
        rows = SampleRows(split)
        self._choice, self._sought = Choice(), None
        self.part.show_parts([part for part, _ in rows.parts])
        self.label.show_classes(rows.first.classes)
        names = self.grid.horizontalHeader()
        names.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.model.show_rows(rows)
        self._fit_columns()
        self._tell()
        self._follow_sample()

    def release(self) -> None:
        self._sought = None
        self.model.show_predictions({})
        self.model.show_rows(None)

    def _fit_columns(self) -> None:
        """Gives the columns the width of their first numbers."""
        model, metrics = self.model, self.grid.fontMetrics()
        lines = range(min(model.rowCount(), _MEASURED))
        # Of a thousand columns, the first ones tell how wide all are.
        measured = min(model.columnCount(), _MOST_MEASURED)
        widths = []
        for place in range(measured):
            texts = [str(model.headerData(place, _ACROSS)) + "   "]
            texts += PART_WORDS.values() if place == 0 else [model.text(line, place) for line in lines]
            # Beside the name of a class stand a disc and, of a prediction, a sign.
            spare = 14 if place == 0 or place > 1 + len(model.predicted) else 40
            widths.append(min(max(max(map(metrics.horizontalAdvance, texts)) + spare, _NARROWEST), _WIDEST))
        header = self.grid.horizontalHeader()
        header.setDefaultSectionSize(max(widths[1:] or [_NARROWEST]))
        for place, width in enumerate(widths):
            self.grid.setColumnWidth(place, width)

    # What is chosen

    def _choose_rows(self) -> None:
        self._seek(Choice(self.part.part, self.label.label, self._choice.column, self._choice.falling))

    def _sort(self, place: int, falling: bool) -> None:
        self._seek(Choice(self._choice.part, self._choice.label, None if place < 0 else place, falling and place >= 0))

    def _seek(self, choice: Choice) -> None:
        """Put the chosen rows in order, in a thread."""
        rows = self.model.rows
        if rows is None or choice == (self._sought or self._choice):
            return
        self._sought = choice
        self.info.setText("Sorting…" if choice.column is not None else "Choosing rows…")
        self.in_background(lambda: rows.order(choice), lambda order: self._show_order(choice, order))

    def _show_order(self, choice: Choice, order: Any) -> None:
        if choice != self._sought:
            # Another click was quicker.
            return
        self._choice, self._sought = choice, None
        self._following = True
        self.grid.clearSelection()
        self.model.show_order(order)
        self.grid.verticalHeader().viewport().update()
        self.grid.scrollToTop()
        self._following = False
        self._tell()
        self._follow_sample(scroll=False)
        self.requests_changed.emit()

    def _choose_sample(self, current: QModelIndex) -> None:
        rows = self.model.rows
        if rows is not None and current.isValid() and not self._following:
            self._following = True
            self.store.choose_sample(rows.ref(self.model.row_at(current.row())))
            self._following = False

    def _follow_sample(self, scroll: bool = True) -> None:
        """Mark the row of the probe, if it is among the chosen ones."""
        rows, sample = self.model.rows, self.store.sample
        if rows is None or self._following:
            return
        row = rows.row_of(sample) if isinstance(sample, SampleRef) else None
        line = None if row is None else self.model.line_of(row)
        self._following = True
        if line is None:
            self.grid.clearSelection()
        else:
            index = self.model.index(line, max(self.grid.currentIndex().column(), 0))
            self.grid.setCurrentIndex(index)
            if scroll:
                self.grid.scrollTo(index)
        self._following = False

    # Predictions

    def _predict(self, on: bool) -> None:
        self.model.set_predicting(on)
        self._fit_columns()
        self._follow_sample()
        self.requests_changed.emit()

    def _scrolled(self) -> None:
        if self.predictions.isChecked():
            self.requests_changed.emit()

    def request(self) -> Predictions | None:
        rows = self.model.rows
        if rows is None or not self.predictions.isChecked():
            return None
        lines = self.grid.lines_in_sight()[:_MOST_PREDICTED]
        refs = tuple(rows.ref(self.model.row_at(line)) for line in lines)
        return Predictions(refs, self.store.document.training.loss.threshold) if refs else None

    def show_answer(self, answer: Any) -> None:
        if answer is not None and self.predictions.isChecked():
            self.model.show_predictions(answer)
            self.grid.viewport().update()

    # What is read

    def _tell(self) -> None:
        rows = self.model.rows
        if rows is None:
            return
        shown = self.model.rowCount()
        text = f"{shown:,} samples" if shown == rows.total else f"{shown:,} of {rows.total:,} samples"
        brief = text
        if self._choice.column is not None:
            name = (*rows.inputs, *rows.targets)[self._choice.column]
            text += f", by {name}, the {'largest' if self._choice.falling else 'smallest'} first"
        self.info.setText(text, brief)
        self.grid.setAccessibleDescription(text)

    def reading(self, point: QPointF) -> str:
        rows, index = self.model.rows, self.grid.indexAt(QPoint(int(point.x()), int(point.y())))
        if rows is None or not index.isValid():
            return ""
        row, own = self.model.row_at(index.row()), self.model.column_at(index.column())
        ref = rows.ref(row)
        if self.model.predicted_at(index.column()) is not None and self.model.prediction(index.row()) is not None:
            predicted = self.model.text(index.row(), index.column())
            return f"{probe_text(ref, self.split)}\n{self.model.headerData(index.column(), _ACROSS)}: {predicted}"
        if own is None or own >= len(rows.inputs):
            return probe_text(ref, self.split)
        text = rows.text(row, own)
        data = rows.parts[rows.place(row)[0]][1]
        scaled = ""
        if data.source is not None and data.source.shape == data.x.shape:
            taken = float(data.x[ref.index].reshape(-1)[own])
            scaled = f"\nfor the network: {short(taken)}"
        return f"{ref.title}, {rows.inputs[own]}: {text or 'a gap'}{scaled}"

    def table(self) -> NumberTable | None:
        rows = self.model.rows
        if rows is None:
            return None
        order, total = self.model.order, rows.total

        def lines() -> Iterable[Sequence[object]]:
            for row in range(total) if order is None else order:
                ref = rows.ref(int(row))
                yield (PART_WORDS[ref.part], ref.index + 1, *rows.cells(int(row)))

        return NumberTable(("part", "sample", *rows.inputs, *rows.targets), lines)
