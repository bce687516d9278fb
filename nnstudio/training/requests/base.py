"""Requests: what a view needs of the network, each with the way to compute it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from engine import Network
from nnstudio.training.split import Split

Array = NDArray[Any]


@dataclass(frozen=True)
class Request(ABC):
    """Something a view needs of the network. It knows how to get it; the worker calls `answer` between two steps."""

    @abstractmethod
    def answer(self, network: Network, split: Split) -> Any:
        """What was asked for, as data of its own; None if this network, or its data, cannot give it."""

    def answer_after_step(self, network: Network, split: Split, before: Mapping[str, Array]) -> Any:
        """The answer right after a step made by hand; `before` are the parameters it started from, by full names."""
        return self.answer(network, split)
