"""Samples of one cell of the confusion matrix, the most confident first."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.ranked_samples import RankedSamples, SampleRanking
from nnstudio.ui.icons import icon
from nnstudio.ui.inspection import Exhibit, Inspection
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views.judging.ranked_list import RankedList
from nnstudio.views.plotting import column


class CellSamples(QWidget):
    """Samples of a cell under a line that names it, with a button that closes them.

    Signals:
        closed: the user is done with them. message: the action just completed, as a sentence.

    Attributes:
        cell: true and predicted class; None while closed.
    """

    closed = Signal()
    message = Signal(str)

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.cell: tuple[int, int] | None = None
        self._name = ""
        self._split: object = None
        self.list = RankedList(store, named=False)
        self.info = StillLabel("Samples of the cell", yields=True)
        self.back = QToolButton()
        self.back.setObjectName("cellSamplesBack")
        self.back.setIcon(icon("close"))
        self.back.setAccessibleName("Back to the whole matrix")
        self.back.setToolTip("Back to the whole matrix (Esc)")
        self.back.clicked.connect(self.closed)
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(8, 0, 4, 2)
        row.setSpacing(4)
        row.addWidget(self.info, 1)
        row.addWidget(self.back)
        column(self, head, self.list).setStretch(1, 1)
        for canvas, owner in self.list.canvases:
            exhibit = Exhibit(
                canvas, lambda: self._name, self.list.reading, self.list.table, (self.info, canvas), owner
            )
            Inspection(owner, exhibit).message.connect(self.message)
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def open(self, cell: tuple[int, int], name: str) -> None:
        """Show the samples of a cell, called `name`, as soon as the worker has found them."""
        self.cell, self._name = cell, name
        self.list.show_ranking(None, None)
        self.info.setText(name)
        self.show()
        self.list.take_focus()

    def close_(self) -> None:
        """Close them, and let go of the data."""
        self.cell, self._split = None, None
        self.list.show_ranking(None, None)
        self.hide()

    def request(self) -> RankedSamples | None:
        """Request to the worker, None while closed."""
        if self.cell is None:
            return None
        threshold = self._store.document.training.loss.threshold
        return RankedSamples(threshold, self.cell, part=self._store.judged_part)

    def is_of_others(self, snapshot: Snapshot) -> bool:
        """True if these are samples of data that are no longer those of the run."""
        return self._split is not None and snapshot.data is not self._split

    def draw(self, snapshot: Snapshot) -> None:
        """Show the samples that a snapshot brings."""
        request = self.request()
        found = None if request is None else snapshot.answers.get(request)
        if not isinstance(found, SampleRanking) or snapshot.data is None:
            return
        had_focus = self.list.isAncestorOf(self.focusWidget() or self)
        self._split = snapshot.data
        self.list.show_ranking(found, snapshot.data)
        if had_focus:
            self.list.take_focus()
        named, count = len(found.indices), found.found
        few = f"the {named:,} most confident of {count:,}" if named < count else f"{count:,}, the most confident first"
        self.info.setText(f"{self._name}: {few}", f"{self._name}: {count:,}")
        self.info.setToolTip(self.info.text())
