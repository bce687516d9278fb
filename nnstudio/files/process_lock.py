"""Lock file of a process, with a note for the next one.

The lock goes with the process, however that ends; the note stays.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_LONGEST = 1 << 16
# Windows locks bytes that nobody else reads.
_FAR = 1 << 30


class HeldError(OSError):
    """Error for a lock that another process holds.

    Attributes:
        note: what that process has noted.
    """

    def __init__(self, note: bytes) -> None:
        super().__init__("another process holds the lock")
        self.note = note


class ProcessLock:
    """Lock on a file that stays when the process is killed, with what was noted in it.

    Attributes:
        found: note of the last process that held it and did not give it back; b"" for none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self.found = b""

    def take(self) -> None:
        """Take the lock. Raises HeldError if another process has it, OSError if there can be no such file."""
        while self._descriptor is None:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
            descriptor = os.open(self._path, flags, 0o600)
            try:
                self.found = os.read(descriptor, _LONGEST)
                if not _locked(descriptor):
                    raise HeldError(self.found)
                # Whoever held it may have deleted the file meanwhile; then the lock is on nothing.
                with contextlib.suppress(FileNotFoundError):
                    if os.path.samestat(os.fstat(descriptor), os.stat(self._path)):
                        os.lseek(descriptor, 0, os.SEEK_SET)
                        self.found = os.read(descriptor, _LONGEST)
                        self._descriptor = descriptor
            finally:
                if self._descriptor is None:
                    os.close(descriptor)

    def note(self, text: bytes) -> None:
        """Write a note for whoever comes next. Raises OSError."""
        if self._descriptor is not None:
            # A note that is cut off is read as none.
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, text)
            os.fsync(self._descriptor)

    def give_back(self, *, keep_note: bool = False) -> None:
        """Give the lock back; the file is deleted unless its note is kept."""
        if self._descriptor is None:
            return
        if not keep_note:
            with contextlib.suppress(OSError):
                self._path.unlink()
        os.close(self._descriptor)
        self._descriptor = None


def _locked(descriptor: int) -> bool:
    """True if the file could be locked, or its drive has no locks."""
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, _FAR, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
