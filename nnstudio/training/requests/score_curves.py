"""Score-curves request: ROC and precision-recall of one class against the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from engine.errors import DataError
from engine.judging import Ranking, class_scores, is_of_class, rank
from nnstudio.training.requests.judged_part import SORTED, Judged, PartRequest
from nnstudio.training.split import Split

Array = NDArray[Any]

# Points of a curve that are drawn: evenly spaced ones and, at its beginning, where it is steep, denser ones.
_EVEN, _DENSE = 400, 200


@dataclass(frozen=True, eq=False)
class ScoreCurvesPicture(Judged):
    """Curves of one class against the rest, as the answer to ScoreCurves.

    Attributes:
        label: the class, or the output where several classes may hold at once.
        ranking: all samples by score, for the counts at any threshold.
        areas: area under the ROC curve, and average precision.
        roc: rates of false and of true positives, (n,) each, as they are drawn.
        precision_recall: recall and precision, (n,) each, as they are drawn.
        span: least and largest score.
    """

    label: int
    ranking: Ranking
    areas: tuple[float, float]
    roc: tuple[Array, Array]
    precision_recall: tuple[Array, Array]
    span: tuple[float, float]


@dataclass(frozen=True)
class ScoreCurves(PartRequest):
    """Request for the curves over all thresholds of one class against the rest.

    Attributes:
        threshold: a single output above it is class 1. label: the class, or the output of a regression whose targets
            are all 0 or 1.
    """

    most = SORTED

    threshold: float
    label: int

    def answer(self, network: NetworkLike, split: Split) -> ScoreCurvesPicture | None:
        judged = self.judged(network, split)
        if judged is None:
            return None
        outputs, targets = judged.outputs, judged.targets
        if judged.data.classes:
            truth, scores = is_of_class(targets, self.label), class_scores(outputs, self.label, self.threshold)
        else:
            if not np.isin(targets, (0, 1)).all():
                raise DataError("These targets are numbers other than 0 and 1, so there is no yes or no to tell apart")
            if outputs.shape != targets.shape or self.label >= targets.shape[1]:
                return None
            truth, scores = targets[:, self.label] == 1, outputs[:, self.label]
        found = rank(truth, scores)
        at = _points(len(found.thresholds))
        false_rate, true_rate = found.roc
        recall, precision = found.precision_recall
        every = np.concatenate([[0], at + 1])
        return ScoreCurvesPicture(
            judged.part,
            len(truth),
            len(judged.data),
            self.label,
            found,
            (found.roc_area, found.average_precision),
            (false_rate[every], true_rate[every]),
            (recall[at], precision[at]),
            (float(found.thresholds[-1]), float(found.thresholds[0])),
        )


def _points(count: int) -> Array:
    """Indices of the points of a curve that are drawn, the first and the last among them."""
    if count <= _EVEN + _DENSE:
        return np.arange(count)
    even, dense = np.linspace(0, count - 1, _EVEN), np.geomspace(1, count, _DENSE) - 1
    return np.unique(np.concatenate([even, dense]).round().astype(np.intp))
