"""File commands: new, open, save, recent files, and the unsaved-changes question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.data.progress import CancelledError
from engine.errors import EngineError
from engine.importing import NoBlockError
from engine.importing.weights import WEIGHT_ENDINGS
from nnstudio.document import edits
from nnstudio.document.layout import fold
from nnstudio.document.model import Document
from nnstudio.files.stamp import Stamp, stamp_of
from nnstudio.loading.background import Background
from nnstudio.project import network_import, project_file, templates
from nnstudio.project.project_file import DamagedProjectError, ProjectError
from nnstudio.shell import file_questions
from nnstudio.shell.file_reading import read_meanwhile
from nnstudio.shell.file_saving import FILTER, NEVER, PATIENCE, SavedFile
from nnstudio.shell.last_trained import LastTrained
from nnstudio.shell.recent_examples import MOST_EXAMPLES, RecentExample
from nnstudio.shell.unsaved_work import LeftBehind
from nnstudio.store import Store
from nnstudio.training.checkpoint import target_of
from nnstudio.training.project import Project
from nnstudio.training.session import Session

T = TypeVar("T")

_OPEN_FILTER = (
    f"Projects and networks (*{project_file.SUFFIX} *{network_import.ONNX});;{FILTER};;"
    f"ONNX networks (*{network_import.ONNX})"
)


class Files(SavedFile):
    """Project that is open, and the ways to open another.

    Signals:
        imported: a project was made of the network in this file.

    Attributes:
        examples: trained examples that were closed without saving, the newest first.
    """

    imported = Signal(Path)

    def __init__(self, store: Store, session: Session, window: QWidget) -> None:
        super().__init__(store, session, window)
        self.examples: tuple[RecentExample, ...] = ()
        self._background = Background(self)

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
            project = example.project.result(timeout=PATIENCE)
        except TimeoutError as error:
            self._complain("The example cannot be opened", error)
            return
        self.examples = tuple(other for other in self.examples if other is not example)
        self._put_in(project, None, example.title, saved_step=NEVER, example=True)

    def ask_open(self) -> None:
        """Let the user choose a file, and open it."""
        if not self.may_leave():
            return
        path, _ = QFileDialog.getOpenFileName(self._window, "Open project", self.folder, _OPEN_FILTER)
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
        self._put_in(found.project, found.path, found.title, saved_step=NEVER, stamp=found.stamp)
        if history is not None:
            steps = [(step.title, step.document) for step in history.steps]
            # The way between tells which blocks were renamed, so that weights find theirs.
            self._session.follow([steps[place][1] for place in found.since[:-1]])
            self._store.take_history(steps, history.position)
        return True

    def _load(self, path: Path) -> bool:
        if network_import.is_network(path):
            return self._import(path)
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
        self._put_in(Project(fold(error.document)), None, path.stem, saved_step=NEVER)
        self._complain(
            f"Only the network of “{path.name}” could be opened, without what was trained",
            ProjectError(f"{error.message}. The file stays as it is; saving asks for another name."),
        )
        return True

    def _import(self, path: Path, until: str | None = None) -> bool:
        """Makes a project of another tool's network, if need be of a part of it."""
        try:
            project = self._read(path, lambda: network_import.import_project(path, until))
        except CancelledError:
            return False
        except NoBlockError as error:
            return self._ask_until(path, error)
        except (EngineError, OSError, MemoryError) as error:
            self._complain("The network cannot be imported", error)
            return False
        self._put_in(project, None, path.stem, saved_step=NEVER)
        self.imported.emit(path)
        return True

    def _read(self, path: Path, work: Callable[[], T]) -> T:
        """Result of reading a file in a thread. Raises CancelledError, or what the reading raises."""
        found: T = read_meanwhile(f"Reading “{path.name}”…", work, self._background, self._window)
        return found

    def _ask_until(self, path: Path, error: NoBlockError) -> bool:
        """The network has something that no block does: asks whether to import what comes before."""
        if not error.until:
            self._complain("The network cannot be imported", error)
            return False
        return file_questions.may_import_part(self._window, path, error) and self._import(path, error.until)

    def ask_weights(self) -> None:
        """Let the user choose a file of weights, and put them into the network."""
        endings = " ".join(f"*{ending}" for ending in WEIGHT_ENDINGS)
        path, _ = QFileDialog.getOpenFileName(self._window, "Load weights", self.folder, f"Weights ({endings})")
        if path:
            self.load_weights(Path(path))

    def load_weights(self, path: Path) -> bool:
        """Put the weights of a file into the network, once the user has seen which fit. Returns False if not."""
        try:
            present = self._session.collect()
            project, report = self._read(path, lambda: network_import.with_weights(present, path))
        except CancelledError:
            return False
        except (EngineError, OSError, TimeoutError, MemoryError) as error:
            self._complain("The weights cannot be loaded", error)
            return False
        if not file_questions.may_take_weights(self._window, path, report):
            return False
        self._session.take_weights(project.checkpoint, f"Load weights from {path.name:.60}")
        # No play with an example any more, whose end nobody asks about.
        self._example, self.fresh = None, False
        self.changed.emit()
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
        self._most_moments, self._late, self.trained = None, None, LastTrained(project)
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

    def revert(self, version: Path | None = None) -> None:
        """Go back to the file as it was saved last, or to a version of it, if the user gives up the present state.

        Such a version is unsaved: the file stays as it is until the project is saved.
        """
        path = self.path
        if path is None or not self.may_leave():
            return
        if version is None:
            self._load(path)
            return
        try:
            # It is another file, so that its data lie outside its folder; what nobody has allowed yet stays withheld.
            withheld = project_file.withheld_places(Project(self._store.document))
            project = project_file.load(version, trusted=not withheld)
        except (EngineError, OSError) as error:
            self._complain("The version cannot be opened", error)
            return
        self._put_in(project, path, path.stem, saved_step=NEVER, stamp=self.stamp)

    def reload(self) -> None:
        """Open the file anew, after somebody else has changed it; what is unsaved goes."""
        if self.path is not None:
            self._load(self.path)
