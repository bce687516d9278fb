"""Weights request: the parameters of one block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from nnstudio.training.checkpoint import Initial
from nnstudio.training.requests.base import Request
from nnstudio.training.split import Split

Array = NDArray[Any]


@dataclass(frozen=True)
class WeightPicture:
    """Answer to Weights: copies of the parameters by short name, e.g. "weight" and "bias".

    `change` is what a manual step has just added to each of them; None if there was none. `drift` is what has been
    added since their `initial` values. Both are None if that was not asked for; if it is not known, `initial` is empty.
    """

    block: str
    layer: str
    parameters: Mapping[str, Array]
    change: Mapping[str, Array] | None = None
    drift: Mapping[str, Array] | None = None
    initial: Mapping[str, Initial] | None = None


@dataclass(frozen=True)
class Weights(Request):
    """Request for the parameters of one block, and for their change since the start of the run if `since_start`."""

    block: str
    since_start: bool = False

    def answer(self, network: NetworkLike, split: Split) -> WeightPicture | None:
        if self.block not in network.layers:
            return None
        copies = {name: array.copy() for name, array in network.parameters_of(self.block).items()}
        return WeightPicture(self.block, network.layers[self.block].type_name(), copies)

    def answer_after_step(
        self, network: NetworkLike, split: Split, before: Mapping[str, Array]
    ) -> WeightPicture | None:
        picture = self.answer(network, split)
        if picture is None:
            return None
        change = {name: array - before[f"{self.block}.{name}"] for name, array in picture.parameters.items()}
        return replace(picture, change=change)

    def compare(self, answer: WeightPicture, initial: Mapping[str, Initial]) -> WeightPicture:
        if not self.since_start:
            return answer
        first = {name: initial.get(f"{self.block}.{name}") for name in answer.parameters}
        known = {name: each for name, each in first.items() if each is not None}
        if len(known) < len(first):
            return replace(answer, initial={})
        drift = {name: array - known[name].values for name, array in answer.parameters.items()}
        return replace(answer, drift=drift, initial=known)

    def cost(self, network: NetworkLike, split: Split) -> float:
        # No more than a copy.
        return float(sum(array.size for array in network.parameters_of(self.block).values()))
