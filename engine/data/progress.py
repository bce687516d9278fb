"""Progress and cancellation of reading data, across threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from engine.errors import DataError


class CancelledError(DataError):
    """Error for data whose reading somebody has cancelled."""


class Progress:
    """Progress of one reading.

    The reading thread sets it through `advance`; any other thread may look at it, and cancel.

    Attributes:
        done, total: how much is read, of how much; `total` is 0 as long as that is not known.
        unit: what is counted, in the plural: "pictures".
    """

    def __init__(self) -> None:
        self.done = self.total = 0
        self.unit = ""
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        """True once somebody has cancelled."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Cancel the reading: its next `advance` raises CancelledError."""
        self._cancelled.set()


_current: ContextVar[Progress | None] = ContextVar("progress", default=None)


@contextmanager
def watched(progress: Progress) -> Iterator[None]:
    """Within, what this thread reads is reported to `progress`."""
    token = _current.set(progress)
    try:
        yield
    finally:
        _current.reset(token)


def advance(done: int, total: int, unit: str = "") -> None:
    """Report progress, where anybody watches. Importers call it every few milliseconds.

    Raises CancelledError if the reading was cancelled.
    """
    progress = _current.get()
    if progress is None:
        return
    if progress.cancelled:
        raise CancelledError("Reading these data was cancelled.")
    progress.done, progress.total, progress.unit = done, total, unit
