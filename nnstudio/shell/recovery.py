"""Offer of work that ended windows have left unsaved."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, QObject, Qt
from PySide6.QtWidgets import QMessageBox

from nnstudio.shell.studio import Studio
from nnstudio.shell.unsaved_work import KEPT_FOR, LeftBehind, left_behind
from nnstudio.ui.plain_text import PlainMessageBox

_ROLES = QMessageBox.ButtonRole
# Names the folder whose work a window is started for.
_FOLDER = "NNSTUDIO_UNSAVED"
_DAYS = KEPT_FOR // (24 * 3600)


def offer_what_was_left(studio: Studio) -> None:
    """Ask about work that other windows left unsaved, the newest first.

    A window that was started for one of them opens that, and asks nothing.
    """
    wanted = os.environ.pop(_FOLDER, None)
    if wanted is None:
        Offers(studio).ask(left_behind())
        return
    for left in left_behind(declined=True):
        if left.folder.name == wanted:
            _open(studio, left)


def recover(studio: Studio) -> None:
    """Offer all work that was left unsaved, also what was declined some days ago."""
    found = left_behind(declined=True)
    if not found:
        studio.status.tell("There is no unsaved work that a window has left behind.")
    Offers(studio).ask(found)


def _open(studio: Studio, left: LeftBehind) -> bool:
    if not studio.files.recover(left):
        return False
    studio.rescue.adopt(left)
    return True


class Offers(QObject):
    """Questions about work that was left behind, one after the other.

    The first that is opened takes the place of the project in this window, each further one gets a window of its own.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._opened = False

    def ask(self, found: Sequence[LeftBehind]) -> None:
        """Ask about each of these."""
        if not found:
            self.deleteLater()
            return
        left, *others = found
        box = PlainMessageBox(self._studio)
        box.setObjectName("leftBehind")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Unsaved work")
        box.setText(f"nnstudio ended before “{left.title}” was saved.")
        box.setInformativeText(f"{_told(left)} Open it now, and save it where it belongs?")
        opens = box.addButton("Open it in another window" if self._opened else "Open it", _ROLES.AcceptRole)
        drops = box.addButton("Discard it", _ROLES.DestructiveRole)
        drops.setToolTip(f"For {_DAYS} days it can still be recovered, in the File menu")
        box.setEscapeButton(box.addButton("Ask me later", _ROLES.RejectRole))
        box.setDefaultButton(opens)

        def answered() -> None:
            if box.clickedButton() is opens:
                if self._opened:
                    _start_window(left)
                else:
                    self._opened = _open(self._studio, left)
            elif box.clickedButton() is drops:
                left.decline()
            self.ask(others)

        box.finished.connect(answered)
        box.open()


def _told(left: LeftBehind) -> str:
    when = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(left.when)), QLocale.FormatType.ShortFormat)
    parts = [f"What is there was written last on {when}"]
    if left.history is not None and len(left.history.steps) > 1:
        count = len(left.history.steps) - 1
        parts.append(f"{count} step{'s' if count > 1 else ''} can be undone")
    if left.history is not None and left.history.origin.path:
        parts.append(f"it belongs to {left.history.origin.path}")
    return f"{'; '.join(parts)}."


def _start_window(left: LeftBehind) -> None:
    environment = {**os.environ, _FOLDER: left.folder.name}
    subprocess.Popen([sys.executable, "-m", "nnstudio"], env=environment, start_new_session=True)
