"""Model of the table of trials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QColor, QFont

from nnstudio.sweep.project_runs import told
from nnstudio.sweep.results import StudyTable, TrialRow
from nnstudio.training.run_table import duration
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.theme import theme

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
_NOWHERE = QModelIndex()
# By which a column is sorted: numbers as numbers.
_SORT = Role.UserRole

_Column = tuple[str, Callable[[TrialRow], Any], Callable[[TrialRow], str]]


class TrialModel(QAbstractTableModel):
    """Model of the trials of a study."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[TrialRow, ...] = ()
        self._columns: list[_Column] = []
        self._best = -1

    @property
    def titles(self) -> tuple[str, ...]:
        """Titles of the columns."""
        return tuple(title for title, _, _ in self._columns)

    def texts(self, row: TrialRow) -> list[str]:
        """Texts of a row."""
        return [text(row) for _, _, text in self._columns]

    def show_table(self, table: StudyTable) -> None:
        """Show these trials; rows that are there stay where they are."""
        columns = _columns(table)
        best = table.best()
        same = [title for title, _, _ in columns] == list(self.titles)
        if not same or len(table.rows) < len(self.rows):
            self.beginResetModel()
            self.rows, self._columns = table.rows, columns
            self._best = best[0].number if best else -1
            self.endResetModel()
            return
        before, count = self.rows, len(self.rows)
        was, self._best = self._best, best[0].number if best else -1
        if len(table.rows) > count:
            self.beginInsertRows(_NOWHERE, count, len(table.rows) - 1)
            self.rows = table.rows
            self.endInsertRows()
        self.rows = table.rows
        for number in range(count):
            if before[number] != table.rows[number] or number in (was, self._best):
                self.dataChanged.emit(self.index(number, 0), self.index(number, len(columns) - 1))

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        row, (title, key, text) = self.rows[index.row()], self._columns[index.column()]
        match role:
            case Role.DisplayRole:
                return text(row)
            case Role.ToolTipRole | Role.AccessibleTextRole:
                words = f"{title}: {text(row)}" if text(row) else ""
                if title == "State" and row.reason:
                    words += f"\n{row.reason}"
                return (plain_tip(words) if role == Role.ToolTipRole else words) or None
            case Role.FontRole if row.number == self._best:
                font = QFont()
                font.setBold(True)
                return font
            case Role.ForegroundRole if not row.over or row.state in ("failed", "diverged"):
                colours = theme().colours
                return QColor(colours.error if row.over else colours.muted)
            case Role.TextAlignmentRole if title != "State":
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return key(row) if role == _SORT else None

    def headerData(self, section: int, side: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if side is not Qt.Orientation.Horizontal or section >= len(self._columns) or role != Role.DisplayRole:
            return None
        return self._columns[section][0]


class SortedTrials(QSortFilterProxyModel):
    """Trials in the order of a column: numbers, then words, and last what is missing."""

    def __init__(self, model: TrialModel) -> None:
        super().__init__()
        self.setSourceModel(model)
        self.setSortRole(_SORT)
        self.setDynamicSortFilter(True)

    def lessThan(self, left: Index, right: Index) -> bool:
        return _rank(left.data(_SORT)) < _rank(right.data(_SORT))


def _rank(value: Any) -> tuple[int, float, str]:
    if isinstance(value, str):
        return 1, 0.0, value
    return (2, 0.0, "") if value is None else (0, float(value), "")


def _columns(table: StudyTable) -> list[_Column]:
    def setting(name: str) -> _Column:
        return (
            name,
            lambda row: row.parameters.get(name),
            lambda row: told(row.parameters[name]) if name in row.parameters else "",
        )

    return [
        ("Trial", lambda row: row.number, lambda row: str(row.number)),
        (
            table.measure or "Measure",
            lambda row: row.value,
            lambda row: "" if row.value is None else f"{row.value:.4g}",
        ),
        ("State", lambda row: row.state, lambda row: row.state),
        *(setting(name) for name in table.settings),
        ("Epoch", lambda row: row.epoch or None, lambda row: f"{row.epoch:,}" if row.epoch else ""),
        ("Took", lambda row: row.seconds, lambda row: duration(row.seconds) if row.seconds else ""),
    ]
