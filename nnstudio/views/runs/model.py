"""Model of the table of runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPixmap

from engine import metrics
from nnstudio.training.run_table import RunRow, RunTable, begun, duration, score_title, setting_title
from nnstudio.ui.colours import class_colour
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import short

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole

_NOWHERE = QModelIndex()
# By which a column is sorted: numbers as numbers.
SORT = Role.UserRole
NAME = 0
# Pixels of the patch of colour beside a name.
_PATCH = 16


class _Column:
    """Column: its title, its text, what it is sorted by, and whether it shows settings that differ.

    `value` is what stands in a file, where a number is a number: without separators, shares from 0 to 1.
    """

    def __init__(
        self,
        title: str,
        text: Callable[[RunRow], str],
        key: Callable[[RunRow], Any] | None = None,
        *,
        value: Callable[[RunRow], Any] | None = None,
        setting: bool = False,
        number: bool = True,
    ) -> None:
        self.title, self.text, self.key = title, text, key or text
        self.value = value or (self.key if number else text)
        self.setting, self.number = setting, number


class RunModel(QAbstractTableModel):
    """Model of the runs of a project; the first column has a box for those whose curves are compared.

    Args:
        rename, annotate: called with a run and the text that a person typed.
        choose: called with a run and whether it is compared.
    """

    def __init__(
        self,
        rename: Callable[[str, str], None],
        annotate: Callable[[str, str], None],
        choose: Callable[[str, bool], None],
    ) -> None:
        super().__init__()
        self._rename, self._annotate, self._choose = rename, annotate, choose
        self._rows: tuple[RunRow, ...] = ()
        self._columns: list[_Column] = []
        self._shape: tuple[object, ...] = ()
        self._chosen: Sequence[str] = ()
        # Of each chosen run, the one whose colour it has.
        self._like: Mapping[str, str] = {}

    @property
    def rows(self) -> tuple[RunRow, ...]:
        """Runs on display."""
        return self._rows

    @property
    def titles(self) -> list[str]:
        """Titles of the columns."""
        return [column.title for column in self._columns]

    def texts(self, row: RunRow) -> list[str]:
        """Texts of a row."""
        return [column.text(row) for column in self._columns]

    def values(self, row: RunRow) -> list[Any]:
        """Values of a row, as they stand in a file."""
        return [column.value(row) for column in self._columns]

    def show_table(self, table: RunTable) -> None:
        """Show these runs; where only the numbers of one have changed, the table stays as it is otherwise."""
        shape = (tuple(row.id for row in table.rows), table.scores, table.settings)
        if shape == self._shape:
            old, self._rows = self._rows, table.rows
            for number, (was, now) in enumerate(zip(old, table.rows, strict=True)):
                if was != now:
                    self.dataChanged.emit(self.index(number, 0), self.index(number, len(self._columns) - 1))
            return
        self.beginResetModel()
        self._rows, self._shape, self._columns = table.rows, shape, _columns(table)
        self.endResetModel()

    def show_chosen(self, runs: Sequence[str], like: Mapping[str, str] | None = None) -> None:
        """Check the boxes of these runs; `like` gives the run whose colour another has, as all repeats of a mean do."""
        if (runs, like or {}) == (self._chosen, self._like):
            return
        self._chosen, self._like = runs, like or {}
        if self._rows:
            self.dataChanged.emit(self.index(0, NAME), self.index(len(self._rows) - 1, NAME))

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == NAME:
            flags |= Qt.ItemFlag.ItemIsEditable
            if not self._rows[index.row()].present:
                flags |= Qt.ItemFlag.ItemIsUserCheckable
        elif index.column() == len(self._columns) - 1:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        row, column = self._rows[index.row()], self._columns[index.column()]
        match role:
            case Role.DisplayRole:
                now = " (now)" if row.present and index.column() == NAME else ""
                return column.text(row) + now
            case Role.EditRole:
                return column.text(row)
            case Role.ToolTipRole | Role.AccessibleTextRole:
                text = f"{column.title}: {column.text(row)}" if column.text(row) else ""
                return (plain_tip(text) if role == Role.ToolTipRole else text) or None
            case Role.CheckStateRole if index.column() == NAME and not row.present:
                return Qt.CheckState.Checked if row.id in self._chosen else Qt.CheckState.Unchecked
            case Role.DecorationRole if index.column() == NAME and row.id in self._chosen:
                return _patch(class_colour(theme().colours, self._chosen.index(self._like.get(row.id, row.id))))
            case Role.FontRole if row.present:
                font = QFont()
                font.setBold(True)
                return font
            case Role.ForegroundRole if column.setting:
                return QColor(theme().colours.accent)
            case Role.TextAlignmentRole if column.number:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return column.key(row) if role == SORT else None

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        row = self._rows[index.row()]
        if role == Role.CheckStateRole:
            self._choose(row.id, Qt.CheckState(value) is Qt.CheckState.Checked)
        elif index.column() == NAME:
            self._rename(row.id, str(value))
        else:
            self._annotate(row.id, str(value))
        return True

    def headerData(self, section: int, side: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if side is not Qt.Orientation.Horizontal or section >= len(self._columns):
            return None
        column = self._columns[section]
        if role == Role.DisplayRole:
            return column.title
        if role == Role.ToolTipRole and column.setting:
            return f"{column.title}: not the same in all runs"
        return None


class SortedRuns(QSortFilterProxyModel):
    """Runs in the order of a column."""

    def __init__(self, model: RunModel) -> None:
        super().__init__()
        self.setSourceModel(model)
        self.setSortRole(SORT)
        self.setDynamicSortFilter(True)

    def lessThan(self, left: Index, right: Index) -> bool:
        return _rank(left.data(SORT)) < _rank(right.data(SORT))


def _patch(colour: QColor) -> QIcon:
    """Patch of a colour, the same in a selected row, where Qt would mix it with that of the selection."""
    pixmap, icon = QPixmap(_PATCH, _PATCH), QIcon()
    pixmap.fill(colour)
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        icon.addPixmap(pixmap, mode)
    return icon


def _rank(value: Any) -> tuple[int, float, str]:
    """Place in a column: numbers, then words, and last what is missing, or not a number, as after divergence."""
    if isinstance(value, str):
        return 1, 0.0, value
    return (0, float(value), "") if value is not None and not math.isnan(value) else (2, 0.0, "")


def _columns(table: RunTable) -> list[_Column]:
    def score(name: str) -> _Column:
        return _Column(
            score_title(name),
            lambda row: score_text(name, row.scores[name]) if name in row.scores else "",
            lambda row: row.scores.get(name),
        )

    def setting(title: str) -> _Column:
        return _Column(
            setting_title(title),
            lambda row: row.settings.get(title, ""),
            lambda row: _sortable(row.settings.get(title, "")),
            setting=True,
        )

    return [
        _Column("Run", lambda row: row.name, lambda row: row.number, number=False),
        _Column("Steps", lambda row: f"{row.step:,}", lambda row: row.step),
        _Column("Epochs", lambda row: f"{row.epoch:,}", lambda row: row.epoch),
        *(score(name) for name in table.scores),
        *(setting(title) for title in table.settings),
        _Column("Trained for", lambda row: duration(row.seconds), lambda row: row.seconds),
        _Column("Begun", begun, lambda row: row.origin.begun, value=begun),
        _Column("Note", lambda row: row.note, number=False),
    ]


def score_text(name: str, value: float) -> str:
    """Text of a score, as the curves tell it: shares as "97.5%", other numbers with four digits."""
    base = name.removeprefix("val_")
    share = base != "loss" and metrics.get(base).of_classes and math.isfinite(value)
    return f"{value:.1%}" if share else short(value)


def _sortable(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
