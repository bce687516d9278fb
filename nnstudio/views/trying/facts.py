"""Measured facts of the training data, for samples made by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.pictures.drawn import Ground, Placement
from engine.data.stored_samples import some_of
from nnstudio.training.split import Split

Array = NDArray[Any]

# Numbers of a table from which quartiles are taken, of rows evenly spread.
_MOST_NUMBERS = 4_000_000
# Numbers of a sample that a person can sensibly make.
MOST_PIXELS, MOST_INPUTS = 1 << 16, 1 << 12


@dataclass(frozen=True, eq=False)
class PictureFacts:
    """Ground of the pictures, and the placement of what is drawn in them."""

    ground: Ground
    placement: Placement


@dataclass(frozen=True, eq=False)
class ColumnFacts:
    """Facts of every input in the units of the source, (inputs,) each.

    Attributes:
        low, high: least and largest value. quartiles: (3, inputs). deviation: the standard deviation.
        whole: all values are whole numbers.
        targets: least and largest target of a regression, (targets, 2).
    """

    low: Array
    high: Array
    quartiles: Array
    deviation: Array
    whole: Array
    targets: Array


def trying_facts(split: Split) -> PictureFacts | ColumnFacts | None:
    """Facts of the training data; None for data of which no sample can be made by hand."""
    data = split.train
    if why_not(data.shown.shape[1:]):
        return None
    # Of samples on disk some tell enough: to read all of them takes long.
    shown = data.shown if isinstance(data.shown, np.ndarray) else some_of(data.shown, _MOST_NUMBERS)
    if shown.ndim > 2:
        ground = Ground.of(shown)
        return PictureFacts(ground, Placement.of(shown, ground))
    y = data.shown_y
    some = shown[:: max(shown.size // _MOST_NUMBERS, 1)].astype(np.float64)
    targets = np.zeros((0, 2)) if data.classes else np.stack([y.min(axis=0), y.max(axis=0)], axis=1).astype(np.float64)
    return ColumnFacts(
        shown.min(axis=0).astype(np.float64),
        shown.max(axis=0).astype(np.float64),
        np.percentile(some, (25, 50, 75), axis=0),
        some.std(axis=0),
        (some == np.rint(some)).all(axis=0),
        targets,
    )


def why_not(shape: tuple[int, ...]) -> str:
    """Reason why no sample of this shape can be made by hand, as a sentence; "" if one can."""
    size, words = int(np.prod(shape)), " × ".join(map(str, shape))
    if len(shape) == 1:
        if size <= MOST_INPUTS:
            return ""
        return (
            f"These samples have {size:,} inputs each, too many to set by hand. Data with up to {MOST_INPUTS:,} suit."
        )
    if len(shape) == 3 and shape[0] not in (1, 3):
        return (
            f"These pictures have {shape[0]} channels ({words}); a drawing has one, or three colours. "
            "Pictures with 1 or 3 channels suit, and tables."
        )
    if len(shape) not in (2, 3):
        return (
            f"These samples are neither pictures nor rows of a table ({words}). Such data cannot be drawn or typed in."
        )
    if size > MOST_PIXELS:
        return (
            f"These pictures are too large to be drawn by hand ({words}). Pictures with up to {MOST_PIXELS:,} numbers "
            "suit, such as 128 × 128 pixels in colour."
        )
    return ""
