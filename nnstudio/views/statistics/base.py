"""Base of views of the statistics of a run over time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.batch_statistics import BatchPicture, LiveBatchStatistics
from nnstudio.training.requests.moment_statistics import StatisticsThen
from nnstudio.training.statistics_log import Entry, StatisticsLog
from nnstudio.views.answer_view import AnswerView
from nnstudio.views.statistics.filling import Filling

# Marks of a line and of its dashes in a legend, in the order of Qt's pen styles from SolidLine on.
DASHES = ("━━", "╍╍", "┅┅", "━╍")


class StatisticsView(AnswerView):
    """View of the measurements of a run; its log is also kept while the view is hidden.

    What was not measured while the run was trained is measured afterwards, from the kept moments. A subclass draws the
    entries in `show_log`, called only when there is something new.

    Attributes:
        log: what was measured since the run began.
        entries: measurements of the run in the order of their steps, those made afterwards among them.
        moment: the step on display; None for the present.
    """

    min_interval = 0.1
    waiting = "The first measurement appears as soon as the network is ready to train."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.log = StatisticsLog()
        self.entries: Sequence[Entry] = ()
        self.moment: int | None = None
        self._filling = Filling()
        # The moment on display, measured; None until it is.
        self._then: Entry | None = None
        self._stale = True
        self._state = RunState.EMPTY

    def request(self) -> LiveBatchStatistics:
        return LiveBatchStatistics(self.store.document.training.loss)

    def requests(self) -> frozenset[Request]:
        loss = self.store.document.training.loss
        missing = self._filling.request(loss)
        then = () if self.moment is None else (StatisticsThen(loss),)
        return super().requests().union(then, () if missing is None else (missing,))

    @property
    def newest(self) -> BatchPicture | None:
        """Last measurement; that of the moment on display in the past; None if there is none."""
        return self.entries[self.shown].statistics if self.entries else None

    @property
    def shown(self) -> int:
        """Index of the entry on display: in the past that of the moment, until it is measured the last before it."""
        if self.moment is None:
            return len(self.entries) - 1
        place = bisect_left(self.entries, self.moment + 1, key=lambda entry: entry.step) - 1
        return max(place, 0)

    @property
    def remark(self) -> str:
        """Sentence on how many of the measurements were made afterwards; "" if none was."""
        count = sum(entry.afterwards for entry in self.entries)
        return f"{count:,} of {len(self.entries):,} measured afterwards, from kept moments." if count else ""

    def announce(self, snapshot: Snapshot) -> None:
        self._stale |= self.log.take(snapshot)
        self._stale |= self._filling.take(snapshot, self.log.entries)
        # A line at the moment stands there only while training rests.
        self._stale |= snapshot.state is not self._state
        self._state = snapshot.state
        moment = None if snapshot.moment is None else snapshot.moment.step
        if moment != self.moment:
            self.moment, self._stale = moment, True
        if self._then is not None and self._then.step != moment:
            self._then = None
        found = snapshot.answers.get(StatisticsThen(self.store.document.training.loss))
        if moment is not None and isinstance(found, BatchPicture):
            self._stale |= self._then is None or self._then.statistics is not found
            self._then = Entry(moment, 0, found, afterwards=True)

    def forget(self) -> None:
        super().forget()
        self.log.clear()
        self._filling.clear()
        self.entries, self.moment, self._then = (), None, None
        self._stale = True

    def has_news(self, snapshot: Snapshot) -> bool:
        return self._stale or super().has_news(snapshot)

    def show_answer(self, answer: Any) -> None:
        if not self._stale:
            return
        self.entries = self._with_then(self._filling.merged(self.log.entries))
        if self.entries:
            self._stale = False
            self.show_log()

    def redraw(self) -> None:
        self._stale = True
        super().redraw()

    def _with_then(self, entries: list[Entry]) -> list[Entry]:
        then = self._then
        if then is not None:
            place = bisect_left(entries, then.step, key=lambda entry: entry.step)
            if place == len(entries) or entries[place].step != then.step:
                entries.insert(place, then)
        return entries

    def show_log(self) -> None:
        """Draw the entries. Called in the GUI thread, only while visible and there is something new."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")
