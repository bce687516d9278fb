"""Snapshots for the window: course of the run, and answers of the moment that it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nnstudio.training.answering import Answering
from nnstudio.training.current_run import CurrentRun
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.moments import Moment, showing
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.run import TrainingRun

# Sentence in the place of what only the present can tell.
_AHEAD = "Of a step in the past, the next update is not computed; go back to now to see it."


@dataclass(frozen=True)
class Situation:
    """Situation of the worker: state and its message, diverged or not, steps per second, slowed by the pace or not."""

    state: RunState
    message: str
    diverged: bool
    rate: float
    slowed: bool


class Snapshots:
    """Snapshots of the current run, in the present or at a moment in the past.

    Attributes:
        looked: the step that the window looks at; None for the present.
    """

    def __init__(self, current: CurrentRun) -> None:
        self._current = current
        self.looked: int | None = None
        # Answers of the past are kept apart from those of the present.
        self._answering, self._past = Answering(), Answering()

    @property
    def pending(self) -> bool:
        """True while some requests of the last snapshot are without an answer, and can have one now."""
        return self._answering.pending or self._past.pending

    def clear(self) -> None:
        """Forget all answers, those of another run or document."""
        self._answering.clear()
        self._past.clear()

    def wants_step(self, requests: frozenset[Request]) -> bool:
        """True if an answer needs to know what the last step has changed."""
        return self._answering.wants_step(requests)

    def make(self, now: Situation, requests: frozenset[Request]) -> Snapshot:
        """Make a snapshot with answers to these requests."""
        run, state = self._current.run, now.state
        if run is None:
            return self._without_run(now)
        curves = run.curves.curves()
        looked = None if self.looked is None else run.moments.nearest(self.looked)
        stuck = state in (RunState.EMPTY, RunState.FAILED)
        return Snapshot(
            generation=self._current.generation,
            state=state,
            epoch=run.epoch,
            epochs=run.target,
            step=run.step,
            rate=now.rate if state is RunState.RUNNING else 0.0,
            learning_rate=run.learning_rate,
            loss=None if state is RunState.EMPTY else run.loss,
            curves=curves,
            stale=frozenset(curves) if state is RunState.EMPTY else frozenset(curves.keys() - run.scores.keys()),
            answers={} if state is RunState.EMPTY else self._answers(run, state, requests, looked),
            data=run.split,
            metrics=run.metrics,
            message=now.message if stuck else run.stopped if state is RunState.FINISHED else "",
            note="" if stuck else now.message,
            diverged=now.diverged and state is RunState.FAILED,
            renewed=run.untrained,
            step_report=run.last.report if state in (RunState.PAUSED, RunState.FINISHED) else None,
            portion=run.portion,
            slowed=state is RunState.RUNNING and now.slowed,
            marks=run.marks.shown,
            restructured=run.marks.restructured,
            moment=looked,
            history=run.moments.summary,
            runs=self._current.shelf.runs,
            run=run.origin,
            seconds=run.seconds,
            repeat=None if self._current.repeat is None else self._current.repeat.progress,
        )

    def _without_run(self, now: Situation) -> Snapshot:
        known = self._current.checkpoint_as_trained()
        return Snapshot(
            self._current.generation,
            now.state,
            epoch=known.epoch,
            step=known.step,
            curves=known.curves,
            stale=frozenset(known.curves),
            marks=known.marks,
            message=now.message,
            data=self._current.data_alone(),
            runs=self._current.shelf.runs,
        )

    def _answers(
        self, run: TrainingRun, state: RunState, requests: frozenset[Request], looked: Moment | None
    ) -> dict[Request, Any]:
        if looked is None:
            return self._present(run, state, requests)
        # What is collected over a whole run goes on meanwhile, within its share of the time.
        of_run = frozenset(request for request in requests if request.of_run)
        ahead = {request: Refusal(_AHEAD) for request in requests if request.looks_ahead}
        with showing(run.network, looked.vector):
            then = self._past.answer(
                requests - of_run - ahead.keys(),
                (self._current.generation, looked.step),
                run.network,
                run.split,
                {},
                running=False,
                initial=run.initial,
                moments=run.moments.log,
            )
        return {**ahead, **then, **self._present(run, state, of_run)}

    def _present(self, run: TrainingRun, state: RunState, requests: frozenset[Request]) -> dict[Request, Any]:
        return self._answering.answer(
            requests,
            (self._current.generation, state, run.step, run.edits, bool(run.last.before)),
            run.network,
            run.split,
            run.last.before,
            running=state is RunState.RUNNING,
            watched=run.last.watched(run.step),
            initial=run.initial,
            trainer=run.trainer,
            moments=run.moments.log,
        )
