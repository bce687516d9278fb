"""Messages between worker and window: requests one way, snapshots the other. All of them are immutable.

The window *pulls*: it asks for the next snapshot when it has drawn the last one, and says what its visible views need.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import Network
from engine.data import Data, Preparation
from engine.data.samples import single
from engine.training.checkpoint import TrainerState

Array = NDArray[Any]


class RunState(Enum):
    """What the trainer is doing."""

    EMPTY = "empty"  # there is nothing to train: the network or the data have a problem
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"  # training itself went wrong, for example diverged; weights are kept


@dataclass(frozen=True)
class GridPicture:
    """Answer to Grid: `values` is (K, resolution, resolution), rows from y0 up to y1, columns from x0 to x1."""

    values: Array
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True)
class WeightPicture:
    """Answer to Weights: copies of the parameters by short name, e.g. "weight" and "bias".

    `change` is how much the step made by hand just now has added to each of them; None if there was none.
    """

    block: str
    layer: str
    parameters: Mapping[str, Array]
    change: Mapping[str, Array] | None = None


@dataclass(frozen=True)
class Request(ABC):
    """Something a view needs of the network. It knows how to get it; the worker calls `answer` between two steps."""

    @abstractmethod
    def answer(self, network: Network, split: Split) -> Any:
        """What was asked for, as data of its own; None if this network, or its data, cannot give it."""

    def answer_after_step(self, network: Network, split: Split, before: Mapping[str, Array]) -> Any:
        """The answer right after a step made by hand; `before` are the parameters it started from, by full names."""
        return self.answer(network, split)


@dataclass(frozen=True)
class Grid(Request):
    """The network's outputs on a regular grid over the plane of its two inputs.

    `bounds` is (x0, y0, x1, y1) in the units of the data's source, `resolution` the number of grid points along each
    side.
    """

    bounds: tuple[float, float, float, float]
    resolution: int = 100

    def answer(self, network: Network, split: Split) -> GridPicture | None:
        if network.input_shape != (2,) or len(network.output_shape) != 1:
            return None
        values = network.predict(split.scale(_grid_points(self.bounds, self.resolution)))
        return GridPicture(values.T.reshape(-1, self.resolution, self.resolution), self.bounds)


@dataclass(frozen=True)
class Weights(Request):
    """The parameters of one block."""

    block: str

    def answer(self, network: Network, split: Split) -> WeightPicture | None:
        if self.block not in network.layers:
            return None
        copies = {name: array.copy() for name, array in network.parameters_of(self.block).items()}
        return WeightPicture(self.block, network.layers[self.block].type_name(), copies)

    def answer_after_step(self, network: Network, split: Split, before: Mapping[str, Array]) -> WeightPicture | None:
        picture = self.answer(network, split)
        if picture is None:
            return None
        change = {name: array - before[f"{self.block}.{name}"] for name, array in picture.parameters.items()}
        return replace(picture, change=change)


@lru_cache(maxsize=4)
def _grid_points(bounds: tuple[float, float, float, float], resolution: int) -> Array:
    """The points of a grid, (resolution**2, 2) float64, row by row from the bottom."""
    x0, y0, x1, y1 = bounds
    x, y = np.meshgrid(np.linspace(x0, x1, resolution), np.linspace(y0, y1, resolution))
    return np.stack([x.ravel(), y.ravel()], axis=1)


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
class Split:
    """The data the network is trained on and, if any, the part kept for validation; both as the network takes them.

    `preparation` is what was fixed for them when training began, `notes` what there is to tell of it, in sentences.
    """

    train: Data
    validation: Data | None
    preparation: Preparation | None = None
    notes: tuple[str, ...] = ()

    def scale(self, x: Array) -> Array:
        """Samples (N, *input_shape) in the units of their source -> as the network takes them, float32."""
        return single(x) if self.preparation is None else self.preparation.scale(x)


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


@dataclass(frozen=True)
class StepReport:
    """Tells what a step made by hand has used.

    Attributes:
        step: its number, from 1. place: where it ended, in epochs.
        samples: numbers of the samples in its batch, counted within the training part.
        loss: mean loss of the batch, before the step changed the weights.
        learning_rate: that of this step.
    """

    step: int
    place: float
    samples: tuple[int, ...]
    loss: float
    learning_rate: float


@dataclass(frozen=True)
class Snapshot:
    """All the window shows of training, at one moment between two steps.

    Attributes:
        generation: goes up whenever the data or the network were made anew; what was drawn before is then stale.
        epoch: finished epochs; step: finished steps in all.
        rate: steps per second over the last moments, 0 when not running.
        loss: mean training loss of the newest point, None before the first one of this network.
        curves: "loss", "val_loss" and, per metric, e.g. "accuracy", "val_accuracy".
        stale: names of the curves whose newest value is of another network, the one before an edit.
        answers: by request, for what the window asked; a request that cannot be answered is left out.
        data: what is loaded, None while loading or if it cannot be.
        learning_rate: that of the next step, as the schedule has it.
        metrics: names of what is measured beside the loss, the one that suits the data ("accuracy", "mae") first.
        message: a sentence for the user: why the state is EMPTY or FAILED, or why training FINISHED early; else "".
        note: what there is to know of a run that was taken up or changed, once; "" for nothing.
        diverged: training failed because numbers grew beyond all bounds.
        renewed: blocks that an edit gave new weights, while others keep what they learnt; until training goes on.
        step_report: the last step, if it was made by hand; None once training runs on or the network changes.
        portion: for how many epochs a run is gone on with when all are done.
        slowed: play waits between steps, so that it can be watched.
        marks: what was changed while it was trained, in the order of their places on the curves.
        restructured: the step after which blocks or wires were changed last in this run; None if they never were.
    """

    generation: int
    state: RunState
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    rate: float = 0.0
    learning_rate: float = 0.0
    loss: float | None = None
    curves: Mapping[str, Curve] = field(default_factory=dict)
    stale: frozenset[str] = frozenset()
    answers: Mapping[Request, Any] = field(default_factory=dict)
    data: Split | None = None
    metrics: tuple[str, ...] = ()
    message: str = ""
    note: str = ""
    diverged: bool = False
    renewed: frozenset[str] = frozenset()
    step_report: StepReport | None = None
    portion: int = 0
    slowed: bool = False
    marks: tuple[Mark, ...] = ()
    restructured: int | None = None
