"""Recorder of a run's curves, and of the network each value measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.training.history import History
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.curves import CurveBook

# An epoch of at least twice as many steps gets this many points on the loss curve; shorter ones get one.
POINTS_PER_EPOCH = 20


@dataclass(frozen=True)
class Course:
    """State of a recorder between two steps: what its newest values measure, and the losses that wait for a point."""

    measured: Mapping[str, object]
    total: float
    count: int


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
        # Losses that wait for the next point; and after how many steps it is due.
        self._sum, self._count, self._every = 0.0, 0, 1

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
        self._sum, self._count = 0.0, 0

    def set_up(self, metrics: Iterable[str], steps_per_epoch: int) -> None:
        """Record these metrics beside the loss, with a spacing for epochs of this length."""
        self._names = frozenset({"loss", *metrics})
        # What is left out now has no newest value when it is chosen again.
        self._measured = {name: key for name, key in self._measured.items() if self._is_recorded(name)}
        dense = steps_per_epoch >= 2 * POINTS_PER_EPOCH
        self._every = steps_per_epoch // POINTS_PER_EPOCH if dense else steps_per_epoch + 1

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
        return Course(self.measured, self._sum, self._count)

    def leave(self) -> None:
        """Drop scores and waiting losses: they are those of the network before some of its numbers were set by hand."""
        self._measured = {}
        self.begin()

    def come_back(self, course: Course) -> None:
        """Undo `leave`, before any further step."""
        self._measured = dict(course.measured)
        self._sum, self._count = course.total, course.count

    def carry_scores(self, key: object) -> None:
        """Attribute the present scores to `key` too: the networks differ in names alone."""
        self._measured |= dict.fromkeys(self.scores, key)

    def add_step(self, loss: float) -> bool:
        """Record the loss of a step; True if a point of the loss curve is due."""
        self._sum += loss
        self._count += 1
        return self._count >= self._every

    def add_point(self, place: float) -> None:
        """Add a point to the loss curve, in epochs: the mean loss since the last one."""
        # A new trainer begins its epoch anew; on the curve there is no way back.
        self.reached = max(self.reached, place)
        self._add("loss", self.reached, self._sum / self._count)
        self.begin()

    def end_epoch(self, epoch: int, history: History) -> None:
        """Record the scores at the end of an epoch, and empty the trainer's history."""
        self.add_point(float(epoch))
        for name, values in (("val_loss", history.val_loss), *history.metrics.items()):
            if values:
                self._add(name, float(epoch), values[-1])
                # The curves are bounded; the trainer's own lists would grow with every epoch for ever.
                values.clear()
        history.loss.clear()

    def state(self) -> dict[str, float]:
        """End of the curve and the losses waiting, for a checkpoint."""
        return {"reached": self.reached, "loss": self._sum, "steps": self._count}

    def restore(self, reached: float, loss: float, steps: int) -> None:
        """Restore the state from a checkpoint."""
        self.reached, self._sum, self._count = reached, loss, steps

    def _add(self, name: str, place: float, value: float) -> None:
        self.curves.add(name, place, value)
        # An epoch ends with the metrics with which it began, also with those that were left out meanwhile.
        if self._is_recorded(name):
            self._measured[name] = self._key

    def _is_recorded(self, name: str) -> bool:
        return name.removeprefix("val_") in self._names
