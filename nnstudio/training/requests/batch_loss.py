"""Batch loss request: the loss over the reference batch, as the network is now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.backends.base import NetworkLike
from engine.losses import Loss
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.batch_statistics import reference_batch
from nnstudio.training.split import Split


@dataclass(frozen=True)
class LossPicture:
    """Answer to BatchLoss: the mean loss over `samples` of the `total` training samples."""

    loss: float
    samples: int
    total: int


@dataclass(frozen=True)
class BatchLoss(Request):
    """Request for the loss over the reference batch: up to 256 evenly chosen training samples, always the same.

    Unlike the loss of the run, which is measured while it trains, it tells of the network as it is, also after a number
    was set by hand.
    """

    share: ClassVar[float] = 0.02
    min_interval: ClassVar[float] = 0.25

    loss: Loss

    def answer(self, network: NetworkLike, split: Split) -> LossPicture:
        total = len(split.train)
        chosen = reference_batch(total, network.multiply_adds)
        trace = network.trace(split.train.x[chosen], split.train.y[chosen], self.loss)
        assert trace.loss is not None
        return LossPicture(trace.loss, len(chosen), total)

    def cost(self, network: NetworkLike, split: Split) -> float:
        return 3.0 * len(reference_batch(len(split.train), network.multiply_adds)) * network.multiply_adds
