"""Evaluate a network on samples in inference mode, by loss and metrics."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from engine.checks import expect_finite
from engine.errors import DataError, ShapeError
from engine.graph import INPUT
from engine.losses import Loss
from engine.network import Network
from engine.source import ArraySource, Source
from engine.training.history import Score
from engine.types import Array

# Function of a source, indices (n,) and their targets (n, *output_shape), that gives the mean loss, and outputs and
# targets with the batch axis last.
Measure = Callable[[Source, Array, Array], tuple[float, Array, Array]]

# Multiply-adds of one part of the work, between two looks at what the caller wants: some 10 ms.
PART = 400_000_000


def evaluate(
    network: Network,
    loss: Loss,
    x: Source,
    y: Array,
    score: Score,
    pause: Callable[[], None] | None = None,
    measure: Measure | None = None,
) -> dict[str, float]:
    """Mean loss and metrics over samples and targets from `checked_source`, added to an empty `score`.

    Returns {"loss": ..., name: ...}. `pause` is called between the parts of longer work; `measure`
    computes them, if it is not the network itself.
    """
    measure = measure or _measuring(network, loss)
    # Small parts, so that a pause takes effect soon.
    chunk = max(1, min(network.chunk, 256, PART // max(network.multiply_adds, 1)))
    for start in range(0, len(x), chunk):
        part = np.arange(start, min(start + chunk, len(x)))
        score.add(*measure(x, part, y[start : start + chunk]))
        if pause is not None:
            pause()
    return score.result()


def _measuring(network: Network, loss: Loss) -> Measure:
    def measure(x: Source, part: Array, targets: Array) -> tuple[float, Array, Array]:
        plan = network.plan(len(part), loss=loss)
        x.take(part, plan.input_rows)
        np.copyto(plan.target_rows, targets)
        return plan.run_loss(), plan.output, plan.target

    return measure


def checked(network: Network, loss: Loss, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Samples, (N, *input_shape), and encoded targets. Raises DataError, ShapeError."""
    rows = np.ascontiguousarray(network.rows(x))
    targets = _targets(network, loss, y, len(rows))
    expect_finite(rows, "samples")
    return rows, targets


def checked_source(network: Network, loss: Loss, x: ArrayLike | Source, y: ArrayLike) -> tuple[Source, Array]:
    """Source of samples, and targets as the loss needs them. Raises DataError, ShapeError."""
    if not isinstance(x, Source):
        rows, targets = checked(network, loss, x, y)
        return ArraySource(rows), targets
    if x.sample_shape != network.input_shape:
        raise ShapeError(
            f"the network takes samples of shape {network.input_shape}, but found a source of {x.sample_shape}",
            where=INPUT,
        )
    return x, _targets(network, loss, y, len(x))


def _targets(network: Network, loss: Loss, y: ArrayLike, samples: int) -> Array:
    """Targets (N, *output_shape) of so many samples. Raises DataError, ShapeError."""
    with np.errstate(over="ignore"):  # what is too large becomes infinite
        targets = loss.encode(y, network.output_shape).astype(network.dtype, copy=False)
    if samples != len(targets):
        raise DataError(f"found {samples} samples but {len(targets)} targets; there must be one for each")
    # What is too large for the network's numbers became infinite just now.
    expect_finite(targets, "targets")
    return np.ascontiguousarray(targets)
