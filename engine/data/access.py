"""Access to data files: places that are not to be touched until somebody has allowed it.

A project that somebody else has made can name any file. Whoever opens it withholds the places outside its folder; each
importer asks here before it touches a file.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from engine.data.base import MissingDataError

_lock = threading.Lock()
_withheld: set[str] = set()


class WithheldDataError(MissingDataError):
    """Error for data that are not read until somebody has allowed it."""


def withhold(place: str) -> None:
    """Withhold a file, or a folder with all that is in it."""
    with _lock:
        _withheld.add(_whole(place))


def allow(place: str) -> None:
    """Allow a place, and all above it that would keep it withheld."""
    whole = Path(_whole(place))
    with _lock:
        _withheld.difference_update(map(str, (whole, *whole.parents)))


def is_withheld(place: str) -> bool:
    """True if a place, or a folder that holds it, is withheld. Touches no file."""
    if not _withheld or not place:
        return False
    whole = Path(_whole(place))
    with _lock:
        return not _withheld.isdisjoint(map(str, (whole, *whole.parents)))


def check_access(place: str) -> None:
    """Check that a place may be touched. Raises WithheldDataError."""
    if is_withheld(place):
        raise WithheldDataError(
            f"This project comes from elsewhere, and its data lie outside its folder, in {place}. They are not read "
            "until you allow it."
        )


def _whole(place: str) -> str:
    try:
        path = Path(place).expanduser()
    except RuntimeError:
        path = Path(place)
    return os.path.abspath(path)
