"""Gradient check: compare backward with differences of the loss, in double precision.

The differences are extrapolated to a step of zero (Ridders 1982, "Accurate computation of F'(x) and F'(x) F''(x)"):
central differences at shrinking steps, with the error of each order taken off by the next. It comes with an estimate
of its own error, so that the step follows from the function and not from a guess.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from engine import losses
from engine.checks import expect_count, expect_kind
from engine.graph import INPUT
from engine.losses import Loss
from engine.network import Network
from engine.seeds import resolve_seed
from engine.types import Array

FIRST_STEP = 1e-3  # relative to the number that is moved, where that is above 1
SHRINK = 4.0
ROUNDS = 6
ENOUGH = 1e-10  # no more rounds once the estimated error is this small a share of the scale
NEEDED = 1e-7  # what differences must settle, as a share of the scale, to judge a gradient by them
FLOOR = 1e-6  # gradients below this share of the loss drown in its rounding


@dataclass(frozen=True)
class Report:
    """Result of a gradient check.

    Attributes:
        errors: relative errors by parameter name, and for "input": the largest |analytic - numeric| of an array over
            its largest gradient.
        kinks: by the same names, how many of the chosen elements were left out because differences converge to no
            derivative: the loss has a kink in that very place, such as a ReLU at exactly zero.
    """

    errors: dict[str, float]
    kinks: dict[str, int] = field(default_factory=dict)

    @property
    def worst(self) -> float:
        """Largest relative error."""
        return max(self.errors.values(), default=0.0)


def check(
    network: object,
    x: ArrayLike,
    y: ArrayLike,
    loss: str | Loss = "mse",
    *,
    training: bool = False,
    samples_per_array: int = 40,
    seed: int = 0,
) -> Report:
    """Compare dL/dparameter and dL/dinput with differences of the loss.

    `x` is (N, *input_shape). Works on a float64 copy; the network itself is not changed. Of large arrays, a random
    choice of elements is checked. With `training`, layers behave as in training, with the same draws in every
    evaluation. Raises SpecError for networks of other back ends.
    """
    expect_kind(network, Network, "the network", "an engine.Network")
    assert isinstance(network, Network)
    expect_count(samples_per_array, "samples_per_array", least=1)
    twin = network.copy(np.float64)
    chosen = losses.get(loss)
    samples = twin.rows(x).copy()
    targets = chosen.encode(y, twin.output_shape)
    draws = twin.rng.bit_generator.state
    size, gradients = twin.gradients(samples, targets, chosen, training=training, input_gradient=True)
    plan = twin.plan(len(samples), loss=chosen, training=training)

    def value() -> float:
        twin.rng.bit_generator.state = draws
        np.copyto(plan.input_rows, samples)
        np.copyto(plan.target_rows, targets)
        return plan.run_loss()

    rng = np.random.default_rng(resolve_seed(seed))
    floor = FLOOR * max(1.0, abs(size))
    errors, kinks = {}, {}
    arrays: dict[str, Array] = {**twin.parameters, INPUT: samples}
    for name, array in arrays.items():
        flat, analytic = array.reshape(-1), gradients[name].reshape(-1)
        picked = rng.permutation(flat.size)[:samples_per_array]
        scale = max(float(np.abs(analytic).max(initial=0)), floor)
        numeric = np.array([_slope(value, flat, index, scale) for index in picked])
        smooth = ~np.isnan(numeric)
        kinks[name] = int(np.count_nonzero(~smooth))
        scale = max(scale, float(np.abs(numeric[smooth]).max(initial=0)))
        errors[name] = float(np.abs(analytic[picked][smooth] - numeric[smooth]).max(initial=0)) / scale
    return Report(errors, kinks)


def _slope(value: Callable[[], float], flat: Array, index: int, scale: float) -> float:
    """The derivative of `value` with respect to `flat[index]`; NaN at a kink. `flat` is left as it was.

    `scale` says how large derivatives of this array are, and so which errors matter. The analytic gradient has no part
    in the judgement.
    """
    kept = float(flat[index])
    here = value()
    rounding = np.finfo(np.float64).eps * max(1.0, abs(here))
    step = FIRST_STEP * max(1.0, abs(kept))
    best, best_error = np.nan, np.inf
    older_row: list[float] = []
    older_bend = jump = 0.0
    for _ in range(ROUNDS):
        flat[index] = kept + step
        above = value()
        flat[index] = kept - step
        below = value()
        # The derivatives of the two sides differ by a jump, present at every step, and by a bend that shrinks with it.
        bend = (above - 2 * here + below) / step
        jump = abs(SHRINK * bend - older_bend) / (SHRINK - 1)
        older_bend = bend
        row = [(above - below) / (2 * step)]
        for order, older in enumerate(older_row):
            factor = SHRINK ** (2 * order + 2)
            row.append((factor * row[-1] - older) / (factor - 1))
            # Small steps drown in rounding, and must not win by two estimates that agree by chance.
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - older)) + rounding / step
            if error < best_error:
                best, best_error = row[-1], error
        jumps = jump > max(NEEDED * scale, 100 * rounding / step)
        if best_error < max(ENOUGH * scale, 2 * rounding / step) and not jumps:
            break
        older_row = row
        step /= SHRINK
    flat[index] = kept
    # What drowns in rounding even at the first step is as good as it gets, and far below the floor of the scale.
    settled = best_error <= max(NEEDED * scale, 4 * rounding / FIRST_STEP)
    return best if settled and not jumps else np.nan
