"""Atomic file writes: either the old or the new file exists, complete."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import stat
import sys
import time
from pathlib import Path
from typing import Final

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl

_BEGINNING: Final = ".nnstudio-"
_SUFFIX: Final = ".tmp"
# As they were called before they were called after what is saved.
_NAMELESS: Final = re.compile(r"\.nnstudio-[0-9a-f]{16}\.tmp")
# Where there are no locks, what is older than this is no save under way, in seconds.
_LONG_AGO: Final = 24 * 3600


def replace_file(path: Path, data: bytes, *, private: bool = False) -> None:
    """Replace the file at `path` by `data`, keeping permissions and links. A new `private` one is its owner's alone.

    The data go to a temporary file in the same folder, are flushed to disk, and only then take the name over. If that
    fails, the old file is untouched and the temporary one is deleted. Raises OSError.
    """
    path = Path(os.path.realpath(path))
    mode = check_place(path)
    _sweep(path)
    # Not the tempfile module: its files are private, but a new project is to have the user's usual permissions. What
    # takes the place of a private file is never readable by others, not even for a moment.
    temporary = path.with_name(f"{_prefix(path)}{secrets.token_hex(8)}{_SUFFIX}")
    rights = 0o600 if private or mode is not None else 0o666
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), rights)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _lock(descriptor)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _flush_folder(path.parent)


def _prefix(path: Path) -> str:
    return f"{_BEGINNING}{hashlib.sha256(path.name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}-"


def _sweep(path: Path) -> None:
    """Delete what killed saves of this very file have left; another user's, and one under way, stay."""
    with contextlib.suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            ours = entry.name.startswith(_prefix(path)) or _NAMELESS.fullmatch(entry.name)
            if ours and entry.is_file(follow_symlinks=False) and _is_left(entry):
                os.unlink(entry.path)


def _is_left(entry: os.DirEntry[str]) -> bool:
    status = entry.stat(follow_symlinks=False)
    if fcntl is None or _NAMELESS.fullmatch(entry.name):
        return time.time() - status.st_mtime > _LONG_AGO
    if status.st_uid != os.geteuid():
        return False
    descriptor = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        # Whoever writes it holds a lock, which goes with the process.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _lock(descriptor: int) -> None:
    # Some network drives have no locks.
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def check_place(path: Path) -> int | None:
    """Permissions of the existing file, None if there is none. Raises OSError if no file can be written there."""
    path = Path(os.path.realpath(path))
    if not path.exists():
        if not path.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {path.parent}")
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(f"the folder {path.parent} is write-protected")
        return None
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise OSError("it is a folder or a device, not a file")
    if not os.access(path, os.W_OK):
        raise PermissionError("the file is write-protected")
    return mode


def _flush_folder(folder: Path) -> None:
    """Brings the new name itself to the disk, where the system can do that."""
    if os.name != "posix":
        return
    # Some network drives refuse it; the file is in its place all the same.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
