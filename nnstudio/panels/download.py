"""Background download of data, so that the window stays responsive."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from engine.errors import EngineError
from nnstudio.faults import log

News = Literal["progressed", "finished", "failed"]
_LOOK = 60  # milliseconds between two looks at how far it is
Fetch = Callable[[Callable[[str], None]], Path]


class _CancelledError(Exception):
    """Somebody no longer wants the files."""


class _Job:
    """The work itself, in a thread that knows nothing of Qt: the window may be gone before the server answers."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self.news: SimpleQueue[tuple[News, str]] = SimpleQueue()
        self.cancelled = threading.Event()
        # A daemon, so that closing the program does not wait for a slow server.
        self.thread = threading.Thread(target=self._work, name="download", daemon=True)

    def _progress(self, name: str) -> None:
        if self.cancelled.is_set():
            raise _CancelledError
        self.news.put(("progressed", f"Fetching {name}…"))

    def _work(self) -> None:
        try:
            folder = self._fetch(self._progress)
        except _CancelledError:
            return
        except EngineError as error:
            self.news.put(("failed", error.message))
        except Exception as error:  # whatever goes wrong in a library must not leave the window waiting
            log.report(error)
            self.news.put(("failed", "The download stopped because of a fault in the program."))
        else:
            self.news.put(("finished", str(folder)))


class Download(QObject):
    """Download that can be cancelled between two files; received files are kept.

    Signals:
        progressed: a sentence that names the file being fetched.
        finished: the folder that holds the files.
        failed: a sentence that gives the reason.
    """

    progressed = Signal(str)
    finished = Signal(str)
    failed = Signal(str)

    def __init__(self, fetch: Fetch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job = job = _Job(fetch)
        self._timer = QTimer(self, interval=_LOOK)
        self._timer.timeout.connect(self._look)
        self.destroyed.connect(lambda: job.cancelled.set())

    def start(self) -> None:
        """Start the download in a thread of its own."""
        self._job.thread.start()
        self._timer.start()

    def cancel(self) -> None:
        """Cancel after the present file, and send no more signals."""
        self._job.cancelled.set()
        self._timer.stop()

    def _look(self) -> None:
        while self._timer.isActive():
            try:
                what, text = self._job.news.get_nowait()
            except Empty:
                return
            if what != "progressed":
                self._timer.stop()
            {"progressed": self.progressed, "finished": self.finished, "failed": self.failed}[what].emit(text)
