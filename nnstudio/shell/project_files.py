"""File commands: new, open, save, recent files, and the unsaved-changes question."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from engine.errors import EngineError
from engine.importing import NoBlockError
from engine.importing.weights import WEIGHT_ENDINGS
from nnstudio.document import edits
from nnstudio.document.layout import fold
from nnstudio.document.model import Document
from nnstudio.project import network_import, project_file, templates
from nnstudio.project.project_file import DamagedProjectError, ProjectError
from nnstudio.shell.recent_examples import MOST_EXAMPLES, RecentExample
from nnstudio.store import Store
from nnstudio.training.checkpoint import target_of
from nnstudio.training.messages import RunState
from nnstudio.training.project import MOST_SAVED, Project
from nnstudio.training.session import Session
from nnstudio.ui.plain_text import PlainMessageBox

MOST_RECENT = 8
# Size and time of a file.
Stamp = tuple[int, int]
# How long opening a recent example waits for the step that was under way when it was left, in seconds.
_PATIENCE = 60
# Of the step at which a project was saved that is in no file.
_NEVER = -1
_FILTER = f"nnstudio projects (*{project_file.SUFFIX})"
_OPEN_FILTER = (
    f"Projects and networks (*{project_file.SUFFIX} *{network_import.ONNX});;{_FILTER};;"
    f"ONNX networks (*{network_import.ONNX})"
)


class Files(QObject):
    """File of the open project, and whether it is up to date.

    Signals:
        changed: another path, or the file is no longer (or again) up to date.
        opened: a project was opened.
        imported: a project was made of the network in this file.
        saved: the project was written to this path.

    Attributes:
        examples: trained examples that were closed without saving, the newest first.
    """

    changed = Signal()
    opened = Signal()
    imported = Signal(Path)
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
        # What the file was like when it was last read or written here.
        self._stamp: Stamp | None = None
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
        path, _ = QFileDialog.getOpenFileName(self._window, "Open project", self.folder, _OPEN_FILTER)
        if path:
            self._load(Path(path))

    def open(self, path: str | Path) -> None:
        """Open a file, if the user gives up the present project."""
        if self.may_leave():
            self._load(Path(path))

    def open_copy(self, path: Path) -> bool:
        """Open an autosaved copy as an unsaved project, if the user gives up the present one."""
        return self.may_leave() and self._load(path, is_copy=True)

    def _load(self, path: Path, *, is_copy: bool = False) -> bool:
        if network_import.is_network(path):
            return self._import(path)
        # Before it is read: whoever writes meanwhile is noticed.
        stamp = _stamp(path)
        try:
            loaded = project_file.load(path, trusted=is_copy)
        except DamagedProjectError as error:
            return self._open_network(path, error)
        except (EngineError, OSError) as error:
            self._forget(path)
            self._complain("The project cannot be opened", error)
            return False
        # Of a run that was asked to go on by an older program, only its state knew until when.
        document = fold(edits.with_epochs(loaded.document, target_of(loaded.checkpoint.state)))
        project = replace(loaded, document=document)
        if is_copy:
            self._put_in(project, None, path.stem, saved_step=_NEVER)
        else:
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

    def _import(self, path: Path, until: str | None = None) -> bool:
        """Makes a project of another tool's network, if need be of a part of it."""
        try:
            project = network_import.import_project(path, until)
        except NoBlockError as error:
            return self._ask_until(path, error)
        except (EngineError, OSError) as error:
            self._complain("The network cannot be imported", error)
            return False
        self._put_in(project, None, path.stem, saved_step=_NEVER)
        self.imported.emit(path)
        return True

    def _ask_until(self, path: Path, error: NoBlockError) -> bool:
        """The network has something that no block does: asks whether to import what comes before."""
        if not error.until:
            self._complain("The network cannot be imported", error)
            return False
        box = PlainMessageBox(self._window)
        box.setObjectName("importQuestion")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Import a part")
        box.setText(f"A part of “{path.name}” has no block here.")
        box.setInformativeText(f"{error}\n\nImport the network up to “{error.until}”, and leave out the rest?")
        part = box.addButton("Import up to there", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(part)
        box.exec()
        return box.clickedButton() is part and self._import(path, error.until)

    def ask_weights(self) -> None:
        """Let the user choose a file of weights, and put them into the network."""
        endings = " ".join(f"*{ending}" for ending in WEIGHT_ENDINGS)
        path, _ = QFileDialog.getOpenFileName(self._window, "Load weights", self.folder, f"Weights ({endings})")
        if path:
            self.load_weights(Path(path))

    def load_weights(self, path: Path) -> bool:
        """Put the weights of a file into the network, once the user has seen which fit. Returns False if not."""
        try:
            project, report = network_import.with_weights(self._session.collect(), path)
        except (EngineError, OSError, TimeoutError) as error:
            self._complain("The weights cannot be loaded", error)
            return False
        box = PlainMessageBox(self._window)
        box.setObjectName("weightsQuestion")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Load weights")
        found = report.transfer
        box.setText(
            f"{len(found.matched)} of {len(found.matched) + len(found.missed)} weights of the network are in "
            f"“{path.name}”."
        )
        box.setInformativeText("Take them over? Training starts from them; its curves so far are dropped.")
        box.setDetailedText(str(report))
        takes = box.addButton("Take over", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(takes)
        box.exec()
        if box.clickedButton() is not takes:
            return False
        self._put_in(project, self.path, self.title, saved_step=_NEVER, stamp=self._stamp)
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
        self.path, self.title, self._stamp = path, title, stamp
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
        return self._write(whole) if not whole.exists() or self._may_replace(whole) else False

    def _write(self, path: Path) -> bool:
        if path == self.path and self._stamp is not None and _stamp(path) not in (None, self._stamp):
            return self._ask_about_the_other(path)
        return self._replace(path)

    def _may_replace(self, path: Path) -> bool:
        """Asks before a file is replaced whose name the user has not chosen as a whole."""
        box = PlainMessageBox(self._window)
        box.setObjectName("replaceQuestion")
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("Save project")
        box.setText(f"“{path.name}” exists already.")
        box.setInformativeText("Replace it?")
        replaces = box.addButton("Replace it", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        return box.clickedButton() is replaces

    def _ask_about_the_other(self, path: Path) -> bool:
        """The file is another one than was opened here: asks before what somebody else has saved would be lost."""
        box = PlainMessageBox(self._window)
        box.setObjectName("changedQuestion")
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("Changed elsewhere")
        box.setText(f"“{path.name}” was saved by another window or program meanwhile.")
        box.setInformativeText("Replace it? That version is lost then. Or save yours under another name.")
        replaces = box.addButton("Replace it", QMessageBox.ButtonRole.DestructiveRole)
        renames = box.addButton("Save as…", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(renames)
        box.exec()
        if box.clickedButton() is replaces:
            return self._replace(path)
        return box.clickedButton() is renames and self.save_as()

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
        self.path, self.title, self._stamp = path, path.stem, _stamp(path)
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
        box = PlainMessageBox(self._window)
        box.setObjectName("momentsQuestion")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Large file")
        box.setText(f"The moments of its runs would make the file {size / (1 << 20):,.0f} MB larger.")
        box.setInformativeText(
            "With fewer moments, the time slider has longer strides once the project is opened again. Weights, curves "
            "and settings of all runs are saved in any case, and the moments stay as they are while the window is open."
        )
        fewer = box.addButton(f"At most {MOST_SAVED >> 20} MB", QMessageBox.ButtonRole.AcceptRole)
        whole = box.addButton("Save all", QMessageBox.ButtonRole.AcceptRole)
        none = box.addButton("No moments", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(fewer)
        box.exec()
        sizes = {fewer: MOST_SAVED, whole: 1 << 62, none: 0}
        self._most_moments = next((most for button, most in sizes.items() if button is box.clickedButton()), None)
        return self._most_moments

    def may_leave(self) -> bool:
        """True if there is no work to lose, or the user gives it up. Training pauses during the question."""
        if self.played or not self.dirty:
            return True
        running = self._session.snapshot.state is RunState.RUNNING
        if running:
            self._session.pause()
        box = PlainMessageBox(self._window)
        box.setObjectName("unsavedQuestion")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Unsaved changes")
        box.setText(f"“{self.title}” has unsaved changes.")
        box.setInformativeText("Save them? Otherwise edits and training since the last save are lost.")
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        answer = box.exec()
        leave = answer == buttons.Discard or (answer == buttons.Save and self.save())
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
        box = PlainMessageBox(QMessageBox.Icon.Warning, "nnstudio", what, QMessageBox.StandardButton.Ok, self._window)
        box.setObjectName("fileError")
        told = (
            "There is not enough memory. Close other programs, or stop training."
            if isinstance(error, MemoryError)
            else ""
        )
        box.setInformativeText(told or str(error) or type(error).__name__)
        box.exec()


def _stamp(path: Path) -> Stamp | None:
    """Stamp that tells a file from earlier versions of it; None if there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
