"""Unsaved work on disk: a folder for each window, and those that ended windows have left."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from PySide6.QtCore import QLockFile

from engine.data import access
from nnstudio.faults.user_paths import private_folder, state_folder
from nnstudio.files.stamp import Stamp, stamp_of
from nnstudio.project import journal, project_file
from nnstudio.project.journal import History
from nnstudio.project.project_file import ProjectError
from nnstudio.training.project import Project

# For how long work that was declined can still be recovered, in seconds.
KEPT_FOR = 7 * 24 * 3600
_LOCK, _DECLINED = "lock", "declined"
_LONGEST_NAME = 60


class WindowFolder:
    """Folder of a window for its unsaved work, with a lock that tells others that the window is still there.

    It is made when it is needed first, in any thread.

    Attributes:
        path: of the folder. journal: of the journal in it.
    """

    def __init__(self) -> None:
        self.path = _place() / f"{os.getpid()}-{uuid4().hex[:8]}"
        self.journal = self.path / journal.NAME
        self._lock: QLockFile | None = None
        self._guard = threading.Lock()

    def claim(self) -> None:
        """Make the folder, if it is not there yet. Raises OSError."""
        with self._guard:
            if self._lock is None or not self.path.is_dir():
                private_folder(self.path)
                self._lock = _lock_of(self.path)
                self._lock.tryLock(0)

    def copy_path(self, title: str) -> Path:
        """Path of a copy of a project of this title."""
        return self.path / f"{_file_name(title)}{project_file.SUFFIX}"

    def release(self, *, keep: bool = False) -> None:
        """Give the folder up: delete it, or, with `keep`, leave it to the next start."""
        with self._guard:
            if self._lock is None:
                return
            self._lock.unlock()
            self._lock = None
            if not keep:
                discard(self.path)


@dataclass(frozen=True)
class Recovered:
    """Work to be opened again.

    Attributes:
        project: what was trained, with the document it was trained with.
        history: its undo history; None if there is no journal.
        since: documents that came after that of `project`, in order, to the present one.
        path: of the file it belongs to; None for none. stamp: size and time of the file as the window knew it.
        title: of the project.
    """

    project: Project
    history: History | None
    since: tuple[int, ...]
    path: Path | None
    stamp: Stamp | None
    title: str


@dataclass(frozen=True)
class LeftBehind:
    """Work that a window left behind unsaved.

    Attributes:
        folder: the window's. copy: whole project with its weights. history: from the journal; None without one.
        when: of the last edit or copy, in seconds since 1970.
    """

    folder: Path
    copy: Path | None
    history: History | None
    when: float

    @property
    def title(self) -> str:
        """Title of the project."""
        if self.history is not None:
            return self.history.origin.title
        return self.copy.stem if self.copy is not None else ""

    @property
    def declined(self) -> bool:
        """True if the user did not want it, and it waits for its end."""
        return (self.folder / _DECLINED).exists()

    def decline(self) -> None:
        """Offer it no more by itself; it is deleted some days later."""
        with contextlib.suppress(OSError):
            (self.folder / _DECLINED).touch(mode=0o600)

    def load(self) -> Recovered:
        """Project and history to be opened. Raises ProjectError."""
        history = self.history
        copied = project_file.load(self.copy, trusted=True) if self.copy is not None else None
        if history is None:
            if copied is None:
                raise ProjectError(f"{self.folder} holds no work any more")
            return Recovered(copied, None, (), None, None, self.title)
        for place in history.origin.withheld:
            access.withhold(place)
        project, at = _trained(copied, history)
        steps = () if at == history.position else _way(history, at)
        origin = history.origin
        path = Path(origin.path) if origin.path else None
        return Recovered(project, history, steps, path, origin.stamp, origin.title)


def _way(history: History, at: int | None) -> tuple[int, ...]:
    """Places of the steps that lead from one to the present one."""
    if at is None:
        return (history.position,)
    by = 1 if history.position > at else -1
    return tuple(range(at + by, history.position + by, by))


def _trained(copied: Project | None, history: History) -> tuple[Project, int | None]:
    """What was trained last, and the step of the history whose document it has, if that is known."""
    if copied is not None:
        places = reversed(range(len(history.steps)))
        return copied, next((at for at in places if history.steps[at].document == copied.document), None)
    origin, saved = history.origin, history.saved
    if origin.path and saved >= 0 and stamp_of(Path(origin.path)) == origin.stamp:
        with contextlib.suppress(ProjectError):
            found = project_file.load(origin.path)
            return Project(history.steps[saved].document, found.checkpoint, found.runs).fitted(), saved
    return Project(history.document), history.position


def left_behind(*, declined: bool = False) -> list[LeftBehind]:
    """Work left by windows that ended before saving, the newest first; also what was `declined`, if asked for.

    What nobody needs is removed: empty folders, saved work, and what was declined some days ago.
    """
    found = [left for folder in _unlocked() if (left := _look(folder)) is not None]
    found.sort(key=lambda left: left.when, reverse=True)
    return [left for left in found if declined or not left.declined]


def _unlocked() -> Iterator[Path]:
    for folder in _place().glob("*/"):
        lock = _lock_of(folder)
        if lock.tryLock(0):
            lock.unlock()
            yield folder


def _look(folder: Path) -> LeftBehind | None:
    """Work in the folder of a window that has ended; the folder is removed if there is none."""
    times = []
    copies = list(folder.glob(f"*{project_file.SUFFIX}"))
    kept = [*copies, folder / journal.NAME]
    for path in kept:
        with contextlib.suppress(OSError):
            times.append(path.stat().st_mtime)
    history = None
    with contextlib.suppress(ProjectError):
        history = journal.read(folder / journal.NAME)
    if not copies and (history is None or history.clean):
        _remove_empty(folder)
        return None
    with contextlib.suppress(OSError):
        if time.time() - (folder / _DECLINED).stat().st_mtime > KEPT_FOR:
            discard(folder)
            return None
    return LeftBehind(folder, copies[0] if copies else None, history, max(times, default=0.0))


def _remove_empty(folder: Path) -> None:
    """Remove a folder in which there is nothing but what is of no use: a saved journal, the rest of a killed save."""
    with contextlib.suppress(OSError):
        for rest in (folder / journal.NAME, folder / _DECLINED, *folder.glob(".nnstudio-*.tmp")):
            rest.unlink(missing_ok=True)
        folder.rmdir()


def discard(folder: Path) -> None:
    """Delete the folder of a window with all that is in it."""
    shutil.rmtree(folder, ignore_errors=True)


def _lock_of(folder: Path) -> QLockFile:
    lock = QLockFile(str(folder / _LOCK))
    lock.setStaleLockTime(0)
    return lock


def _place() -> Path:
    return state_folder() / "unsaved"


def _file_name(title: str) -> str:
    """The title as the name of a file, on every system."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "-", title).strip(" .")[:_LONGEST_NAME] or "Untitled"
