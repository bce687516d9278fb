"""Base of requests: the data a view needs from the network, and their computation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray

from engine.backends.base import NetworkLike, TrainerLike
from nnstudio.training.checkpoint import Initial
from nnstudio.training.moments import MomentLog
from nnstudio.training.split import Split

Array = NDArray[Any]


@dataclass(frozen=True)
class Refusal:
    """Substitute for an answer that does not exist.

    Attributes:
        sentence: the reason, as the view shows it; "" where this network, or its data, simply has none.
    """

    sentence: str = ""


@dataclass(frozen=True)
class Request(ABC):
    """Data that a view needs from the network, with their computation.

    The worker calls it between two steps.

    Class attributes:
        share: largest fraction of the time that its answers may take while training runs.
        min_interval: least time between two answers while training runs, in seconds.
        watches_step: it needs the parameters before the last step also while training runs; see `answer_after_step`.
        looks_ahead: it needs the trainer, to tell what the next step will do; see `answer_before_step`.
        uses_moments: it needs the earlier moments of the run; see `answer_with_moments`.
        of_run: its answer is the same whatever moment the window looks at: it is of the whole run, or of parameters
            that it brings along.
    """

    share: ClassVar[float] = 0.25
    min_interval: ClassVar[float] = 0.0
    watches_step: ClassVar[bool] = False
    looks_ahead: ClassVar[bool] = False
    uses_moments: ClassVar[bool] = False
    of_run: ClassVar[bool] = False

    @abstractmethod
    def answer(self, network: NetworkLike, split: Split) -> Any:
        """Compute the answer, as data of its own. None if this network, or its data, has no answer."""

    def answer_after_step(self, network: NetworkLike, split: Split, before: Mapping[str, Array]) -> Any:
        """Compute the answer right after a step that was made by hand or watched.

        `before` are the parameters before the step, by full names.
        """
        return self.answer(network, split)

    def answer_before_step(self, network: NetworkLike, split: Split, trainer: TrainerLike) -> Any:
        """Compute the answer of a request that looks ahead. It changes nothing, not even a random state."""
        return self.answer(network, split)

    def answer_with_moments(self, network: NetworkLike, split: Split, log: MomentLog) -> Any:
        """Compute the answer of a request that uses the moments of the run, which were kept of this network."""
        return self.answer(network, split)

    def compare(self, answer: Any, initial: Mapping[str, Initial]) -> Any:
        """Complete an answer with what the parameters began with, by full names; empty if that is not known."""
        return answer

    def cost(self, network: NetworkLike, split: Split) -> float:
        """Estimated multiply-adds of an answer. It decides the order of the first answers; then they are timed."""
        return float(network.multiply_adds)

    def series(self) -> Hashable:
        """Key that the requests of one longer computation share, so that all of them keep to one share of the time."""
        return self
