"""Qt application without a screen, for commands that draw."""

from __future__ import annotations

import os
from functools import cache

from PySide6.QtWidgets import QApplication


@cache
def application() -> QApplication:
    """Existing application, or a new one without a display that lives until the end."""
    present = QApplication.instance()
    if isinstance(present, QApplication):
        return present
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    made = QApplication(["nnstudio"])
    # As in the window, so that what is drawn has its fonts.
    made.setStyle("Fusion")
    return made
