"""Synthetic images of simple shapes, drawn with soft edges.

A shape is the set of points where its signed distance is negative; a pixel is covered as far as that distance says, so
that edges are anti-aliased at every size. The distances are those of analytic geometry.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.data.samples import Array, Data, Signature
from engine.data.synthetic import Computed

Distance = Callable[[Array, Array], Array]

# Samples that are drawn at a time, so that memory holds the images and little more.
_AT_A_TIME = 500


def _circle(x: Array, y: Array) -> Array:
    edge: Array = np.hypot(x, y) - 0.9
    return edge


def _square(x: Array, y: Array) -> Array:
    edge: Array = np.maximum(np.abs(x), np.abs(y)) - 0.68
    return edge


def _triangle(x: Array, y: Array) -> Array:
    """Equilateral, with its middle at the origin: the largest distance to the lines of its three sides."""
    sides = [np.cos(angle) * x + np.sin(angle) * y for angle in math.pi * np.array([1 / 2, 7 / 6, 11 / 6])]
    edge: Array = np.maximum.reduce(sides) - 0.48
    return edge


def _cross(x: Array, y: Array) -> Array:
    """Two bars across each other."""
    across, along = np.maximum(np.abs(x), np.abs(y)), np.minimum(np.abs(x), np.abs(y))
    return np.maximum(along - 0.28, across - 0.95)


def _ring(x: Array, y: Array) -> Array:
    edge: Array = np.abs(np.hypot(x, y) - 0.7) - 0.2
    return edge


def _bar(x: Array, y: Array) -> Array:
    edge: Array = np.maximum(np.abs(x) - 0.95, np.abs(y) - 0.28)
    return edge


SHAPES: Mapping[str, Distance] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "cross": _cross,
    "ring": _ring,
    "bar": _bar,
}


class Shapes(Computed):
    """Images (N, 1, size, size) of bright shapes on a dark ground, 0..1, at random places, sizes and angles."""

    title: ClassVar[str] = "Shapes"
    help: ClassVar[str] = "Pictures of circles, squares, triangles, ... anywhere and at any angle."
    icon: ClassVar[str] = "shapes"
    kind: ClassVar[Literal["points", "table", "pictures"]] = "pictures"

    type: Literal["Shapes"] = "Shapes"
    samples: int = Field(600, ge=2, le=20_000, title="Samples", description="Number of pictures.")
    noise: float = Field(
        0.05,
        ge=0,
        le=1,
        title="Noise",
        description="Standard deviation of the noise on every pixel, which is 0 to 1.",
        json_schema_extra={"step": 0.05},
    )
    shapes: int = Field(
        4,
        ge=2,
        le=len(SHAPES),
        title="Classes",
        description=f"How many of {', '.join(SHAPES)}, in this order.",
    )
    size: int = Field(16, ge=8, le=64, title="Pixels", description="Pixels along each side of a picture.")
    turned: bool = Field(True, title="Turned", description="Shapes stand at any angle, else upright.")

    def signature(self) -> Signature:
        names = tuple(SHAPES)[: self.shapes]
        return Signature((1, self.size, self.size), "classification", names, 0, self.samples)

    def load(self) -> Data:
        rng = np.random.default_rng(self.seed)
        labels = np.arange(self.samples) % self.shapes
        radius = rng.uniform(0.45, 0.8, self.samples)
        centre = rng.uniform(-1, 1, (self.samples, 2)) * (1 - radius)[:, None]
        angle = rng.uniform(0, 2 * math.pi, self.samples) * self.turned
        light = rng.uniform(0.6, 1, self.samples)
        images = np.empty((self.samples, 1, self.size, self.size), np.float32)
        for start in range(0, self.samples, _AT_A_TIME):
            part = slice(start, start + _AT_A_TIME)
            drawn = _draw(labels[part], radius[part], centre[part], angle[part], self.size) * light[part, None, None]
            noise = rng.normal(0, 1, drawn.shape) * self.noise
            images[part, 0] = np.clip(drawn + noise, 0, 1)
        return Data(images, labels.astype(np.int64), "classification", self.signature().classes)


def _draw(labels: Array, radius: Array, centre: Array, angle: Array, size: int) -> Array:
    """Coverage of every pixel, (N, size, size) from 0 to 1. Places and radii are in halves of a picture's side."""
    middles = (np.arange(size) + 0.5) * 2 / size - 1
    x = middles[None, None, :] - centre[:, 0, None, None]
    y = middles[None, :, None] - centre[:, 1, None, None]
    cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    scale = radius[:, None, None]
    across, down = (cos * x + sin * y) / scale, (cos * y - sin * x) / scale
    distance = np.empty((len(labels), size, size))
    for number, shape in enumerate(SHAPES.values()):
        chosen = labels == number
        distance[chosen] = shape(across[chosen], down[chosen])
    # In pixels, of which one stands on either side of the edge for half.
    return np.clip(0.5 - distance * scale * size / 2, 0, 1)
