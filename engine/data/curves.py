"""Synthetic regression on one input: a sine and steps."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.data.samples import Array, Data, Signature
from engine.data.synthetic import Computed


class _Curve(Computed):
    """Values of a function of one input in [-1, 1], with noise."""

    samples: int = Field(200, ge=2, le=100_000, title="Samples", description="Number of points on the curve.")
    noise: float = Field(
        0.05,
        ge=0,
        le=2,
        title="Noise",
        description="Standard deviation of the values about the curve.",
        json_schema_extra={"step": 0.02},
    )

    def signature(self) -> Signature:
        return Signature((1,), "regression", (), 1, self.samples, 1.0, (-1.0, 1.0))

    def load(self) -> Data:
        rng = np.random.default_rng(self.seed)
        x = rng.uniform(-1, 1, self.samples)
        y = self.value(x) + rng.normal(0, 1, self.samples) * self.noise
        return Data(x[:, None].astype(np.float32), y[:, None].astype(np.float32), "regression", (), ("x",))

    def value(self, x: Array) -> Array:
        """Value without noise, (N,), from -1 to 1."""
        raise NotImplementedError(f"{type(self).__name__} has no value")


class SineCurve(_Curve):
    """Regression on y = sin(pi periods x)."""

    title: ClassVar[str] = "Sine curve"
    help: ClassVar[str] = "Regression on one input: a wave, which units bend to fit piece by piece."
    icon: ClassVar[str] = "wave"

    type: Literal["SineCurve"] = "SineCurve"
    periods: float = Field(
        1.5,
        ge=0.5,
        le=8,
        title="Periods",
        description="Number of full waves between -1 and 1.",
        json_schema_extra={"step": 0.5},
    )

    def value(self, x: Array) -> Array:
        return np.sin(math.pi * self.periods * x)


class StepCurve(_Curve):
    """Regression on stairs from -1 to 1, with jumps that no smooth function has."""

    title: ClassVar[str] = "Steps"
    help: ClassVar[str] = "Regression on one input: flat pieces with jumps, which take steep units."
    icon: ClassVar[str] = "stairs"

    type: Literal["StepCurve"] = "StepCurve"
    steps: int = Field(4, ge=2, le=12, title="Steps", description="Number of flat pieces.")

    def value(self, x: Array) -> Array:
        step = np.minimum(np.floor((x + 1) / 2 * self.steps), self.steps - 1)
        return step * 2 / (self.steps - 1) - 1
