"""Table model of column statistics, and the painter of their histograms."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from engine.data.describe import ColumnSummary
from nnstudio.ui.colours import chosen_fill, class_colour
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import short

Index = QModelIndex | QPersistentModelIndex
HEADER = ("Column", "Histogram", "Kind", "Min", "Max", "Mean", "SD", "Gaps", "Values", "Role")
HISTOGRAM = HEADER.index("Histogram")
_NUMBERS = frozenset(HEADER[3:9])
_TIPS = {
    "Values": "Numbers that are there",
    "Gaps": "Numbers that are missing",
    "SD": "Standard deviation over all samples (divided by N)",
    "Histogram": "How many values lie where between minimum and maximum; for classes, how many samples each has",
}


class ColumnModel(QAbstractTableModel):
    """Model of column statistics, one line for each column of the data."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: tuple[ColumnSummary, ...] = ()

    def show_columns(self, columns: tuple[ColumnSummary, ...]) -> None:
        """Show the statistics of other data."""
        self.beginResetModel()
        self.columns = columns
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(HEADER)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column, place = self.columns[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return cells(column)[place]
        if role == Qt.ItemDataRole.TextAlignmentRole and HEADER[place] in _NUMBERS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and HEADER[place] == "Gaps" and column.gaps:
            return QColor(theme().colours.warning)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADER[section]
        return _TIPS.get(HEADER[section]) if role == Qt.ItemDataRole.ToolTipRole else None


def cells(column: ColumnSummary) -> tuple[str, ...]:
    """Texts of a line, "" for the histogram and for what a column does not have."""
    numbers = (column.minimum, column.maximum, column.mean, column.deviation)
    texts = ("" if math.isnan(number) else short(number, 5) for number in numbers)
    return (column.name, "", column.kind, *texts, f"{column.gaps:,}", f"{column.values:,}", column.role)


def bars(column: ColumnSummary, place: QRectF) -> list[QRectF]:
    """Rectangles of a histogram's bars, the highest as high as the place; empty ones where there is no value."""
    count, most = len(column.counts), max(column.counts, default=0)
    width = place.width() / max(count, 1)
    made = []
    for index, number in enumerate(column.counts):
        # One value among a million is still seen.
        height = max(number / most * place.height(), 1.0) if number else 0.0
        made.append(QRectF(place.left() + index * width, place.bottom() - height, width, height))
    return made


class HistogramCells(QStyledItemDelegate):
    """Painter of histograms: bars of one colour, those of classes in theirs."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, ColumnModel)
        colours, place = theme().colours, option.rect
        assert isinstance(place, QRect)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(place, QColor(chosen_fill(colours)))
        column = model.columns[index.row()]
        for label, bar in enumerate(bars(column, QRectF(place).adjusted(6, 4, -6, -3))):
            colour = class_colour(colours, label) if column.classes else QColor(colours.measure)
            gap = 0.5 if bar.width() > 3 else 0.0
            painter.fillRect(bar.adjusted(gap, 0, -gap, 0), colour)
