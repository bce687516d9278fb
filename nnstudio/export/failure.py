"""Message that something could not be exported."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget

from nnstudio.files.failure_reason import failure_reason
from nnstudio.ui.plain_text import PlainMessageBox


def tell_failure(parent: QWidget, failure: str, error: Exception) -> None:
    """Show a message on a failed action, with the reason."""
    box = PlainMessageBox(QMessageBox.Icon.Warning, "nnstudio", failure, QMessageBox.StandardButton.Ok, parent)
    box.setObjectName("exportError")
    box.setInformativeText(failure_reason(error))
    box.exec()
