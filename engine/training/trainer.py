"""Trainer: mini-batches, epochs, validation and history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any, NoReturn, Self

import numpy as np

from engine import backends, losses
from engine.backends.computing import MixedPrecision
from engine.backends.numpy import threads
from engine.backends.numpy.gradient_factors import squares
from engine.backends.numpy.operations import quietly
from engine.backends.numpy.plan import Plan
from engine.checks import expect_count, expect_kind, shown
from engine.errors import DataError, DivergedError, EngineError, SpecError
from engine.losses import Loss
from engine.metrics import checked_names
from engine.network import Network
from engine.optimizers import SGD, Optimizer
from engine.output_check import misfit
from engine.regularisation import Clipping, Penalty
from engine.schedules import Schedule
from engine.seeds import resolve_seed
from engine.training.batch_order import Walk
from engine.training.class_weights import ClassWeight, check_class_weight
from engine.training.divergence import Guard, find_origin
from engine.training.early_stopping import EarlyStopping
from engine.training.epochs import Epochs
from engine.training.history import History
from engine.training.preview import NextStep, preview
from engine.training.trainer_settings import OPTIMIZER, check_batch_size
from engine.training.update import Update
from engine.types import Array

# From so many numbers on, BLAS shares even simple operations out to threads.
_LARGE = 10_000


class Trainer(Epochs):
    """Trainer of a network by mini-batches.

    Args:
        network: trained in place.
        loss: a name such as "mse", or a loss.
        optimizer: SGD with its defaults if None.
        batch_size: samples per step, may be changed between two steps; the last batch of an epoch may be smaller. Where
            a layer mixes samples, as BatchNorm does, they are spread evenly instead: 33 by 32 are 17 and 16.
        shuffle: a new order of the samples in every epoch; a change applies from the next epoch on.
        seed: determines orders and Dropout's choices; None draws a fresh one, to be read from `seed`.
        metrics: names from engine.metrics.METRICS, or "top_5"; None chooses by the targets.
        schedule: learning-rate schedule; None for a constant rate.
        clipping, penalty: see engine.regularisation; both may be changed between two steps.
        class_weight: weights of samples by class, such as {0: 1, 1: 5}, or "balanced". A batch's loss is then the
            weighted mean, sum w l / sum w, and an epoch's too; validation and metrics count all samples alike.
        early_stopping: ends `fit` before its last epoch; a loop that calls `step` itself checks `history.stopped`.
        start: epochs and steps that the network was trained before, from which schedule and messages go on counting.
        pause: called between the parts of longer work, so that a caller can serve other things or raise.
        backend: name of the back end that computes, "numpy" or "torch"; `Trainer` then makes one of its own class.
        device: "cpu", "cuda" or "mps"; None for the network's, or the back end's usual one.
        mixed_precision: "none", "bfloat16" or "float16".
        compiled: with PyTorch, the network goes through torch.compile.

    Attributes:
        epoch: finished epochs. steps: finished steps. history: see History.

    Raises SpecError for malformed settings.
    """

    def __new__(cls, *args: Any, backend: str = backends.DEFAULT, **settings: Any) -> Self:
        made: type[Self] = cls if backend == backends.DEFAULT else backends.trainer_type(backend)
        return object.__new__(made)

    def __init__(
        self,
        network: Network,
        loss: str | Loss = "mse",
        optimizer: Optimizer | None = None,
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        *,
        metrics: Sequence[str] | None = None,
        schedule: Schedule | None = None,
        clipping: Clipping | None = None,
        penalty: Penalty | None = None,
        class_weight: ClassWeight | None = None,
        early_stopping: EarlyStopping | None = None,
        start: tuple[int, int] = (0, 0),
        pause: Callable[[], None] | None = None,
        backend: str = backends.DEFAULT,
        device: str | None = None,
        mixed_precision: MixedPrecision = "none",
        compiled: bool = False,
    ) -> None:
        check_batch_size(batch_size)
        expect_kind(network, Network, "the network", "an engine.Network")
        expect_kind(optimizer, Optimizer | None, "the optimiser", OPTIMIZER)
        expect_kind(shuffle, bool | np.bool, "shuffle", "True or False")
        expect_kind(early_stopping, EarlyStopping | None, "early stopping", "an engine.EarlyStopping")
        if not isinstance(start, tuple) or len(start) != 2:
            raise SpecError(f"start must be a pair, (epochs, steps), found {shown(start)}")
        for count in start:
            expect_count(count, "start: each of epochs and steps")
        if pause is not None and not callable(pause):
            raise SpecError(f"pause must be a function without arguments, found {shown(pause)}")
        check_class_weight(class_weight)
        self.network = network
        self.loss = losses.get(loss)
        self._batch_size = batch_size
        self.seed = resolve_seed(seed)
        self.epoch, self.steps = start
        self.history = History()
        self._metrics, self._pause = None if metrics is None else checked_names(metrics), pause
        self._begin(device, mixed_precision, compiled)
        self._last_batch: Array = np.empty(0, np.intp)
        self._guard = Guard(network.state_vector)
        self._update = self._make_update(optimizer or SGD(), schedule, clipping, penalty, start)
        self._early_stopping = early_stopping
        self._stopper = self._new_stopper()
        self._walk = Walk(self.seed, shuffle, even=network.mixes_samples)
        network.rng.bit_generator.state = np.random.default_rng([self.seed, 2]).bit_generator.state
        self._class_weight = class_weight
        self._own_weights = None
        self._weights = None
        self._data = None
        self._validation = None
        self._names = ()
        self._target_scale = None
        self._score = self._new_score(())
        self._plan = None
        # The number of steps at which a saved run was taken up; unless one was made since, `load` goes on with it.
        self._resumed: int | None = None

    def _begin(self, device: str | None, mixed_precision: MixedPrecision, compiled: bool) -> None:
        """Prepares what computes; the network is there. Raises SpecError."""
        backends.get(backends.DEFAULT, device, mixed_precision=mixed_precision, compiled=compiled)
        network = self.network
        self._large = network.parameter_count >= _LARGE
        self._state = network.state_vector[network.parameter_count :]
        # What layers remember changes in the forward pass, before it is known whether the step was good.
        self._kept_state = self._state.copy() if self._state.size else None
        self._quietly = quietly()

    def _make_update(
        self,
        optimizer: Optimizer,
        schedule: Schedule | None,
        clipping: Clipping | None,
        penalty: Penalty | None,
        start: tuple[int, int],
    ) -> Update:
        return Update(self.network, optimizer, schedule, clipping, penalty, start)

    def preview(self, *names: str) -> NextStep:
        """Preview of the next `step`: gradients and optimiser's state for the parameters of these layers.

        Nothing is changed: the step then is the same, bit for bit. It takes about as long as the step. Frozen layers
        are left out. Raises DataError if no data were loaded, and as `step` does where the outputs lie outside the
        loss's domain.
        """
        if self._data is None:
            raise DataError("there are no data to train on; call load(x, y) first")
        self.network.check_names(names)
        batch = self.next_batch
        return preview(self.network, self._update, batch, lambda: self._gradients(batch), names)

    def _train(self, chosen: Array) -> float:
        plan = self._plan_for(len(chosen))
        loss: float
        self._fill(plan, chosen)
        if self._kept_state is not None:
            np.copyto(self._kept_state, self._state)
        if plan.divided:
            with threads.own():
                loss = self._quietly(self._move, plan)
        elif self._large:
            with threads.one_blas():
                loss = self._quietly(self._move, plan)
        else:
            loss = self._quietly(self._move, plan)
        self._score.add(loss, plan.output, plan.target, None if plan.weights is None else float(plan.weights.sum()))
        return loss

    def _gradients(self, batch: Array) -> float:
        """Write the gradients of a batch in training mode to the network's. Returns its loss."""
        plan = self._make_plan(len(batch), factored=False)
        self._fill(plan, batch)
        return plan.run_gradients()

    def _fill(self, plan: Plan, chosen: Array) -> None:
        """Writes a batch, with the weights of its samples, to a plan."""
        assert self._data is not None
        x, y = self._data
        x.take(chosen, plan.input_rows)
        y.take(chosen, 0, plan.target_rows, "clip")
        if plan.weights is not None and self._weights is not None:
            self._weights.take(chosen, 0, plan.weights, "clip")

    def _move(self, plan: Plan) -> float:
        """Forward, backward and update on the batch that the plan holds. Returns its loss."""
        try:
            loss = plan.step()
        except EngineError:
            # A loss that cannot judge the outputs says so after the forward pass.
            self._forget_batch()
            raise
        # One sum sees NaN and infinity wherever they are, before they get into the parameters.
        if not (isfinite(self._squares()) and loss < self._guard.limit):
            self._look_closer(plan, loss)
        self._update.step()
        return loss

    def _plan_for(self, samples: int) -> Plan:
        """The plan for a batch; the last one is at hand, since nearly all batches are of the same size."""
        plan, network, update = self._plan, self.network, self._update
        if update.frozen is not network.frozen:
            update.compose()
        wanted = samples, network.frozen, update.takes_factors
        if plan is None or wanted != (plan.samples, plan.frozen, plan.factored):
            network.check_batch(samples)
            plan = self._plan = self._make_plan(samples, factored=update.takes_factors)
            update.take(plan.factors)
            self._squares = squares(network.gradient_vector, plan.factors)
        return plan

    def _make_plan(self, samples: int, *, factored: bool) -> Plan:
        return self.network.plan(
            samples,
            training=True,
            loss=self.loss,
            gradients=True,
            weighted=self._weights is not None,
            frozen=self.network.frozen,
            factored=factored,
        )

    def _look_closer(self, plan: Plan, loss: float) -> None:
        """Raises DivergedError if this loss, or its gradients, are those of training that went off."""
        for each in plan.factors:
            each.write()
        gradients = self.network.gradient_vector
        if self._guard.allows(loss, plan.samples, self._kept_state) and isfinite(gradients.dot(gradients)):
            return
        self._forget_batch()
        self._diverge(plan.input_rows, loss)

    def _diverge(self, rows: Array, loss: float) -> NoReturn:
        """Raises DivergedError for a loss, or its gradients, of samples (N, *input_shape); restores good weights."""
        good = self._guard.good(loss)
        origin = find_origin(self.network, rows, loss, good)
        kept = ""
        if good is not None:
            np.copyto(self.network.state_vector, good)
            self._update.forget()
            # What is left of the epoch is judged without the losses of the explosion.
            self._score = self._new_score(self._names)
            kept = " The weights from before were taken back."
        raise DivergedError(
            f"{misfit(self.loss, self.network.structure)}{origin.what} in epoch {self.epoch + 1}, "
            f"step {self.steps + 1}. Use a smaller learning rate, scale the data to about -1 to 1, clip the gradients, "
            f"or start anew with smaller weights.{kept}",
            where=origin.where,
        )

    def _forget_batch(self) -> None:
        """Takes back what layers remember of the batch under way."""
        if self._kept_state is not None:
            np.copyto(self._state, self._kept_state)
