"""Progress box of a download."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QPushButton, QVBoxLayout

from engine.data import Dataset, Progress
from nnstudio.panels.download import Download, Fetch
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import text_label

_CANCELLED = "The download was cancelled. What has arrived is kept, and the next try goes on from there."
_MEGABYTE = 10**6


class DownloadBox(QFrame):
    """Progress of a download, with buttons to cancel it or to try again.

    Signals:
        done: the files are in this folder.
        changed: a download started or ended, with or without success.
        folder_wanted: the user wants to choose a folder that has the files.
    """

    done = Signal(str)
    changed = Signal()
    folder_wanted = Signal()

    def __init__(self, fetch: Fetch) -> None:
        super().__init__()
        self._fetch = fetch
        self._job: Download | None = None
        self._dataset: Dataset | None = None
        self._text = text_label(role="muted")
        self._text.setObjectName("downloadText")
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Download")
        self._cancel = action_button("Cancel", "Cancel the download", "downloadCancel", "close")
        self._cancel.clicked.connect(self.cancel)
        self._retry = action_button("Try again", "Try the download again", "downloadRetry", "download")
        self._retry.clicked.connect(self._start)
        self._folder = action_button("Choose folder…", "Choose a folder with the files", "downloadFolder", "folder")
        self._folder.clicked.connect(self.folder_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._text, self._bar, self._cancel, self._retry, self._folder):
            column.addWidget(widget)
        self.hide()

    @property
    def running(self) -> bool:
        """True while a download runs."""
        return self._job is not None

    @property
    def engaged(self) -> bool:
        """True while a download runs, or while a failed one is explained."""
        return not self.isHidden()

    def start(self, dataset: Dataset) -> None:
        """Start the download of a data set's files."""
        self._dataset = dataset
        self._start()

    def _start(self) -> None:
        if self._dataset is None:
            return
        self._job = Download(self._fetch, self._dataset, self)
        self._job.progressed.connect(self._show_progress)
        self._job.finished.connect(self._finish)
        self._job.failed.connect(lambda sentence: self.fail(sentence))
        self._bar.setRange(0, 0)
        self._say("Starting the download…", "muted", busy=True)
        self._job.start()
        self.changed.emit()

    def cancel(self) -> None:
        """Cancel the download at the user's request."""
        self._drop()
        self._say(_CANCELLED, "muted", busy=False)
        self.changed.emit()

    def clear(self) -> None:
        """Hide the box, and cancel a download that is no longer needed."""
        self._drop()
        self.hide()

    def fail(self, sentence: str, dataset: Dataset | None = None) -> None:
        """Show the reason why the files are missing; `dataset` is then downloaded by *Try again*."""
        self._dataset = dataset or self._dataset
        self._drop()
        self._say(sentence[0].upper() + sentence[1:], "error", busy=False)
        self.changed.emit()

    def _drop(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job = None

    def _finish(self, folder: str) -> None:
        self.clear()
        self.done.emit(folder)
        self.changed.emit()

    def _show_progress(self, progress: Progress) -> None:
        received, total = progress.received / _MEGABYTE, progress.total / _MEGABYTE
        self._text.setText(f"Fetching {progress.name}… {received:.1f} of {total:.1f} MB")
        # In thousandths, since a bar counts in 32 bits.
        self._bar.setRange(0, 1000)
        self._bar.setValue(round(1000 * progress.received / max(progress.total, 1)))

    def _say(self, sentence: str, role: str, *, busy: bool) -> None:
        self._text.setProperty("role", role)
        self._text.style().unpolish(self._text)
        self._text.style().polish(self._text)
        self._text.setText(sentence)
        for widget in (self._bar, self._cancel):
            widget.setVisible(busy)
        for widget in (self._retry, self._folder):
            widget.setVisible(not busy)
        self.show()


def action_button(title: str, spoken: str, name: str, icon: str) -> QPushButton:
    """Button with an icon. `spoken` is its name for assistive programs, `name` its object name for tests."""
    button = QPushButton(title)
    button.setAutoDefault(True)  # Enter presses it too
    button.setObjectName(name)
    button.setAccessibleName(spoken)
    set_icon(button, icon)
    return button
