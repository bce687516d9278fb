"""Coalesce repeated calls within one event into one before the next paint."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject

_KIND = QEvent.Type(QEvent.registerEventType())


class Soon(QObject):
    """Deferred call: made once after the present event, however often it is asked for.

    A timer would be late: Qt paints before it looks at timers, and the call may change what is painted.

    Attributes:
        waits: True from the request until the call is made.
    """

    def __init__(self, call: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._call = call
        self.waits = False

    def ask(self) -> None:
        """Ask for the call."""
        if not self.waits:
            self.waits = True
            QCoreApplication.postEvent(self, QEvent(_KIND))

    def event(self, event: QEvent) -> bool:
        if event.type() != _KIND:
            return super().event(event)
        self.waits = False
        self._call()
        return True
