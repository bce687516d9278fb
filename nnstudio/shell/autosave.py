"""Autosave of unsaved work: after a fault, and at regular intervals."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from uuid import uuid4

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

from engine.errors import EngineError
from nnstudio.document.analysis import Analysis
from nnstudio.document.model import Document
from nnstudio.faults import log
from nnstudio.faults.user_paths import private_folder, state_folder
from nnstudio.files.atomic_write import replace_file
from nnstudio.project import project_file
from nnstudio.shell.project_files import Files
from nnstudio.store import Store
from nnstudio.training.project import Project
from nnstudio.training.session import Session

_EVERY_S = 60
# Writing takes at most such a part of the time; a large network is written more seldom.
_SHARE = 20
# How long it is waited for the step that is under way, in seconds.
_PATIENCE = 60
# Bytes of moments in a copy, which is written often.
_MOST_MOMENTS = 16 << 20
_LOCK = "lock"
_LONGEST_NAME = 60


class Rescue(QObject):
    """Autosaved copy of unsaved work.

    It is deleted as soon as there is nothing unsaved, and when the window is closed. After a fault it stays until the
    window is closed: the saved state itself may be wrong.

    Each window has a folder of its own, with a lock that tells others that the window is still there.

    Signals:
        kept: a requested copy was written ("") or could not be (the reason).

    Attributes:
        path: of the copy; None while there is none.
    """

    kept = Signal(str)
    _written = Signal(object, str)

    def __init__(self, store: Store, session: Session, files: Files, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._session, self._files = store, session, files
        self.path: Path | None = None
        self._folder = _place() / f"{os.getpid()}-{uuid4().hex[:8]}"
        self._lock: QLockFile | None = None
        self._writer: threading.Thread | None = None
        self._again = self._doubtful = False
        self._last: tuple[Document, int] | None = None
        self._begun = self._rested = time.monotonic()
        self._pause = float(_EVERY_S)
        self._written.connect(self._take)
        files.changed.connect(self._look)
        self._timer = QTimer(self, interval=_EVERY_S * 250)
        self._timer.timeout.connect(self._keep_in_time)
        self._timer.start()

    def keep_after_fault(self) -> None:
        """Write a copy even if nothing seems to be unsaved."""
        self._doubtful = True
        self.keep()

    def keep(self) -> None:
        """Write a copy in the background; `kept` reports the result."""
        if self._writer is not None:
            self._again = True
            return
        self._again = False
        self._begun = time.monotonic()
        self._last = self._store.document, self._session.snapshot.step
        path = self._folder / f"{_file_name(self._files.title)}{project_file.SUFFIX}"
        try:
            self._claim()
        except OSError as error:
            self.kept.emit(f"{self._folder} cannot be written to: {error.strerror or error}")
            return
        self._writer = threading.Thread(
            target=self._write, args=(self._session.project(), self._store.analysis, path), name="rescue", daemon=True
        )
        self._writer.start()

    def adopt(self, copy: Path) -> None:
        """Take over an earlier window's copy, which has been opened here."""
        try:
            self._claim()
            self.path = Path(shutil.move(copy, self._folder / copy.name))
        except OSError:
            return  # it lies where it did, and will be offered again
        discard(copy)

    def close(self) -> None:
        """Delete the copy, because the window closes with nothing unsaved to keep."""
        self._timer.stop()
        if self._writer is not None:
            self._writer.join(timeout=_PATIENCE)
        if self._lock is not None:
            self._lock.unlock()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _claim(self) -> None:
        if self._lock is None:
            private_folder(self._folder)
            self._lock = QLockFile(str(self._folder / _LOCK))
            self._lock.setStaleLockTime(0)
            self._lock.tryLock(0)

    def _keep_in_time(self) -> None:
        now = self._store.document, self._session.snapshot.step
        if self._files.dirty and now != self._last and time.monotonic() - self._rested >= self._pause:
            self.keep()

    def _write(self, project: Future[Project], analysis: Analysis, path: Path) -> None:
        try:
            made = project.result(timeout=_PATIENCE).fitted(analysis).with_moments(_MOST_MOMENTS)
            replace_file(path, project_file.to_bytes(made))
        except TimeoutError:
            why = "a step of training takes too long"
        except (EngineError, OSError, MemoryError) as error:
            why = str(getattr(error, "strerror", None) or error) or type(error).__name__
        except Exception as error:
            log.report(error)
            why = str(error) or type(error).__name__
        else:
            why = ""
        # The window may be gone meanwhile.
        with contextlib.suppress(RuntimeError):
            self._written.emit(path, why)

    def _take(self, path: Path, why: str) -> None:
        self._writer = None
        self._rested = time.monotonic()
        self._pause = max(_EVERY_S, _SHARE * (self._rested - self._begun))
        if not why:
            if self.path not in (None, path):
                self._remove()
            self.path = path
            self._look()
        self.kept.emit(why)
        if self._again:
            self.keep()

    def _look(self) -> None:
        if not (self._files.dirty or self._doubtful):
            self._remove()

    def _remove(self) -> None:
        if self.path is not None:
            with contextlib.suppress(OSError):
                self.path.unlink()
            self.path = self._last = None


def left_behind() -> list[Path]:
    """Copies left by windows that ended before saving, the newest first. Their empty folders are removed."""
    found = []
    for folder in _place().glob("*/"):
        lock = QLockFile(str(folder / _LOCK))
        lock.setStaleLockTime(0)
        if not lock.tryLock(0):
            continue
        lock.unlock()
        copies = list(folder.glob(f"*{project_file.SUFFIX}"))
        if not copies:
            _remove_empty(folder)
        for copy in copies:
            with contextlib.suppress(OSError):
                found.append((copy.stat().st_mtime, copy))
    return [copy for _, copy in sorted(found, reverse=True)]


def _remove_empty(folder: Path) -> None:
    """Remove a folder in which there is nothing but what a killed save has left."""
    with contextlib.suppress(OSError):
        for rest in folder.glob(".nnstudio-*.tmp"):
            rest.unlink()
        folder.rmdir()


def discard(copy: Path) -> None:
    """Delete a copy that was left behind."""
    shutil.rmtree(copy.parent, ignore_errors=True)


def _place() -> Path:
    return state_folder() / "unsaved"


def _file_name(title: str) -> str:
    """The title as the name of a file, on every system."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "-", title).strip(" .")[:_LONGEST_NAME] or "Untitled"
