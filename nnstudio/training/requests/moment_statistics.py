"""Moment statistics requests: the reference batch measured with the parameters of kept moments.

What was measured while a run was trained is known from then on. For the rest, and for the moment on display, the same
measurement is made afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.backends.base import NetworkLike
from engine.losses import Loss
from nnstudio.training.moments import Moment, MomentLog, showing, split_vector
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.batch_statistics import BatchPicture, BatchStatistics
from nnstudio.training.split import Split

# Seconds for the moments of one answer.
_SECONDS = 0.012


@dataclass(frozen=True)
class MomentStatistics(Request):
    """Request for the statistics of kept moments, as many of them as fit into a short time; by their steps.

    The answer has None for a moment that is no longer kept, or whose parameters are not finite.

    Attributes:
        steps: those of the moments, the most wanted first.
    """

    share: ClassVar[float] = 0.08
    uses_moments: ClassVar[bool] = True
    of_run: ClassVar[bool] = True

    loss: Loss
    steps: tuple[int, ...] = ()

    def answer(self, network: NetworkLike, split: Split) -> Mapping[int, BatchPicture | None]:
        return self.answer_with_moments(network, split, MomentLog())

    def answer_with_moments(
        self, network: NetworkLike, split: Split, log: MomentLog
    ) -> Mapping[int, BatchPicture | None]:
        end = time.perf_counter() + _SECONDS
        places = {moment.step: place for place, moment in enumerate(log.moments)}
        found: dict[int, BatchPicture | None] = {}
        for step in self.steps:
            if found and time.perf_counter() >= end:
                break
            place = places.get(step)
            found[step] = None
            if place is not None and np.isfinite(log.moments[place].vector).all():
                with showing(network, log.moments[place].vector):
                    found[step] = _measured(self.loss, network, split, log.moments, place)
        return found

    def series(self) -> Hashable:
        return type(self), self.loss

    def cost(self, network: NetworkLike, split: Split) -> float:
        return BatchStatistics(self.loss).cost(network, split)


@dataclass(frozen=True)
class StatisticsThen(Request):
    """Request for the statistics of the network as the window shows it, which may be that of an earlier moment."""

    share: ClassVar[float] = 0.1
    uses_moments: ClassVar[bool] = True

    loss: Loss

    def answer(self, network: NetworkLike, split: Split) -> BatchPicture:
        return BatchStatistics(self.loss).answer(network, split)

    def answer_with_moments(self, network: NetworkLike, split: Split, log: MomentLog) -> BatchPicture:
        vector = network.state_vector
        for place, moment in enumerate(log.moments):
            # Most moments differ in their first number already.
            if np.array_equal(moment.vector[:1], vector[:1]) and np.array_equal(moment.vector, vector):
                return _measured(self.loss, network, split, log.moments, place)
        return self.answer(network, split)

    def cost(self, network: NetworkLike, split: Split) -> float:
        return BatchStatistics(self.loss).cost(network, split)


def _measured(loss: Loss, network: NetworkLike, split: Split, moments: Sequence[Moment], place: int) -> BatchPicture:
    """Statistics of a network that has the parameters of a moment.

    What the last step changed is known where the step before was kept too.
    """
    request, moment = BatchStatistics(loss), moments[place]
    before = moments[place - 1] if place else None
    if before is None or before.step != moment.step - 1:
        return request.answer(network, split)
    return request.answer_after_step(network, split, split_vector(network, before.vector))
