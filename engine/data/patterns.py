"""Synthetic classes with many borders: a checkerboard and rings."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.data.samples import Array
from engine.data.synthetic import PlanePoints


class Checkerboard(PlanePoints):
    """Squares of a checkerboard over [-1, 1] x [-1, 1]; squares of one colour are a class."""

    title: ClassVar[str] = "Checkerboard"
    caption: ClassVar[str] = "Chessboard"
    help: ClassVar[str] = "A checkerboard: XOR over and over, neighbouring squares belong to different classes."
    icon: ClassVar[str] = "checkerboard"

    type: Literal["Checkerboard"] = "Checkerboard"
    samples: int = Field(600, ge=2, le=100_000, title="Samples", description="Number of points.")
    noise: float = Field(
        0.0,
        ge=0,
        le=2,
        title="Noise",
        description="Standard deviation of the points about their place.",
        json_schema_extra={"step": 0.02},
    )
    squares: int = Field(4, ge=2, le=12, title="Squares", description="Squares along each side of the board.")

    def place(self, labels: Array, rng: np.random.Generator) -> Array:
        columns = rng.integers(0, self.squares, len(labels))
        # Every other square of that column has the class; of an odd number, one class has a square more in it.
        first = (columns + labels) % 2
        rows = first + 2 * rng.integers(0, (self.squares - first + 1) // 2)
        corners = np.stack([columns, rows], axis=1)
        points: Array = (corners + rng.uniform(0, 1, corners.shape)) * 2 / self.squares - 1
        return points


class Rings(PlanePoints):
    """Concentric rings, one per class, the outermost of radius 0.95."""

    title: ClassVar[str] = "Rings"
    help: ClassVar[str] = "Rings around each other, one per class: the distance from the middle decides."
    icon: ClassVar[str] = "rings"

    type: Literal["Rings"] = "Rings"
    samples: int = Field(300, ge=2, le=100_000, title="Samples", description="Number of points.")
    noise: float = Field(
        0.04,
        ge=0,
        le=2,
        title="Noise",
        description="Standard deviation of the points about their ring.",
        json_schema_extra={"step": 0.01},
    )
    rings: int = Field(3, ge=2, le=8, title="Classes", description="Number of rings, one per class.")

    def class_count(self) -> int:
        return self.rings

    def place(self, labels: Array, rng: np.random.Generator) -> Array:
        angle = rng.uniform(0, 2 * math.pi, len(labels))
        radius = 0.95 * (labels + 1) / self.rings
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
