"""File commands: new, open, save, recent files, and the unsaved-changes question."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.errors import EngineError
from nnstudio.document import edits
from nnstudio.document.layout import fold
from nnstudio.document.model import Document
from nnstudio.files.stamp import Stamp, stamp_of
from nnstudio.project import project_file, templates
from nnstudio.project.project_file import DamagedProjectError, ProjectError
from nnstudio.shell import file_questions
from nnstudio.shell.recent_examples import MOST_EXAMPLES, RecentExample
from nnstudio.shell.unsaved_work import LeftBehind
from nnstudio.store import Store
from nnstudio.training.checkpoint import target_of
from nnstudio.training.messages import RunState
from nnstudio.training.project import MOST_SAVED, Project
from nnstudio.training.session import Session

MOST_RECENT = 8
# How long opening a recent example waits for the step that was under way when it was left, in seconds.
_PATIENCE = 60
# Of the step at which a project was saved that is in no file.
_NEVER = -1
_FILTER = f"nnstudio projects (*{project_file.SUFFIX})"


class Files(QObject):
    """File of the open project, and whether it is up to date.

    Signals:
        changed: another path, or the file is no longer (or again) up to date.
        opened: a project was opened.
        saved: the project was written to this path.

    Attributes:
        stamp: size and time of the file when it was last read or written here; None if there is no file.
        examples: trained examples that were closed without saving, the newest first.
    """

    changed = Signal()
    opened = Signal()
    saved = Signal(Path)

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
        self._was_dirty = False
        # The document of the example that is open, as it came.
        self._example: Document | None = None
        self.examples: tuple[RecentExample, ...] = ()
        store.clean_changed.connect(self._look)
        session.arrived.connect(self._look)

    @property
    def dirty(self) -> bool:
        """True if there are edits or training that the file does not have."""
        return not self._store.undo_stack.isClean() or self._session.snapshot.step != self._saved_step

    @property
    def saved_position(self) -> int:
        """Step of the undo history that the file has; -1 for none."""
        return -1 if self._saved_step == _NEVER else self._store.undo_stack.cleanIndex()

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

    # New and open

    def new(self) -> None:
        """Start an empty project, if the user gives up the present one."""
        if self.may_leave():
            self._put_in(Project(Document()), None, "Untitled")

    def open_template(self, name: str) -> bool:
        """Open a template as a new project. Returns False if the user keeps the present one."""
        if not self.may_leave():
            return False
        title = next(template.title for template in templates.TEMPLATES if template.name == name)
        self._put_in(templates.load(name), None, title, example=True)
        return True

    def open_example(self, example: RecentExample) -> None:
        """Open an example as left in this session, if the user gives up the present project."""
        if not self.may_leave():
            return
        try:
            project = example.project.result(timeout=_PATIENCE)
        except TimeoutError as error:
            self._complain("The example cannot be opened", error)
            return
        self.examples = tuple(other for other in self.examples if other is not example)
        self._put_in(project, None, example.title, saved_step=_NEVER, example=True)

    def ask_open(self) -> None:
        """Let the user choose a file, and open it."""
        if not self.may_leave():
            return
        path, _ = QFileDialog.getOpenFileName(self._window, "Open project", self.folder, _FILTER)
        if path:
            self._load(Path(path))

    def open(self, path: str | Path) -> None:
        """Open a file, if the user gives up the present project."""
        if self.may_leave():
            self._load(Path(path))

    def recover(self, left: LeftBehind) -> bool:
        """Open what another window left unsaved, if the user gives up the present project.

        It is unsaved still, and belongs to the file it was opened from.
        """
        if not self.may_leave():
            return False
        try:
            found = left.load()
        except (EngineError, OSError) as error:
            self._complain("The unsaved work cannot be opened", error)
            return False
        history = found.history
        self._put_in(found.project, found.path, found.title, saved_step=_NEVER, stamp=found.stamp)
        if history is not None:
            steps = [(step.title, step.document) for step in history.steps]
            # The way between tells which blocks were renamed, so that weights find theirs.
            self._session.follow([steps[place][1] for place in found.since[:-1]])
            self._store.take_history(steps, history.position)
        return True

    def _load(self, path: Path) -> bool:
        # Before it is read: whoever writes meanwhile is noticed.
        stamp = stamp_of(path)
        try:
            loaded = project_file.load(path)
        except DamagedProjectError as error:
            return self._open_network(path, error)
        except (EngineError, OSError) as error:
            self._forget(path)
            self._complain("The project cannot be opened", error)
            return False
        # Of a run that was asked to go on by an older program, only its state knew until when.
        document = fold(edits.with_epochs(loaded.document, target_of(loaded.checkpoint.state)))
        project = replace(loaded, document=document)
        self._put_in(project, path, path.stem, stamp=stamp)
        self._remember(path)
        return True

    def _open_network(self, path: Path, error: DamagedProjectError) -> bool:
        """Opens the network of a file of which nothing else can be read, as a project without a file.

        So the damaged one is not replaced without a question.
        """
        self._put_in(Project(fold(error.document)), None, path.stem, saved_step=_NEVER)
        self._complain(
            f"Only the network of “{path.name}” could be opened, without what was trained",
            ProjectError(f"{error.message} The file stays as it is; saving asks for another name."),
        )
        return True

    def _put_in(
        self,
        project: Project,
        path: Path | None,
        title: str,
        *,
        saved_step: int | None = None,
        stamp: Stamp | None = None,
        example: bool = False,
    ) -> None:
        self._keep_example()
        self._most_moments = None
        self._example = project.document if example else None
        self.path, self.title, self.stamp = path, title, stamp
        self._saved_step = project.checkpoint.step if saved_step is None else saved_step
        self.fresh = path is None and saved_step is None
        self._session.open(project)
        self._was_dirty = self.dirty
        self.opened.emit()
        self.changed.emit()

    def _keep_example(self) -> None:
        """Keeps what was trained of an example before another project takes its place."""
        known = self._session.snapshot
        if self.played and known.step:
            left = RecentExample(self.title, self._session.project(), known.epoch, known.step)
            self.examples = (left, *self.examples)[:MOST_EXAMPLES]

    # Save

    def save(self) -> bool:
        """Save; ask for a name if there is none yet. Returns False if it was not saved."""
        return self.save_as() if self.path is None else self._write(self.path)

    def save_as(self) -> bool:
        """Save under a name that the user chooses. Returns False if it was not saved."""
        proposal = str(self.path or Path(self.folder) / f"{self.title.lower().replace(' ', '-')}{project_file.SUFFIX}")
        path, _ = QFileDialog.getSaveFileName(self._window, "Save project", proposal, _FILTER)
        if not path:
            return False
        chosen = Path(path)
        if chosen.suffix.lower() == project_file.SUFFIX:
            return self._write(chosen)
        # "d.svg" is a name like another: a project ends as projects do, or nothing would open it again.
        whole = chosen.with_name(chosen.name + project_file.SUFFIX)
        return self._write(whole) if not whole.exists() or file_questions.may_replace(self._window, whole) else False

    def _write(self, path: Path) -> bool:
        if path == self.path and self.stamp is not None and stamp_of(path) not in (None, self.stamp):
            return self._ask_about_the_other(path)
        return self._replace(path)

    def _ask_about_the_other(self, path: Path) -> bool:
        """The file is another one than was opened here: asks before what somebody else has saved would be lost."""
        answer = file_questions.ask_about_the_other(self._window, path)
        return self._replace(path) if answer == "replace" else answer == "rename" and self.save_as()

    def _replace(self, path: Path) -> bool:
        try:
            project = self._session.collect()
            most = self._ask_about_moments(project)
            if most is None:
                return False
            project_file.save(project.fitted(self._store.analysis).with_moments(most), path)
        except (EngineError, OSError, TimeoutError, MemoryError) as error:
            self._complain("The project cannot be saved", error)
            return False
        self.path, self.title, self.stamp = path, path.stem, stamp_of(path)
        self._saved_step, self._example = project.checkpoint.step, None
        self._store.undo_stack.setClean()
        self._remember(path)
        self._was_dirty = self.dirty
        self.changed.emit()
        self.saved.emit(path)
        return True

    def _ask_about_moments(self, project: Project) -> int | None:
        """Bytes of moments that the file may take; None if it is not to be saved.

        It is asked once for a project whose moments take much room.
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
        leave = answer == "discard" or (answer == "save" and self.save())
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
