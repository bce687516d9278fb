"""Session: sends commands to the worker and receives snapshots, one per frame."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import count

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand

from nnstudio.document.model import Document
from nnstudio.document.runs import run_name
from nnstudio.store import Store
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.commands import (
    AddRuns,
    Branch,
    Command,
    GetCheckpoint,
    Keep,
    ListenToCurves,
    Look,
    Pause,
    Play,
    Quit,
    RepeatRun,
    RequestSnapshot,
    Reset,
    Restore,
    RestoreRun,
    SetDocument,
    SetMomentLimit,
    SetParameter,
    SetSpeed,
    Steps,
    TakeBack,
    TakeWeights,
)
from nnstudio.training.curve_listener import CurveListener
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.pace import Tempo
from nnstudio.training.parameter_edit import ParameterEdit
from nnstudio.training.project import Project
from nnstudio.training.requests.base import Request
from nnstudio.training.run_shelf import Run
from nnstudio.training.worker import Worker

# From the beginning of one drawing to that of the next: a long one after a short one is to end within 25 ms of it.
FRAME_MS = 13
# How long the window has an edit for itself: some two frames.
_HEAD_START_MS = 30
# How long saving waits for the step that is under way, in seconds.
_PATIENCE = 60


class Session(QObject):
    """Connection to the worker: sends document changes and passes snapshots on.

    Signals:
        delivered: the worker has made a snapshot; emitted in its thread.
        arrived: a snapshot is there to be drawn. When all have drawn it, the next one is requested.

    Attributes:
        requests: returns the requests of the visible views; called once per frame.
        snapshot: the newest one.
    """

    arrived = Signal(Snapshot)
    delivered = Signal(Snapshot)

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.requests: Callable[[], frozenset[Request]] = frozenset
        self.snapshot = Snapshot(0, RunState.EMPTY)
        self._tokens = count(1)
        self._asked: frozenset[Request] | None = None
        self._drawn = 0.0
        self._frame = QTimer(self, singleShot=True)
        self._frame.timeout.connect(self._draw)
        # The signal crosses from the worker's thread to this one, through the event queue.
        self.delivered.connect(self._take)
        self._worker = Worker(self.delivered.emit)
        self._worker.start()
        self._opening = False
        # Documents that are still to be sent to the worker, in order.
        self._unsaid: list[SetDocument] = []
        self._speak = QTimer(self, singleShot=True)
        self._speak.timeout.connect(self._tell)
        store.opened.connect(self._opened)
        store.changed.connect(self._changed)
        self.post(self._set_document())
        self.ask()

    def post(self, command: Command) -> None:
        """Send a command to the worker, after all earlier ones."""
        self._tell()
        self._worker.post(command)

    def _tell(self) -> None:
        """Tells the worker of the documents it does not know yet."""
        unsaid, self._unsaid = self._unsaid, []
        for show in unsaid:
            self._worker.post(show)

    def play(self) -> None:
        """Train until all epochs are done."""
        self.post(Play())

    def pause(self) -> None:
        """Pause after the step under way."""
        self.post(Pause())

    def step(self) -> None:
        """Train on one mini-batch."""
        self.post(Steps(1))

    def step_epoch(self) -> None:
        """Train to the end of the epoch."""
        self.post(Steps(epoch=True))

    def finish(self) -> None:
        """Train to the end of the run at full speed, whatever the set speed."""
        self.post(Play(full=True))

    def set_speed(self, tempo: Tempo) -> None:
        """Set the speed of play, also while it runs."""
        self.post(SetSpeed(tempo))

    def reset(self) -> None:
        """Return to initial weights; undoable."""
        self._store.undo_stack.push(_Replacement(self, "Reset training", Reset, next(self._tokens)))

    def look(self, step: int | None) -> None:
        """Show an earlier step in all views, one of `snapshot.history`, or, with None, the present."""
        self.post(Look(step))

    def branch(self, step: int) -> None:
        """Go on from an earlier step, in a run of its own; undoable."""
        text = f"Go on from step {step:,}"
        self._store.undo_stack.push(_Replacement(self, text, lambda token: Branch(step, token), next(self._tokens)))

    def take_weights(self, made: Checkpoint, text: str) -> None:
        """Begin a run with the weights of a checkpoint; undoable."""
        self._store.undo_stack.push(
            _Replacement(self, text, lambda token: TakeWeights(made, token), next(self._tokens))
        )

    def restore_run(self, run: Run) -> None:
        """Go on with a run that is over, with its document; undoable."""
        name, stack = run_name(self._store.document, run.id), self._store.undo_stack
        # In both directions the document is there before what was learnt with it.
        stack.beginMacro(f"Restore {name}")
        stack.push(_Replacement(self, "Keep", Keep, next(self._tokens)))
        present = self._store.document
        self._store.edit(f"Restore {name}", run.document.with_changes(runs=present.runs, sweep=present.sweep))
        stack.push(_Command(self, "Restore", RestoreRun(run.id)))
        stack.endMacro()

    def add_runs(self, runs: Sequence[Run]) -> None:
        """Keep runs that were trained elsewhere."""
        self.post(AddRuns(tuple(runs)))

    def repeat(self, seeds: tuple[int, ...]) -> None:
        """Train once with each of these seeds, beside the present run; without any, stop that."""
        self.post(RepeatRun(seeds))

    def listen_to_curves(self, listener: CurveListener | None) -> None:
        """Tell a listener, in the worker's thread, of each point of the curves from here on; None for nobody."""
        self.post(ListenToCurves(listener))

    def set_moment_limit(self, limit: int) -> None:
        """Bound the memory of moments, in bytes."""
        self.post(SetMomentLimit(limit))

    def set_parameter(self, edit: ParameterEdit) -> None:
        """Set one number of the network; undoable. A gesture is one step, like a slider that is dragged."""
        stack = self._store.undo_stack
        newest = stack.command(stack.index() - 1) if stack.index() == stack.count() and not stack.isClean() else None
        if isinstance(newest, _ParameterCommand) and edit.continues(newest.edit):
            newest.edit = edit
            newest.redo()
        else:
            stack.push(_ParameterCommand(self, edit, next(self._tokens)))

    def open(self, project: Project) -> None:
        """Open a project, with its checkpoint."""
        document, checkpoint = project.document, project.checkpoint
        self._opening = True
        # Until the worker answers, this is all that is known; the last project's numbers are not this one's.
        self.snapshot = Snapshot(0, RunState.EMPTY, epoch=checkpoint.epoch, step=checkpoint.step)
        self._store.forget_data(document.data.dataset)
        state = self._store.data_state(document.data.dataset)
        self.post(SetDocument(document, self._store.analyse(document), checkpoint, state, project.runs))
        known = checkpoint.preparation
        self._store.open(document, None if known is None else known.source_signature)
        self._opening = False

    def follow(self, documents: Sequence[Document]) -> None:
        """Let the worker follow edits that were made before, so that it knows what became of each block."""
        for document in documents:
            state = self._store.data_state(document.data.dataset)
            self.post(SetDocument(document, self._store.analyse(document), data=state))

    def project(self) -> Future[Project]:
        """Future of the present project, made at the end of the step under way."""
        document, result = self._store.document, Future[Project]()
        made: Future[tuple[Checkpoint, tuple[Run, ...]]] = Future()
        made.add_done_callback(lambda made: result.set_result(Project(document, *made.result())))
        self.post(GetCheckpoint(made))
        return result

    def collect(self) -> Project:
        """Wait for the present project. Raises TimeoutError."""
        return self.project().result(timeout=_PATIENCE)

    @property
    def drawing_is_due(self) -> bool:
        """True if the newest snapshot has not yet been handed to those that draw it."""
        return self._frame.isActive()

    def close(self, patience: float = _PATIENCE) -> None:
        """End the worker, after the step under way; for that it is waited so many seconds at most."""
        self.post(Quit())
        self._worker.join(timeout=patience)

    def ask(self) -> None:
        """Request the next snapshot early, if the visible views need something else."""
        wanted = self.requests()
        if wanted != self._asked:
            self._asked = wanted
            self.post(RequestSnapshot(wanted))

    def _opened(self) -> None:
        if not self._opening:
            self.post(self._set_document(Checkpoint()))

    def _set_document(self, checkpoint: Checkpoint | None = None) -> SetDocument:
        document = self._store.document
        state = self._store.data_state(document.data.dataset)
        return SetDocument(document, self._store.analysis, checkpoint, state)

    def _changed(self) -> None:
        # First the window draws the edit: a worker that builds the network would hold the interpreter meanwhile.
        self._unsaid.append(self._set_document())
        if not self._speak.isActive():
            self._speak.start(_HEAD_START_MS)

    def _take(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        passed = (time.perf_counter() - self._drawn) * 1000
        self._frame.start(max(0, round(FRAME_MS - passed)))

    def _draw(self) -> None:
        self._drawn = time.perf_counter()
        self._asked = None
        if self.snapshot.moment is not None:
            # Whoever leads through the past is led on: the worker makes the next moment while this one is drawn.
            self.ask()
            self.arrived.emit(self.snapshot)
            self.ask()
        else:
            self._worker.hold()
            try:
                self.arrived.emit(self.snapshot)
                self._asked = None
                self.ask()
            finally:
                self._worker.release()


class _Replacement(QUndoCommand):
    """Replaces the run by another. The worker keeps it under the token, so that undo can bring it back."""

    def __init__(self, session: Session, text: str, command: Callable[[int], Command], token: int) -> None:
        super().__init__(text)
        self._session, self._command, self._token = session, command, token

    def redo(self) -> None:
        self._session.post(self._command(self._token))

    def undo(self) -> None:
        self._session.post(Restore(self._token))


class _Command(QUndoCommand):
    """Sends a command to the worker; what is to be undone of it, others undo."""

    def __init__(self, session: Session, text: str, command: Command) -> None:
        super().__init__(text)
        self._session, self._command = session, command

    def redo(self) -> None:
        self._session.post(self._command)


class _ParameterCommand(QUndoCommand):
    """Sets one number of the network. The worker keeps the run as it was before."""

    def __init__(self, session: Session, edit: ParameterEdit, token: int) -> None:
        super().__init__(edit.title)
        self.edit = edit
        self._session, self._token = session, token

    def redo(self) -> None:
        self._session.post(SetParameter(self.edit, self._token))

    def undo(self) -> None:
        self._session.post(TakeBack(self._token))
