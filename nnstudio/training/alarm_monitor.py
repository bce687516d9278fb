"""Alarm monitor: watches a run through its snapshots, and says which alarms are on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nnstudio.document.alarms import Alarm
from nnstudio.document.identity_keys import course_key, run_key
from nnstudio.document.model import Document
from nnstudio.training.alarms import Evidence, judge
from nnstudio.training.alarms.base import HELD, HELD_AT_REST
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.batch_statistics import BatchStatistics
from nnstudio.training.statistics_log import StatisticsLog

# Seconds between two verdicts while training runs: nobody reads faster, and marks on the canvas are to stand still.
_PAUSE = 1.0
# As far back as any rule looks.
_LOOKED_AT = 4 * HELD
_MEASURED = (RunState.RUNNING, RunState.PAUSED, RunState.FINISHED)


@dataclass(frozen=True)
class Verdict:
    """Verdict on a run.

    Attributes:
        alarms: the alarms that are on. measured: the blocks that were measured often enough to be judged.
    """

    alarms: tuple[Alarm, ...] = ()
    measured: frozenset[str] = frozenset()


class AlarmMonitor:
    """Monitor of one run after another. It keeps the measurements of the present network and settings."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._log = StatisticsLog()
        self._judged = float("-inf")
        self._new = False
        self._state = RunState.EMPTY
        self._generation = self._step = -1
        # Epoch since which network and settings are as they are.
        self._since = 0
        self._document: Document | None = None
        # An edit was made of which the worker has not told yet that it has another network for it.
        self._edited = False

    def requests(self, document: Document) -> frozenset[Request]:
        """Requests for the next snapshot. Before the first step there is nothing to measure."""
        measured = self._state is RunState.RUNNING or (self._state in _MEASURED and self._step > 0)
        return frozenset({BatchStatistics(document.training.loss)}) if measured else frozenset()

    def watch(self, snapshot: Snapshot, document: Document, shown: Verdict) -> Verdict:
        """Verdict on a run after a snapshot; the one that is shown now while there is nothing new to say."""
        if self._is_another_run(snapshot, document):
            shown = Verdict()
        self._state = snapshot.state
        self._new |= self._log.take(snapshot) and bool(self._log.entries)
        now = self._clock()
        running = snapshot.state is RunState.RUNNING
        if not self._new or (running and now - self._judged < _PAUSE):
            return shown
        self._judged, self._new = now, False
        evidence = Evidence(
            document,
            self._log.entries[-_LOOKED_AT:],
            snapshot.curves,
            self._since,
            snapshot.epochs,
            snapshot.learning_rate,
            {alarm.key: alarm for alarm in shown.alarms},
            HELD if running else HELD_AT_REST,
        )
        measured = shown.measured
        if len(evidence.entries) >= evidence.needed and evidence.settled:
            measured = frozenset(evidence.layers)
        return Verdict(_steadied(judge(evidence), shown.alarms), measured)

    def _is_another_run(self, snapshot: Snapshot, document: Document) -> bool:
        """True if the snapshot is of a run that was reset, restored or opened, and not only edited."""
        known = self._document
        if known is not None and document is not known and _course(document) != _course(known):
            self._begin(snapshot)
            self._edited = True
        self._document = document
        another = snapshot.step < self._step
        if snapshot.generation != self._generation:
            another |= not self._edited
            self._begin(snapshot)
            self._edited = False
        self._generation, self._step = snapshot.generation, snapshot.step
        return another

    def _begin(self, snapshot: Snapshot) -> None:
        self._log.clear()
        self._new = False
        self._since = snapshot.epoch


def _course(document: Document) -> object:
    return course_key(document), run_key(document)


def _steadied(found: Sequence[Alarm], shown: Sequence[Alarm]) -> tuple[Alarm, ...]:
    """The alarms found; the very objects shown now if nothing is new, so that nobody draws them again."""
    return tuple(shown) if tuple(found) == tuple(shown) else tuple(found)
