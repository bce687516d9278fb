"""Background download of data, so that the window stays responsive."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from engine.data import Dataset, Progress
from engine.errors import DataError, EngineError
from nnstudio.faults import log

News = Literal["finished", "failed"]
_LOOK = 60  # milliseconds between two looks at how far it is
# Fetches the files of a data set, and tells how far it is. What is raised while it tells cancels it.
Fetch = Callable[[Dataset, Callable[[Progress], None]], Path]


def fetch_release(dataset: Dataset, report: Callable[[Progress], None]) -> Path:
    """Download the release of a data set that has one, and return the folder. Raises DataError."""
    if dataset.release is None:
        raise DataError(f"{dataset.title} cannot be downloaded.")
    return dataset.release.download(report=report)


class _CancelledError(Exception):
    """Somebody no longer wants the files."""


class _Job:
    """The work itself, in a thread that knows nothing of Qt: the window may be gone before the server answers."""

    def __init__(self, fetch: Fetch, dataset: Dataset) -> None:
        self._fetch, self._dataset = fetch, dataset
        self.news: SimpleQueue[tuple[News, str]] = SimpleQueue()
        # The last word only: nobody wants to hear of every piece.
        self.progress: Progress | None = None
        self.cancelled = threading.Event()
        # A daemon, so that closing the program does not wait for a slow server.
        self.thread = threading.Thread(target=self._work, name="download", daemon=True)

    def _report(self, progress: Progress) -> None:
        if self.cancelled.is_set():
            raise _CancelledError
        self.progress = progress

    def _work(self) -> None:
        try:
            folder = self._fetch(self._dataset, self._report)
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
    """Download that can be cancelled at any time; the next one goes on from there.

    Signals:
        progressed: the `Progress`, at most once in a look.
        finished: the folder that holds the files.
        failed: a sentence that gives the reason.
    """

    progressed = Signal(object)
    finished = Signal(str)
    failed = Signal(str)

    def __init__(self, fetch: Fetch, dataset: Dataset, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job = job = _Job(fetch, dataset)
        self._told: Progress | None = None
        self._timer = QTimer(self, interval=_LOOK)
        self._timer.timeout.connect(self._look)
        self.destroyed.connect(lambda: job.cancelled.set())

    def start(self) -> None:
        """Start the download in a thread of its own."""
        self._job.thread.start()
        self._timer.start()

    def cancel(self) -> None:
        """Cancel with the next piece that arrives, and send no more signals."""
        self._job.cancelled.set()
        self._timer.stop()

    def _look(self) -> None:
        progress = self._job.progress
        if progress is not None and progress != self._told:
            self._told = progress
            self.progressed.emit(progress)
        try:
            what, text = self._job.news.get_nowait()
        except Empty:
            return
        self._timer.stop()
        {"finished": self.finished, "failed": self.failed}[what].emit(text)
