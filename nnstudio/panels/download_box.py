"""What is seen of a download."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QPushButton, QVBoxLayout

from nnstudio.panels.download import Download, Fetch
from nnstudio.panels.parts import text_label


class DownloadBox(QFrame):
    """Says how a download goes, and can call it off.

    Signals:
        done: the files are in this folder.
        ended: no download runs any more, however it went.
    """

    done = Signal(str)
    ended = Signal()

    def __init__(self, fetch: Fetch) -> None:
        super().__init__()
        self._fetch = fetch
        self._job: Download | None = None
        self._text = text_label(role="muted")
        self._text.setObjectName("downloadText")
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Download")
        self._cancel = QPushButton("Cancel")
        self._cancel.setAutoDefault(True)  # Enter presses it too
        self._cancel.setObjectName("downloadCancel")
        self._cancel.setAccessibleName("Cancel the download")
        self._cancel.clicked.connect(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._text, self._bar, self._cancel):
            column.addWidget(widget)
        self.hide()

    @property
    def running(self) -> bool:
        return self._job is not None

    def start(self) -> None:
        self._job = Download(self._fetch, self)
        self._job.progressed.connect(self._text.setText)
        self._job.finished.connect(self._finish)
        self._job.failed.connect(self._fail)
        self._say("Starting the download…", "muted", busy=True)
        self._job.start()

    def cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job = None
        self.hide()
        self.ended.emit()

    def _finish(self, folder: str) -> None:
        self.cancel()
        self.done.emit(folder)

    def _fail(self, sentence: str) -> None:
        self._job = None
        self._say(sentence[0].upper() + sentence[1:], "error", busy=False)
        self.ended.emit()

    def _say(self, sentence: str, role: str, *, busy: bool) -> None:
        self._text.setProperty("role", role)
        self._text.style().unpolish(self._text)
        self._text.style().polish(self._text)
        self._text.setText(sentence)
        self._bar.setVisible(busy)
        self._cancel.setVisible(busy)
        self.show()
