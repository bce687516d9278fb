"""Checks backward against forward: analytic gradients against central differences, in double precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from engine import losses
from engine.graph import INPUT
from engine.layers.base import Array
from engine.losses import Loss
from engine.network import Network


@dataclass(frozen=True)
class Report:
    """Relative errors by parameter name, and for "input": |analytic - numeric| / max(|analytic|, |numeric|, floor)."""

    errors: dict[str, float]

    @property
    def worst(self) -> float:
        """The largest relative error."""
        return max(self.errors.values(), default=0.0)


def check(
    network: Network,
    x: ArrayLike,
    y: ArrayLike,
    loss: str | Loss = "mse",
    *,
    step: float = 1e-5,
    samples_per_array: int = 40,
    seed: int = 0,
) -> Report:
    """Compares dL/dparameter and dL/dinput with (L(w + h) - L(w - h)) / 2h.

    Works on a float64 copy; the network itself is not changed. Of large arrays, a random choice of elements is
    checked. The error of an array is the largest difference over its elements, relative to its largest gradient.
    """
    twin = network.copy(np.float64)
    chosen = losses.get(loss)
    samples = np.array(x, np.float64)
    targets = chosen.encode(y, twin.output_shape)
    _, gradients = twin.gradients(samples, targets, chosen, input_gradient=True)
    rng = np.random.default_rng(seed)
    plan = twin.plan(len(samples), loss=chosen)

    def value() -> float:
        np.copyto(plan.input_rows, samples)
        np.copyto(plan.target_rows, targets)  # type: ignore[arg-type]
        return plan.run_loss()

    errors = {}
    arrays: dict[str, Array] = {**twin.parameters, INPUT: samples}
    for name, array in arrays.items():
        flat, analytic = array.reshape(-1), gradients[name].reshape(-1)
        picked = rng.permutation(flat.size)[:samples_per_array]
        numeric = np.empty(len(picked))
        for position, index in enumerate(picked):
            kept = flat[index]
            flat[index] = kept + step
            above = value()
            flat[index] = kept - step
            below = value()
            flat[index] = kept
            numeric[position] = (above - below) / (2 * step)
        # Differences near the rounding of the loss itself say nothing; the floor keeps them from counting.
        scale = max(np.abs(analytic).max(initial=0), np.abs(numeric).max(initial=0), 1e-6)
        errors[name] = float(np.abs(analytic[picked] - numeric).max(initial=0) / scale)
    return Report(errors)
