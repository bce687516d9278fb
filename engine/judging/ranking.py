"""Ranking of samples by a score: ROC and precision-recall curves, their areas, counts at any threshold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import DataError
from engine.types import Array


class Counts(NamedTuple):
    """Counts of yes and no at a threshold: true and false positives, false and true negatives."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    @property
    def precision(self) -> float:
        """Fraction of the predicted that are right; 0 where nothing is predicted."""
        return self.true_positives / max(self.true_positives + self.false_positives, 1)

    @property
    def recall(self) -> float:
        """Fraction of the positives that are found; 0 where there are none."""
        return self.true_positives / max(self.true_positives + self.false_negatives, 1)

    @property
    def false_positive_rate(self) -> float:
        """Fraction of the negatives that are predicted; 0 where there are none."""
        return self.false_positives / max(self.false_positives + self.true_negatives, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where both are."""
        wrong = self.false_positives + self.false_negatives
        return 2 * self.true_positives / max(2 * self.true_positives + wrong, 1)


@dataclass(frozen=True, eq=False)
class Ranking:
    """Ranking of samples by score, the largest first; equal scores are one step.

    Attributes:
        thresholds: the distinct scores, falling, (n,).
        hits: positives with a score of at least each threshold, (n,).
        false_alarms: negatives with such a score, (n,).
    """

    thresholds: Array
    hits: Array
    false_alarms: Array

    @property
    def positives(self) -> int:
        """Number of positives."""
        return int(self.hits[-1]) if len(self.hits) else 0

    @property
    def negatives(self) -> int:
        """Number of negatives."""
        return int(self.false_alarms[-1]) if len(self.hits) else 0

    @property
    def roc(self) -> tuple[Array, Array]:
        """ROC curve from (0, 0) to (1, 1): rates of false and of true positives, (n + 1,) each.

        Without negatives, or positives, their rate is not a number.
        """
        return self._rates[0], self._rates[1]

    @cached_property
    def _rates(self) -> tuple[Array, Array]:
        return _share(self.false_alarms, self.negatives), _share(self.hits, self.positives)

    @property
    def precision_recall(self) -> tuple[Array, Array]:
        """Recall and precision at each threshold, the highest first, (n,) each.

        Without positives, recall is not a number.
        """
        return _share(self.hits, self.positives)[1:], self.hits / np.maximum(self.hits + self.false_alarms, 1)

    @cached_property
    def roc_area(self) -> float:
        """Area under the ROC curve by trapezoids; not a number without positives or without negatives.

        It is the chance that a positive scores above a negative, with half of the ties (Hanley and McNeil 1982).
        """
        return area_under(*self.roc)

    @cached_property
    def average_precision(self) -> float:
        """Sum of precision over the steps of recall, without interpolation; not a number without positives."""
        recall, precision = self.precision_recall
        return float(np.diff(recall, prepend=0.0) @ precision) if len(recall) else float("nan")

    def above(self, threshold: float) -> Counts:
        """Counts where all scores above a threshold are a yes, as a single output is read."""
        taken = int(np.searchsorted(-self.thresholds, -threshold, side="left"))
        hits, alarms = (int(each[taken - 1]) if taken else 0 for each in (self.hits, self.false_alarms))
        return Counts(hits, alarms, self.positives - hits, self.negatives - alarms)


def rank(truth: ArrayLike, scores: ArrayLike) -> Ranking:
    """Rank samples by their scores (N,), of which `truth` (N,) says whether they are positives.

    Raises DataError if they do not fit together or a score is not finite.
    """
    yes, values = np.asarray(truth), np.asarray(scores)
    if yes.ndim != 1 or yes.shape != values.shape or yes.dtype.kind not in "biu" or values.dtype.kind not in "iuf":
        raise DataError(f"found truth of shape {yes.shape} and scores of shape {values.shape}; both must be (N,)")
    if not np.isfinite(values).all():
        raise DataError("the outputs hold NaN or infinity, so they have no order; train anew with a lower rate")
    order = np.argsort(-values.astype(np.float64), kind="stable")
    yes, values = yes[order].astype(bool), values[order]
    # The last of each group of equal scores: a threshold takes all of them or none.
    last = np.flatnonzero(np.diff(values, append=np.nan) != 0)
    hits = np.cumsum(yes)[last] if len(last) else np.zeros(0, np.intp)
    return Ranking(values[last], hits, last + 1 - hits)


def area_under(x: ArrayLike, y: ArrayLike) -> float:
    """Area under a curve through points (n,) by trapezoids; `x` rises. Not a number below two points."""
    across, up = np.asarray(x, np.float64), np.asarray(y, np.float64)
    return float(np.diff(across) @ (up[1:] + up[:-1]) / 2) if len(across) > 1 else float("nan")


def _share(counts: Array, total: int) -> Array:
    """Fractions of a total with the 0 in front, (n + 1,); not a number of nothing."""
    steps = np.concatenate([[0], counts])
    return steps / total if total else np.full(len(steps), np.nan)
