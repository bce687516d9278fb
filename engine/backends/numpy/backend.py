"""NumPy back end: `engine.Network` and `engine.Trainer`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine import memory_budget
from engine.backends.base import Backend, NetworkLike, TrainerLike
from engine.checks import shown
from engine.errors import SpecError
from engine.graph import Graph
from engine.losses import Loss
from engine.network import Network
from engine.optimizers import Optimizer
from engine.regularisation import Clipping, Penalty
from engine.schedules import Schedule
from engine.training.class_weights import ClassWeight
from engine.training.early_stopping import EarlyStopping
from engine.training.trainer import Trainer


def _network(graph: Graph, input_shape: Sequence[int], seed: int | None = None) -> NetworkLike:
    return Network.graph(graph, input_shape=input_shape, seed=seed)


def _trainer(
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
) -> TrainerLike:
    if not isinstance(network, Network):
        raise SpecError(f"this back end trains an engine.Network, found {shown(network)}")
    return Trainer(
        network,
        loss,
        optimizer,
        batch_size,
        shuffle,
        seed,
        metrics=metrics,
        schedule=schedule,
        clipping=clipping,
        penalty=penalty,
        class_weight=class_weight,
        early_stopping=early_stopping,
        start=start,
        pause=pause,
    )


BACKEND = Backend(
    name="numpy",
    devices=("cpu",),
    bitwise=True,
    memory_limit=memory_budget.memory_limit,
    network=_network,
    trainer=_trainer,
)
