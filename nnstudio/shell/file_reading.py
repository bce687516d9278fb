"""Reading of other tools' files in a thread, and its dialog."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QProgressBar, QVBoxLayout, QWidget

from engine.data.progress import CancelledError, Progress
from nnstudio.loading.background import Background, Job
from nnstudio.ui.labels import text_label

# What is read within so many seconds is there before anything is shown.
_PATIENCE = 0.05
_LOOK_MS = 40


class ReadingDialog(QDialog):
    """Dialog that waits for a job. It closes when the job is done, or cancels it."""

    def __init__(self, text: str, job: Job, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("readingDialog")
        self.setWindowTitle("Reading")
        self.setWindowModality(Qt.WindowModality.ApplicationModal)
        self._job = job
        self._label = text_label(text)
        self._label.setObjectName("readingText")
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress of reading")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setObjectName("readingCancel")
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (self._label, self._bar, buttons):
            column.addWidget(widget)
        self.setMinimumWidth(360)
        background.finished.connect(self._finish)
        timer = QTimer(self, interval=_LOOK_MS)
        timer.timeout.connect(self._look)
        timer.start()

    def _finish(self, job: Job) -> None:
        if job is self._job:
            self.accept()

    def _look(self) -> None:
        progress: Progress = self._job.progress
        self._bar.setRange(0, progress.total)
        self._bar.setValue(progress.done)


def read_meanwhile(text: str, work: Callable[[], Any], background: Background, window: QWidget) -> Any:
    """Result of some work in a thread, while the window stays alive. A dialog says `text` where it takes long.

    Raises whatever the work raises, and CancelledError once the user has cancelled it.
    """
    job = background.start(work, _PATIENCE)
    if not job.done.is_set():
        dialog = ReadingDialog(text, job, background, window)
        done = dialog.exec() == QDialog.DialogCode.Accepted
        dialog.deleteLater()
        if not done:
            job.progress.cancel()
            raise CancelledError("The reading was cancelled.")
    if job.error is not None:
        raise job.error
    return job.result
