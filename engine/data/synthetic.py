"""Synthetic data from a formula and a seed, for classification and regression.

Samples are points in the plane; targets are classes or heights.
"""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.data.base import Dataset
from engine.data.samples import Array, Data, Signature

_AXES = ("x₁", "x₂")


class Computed(Dataset):
    """Base of samples that a formula and a seed make."""

    seeded: ClassVar[bool] = True

    samples: int = Field(200, ge=2, le=100_000, title="Samples", description="Number of points.")
    noise: float = Field(
        0.1,
        ge=0,
        le=2,
        title="Noise",
        description="Standard deviation of the points about their place.",
        json_schema_extra={"step": 0.02},
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Another seed gives other points.",
        json_schema_extra={"kind": "seed"},
    )


class PlanePoints(Computed):
    """Base of points in the plane with a class each."""

    def class_count(self) -> int:
        """Number of classes."""
        return 2

    def signature(self) -> Signature:
        names = tuple(str(number) for number in range(self.class_count()))
        return Signature((2,), "classification", names, 0, self.samples)

    def load(self) -> Data:
        rng = np.random.default_rng(self.seed)
        labels = np.arange(self.samples) % self.class_count()
        x = self.place(labels, rng) + rng.normal(0, 1, (self.samples, 2)) * self.noise
        names = self.signature().classes
        return Data(x.astype(np.float32), labels.astype(np.int64), "classification", names, _AXES)

    def place(self, labels: Array, rng: np.random.Generator) -> Array:
        """Points without noise, (N, 2), for their labels (N,)."""
        raise NotImplementedError(f"{type(self).__name__} places no points")


