"""Tables of classes and of labels: precision, recall, F1 and support."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from engine.data import Signature
from engine.data.describe import target_names
from engine.judging import Averages, ClassReport, class_report
from engine.losses import BinaryCrossEntropy, Loss
from nnstudio.store import Store
from nnstudio.training.requests.confusion import Confusion, ConfusionPicture
from nnstudio.training.requests.judged_part import Judged
from nnstudio.training.requests.label_figures import LabelFigures, LabelFiguresPicture
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.sorting import make_sortable
from nnstudio.views.judging.page import JudgingPage
from nnstudio.views.plotting import Header, column

Array = NDArray[Any]
Index = QModelIndex | QPersistentModelIndex

HEADER = ("Class", "Precision", "Recall", "F1", "Support", "Predicted")
LABEL_HEADER = ("Label", *HEADER[1:])
_TIPS = (
    "The classes, in the order of the data",
    "Fraction of the samples predicted as this class that belong to it",
    "Fraction of the samples of this class that are predicted as such",
    "Harmonic mean of precision and recall",
    "Samples of this class",
    "Samples predicted as this class",
)
_LABEL_TIPS = (
    "The targets, in the order of the data; several may hold at once",
    "Fraction of the samples predicted to have this label that have it",
    "Fraction of the samples with this label that are predicted to have it",
    _TIPS[3],
    "Samples with this label",
    "Samples predicted to have this label",
)
AVERAGES = ("Mean (macro)", "Weighted mean")
_AVERAGE_TIPS = (
    "Plain mean over the classes that occur: each counts the same",
    "Mean weighted by support: each sample counts the same",
)
_ROW, _WIDE, _WIDEST, _NUMBER = 24, 320, 180, 60


class ClassTableModel(QAbstractTableModel):
    """Model of a report: a line for each class in the chosen order, then the averages."""

    def __init__(self, header: tuple[str, ...], tips: tuple[str, ...]) -> None:
        super().__init__()
        self.header, self.tips = header, tips
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
            return self.header[section]
        return self.tips[section] if role == Qt.ItemDataRole.ToolTipRole else None


class FigureTablePage(JudgingPage):
    """Base of pages with a report as a table, sorted by a click on a heading.

    Class attributes:
        header: titles of the columns. tips: their meanings, in a sentence each. table_name: object name of the table.
    """

    header: ClassVar[tuple[str, ...]]
    tips: ClassVar[tuple[str, ...]]
    table_name: ClassVar[str]

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.model = ClassTableModel(self.header, self.tips)
        self.grid = QTableView()
        self.grid.setObjectName(self.table_name)
        self.grid.setAccessibleName(f"Figures of the {self.title.lower()}")
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
        make_sortable(self.grid)
        column(self, Header(self.info, wide_from=_WIDE), self.grid)
        self.make_inspectable(self.grid.viewport(), self.info, owner=self.grid)

    def show_report(self, report: ClassReport, names: tuple[str, ...], accuracy: str, answer: Judged) -> None:
        """Show a report on these classes; `accuracy` is what its share of right samples is called."""
        if len(names) != len(report.support):
            return
        fresh = self.model.names != names
        self.model.show_report(report, names)
        if fresh:
            self._fit_columns()
        share = f"{accuracy} {report.accuracy:.1%}"
        self.tell(f"{share}, macro F1 {report.macro.f1:.3f}", share, answer)
        self.grid.setAccessibleDescription(self.info.text())

    def _fit_columns(self) -> None:
        metrics = self.grid.fontMetrics()
        widest = max(map(metrics.horizontalAdvance, (*self.model.names, *AVERAGES)))
        self.grid.setColumnWidth(0, min(widest + 18, _WIDEST))
        for place in range(1, len(HEADER)):
            self.grid.setColumnWidth(place, max(_NUMBER, metrics.horizontalAdvance(self.header[place]) + 20))

    def reading(self, point: QPointF) -> str:
        index = self.grid.indexAt(QPoint(int(point.x()), int(point.y())))
        if not index.isValid() or self.model.report is None:
            return ""
        name = self.model.text(index.row(), 0)
        average = index.row() - len(self.model.names)
        if index.column() == 0:
            return f"{name}\n{_AVERAGE_TIPS[average]}" if average >= 0 else name
        text = self.model.text(index.row(), index.column())
        title, tip = self.header[index.column()].lower(), self.tips[index.column()]
        return f"{name}, {title}: {text}\n{tip}" if text else ""

    def table(self) -> NumberTable | None:
        model = self.model
        if model.report is None:
            return None
        values: Callable[[int], Sequence[object]] = model.values

        def lines() -> Iterable[Sequence[object]]:
            return (values(line) for line in range(model.rowCount()))

        return NumberTable(tuple(title.lower() for title in self.header), lines)


class ClassTablePage(FigureTablePage):
    """Page of the figures of the classes."""

    title = "Classes"
    help = "Precision, recall, F1 and support of each class"
    header = HEADER
    tips = _TIPS
    table_name = "classTable"

    @classmethod
    def suits(cls, signature: Signature, loss: Loss) -> bool:
        return bool(signature.classes)

    def request(self) -> Confusion:
        return Confusion(self.threshold, part=self.store.judged_part)

    def show_answer(self, answer: ConfusionPicture) -> None:
        names = self.split.train.classes if self.split is not None else ()
        self.show_report(class_report(answer.counts), names, "Accuracy", answer)


class LabelTablePage(FigureTablePage):
    """Page of the figures of labels, of which several may hold at once."""

    title = "Labels"
    help = "Precision, recall, F1 and support of each yes-or-no target"
    header = LABEL_HEADER
    tips = _LABEL_TIPS
    table_name = "labelTable"

    @classmethod
    def suits(cls, signature: Signature, loss: Loss) -> bool:
        # Without classes, this loss takes targets that are 0 or 1, each on its own.
        return not signature.classes and isinstance(loss, BinaryCrossEntropy)

    def request(self) -> LabelFigures:
        return LabelFigures(self.threshold, part=self.store.judged_part)

    def show_answer(self, answer: LabelFiguresPicture) -> None:
        names = target_names(self.split.train) if self.split is not None else ()
        self.show_report(answer.report, names, "All labels right" if len(names) > 1 else "Accuracy", answer)
