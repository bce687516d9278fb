"""Preview of a table: its first rows as they stand in the file, and what each column is for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from engine.data.tables.guess import TableGuess
from engine.data.tables.settings import ColumnSetting
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.theme import theme

Index = QModelIndex | QPersistentModelIndex

_NOWHERE = QModelIndex()
_ROLES = {"input": "input", "target": "target", "ignore": "ignored", "name": "row name"}
_KINDS = {"yesno": "yes or no"}
# Pixels; a column is as wide as its words up to the widest.
_WIDEST, _NARROWEST, _AROUND = 220, 84, 20
_MOST_LETTERS = 100
# Where there is space left, every column gets as much of it, up to this width.
_STRETCHED = 300
# Beyond so many columns they all get the same width: measuring each would take seconds.
_MOST_MEASURED = 200


def told(column: ColumnSetting) -> str:
    """Role and kind of a column: "input, category"."""
    role = _ROLES.get(column.role, column.role)
    return f"{role}, {_KINDS.get(column.kind, column.kind)}" if column.role in ("input", "target") else role


class PreviewModel(QAbstractTableModel):
    """Model of a table's first rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns: tuple[ColumnSetting, ...] = ()
        self.rows: tuple[tuple[str, ...], ...] = ()

    def show_guess(self, guess: TableGuess) -> None:
        """Show the rows of a guess."""
        same = [column.name for column in guess.columns] == [column.name for column in self.columns]
        if same and len(self.rows) == len(guess.preview):
            # Only contents change, so that the chosen cell and the scrolling stay.
            self.columns, self.rows = guess.columns, guess.preview
            if self.rows and self.columns:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(self.columns) - 1))
                self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)
            return
        self.beginResetModel()
        self.columns, self.rows = guess.columns, guess.preview
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = self.columns[index.column()]
        row = self.rows[index.row()]
        word = row[index.column()] if index.column() < len(row) else ""
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return word if len(word) <= 200 else f"{word[:200]}…"
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(f"{column.name}: {word:.1000}")
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{column.name}, row {index.row() + 1}: {word:.200}"
            case Qt.ItemDataRole.ForegroundRole if column.role in ("ignore", "name"):
                return QBrush(QColor(theme().colours.muted))
            case Qt.ItemDataRole.TextAlignmentRole if column.kind == "number" and column.role in ("input", "target"):
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if side == Qt.Orientation.Vertical:
            return section + 1 if role == Qt.ItemDataRole.DisplayRole else None
        if section >= len(self.columns):
            return None
        column = self.columns[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{column.name:.60}\n{told(column)}"
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(f"{column.name}: {told(column)}")
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{column.name}: {told(column)}"
            case Qt.ItemDataRole.TextAlignmentRole if column.kind == "number" and column.role in ("input", "target"):
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case Qt.ItemDataRole.FontRole if column.role == "target":
                font = QFont()
                font.setBold(True)
                return font
        return None


class Preview(QTableView):
    """First rows of a table, one of whose columns is chosen by mouse or keys.

    Signals:
        chosen: the column at this place, counted from 0.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tablePreview")
        self.setAccessibleName("First rows of the table")
        self.table = PreviewModel(self)
        self.setModel(self.table)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectColumns)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        # Tab leads on to the settings; arrows go from column to column.
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 8)
        names = self.horizontalHeader()
        names.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        names.setHighlightSections(False)
        self._by_hand = False
        self._wanted: list[int] = []
        names.sectionResized.connect(self._note_width)
        self.selectionModel().currentColumnChanged.connect(lambda index, _: self.chosen.emit(index.column()))

    @property
    def place(self) -> int:
        """Place of the chosen column; -1 for none."""
        return self.currentIndex().column()

    def show_guess(self, guess: TableGuess, place: int) -> None:
        """Show the rows of a guess, with the column at this place chosen."""
        before = [column.name for column in self.table.columns]
        self.table.show_guess(guess)
        if [column.name for column in guess.columns] != before:
            self._fit()
        if self.place != place and guess.preview:
            self.setCurrentIndex(self.table.index(0, place))

    def _fit(self) -> None:
        self._by_hand = False
        self._wanted = []
        with self._sharing():
            if len(self.table.columns) > _MOST_MEASURED:
                self.horizontalHeader().setDefaultSectionSize(110)
                return
        widths = [self._width(place) + _AROUND for place in range(len(self.table.columns))]
        self._wanted = [min(max(width, _NARROWEST), _WIDEST) for width in widths]
        self._share_space()

    def _width(self, place: int) -> int:
        """Width of the longest words of a column. Asked cell by cell, a page of 20 columns would take 30 ms longer."""
        title = str(self.table.headerData(place, Qt.Orientation.Horizontal)).split("\n")
        bold = QFont(self.font())
        bold.setBold(True)
        names, cells = QFontMetrics(bold), self.fontMetrics()
        words = max((row[place] for row in self.table.rows if place < len(row)), key=len, default="")
        return max(*map(names.horizontalAdvance, title), cells.horizontalAdvance(words[:_MOST_LETTERS]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._by_hand:
            self._share_space()

    def _share_space(self) -> None:
        """Share the width that the columns leave among them."""
        more = max(self.viewport().width() - sum(self._wanted), 0) // max(len(self._wanted), 1)
        with self._sharing():
            for place, width in enumerate(self._wanted):
                self.setColumnWidth(place, max(width, min(width + more, _STRETCHED)))

    @contextmanager
    def _sharing(self) -> Iterator[None]:
        """Within, columns get widths that nobody has chosen."""
        before = self._by_hand
        yield
        self._by_hand = before

    def _note_width(self) -> None:
        self._by_hand = True
