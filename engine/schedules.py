"""Learning-rate schedules: the factor on the learning rate during training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from engine.declared import Declared, one_of
from engine.training.improvement import Monitor, Watch, check_monitor

SCHEDULES: dict[str, type[Schedule]] = {}
Unit = Literal["epoch", "step"]

_UNIT: Any = Field("epoch", title="Unit", description="Unit of the intervals: epochs or steps.")


class Schedule(Declared):
    """Base of all schedules.

    The learning rate of a step is the trainer's, times `factor`, times the warm-up's fraction. The warm-up raises the
    rate linearly over the first steps, from 1/warmup of it to all (Goyal et al. 2017, section 2.2).
    """

    formula: ClassVar[str] = ""

    type: str
    warmup: int = Field(
        0,
        ge=0,
        le=1_000_000,
        title="Warm-up",
        description="Steps over which the rate first rises linearly to its full value.",
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        SCHEDULES[cls.model_fields["type"].default] = cls

    def start(self) -> Course:
        """Start the schedule for a run."""
        return Course(self)

    def factor(self, time: int) -> float:
        """Factor on the learning rate after so many epochs or steps (see `unit`)."""
        return 1.0

    def check(self, *, validation: bool) -> None:
        """Check that the schedule can work on such a run. Raises SpecError."""


class Course:
    """Running schedule. Its state is JSON-compatible, so that a run can be saved."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._by_step = getattr(schedule, "unit", "epoch") == "step"

    def factor(self, steps: int, epochs: int) -> float:
        """Factor on the learning rate after `steps` finished steps, in this epoch from 0."""
        warmup = self._schedule.warmup
        rise = (steps + 1) / warmup if steps < warmup else 1.0
        return rise * self._schedule.factor(steps if self._by_step else epochs)

    def after_epoch(self, losses: Mapping[str, float]) -> None:
        """Record an epoch's "loss" and, where there is one, "val_loss"."""

    def state(self) -> dict[str, Any]:
        """State of the schedule, for `restore`."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore a state. Raises KeyError, TypeError or ValueError if it is malformed."""


class Constant(Schedule):
    """Constant learning rate, after a warm-up if there is one."""

    title: ClassVar[str] = "Constant"
    help: ClassVar[str] = "The learning rate stays the same."
    formula: ClassVar[str] = "η(t) = η"

    type: Literal["constant"] = "constant"


