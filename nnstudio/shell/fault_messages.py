"""Messages about faults of the program, in this or the last session."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileInfo, QLocale, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

from nnstudio.faults import log
from nnstudio.faults.log import Fault
from nnstudio.shell.autosave import Rescue, discard, left_behind
from nnstudio.shell.project_files import Files
from nnstudio.ui.plain_text import PlainMessageBox

_ROLES = QMessageBox.ButtonRole


class FaultMessage(QObject):
    """Message to the user after a fault, while a copy of the work is written.

    It stands beside the window and stops nothing. A fault that recurs is reported once; while a message stands, further
    ones only go into the log.
    """

    _met = Signal(object)

    def __init__(self, files: Files, rescue: Rescue, window: QWidget) -> None:
        super().__init__(window)
        self._files, self._rescue, self._window = files, rescue, window
        self._box: QMessageBox | None = None
        self._fault = Fault("", "")
        rescue.kept.connect(self._kept)
        # Later: a fault may come from another thread, or in the midst of painting.
        self._met.connect(self._show, Qt.ConnectionType.QueuedConnection)
        stop = log.listen(self._met.emit)
        self.destroyed.connect(lambda: stop())

    def _show(self, fault: Fault) -> None:
        if self._box is not None:
            return
        self._fault = fault
        self._box = box = PlainMessageBox(self._window)
        box.setObjectName("faultMessage")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("nnstudio")
        box.setWindowModality(Qt.WindowModality.NonModal)
        box.setText("Something went wrong inside nnstudio. You can go on.")
        box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        path = log.log_path()
        if path is not None:
            address = QUrl.fromLocalFile(str(path))
            box.addButton("Show the log", _ROLES.HelpRole).clicked.connect(lambda: QDesktopServices.openUrl(address))
        box.addButton("Save the project", _ROLES.AcceptRole).clicked.connect(lambda: self._files.save())
        box.setDefaultButton(box.addButton("Go on", _ROLES.RejectRole))
        box.destroyed.connect(self._closed)
        self._say("A copy of it is being written.")
        self._rescue.keep_after_fault()
        box.show()

    def _kept(self, why: str) -> None:
        copy = self._rescue.path
        if why:
            self._say(f"Save it now, since no copy could be written: {why}.")
        elif copy is not None:
            self._say(f"A copy of it lies in\n{copy}")

    def _say(self, about_work: str) -> None:
        if self._box is None:
            return
        path = log.log_path()
        written = f"Details are in\n{path}" if path is not None else "No log could be written."
        self._box.setInformativeText(
            f"It is a fault of the program ({self._fault.sentence}; {self._fault.place}), not of yours.\n\n"
            f"Your work is as it was. {about_work}\n\n{written}"
        )

    def _closed(self) -> None:
        self._box = None


def offer_what_was_left(files: Files, rescue: Rescue, window: QWidget) -> None:
    """Ask about work that the last session left unsaved, the newest first."""
    copies = left_behind()
    if copies:
        _offer(copies, files, rescue, window)


def _offer(copies: list[Path], files: Files, rescue: Rescue, window: QWidget) -> None:
    copy, *others = copies
    when = QLocale().toString(QFileInfo(str(copy)).lastModified(), QLocale.FormatType.ShortFormat)
    box = PlainMessageBox(window)
    box.setObjectName("leftBehind")
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Unsaved work")
    box.setText(f"nnstudio ended before “{copy.stem}” was saved.")
    box.setInformativeText(f"There is a copy of it ({when}). Open it now, and save it where it belongs?")
    opens = box.addButton("Open the copy", _ROLES.AcceptRole)
    drops = box.addButton("Discard it", _ROLES.DestructiveRole)
    box.setEscapeButton(box.addButton("Ask me later", _ROLES.RejectRole))
    box.setDefaultButton(opens)

    def answered() -> None:
        if box.clickedButton() is opens:
            # Further copies wait for the next start: this one is to be saved first.
            if files.open_copy(copy):
                rescue.adopt(copy)
            return
        if box.clickedButton() is drops:
            discard(copy)
        if others:
            _offer(others, files, rescue, window)

    box.finished.connect(answered)
    box.open()
