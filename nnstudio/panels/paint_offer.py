"""Button that leads to painting: on the points that are painted already, or on a copy of others."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from engine.data import Dataset, PaintedPoints
from engine.data.painted import MOST_CLASSES
from engine.data.points import MOST_POINTS
from nnstudio.document import edits
from nnstudio.document.data_state import Known
from nnstudio.panels.reading_box import ReadingBox
from nnstudio.store import Store
from nnstudio.ui.icons import set_icon


class PaintOffer(QPushButton):
    """Button to paint, hidden where the data cannot be painted.

    Signals:
        painting_wanted: the sheet is there, to be painted on.
        refused: the sentence why the data cannot be copied to one.
        message: a sentence on the epochs, which are more for painting.
    """

    painting_wanted = Signal()
    refused = Signal(str)
    message = Signal(str)

    def __init__(self, store: Store, waiting: ReadingBox) -> None:
        super().__init__()
        self._store, self._waiting = store, waiting
        self.setObjectName("editPoints")
        self.setAutoDefault(True)  # Enter presses it too
        set_icon(self, "paint")
        self.clicked.connect(self._start)
        self.refresh()

    def refresh(self) -> None:
        """Follow the document."""
        dataset = self._store.document.data.dataset
        painted = isinstance(dataset, PaintedPoints)
        text = "Paint in the boundary view" if painted else "Edit these points"
        self.setText(text)
        self.setAccessibleName(text)
        self.setToolTip(
            "Take up the brush" if painted else "Copy the points to a sheet of your own, where they can be painted"
        )
        self.setVisible(painted or self._can_copy())

    def _can_copy(self) -> bool:
        # As they are in their source: steps of preparation may make more inputs of the two.
        state = self._store.data_state(self._store.document.data.dataset)
        if not isinstance(state, Known):
            return False
        found = state.signature
        few = found.samples <= MOST_POINTS and len(found.classes) <= MOST_CLASSES and found.targets <= 1
        return few and found.input_shape == (2,)

    def _start(self) -> None:
        dataset = self._store.document.data.dataset
        if isinstance(dataset, PaintedPoints):
            self.painting_wanted.emit()
            return
        name = dataset.title.partition(" (")[0]
        self._waiting.read(name, lambda: PaintedPoints.of(dataset.load()), self._take, self.refused.emit)

    def _take(self, copy: Dataset) -> None:
        self.begin(copy, f"Copy the points of {self._store.document.data.dataset.title} to a sheet")

    def begin(self, sheet: Dataset, title: str) -> None:
        """Take a sheet as the data, as one undo step of this title, and tell what that does to the epochs."""
        store = self._store
        before = store.document.training.epochs
        store.edit(title, edits.begin_painting(store.document, sheet, store.data_state))
        epochs = store.document.training.epochs
        self.painting_wanted.emit()
        if epochs != before:
            self.message.emit(
                f"Epochs are {epochs:,} now instead of {before:,}, so that training goes on while you paint. "
                "Undo takes both back."
            )
