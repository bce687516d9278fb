"""Table of predictions beside their samples, sorted by any of its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from engine.data import Preparation
from engine.data.file_dataset import ShownColumn
from nnstudio.export.predictions import Answers, prediction_rows
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.sorting import make_sortable

Index = QModelIndex | QPersistentModelIndex

_NOWHERE = QModelIndex()
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
# Beyond so many columns, measuring each would take seconds.
_MOST_MEASURED: Final = 100
_WIDEST: Final = 260


def prediction_columns(
    answers: Answers, title: str, known: Preparation, samples: Sequence[ShownColumn], most: int
) -> tuple[ShownColumn, ...]:
    """Columns of the first predictions, and of the samples they are for. For a thread."""
    header, *rows = islice(prediction_rows(answers, title, known), most + 1)
    named = bool(answers) and "name" in answers[0]
    names = {str(header[0]), *str(header[0]).split(", ")} if named else set()
    made = []
    for place, name in enumerate(header):
        words = tuple(str(row[place]) for row in rows)
        is_number = place > 1 or (place == 1 and known.task == "regression") or not (place or named)
        keys = np.array([float(word) if word else np.nan for word in words]) if is_number else None
        # Names that are numbers are in the order of these.
        same = next((column for column in samples if not place and named and column.name == name), None)
        made.append(ShownColumn(str(name), words, keys if same is None or same.keys is None else same.keys[:most]))
    others = [column for column in samples if column.name not in names]
    # The target may stand in the file too.
    taken = {column.name for column in others}
    made = [one._replace(name=f"{one.name} (predicted)") if one.name in taken else one for one in made]
    return (*made, *others)


class PredictionModel(QAbstractTableModel):
    """Columns of words, sorted by one of them or in the order of the file."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._columns: Sequence[ShownColumn] = ()
        self._order: Sequence[int] = ()
        self._reasons: Mapping[int, str] = {}

    def show_columns(self, columns: Sequence[ShownColumn], reasons: Mapping[int, str]) -> None:
        """Show columns of one length; `reasons` tell why rows, by their places, have no prediction."""
        self.beginResetModel()
        self._columns, self._reasons = columns, reasons
        self._order = range(len(columns[0].words))
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column, row = self._columns[index.column()], self._order[index.row()]
        word = column.words[row]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return word if len(word) <= 200 else f"{word[:200]}…"
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                reason = self._reasons.get(row, "")
                text = f"no prediction, since {reason}" if reason and not word else f"{column.name}: {word:.1000}"
                return plain_tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
            case Qt.ItemDataRole.TextAlignmentRole if column.keys is not None:
                return _RIGHT
        return None

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if side != Qt.Orientation.Horizontal or section >= len(self._columns):
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{self._columns[section].name:.60}"
            case Qt.ItemDataRole.TextAlignmentRole if self._columns[section].keys is not None:
                return _RIGHT
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column, numbers as numbers and empty cells last; -1 is the order of the file."""
        self.layoutAboutToBeChanged.emit()
        if not 0 <= column < len(self._columns):
            self._order = range(len(self._order))
        else:
            self._order = _sorted(self._columns[column], descending=order == Qt.SortOrder.DescendingOrder)
        self.layoutChanged.emit()


def _sorted(column: ShownColumn, *, descending: bool) -> Sequence[int]:
    """Rows in the order of a column; those that are equal stay in the order of the file."""
    if column.keys is not None:
        keys = -column.keys if descending else column.keys
        order: list[int] = np.argsort(keys, kind="stable").tolist()  # NaN comes last
        return order
    filled = [row for row, word in enumerate(column.words) if word]
    filled.sort(key=lambda row: column.words[row].casefold(), reverse=descending)
    return [*filled, *(row for row, word in enumerate(column.words) if not word)]


class PredictionView(QTableView):
    """View of predictions, sorted by a click on a header; the third click brings the order of the file back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = PredictionModel(self)
        self.setObjectName("predictions")
        self.setAccessibleName("Predictions")
        self.setModel(self.rows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        make_sortable(self)

    def show_columns(self, columns: Sequence[ShownColumn], reasons: Mapping[int, str]) -> None:
        """Show columns of one length; see `PredictionModel`."""
        self.rows.show_columns(columns, reasons)
        if len(columns) <= _MOST_MEASURED:
            self.resizeColumnsToContents()
            for place in range(len(columns)):
                self.setColumnWidth(place, min(self.columnWidth(place) + 24, _WIDEST))
