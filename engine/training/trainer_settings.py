"""Change a trainer's settings between two steps.

The optimiser's state, the place in the epoch and the scores stay.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.backends.numpy.plan import Plan
from engine.checks import expect_count, expect_kind
from engine.losses import Loss
from engine.memory_budget import check_memory, planned, training_vectors
from engine.metrics import check_targets, checked_names
from engine.network import Network
from engine.optimizers import Optimizer
from engine.regularisation import Clipping, Penalty
from engine.schedules import Schedule
from engine.training.batch_order import Walk, batches
from engine.training.class_weights import ClassWeight, check_class_weight, sample_weights
from engine.training.early_stopping import EarlyStopping, Stopper
from engine.training.history import History
from engine.training.improvement import check_monitor
from engine.training.update import Update
from engine.types import Array

OPTIMIZER = "one of engine.optimizers, such as SGD(0.1)"


class Tunable:
    """The settings of a `Trainer`, which makes all that stands here."""

    network: Network
    loss: Loss
    history: History
    _update: Update
    _walk: Walk
    _batch_size: int
    _early_stopping: EarlyStopping | None
    _stopper: Stopper | None
    _class_weight: ClassWeight | None
    # Of the samples: those that `load` was given, and what they come to with those of their classes.
    _own_weights: ArrayLike | None
    _weights: Array | None
    _metrics: tuple[str, ...] | None
    _names: tuple[str, ...]
    _data: tuple[Array, Array] | None
    _validation: tuple[Array, Array] | None
    _plan: Plan | None

    @property
    def optimizer(self) -> Optimizer:
        """May be changed between two steps, and sets the learning rate then.

        One of the same kind (Adam and AdamW are) keeps what the last one remembers, another begins with nothing.
        """
        return self._update.optimizer

    @optimizer.setter
    def optimizer(self, optimizer: Optimizer) -> None:
        expect_kind(optimizer, Optimizer, "the optimiser", OPTIMIZER)
        if self._data is not None:
            self._check_memory(optimizer)
        self._update.set_optimizer(optimizer)

    @property
    def schedule(self) -> Schedule | None:
        """May be changed between two steps; it counts from the first step, and watches losses from here on."""
        return self._update.schedule

    @schedule.setter
    def schedule(self, schedule: Schedule | None) -> None:
        if isinstance(schedule, Schedule) and self._data is not None:
            schedule.check(validation=self._validation is not None)
        self._update.set_schedule(schedule)

    @property
    def class_weight(self) -> ClassWeight | None:
        """May be changed between two steps; it counts from the next one on."""
        return self._class_weight

    @class_weight.setter
    def class_weight(self, weights: ClassWeight | None) -> None:
        check_class_weight(weights)
        if self._data is not None:
            self._weights = self._weigh(self._data[1], weights, self._own_weights)
            self._plan = None
        self._class_weight = weights

    def _weigh(self, targets: Array, classes: ClassWeight | None, own: ArrayLike | None) -> Array | None:
        """The weight of every sample, (N,); None if all count alike."""
        weights = sample_weights(targets, classes, own, self.loss.threshold)
        return None if weights is None else weights.astype(self.network.dtype)

    @property
    def shuffle(self) -> bool:
        """Whether epochs have an order of their own; may be changed, which counts from the next epoch on."""
        return self._walk.shuffle

    @shuffle.setter
    def shuffle(self, shuffle: bool) -> None:
        expect_kind(shuffle, bool | np.bool, "shuffle", "True or False")
        self._walk.shuffle = bool(shuffle)

    @property
    def learning_rate(self) -> float:
        """Length of a step, before the schedule; may be changed between two steps."""
        return self._update.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._update.learning_rate = value

    @property
    def batch_size(self) -> int:
        """Samples per step; may be changed between two steps."""
        return self._batch_size

    @batch_size.setter
    def batch_size(self, size: int) -> None:
        check_batch_size(size)
        if self._data is not None:
            self.network.check_batch(min(size, len(self._data[0])))
        self._batch_size = size

    @property
    def steps_per_epoch(self) -> int:
        """How many batches one way through the loaded data takes."""
        return batches(len(self._walk.order), self._batch_size, even=self._walk.even)

    @property
    def current_rate(self) -> float:
        """The learning rate of the next step: `learning_rate` times what the schedule says."""
        return self._update.current_rate

    @property
    def clipping(self) -> Clipping | None:
        """Limits to the gradients; may be changed between two steps."""
        return self._update.clipping

    @clipping.setter
    def clipping(self, clipping: Clipping | None) -> None:
        self._update.set_constraints(clipping, self.penalty)

    @property
    def penalty(self) -> Penalty | None:
        """What pulls the weights towards zero; may be changed between two steps."""
        return self._update.penalty

    @penalty.setter
    def penalty(self, penalty: Penalty | None) -> None:
        self._update.set_constraints(self.clipping, penalty)

    @property
    def early_stopping(self) -> EarlyStopping | None:
        """When to stop early; may be changed between two steps, and watches anew then."""
        return self._early_stopping

    @early_stopping.setter
    def early_stopping(self, settings: EarlyStopping | None) -> None:
        expect_kind(settings, EarlyStopping | None, "early stopping", "an engine.EarlyStopping")
        if settings is not None and self._data is not None:
            check_monitor(settings.monitor, "early stopping", validation=self._validation is not None)
        self._early_stopping = settings
        self.go_on()

    def go_on(self) -> None:
        """Lets training go on after it was stopped early: the loss is watched anew, whatever it was before."""
        self._stopper, self.history.stopped = self._new_stopper(), None

    def _new_stopper(self) -> Stopper | None:
        return Stopper(self.early_stopping, self.network.state_vector) if self.early_stopping is not None else None

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of what is measured beside the loss, once data are loaded; may be changed between two steps.

        What is new is measured from the next epoch on, and in the validation from this one on.
        """
        return self._names

    @metrics.setter
    def metrics(self, names: Sequence[str]) -> None:
        checked = checked_names(names)
        if self._data is not None:
            check_targets(checked, self._data[1])
        self._metrics = self._names = checked

    def _check_memory(self, optimizer: Optimizer, samples: int | None = None) -> None:
        """Raises an EngineError if there is not enough memory for a run with this optimiser."""
        check_memory(
            self.network.reports,
            vectors=training_vectors(
                optimizer.vectors, stopping=self._stopper is not None, penalty=self.penalty is not None
            ),
            samples=planned(
                len(self._walk.order) if samples is None else samples, self.batch_size, even=self._walk.even
            ),
            itemsize=self.network.dtype.itemsize,
        )


def check_batch_size(size: object) -> None:
    """Raises SpecError if this is no whole number of at least 1."""
    expect_count(size, "batch_size", least=1)
