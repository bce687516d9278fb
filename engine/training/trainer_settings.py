"""Change a trainer's settings between two steps.

The optimiser's state, the place in the epoch and the scores stay.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.backends.numpy.plan import Plan
from engine.checks import expect_count, expect_kind, shown
from engine.errors import SpecError
from engine.losses import Loss
from engine.memory_budget import check_memory, planned, training_vectors
from engine.metrics import check_targets, checked_names
from engine.network import Network
from engine.optimizers import Optimizer
from engine.regularisation import Clipping, Penalty
from engine.schedules import Schedule
from engine.source import Source
from engine.training.batch_order import Walk, batches
from engine.training.class_weights import ClassWeight, check_class_weight, sample_weights
from engine.training.early_stopping import EarlyStopping, Stopper
from engine.training.history import History, Score
from engine.training.improvement import check_monitor
from engine.training.update import Update
from engine.types import Array

OPTIMIZER = "one of engine.optimizers, such as SGD(0.1)"


class Tunable:
    """Settings of a `Trainer` that may change between two steps."""

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
    _data: tuple[Source, Array] | None
    _validation: tuple[Source, Array] | None
    _plan: Plan | None
    _target_scale: Array | None

    @property
    def optimizer(self) -> Optimizer:
        """Optimiser; a new one also sets the learning rate.

        One of the same kind (Adam and AdamW are) keeps the state of the last one, any other starts with a fresh state.
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
        """Learning-rate schedule. It counts from the first step, and monitors losses from the change on."""
        return self._update.schedule

    @schedule.setter
    def schedule(self, schedule: Schedule | None) -> None:
        if isinstance(schedule, Schedule) and self._data is not None:
            schedule.check(validation=self._validation is not None)
        self._update.set_schedule(schedule)

    @property
    def class_weight(self) -> ClassWeight | None:
        """Class weights; a change applies from the next step on."""
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
        """True if every epoch has a new order; a change applies from the next epoch on."""
        return self._walk.shuffle

    @shuffle.setter
    def shuffle(self, shuffle: bool) -> None:
        expect_kind(shuffle, bool | np.bool, "shuffle", "True or False")
        self._walk.shuffle = bool(shuffle)

    @property
    def learning_rate(self) -> float:
        """Learning rate before the schedule."""
        return self._update.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._update.learning_rate = value

    @property
    def batch_size(self) -> int:
        """Samples per step."""
        return self._batch_size

    @batch_size.setter
    def batch_size(self, size: int) -> None:
        check_batch_size(size)
        if self._data is not None:
            self.network.check_batch(min(size, len(self._data[0])))
        self._batch_size = size

    @property
    def steps_per_epoch(self) -> int:
        """Number of mini-batches in an epoch of the loaded data."""
        return batches(len(self._walk.order), self._batch_size, even=self._walk.even)

    @property
    def current_rate(self) -> float:
        """Learning rate of the next step: `learning_rate` times the schedule's factor."""
        return self._update.current_rate

    @property
    def clipping(self) -> Clipping | None:
        """Gradient clipping."""
        return self._update.clipping

    @clipping.setter
    def clipping(self, clipping: Clipping | None) -> None:
        self._update.set_constraints(clipping, self.penalty)

    @property
    def penalty(self) -> Penalty | None:
        """Weight penalty."""
        return self._update.penalty

    @penalty.setter
    def penalty(self, penalty: Penalty | None) -> None:
        self._update.set_constraints(self.clipping, penalty)

    @property
    def early_stopping(self) -> EarlyStopping | None:
        """Early stopping; a new one starts monitoring anew."""
        return self._early_stopping

    @early_stopping.setter
    def early_stopping(self, settings: EarlyStopping | None) -> None:
        expect_kind(settings, EarlyStopping | None, "early stopping", "an engine.EarlyStopping")
        if settings is not None and self._data is not None:
            check_monitor(settings.monitor, "early stopping", validation=self._validation is not None)
        self._early_stopping = settings
        self.go_on()

    def go_on(self) -> None:
        """Continue training after early stopping, monitoring the loss anew."""
        self._stopper, self.history.stopped = self._new_stopper(), None

    def _new_stopper(self) -> Stopper | None:
        return Stopper(self.early_stopping, self.network.state_vector) if self.early_stopping is not None else None

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics, once data are loaded.

        A new one is measured from the next epoch on, in the validation from this one on.
        """
        return self._names

    @metrics.setter
    def metrics(self, names: Sequence[str]) -> None:
        checked = checked_names(names)
        if self._data is not None:
            check_targets(checked, self._data[1])
        self._metrics = self._names = checked

    @property
    def target_scale(self) -> Array | None:
        """Size of 1 in each target's own units, (outputs,), where targets were scaled; None where they were not.

        Metrics of numbers are given in these units, the loss is not. A change applies from the next epoch on.
        """
        return self._target_scale

    @target_scale.setter
    def target_scale(self, scale: ArrayLike | None) -> None:
        factors = None if scale is None else np.array(scale, self.network.dtype)
        wanted = self.network.output_shape[:1]
        if factors is not None and not (factors.shape == wanted and (np.isfinite(factors) & (factors > 0)).all()):
            raise SpecError(
                f"target_scale takes {wanted[0]} positive numbers, one for each output, found {shown(scale)}"
            )
        self._target_scale = factors

    def _new_score(self, names: Sequence[str]) -> Score:
        """Empty sums of these metrics."""
        return Score(names, self.loss.threshold, self._target_scale)

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
    """Check for an integer of at least 1. Raises SpecError."""
    expect_count(size, "batch_size", least=1)
