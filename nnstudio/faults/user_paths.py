"""User folders for the log and for copies of unsaved work."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from PySide6.QtCore import QSettings, QStandardPaths

from nnstudio.faults.log import private_folder

__all__ = ["keep_settings_private", "private_folder", "state_folder"]


def state_folder() -> Path:
    """Folder of the program among those of the user ("~/.local/state/nnstudio"). It may not exist yet."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericStateLocation), "nnstudio")


def keep_settings_private() -> None:
    """Keep the settings, which name the projects that were opened last, for the user alone."""
    path = Path(QSettings().fileName())
    # Elsewhere than on Unix they are in no file, or lie in folders that are private by themselves.
    if os.name != "posix" or not path.is_absolute():
        return
    with contextlib.suppress(OSError):
        if path.parent.name == "nnstudio":
            private_folder(path.parent)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        path.chmod(0o600)
