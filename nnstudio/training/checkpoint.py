"""Checkpoint of a run: parameters, trainer state, curves and marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data import Preparation
from engine.training.checkpoint import TrainerState

Array = NDArray[Any]


@dataclass(frozen=True)
class Averaging:
    """How a curve goes on whose points stand for several values each.

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
    """A curve over training: `x` in epochs (fractions while an epoch runs), `y` the values; both (n,) float64."""

    x: Array = field(default_factory=lambda: np.empty(0))
    y: Array = field(default_factory=lambda: np.empty(0))
    averaging: Averaging = Averaging()


@dataclass(frozen=True)
class Mark:
    """Something that was changed while it was trained: where, in epochs, and what, in words."""

    x: float
    text: str


@dataclass(frozen=True)
class Checkpoint:
    """All that training has made: what is saved, and what comes back when a reset is undone.

    `weights` are copies of the network's parameters by their full names, and of those of disabled blocks; empty before
    anything was learnt, which may be in an earlier run. With the trainer's `state`, but for the weights, training goes
    on as if it had never stopped. `renewed` tells which weights started anew while others were trained already, and at
    which step. `measured` holds, by the name of a curve, the key of what its newest value was measured on
    (`keys.measure_key`). `preparation` is what was fixed of the data when training began; None where that is still to
    be done, or an older version did not keep it.
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
