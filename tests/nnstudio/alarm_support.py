"""Runs under watch without a window: the snapshots that a window would get, a second apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from nnstudio.document.alarms import Alarm
from nnstudio.document.model import Document
from nnstudio.training.alarm_monitor import AlarmMonitor, Verdict
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.batch_statistics import BatchStatistics
from nnstudio.training.run import TrainingRun
from tests.nnstudio.worker_support import run_of


@dataclass
class Watched:
    """Run under watch.

    Attributes:
        verdict: the last one. seen: all alarms that were ever raised, by rule and place, as they were first.
    """

    run: TrainingRun
    document: Document
    monitor: AlarmMonitor
    verdict: Verdict = field(default_factory=Verdict)
    generation: int = 1
    seen: dict[tuple[str, str], Alarm] = field(default_factory=dict)

    def train(self, steps: int, looks: int) -> Watched:
        """Train so many steps, or to the end of the run, and look at it from time to time."""
        end = self.run.step + steps
        while self.run.step < end and self.run.epoch < self.run.target:
            for _ in range(max(steps // looks, 1) - 1):
                if self.run.epoch < self.run.target:
                    self.run.step_once()
            if self.run.epoch < self.run.target:
                self.run.step_watched()
                self.look()
        return self

    def look(self, state: RunState = RunState.RUNNING) -> Verdict:
        """Show the monitor a snapshot of this moment, with a measurement."""
        run, request = self.run, BatchStatistics(self.document.training.loss)
        snapshot = Snapshot(
            self.generation,
            state,
            run.epoch,
            run.target,
            run.step,
            learning_rate=run.learning_rate,
            curves=run.curves.curves(),
            answers={request: request.answer_after_step(run.network, run.split, run.last.watched(run.step))},
        )
        self.verdict = self.monitor.watch(snapshot, self.document, self.verdict)
        for alarm in self.verdict.alarms:
            self.seen.setdefault(alarm.key, alarm)
        return self.verdict

    @property
    def keys(self) -> set[tuple[str, str]]:
        """Rules and places of the alarms that are on."""
        return {alarm.key for alarm in self.verdict.alarms}


def watched(document: Document) -> Watched:
    """New run of a document, not begun yet."""
    seconds = count()
    return Watched(run_of(document), document, AlarmMonitor(lambda: float(next(seconds))))


def steps_of(document: Document, run: TrainingRun) -> int:
    """Number of steps of the whole run."""
    return document.training.epochs * -(-len(run.split.train) // document.training.batch_size)
