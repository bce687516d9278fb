"""Record of what a step did to the training samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data import Data


@dataclass(frozen=True)
class Resampled:
    """Record of what a step did to the training samples, taken as it was done.

    Attributes:
        before, after: how many there were, by class; all of them in one number for a regression.
        changed: samples whose target is another.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    changed: int = 0

    @classmethod
    def of(cls, before: Data, after: Data) -> Resampled:
        """Record of the training samples before and after a step."""
        same = len(before) == len(after) and before.x is after.x
        changed = int(np.count_nonzero((before.y != after.y).reshape(len(after), -1).any(axis=1))) if same else 0
        return cls(_counts(before), _counts(after), changed)


def _counts(data: Data) -> tuple[int, ...]:
    if data.task != "classification":
        return (len(data),)
    return tuple(np.bincount(data.y, minlength=len(data.classes)).tolist())
