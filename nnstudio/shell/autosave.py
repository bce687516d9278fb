"""Autosave of unsaved work: edits in a journal at once, copies with weights after a fault and at regular intervals."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from concurrent.futures import Future
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.errors import EngineError
from nnstudio.document.analysis import Analysis
from nnstudio.document.model import Document
from nnstudio.faults import log
from nnstudio.files.atomic_write import replace_file
from nnstudio.files.failure_reason import failure_reason
from nnstudio.project import project_file
from nnstudio.shell.journal_keeper import JournalKeeper
from nnstudio.shell.last_trained import LastTrained
from nnstudio.shell.project_files import Files
from nnstudio.shell.unsaved_work import LeftBehind, WindowFolder, discard
from nnstudio.store import Store
from nnstudio.training.project import Project
from nnstudio.training.session import Session

_EVERY_S = 30
# Writing takes at most such a part of the time; a large network is written more seldom.
_SHARE = 20
# How long it is waited for the step that is under way, in seconds.
_PATIENCE = 60
# Bytes of moments in a copy, which is written often.
_MOST_MOMENTS = 16 << 20
# How long it is waited for the journal, where others wait meanwhile, in seconds.
_SHORT = 5.0


class Rescue(QObject):
    """Autosaved copy of unsaved work, and the journal of edits beside it.

    The journal has every edit at once, and never waits for the trainer; the copy has what was trained, now and then.
    The copy is deleted as soon as there is nothing unsaved, and when the window is closed. After a fault it stays until
    the window is closed: the saved state itself may be wrong.

    Signals:
        kept: a requested copy was written ("") or could not be (the reason).

    Attributes:
        path: of the copy; None while there is none.
        journal: the journal of edits.
    """

    kept = Signal(str)
    _written = Signal(object, str)

    def __init__(self, store: Store, session: Session, files: Files, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._session, self._files = store, session, files
        self.path: Path | None = None
        self._folder = WindowFolder()
        self.journal = JournalKeeper(store, files, self._folder, self)
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
        self._last = self._now()
        path = self._folder.copy_path(self._files.title)
        try:
            self._folder.claim()
        except OSError as error:
            self.kept.emit(f"{self._folder.path} cannot be written to: {error.strerror or error}")
            return
        self._writer = threading.Thread(
            target=self._write,
            args=(self._session.project(), self._store.analysis, path, self._files.trained),
            name="rescue",
            daemon=True,
        )
        self._writer.start()

    def adopt(self, left: LeftBehind) -> None:
        """Take over an earlier window's work, which has been opened here."""
        try:
            self._folder.claim()
            if left.copy is not None:
                self.path = Path(shutil.move(left.copy, self._folder.path / left.copy.name))
        except OSError:
            return  # it lies where it did, and will be offered again
        if self.journal.writer.flush(_SHORT):
            discard(left.folder)

    def end(self) -> None:
        """Leave unsaved work to the next start, because the program is told to end at once."""
        self._timer.stop()
        self.journal.writer.close(_SHORT)
        if self._writer is not None:
            self._writer.join(timeout=_SHORT)
        # An example that was only trained is play, and no work to lose.
        unsaved = self._doubtful or (self._files.dirty and not self._files.played)
        if unsaved and self._now() != self._last:
            with contextlib.suppress(OSError):
                self._folder.claim()
                copy = self._folder.copy_path(self._files.title)
                self._write(self._session.project(), self._store.analysis, copy, self._files.trained, _SHORT)
        self._folder.release(keep=unsaved)

    def close(self) -> None:
        """Delete copy and journal, because the window closes with nothing unsaved to keep."""
        self._timer.stop()
        self.journal.writer.close(_PATIENCE)
        if self._writer is not None:
            self._writer.join(timeout=_PATIENCE)
        self._folder.release()

    def _now(self) -> tuple[Document, int]:
        return self._store.document, self._session.snapshot.step

    def _keep_in_time(self) -> None:
        if self._files.dirty and self._now() != self._last and time.monotonic() - self._rested >= self._pause:
            self.keep()

    def _write(
        self,
        asked: Future[Project],
        analysis: Analysis,
        path: Path,
        trained: LastTrained,
        patience: float = _PATIENCE,
    ) -> None:
        try:
            project = asked.result(timeout=patience)
            trained.take(project)
            made = project.fitted(analysis).with_moments(_MOST_MOMENTS)
            replace_file(path, project_file.to_bytes(made), private=True)
        except TimeoutError:
            why = "a step of training takes too long; edits are kept, but not yet what was trained"
        except (EngineError, OSError, MemoryError) as error:
            why = failure_reason(error)
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
