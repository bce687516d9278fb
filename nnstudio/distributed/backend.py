"""PyTorch back end whose trainers share each batch within a group."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine import backends
from engine.backends.base import Backend, NetworkLike, TrainerLike
from engine.backends.computing import MixedPrecision
from engine.backends.torch import backend as alone
from nnstudio.distributed.group import Group
from nnstudio.distributed.trainer import DistributedTrainer


def _trainer(network: NetworkLike, **settings: Any) -> TrainerLike:
    return DistributedTrainer(network, **settings)  # type: ignore[arg-type]


def choose(device: str | None, mixed_precision: MixedPrecision = "none", compiled: bool = False) -> Backend:
    """Back end on a device. Raises SpecError with the reason if that is not there."""
    made = alone.choose(device, mixed_precision, compiled)
    return replace(made, trainer=_trainer, choose=choose, trainer_type=DistributedTrainer)


def use(group: Group) -> None:
    """Let the back end "torch" of this process train with the others of a group."""
    DistributedTrainer.group = group
    backends.BACKENDS["torch"] = __name__


BACKEND = choose(None)
