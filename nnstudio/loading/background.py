"""Background jobs, whose results come back to the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.data.progress import Progress, watched

_LOOK_MS = 20


class Job:
    """Background job. Once it is `done`, it has a `result`, or the `error` that ended it.

    Its thread knows nothing of Qt: the window may be gone before a slow disk answers, and a Qt object that is deleted
    while another thread emits its signal crashes the program. `progress` tells how far it is, and cancels it.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.progress = Progress()
        self.done = threading.Event()
        self.result: Any = None
        self.error: Exception | None = None

    def run(self, finished: SimpleQueue[Job]) -> None:
        """Do the work, record its result or error, and put the job into `finished`."""
        try:
            with watched(self.progress):
                self.result = self.work()
        except Exception as error:
            self.error = error
        self.done.set()
        finished.put(self)


class Background(QObject):
    """Runner of jobs, each in a thread of its own, so that a slow one delays no other.

    Signals:
        finished: a job is done; emitted for each, also where nobody waits for it any more.
    """

    finished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running = 0
        self._done: SimpleQueue[Job] = SimpleQueue()
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def start(self, work: Callable[[], Any], patience: float = 0.0) -> Job:
        """Start a job, and wait at most `patience` seconds for it. So a quick one is done when this returns."""
        job = Job(work)
        self._running += 1
        # A daemon, so that closing the program does not wait either.
        threading.Thread(target=job.run, args=(self._done,), name="background", daemon=True).start()
        job.done.wait(patience)
        if not self._timer.isActive():
            self._timer.start()
        return job

    def _look(self) -> None:
        while self._running:
            try:
                job = self._done.get_nowait()
            except Empty:
                return
            self._running -= 1
            self.finished.emit(job)
        self._timer.stop()
