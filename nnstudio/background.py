"""Work in threads of its own, whose result comes back to the thread of the window."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal


class Job:
    """A piece of work. Once it is `done`, its `result` is there, or the `error` that ended it."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.done = threading.Event()
        self.result: Any = None
        self.error: Exception | None = None


class Background(QObject):
    """Starts jobs; each has a thread of its own, so that one on a slow disk keeps no other waiting.

    Signals:
        finished: a job is done; emitted in the thread of this object, also for those nobody waits for any more.
    """

    finished = Signal(object)

    def start(self, work: Callable[[], Any], patience: float = 0.0) -> Job:
        """Begins some work, and waits at most `patience` seconds for it: what is quick is done when this returns."""
        job = Job(work)
        # A daemon, so that closing the program does not wait for a slow disk.
        threading.Thread(target=self._work, args=(job,), name="background", daemon=True).start()
        job.done.wait(patience)
        return job

    def _work(self, job: Job) -> None:
        try:
            job.result = job.work()
        except Exception as error:
            job.error = error
        job.done.set()
        # The window may be gone meanwhile.
        with contextlib.suppress(RuntimeError):
            self.finished.emit(job)
