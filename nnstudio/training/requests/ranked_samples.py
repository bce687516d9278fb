"""Ranked-samples request: the most wrong samples, or those of a cell of the confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from engine.judging import class_shares
from engine.metrics import labels_of
from nnstudio.training.requests.judged_part import SORTED, Judged, JudgedPart, PartRequest
from nnstudio.training.split import Split

Array = NDArray[Any]

# Samples that an answer names at most: as many as a person may leaf through.
MOST_NAMED = 500


@dataclass(frozen=True, eq=False)
class SampleRanking(Judged):
    """Samples in their order, as the answer to RankedSamples.

    Attributes:
        found: how many there are in all, of which the first are named.
        indices: their numbers in the part, (n,).
        said: predicted class of each, (n,); numbers in the units of the source, (n, targets), for a regression.
        confidence: share of the predicted class, (n,), from 0 to 1; of numbers the size of the error: in the units of
            the source for one target, of several the root mean square in standard deviations of each target.
        own: share of the true class, (n,); None for numbers.
    """

    found: int
    indices: Array
    said: Array
    confidence: Array
    own: Array | None


@dataclass(frozen=True)
class RankedSamples(PartRequest):
    """Request for samples of one part, the ones most worth a look first.

    Attributes:
        threshold: a single output above it is class 1.
        cell: true and predicted class: their samples, the most confident first. None: those predicted wrongly, first
            those whose wrong class has the largest lead; of numbers, those with the largest error.
    """

    most = SORTED

    threshold: float
    cell: tuple[int, int] | None = None

    def answer(self, network: NetworkLike, split: Split) -> SampleRanking | None:
        judged = self.judged(network, split)
        if judged is None:
            return None
        if judged.data.classes:
            return self._classes(judged)
        return None if self.cell is not None else _numbers(judged, split)

    def _classes(self, judged: JudgedPart) -> SampleRanking | None:
        shares, actual = class_shares(judged.outputs, self.threshold), judged.targets
        if actual.max() >= shares.shape[1]:
            return None
        said = labels_of(judged.outputs, self.threshold)
        every = np.arange(len(said))
        confidence, own = shares[every, said], shares[every, actual]
        if self.cell is None:
            places, key = np.flatnonzero(said != actual), confidence - own
        else:
            places, key = np.flatnonzero((actual == self.cell[0]) & (said == self.cell[1])), confidence
        first = _largest_first(key, places)
        return SampleRanking(
            judged.part,
            len(said),
            len(judged.data),
            len(places),
            judged.chosen[first],
            said[first],
            confidence[first],
            own[first],
        )


def _numbers(judged: JudgedPart, split: Split) -> SampleRanking | None:
    true, said = judged.data.shown_y[judged.chosen].astype(np.float64), split.outputs(judged.outputs)
    if true.shape != said.shape:
        return None
    errors = np.abs(true - said)
    if errors.shape[1] > 1:
        spread = true.std(axis=0)
        errors = np.sqrt(np.square(errors / np.where(spread == 0, 1.0, spread)).mean(axis=1))[:, None]
    first = _largest_first(errors[:, 0], np.arange(len(errors)))
    return SampleRanking(
        judged.part,
        len(errors),
        len(judged.data),
        len(errors),
        judged.chosen[first],
        said[first],
        errors[first, 0],
        None,
    )


def _largest_first(key: Array, places: Array) -> Array:
    """Places in the falling order of their keys, at most as many as are named; equal ones in their own order."""
    order: Array = places[np.argsort(-key[places], kind="stable")][:MOST_NAMED]
    return order
