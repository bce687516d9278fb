"""Quantities of the gradient flow: one number for each layer with weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from nnstudio.training.requests.batch_statistics import BatchPicture


@dataclass(frozen=True)
class Quantity:
    """Quantity of a layer, drawn on a log scale.

    Attributes:
        title: its name in the list. axis: title of the value axis. help: what it tells, in a sentence.
        of: its value for a block of a measurement; None where there is none.
        healthy: the band in which it should lie; None where that depends on the network.
    """

    title: str
    axis: str
    help: str
    of: Callable[[BatchPicture, str], float | None]
    healthy: tuple[float, float] | None = None


def _reaching(picture: BatchPicture, block: str) -> float | None:
    return picture.blocks[block].gradients.norm if block in picture.blocks else None


def _weight_gradient(picture: BatchPicture, block: str) -> float | None:
    return _rms([(each.gradients.norm, each.gradients.size) for each in picture.weights_of(block)])


def _weight_size(picture: BatchPicture, block: str) -> float | None:
    return _rms([(each.values.norm, each.values.size) for each in picture.weights_of(block)])


def _rms(arrays: list[tuple[float, int]]) -> float | None:
    """Root mean square of several arrays, by their norms and sizes."""
    size = sum(size for _, size in arrays)
    return math.hypot(*(norm for norm, _ in arrays)) / math.sqrt(size) if size else None


# A ratio of about 1e-3 is right (Karpathy, Stanford CS231n, Neural networks part 3, "Ratio of weights:updates"); an
# order more or less is common in networks that learn well, such as the bundled examples.
QUANTITIES = (
    Quantity(
        "Update ratio",
        "update / weights",
        "How much each step changes the weights, relative to their size.",
        BatchPicture.update_ratio,
        (1e-4, 1e-2),
    ),
    Quantity(
        "Gradient of the output",
        "norm of the gradient",
        "How much of the gradient reaches each layer, as a norm over the reference batch.",
        _reaching,
    ),
    Quantity(
        "Gradient of the weights",
        "rms of the gradient",
        "Size of the gradient of each layer's weights, as a root mean square.",
        _weight_gradient,
    ),
    Quantity("Weights", "rms of the weights", "Size of each layer's weights, as a root mean square.", _weight_size),
)
