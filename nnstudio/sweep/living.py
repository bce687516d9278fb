"""Signs of life of processes, so that killed ones are known."""

from __future__ import annotations

import contextlib
import os
import platform
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from tempfile import gettempdir
from types import TracebackType
from typing import Any, Final, Self

from nnstudio.files.process_lock import HeldError, ProcessLock

# Names of what a trial notes of its process.
PROCESS: Final = "process"
ALIVE: Final = "alive"
# Seconds between two signs, and after how many without one a process on another machine counts as dead.
INTERVAL: Final = 60.0
_GRACE: Final = 300.0


class Living:
    """Sign of life of this process: a lock that goes with it, however it ends. To be used in a `with` block."""

    def __init__(self) -> None:
        self._path = Path(gettempdir()) / "nnstudio-sweeps" / f"{uuid.uuid4().hex}.lock"
        self._lock = ProcessLock(self._path)
        self._locked = False

    def __enter__(self) -> Self:
        # Without a place for locks, the notes of time must do.
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock.take()
            self._locked = True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._lock.give_back()

    @property
    def note(self) -> dict[str, Any]:
        """Note by which other processes find out whether this one lives."""
        return {"host": platform.node(), "pid": os.getpid(), "lock": str(self._path) if self._locked else ""}


def is_dead(notes: Mapping[str, Any], begun: float, now: float | None = None) -> bool:
    """True if the process of a trial with these notes, begun at that time, has ended."""
    process = notes.get(PROCESS)
    if isinstance(process, Mapping) and process.get("host") == platform.node() and process.get("lock"):
        found = _is_free(Path(str(process["lock"])))
        if found is not None:
            return found
    last = notes.get(ALIVE, begun)
    seen = max(float(last), begun) if isinstance(last, int | float) else begun
    return (time.time() if now is None else now) - seen > _GRACE


def local_process(notes: Mapping[str, Any]) -> int:
    """Number of the process that trains a trial with these notes, if it is of this computer and lives; else 0."""
    process = notes.get(PROCESS)
    if not isinstance(process, Mapping) or process.get("host") != platform.node():
        return 0
    pid, lock = process.get("pid"), process.get("lock")
    # A number alone may be that of another program by now.
    return pid if isinstance(pid, int) and pid > 1 and lock and _is_free(Path(str(lock))) is False else 0


def _is_free(path: Path) -> bool | None:
    """True if nobody holds a lock; None where that cannot be seen, as for the file of another user."""
    # The path comes out of a storage that others can write: nothing but a lock of ours is touched.
    if path.parent != Path(gettempdir()) / "nnstudio-sweeps" or not os.access(path.parent, os.R_OK | os.X_OK):
        return None
    if not path.exists():
        return True
    lock = ProcessLock(path)
    try:
        lock.take()
    except HeldError:
        return False
    except OSError:
        return None
    lock.give_back()
    return True
