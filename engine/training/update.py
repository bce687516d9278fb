"""Parameter update after the backward pass.

Learning rate, clipping, penalties, and the optimiser's step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from engine.backends.numpy.gradient_factors import Factors
from engine.backends.numpy.operations import InTurn, Operation
from engine.checks import expect_kind, shown
from engine.errors import SpecError
from engine.network import Network
from engine.optimizers import Optimizer, Run
from engine.regularisation import Clipping, Penalty
from engine.schedules import Schedule
from engine.training.checkpoint import TrainerState, described
from engine.types import Array

# Learning rates beyond find no place among numbers of 32 bits.
FASTEST = 1e38
_SCHEDULES = "one of engine.schedules, such as Cosine(total=20)"


class Update:
    """Parameter update, composed so that disabled parts cost nothing.

    Attributes:
        step: the function that updates the parameters from `network.gradient_vector`.
        optimizer, schedule: those in use.
        epoch: finished epochs, for the schedule; `start` adds those before, and the steps.
        frozen: the layers that `step` leaves unchanged.
        takes_factors: gradients may stay factored, since a step only adds a multiple of them.
    """

    def __init__(
        self,
        network: Network,
        optimizer: Optimizer,
        schedule: Schedule | None,
        clipping: Clipping | None,
        penalty: Penalty | None,
        start: tuple[int, int] = (0, 0),
    ) -> None:
        expect_kind(schedule, Schedule | None, "the schedule", _SCHEDULES)
        self._network, self.schedule, self.optimizer = network, schedule, optimizer
        self._run, self._move = self._start(optimizer)
        self._rate = self._run.learning_rate
        self._course = schedule.start() if schedule is not None else None
        self.epoch, self._earlier = start
        self.set_constraints(clipping, penalty)

    def _start(self, optimizer: Optimizer) -> tuple[Run, Operation]:
        """Run of an optimiser on the network's parameters, and its step function."""
        return optimizer.start(self._network.parameter_vector, self._network.gradient_vector)

    def _bind(self, optimizer: Optimizer) -> Operation:
        """Step function of an optimiser on the run."""
        return optimizer.bind(self._run)

    def _clip(self, clipping: Clipping) -> Operation:
        return clipping.bind(self._network.gradient_vector)

    def _pull(self, penalty: Penalty) -> Operation:
        return penalty.bind(self._network)

    def _holding(self, move: Operation) -> Operation:
        """An optimiser's step that leaves frozen layers as they are, whatever momentum or decay would do to them."""
        network = self._network
        kept = [
            (network.parameter_vector[place], np.empty(place.stop - place.start, network.dtype))
            for name in network.frozen
            for place in network.places.get(name, {}).values()
        ]

        def step() -> None:
            for values, copy in kept:
                np.copyto(copy, values)
            move()
            for values, copy in kept:
                np.copyto(values, copy)

        return step

    def _read(self, slot: Any) -> Array:
        """Copy of a part of the optimiser's state, (P,)."""
        copy: Array = slot.copy()
        return copy

    def _write(self, slot: Any, values: Array) -> None:
        slot[...] = values

    @property
    def learning_rate(self) -> float:
        """Learning rate before the schedule."""
        return self._rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        if not isinstance(value, int | float | np.number) or not 0 < value < FASTEST:
            raise SpecError(f"the learning rate must be above zero, and below {FASTEST:.0e}, found {shown(value)}")
        self._rate = self._run.learning_rate = value

    @property
    def current_rate(self) -> float:
        """Learning rate of the next step."""
        if self._course is None:
            return self._rate
        return self._rate * self._course.factor(self._earlier + self._run.steps, self.epoch)

    @property
    def count(self) -> int:
        """Number of the optimiser's next step, from 1."""
        return self._run.steps + 1

    @property
    def memory(self) -> dict[str, Array]:
        """Copies of the optimiser's state by the names of its mathematics, (P,) each."""
        return {name: self._read(slot) for name, slot in self.optimizer.memory(self._run).items()}

    def take(self, factors: Sequence[Factors]) -> None:
        """Prepare for the gradients of another plan, of which these stay factored."""
        if self._run.factors is not factors and (self._run.factors or factors):
            self._run.factors = factors
            self._move = self._bind(self.optimizer)
            self.compose()

    def set_optimizer(self, optimizer: Optimizer) -> None:
        """Set optimiser and learning rate; the state is kept if the kind is the same."""
        run = self._run
        if optimizer.continues(self.optimizer):
            optimizer.adopt(run, self.optimizer)
        else:
            self.forget()
            run.slots.clear()
        if not optimizer.descends:
            run.factors = ()
        self.optimizer, self._move = optimizer, self._bind(optimizer)
        self.learning_rate = optimizer.learning_rate
        self.compose()

    def set_schedule(self, schedule: Schedule | None) -> None:
        """Set the schedule, which counts from the first step and knows no losses yet."""
        expect_kind(schedule, Schedule | None, "the schedule", _SCHEDULES)
        self.schedule = schedule
        self._course = schedule.start() if schedule is not None else None
        self._run.learning_rate = self._rate
        self.compose()

    def set_constraints(self, clipping: Clipping | None, penalty: Penalty | None) -> None:
        """Set clipping and penalty. Raises SpecError for other types."""
        expect_kind(clipping, Clipping | None, "clipping", "an engine.Clipping, such as Clipping(norm=1)")
        expect_kind(penalty, Penalty | None, "the penalty", "an engine.Penalty, such as Penalty(l2=0.01)")
        self.clipping, self.penalty = clipping, penalty
        self.compose()

    def compose(self) -> None:
        """Recompose the step after clipping, penalty or frozen layers have changed."""
        self.frozen = self._network.frozen
        self.takes_factors = self.optimizer.descends and not (self.clipping or self.penalty or self.frozen)
        parts: list[Operation] = []
        if self._course is not None:
            parts.append(self._follow_schedule)
        if self.clipping is not None:
            parts.append(self._clip(self.clipping))
        if self.penalty is not None:
            parts.append(self._pull(self.penalty))
        parts.append(self._holding(self._move) if self.frozen else self._move)
        self.step = parts[0] if len(parts) == 1 else InTurn(parts)

    def _follow_schedule(self) -> None:
        self._run.learning_rate = self.current_rate

    def after_epoch(self, losses: Mapping[str, float]) -> None:
        """Record an epoch's "loss" and, where there is one, "val_loss"."""
        self.epoch += 1
        if self._course is not None:
            self._course.after_epoch(losses)

    def forget(self) -> None:
        """Reset the optimiser's state; the schedule goes on."""
        self._earlier += self._run.steps
        self._run.steps = 0
        for slot in self._run.slots.values():
            slot[...] = 0

    def state(self) -> TrainerState:
        """State that determines the next steps. Copies."""
        info = {
            "learning_rate": self._rate,
            "clipping": described(self.clipping),
            "penalty": described(self.penalty),
            "schedule": self._course.state() if self._course is not None else {},
            "optimizer_steps": self._run.steps,
            "frozen": sorted(self._network.frozen),
        }
        return TrainerState(info, {f"optimizer.{name}": self._read(slot) for name, slot in self._run.slots.items()})

    def prepare(self, state: TrainerState, epoch: int, steps_in_all: int) -> Callable[[], None]:
        """Make the function that takes over a state.

        Raises EngineError, KeyError, TypeError or ValueError if it does not fit.
        """
        info, run, network = state.info, self._run, self._network
        like = network.parameter_vector
        slots = {name: state.vector(f"optimizer.{name}", like) for name in run.slots}
        clipping = Clipping(**info["clipping"]) if info["clipping"] is not None else None
        penalty = Penalty(**info["penalty"]) if info["penalty"] is not None else None
        course = self.schedule.start() if self.schedule is not None else None
        if course is not None:
            course.restore(info["schedule"])
        steps, rate, frozen = int(info["optimizer_steps"]), float(info["learning_rate"]), list(info["frozen"])
        if not 0 < rate < math.inf or not set(frozen) <= set(network.layers):
            raise ValueError(f"learning rate {rate}, frozen layers {frozen}")
        if epoch < 0 or not 0 <= steps <= steps_in_all:
            raise ValueError(f"{epoch} epochs, {steps} steps of the optimiser, {steps_in_all} in all")

        def take_over() -> None:
            self.learning_rate, self._course = rate, course
            self.epoch, self._earlier, run.steps = epoch, steps_in_all - steps, steps
            for name, array in slots.items():
                self._write(run.slots[name], array)
            network.unfreeze()
            network.freeze(*frozen)
            self.set_constraints(clipping, penalty)

        return take_over
