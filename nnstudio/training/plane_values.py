"""Values over a plane: classes, one output, the margin, or one unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nnstudio.document.probe import UnitRef

Array = NDArray[Any]

# Outputs beyond this are as good as infinite; differences of larger ones would overflow.
_FAR = 1e30


@dataclass(frozen=True)
class OutputRef:
    """Reference to one of the network's outputs, counted from 0."""

    index: int


# Content of a plane: the class by its colour, how far it leads the second, one output, or one unit of a block.
Aspect = Literal["classes", "margin"] | OutputRef | UnitRef


def classify(outputs: Array, threshold: float) -> tuple[Array, Array]:
    """Class and confidence, 0 to 1, of outputs (K, ...).

    Several outputs: the class with the largest, and its margin over the second. One output: the side of the threshold
    on which it lies, and its distance, in halves of the distance between the two targets. With probabilities both are
    the margin of the likelier class over the other.
    """
    if not (np.abs(outputs) < _FAR).all():
        outputs = np.clip(np.nan_to_num(outputs, nan=threshold), -_FAR, _FAR)
    if len(outputs) == 1:
        distance = outputs[0] - threshold
        return (distance > 0).astype(np.intp), np.minimum(np.abs(distance) / (1 - threshold), 1.0)
    # One class after the other: for a whole plane, that is quicker than to sort at every point.
    winner = np.zeros(outputs.shape[1:], np.intp)
    first, second = outputs[0], np.full(outputs.shape[1:], -_FAR)
    for label, output in enumerate(outputs[1:], start=1):
        ahead = output > first
        second = np.where(ahead, first, np.maximum(second, output))
        first = np.maximum(first, output)
        winner[ahead] = label
    return winner, np.clip(first - second, 0.0, 1.0)


def heights(outputs: Array, unit: Array | None, aspect: Aspect, threshold: float) -> Array:
    """The number that an aspect shows at every point, from outputs (K, ...) and the unit's values (...).

    That of classes is what decides: the one output, or the margin of the largest over the second.
    """
    if isinstance(aspect, UnitRef):
        return np.full(outputs.shape[1:], np.nan) if unit is None else unit
    if isinstance(aspect, OutputRef):
        one: Array = outputs[min(aspect.index, len(outputs) - 1)]
        return one
    decisive: Array = outputs[0] if len(outputs) == 1 else classify(outputs, threshold)[1]
    return decisive


def middle(outputs: int, aspect: Aspect, threshold: float) -> float:
    """Value that a contour should pass through: that at which one output changes its class, else 0."""
    return threshold if outputs == 1 and aspect in ("classes", OutputRef(0)) else 0.0
