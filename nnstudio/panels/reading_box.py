"""Box in the data panel while requested data are being read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QProgressBar, QVBoxLayout

from engine.data import Dataset
from engine.data.progress import CancelledError, Progress
from engine.errors import EngineError
from nnstudio.document.data_state import place_name
from nnstudio.faults import log
from nnstudio.loading.background import Background, Job
from nnstudio.loading.data_reader import PATIENCE
from nnstudio.panels.download_box import action_button
from nnstudio.ui.labels import text_label

_LOOK_MS = 100


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

    Args:
        reading: progress of what else reads the data of a data set, such as the store; None where nothing does.
    """

    def __init__(self, reading: Callable[[Dataset], Progress | None] = lambda _: None) -> None:
        super().__init__()
        self._reading = reading
        self._wait: _Wait | None = None
        self._shown = "", Progress()
        self._dataset: Dataset | None = None
        self._background = Background(self)
        self._background.finished.connect(self._finish)
        self._text = text_label(role="muted")
        self._text.setObjectName("readingText")
        self._bar = bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setAccessibleName("Reading data")
        cancel = action_button("Cancel", "Read these data no further", "readingCancel", "close")
        cancel.clicked.connect(self._cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._text, bar, cancel):
            column.addWidget(widget)
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)
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
        self._show(name, job.progress)

    def drop(self) -> None:
        """Stop waiting, and cancel what is being read for the request."""
        if self._wait is not None:
            self._wait.job.progress.cancel()
        self._wait = None
        self._hide()

    def follow(self, dataset: Dataset) -> None:
        """Follow the document's data: when they change, drop earlier requests.

        While something else reads them, the box tells how far it is.
        """
        if dataset != self._dataset:
            self._dataset = dataset
            self.drop()
        if self._wait is None:
            progress = self._reading(dataset)
            if progress is None:
                self._hide()
            elif self.isHidden():
                self._show(place_name(dataset), progress)

    def _cancel(self) -> None:
        if self._wait is None and self._dataset is not None:
            progress = self._reading(self._dataset)
            if progress is not None:
                progress.cancel()
        self.drop()

    def _show(self, name: str, progress: Progress) -> None:
        self._shown = name, progress
        self._look()
        self._timer.start()
        self.show()

    def _hide(self) -> None:
        self._timer.stop()
        self.hide()

    def _look(self) -> None:
        """Tells how far the reading is."""
        name, progress = self._shown
        total = progress.total
        # Some counts have no place in a progress bar's 32 bits.
        self._bar.setRange(0, 1000 if total else 0)
        self._bar.setValue(1000 * progress.done // total if total else 0)
        of = f" of {total:,}" if total else ""
        self._text.setText(
            f"Reading {name}: {progress.done:,}{of} {progress.unit}" if progress.unit else f"Reading {name}…"
        )

    def _finish(self, job: Job) -> None:
        wait = self._wait
        if wait is None or wait.job is not job:
            return
        self.drop()
        match job.error:
            case None:
                wait.done(job.result)
            case CancelledError():
                pass  # by whoever waited
            case EngineError() as error:
                wait.failed(error.message)
            case MemoryError():
                wait.failed(f"there is not enough memory to read {wait.name}")
            case error:
                log.report(error)
                wait.failed(f"{wait.name} cannot be read because of a fault in the program")