class XOR(PlanePoints):
    """XOR: the corners of the unit square; opposite corners share a class."""

    title: ClassVar[str] = "XOR"
    help: ClassVar[str] = "Opposite corners share a class, so no straight line can separate the classes."
    icon: ClassVar[str] = "xor"

    type: Literal["XOR"] = "XOR"
    samples: int = Field(
        4, ge=4, le=100_000, title="Samples", description="Number of points, divided evenly among the corners."
    )
    noise: float = Field(
        0.0,
        ge=0,
        le=2,
        title="Noise",
        description="Standard deviation of the points about their corner.",
        json_schema_extra={"step": 0.02},
    )

    @property
    def complete(self) -> bool:
        return self.samples == 4

    def load(self) -> Data:
        rng = np.random.default_rng(self.seed)
        number = np.arange(self.samples) % 4
        corners = np.stack([number // 2, number % 2], axis=1)
        x = corners + rng.normal(0, 1, (self.samples, 2)) * self.noise
        labels = corners[:, 0] ^ corners[:, 1]
        return Data(x.astype(np.float32), labels.astype(np.int64), "classification", ("0", "1"), _AXES)


class Circles(PlanePoints):
    """Two classes: a disc and a ring around it."""

    title: ClassVar[str] = "Circles"
    help: ClassVar[str] = "One class in the middle, the other in a ring around it."
    icon: ClassVar[str] = "circles"

    type: Literal["Circles"] = "Circles"
    noise: float = Field(
        0.06,
        ge=0,
        le=2,
        title="Noise",
        description="Standard deviation of the points about their ring.",
        json_schema_extra={"step": 0.02},
    )

    def place(self, labels: Array, rng: np.random.Generator) -> Array:
        angle = rng.uniform(0, 2 * math.pi, len(labels))
        radius = np.where(labels == 0, 0.4, 0.9)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


class Gaussians(PlanePoints):
    """Gaussian clusters around points on a circle, one per class."""

    title: ClassVar[str] = "Gaussians"
    help: ClassVar[str] = "One Gaussian cluster per class."
    icon: ClassVar[str] = "gaussians"

    type: Literal["Gaussians"] = "Gaussians"
    noise: float = Field(
        0.2,
        ge=0,
        le=2,
        title="Noise",
        description="Standard deviation of the clusters.",
        json_schema_extra={"step": 0.02},
    )
    clouds: int = Field(2, ge=2, le=8, title="Classes", description="Number of clusters, one per class.")

    def class_count(self) -> int:
        return self.clouds

    def place(self, labels: Array, rng: np.random.Generator) -> Array:
        angle = 2 * math.pi * labels / self.clouds + math.pi / 4
        return 0.65 * np.stack([np.cos(angle), np.sin(angle)], axis=1)


class Moons(PlanePoints):
    """Two interleaving half circles."""

    title: ClassVar[str] = "Moons"
    help: ClassVar[str] = "Two interleaving half moons."
    icon: ClassVar[str] = "moons"

    type: Literal["Moons"] = "Moons"

    def place(self, labels: Array, rng: np.random.Generator) -> Array:
        angle = rng.uniform(0, math.pi, len(labels))
        upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
        lower = np.stack([0.5 - np.cos(angle), 0.25 - np.sin(angle)], axis=1)
        return 0.65 * np.where((labels == 0)[:, None], upper, lower)


class Spirals(PlanePoints):
    """Interleaved spiral arms, one per class (after Lang and Witbrock 1988)."""

    title: ClassVar[str] = "Spirals"
    help: ClassVar[str] = "Interleaved spiral arms: hard for small networks, a joy to watch."
    icon: ClassVar[str] = "spirals"

    type: Literal["Spirals"] = "Spirals"
    samples: int = Field(300, ge=2, le=100_000, title="Samples", description="Number of points.")
    noise: float = Field(
        0.02,
        ge=0,
        le=2,
        title="Noise",
        description="Standard deviation of the points about their arm.",
        json_schema_extra={"step": 0.01},
    )
    arms: int = Field(2, ge=2, le=6, title="Classes", description="Number of arms, one per class.")
    turns: float = Field(
        1.25,
        ge=0.25,
        le=4,
        title="Turns",
        description="How often an arm winds around the centre.",
        json_schema_extra={"step": 0.25},
    )

    def class_count(self) -> int:
        return self.arms

    @property
    def opposed(self) -> bool:
        return self.arms == 2

    def place(self, labels: Array, rng: np.random.Generator) -> Array:
        # The root spreads points evenly along the arm, which is longer outside than inside.
        along = np.sqrt(rng.uniform(0.01, 1, len(labels)))
        angle = 2 * math.pi * (along * self.turns + labels / self.arms)
        points: Array = 0.95 * along[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
        return points


class _Heights(Computed):
    """Points in the plane with a height to predict."""

    noise: float = Field(
        0.05,
        ge=0,
        le=2,
        title="Noise",
        description="Standard deviation of the heights.",
        json_schema_extra={"step": 0.02},
    )

    def signature(self) -> Signature:
        return Signature((2,), "regression", (), 1, self.samples, 1.0, (-1.0, 1.0))

    def load(self) -> Data:
        rng = np.random.default_rng(self.seed)
        x = rng.uniform(-1, 1, (self.samples, 2))
        height = self.height(x[:, 0], x[:, 1]) + rng.normal(0, 1, self.samples) * self.noise
        return Data(x.astype(np.float32), height[:, None].astype(np.float32), "regression", (), _AXES)

    def height(self, x1: Array, x2: Array) -> Array:
        """Height without noise, (N,), about -1 to 1."""
        raise NotImplementedError(f"{type(self).__name__} has no height")


class Plane(_Heights):
    """Heights of a plane, which a single Dense layer can learn exactly."""

    title: ClassVar[str] = "Plane"
    help: ClassVar[str] = "Regression on a plane; one Dense layer is enough."
    icon: ClassVar[str] = "plane"

    type: Literal["Plane"] = "Plane"

    def height(self, x1: Array, x2: Array) -> Array:
        return (x1 + x2) / 2


class Hills(_Heights):
    """Heights of two hills and two hollows."""

    title: ClassVar[str] = "Hills"
    help: ClassVar[str] = "Regression on two hills and two hollows; needs a hidden layer."
    icon: ClassVar[str] = "hills"

    type: Literal["Hills"] = "Hills"
    samples: int = Field(400, ge=2, le=100_000, title="Samples", description="Number of points.")

    def height(self, x1: Array, x2: Array) -> Array:
        return np.sin(math.pi * x1) * np.sin(math.pi * x2)
