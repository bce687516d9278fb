"""Pages of text beside the window: first steps, further reading."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

import resources


class PageDialog(QDialog):
    """Dialog with a page of `resources/help`; the window stays usable beside it.

    Nothing is fetched: a link opens in the browser of the system when it is clicked.
    """

    def __init__(self, parent: QWidget, name: str, title: str, file: str) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        page = QTextBrowser()
        page.setObjectName(f"{name}Page")
        page.setAccessibleName(f"{title} with nnstudio" if name == "guide" else title)
        page.document().setDocumentMargin(16)
        page.setOpenLinks(False)
        page.anchorClicked.connect(_open)
        page.setMarkdown(resources.path("help", file).read_text(encoding="utf-8"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(page, 1)
        column.addWidget(buttons)
        self.resize(640, 680)
        page.setFocus()


def show_guide(parent: QWidget) -> None:
    """Show the first steps."""
    PageDialog(parent, "guide", "First steps", "first-steps.md").show()


def show_reading(parent: QWidget) -> None:
    """Show what is worth reading on the mathematics."""
    PageDialog(parent, "reading", "Further reading", "further-reading.md").show()


def _open(link: QUrl) -> None:
    if link.scheme() == "https":
        QDesktopServices.openUrl(link)
