"""Strokes of the brush: edits of the painted points, one undo step each."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from engine.data import PaintedPoints, Points
from engine.errors import DataError
from nnstudio.document import edits
from nnstudio.store import Store
from nnstudio.views.painting.brush import tidy_height
from nnstudio.views.painting.sheet import Sheet

Array = NDArray[Any]

# Milliseconds between two edits of the document within a stroke: the network learns what is being painted.
_EDIT_EVERY = 80


class Strokes(QObject):
    """Strokes on the painted points of the store's document.

    What is painted is on the sheet at once; the document takes it over several times a second, and at the end of the
    stroke. All of that is one undo step.

    Signals:
        changed: the sheet has changed.
        refused: the sentence why nothing more can be painted.

    Attributes:
        sheet: the points with the stroke under way; None where the document's data are others.
        under_way: a stroke has begun and not ended.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.sheet: Sheet | None = None
        self.under_way = False
        self._number = 0
        # The point whose height the wheel has changed last, by its own number.
        self._turned: int | None = None
        self._title, self._done = "", 0
        self._writing = False
        self._due = QTimer(self, singleShot=True, interval=_EDIT_EVERY)
        self._due.timeout.connect(self._write)
        store.changed.connect(self._follow)
        self._follow()

    def begin(self) -> None:
        """Begin a stroke, which is one undo step."""
        self._number += 1
        self.under_way, self._turned = True, None
        self._title, self._done = "", 0

    def end(self) -> None:
        """End the stroke."""
        if self.under_way:
            self._write()
            self.under_way = False
            self.changed.emit()

    # Edits

    def add(self, xy: Array, value: float) -> bool:
        """Add points at places (n, 2), all of one class or height; False where they are too many."""
        sheet = self.sheet
        if sheet is None:
            return False
        dataset = sheet.dataset if sheet.heights else sheet.dataset.with_class(int(value))
        try:
            points = sheet.points.with_points(xy, [value] * len(xy))
        except DataError as error:
            self.refused.emit(f"{error.message[:1].upper()}{error.message[1:]}. Erase some to go on.")
            return False
        self._done += len(xy)
        self._put(dataset.with_changes(points=points), f"Paint {_count(self._done)}")
        return True

    def name_class(self, label: int, name: str) -> str:
        """Name a class, as one undo step; returns the sentence why it cannot have the name, "" if it can."""
        self.end()
        document = self._store.document
        dataset = document.data.dataset
        if not isinstance(dataset, PaintedPoints) or label >= len(dataset.classes):
            return ""
        try:
            named = edits.name_class(document, label, name)
        except DataError as error:
            return f"{error.message[:1].upper()}{error.message[1:]}."
        self._store.edit(f"Name class {dataset.classes[label]} {' '.join(name.split())}", named)
        return ""

    def erase(self, gone: Array) -> None:
        """Erase points by a mask (N,)."""
        if self.sheet is not None and gone.any():
            self._done += int(gone.sum())
            self._set(self.sheet.points.without(gone), f"Erase {_count(self._done)}")

    def move(self, index: int, x: float, y: float) -> None:
        """Move a point. One that was placed in this stroke is only put right."""
        if self.sheet is not None:
            self._set(self.sheet.points.moved(index, x, y), self._title or "Move point")

    def lift(self, index: int, by: float) -> None:
        """Change the height of a point within a stroke."""
        if self.sheet is not None and by:
            height = tidy_height(float(self.sheet.points.values[index]) + by)
            self._set(self.sheet.points.valued(index, height), self._title or "Change height")

    def change_height(self, index: int, by: float) -> None:
        """Change the height of a point by the wheel. Turns on one point are one undo step."""
        if self.sheet is None:
            return
        number = int(self.sheet.points.numbers[index])
        if number != self._turned:
            self.begin()
            self._turned = number
        self.lift(index, by)
        self._write()
        self.under_way = False

    def _set(self, points: Points, title: str) -> None:
        if self.sheet is not None:
            self._put(self.sheet.dataset.with_changes(points=points), title)

    def _put(self, dataset: PaintedPoints, title: str) -> None:
        """Shows points at once, and has the document take them over soon."""
        self._title = title
        self.sheet = Sheet(self._store.document.data, dataset)
        if not self._due.isActive():
            self._due.start()
        self.changed.emit()

    def _write(self) -> None:
        self._due.stop()
        sheet, store = self.sheet, self._store
        if sheet is None or not self._title or not isinstance(store.document.data.dataset, PaintedPoints):
            return
        document = edits.set_dataset(store.document, sheet.dataset, store.data_state)
        self._writing = True
        store.edit(self._title, document, merge=f"stroke {self._number}")
        self._writing = False

    def _follow(self) -> None:
        """Takes the points of the document, after an undo for example."""
        data = self._store.document.data
        if self._writing:
            return
        if not isinstance(data.dataset, PaintedPoints):
            if self.sheet is not None:
                self.sheet, self.under_way = None, False
                self._due.stop()
                self.changed.emit()
        elif self.sheet is None or not self._due.isActive():
            self.sheet = Sheet(data, data.dataset)
            self.changed.emit()


def _count(points: int) -> str:
    return f"{points:,} point{'s'[: points != 1]}"
