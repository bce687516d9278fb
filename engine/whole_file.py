"""Files written whole: an existing one is only replaced by a complete one."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file by way of one beside it, which is flushed to the disk before it takes the name over.

    Links stay links, and a file that is replaced keeps its permissions. Raises OSError; the old file is as it was then,
    and the one beside it is gone.
    """
    place = Path(os.path.realpath(path))
    if place.exists() and not place.is_file():
        raise OSError("it is a folder or a device, not a file")
    mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else None
    # A name of its own: two programs may write at once, and a file called .part may be somebody's.
    beside = place.with_name(f"{place.name[:200]}.{secrets.token_hex(4)}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(beside, flags, 0o666 if mode is None else 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            beside.chmod(mode)
        beside.replace(place)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
