"""What a live view is: a widget that says what it needs from the worker, and draws snapshots."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nnstudio.store import Store
from nnstudio.training.messages import Request, Snapshot

VIEWS: dict[str, type[View]] = {}


class View(QWidget):
    """Base of all live views. A subclass with a `dock_name` is registered and gets a dock of its own.

    Signals:
        wants: what the view needs is something else now; it is asked again without waiting for the next snapshot.

    Class attributes:
        dock_name: object name of its dock ("lossView").
        title: the dock's title.
    """

    dock_name: ClassVar[str] = ""
    title: ClassVar[str] = ""

    wants = Signal()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.dock_name:
            VIEWS[cls.dock_name] = cls

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.store = store

    def requests(self) -> frozenset[Request]:
        """What the worker should compute for the next snapshot while this view is visible."""
        return frozenset()

    def draw(self, snapshot: Snapshot) -> None:
        """Shows a snapshot. Called in the GUI thread, at most once a frame, only while visible."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")
