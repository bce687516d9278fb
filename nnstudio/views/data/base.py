"""Base of views of the data: what is slow is measured in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget

from nnstudio.faults import log
from nnstudio.loading.background import Background, Job
from nnstudio.store import Store
from nnstudio.training.data_facts import fact_of
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.base import Request
from nnstudio.training.split import Split
from nnstudio.views.answer_view import AnswerView
from nnstudio.views.base import Section, brief

# How long the window waits for a measurement, in seconds: those of small data are there at once.
_PATIENCE = 0.01


class DataView(AnswerView):
    """Base of views of the samples as they are split now.

    They come with the snapshot, as arrays that nobody writes to, and are never copied. A subclass draws them in
    `show_data`; a fact that needs all of them is named by `measure`, for `show_data` to find it in `fact`.

    Attributes:
        split: the data on display; None while there are none.
        fact: what was measured of them.
    """

    group = "training"
    section: ClassVar[Section] = "data"
    follows: ClassVar[bool] = False
    layouts = frozenset()
    drawn_without_answer = True
    waiting = "This appears as soon as the data are read."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.split: Split | None = None
        self.fact: Any = None
        self._trouble = ""
        # What was begun and is still wanted, and what is done with its result.
        self._jobs: dict[Job, Callable[[Any], None]] = {}
        self._background = Background(self)
        self._background.finished.connect(self._finish)

    def request(self) -> Request | None:
        return None

    def measure(self) -> Callable[[Split], Any] | None:
        """Measure of the data that must be known before they are shown; None for none. Taken once for all views."""
        return None

    def show_data(self, split: Split) -> None:
        """Show other data. Called in the GUI thread, once `fact` is measured: it reads a few samples, never all."""
        raise NotImplementedError(f"{type(self).__name__} shows no data")

    def release(self) -> None:
        """Let go of the data, which are no longer those of the project."""

    def show_answer(self, answer: Any) -> None:
        """Draw the answer to the request, where a view makes one."""

    def in_background(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do some work in a thread, and then `done` with its result in this one, unless other data came meanwhile."""
        job = self._background.start(work, _PATIENCE)
        self._jobs[job] = done

    def announce(self, snapshot: Snapshot) -> None:
        # A closed view must not keep a million samples in memory that nobody else needs.
        if self.split is not None and snapshot.data is not self.split:
            self._drop()

    def forget(self) -> None:
        super().forget()
        self._drop()

    def hindrance(self, snapshot: Snapshot) -> str:
        data = snapshot.data
        if data is None or not len(data.train):
            return brief(snapshot.message) or self.waiting
        if not self.suits(data.train.signature):
            # The window has other views for them, but this one may still be open for a moment.
            self._drop()
            return self.waiting
        if data is not self.split:
            self._take(data)
        if self._trouble:
            return self._trouble
        if self.fact is None and self.measure() is not None:
            return f"Looking through {sum(map(len, data.parts)):,} samples…"
        return ""

    def _drop(self) -> None:
        self._jobs.clear()
        self.split = self.fact = self.answer = None
        self._trouble = ""
        self.release()

    def _take(self, split: Split) -> None:
        self._drop()
        self.split = split
        measure = self.measure()
        if measure is None:
            self.show_data(split)
        else:
            self.in_background(lambda: fact_of(split, measure), self._measured)

    def _measured(self, fact: Any) -> None:
        self.fact = fact
        if self.split is not None:
            self.show_data(self.split)
            self.pages.show_content()

    def _finish(self, job: Job) -> None:
        done = self._jobs.pop(job, None)
        if done is None:
            return
        if job.error is None:
            done(job.result)
            return
        if isinstance(job.error, MemoryError):
            self._trouble = "There is not enough memory to look through so many samples."
        else:
            log.report(job.error)
            self._trouble = "The data cannot be looked through because of a fault in the program. It is in the log."
        self.pages.show_hint(self._trouble)
