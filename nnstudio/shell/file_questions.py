"""Questions and complaints about project files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtWidgets import QMessageBox, QWidget

from engine.importing import NoBlockError
from engine.importing.weights import WeightReport
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


def may_import_part(window: QWidget, path: Path, error: NoBlockError) -> bool:
    """Ask whether to import what comes before a part that no block does."""
    box = PlainMessageBox(window)
    box.setObjectName("importQuestion")
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Import a part")
    box.setText(f"A part of “{path.name}” has no block here.")
    box.setInformativeText(f"{error}\n\nImport the network up to “{error.until}”, and leave out the rest?")
    part = box.addButton("Import up to there", _ROLES.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(part)
    box.exec()
    return box.clickedButton() is part


def may_take_weights(window: QWidget, path: Path, report: WeightReport) -> bool:
    """Ask whether to take over the weights of a file, once the user has seen which fit."""
    box = PlainMessageBox(window)
    box.setObjectName("weightsQuestion")
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Load weights")
    found = report.transfer
    box.setText(
        f"{len(found.matched)} of {len(found.matched) + len(found.missed)} weights of the network are in “{path.name}”."
    )
    box.setInformativeText("Take them over? A run of its own starts from them. Undo brings back what was trained.")
    box.setDetailedText(str(report))
    takes = box.addButton("Take over", _ROLES.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(takes)
    box.exec()
    return box.clickedButton() is takes


def ask_where_else(window: QWidget, error: Exception) -> bool:
    """Say why a project cannot be saved; True if the user wants to save it elsewhere."""
    box = PlainMessageBox(window)
    box.setObjectName("saveError")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("nnstudio")
    box.setText("The project cannot be saved")
    box.setInformativeText(f"{_reason(error)}\n\nIt is still open, with all that is unsaved.")
    elsewhere = box.addButton("Save as…", _ROLES.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(elsewhere)
    box.exec()
    return box.clickedButton() is elsewhere


def _reason(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "There is not enough memory. Close other programs, or stop training."
    if isinstance(error, TimeoutError) and not str(error):
        return "The trainer is busy with a long step. Try again when that is done, or pause the training."
    return str(error) or type(error).__name__


def complain(window: QWidget, what: str, error: Exception) -> None:
    """Say what could not be done with a file, and why."""
    box = PlainMessageBox(QMessageBox.Icon.Warning, "nnstudio", what, QMessageBox.StandardButton.Ok, window)
    box.setObjectName("fileError")
    box.setInformativeText(_reason(error))
    box.exec()
