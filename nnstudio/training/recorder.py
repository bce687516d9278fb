"""Recorder of a run's curves, and of the network each value measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.training.history import History
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.curves import CurveBook

# An epoch of at least twice as many steps gets this many points on the loss curve; shorter ones get one.
POINTS_PER_EPOCH = 20


@dataclass(frozen=True)
class Pool:
    """Losses of some steps: their sum over the samples, and how many samples that are."""

    total: float = 0.0
    samples: int = 0


@dataclass(frozen=True)
class Course:
    """State of a recorder between two steps: what its newest values measure, and the losses that wait for a point."""

    measured: Mapping[str, object]
    waiting: Pool
    steps: int
    before: Pool


class Recorder:
    """Recorder that makes curves of the losses of steps and the scores of epochs.

    Args:
        made: the checkpoint whose curves are continued. key: that of the network measured from here on
            (`identity_keys.measure_key`).

    Attributes:
        curves: the curves by name.
        reached: end of the loss curve, in epochs.
    """

    def __init__(self, made: Checkpoint, key: object) -> None:
        self.curves = CurveBook(made.curves)
        self.reached = float(made.epoch)
        # What the next values will be measured on, and from which step on.
        self._key, self._since = key, made.step
        # What the newest value of each curve was measured on.
        # The same object for the same key: it is compared for every snapshot.
        self._measured = {name: key if was == key else was for name, was in made.measured.items()}
        self._names = frozenset({"loss"})
        # Losses that wait for the next point, and after how many steps it is due.
        self._sum, self._samples, self._count, self._every = 0.0, 0, 0, 1
        # Whether an epoch has several points; the losses of the last one, which those of a few more steps at the end of
        # an epoch join.
        self._dense, self._before = False, Pool()

    @property
    def scores(self) -> dict[str, float]:
        """Newest loss and metrics of the present network, by the names of their curves.

        Values from before an edit are left out.
        """
        now = self._key
        return {name: value for name, value in self.curves.last.items() if self._measured.get(name) == now}

    @property
    def measured(self) -> dict[str, object]:
        """Keys (`measure_key`) of the newest value of each curve."""
        return dict(self._measured)

    def begin(self) -> None:
        """Start anew within the epoch, with a new trainer."""
        self._sum, self._samples, self._count = 0.0, 0, 0
        self._before = Pool()

    def set_up(self, metrics: Iterable[str], steps_per_epoch: int) -> None:
        """Record these metrics beside the loss, with a spacing for epochs of this length."""
        self._names = frozenset({"loss", *metrics})
        # What is left out now has no newest value when it is chosen again.
        self._measured = {name: key for name, key in self._measured.items() if self._is_recorded(name)}
        self._dense = steps_per_epoch >= 2 * POINTS_PER_EPOCH
        self._every = steps_per_epoch // POINTS_PER_EPOCH if self._dense else steps_per_epoch + 1

    def measure(self, key: object, step: int) -> None:
        """Attribute measurements from this step on to another network or loss."""
        if key == self._key:
            return
        if step > self._since:
            # An undo to a network from before these steps does not bring its weights back as they were.
            self._measured = {name: was for name, was in self._measured.items() if was == self._key}
        self._key, self._since = key, step

    @property
    def course(self) -> Course:
        """State that `come_back` brings back."""
        return Course(self.measured, Pool(self._sum, self._samples), self._count, self._before)

    def leave(self) -> None:
        """Drop scores and waiting losses: they are those of the network before some of its numbers were set by hand."""
        self._measured = {}
        self.begin()

    def come_back(self, course: Course) -> None:
        """Undo `leave`, before any further step."""
        self._measured = dict(course.measured)
        self._sum, self._samples, self._count = course.waiting.total, course.waiting.samples, course.steps
        self._before = course.before

    def carry_scores(self, key: object) -> None:
        """Attribute the present scores to `key` too: the networks differ in names alone."""
        self._measured |= dict.fromkeys(self.scores, key)

    def add_step(self, loss: float, samples: int) -> bool:
        """Record the mean loss of a batch of so many samples; True if a point of the loss curve is due."""
        self._sum += loss * samples
        self._samples += samples
        self._count += 1
        return self._count >= self._every

    def add_point(self, place: float) -> None:
        """Add a point to the loss curve, in epochs: the mean loss of all samples since the last one."""
        self._add_point(place, Pool(self._sum, self._samples))

    def _add_point(self, place: float, pool: Pool) -> None:
        # A new trainer begins its epoch anew; on the curve there is no way back.
        self.reached = max(self.reached, place)
        self._add("loss", self.reached, pool.total / pool.samples)
        before = Pool(self._sum, self._samples)
        self.begin()
        self._before = before

    def end_epoch(self, epoch: int, history: History) -> None:
        """Record the scores at the end of an epoch, and empty the trainer's history."""
        pool = Pool(self._sum, self._samples)
        if self._dense and self._count < self._every and self._before.samples:
            # One batch alone, maybe of two samples, is not what the points before it are: it would stand out.
            pool = Pool(pool.total + self._before.total, pool.samples + self._before.samples)
        self._add_point(float(epoch), pool)
        for name, values in (("val_loss", history.val_loss), *history.metrics.items()):
            if values:
                self._add(name, float(epoch), values[-1])
                # The curves are bounded; the trainer's own lists would grow with every epoch for ever.
                values.clear()
        history.loss.clear()

    def state(self) -> dict[str, float]:
        """End of the curve and the losses waiting, for a checkpoint."""
        return {
            "reached": self.reached,
            "loss": self._sum,
            "samples": self._samples,
            "steps": self._count,
            "loss_before": self._before.total,
            "samples_before": self._before.samples,
        }

    @staticmethod
    def parse(state: Mapping[str, Any], batch_size: int) -> tuple[float, Course]:
        """End of the curve and the losses waiting, from what `state` told. Raises LookupError, TypeError, ValueError.

        Older files tell the sum of the losses of the steps alone; each of them is then a batch of this size.
        """
        steps = int(state["steps"])
        if "samples" in state:
            waiting = Pool(float(state["loss"]), int(state["samples"]))
        else:
            waiting = Pool(float(state["loss"]) * batch_size, steps * batch_size)
        before = Pool(float(state.get("loss_before", 0.0)), int(state.get("samples_before", 0)))
        return float(state["reached"]), Course({}, waiting, steps, before)

    def restore(self, reached: float, course: Course) -> None:
        """Restore the state from a checkpoint, but for what the newest values measure."""
        self.reached = reached
        self.come_back(replace(course, measured=self.measured))

    def _add(self, name: str, place: float, value: float) -> None:
        self.curves.add(name, place, value)
        # An epoch ends with the metrics with which it began, also with those that were left out meanwhile.
        if self._is_recorded(name):
            self._measured[name] = self._key

    def _is_recorded(self, name: str) -> bool:
        return name.removeprefix("val_") in self._names
