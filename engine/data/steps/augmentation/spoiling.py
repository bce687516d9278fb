"""Samples spoilt on purpose, by amounts that a person chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.samples import Array
from engine.data.steps.augmentation.geometric import rotations
from engine.data.steps.augmentation.warping import between

# Of the generators of a sample: what is covered, and noise. Each has its own, so that one amount changes nothing else.
_COVER, _NOISE = 1, 2


@dataclass(frozen=True)
class Spoiling:
    """Amounts by which a sample is spoilt. With all of them 0, it stays as it is.

    Attributes:
        noise: standard deviation of Gaussian noise: of a picture as a share of the range of its values, of a row of
            numbers in standard deviations of each column.
        right, down: shift of a picture, in pixels.
        angle: rotation of a picture about its middle, in degrees counterclockwise.
        brightness: added to every pixel, as a share of the range.
        covered: side of a square that is painted over, as a share of the picture's sides, at a random place.
        seed: of noise and place.
    """

    noise: float = 0.0
    right: float = 0.0
    down: float = 0.0
    angle: float = 0.0
    brightness: float = 0.0
    covered: float = 0.0
    seed: int = 0

    def __bool__(self) -> bool:
        return any((self.noise, self.right, self.down, self.angle, self.brightness, self.covered))

    @property
    def random(self) -> bool:
        """True if another seed makes another sample."""
        return bool(self.noise or self.covered)

    def picture(self, picture: Array, background: Sequence[float], low: float, high: float) -> Array:
        """Spoil a picture (height, width) or (channels, height, width), float64 of the same shape.

        Args:
            background: of each channel; it comes in over the edges, and covers what is painted over.
            low, high: range of the values, which is kept.
        """
        spread, ground = high - low, np.reshape(np.asarray(background, np.float64), (-1, 1, 1))
        made = np.array(picture if picture.ndim == 3 else picture[None], np.float64)
        if self.right or self.down or self.angle:
            made = self._moved(made - ground) + ground
        height, width = made.shape[1:]
        if self.covered:
            tall, broad = (min(max(round(self.covered * side), 1), side) for side in (height, width))
            rng = np.random.default_rng([self.seed, _COVER])
            # Drawn as shares of the way, so that a growing square stays where it is.
            top, left = (rng.random(2) * (height - tall + 1, width - broad + 1)).astype(int)
            made[:, top : top + tall, left : left + broad] = ground
        made += self.brightness * spread
        if self.noise:
            rng = np.random.default_rng([self.seed, _NOISE])
            made += self.noise * spread * rng.standard_normal(made.shape)
        return made.clip(low, high).reshape(picture.shape)

    def _moved(self, picture: Array) -> Array:
        """Picture (channels, height, width), rotated about its middle and shifted, with zeros beyond its edges."""
        height, width = picture.shape[1:]
        (turn,) = rotations(np.radians([self.angle]))
        down = np.arange(height)[:, None] - (height - 1) / 2 - self.down
        right = np.arange(width)[None] - (width - 1) / 2 - self.right
        rows = turn[0, 0] * down + turn[0, 1] * right + (height - 1) / 2
        columns = turn[1, 0] * down + turn[1, 1] * right + (width - 1) / 2
        moved = between(
            picture[None].astype(np.float32), rows[None].astype(np.float32), columns[None].astype(np.float32), "zero"
        )
        shifted: Array = moved[0].astype(np.float64)
        return shifted

    def row(self, values: Array, deviations: Array) -> Array:
        """Spoil a row of numbers (inputs,) by noise; `deviations` are those of the columns, 0 for those that stay."""
        noise = np.random.default_rng([self.seed, _NOISE]).standard_normal(values.shape)
        made: Array = values + self.noise * deviations * noise
        return made
