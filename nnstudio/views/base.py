"""What a live view is: a widget that says what it needs from the worker, and draws snapshots."""

from __future__ import annotations

import re
import time
from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from nnstudio.store import Store
from nnstudio.training.messages import Request, Snapshot, State

VIEWS: dict[str, type[View]] = {}
_PLACE = re.compile(r"\w+: ")


class View(QWidget):
    """Base of all live views. A subclass with a `dock_name` is registered and gets a dock of its own.

    Signals:
        wants: what the view needs is something else now; it is asked again without waiting for the next snapshot.

    Class attributes:
        dock_name: object name of its dock ("lossView").
        title: the dock's title.
        rest: seconds between two drawings while training runs; 0 draws every frame.
    """

    dock_name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    rest: ClassVar[float] = 0.0

    wants = Signal()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.dock_name:
            VIEWS[cls.dock_name] = cls

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.store = store
        self._drawn = 0.0
        self._running = False

    def requests(self) -> frozenset[Request]:
        """What the worker should compute for the next snapshot while this view is visible."""
        return frozenset()

    def announce(self, snapshot: Snapshot) -> None:
        """Called for every snapshot, in sight or not, for what shows outside of the view, such as its title."""

    def draw_in_time(self, snapshot: Snapshot) -> None:
        """Draws a snapshot, unless training runs and the last drawing was only just now."""
        running = self._running and snapshot.state is State.RUNNING
        now = time.monotonic()
        if running and now - self._drawn < self.rest:
            return
        self._running = snapshot.state is State.RUNNING
        self._drawn = now
        self.draw(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        """Shows a snapshot. Called in the GUI thread, at most once a frame, only while visible."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")


def brief(message: str) -> str:
    """The first statement of a message: where it stands in full, and what to do, is told elsewhere in the window."""
    # The name of a block in front of a message is no statement yet.
    place = _PLACE.match(message)
    start = place.end() if place else 0
    head = message[start:].partition(". ")[0].partition(": ")[0].rstrip(".")
    return f"{message[:start]}{head}." if head else ""
