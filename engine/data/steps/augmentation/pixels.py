"""Augmentation that changes the values of pixels: noise, and parts that are erased."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.data.samples import Array
from engine.data.steps.augmentation.base import Augmentation, Generator


class Noise(Augmentation):
    """Gaussian noise on every pixel."""

    title: ClassVar[str] = "Noise"
    help: ClassVar[str] = "Adds Gaussian noise to every pixel, so that single pixels count less."
    icon: ClassVar[str] = "augment-noise"

    type: Literal["Noise"] = "Noise"
    spread: float = Field(
        0.1,
        ge=0,
        le=1000,
        title="Standard deviation",
        description="Of the noise, in units of the pixels: from black to white they usually go from 0 to 1.",
    )

    @property
    def summary(self) -> str:
        return f"standard deviation {self.spread:g}"

    def change(self, pictures: Array, rng: Generator) -> Array:
        noisy = rng.standard_normal(pictures.shape, np.float32)
        noisy *= np.float32(self.spread)
        noisy += pictures
        return noisy


class Erase(Augmentation):
    """Random erasing: a rectangle at a random place (Zhong et al. 2017; DeVries and Taylor 2017)."""

    title: ClassVar[str] = "Erase"
    help: ClassVar[str] = "Erases a rectangle at a random place, so that no single part decides."
    icon: ClassVar[str] = "augment-erase"

    type: Literal["Erase"] = "Erase"
    size: float = Field(
        0.3, gt=0, le=1, title="Size", description="Height and width of the rectangle, as parts of the picture's."
    )
    chance: float = Field(
        0.5, ge=0, le=1, title="Chance", description="Share of the pictures that lose a part, chosen at random."
    )
    fill: Literal["zero", "mean"] = Field(
        "zero", title="Filled with", description="Zero, which is black, or the mean of the picture's pixels."
    )

    @property
    def summary(self) -> str:
        return f"{self.size:.0%} of the sides, in {self.chance:.0%} of the pictures"

    def change(self, pictures: Array, rng: Generator) -> Array:
        count, _, height, width = pictures.shape
        tall, broad = max(round(self.size * height), 1), max(round(self.size * width), 1)
        chosen: Array = np.less(rng.random(count), self.chance)
        top = rng.integers(0, height - tall, count, endpoint=True)[:, None]
        left = rng.integers(0, width - broad, count, endpoint=True)[:, None]
        down, right = np.arange(height), np.arange(width)
        rows: Array = np.logical_and(down >= top, down < top + tall) & chosen[:, None]
        columns: Array = np.logical_and(right >= left, right < left + broad)
        fill = pictures.mean(axis=(2, 3), keepdims=True) if self.fill == "mean" else np.float32(0)
        return np.where(rows[:, None, :, None] & columns[:, None, None, :], fill, pictures)
