"""Atomic file writes: either the old or the new file exists, complete."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path


def replace_file(path: Path, data: bytes, *, private: bool = False) -> None:
    """Replace the file at `path` by `data`, keeping permissions and links. A new `private` one is its owner's alone.

    The data go to a temporary file in the same folder, are flushed to disk, and only then take the name over. If that
    fails, the old file is untouched and the temporary one is deleted. Raises OSError.
    """
    path = Path(os.path.realpath(path))
    mode = check_place(path)
    # Not the tempfile module: its files are private, but a new project is to have the user's usual permissions.
    temporary = path.with_name(f".nnstudio-{secrets.token_hex(8)}.tmp")
    descriptor = os.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600 if private else 0o666
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
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
