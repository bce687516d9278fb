"""Base of views of the statistics of a run over time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.batch_statistics import BatchPicture, LiveBatchStatistics
from nnstudio.training.statistics_log import Entry, StatisticsLog
from nnstudio.views.answer_view import AnswerView

# Marks of a line and of its dashes in a legend, in the order of Qt's pen styles from SolidLine on.
DASHES = ("━━", "╍╍", "┅┅", "━╍")


class StatisticsView(AnswerView):
    """View of the measurements of a run; its log is also kept while the view is hidden.

    A subclass draws the log in `show_log`, called only when there is something new.

    Attributes:
        log: what was measured since the run began.
    """

    min_interval = 0.1
    waiting = "The first measurement appears as soon as the network is ready to train."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.log = StatisticsLog()
        self._stale = True
        # The step of the moment on display; None for the present.
        self._until: int | None = None

    def request(self) -> LiveBatchStatistics:
        return LiveBatchStatistics(self.store.document.training.loss)

    @property
    def entries(self) -> Sequence[Entry]:
        """Measurements of the run, up to the moment on display; the first one where that lies before it."""
        entries = self.log.entries
        if self._until is None:
            return entries
        return entries[: max(bisect_right(entries, self._until, key=lambda entry: entry.step), 1)]

    @property
    def newest(self) -> BatchPicture | None:
        """Last measurement up to the moment on display, None if there is none."""
        entries = self.entries
        return entries[-1].statistics if entries else None

    def announce(self, snapshot: Snapshot) -> None:
        self._stale |= self.log.take(snapshot)
        until = None if snapshot.moment is None else snapshot.moment.step
        self._stale |= until != self._until
        self._until = until

    def forget(self) -> None:
        super().forget()
        self.log.clear()
        self._stale = True

    def show_answer(self, answer: Any) -> None:
        if self._stale and self.log.entries:
            self._stale = False
            self.show_log()

    def redraw(self) -> None:
        self._stale = True
        super().redraw()

    def show_log(self) -> None:
        """Draw the log. Called in the GUI thread, only while visible and there is something new."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")
