"""User folders for the log and for copies of unsaved work."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths


def state_folder() -> Path:
    """Folder of the program among those of the user ("~/.local/state/nnstudio"). It may not exist yet."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericStateLocation), "nnstudio")
