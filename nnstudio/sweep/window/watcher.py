"""Watcher of a study: reads its trials now and then in a thread, and tells the window."""

from __future__ import annotations

import os

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.loading.background import Background, Job
from nnstudio.sweep.errors import SweepError
from nnstudio.sweep.reader import Reading, StudyReader
from nnstudio.sweep.storage import is_url

_EVERY_MS = 700


class StudyWatcher(QObject):
    """Watcher of one study at a time.

    Attributes:
        with_importance: the importance of the settings is read as well; the first time, that takes seconds.

    Signals:
        read: the study as it is now; None while it is not begun. failed: why it cannot be read.
    """

    read = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._background.finished.connect(self._finish)
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._place, self._study = "", ""
        self.with_importance = False
        self._reader: StudyReader | None = None
        self._job: Job | None = None

    def watch(self, place: str, study: str) -> None:
        """Watch another study from now on."""
        if (place, study) != (self._place, self._study):
            self._place, self._study = place, study
            # A job under way still reads the last one, and closes it.
            self._reader, self._job = None, None
        self._timer.start()
        self.look()

    def rest(self) -> None:
        """Watch no longer."""
        self._timer.stop()

    def look(self) -> None:
        """Read the study, unless that is done already."""
        if self._job is None and self._study:
            place, study, reader = self._place, self._study, self._reader
            importance = self.with_importance
            self._job = self._background.start(lambda: _read(place, study, reader, importance=importance))

    def _finish(self, job: Job) -> None:
        if job is not self._job:
            if job.error is None and job.result[0] is not None:
                job.result[0].close()
            return
        self._job = None
        match job.error:
            case None:
                self._reader, found = job.result
                self.read.emit(found)
            case SweepError() as error:
                self._reader = None
                self.failed.emit(error.message)
            case error:
                self._reader = None
                self.failed.emit(f"the study cannot be read: {error}")


def _read(
    place: str, study: str, reader: StudyReader | None, *, importance: bool
) -> tuple[StudyReader | None, Reading | None]:
    if reader is None:
        if not is_url(place) and not os.path.exists(place):
            return None, None
        reader = StudyReader(place, study)
    return reader, reader.read(importance=importance)
