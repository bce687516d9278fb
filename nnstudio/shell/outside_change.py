"""Watch over the project's file: another program's change is noticed when the window gets the focus."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox

from nnstudio.files.stamp import Stamp, stamp_of
from nnstudio.shell.studio import Studio
from nnstudio.ui.plain_text import PlainMessageBox


class OutsideChange(QObject):
    """Question whether to load a file that was changed by another program; asked once for each change.

    The file is looked at in a thread: a network drive that is gone lets nobody wait.
    """

    _seen = Signal(object, object, object)

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._box: QMessageBox | None = None
        self._looking = False
        # What was asked about, or told, last.
        self._told: tuple[Path, Stamp | None] | None = None
        self._seen.connect(self._judge)
        studio.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowActivate:
            self.look()
        return False

    def look(self) -> None:
        """Look whether the file has changed."""
        path = self._studio.files.path
        if path is None or self._looking or self._box is not None:
            return
        self._looking = True
        threading.Thread(
            target=self._stat, args=(path, self._studio.files.stamp), name="file watch", daemon=True
        ).start()

    def _stat(self, path: Path, known: Stamp | None) -> None:
        found = stamp_of(path)
        # The window may be gone meanwhile.
        with contextlib.suppress(RuntimeError):
            self._seen.emit(path, known, found)

    def _judge(self, path: Path, known: Stamp | None, found: Stamp | None) -> None:
        self._looking = False
        files = self._studio.files
        # It may have been saved while it was looked at.
        if (path, known) != (files.path, files.stamp) or found == known or (path, found) == self._told:
            return
        self._told = path, found
        if found is None:
            self._studio.status.tell(f"{path.name} is not there any more; saving writes it again")
        else:
            self._ask(path)

    def _ask(self, path: Path) -> None:
        box = self._box = PlainMessageBox(self._studio)
        box.setObjectName("outsideChange")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.destroyed.connect(self._closed)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Changed elsewhere")
        box.setText(f"“{path.name}” was changed by another program.")
        lost = " What is unsaved here is lost then." if self._studio.files.dirty else ""
        box.setInformativeText(f"Load that version?{lost} Otherwise yours stays, and saving asks once more.")
        loads = box.addButton("Load it", QMessageBox.ButtonRole.AcceptRole)
        keeps = box.addButton("Keep mine", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keeps)
        box.setEscapeButton(keeps)
        loads.clicked.connect(self._studio.files.reload)
        box.open()

    def _closed(self) -> None:
        self._box = None
