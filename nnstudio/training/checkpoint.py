"""Checkpoint of a run: parameters, trainer state, curves and marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data import Preparation
from engine.training.checkpoint import TrainerState
from nnstudio.training.moments import MomentLog

Array = NDArray[Any]

# Where a run's own part stands in the state of its trainer.
OWN_PART = "run"


@dataclass(frozen=True)
class Averaging:
    """Averaging state of a curve whose points stand for several values each.

    Attributes:
        stride: how many values become one point.
        waiting: how many there are towards the next point; total: their sum.
        last: the newest of them; None while it is the last point.
    """

    stride: int = 1
    waiting: int = 0
    total: float = 0.0
    last: float | None = None


@dataclass(frozen=True)
class Curve:
    """Curve over training, (n,) float64 each. `x` is in epochs (fractions while an epoch runs), `y` are the values."""

    x: Array = field(default_factory=lambda: np.empty(0))
    y: Array = field(default_factory=lambda: np.empty(0))
    averaging: Averaging = Averaging()

    def value_at(self, place: float) -> float | None:
        """The newest value at a place in epochs; None before its first."""
        index = int(np.searchsorted(self.x, place + 1e-9, side="right")) - 1
        return float(self.y[index]) if index >= 0 else None


@dataclass(frozen=True)
class Mark:
    """Change of settings during training: its place in epochs, and its text."""

    x: float
    text: str


@dataclass(frozen=True, eq=False)
class Initial:
    """Initial values of a parameter: those with which its training began.

    Attributes:
        values: read-only, shared by all checkpoints of a run.
        step: the step of the run at which it had them.
        restored: they were trained before, in a saved project or on other data, and what came first is not known.
    """

    values: Array
    step: int = 0
    restored: bool = False


@dataclass(frozen=True)
class RunOrigin:
    """Origin of a run.

    Attributes:
        id: "run-3" for the third run of a project; "" where none has begun.
        begun: when it began, in seconds since 1970; 0 where that is not known.
        parent: the run from which it went on; "" for none. step: from which of its steps.
    """

    id: str = ""
    begun: float = 0.0
    parent: str = ""
    step: int = 0


@dataclass(frozen=True)
class Checkpoint:
    """Checkpoint of a run, as saved in projects and restored when a reset is undone.

    `weights` are copies of the network's parameters by their full names, and of those of disabled blocks; empty before
    training, which may be in an earlier run. With the trainer's `state`, which lacks the weights, training continues as
    if it had never stopped. `renewed` gives the weights that were initialised again while others were trained already,
    with the step. `measured` holds, by the name of a curve, the key of the network and data of its newest value
    (`measure_key`). `preparation` is the preprocessing fixed when training began; None before that, or if an older
    version did not keep it. `initial` is what the parameters began with, by full names; projects do not save it.
    `moments` are those of its network that were kept on the way. `run` tells of which run it is, `seconds` how long
    that was trained.
    """

    weights: Mapping[str, Array] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)
    epoch: int = 0
    step: int = 0
    state: TrainerState | None = None
    renewed: Mapping[str, int] = field(default_factory=dict)
    preparation: Preparation | None = None
    measured: Mapping[str, object] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    initial: Mapping[str, Initial] = field(default_factory=dict)
    moments: MomentLog = field(default_factory=MomentLog)
    run: RunOrigin = field(default_factory=RunOrigin)
    seconds: float = 0.0


def target_of(state: TrainerState | None) -> int:
    """Epoch at which the run of this state was to end; 0 where that is unknown."""
    own = state.info.get(OWN_PART) if state is not None else None
    target = own.get("target") if isinstance(own, Mapping) else None
    return target if isinstance(target, int) else 0
