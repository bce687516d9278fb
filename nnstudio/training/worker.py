"""Worker thread that owns network and trainer; it never touches a widget.

The window *pulls*: it sends `RequestSnapshot` when it has drawn the last snapshot, and gets the next one as soon as
there is something new to show. A slow screen therefore slows no training, and a fast trainer floods no event queue.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue

from engine.backends.base import TrainerLike
from engine.errors import DivergedError, EngineError
from nnstudio.faults import log
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
from nnstudio.training.current_run import Change, CurrentRun
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.pace import Pace
from nnstudio.training.repeat import Repeat
from nnstudio.training.run import TrainingRun
from nnstudio.training.snapshots import Situation, Snapshots
from nnstudio.training.step_rate import Rate

# Seconds of training between two looks at what the window wants.
_SLICE = 0.008
# Seconds that training rests for a drawing, at most.
_LONGEST_HOLD = 0.05
# Seconds for which a snapshot waits for the end of a validation under way.
_SHORT = 0.05
# Seconds that a sentence waits for the window to ask, before work that takes many.
_ASKED_WITHIN = 0.1


class Worker(threading.Thread):
    """Worker thread. It runs until Quit, and calls `deliver(snapshot)` in this thread."""

    def __init__(self, deliver: Callable[[Snapshot], None]) -> None:
        super().__init__(name="trainer", daemon=True)
        self._deliver = deliver
        self._queue: SimpleQueue[Command] = SimpleQueue()
        self._waiting: deque[Command] = deque()
        self._current = CurrentRun(self._between, self._announce)
        self._state = RunState.EMPTY
        self._message = ""
        self._diverged = False
        self._ask: RequestSnapshot | None = None
        self._free = threading.Event()
        self._free.set()
        self._answered: RequestSnapshot | None = None
        self._snapshots = Snapshots(self._current)
        self._news = True
        # The epoch at which to pause, where it is not the run's target.
        self._until: int | None = None
        # When the slice of training under way began.
        self._begun = 0.0
        # The trainer whose steps are compiled, or about to be.
        self._compiled: TrainerLike | None = None
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
            Look: self._look,
            Branch: self._branch,
            TakeWeights: self._take_weights,
            Keep: self._keep,
            RestoreRun: self._restore_run,
            AddRuns: self._add_runs,
            RepeatRun: self._repeat_run,
            ListenToCurves: self._listen,
            SetMomentLimit: self._set_moment_limit,
            SetParameter: self._set_parameter,
            TakeBack: self._take_back,
            RequestSnapshot: self._asked,
            GetCheckpoint: self._collect,
            Quit: self._quit,
        }

    def hold(self) -> None:
        """Let training rest while the window draws, up to a twentieth of a second. May be called from any thread.

        Both need the interpreter's lock: taking turns, a drawing would take twice as long, and training gain nothing.
        """
        self._free.clear()

    def release(self) -> None:
        """Let training go on."""
        self._free.set()

    def post(self, command: Command) -> None:
        """Send a command and return at once. May be called from any thread."""
        self._queue.put(command)

    # The loop

    def run(self) -> None:
        while self._alive:
            try:
                self._free.wait(_LONGEST_HOLD)
                self._hear(self._patience())
                while self._waiting and self._alive:
                    self._obey(self._waiting.popleft())
                if self._state is RunState.RUNNING:
                    self._train()
                if self._current.repeat is not None:
                    self._train_repeat(self._current.repeat)
                self._answer()
            except MemoryError:
                self._fail("There is not enough memory for this network. Make its largest block or the batch smaller.")
            except Exception as error:
                # A fault of the program must not end the thread: the window would wait for ever.
                log.report(error)
                self._fail(f"Training stopped because of a fault in the program ({error}). Your project is untouched.")

    def _patience(self) -> float | None:
        """Seconds to wait for a command before there is something to do; None for any time."""
        if self._waiting or self._current.repeat is not None:
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
        return bool(self._waiting) or not self._queue.empty() or not self._free.is_set()

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
        if self._watches() and time.perf_counter() - self._begun < _SHORT:
            # What looks at a step would never see one, where every request comes while an epoch is validated.
            return
        self._answer()

    def _announce(self, sentence: str) -> None:
        """Called before work during which the window would hear nothing for seconds."""
        before = self._state
        self._state, self._message, self._news = RunState.EMPTY, sentence, True
        self._hear(_ASKED_WITHIN)
        asked = [command for command in self._waiting if isinstance(command, RequestSnapshot)]
        if asked:
            self._ask = asked[-1]
            self._waiting = deque(command for command in self._waiting if not isinstance(command, RequestSnapshot))
        self._answer()
        # A run that was training goes on once the work is done.
        self._state = before

    def _announce_compiling(self, run: TrainingRun) -> None:
        """Called before a step, of which the first with a trainer may compile the network."""
        if run.document.training.computing.compiles and run.trainer is not self._compiled:
            self._compiled = run.trainer
            self._announce("Compiling the network, which may take a minute or two…")
            self._message = ""

    def _train(self) -> None:
        run = self._current.run
        if run is None:
            return
        if self._slowed:
            self._pace.follow(*run.course)
        most = self._pace.due() if self._slowed else sys.maxsize
        if most == 0:
            return
        self._announce_compiling(run)
        before, self._begun = run.step, time.perf_counter()
        until = run.target if self._until is None else self._until
        # A window that waits for news is not kept waiting for a whole slice more.
        seconds = 0.0 if self._ask is not None and self._news else _SLICE
        try:
            run.advance(seconds, until, self._interrupted, most)
            if self._watches() and run.epoch < until and not run.stopped and run.step - before < most:
                run.step_watched()
        except EngineError as error:
            self._fail(_sentence(error), diverged=isinstance(error, DivergedError))
        else:
            if (run.epoch >= until or run.stopped) and self._state is RunState.RUNNING:
                self._state = self._resting()
        self._rate.add(run.step - before)
        self._pace.done(run.step - before)
        self._news = True

    def _train_repeat(self, repeat: Repeat) -> None:
        try:
            ended = repeat.advance(_SLICE, self._interrupted, self._current.next_name)
        except EngineError as error:
            self._current.repeat = None
            self._fail(_sentence(error))
            return
        self._current.take_repeat(ended)
        self._news = True

    # Commands

    def _obey(self, command: Command) -> None:
        following = self._waiting[0] if self._waiting else None
        if isinstance(command, SetDocument) and isinstance(following, SetDocument) and command.checkpoint is None:
            # While somebody turns a spin box, only the newest document counts.
            self._current.pass_over(command.document)
            return
        self._handlers[type(command)](command)

    def _show(self, command: SetDocument) -> None:
        self._take(self._current.set_document(command))

    def _reset(self, command: Reset) -> None:
        self._take(self._current.reset(command.token))

    def _restore(self, command: Restore) -> None:
        self._take(self._current.restore(command.token))

    def _look(self, command: Look) -> None:
        self._snapshots.looked, self._news = command.step, True

    def _branch(self, command: Branch) -> None:
        self._take(self._current.branch(command.step, command.token))

    def _take_weights(self, command: TakeWeights) -> None:
        self._take(self._current.take_weights(command.checkpoint, command.token))

    def _keep(self, command: Keep) -> None:
        self._current.keep(command.token)

    def _restore_run(self, command: RestoreRun) -> None:
        self._take(self._current.restore_run(command.run))

    def _add_runs(self, command: AddRuns) -> None:
        self._current.add_runs(command.runs)
        self._news = True

    def _repeat_run(self, command: RepeatRun) -> None:
        self._current.begin_repeat(command.seeds)
        self._news = True

    def _listen(self, command: ListenToCurves) -> None:
        self._current.listen(command.listener)

    def _set_moment_limit(self, command: SetMomentLimit) -> None:
        self._current.set_moment_limit(command.limit)
        self._news = True

    def _set_parameter(self, command: SetParameter) -> None:
        self._take(self._current.set_parameter(command.edit, command.token))

    def _take_back(self, command: TakeBack) -> None:
        self._take(self._current.take_back(command.token))

    def _take(self, change: Change) -> None:
        """Goes on from what a command has made of the run."""
        if change is Change.NONE:
            return
        if change is Change.EDITED:
            # The run's moment is another one, so that all answers are computed again; nothing else is new.
            self._news = True
            return
        self._snapshots.clear()
        self._news = True
        if change is Change.BEGUN:
            self._snapshots.looked = None
            self._rate.clear()
        run, hindrance = self._current.run, self._current.hindrance
        if hindrance or run is None:
            self._state, self._message = RunState.EMPTY, hindrance
            return
        if change is Change.BEGUN or self._state in (RunState.EMPTY, RunState.FAILED, RunState.FINISHED):
            self._state = self._resting()
        self._message = run.note

    def _resting(self) -> RunState:
        run = self._current.run
        if run is None:
            return RunState.EMPTY
        if run.step == 0:
            return RunState.READY
        return RunState.FINISHED if run.finished else RunState.PAUSED

    def _play(self, command: Play) -> None:
        run = self._current.run
        if run is None or self._state is RunState.EMPTY:
            return
        run.go_on()
        if run.finished:
            # Epochs are added by whoever shows how many there are: a run never grows in silence.
            return
        self._until, self._hurried = None, command.full
        self._snapshots.looked = None
        self._go()

    def _go(self) -> None:
        if self._current.run is not None:
            self._current.run.last.forget()
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
        run = self._current.run
        if run is None or self._state is RunState.EMPTY:
            return
        run.go_on()
        self._snapshots.looked = None
        if command.epoch:
            self._until = run.epoch + 1
            self._go()
            return
        self._message = ""
        self._announce_compiling(run)
        try:
            for _ in range(command.count):
                run.step_by_hand()
        except EngineError as error:
            self._fail(_sentence(error), diverged=isinstance(error, DivergedError))
            return
        # Only now: the window may have had a snapshot in between, while the end of an epoch was validated.
        self._state, self._news = self._resting(), True

    def _fail(self, message: str, *, diverged: bool = False) -> None:
        self._state, self._message, self._news = RunState.FAILED, message, True
        self._diverged = diverged

    def _asked(self, command: RequestSnapshot) -> None:
        self._ask = command

    def _collect(self, command: GetCheckpoint) -> None:
        try:
            command.result.set_result((self._current.checkpoint(), self._current.shelf.runs))
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
        if ask is None or not (self._news or ask != self._answered or self._snapshots.pending):
            return
        try:
            snapshot = self._snapshots.make(self._situation(), ask.requests)
        except Exception as error:
            # The window draws nothing and asks for nothing before it has a snapshot.
            log.report(error)
            self._fail(f"Training stopped because of a fault in the program ({error}). Your project is untouched.")
            snapshot = Snapshot(self._current.generation, self._state, message=self._message)
        self._ask, self._answered, self._news = None, ask, False
        self._deliver(snapshot)

    def _situation(self) -> Situation:
        return Situation(self._state, self._message, self._diverged, self._rate.value, self._slowed)

    def _watches(self) -> bool:
        """True if the next snapshot needs to know what its last step has changed."""
        return self._ask is not None and self._snapshots.wants_step(self._ask.requests)


def _sentence(error: EngineError) -> str:
    """An error as a sentence; the name of a block in front of it stays as it is."""
    return str(error) if error.where else f"{error.message[:1].upper()}{error.message[1:]}"
