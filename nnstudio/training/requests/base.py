"""Base of requests: the data a view needs from the network, and their computation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from nnstudio.training.split import Split

Array = NDArray[Any]


@dataclass(frozen=True)
class Refusal:
    """Stands in the place of an answer that cannot be had.

    Attributes:
        sentence: the reason, as the view shows it; "" where this network, or its data, simply has none.
    """

    sentence: str = ""


@dataclass(frozen=True)
class Request(ABC):
    """Something a view needs of the network. It knows how to compute it; the worker calls it between two steps.

    Class attributes:
        share: largest share of the time that its answers may take while training runs.
        min_interval: seconds between two answers while training runs, at least.
    """

    share: ClassVar[float] = 0.25
    min_interval: ClassVar[float] = 0.0

    @abstractmethod
    def answer(self, network: NetworkLike, split: Split) -> Any:
        """The answer, as data of its own; None if this network, or its data, cannot give it."""

    def answer_after_step(self, network: NetworkLike, split: Split, before: Mapping[str, Array]) -> Any:
        """The answer right after a step made by hand; `before` are the parameters it started from, by full names."""
        return self.answer(network, split)

    def cost(self, network: NetworkLike, split: Split) -> float:
        """Multiply-adds of an answer, roughly. The order of the first answers follows from it; then they are timed."""
        return float(network.multiply_adds)