class Step(Schedule):
    """Step decay: multiply the rate by a factor at intervals, as PyTorch's StepLR."""

    title: ClassVar[str] = "Step"
    help: ClassVar[str] = "Cuts the learning rate every few epochs."
    formula: ClassVar[str] = "η(t) = η γ^⌊t / every⌋"

    type: Literal["step"] = "step"
    every: int = Field(10, ge=1, le=1_000_000_000, title="Every", description="Interval between two cuts.")
    gamma: float = Field(0.5, gt=0, le=1, title="Factor", description="The rate is multiplied by this at every cut.")
    unit: Unit = _UNIT

    def factor(self, time: int) -> float:
        return self.gamma ** (time // self.every)


class Exponential(Schedule):
    """Exponential decay: multiply the rate by a factor each time, as PyTorch's ExponentialLR."""

    title: ClassVar[str] = "Exponential"
    help: ClassVar[str] = "Multiplies the learning rate by the same factor each time."
    formula: ClassVar[str] = "η(t) = η γᵗ"

    type: Literal["exponential"] = "exponential"
    gamma: float = Field(0.95, gt=0, le=1, title="Factor", description="The rate is multiplied by this each time.")
    unit: Unit = _UNIT

    def factor(self, time: int) -> float:
        return self.gamma**time


class Cosine(Schedule):
    """Cosine decay to a final rate, where it stays (Loshchilov and Hutter 2017, equation 5)."""

    title: ClassVar[str] = "Cosine"
    help: ClassVar[str] = "The learning rate follows half a cosine wave down to its final value."
    formula: ClassVar[str] = "η(t) = η (e + (1 − e)(1 + cos(π t / total)) / 2)"

    type: Literal["cosine"] = "cosine"
    total: int = Field(
        100, ge=1, le=1_000_000_000, title="Length", description="Epochs or steps until the final rate is reached."
    )
    end: float = Field(
        0.0, ge=0, le=1, title="Final rate", description="Final rate, as a fraction of the learning rate."
    )
    unit: Unit = _UNIT

    def factor(self, time: int) -> float:
        return _anneal(1.0, self.end, min(time / self.total, 1.0))


class OneCycle(Schedule):
    """One cycle: up to the full rate and down again, both along half a cosine.

    Smith and Topin 2018, as PyTorch's OneCycleLR.
    """

    title: ClassVar[str] = "One cycle"
    help: ClassVar[str] = "The learning rate rises from a fraction to its full value, then falls to nearly 0."
    formula: ClassVar[str] = "η/25 ↗ η ↘ η/250000"

    type: Literal["one_cycle"] = "one_cycle"
    total: int = Field(1000, ge=2, le=1_000_000_000, title="Length", description="Epochs or steps of the whole cycle.")
    rising: float = Field(
        0.3, gt=0, lt=1, title="Rising fraction", description="Fraction of the cycle in which the rate rises."
    )
    start_share: float = Field(
        0.04, gt=0, le=1, title="Initial rate", description="Initial rate, as a fraction of the learning rate."
    )
    end_share: float = Field(
        4e-6, ge=0, le=1, title="Final rate", description="Final rate, as a fraction of the learning rate."
    )
    unit: Unit = Field("step", title="Unit", description="Unit of the intervals: epochs or steps.")

    def factor(self, time: int) -> float:
        last = self.total - 1
        peak = max(self.rising * self.total - 1, 0.0)
        if time < peak:
            return _anneal(self.start_share, 1.0, time / peak)
        return _anneal(1.0, self.end_share, min((time - peak) / (last - peak), 1.0) if last > peak else 1.0)


class Plateau(Schedule):
    """Reduction on plateau: multiply the rate when a loss stops falling.

    As PyTorch's ReduceLROnPlateau with threshold_mode "abs", whose `patience` is one less.
    """

    title: ClassVar[str] = "Reduce on plateau"
    help: ClassVar[str] = "Cuts the learning rate when the loss stops improving."
    formula: ClassVar[str] = "η ← γη after `patience` epochs without a new best"

    type: Literal["plateau"] = "plateau"
    patience: int = Field(10, ge=1, le=1_000_000, title="Patience", description="Epochs in a row without improvement.")
    gamma: float = Field(0.1, gt=0, lt=1, title="Factor", description="The rate is multiplied by this at every cut.")
    min_delta: float = Field(
        0.0, ge=0, title="Minimum improvement", description="How much lower a loss must be to count as an improvement."
    )
    minimum: float = Field(
        0.0, ge=0, le=1, title="Minimum rate", description="Lower bound of the rate, as a fraction of its full value."
    )
    monitor: Monitor = Field("val_loss", title="Monitor", description="Loss that is monitored.")

    def start(self) -> Course:
        return _PlateauCourse(self)

    def check(self, *, validation: bool) -> None:
        check_monitor(self.monitor, "the schedule", validation=validation)


class _PlateauCourse(Course):
    def __init__(self, schedule: Plateau) -> None:
        super().__init__(schedule)
        self._plateau = schedule
        self._watch = Watch()
        self._level = 1.0

    def factor(self, steps: int, epochs: int) -> float:
        return super().factor(steps, epochs) * self._level

    def after_epoch(self, losses: Mapping[str, float]) -> None:
        plateau, watch = self._plateau, self._watch
        watch.see(losses[plateau.monitor], plateau.min_delta)
        if watch.waited >= plateau.patience:
            watch.waited = 0
            self._level = max(self._level * plateau.gamma, plateau.minimum)

    def state(self) -> dict[str, Any]:
        return {"level": self._level, **asdict(self._watch)}

    def restore(self, state: Mapping[str, Any]) -> None:
        watch, level = Watch(float(state["best"]), int(state["waited"])), float(state["level"])
        if not 0 <= level <= 1:
            raise ValueError(f"the level of the schedule is {level}")
        self._watch, self._level = watch, level


def _anneal(start: float, end: float, share: float) -> float:
    """From start to end along half a cosine."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


if TYPE_CHECKING:
    AnySchedule = Schedule
else:
    AnySchedule = one_of(SCHEDULES)
