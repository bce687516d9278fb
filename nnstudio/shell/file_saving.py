"""Saving of the project: its file, whether that is up to date, previous versions, a trainer that is busy."""

from __future__ import annotations

import contextlib
import os
from concurrent.futures import Future
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.errors import EngineError
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.files.stamp import Stamp, stamp_of
from nnstudio.project import project_file, versions
from nnstudio.shell import file_questions
from nnstudio.shell.last_trained import LastTrained
from nnstudio.store import Store
from nnstudio.training.messages import RunState
from nnstudio.training.project import MOST_SAVED, Project
from nnstudio.training.session import Session

MOST_RECENT = 8
FILTER = f"nnstudio projects (*{project_file.SUFFIX})"
# Of the step at which a project was saved that is in no file.
NEVER = -1
# How long it is waited for the step under way, in seconds, where work would be lost else.
PATIENCE = 60
# How long saving waits for it: the window stands still meanwhile, and for writing after that.
_SHORT = 0.5


class SavedFile(QObject):
    """File of the open project, whether it is up to date, and saving.

    Signals:
        changed: another path, or the file is no longer (or again) up to date.
        opened: a project was opened.
        saved: the project was written to this path.
        message: something to be told in the status bar.

    Attributes:
        stamp: size and time of the file when it was last read or written here; None if there is no file.
        trained: what is known of the training without asking the trainer.
    """

    changed = Signal()
    opened = Signal()
    saved = Signal(Path)
    message = Signal(str)
    _answered = Signal(object)

    def __init__(self, store: Store, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._store, self._session, self._window = store, session, window
        self.path: Path | None = None
        self.title = "Untitled"
        self._saved_step = 0
        # Bytes of moments that the file may take, once that was asked.
        self._most_moments: int | None = None
        # An example or a new project was put in, and nothing of one's own.
        self.fresh = True
        self.stamp: Stamp | None = None
        self.trained = LastTrained(Project(store.document))
        # The answer of a trainer that was too late for the last save.
        self._late: Future[Project] | None = None
        self._answered.connect(self._save_late)
        self._was_dirty = False
        # The document of the example that is open, as it came.
        self._example: Document | None = None
        store.clean_changed.connect(self._look)
        session.arrived.connect(self._look)

    @property
    def dirty(self) -> bool:
        """True if there are edits or training that the file does not have."""
        return not self._store.undo_stack.isClean() or self._session.snapshot.step != self._saved_step

    @property
    def saved_position(self) -> int:
        """Step of the undo history that the file has; -1 for none."""
        return -1 if self._saved_step == NEVER else self._store.undo_stack.cleanIndex()

    @property
    def played(self) -> bool:
        """True if this is an example that was trained but not edited.

        Training an example is play, and no work to lose.
        """
        # A run that goes on takes its setting along.
        document = self._store.document
        return self._example is not None and edits.with_epochs(self._example, document.training.epochs) == document

    def _look(self) -> None:
        if self.dirty != self._was_dirty:
            self._was_dirty = self.dirty
            self.changed.emit()

    def save(self, patience: float = _SHORT) -> bool:
        """Save; ask for a name if there is none yet. Returns False if it was not saved.

        Where the step under way takes longer than `patience` in seconds, edits are saved with the weights that are
        known, and once more when the trainer answers.
        """
        return self.save_as(patience) if self.path is None else self._write(self.path, patience)

    def save_as(self, patience: float = _SHORT) -> bool:
        """Save under a name that the user chooses. Returns False if it was not saved."""
        # Another file may hold more or fewer moments.
        self._most_moments = None
        return self._save_elsewhere(patience)

    def _save_elsewhere(self, patience: float = _SHORT) -> bool:
        proposal = str(self.path or Path(self.folder) / f"{self.title.lower().replace(' ', '-')}{project_file.SUFFIX}")
        path, _ = QFileDialog.getSaveFileName(self._window, "Save project", proposal, FILTER)
        if not path:
            return False
        chosen = Path(path)
        if chosen.suffix.lower() == project_file.SUFFIX:
            return self._write(chosen, patience)
        # "d.svg" is a name like another: a project ends as projects do, or nothing would open it again.
        whole = chosen.with_name(chosen.name + project_file.SUFFIX)
        return (
            self._write(whole, patience)
            if not whole.exists() or file_questions.may_replace(self._window, whole)
            else False
        )

    def _write(self, path: Path, patience: float) -> bool:
        if path == self.path and self.stamp is not None and stamp_of(path) not in (None, self.stamp):
            return self._ask_about_the_other(path, patience)
        return self._replace(path, patience)

    def _ask_about_the_other(self, path: Path, patience: float) -> bool:
        """The file is another one than was opened here: asks before what somebody else has saved would be lost."""
        answer = file_questions.ask_about_the_other(self._window, path)
        return self._replace(path, patience) if answer == "replace" else answer == "rename" and self._save_elsewhere()

    def _replace(self, path: Path, patience: float) -> bool:
        asked = self._session.project()
        try:
            project = self._answer_of(asked, patience)
            most = self._ask_about_moments(project)
            if most is None:
                return False
            self._keep_version(path)
            project_file.save(project.fitted(self._store.analysis).with_moments(most), path)
        except (EngineError, OSError, MemoryError) as error:
            return file_questions.ask_where_else(self._window, error) and self._save_elsewhere(patience)
        self.path, self.title, self._example = path, path.stem, None
        self._store.undo_stack.setClean()
        self._take_saved(project, path)
        self._remember(path)
        if self._late is not None:
            self.message.emit(
                f"Saved {path.name} with the weights of step {project.checkpoint.step:,}, since the trainer is busy "
                "with a long step. It is saved once more when that is done."
            )
        return True

    @property
    def keeps_versions(self) -> bool:
        """True if previous versions of files are kept."""
        return bool(QSettings().value("keepVersions", False, bool))

    def keep_versions(self, on: bool) -> None:
        """Keep previous versions of files from now on, or no more."""
        QSettings().setValue("keepVersions", on)

    def _keep_version(self, path: Path) -> None:
        if not self.keeps_versions:
            return
        try:
            versions.keep(path)
        except OSError as error:
            # It is an extra: the project is saved all the same.
            self.message.emit(f"The previous version could not be kept: {error.strerror or error}")

    def _answer_of(self, asked: Future[Project], patience: float) -> Project:
        """What the trainer answers; where it takes too long, what is known without it."""
        self._late = None
        try:
            project = asked.result(timeout=patience)
        except TimeoutError:
            self._late = asked
            asked.add_done_callback(lambda _: self._hear(asked))
            return self.trained.with_document(self._store.document)
        self.trained.take(project)
        return project

    def _hear(self, asked: Future[Project]) -> None:
        """Called in the trainer's thread, perhaps when the window is gone."""
        with contextlib.suppress(RuntimeError):
            self._answered.emit(asked)

    def _save_late(self, answer: Future[Project]) -> None:
        """The trainer has answered: saves what it has trained, with the document that was saved then."""
        path = self.path
        if answer is not self._late or path is None or stamp_of(path) != self.stamp:
            return
        self._late, project = None, answer.result()
        self.trained.take(project)
        most = MOST_SAVED if self._most_moments is None else self._most_moments
        try:
            project_file.save(project.fitted().with_moments(most), path)
        except (EngineError, OSError, MemoryError) as error:
            self._complain("What was trained meanwhile cannot be saved", error)
            return
        self._take_saved(project, path)

    def _take_saved(self, project: Project, path: Path) -> None:
        self.stamp, self._saved_step = stamp_of(path), project.checkpoint.step
        self._was_dirty = self.dirty
        self.changed.emit()
        self.saved.emit(path)

    def _ask_about_moments(self, project: Project) -> int | None:
        """Bytes of moments that the file may take; None if it is not to be saved.

        It is asked once for each file of a project whose moments take much room.
        """
        size = project.moment_bytes
        if size <= MOST_SAVED or self._most_moments is not None:
            return MOST_SAVED if self._most_moments is None else self._most_moments
        self._most_moments = file_questions.ask_about_moments(self._window, size)
        return self._most_moments

    def may_leave(self) -> bool:
        """True if there is no work to lose, or the user gives it up. Training pauses during the question."""
        if self.played or not self.dirty:
            return True
        running = self._session.snapshot.state is RunState.RUNNING
        if running:
            self._session.pause()
        answer = file_questions.ask_about_changes(self._window, self.title)
        leave = answer == "discard" or (answer == "save" and self.save(PATIENCE))
        if running and not leave:
            self._session.play()
        return leave

    # Recent files

    def recent(self) -> list[str]:
        """Paths of recently opened or saved files that still exist, the newest first."""
        stored = QSettings().value("recentFiles", [])
        # A list of one comes back from QSettings as a plain text.
        paths = [stored] if isinstance(stored, str) else list(stored or [])  # type: ignore[call-overload]
        return [path for path in paths if os.path.isfile(path)]

    def _remember(self, path: Path) -> None:
        place = str(path.resolve())
        others = [known for known in self.recent() if known != place]
        QSettings().setValue("recentFiles", [place, *others][:MOST_RECENT])
        self.changed.emit()

    def _forget(self, path: Path) -> None:
        QSettings().setValue("recentFiles", [known for known in self.recent() if known != str(path.resolve())])
        self.changed.emit()

    @property
    def folder(self) -> str:
        """Folder to suggest for a file of this project."""
        recent = self.recent()
        return str(self.path.parent if self.path else Path(recent[0]).parent if recent else Path.home())

    def _complain(self, what: str, error: Exception) -> None:
        file_questions.complain(self._window, what, error)
