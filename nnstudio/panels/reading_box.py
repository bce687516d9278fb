"""Box in the data panel while requested data are being read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QFrame, QProgressBar, QVBoxLayout

from engine.data import Dataset
from engine.errors import EngineError
from nnstudio.faults import log
from nnstudio.loading.background import Background, Job
from nnstudio.loading.data_reader import PATIENCE
from nnstudio.panels.download_box import action_button
from nnstudio.ui.labels import text_label


@dataclass(frozen=True)
class _Wait:
    name: str
    job: Job
    done: Callable[[Any], None]
    failed: Callable[[str], None]


class ReadingBox(QFrame):
    """Box that reads something in a thread, and says so.

    A later request replaces an earlier one. What is read within a twentieth of a second is there at once, and nothing
    is shown.
    """

    def __init__(self) -> None:
        super().__init__()
        self._wait: _Wait | None = None
        self._dataset: Dataset | None = None
        self._background = Background(self)
        self._background.finished.connect(self._finish)
        self._text = text_label(role="muted")
        self._text.setObjectName("readingText")
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setAccessibleName("Reading data")
        cancel = action_button("Cancel", "Read these data no further", "readingCancel", "close")
        cancel.clicked.connect(self.drop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._text, bar, cancel):
            column.addWidget(widget)
        self.hide()

    def read(
        self, name: str, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[str], None]
    ) -> None:
        """Do some work on the data called `name`, then call `done` or `failed`.

        The former gets its result, the latter a sentence.
        """
        self.drop()
        job = self._background.start(work, PATIENCE)
        self._wait = _Wait(name, job, done, failed)
        if job.done.is_set():
            self._finish(job)
            return
        self._text.setText(f"Reading {name}…")
        self.show()

    def drop(self) -> None:
        """Stop waiting."""
        self._wait = None
        self.hide()

    def follow(self, dataset: Dataset) -> None:
        """Follow the document's data: when they change, drop earlier requests."""
        if dataset != self._dataset:
            self._dataset = dataset
            self.drop()

    def _finish(self, job: Job) -> None:
        wait = self._wait
        if wait is None or wait.job is not job:
            return
        self.drop()
        match job.error:
            case None:
                wait.done(job.result)
            case EngineError() as error:
                wait.failed(error.message)
            case MemoryError():
                wait.failed(f"there is not enough memory to read {wait.name}")
            case error:
                log.report(error)
                wait.failed(f"{wait.name} cannot be read because of a fault in the program")
