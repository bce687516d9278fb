"""Augmentation that moves pixels: shift, rotate, scale, flip, and elastic deformation."""

from __future__ import annotations

from functools import cache
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from engine.data.samples import Array, Signature
from engine.data.steps.augmentation.base import Augmentation, Generator, Outside, outside_field
from engine.data.steps.augmentation.warping import between, shifted, turned

# A shift of this part of a picture's side leaves it recognisable; 2 pixels of 28.
_REACH = 14


class Shift(Augmentation):
    """Random shift by whole pixels, so that no pixel is blurred."""

    title: ClassVar[str] = "Shift"
    help: ClassVar[str] = "Shifts every picture at random, by whole pixels: where something lies does not matter then."
    icon: ClassVar[str] = "augment-shift"

    type: Literal["Shift"] = "Shift"
    across: int = Field(2, ge=0, le=1024, title="Across", description="Largest shift to the left or right, in pixels.")
    down: int = Field(2, ge=0, le=1024, title="Up and down", description="Largest shift up or down, in pixels.")
    outside: Outside = outside_field()

    @classmethod
    def suited(cls, signature: Signature) -> Self:
        height, width = signature.input_shape[-2:]
        return cls(across=max(width // _REACH, 1), down=max(height // _REACH, 1))

    @property
    def summary(self) -> str:
        return f"{self.across} across, {self.down} up and down"

    def change(self, pictures: Array, rng: Generator) -> Array:
        count = len(pictures)
        down = rng.integers(-self.down, self.down, count, endpoint=True)
        across = rng.integers(-self.across, self.across, count, endpoint=True)
        return shifted(pictures, down, across, self.outside)


class Rotate(Augmentation):
    """Random rotation about the middle, with values between pixels (bilinear)."""

    title: ClassVar[str] = "Rotate"
    help: ClassVar[str] = "Turns every picture about its middle, by a random angle to either side."
    icon: ClassVar[str] = "augment-rotate"

    type: Literal["Rotate"] = "Rotate"
    angle: float = Field(10.0, ge=0, le=180, title="Angle", description="Largest angle to either side, in degrees.")
    outside: Outside = outside_field()

    @property
    def summary(self) -> str:
        return f"up to {self.angle:g}°"

    def change(self, pictures: Array, rng: Generator) -> Array:
        angles = np.radians(rng.uniform(-self.angle, self.angle, len(pictures)))
        return turned(pictures, rotations(angles), self.outside)


class Zoom(Augmentation):
    """Random scaling about the middle, with values between pixels (bilinear)."""

    title: ClassVar[str] = "Scale"
    help: ClassVar[str] = "Makes what a picture shows larger or smaller at random; the picture keeps its size."
    icon: ClassVar[str] = "augment-scale"

    type: Literal["Zoom"] = "Zoom"
    least: float = Field(0.9, ge=0.1, le=10, title="From", description="Smallest factor: 0.9 is a tenth smaller.")
    most: float = Field(1.1, ge=0.1, le=10, title="To", description="Largest factor: 1.1 is a tenth larger.")
    outside: Outside = outside_field()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.least > self.most:
            raise ValueError(f"the smallest factor, {self.least:g}, is above the largest, {self.most:g}")
        return self

    @property
    def summary(self) -> str:
        return f"{self.least:g} to {self.most:g}"

    def change(self, pictures: Array, rng: Generator) -> Array:
        factors = rng.uniform(self.least, self.most, len(pictures))
        return turned(pictures, np.eye(2) / factors[:, None, None], self.outside)


class Flip(Augmentation):
    """Random reflection: each direction for half of the pictures."""

    title: ClassVar[str] = "Flip"
    help: ClassVar[str] = (
        "Reflects half of the pictures, chosen at random. Letters and digits are others then; cats are still cats."
    )
    icon: ClassVar[str] = "augment-flip"

    type: Literal["Flip"] = "Flip"
    left_right: bool = Field(True, title="Left and right", description="Left and right change places.")
    up_down: bool = Field(False, title="Up and down", description="Top and bottom change places.")

    @property
    def summary(self) -> str:
        chosen = ("left and right" * self.left_right, "up and down" * self.up_down)
        return ", ".join(filter(None, chosen)) or "not at all"

    def change(self, pictures: Array, rng: Generator) -> Array:
        for wanted, axis in ((self.left_right, 3), (self.up_down, 2)):
            if wanted:
                chosen = rng.random(len(pictures)) < 0.5
                pictures = np.where(chosen[:, None, None, None], np.flip(pictures, axis), pictures)
        return pictures


class Elastic(Augmentation):
    """Elastic deformation: a random, smooth field of shifts (Simard, Steinkraus and Platt 2003)."""

    title: ClassVar[str] = "Elastic"
    help: ClassVar[str] = "Bends every picture at random, as if it were drawn on rubber: handwriting varies like that."
    icon: ClassVar[str] = "augment-elastic"

    type: Literal["Elastic"] = "Elastic"
    strength: float = Field(
        1.0, ge=0, le=100, title="Strength", description="Typical shift of a pixel (root mean square), in pixels."
    )
    smoothness: float = Field(
        4.0,
        ge=1,
        le=100,
        title="Smoothness",
        description="Standard deviation of the Gaussian that smooths the shifts, in pixels: large ones move whole "
        "parts, small ones crumple.",
    )
    outside: Outside = outside_field()

    @property
    def summary(self) -> str:
        return f"by {self.strength:g}, smooth over {self.smoothness:g}"

    def change(self, pictures: Array, rng: Generator) -> Array:
        count, _, height, width = pictures.shape
        field = rng.standard_normal((2, count, height, width), np.float32)
        field = _smoothing(height, self.smoothness) @ field @ _smoothing(width, self.smoothness).T
        field *= np.float32(self.strength)
        rows = np.arange(height, dtype=np.float32)[:, None] + field[0]
        columns = np.arange(width, dtype=np.float32) + field[1]
        return between(pictures, rows, columns, self.outside)


@cache
def _smoothing(size: int, spread: float) -> Array:
    """Matrix (size, size) that smooths white noise by a Gaussian, and leaves it with a variance of 1 at every place."""
    places = np.arange(size)
    weights = np.exp(-((places[:, None] - places) ** 2) / (2 * spread**2))
    made: Array = (weights / np.sqrt((weights**2).sum(axis=1, keepdims=True))).astype(np.float32)
    return made


def rotations(angles: Array) -> Array:
    """Matrices, (n, 2, 2), that rotate pictures counterclockwise by angles in radians, for `turned`."""
    cosine, sine = np.cos(angles), np.sin(angles)
    return np.stack([np.stack([cosine, sine], 1), np.stack([-sine, cosine], 1)], 1)
