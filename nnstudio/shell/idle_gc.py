"""Garbage collection at moments when the user is not waiting."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

from nnstudio.store import Store

_REST_MS = 300


class Collector(QObject):
    """Garbage collector that runs when the user rests, not during edits.

    Objects that have survived it are not examined again, so that it takes a few milliseconds however long the undo
    history is.
    """

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._collect)
        store.changed.connect(self._rest.start)

    def _collect(self) -> None:
        gc.collect(1)
