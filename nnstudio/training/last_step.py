"""Record of the last step of a run, by hand or watched."""

from __future__ import annotations

from collections.abc import Mapping

from engine.backends.base import NetworkLike
from nnstudio.training.messages import StepReport
from nnstudio.training.split import Array

# The changes of a step are shown for networks with at most so many parameters, since it takes a copy of all of them.
MOST_COMPARED = 1 << 25


class LastStep:
    """Last step of a run.

    Attributes:
        report: report on it, if it was manual. before: the parameters by full names as they were before it; empty if it
            was not manual, or if they are too many.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Discard the record."""
        self.report: StepReport | None = None
        self.before: Mapping[str, Array] = {}
        self._watched: tuple[int, Mapping[str, Array]] = -1, {}

    def by_hand(self, report: StepReport, before: Mapping[str, Array]) -> None:
        """Record a manual step."""
        self.report, self.before = report, before

    def watch(self, step: int, before: Mapping[str, Array]) -> None:
        """Record the parameters before the step of this number, which was watched while training ran."""
        self._watched = step, before

    def watched(self, step: int) -> Mapping[str, Array]:
        """Parameters before the step of this number, if that was watched; else empty."""
        number, before = self._watched
        return before if number == step else {}


def parameter_copies(network: NetworkLike) -> Mapping[str, Array]:
    """Copies of the parameters by full names; none if they are too many."""
    if network.parameter_count > MOST_COMPARED:
        return {}
    return {name: array.copy() for name, array in network.parameters.items()}
