"""Watcher of a study: reads it now and then in a thread."""

from __future__ import annotations

import os

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.faults import log
from nnstudio.loading.background import Background, Job
from nnstudio.sweep.errors import SweepError
from nnstudio.sweep.importance import importance_elsewhere
from nnstudio.sweep.reader import StudyReader
from nnstudio.sweep.results import StudyTable
from nnstudio.sweep.storage import is_url

_EVERY_MS = 700


class StudyWatcher(QObject):
    """Watcher of one study at a time.

    Signals:
        read: the trials as they are now; None while the study is not begun. failed: why it cannot be read.
        weighed: importance of each setting, and why there is none.
    """

    read = Signal(object)
    failed = Signal(str)
    weighed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._background.finished.connect(self._finish)
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._place, self._study = "", ""
        self._reader: StudyReader | None = None
        self._reading: Job | None = None
        self._weighing: Job | None = None
        # The number of trials whose importance is known.
        self._weighed = -1

    @property
    def watched(self) -> tuple[str, str]:
        """Storage and name of the study that is watched, or was last."""
        return self._place, self._study

    def watch(self, place: str, study: str) -> None:
        """Watch another study from now on."""
        if (place, study) != (self._place, self._study):
            self._place, self._study = place, study
            # A job under way still reads the last one, and closes it.
            self._reader, self._reading, self._weighing, self._weighed = None, None, None, -1
        self._timer.start()
        self.look()

    def rest(self) -> None:
        """Watch no longer."""
        self._timer.stop()

    def look(self) -> None:
        """Read the study, unless that is being done."""
        if self._reading is None and self._study:
            place, study, reader = self._place, self._study, self._reader
            self._reading = self._background.start(lambda: _read(place, study, reader))

    def weigh(self, done: int) -> None:
        """Measure the importance of the settings, where there are `done` trials and it is not known of these."""
        if self._weighing is None and done != self._weighed:
            place, study = self._place, self._study
            self._weighed = done
            self._weighing = self._background.start(lambda: importance_elsewhere(place, study))

    def _finish(self, job: Job) -> None:
        if job is self._weighing:
            self._weighing = None
            if isinstance(job.error, SweepError):
                self.weighed.emit({}, job.error.message)
            elif job.error is not None:
                log.report(job.error)
            else:
                self.weighed.emit(job.result, "")
        elif job is self._reading:
            self._reading = None
            self._reader = None
            if job.error is None:
                self._reader, found = job.result
                self.read.emit(found)
            elif isinstance(job.error, SweepError):
                self.failed.emit(job.error.message)
            else:
                log.report(job.error)
                self.failed.emit(f"the study cannot be read: {job.error}")
        elif job.error is None and isinstance(job.result, tuple) and job.result[0] is not None:
            # Of the study before.
            job.result[0].close()


def _read(place: str, study: str, reader: StudyReader | None) -> tuple[StudyReader | None, StudyTable | None]:
    if reader is None:
        if not is_url(place) and not os.path.exists(place):
            return None, None
        reader = StudyReader(place, study)
    return reader, reader.read()
