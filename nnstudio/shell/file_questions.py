"""Questions and complaints about project files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtWidgets import QMessageBox, QWidget

from nnstudio.training.project import MOST_SAVED
from nnstudio.ui.plain_text import PlainMessageBox

_ROLES = QMessageBox.ButtonRole


def may_replace(window: QWidget, path: Path) -> bool:
    """Ask before a file is replaced whose name the user has not chosen as a whole."""
    box = PlainMessageBox(window)
    box.setObjectName("replaceQuestion")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Save project")
    box.setText(f"“{path.name}” exists already.")
    box.setInformativeText("Replace it?")
    replaces = box.addButton("Replace it", _ROLES.DestructiveRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is replaces


def ask_about_the_other(window: QWidget, path: Path) -> Literal["replace", "rename", "cancel"]:
    """Ask before what somebody else has saved in the file would be lost."""
    box = PlainMessageBox(window)
    box.setObjectName("changedQuestion")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Changed elsewhere")
    box.setText(f"“{path.name}” was saved by another window or program meanwhile.")
    box.setInformativeText("Replace it? That version is lost then. Or save yours under another name.")
    replaces = box.addButton("Replace it", _ROLES.DestructiveRole)
    renames = box.addButton("Save as…", _ROLES.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(renames)
    box.exec()
    if box.clickedButton() is replaces:
        return "replace"
    return "rename" if box.clickedButton() is renames else "cancel"


def ask_about_moments(window: QWidget, size: int) -> int | None:
    """Ask how many bytes of moments a file may take, where there are so many; None if it is not to be saved."""
    box = PlainMessageBox(window)
    box.setObjectName("momentsQuestion")
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Large file")
    box.setText(f"The moments of its runs would make the file {size / (1 << 20):,.0f} MB larger.")
    box.setInformativeText(
        "With fewer moments, the time slider has longer strides once the project is opened again. Weights, curves "
        "and settings of all runs are saved in any case, and the moments stay as they are while the window is open."
    )
    fewer = box.addButton(f"At most {MOST_SAVED >> 20} MB", _ROLES.AcceptRole)
    whole = box.addButton("Save all", _ROLES.AcceptRole)
    none = box.addButton("No moments", _ROLES.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(fewer)
    box.exec()
    sizes = {fewer: MOST_SAVED, whole: 1 << 62, none: 0}
    return next((most for button, most in sizes.items() if button is box.clickedButton()), None)


def ask_about_changes(window: QWidget, title: str) -> Literal["save", "discard", "cancel"]:
    """Ask what is to become of unsaved changes."""
    box = PlainMessageBox(window)
    box.setObjectName("unsavedQuestion")
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Unsaved changes")
    box.setText(f"“{title}” has unsaved changes.")
    box.setInformativeText("Save them? Otherwise edits and training since the last save are lost.")
    buttons = QMessageBox.StandardButton
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Save)
    answer = box.exec()
    return "discard" if answer == buttons.Discard else "save" if answer == buttons.Save else "cancel"


def complain(window: QWidget, what: str, error: Exception) -> None:
    """Say what could not be done with a file, and why."""
    box = PlainMessageBox(QMessageBox.Icon.Warning, "nnstudio", what, QMessageBox.StandardButton.Ok, window)
    box.setObjectName("fileError")
    told = "There is not enough memory. Close other programs, or stop training."
    box.setInformativeText(told if isinstance(error, MemoryError) else str(error) or type(error).__name__)
    box.exec()
