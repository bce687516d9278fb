"""Table model of samples: rows are read when they are drawn, predictions come from the worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from nnstudio.document.probe import SampleRef
from nnstudio.training.requests.predictions import Prediction
from nnstudio.ui.plain_text import plain_tip
from nnstudio.views.data.rows import PART_WORDS, SampleRows, class_name
from nnstudio.views.plotting import short

Array = NDArray[Any]
Index = QModelIndex | QPersistentModelIndex

GAP = "—"


class SampleTableModel(QAbstractTableModel):
    """Model of the chosen rows: the part, targets, where wanted their predictions, and inputs.

    Signals:
        sort_wanted: the user wants the rows in the order of a column of `SampleRows`, or of the parts (-1); falling.

    Attributes:
        rows: all samples; None while there are none.
        predicting: predictions have columns.
    """

    sort_wanted = Signal(int, bool)

    def __init__(self) -> None:
        super().__init__()
        self.rows: SampleRows | None = None
        self.predicting = False
        self._order: Array | None = None
        self._predictions: Mapping[SampleRef, Prediction] = {}

    def show_rows(self, rows: SampleRows | None, order: Array | None = None) -> None:
        """Show samples in an order; None for all of them as they are."""
        self.beginResetModel()
        self.rows, self._order = rows, order
        self.endResetModel()

    def show_order(self, order: Array | None) -> None:
        """Show the same samples in another order; the columns stay as they are."""
        if self.rows is None:
            return
        before, after = self.rowCount(), self.rows.total if order is None else len(order)
        # First lines go or come at the end, and then all get other samples: to Qt, lines that stay are what they were.
        if after < before:
            self.beginRemoveRows(QModelIndex(), after, before - 1)
            self._order = np.arange(after) if self._order is None else self._order[:after]
            self.endRemoveRows()
        elif after > before:
            self.beginInsertRows(QModelIndex(), before, after - 1)
            known = np.arange(before) if self._order is None else self._order
            self._order = np.pad(known, (0, after - before))
            self.endInsertRows()
        self._order = order
        if after:
            # Not `headerDataChanged`, for which the header looks at each of a million lines: the view paints it anew.
            self.dataChanged.emit(self.index(0, 0), self.index(after - 1, self.columnCount() - 1))

    def set_predicting(self, on: bool) -> None:
        """Add or remove the columns of predictions."""
        if on == self.predicting:
            return
        self._predictions = {}
        first = 0 if self.rows is None else 1 + len(self.rows.targets)
        last = first + len(self.rows.targets) - 1 if self.rows is not None else -1
        # Columns alone: all rows anew would take long where there are a million.
        if on:
            self.beginInsertColumns(QModelIndex(), first, last)
            self.predicting = on
            self.endInsertColumns()
        else:
            self.beginRemoveColumns(QModelIndex(), first, last)
            self.predicting = on
            self.endRemoveColumns()

    def show_predictions(self, predictions: Mapping[SampleRef, Prediction]) -> None:
        """Show predictions of the rows in sight."""
        self._predictions = predictions

    @property
    def order(self) -> Array | None:
        """Rows on display; None for all as they are."""
        return self._order

    # What stands where

    def row_at(self, line: int) -> int:
        """Row of `SampleRows` in a line of the table."""
        return line if self._order is None else int(self._order[line])

    def line_of(self, row: int) -> int | None:
        """Line of a row; None if it is not chosen."""
        if self._order is None:
            return row
        found = np.flatnonzero(self._order == row)
        return int(found[0]) if len(found) else None

    def column_at(self, column: int) -> int | None:
        """Column of `SampleRows` in a column of the table; None for the part and the predictions."""
        if self.rows is None or column < 1:
            return None
        targets, before = len(self.rows.targets), 1 + len(self.rows.targets) + len(self.predicted)
        if column <= targets:
            return len(self.rows.inputs) + column - 1
        return column - before if before <= column < before + len(self.rows.inputs) else None

    def predicted_at(self, column: int) -> int | None:
        """Number of the target whose prediction stands in a column; None for other columns."""
        targets = 0 if self.rows is None else len(self.rows.targets)
        return column - 1 - targets if targets < column <= targets + len(self.predicted) else None

    def prediction(self, line: int) -> Prediction | None:
        """Prediction for a line, as far as it is known."""
        return None if self.rows is None else self._predictions.get(self.rows.ref(self.row_at(line)))

    @property
    def predicted(self) -> tuple[str, ...]:
        """Titles of the columns of predictions."""
        if not self.predicting or self.rows is None:
            return ()
        return tuple(f"predicted {name}" for name in self.rows.targets)

    def text(self, line: int, column: int) -> str:
        """Text of a cell."""
        if self.rows is None:
            return ""
        row, own = self.row_at(line), self.column_at(column)
        if own is not None:
            return self.rows.text(row, own) or GAP
        if column == 0:
            return PART_WORDS[self.rows.ref(row).part]
        prediction, place = self.prediction(line), self.predicted_at(column)
        if prediction is None or place is None:
            return "…"
        if prediction.label is not None:
            return class_name(self.rows.first, prediction.label)
        return short(prediction.values[place], 5) if place < len(prediction.values) else ""

    def label(self, line: int, column: int) -> int | None:
        """Class named in a cell, by its label; None where there is none."""
        if self.rows is None or not self.rows.first.classes or not 0 < column <= 1 + len(self.predicted):
            return None
        if column == 1:
            return int(self.rows.value(self.row_at(line), len(self.rows.inputs)))
        prediction = self.prediction(line)
        return None if prediction is None else prediction.label

    def is_wrong(self, line: int, column: int) -> bool:
        """True for the prediction of another class than the sample's."""
        if self.rows is None or self.predicted_at(column) is None:
            return False
        prediction = self.prediction(line)
        if prediction is None or prediction.label is None:
            return False
        return bool(prediction.label != self.rows.value(self.row_at(line), len(self.rows.inputs)))

    # What Qt asks for

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if self.rows is None or parent.isValid():
            return 0
        return self.rows.total if self._order is None else len(self._order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if self.rows is None or parent.isValid() else 1 + self.rows.columns + len(self.predicted)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(index.row(), index.column())
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.rows is None or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        if orientation == Qt.Orientation.Vertical:
            shown = role == Qt.ItemDataRole.DisplayRole and section < self.rowCount()
            return f"{self.rows.ref(self.row_at(section)).index + 1:,}" if shown else None
        own, place = self.column_at(section), self.predicted_at(section)
        if own is not None:
            inputs = len(self.rows.inputs)
            name = self.rows.inputs[own] if own < inputs else self.rows.targets[own - inputs]
        else:
            name = "part" if place is None else self.predicted[place]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(
                f"{name}: as the network predicts it now" if place is not None else f"{name}: click to sort"
            )
        return name

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        own = self.column_at(column)
        self.sort_wanted.emit(-1 if own is None else own, order == Qt.SortOrder.DescendingOrder)
