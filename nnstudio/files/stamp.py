"""Stamps that tell a file from earlier versions of it."""

from __future__ import annotations

from pathlib import Path

# Size and time of a file.
Stamp = tuple[int, int]


def stamp_of(path: Path) -> Stamp | None:
    """Size and time of a file; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
