"""Data watch: looks for duplicates between the parts of own data, in a thread."""

from __future__ import annotations

import weakref

from PySide6.QtCore import QObject, QTimer

from engine.data.stored_samples import StoredSamples
from nnstudio.document.alarms import Alarm
from nnstudio.document.model import DataSettings
from nnstudio.faults import log
from nnstudio.loading.background import Background, Job
from nnstudio.store import Store
from nnstudio.training.data_alarms import duplicate_alarms
from nnstudio.training.data_facts import duplicates, fact_of, parts_of
from nnstudio.training.messages import Snapshot
from nnstudio.training.split import Split

# Milliseconds after which new data are looked through: settings may still be changing.
_REST_MS = 1500


class DataWatch(QObject):
    """Watch over the user's own data. Data sets that come with the program are as they are."""

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        # Weak: what is no longer trained on must not stay in memory for this.
        self._split: weakref.ref[Split] | None = None
        self._settings: DataSettings | None = None
        self._alarms: tuple[Alarm, ...] = ()
        self._job: Job | None = None
        self._background = Background(self)
        self._background.finished.connect(self._finish)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._look)

    def alarms(self, snapshot: Snapshot) -> tuple[Alarm, ...]:
        """Alarms on the data of a snapshot, as far as they are known. New data begin to be looked through."""
        settings = self._store.document.data
        known = self._split() if self._split is not None else None
        if snapshot.data is not known or settings != self._settings:
            self._alarms, self._job, self._settings = (), None, settings
            self._split = None if snapshot.data is None else weakref.ref(snapshot.data)
            # Of samples on disk it takes minutes, so that only the view asks for it.
            stored = snapshot.data is not None and isinstance(snapshot.data.train.x, StoredSamples)
            if snapshot.data is not None and settings.dataset.external and not stored:
                self._rest.start()
            else:
                self._rest.stop()
        return self._alarms

    def _look(self) -> None:
        split = self._split() if self._split is not None else None
        if split is not None and len(parts_of(split)) > 1:
            self._job = self._background.start(lambda: fact_of(split, duplicates))

    def _finish(self, job: Job) -> None:
        if job is not self._job:
            return
        self._job = None
        if job.error is None:
            self._alarms = duplicate_alarms(job.result, self._store.document.data)
            # No snapshot need come while training rests.
            self._store.set_alarms((*self._store.alarms, *self._alarms), self._store.measured)
        elif not isinstance(job.error, MemoryError):
            log.report(job.error)
