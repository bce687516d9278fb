"""Diagram on the clipboard: as pixels, and as SVG for programs that take it."""

from __future__ import annotations

import atexit
from functools import cache

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from engine.errors import EngineError
from nnstudio.document.model import Document
from nnstudio.export.diagram import Options, image, render
from nnstudio.export.failure import tell_failure

# Qt's platforms that have no clipboard of the system.
_BARE = frozenset({"offscreen", "minimal", "minimalegl", "linuxfb", "eglfs", "vnc"})


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
    _clear_in_the_end()
    return True


@cache
def _clear_in_the_end() -> None:
    atexit.register(_clear_bare)


def _clear_bare() -> None:
    """Takes from Qt's own clipboard what Python has made: it outlives Python, and the process would crash then."""
    if QGuiApplication.instance() is not None and QGuiApplication.platformName() in _BARE:
        QGuiApplication.clipboard().clear()
