"""Diagram on the clipboard: as pixels, and as SVG for programs that take it."""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from engine.errors import EngineError
from nnstudio.document.model import Document
from nnstudio.export.diagram import Options, image, render
from nnstudio.export.failure import tell_failure


def copy_diagram(document: Document, title: str, parent: QWidget) -> bool:
    """Copy the diagram to the clipboard. Returns False on failure, after telling the user."""
    options = Options(title=title)
    data = QMimeData()
    try:
        data.setImageData(image(document, options))
        data.setData("image/svg+xml", render(document, "svg", options))
    except (EngineError, OSError) as error:
        tell_failure(parent, "The diagram cannot be copied", error)
        return False
    QGuiApplication.clipboard().setMimeData(data)
    return True
