"""Garbage collection at moments when the user is not waiting."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

from nnstudio.store import Store

_REST_MS = 300


class Collector(QObject):
    """Collects what an edit has left behind once the user rests: in the midst of one it would be late by that much.

    What has lived through it is not looked at again, so that it takes a few milliseconds however long the history is.
    """

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._collect)
        store.changed.connect(self._rest.start)

    def _collect(self) -> None:
        gc.collect(1)
