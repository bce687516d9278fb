"""Protocols of a back end: networks and trainers as the studio uses them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import ArrayLike

from engine.backends.computing import MixedPrecision
from engine.graph import Graph
from engine.layers.base import Layer
from engine.losses import Loss
from engine.optimizers import Optimizer
from engine.regularisation import Clipping, Penalty
from engine.schedules import Schedule
from engine.source import Source
from engine.trace import Trace
from engine.training.checkpoint import TrainerState
from engine.training.class_weights import ClassWeight
from engine.training.early_stopping import EarlyStopping
from engine.training.history import History
from engine.training.preview import NextStep
from engine.transfer import Transfer
from engine.types import Array, Shape

Batch = tuple[ArrayLike | Source, ArrayLike]


class NetworkLike(Protocol):
    """Network of any back end; its members are explained in `engine.Network`.

    Arrays that go in and out are NumPy's, with the batch axis first. `arrays` and `parameters` may be views or copies,
    so that `take_parameters` is the way to change them.
    """

    @property
    def structure(self) -> Graph: ...
    @property
    def layers(self) -> Mapping[str, Layer]: ...
    @property
    def input_shape(self) -> Shape: ...
    @property
    def output_shape(self) -> Shape: ...
    @property
    def shapes(self) -> Mapping[str, Shape]: ...
    @property
    def multiply_adds(self) -> int: ...
    @property
    def parameter_count(self) -> int: ...
    @property
    def parameters(self) -> Mapping[str, Array]: ...
    @property
    def arrays(self) -> Mapping[str, Array]: ...
    @property
    def state_vector(self) -> Array: ...
    @property
    def frozen(self) -> frozenset[str]: ...
    def parameters_of(self, name: str, /) -> Mapping[str, Array]: ...
    def take_parameters(self, source: Mapping[str, Array], /) -> Transfer: ...
    def take_vector(self, vector: Array, /) -> None: ...
    def freeze(self, *names: str) -> None: ...
    def unfreeze(self, *names: str) -> None: ...
    def predict(self, x: ArrayLike, /) -> Array: ...
    def activations(self, x: ArrayLike, /, *names: str) -> dict[str, Array]: ...
    def trace(self, x: ArrayLike, /, y: ArrayLike | None = None, loss: str | Loss | None = None) -> Trace: ...
    def sensitivities(self, x: ArrayLike, /, output_gradient: ArrayLike, of: str | None = None) -> Trace: ...
    def release(self) -> None: ...
    def summary(self) -> str: ...
    def save(self, path: str | Path, /, metadata: Mapping[str, str] | None = None) -> None: ...


class TrainerLike(Protocol):
    """Trainer of any back end; its members are explained in `engine.Trainer`."""

    # May be changed between two steps.
    optimizer: Optimizer
    learning_rate: float
    batch_size: int
    shuffle: bool
    schedule: Schedule | None
    clipping: Clipping | None
    penalty: Penalty | None
    class_weight: ClassWeight | None
    early_stopping: EarlyStopping | None

    @property
    def metrics(self) -> tuple[str, ...]: ...
    @metrics.setter
    def metrics(self, names: Sequence[str], /) -> None: ...
    @property
    def target_scale(self) -> Array | None: ...
    @target_scale.setter
    def target_scale(self, scale: ArrayLike | None, /) -> None: ...
    @property
    def history(self) -> History: ...
    @property
    def epoch(self) -> int: ...
    @property
    def steps(self) -> int: ...
    @property
    def steps_per_epoch(self) -> int: ...
    @property
    def progress(self) -> float: ...
    @property
    def current_rate(self) -> float: ...
    @property
    def last_batch(self) -> Array: ...
    @property
    def next_batch(self) -> Array: ...
    def preview(self, *names: str) -> NextStep: ...
    def load(
        self, x: ArrayLike | Source, y: ArrayLike, /, validation: Batch | None = None, *, anew: bool = False
    ) -> None: ...
    def step(self) -> float: ...
    def go_on(self) -> None: ...
    def evaluate(self, x: ArrayLike | Source, y: ArrayLike, /) -> dict[str, float]: ...
    def state(self) -> TrainerState: ...
    def restore(self, state: TrainerState, /) -> None: ...


class MakeNetwork(Protocol):
    """Function that makes an initialised network. Raises ShapeError or SpecError."""

    def __call__(self, graph: Graph, input_shape: Sequence[int], seed: int | None = None) -> NetworkLike: ...


class MakeTrainer(Protocol):
    """Function that makes a trainer for a network of the same back end.

    Arguments as those of `engine.Trainer`. Raises SpecError.
    """

    def __call__(
        self,
        network: NetworkLike,
        *,
        loss: Loss,
        optimizer: Optimizer,
        batch_size: int,
        shuffle: bool,
        seed: int | None,
        metrics: Sequence[str] | None = None,
        schedule: Schedule | None = None,
        clipping: Clipping | None = None,
        penalty: Penalty | None = None,
        class_weight: ClassWeight | None = None,
        early_stopping: EarlyStopping | None = None,
        start: tuple[int, int] = (0, 0),
        pause: Callable[[], None] | None = None,
    ) -> TrainerLike: ...


@dataclass(frozen=True)
class Backend:
    """Machinery that computes networks, and the promises it makes.

    Attributes:
        name: in the registry.
        devices: names of the available devices, the usual one first.
        bitwise: the same seed gives the same bits, on any number of threads.
        memory_limit: returns the bytes that a network may take.
        network, trainer: functions that make them.
        choose: function of a device (None: the usual one), mixed precision and compiling that gives the back end for
            them, and raises SpecError for what is not there; None where there is nothing to choose.
        trainer_type: class of its trainers, where they are made like an `engine.Trainer`.
    """

    name: str
    devices: tuple[str, ...]
    bitwise: bool
    memory_limit: Callable[[], int]
    network: MakeNetwork
    trainer: MakeTrainer
    choose: Callable[[str | None, MixedPrecision, bool], Backend] | None = None
    trainer_type: type[Any] | None = None
