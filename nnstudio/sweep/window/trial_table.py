"""Table of trials, with what can be done with them."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QPointF, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QPushButton, QTableView, QVBoxLayout, QWidget

from nnstudio.sweep.results import StudyTable, TrialRow
from nnstudio.sweep.window.trial_model import SortedTrials, TrialModel
from nnstudio.ui.inspection import Exhibit, Inspection
from nnstudio.ui.labels import PlainLabel
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.sorting import make_sortable

_ROW, _WIDEST = 26, 190
_HINT = "Trials appear here as they are trained: each with its settings, and how well it did."


class TrialTable(QWidget):
    """Table of trials.

    Signals:
        take: a person wants the settings of a trial. keep: trials are wanted as runs.
        selected: numbers of the selected trials.
    """

    take = Signal(object)
    keep = Signal(object)
    selected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table: StudyTable | None = None
        self.model = TrialModel()
        self.sorted = SortedTrials(self.model)
        self.grid = QTableView()
        self.grid.setObjectName("trialTable")
        self.grid.setAccessibleName("Trials of the search")
        self.grid.setModel(self.sorted)
        make_sortable(self.grid)
        self.grid.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.grid.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.grid.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.grid.setFrameShape(QTableView.Shape.NoFrame)
        self.grid.setTabKeyNavigation(False)
        self.grid.setWordWrap(False)
        self.grid.verticalHeader().setDefaultSectionSize(_ROW)
        self.grid.verticalHeader().hide()
        self.grid.horizontalHeader().setHighlightSections(False)
        self.hint = PlainLabel(_HINT)
        self.hint.setProperty("role", "muted")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setWordWrap(True)
        self.take_button = QPushButton("Take these settings")
        self.take_button.setObjectName("trialTake")
        self.take_button.setToolTip("Set the project to the settings of the selected trial; can be undone")
        self.keep_button = QPushButton("Keep as runs")
        self.keep_button.setObjectName("trialKeep")
        self.keep_button.setToolTip("Make runs of the project of the selected trials, with their weights and curves")
        self.best_button = QPushButton("Select the best")
        self.best_button.setObjectName("trialBest")
        self.best_button.setToolTip("Select the trial with the best measure")
        row = QHBoxLayout()
        row.addWidget(self.best_button)
        row.addWidget(self.take_button)
        row.addWidget(self.keep_button)
        row.addStretch(1)
        for button in (self.best_button, self.take_button, self.keep_button):
            button.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.addWidget(self.hint, 1)
        column.addWidget(self.grid, 1)
        column.addLayout(row)
        self.grid.hide()
        exhibit = Exhibit(
            self.grid.viewport(),
            lambda: "Trials of the search",
            self.reading,
            self.numbers,
            (self.grid,),
            owner=self.grid,
        )
        self.inspection = Inspection(self, exhibit)
        self.take_button.clicked.connect(lambda: self.take.emit(self.chosen[0]))
        self.keep_button.clicked.connect(lambda: self.keep.emit(self.chosen))
        self.best_button.clicked.connect(self._select_best)
        self.grid.selectionModel().selectionChanged.connect(self._selected)
        self.sorted.modelReset.connect(self._selected)
        self._selected()

    def show_table(self, table: StudyTable) -> None:
        """Show these trials."""
        titles = self.model.titles
        self._table = table
        self.model.show_table(table)
        self.hint.setVisible(not table.rows)
        self.grid.setVisible(bool(table.rows))
        if titles != self.model.titles:
            self._fit_columns()
        self._selected()

    def _fit_columns(self) -> None:
        metrics = self.grid.fontMetrics()
        for place, title in enumerate(self.model.titles):
            # Room for the mark of the order beside the title.
            self.grid.setColumnWidth(place, min(max(metrics.horizontalAdvance(title) + 36, 90), _WIDEST))

    @property
    def chosen(self) -> list[TrialRow]:
        """Selected trials, from top to bottom."""
        places = sorted(index.row() for index in self.grid.selectionModel().selectedRows())
        return [self.model.rows[self.sorted.mapToSource(self.sorted.index(place, 0)).row()] for place in places]

    def select(self, number: int) -> None:
        """Select the trial of this number."""
        index = self.sorted.mapFromSource(self.model.index(number, 0))
        if index.isValid():
            flags = QItemSelectionModel.SelectionFlag
            self.grid.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.grid.scrollTo(index)

    def _select_best(self) -> None:
        best = () if self._table is None else self._table.best()
        if best:
            self.select(best[0].number)

    def _selected(self) -> None:
        chosen = self.chosen
        self.take_button.setEnabled(len(chosen) == 1 and bool(chosen[0].parameters))
        self.keep_button.setEnabled(bool(chosen) and all(row.state == "complete" for row in chosen))
        self.best_button.setEnabled(self._table is not None and bool(self._table.best()))
        self.selected.emit(frozenset(row.number for row in chosen))

    def reading(self, point: QPointF) -> str:
        """Text for a place on the table: the trial, and why it failed."""
        index = self.grid.indexAt(point.toPoint())
        if not index.isValid():
            return ""
        row = self.model.rows[self.sorted.mapToSource(index).row()]
        return "\n".join(filter(None, [f"Trial {row.number}, {row.state}", row.reason]))

    def numbers(self) -> NumberTable | None:
        """Numbers of the table."""
        rows = [self.model.texts(row) for row in self.model.rows]
        return NumberTable(self.model.titles, lambda: rows) if rows else None
