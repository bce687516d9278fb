"""Worker thread that owns network and trainer; it never touches a widget.

The window *pulls*: it sends `RequestSnapshot` when it has drawn the last snapshot, and gets the next one as soon as
there is something new to show. A slow screen therefore slows no training, and a fast trainer floods no event queue.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import Any

from engine.data.base import Stamp
from engine.errors import DivergedError, EngineError
from nnstudio.document.analysis import Analysis, analyse
from nnstudio.document.data_state import DataState, Known, Loading, Refused
from nnstudio.document.identity_keys import course_key, network_key, run_key
from nnstudio.document.lineage import Lineage, Names
from nnstudio.document.model import Document
from nnstudio.faults import log
from nnstudio.training.answering import Answering
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.checkpoint_store import Kept
from nnstudio.training.commands import (
    Command,
    GetCheckpoint,
    Pause,
    Play,
    Quit,
    RequestSnapshot,
    Reset,
    Restore,
    SetDocument,
    SetSpeed,
    Steps,
)
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.pace import Pace
from nnstudio.training.requests.base import Request
from nnstudio.training.run import TrainingRun
from nnstudio.training.split import Split
from nnstudio.training.split_cache import SplitCache
from nnstudio.training.step_rate import Rate
from nnstudio.training.weight_transfer import hand_over, renamed

# Seconds of training between two looks at what the window wants.
_SLICE = 0.008


class Worker(threading.Thread):
    """Worker thread. It runs until Quit, and calls `deliver(snapshot)` in this thread."""

    def __init__(self, deliver: Callable[[Snapshot], None]) -> None:
        super().__init__(name="trainer", daemon=True)
        self._deliver = deliver
        self._queue: SimpleQueue[Command] = SimpleQueue()
        self._waiting: deque[Command] = deque()
        self._document: Document | None = None
        # Its analysis; None where it is still to be made.
        self._analysis: Analysis | None = None
        # What the blocks of the document were called in the one that was trained last, and how that came about.
        self._names: Names = {}
        self._lineage = Lineage(Document())
        self._run: TrainingRun | None = None
        # What was trained, where no run can begin with it yet: the data are not there, or the network is unsound.
        self._pending: Checkpoint | None = None
        # What the window knows of the document's data; None where it leaves it to the worker to look.
        self._data_state: DataState | None = None
        # The files from which the run has its data, as they were then.
        self._stamps: tuple[Stamp, ...] = ()
        self._state = RunState.EMPTY
        self._message = ""
        self._diverged = False
        self._generation = 0
        self._ask: RequestSnapshot | None = None
        self._answered: RequestSnapshot | None = None
        self._answering = Answering()
        self._news = True
        # The epoch at which to pause, where it is not the run's target.
        self._until: int | None = None
        self._kept = Kept()
        self._data = SplitCache()
        self._rate = Rate()
        self._pace = Pace()
        # The run goes on at full speed to its end, or to the next pause.
        self._hurried = False
        self._alive = True
        self._handlers: dict[type, Callable[..., None]] = {
            SetDocument: self._show,
            Play: self._play,
            Pause: self._pause,
            Steps: self._steps,
            SetSpeed: self._speed,
            Reset: self._reset,
            Restore: self._restore,
            RequestSnapshot: self._asked,
            GetCheckpoint: self._collect,
            Quit: self._quit,
        }

    def post(self, command: Command) -> None:
        """Send a command and return at once. May be called from any thread."""
        self._queue.put(command)

    # The loop

    def run(self) -> None:
        while self._alive:
            try:
                self._hear(self._patience())
                while self._waiting and self._alive:
                    self._obey(self._waiting.popleft())
                if self._state is RunState.RUNNING:
                    self._train()
                self._answer()
            except MemoryError:
                self._fail("There is not enough memory for this network. Make its largest block or the batch smaller.")
            except Exception as error:
                # A fault of the program must not end the thread: the window would wait for ever.
                log.report(error)
                self._fail(f"Training stopped because of a fault in the program ({error}). Your project is untouched.")

    def _patience(self) -> float | None:
        """How many seconds there is nothing to do but to listen; None: until somebody says something."""
        if self._waiting:
            return 0.0
        if self._state is not RunState.RUNNING:
            return None
        return self._pace.wait() if self._slowed else 0.0

    @property
    def _slowed(self) -> bool:
        """A single epoch is for getting ahead, however slowly play goes; so is the rest of a hurried run."""
        return self._until is None and not self._hurried and self._pace.limited

    def _hear(self, patience: float | None = 0.0) -> None:
        """Takes over what was sent, in order; a Pause is also heard while a long validation runs."""
        try:
            if patience != 0.0:
                self._waiting.append(self._queue.get(timeout=patience))
            while True:
                self._waiting.append(self._queue.get_nowait())
        except Empty:
            return

    def _interrupted(self) -> bool:
        return bool(self._waiting) or not self._queue.empty()

    def _between(self) -> None:
        """Called by the trainer between the parts of a long validation, so that the window is not kept waiting."""
        self._hear()
        kept: deque[Command] = deque()
        while self._waiting:
            command = self._waiting.popleft()
            if isinstance(command, RequestSnapshot | Pause) and not kept:
                self._obey(command)
            else:
                kept.append(command)
        self._waiting = kept
        self._answer()

    def _train(self) -> None:
        run = self._run
        if run is None:
            return
        if self._slowed:
            self._pace.follow(*run.course)
        most = self._pace.due() if self._slowed else sys.maxsize
        if most == 0:
            return
        before = run.step
        until = run.target if self._until is None else self._until
        try:
            run.advance(_SLICE, until, self._interrupted, most)
        except EngineError as error:
            self._fail(_sentence(error), diverged=isinstance(error, DivergedError))
        else:
            if (run.epoch >= until or run.stopped) and self._state is RunState.RUNNING:
                self._state = self._resting()
        self._rate.add(run.step - before)
        self._pace.done(run.step - before)
        self._news = True

    # Commands

    def _obey(self, command: Command) -> None:
        following = self._waiting[0] if self._waiting else None
        if isinstance(command, SetDocument) and isinstance(following, SetDocument) and command.checkpoint is None:
            # While somebody turns a spin box, only the newest document counts.
            self._lineage.follow(command.document)
            return
        self._handlers[type(command)](command)

    def _show(self, command: SetDocument) -> None:
        old, new = self._document, command.document
        self._analysis, self._data_state = command.analysis, command.data
        known = self._names
        self._document, self._names = new, self._lineage.follow(new)
        if command.checkpoint is not None:
            self._kept.clear()
            self._run = None
            self._begin(new, command.checkpoint)
        elif self._run is None or old is None:
            pending = self._pending and renamed(self._pending, self._names, with_gone=True)
            if old is not None and type(old.data.dataset) is not type(new.data.dataset):
                self._keep(self._key(old), known)
                pending = self._handed_over(old, new, known)
            self._begin(new, self._kept.take(self._key(new), pending))
        elif run_key(old) != run_key(new):
            self._keep(self._key(old), known)
            self._begin(new, self._kept.take(self._key(new), self._handed_over(old, new, known)))
        elif self._files_changed(new):
            # No undo would bring this back, so what was learnt goes on with the new samples.
            self._begin(new, replace(self._checkpoint(self._names), measured={}))
            if self._run is not None and self._run.step:
                self._run.marks.add(self._run.place, "Data files read again")
        elif course_key(old) != course_key(new):
            self._update(new)

    def _files_changed(self, document: Document) -> bool:
        try:
            return self._stamps_of(document) != self._stamps
        except EngineError:
            return False  # they are gone; what was read of them is still there

    def _stamps_of(self, document: Document) -> tuple[Stamp, ...]:
        """Those of the document's data files. Raises DataError."""
        state = self._data_state
        if state is None:
            return document.data.dataset.stamps()
        return state.stamps if isinstance(state, Known) else self._stamps

    def _handed_over(self, old: Document, new: Document, known: Names) -> Checkpoint | None:
        """What a new run has from the one before: its weights, where the data are the same in large."""
        larger = new.data.dataset.continues(old.data.dataset)
        return hand_over(self._checkpoint(known)) if larger else None

    def _key(self, document: Document) -> object:
        return network_key(document), run_key(document)

    def _keep(self, key: object, names: Names | None = None) -> None:
        """Remembers a training that is about to be given up, under the names that its blocks have now."""
        self._kept.add(key, self._checkpoint(names))

    def _begin(self, document: Document, checkpoint: Checkpoint | None) -> None:
        """A new run, from first weights or from a checkpoint."""
        self._generation += 1
        self._answering.clear()
        self._news = True
        self._run, self._pending = None, checkpoint
        self._trace(document)
        self._rate.clear()
        analysis = self._analysis_of(document)
        if analysis.hindrance:
            self._state, self._message = RunState.EMPTY, analysis.hindrance
            return
        try:
            self._stamps = self._stamps_of(document)
            made = checkpoint or Checkpoint()
            split = self._data.read(document.data, made.preparation, trained=bool(made.weights) and made.step > 0)
            self._run = TrainingRun(document, split, self._between, checkpoint, analysis)
        except EngineError as error:
            self._state, self._message = RunState.EMPTY, str(error)
            return
        self._pending = None
        self._state, self._message = self._resting(), self._run.note

    def _analysis_of(self, document: Document) -> Analysis:
        """That which the window has made, as long as the data files are as they were then."""
        if self._analysis is None:
            self._analysis = analyse(document, state=self._data_state)
        return self._analysis

    def _trace(self, document: Document) -> None:
        """Relate names to this document from here on."""
        self._lineage = Lineage(document)
        self._names = self._lineage.names

    def _checkpoint(self, names: Names | None = None) -> Checkpoint:
        """What was trained; under the names of the document that was trained, or under those that `names` leads to."""
        made = self._run.checkpoint() if self._run is not None else self._pending or Checkpoint()
        return made if names is None else renamed(made, names, with_gone=True)

    def _update(self, document: Document) -> None:
        """Blocks or training settings changed; what was learnt is kept where it still fits."""
        run = self._run
        if run is None:
            return
        analysis = self._analysis_of(document)
        self._news = True
        self._generation += 1
        self._answering.clear()
        if analysis.hindrance:
            # The weights wait, in a run of the last sound network, until the user has fixed the document.
            self._state, self._message = RunState.EMPTY, analysis.hindrance
            return
        earlier = self._kept.get(self._key(document))
        if network_key(run.document) != network_key(document):
            # An undo brings the old network back, and with it the weights that do not fit the new one.
            self._keep(self._key(run.document))
        try:
            run.update(document, earlier, self._names, analysis)
        except EngineError as error:
            self._state, self._message = RunState.EMPTY, str(error)
            return
        self._trace(document)
        if self._state in (RunState.EMPTY, RunState.FAILED, RunState.FINISHED):
            self._state = self._resting()
        self._message = run.note

    def _resting(self) -> RunState:
        run = self._run
        if run is None:
            return RunState.EMPTY
        if run.step == 0:
            return RunState.READY
        return RunState.FINISHED if run.finished else RunState.PAUSED

    def _play(self, command: Play) -> None:
        run = self._run
        if run is None or self._state is RunState.EMPTY:
            return
        run.go_on()
        if run.finished:
            # Epochs are added by whoever shows how many there are: a run never grows in silence.
            return
        self._until, self._hurried = None, command.full
        self._go()

    def _go(self) -> None:
        if self._run is not None:
            self._run.forget_step()
        self._state, self._message, self._news = RunState.RUNNING, "", True
        self._pace.begin()
        if self._slowed:
            self._rate.forget()
        else:
            self._rate.clear()

    def _speed(self, command: SetSpeed) -> None:
        self._pace.set(command.tempo)
        self._hurried = False
        self._rate.forget()

    def _pause(self, _: Pause) -> None:
        if self._state is RunState.RUNNING:
            self._state, self._news = self._resting(), True
            self._rate.clear()

    def _steps(self, command: Steps) -> None:
        run = self._run
        if run is None or self._state is RunState.EMPTY:
            return
        run.go_on()
        if command.epoch:
            self._until = run.epoch + 1
            self._go()
            return
        self._message, self._news = "", True
        try:
            for _ in range(command.count):
                run.step_by_hand()
        except EngineError as error:
            self._fail(_sentence(error), diverged=isinstance(error, DivergedError))
            return
        self._state = self._resting()

    def _fail(self, message: str, *, diverged: bool = False) -> None:
        self._state, self._message, self._news = RunState.FAILED, message, True
        self._diverged = diverged

    def _reset(self, command: Reset) -> None:
        if self._document is None:
            return
        self._keep(command.token, self._names)
        self._look_again(self._document)
        self._begin(self._document, None)
        if self._run is not None:
            self._run.marks.add(0.0, "Reset")

    def _look_again(self, document: Document) -> None:
        """Lets go of an analysis that was made of other data files than there are now."""
        if self._files_changed(document):
            self._analysis = None

    def _restore(self, command: Restore) -> None:
        if self._document is not None and command.token in self._kept:
            self._look_again(self._document)
            self._begin(self._document, self._kept.take(command.token))

    def _asked(self, command: RequestSnapshot) -> None:
        self._ask = command

    def _collect(self, command: GetCheckpoint) -> None:
        try:
            command.result.set_result(self._checkpoint(self._names))
        except Exception as error:
            # Whoever waits for it would wait in vain.
            command.result.set_exception(error)
            raise

    def _quit(self, _: Quit) -> None:
        self._alive = False

    # Snapshots

    def _answer(self) -> None:
        """Gives the window its snapshot, if it waits for one and there is something new."""
        ask = self._ask
        if ask is None or not (self._news or ask != self._answered or self._answering.pending):
            return
        try:
            snapshot = self._snapshot(ask.requests)
        except Exception as error:
            # The window draws nothing and asks for nothing before it has a snapshot.
            log.report(error)
            self._fail(f"Training stopped because of a fault in the program ({error}). Your project is untouched.")
            snapshot = Snapshot(self._generation, self._state, message=self._message)
        self._ask, self._answered, self._news = None, ask, False
        self._deliver(snapshot)

    def _snapshot(self, requests: frozenset[Request]) -> Snapshot:
        run, state = self._run, self._state
        if run is None:
            known = self._checkpoint()
            return Snapshot(
                self._generation,
                state,
                epoch=known.epoch,
                step=known.step,
                curves=known.curves,
                stale=frozenset(known.curves),
                marks=known.marks,
                message=self._message,
                data=self._data_alone(),
            )
        curves = run.curves.curves()
        stuck = state in (RunState.EMPTY, RunState.FAILED)
        return Snapshot(
            generation=self._generation,
            state=state,
            epoch=run.epoch,
            epochs=run.target,
            step=run.step,
            rate=self._rate.value if state is RunState.RUNNING else 0.0,
            learning_rate=run.learning_rate,
            loss=None if state is RunState.EMPTY else run.loss,
            curves=curves,
            stale=frozenset(curves) if state is RunState.EMPTY else frozenset(curves.keys() - run.scores.keys()),
            answers={} if state is RunState.EMPTY else self._answers(run, requests),
            data=run.split,
            metrics=run.metrics,
            message=self._message if stuck else run.stopped if state is RunState.FINISHED else "",
            note="" if stuck else self._message,
            diverged=self._diverged and state is RunState.FAILED,
            renewed=run.untrained,
            step_report=run.step_report if state in (RunState.PAUSED, RunState.FINISHED) else None,
            portion=run.portion,
            slowed=state is RunState.RUNNING and self._slowed,
            marks=run.marks.shown,
            restructured=run.marks.restructured,
        )

    def _answers(self, run: TrainingRun, requests: frozenset[Request]) -> dict[Request, Any]:
        running = self._state is RunState.RUNNING
        moment = self._generation, self._state, run.step, bool(run.before)
        return self._answering.answer(requests, moment, run.network, run.split, run.before, running=running)

    def _data_alone(self) -> Split | None:
        """The data where there is no network yet: they can be looked at all the same."""
        if self._document is None or isinstance(self._data_state, Loading | Refused):
            return None
        try:
            return self._data.read(self._document.data)
        except EngineError:
            return None


def _sentence(error: EngineError) -> str:
    """An error as a sentence; the name of a block in front of it stays as it is."""
    return str(error) if error.where else f"{error.message[:1].upper()}{error.message[1:]}"
