"""Garbage collection in the GUI thread, when the user is not waiting."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

from nnstudio.store import Store

_REST_MS = 300
_LOOK_MS = 1000
# An edit makes thousands of small values, which die by themselves. Looking for circles after every 700 of them, as is
# usual, takes a fifth of the time between a drop and its picture. Mostly they are looked for when the user rests; each
# such time counts towards a search through all that lives, which is to stay rare.
_THRESHOLDS = 20_000, 20, 1000


def leave_to_collector() -> None:
    """Switch Python's own collection off.

    It runs in whichever thread makes the object that is one too many. In the trainer's it would delete widgets and
    other Qt objects that circles have kept: Qt then holds a lock that the GUI thread waits for, which holds the
    interpreter's in turn, and both wait for ever.
    """
    gc.disable()
    gc.set_threshold(*_THRESHOLDS)


def collect_what_is_due() -> None:
    """Collect as Python would, had it not been switched off: the oldest generation that has reached its threshold."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    due = [place for place in range(len(counts)) if counts[place] > thresholds[place]]
    if due:
        gc.collect(due[-1])


class Collector(QObject):
    """Garbage collector that runs in the GUI thread, when the user rests rather than during edits.

    Objects that have survived it are not examined again, so that it takes a few milliseconds however long the undo
    history is.
    """

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._collect)
        store.changed.connect(self._rest.start)
        # What other threads leave behind, too, such as the trainer's.
        timer = QTimer(self, interval=_LOOK_MS)
        timer.timeout.connect(collect_what_is_due)
        timer.start()

    def _collect(self) -> None:
        gc.collect(1)
