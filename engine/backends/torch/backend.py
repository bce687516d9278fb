"""PyTorch back end, on any of its devices."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine import memory_budget
from engine.backends.base import Backend, NetworkLike, TrainerLike
from engine.backends.computing import MixedPrecision
from engine.backends.torch.devices import available, find, free_memory
from engine.backends.torch.network import TorchNetwork
from engine.backends.torch.trainer import TorchTrainer
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
    return TorchTrainer(
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


def choose(device: str | None, mixed_precision: MixedPrecision = "none", compiled: bool = False) -> Backend:
    """Back end on a device. Raises SpecError with the reason if that is not there."""
    found = find(device)

    def network(graph: Graph, input_shape: Sequence[int], seed: int | None = None) -> NetworkLike:
        made = TorchNetwork.graph(graph, input_shape=input_shape, seed=seed)
        assert isinstance(made, TorchNetwork)
        return made.to(str(found), mixed_precision=mixed_precision, compiled=compiled)

    def memory_limit() -> int:
        free = free_memory(found)
        return memory_budget.memory_limit() if free is None else free

    return Backend(
        name="torch",
        devices=available(),
        bitwise=found.type == "cpu",
        memory_limit=memory_limit,
        network=network,
        trainer=_trainer,
        choose=choose,
        trainer_type=TorchTrainer,
    )


BACKEND = choose(None)
