"""Base class of augmentation steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, Self

import numpy as np
from pydantic import Field

from engine.data.samples import Array, Signature
from engine.data.steps.base import Step
from engine.errors import SpecError

Outside = Literal["edge", "zero"]
Generator = np.random.Generator

# Of the generators of a run: 1 orders the samples, 2 drops units, 7 splits the data.
_STREAM: Final = 3
# Axes of samples that are pictures: their number, then height and width, with or without channels in front.
PICTURE_AXES: Final = (3, 4)


class Augmentation(Step):
    """Base of steps that change training pictures at random, anew in every batch.

    They work on pictures in the units of their source, before all transforms. Validation, evaluation and predictions
    never see them.
    """

    def check(self, signature: Signature) -> None:
        shape = signature.input_shape
        if 1 + len(shape) not in PICTURE_AXES:
            raise SpecError(
                f"{self.title}: found {' x '.join(map(str, shape))} plain inputs per sample, expected pictures, with a "
                "height and a width; take the step out"
            )

    @classmethod
    def suited(cls, signature: Signature) -> Self:
        """Step whose settings suit pictures of this size."""
        return cls()  # type: ignore[call-arg]  # every field of a step has a default

    def change(self, pictures: Array, rng: Generator) -> Array:
        """Change pictures (n, channels, height, width), float32. Returns a new array; the given one stays as it is."""
        raise NotImplementedError(f"{type(self).__name__} changes nothing")


def outside_field() -> Any:
    """Field `outside`: what comes in over the edge of a picture."""
    return Field(
        "edge",
        title="Outside",
        description="What comes in over the edge of a picture: the pixels at its edge go on, or zero, which is black.",
    )


def augmentations(steps: Sequence[Step]) -> tuple[Augmentation, ...]:
    """Steps among these that change pictures in every batch, and are switched on, in order."""
    return tuple(step for step in steps if isinstance(step, Augmentation) and step.enabled)


def generator(seed: int, step: int) -> Generator:
    """Generator of one batch: the same for the same seed and number of the step, however a run came there."""
    return np.random.default_rng([seed, _STREAM, step])


def augment(steps: Sequence[Augmentation], x: Array, rng: Generator) -> Array:
    """Change pictures (n, height, width) or (n, channels, height, width) by all steps, one after the other.

    Returns float32 of the same shape.
    """
    pictures = x.astype(np.float32, copy=False)
    if x.ndim == 3:
        pictures = pictures[:, None]
    for step in steps:
        pictures = step.change(pictures, rng)
    return pictures.reshape(x.shape)
