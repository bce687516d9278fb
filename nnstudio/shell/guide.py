"""First steps: a page of instructions beside the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

import resources


class GuideDialog(QDialog):
    """Dialog with the first steps; the window stays usable beside it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("guide")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("First steps")
        page = QTextBrowser()
        page.setObjectName("guidePage")
        page.setAccessibleName("First steps with nnstudio")
        page.document().setDocumentMargin(16)
        page.setMarkdown(resources.path("help", "first-steps.md").read_text(encoding="utf-8"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(page, 1)
        column.addWidget(buttons)
        self.resize(640, 680)
        page.setFocus()
