"""Table of the classes: precision, recall, F1 and support."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from engine.data import Signature
from engine.judging import Averages, ClassReport, class_report
from engine.losses import Loss
from nnstudio.store import Store
from nnstudio.training.requests.confusion import Confusion, ConfusionPicture
from nnstudio.ui.number_table import NumberTable
from nnstudio.views.judging.page import JudgingPage
from nnstudio.views.plotting import Header, column

Array = NDArray[Any]
Index = QModelIndex | QPersistentModelIndex

HEADER = ("Class", "Precision", "Recall", "F1", "Support", "Predicted")
_TIPS = (
    "The classes, in the order of the data",
    "Fraction of the samples predicted as this class that belong to it",
    "Fraction of the samples of this class that are predicted as such",
    "Harmonic mean of precision and recall",
    "Samples of this class",
    "Samples predicted as this class",
)
AVERAGES = ("Mean (macro)", "Weighted mean")
_AVERAGE_TIPS = (
    "Plain mean over the classes that occur: each counts the same",
    "Mean weighted by support: each sample counts the same",
)
_ROW, _WIDE, _WIDEST, _NUMBER = 24, 320, 180, 60


class ClassTableModel(QAbstractTableModel):
    """Model of a report: a line for each class in the chosen order, then the averages."""

    def __init__(self) -> None:
        super().__init__()
        self.report: ClassReport | None = None
        self.names: tuple[str, ...] = ()
        self._order: Array = np.zeros(0, np.intp)
        self._by = (-1, Qt.SortOrder.AscendingOrder)

    def show_report(self, report: ClassReport | None, names: tuple[str, ...]) -> None:
        """Show a report on these classes."""
        same = report is not None and self.report is not None and names == self.names
        if not same:
            self.beginResetModel()
        self.report, self.names = report, names
        self._arrange()
        if not same:
            self.endResetModel()
        elif self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(HEADER) - 1))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order the classes by a column; -1 is the order of the data. The averages stay below."""
        self._by = column, order
        self._arrange()
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(HEADER) - 1))

    def _arrange(self) -> None:
        column, order = self._by
        count = len(self.names)
        if self.report is None or column < 0:
            self._order = np.arange(count)
            return
        keys: Array = np.array(self.names) if column == 0 else self._columns[column - 1]
        found = np.argsort(keys, kind="stable")
        self._order = found if order == Qt.SortOrder.AscendingOrder else found[::-1]

    @property
    def _columns(self) -> tuple[Array, ...]:
        report = self.report
        assert report is not None
        return report.precision, report.recall, report.f1, report.support, report.predicted

    def values(self, line: int) -> tuple[object, ...]:
        """Cells of a line with all digits; None where an average has none."""
        report, count = self.report, len(self.names)
        assert report is not None
        if line < count:
            label = int(self._order[line])
            return (self.names[label], *(each[label].item() for each in self._columns))
        means: Averages = (report.macro, report.weighted)[line - count]
        total = int(report.support.sum())
        return (AVERAGES[line - count], means.precision, means.recall, means.f1, total, None)

    def text(self, line: int, column: int) -> str:
        """Text of a cell."""
        value = self.values(line)[column]
        if value is None:
            return ""
        return f"{value:.3f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self.report is None else len(self.names) + len(AVERAGES)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(HEADER)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        average = index.row() - len(self.names)
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(index.row(), index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.FontRole and average >= 0:
            font = QFont()
            font.setItalic(True)
            return font
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADER[section]
        return _TIPS[section] if role == Qt.ItemDataRole.ToolTipRole else None


class ClassTablePage(JudgingPage):
    """Page of the classes' figures, sorted by a click on a heading."""

    title = "Classes"
    help = "Precision, recall, F1 and support of each class"

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.model = ClassTableModel()
        self.grid = QTableView()
        self.grid.setObjectName("classTable")
        self.grid.setAccessibleName("Figures of the classes")
        self.grid.setModel(self.model)
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
        names.setSortIndicatorClearable(True)
        names.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.grid.setSortingEnabled(True)
        column(self, Header(self.info, wide_from=_WIDE), self.grid)
        self.make_inspectable(self.grid.viewport(), self.info, owner=self.grid)

    @classmethod
    def suits(cls, signature: Signature, loss: Loss) -> bool:
        return bool(signature.classes)

    def request(self) -> Confusion:
        return Confusion(self.threshold, part=self.store.judged_part)

    def show_answer(self, answer: ConfusionPicture) -> None:
        names = self.split.train.classes if self.split is not None else ()
        if len(names) != len(answer.counts):
            return
        report = class_report(answer.counts)
        fresh = self.model.names != names
        self.model.show_report(report, names)
        if fresh:
            self._fit_columns()
        self.tell(
            f"Accuracy {report.accuracy:.1%}, macro F1 {report.macro.f1:.3f}", f"Accuracy {report.accuracy:.1%}", answer
        )
        self.grid.setAccessibleDescription(self.info.text())

    def _fit_columns(self) -> None:
        metrics = self.grid.fontMetrics()
        widest = max(map(metrics.horizontalAdvance, (*self.model.names, *AVERAGES)))
        self.grid.setColumnWidth(0, min(widest + 18, _WIDEST))
        for place in range(1, len(HEADER)):
            self.grid.setColumnWidth(place, max(_NUMBER, metrics.horizontalAdvance(HEADER[place]) + 20))

    def reading(self, point: QPointF) -> str:
        index = self.grid.indexAt(QPoint(int(point.x()), int(point.y())))
        if not index.isValid() or self.model.report is None:
            return ""
        name = self.model.text(index.row(), 0)
        average = index.row() - len(self.model.names)
        if index.column() == 0:
            return f"{name}\n{_AVERAGE_TIPS[average]}" if average >= 0 else name
        text = self.model.text(index.row(), index.column())
        return f"{name}, {HEADER[index.column()].lower()}: {text}\n{_TIPS[index.column()]}" if text else ""

    def table(self) -> NumberTable | None:
        model = self.model
        if model.report is None:
            return None
        values: Callable[[int], Sequence[object]] = model.values

        def lines() -> Iterable[Sequence[object]]:
            return (values(line) for line in range(model.rowCount()))

        return NumberTable(tuple(title.lower() for title in HEADER), lines)
