"""Alarm watch: hands the alarms of run and data to the store."""

from __future__ import annotations

from PySide6.QtCore import QObject

from nnstudio.shell.data_watch import DataWatch
from nnstudio.store import Store
from nnstudio.training.alarm_monitor import AlarmMonitor, Verdict
from nnstudio.training.data_alarms import DUPLICATES
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.batch_statistics import BatchStatistics
from nnstudio.training.session import Session


class AlarmWatch(QObject):
    """Watch over the run of the window's project, whatever docks are open."""

    def __init__(self, store: Store, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._monitor = AlarmMonitor()
        self._data = DataWatch(store, self)
        session.arrived.connect(self._watch)

    def requests(self, known: frozenset[Request]) -> frozenset[Request]:
        """Requests for what the alarms need of the next snapshot, unless a view is known to ask for that."""
        if any(isinstance(request, BatchStatistics) for request in known):
            return frozenset()
        return self._monitor.requests(self._store.document)

    def _watch(self, snapshot: Snapshot) -> None:
        store = self._store
        of_data = self._data.alarms(snapshot)
        shown = Verdict(tuple(alarm for alarm in store.alarms if alarm.problem.rule != DUPLICATES), store.measured)
        verdict = self._monitor.watch(snapshot, store.document, shown)
        # The store changes nothing, and tells nobody, if these are the alarms that it has.
        store.set_alarms((*verdict.alarms, *of_data), verdict.measured)
