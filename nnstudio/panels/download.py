"""Fetching data in the background, so that the window stays alive."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.errors import EngineError

Fetch = Callable[[Callable[[str], None]], Path]


class _CancelledError(Exception):
    """Somebody no longer wants the files."""


class Download(QObject):
    """One download. It can be called off between two files; what has arrived by then is kept.

    Signals:
        progressed: a sentence on what is being fetched.
        finished: the folder in which the files are.
        failed: the sentence that says why it did not work.
    """

    progressed = Signal(str)
    finished = Signal(str)
    failed = Signal(str)

    def __init__(self, fetch: Fetch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fetch = fetch
        self._cancelled = threading.Event()
        # A daemon, so that closing the program does not wait for a slow server.
        self._thread = threading.Thread(target=self._work, name="download", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """Lets the file that is on its way arrive, and says no more."""
        self._cancelled.set()

    def _progress(self, name: str) -> None:
        if self._cancelled.is_set():
            raise _CancelledError
        self._tell(self.progressed.emit, f"Fetching {name}…")

    def _work(self) -> None:
        try:
            folder = self._fetch(self._progress)
        except _CancelledError:
            return
        except EngineError as error:
            self._tell(self.failed.emit, error.message)
        except Exception as error:  # whatever goes wrong in a library must not leave the window waiting
            self._tell(self.failed.emit, f"The download failed: {error}. Try again, or choose a folder with the files.")
        else:
            self._tell(self.finished.emit, str(folder))

    def _tell(self, emit: Callable[[str], None], text: str) -> None:
        if self._cancelled.is_set():
            return
        try:
            emit(text)
        except RuntimeError:
            # The window was closed in the meantime, and this object with it.
            self._cancelled.set()
