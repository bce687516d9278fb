"""Gradient check request: every gradient of the network against differences of the loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine import gradcheck
from engine.backends.base import NetworkLike
from engine.losses import Loss
from nnstudio.document.probe import Probe
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.split import Split

# Passes that the difference quotient of one number takes, at most.
_PASSES = 2 * gradcheck.ROUNDS + 1
# Multiply-adds of one check, a few seconds; and the numbers checked of one array, at most and at least.
_MOST_WORK = 4e9
_MOST, _FEWEST = 40, 4
# A pass through a small network takes as long as one of so many multiply-adds.
_OVERHEAD = 50_000


@dataclass(frozen=True)
class GradientErrors:
    """Answer to GradientCheck.

    Attributes:
        errors: largest difference of a parameter's gradients over its largest gradient, by full name and for "input".
        checked: count of numbers that were checked, by the same names. total: of all there are.
        kinks: count of those left out, since the loss has a kink in that place.
    """

    errors: Mapping[str, float]
    checked: Mapping[str, int]
    total: Mapping[str, int]
    kinks: Mapping[str, int]

    @property
    def worst(self) -> float:
        """Largest error."""
        return max(self.errors.values(), default=0.0)


@dataclass(frozen=True)
class GradientCheck(Request):
    """Request for a numeric check of all gradients at the probe, on a copy in double precision."""

    probe: Probe
    loss: Loss

    def answer(self, network: NetworkLike, split: Split) -> GradientErrors | Refusal:
        sample = split.sample(self.probe)
        if sample is None:
            return Refusal("The chosen sample is not in these data.")
        if sample.y is None:
            return Refusal("Values of your own have no target, so there are no gradients to check.")
        count = samples_per_array(network)
        if count < _FEWEST:
            return Refusal("This network is too large for a numeric check, which would take minutes.")
        report = gradcheck.check(network, sample.x, sample.y, self.loss, samples_per_array=count)
        total = {name: array.size for name, array in network.parameters.items()} | {"input": sample.x.size}
        checked = {name: min(count, total[name]) - report.kinks.get(name, 0) for name in report.errors}
        return GradientErrors(report.errors, checked, total, report.kinks)

    def cost(self, network: NetworkLike, split: Split) -> float:
        return _MOST_WORK


def samples_per_array(network: NetworkLike) -> int:
    """Count of numbers of each array that a check can afford."""
    per_number = _PASSES * (network.multiply_adds + _OVERHEAD)
    return min(_MOST, int(_MOST_WORK / per_number / (len(network.parameters) + 1)))
