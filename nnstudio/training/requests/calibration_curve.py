"""Calibration request: predicted probabilities against how often they came true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.backends.base import NetworkLike
from engine.judging import Calibration, brier_score, calibrate, is_of_class, probabilities
from engine.metrics import labels_of
from nnstudio.training.requests.judged_part import SORTED, Judged, PartRequest
from nnstudio.training.split import Split


@dataclass(frozen=True, eq=False)
class CalibrationPicture(Judged):
    """Reliability diagram, as the answer to CalibrationCurve.

    Attributes:
        label: the class whose probability is judged; None for the predicted class of each sample.
        calibration: the diagram. brier: the Brier score, of this class alone or of all.
    """

    label: int | None
    calibration: Calibration
    brier: float


@dataclass(frozen=True)
class CalibrationCurve(PartRequest):
    """Request for the calibration of one class, or of the predicted class.

    Attributes:
        threshold: a single output above it is class 1.
        label: the class; None for the class that is predicted for each sample. bins: number of bins.
    """

    most = SORTED

    threshold: float
    label: int | None = None
    bins: int = 10

    def answer(self, network: NetworkLike, split: Split) -> CalibrationPicture | None:
        judged = self.judged(network, split) if split.train.classes else None
        if judged is None:
            return None
        chances, actual = probabilities(judged.outputs), judged.targets
        if max(int(actual.max()), self.label or 0) >= chances.shape[1]:
            return None
        if self.label is None:
            said = labels_of(judged.outputs, self.threshold)
            truth, predicted = said == actual, chances[np.arange(len(said)), said]
            score = brier_score(actual, chances)
        else:
            truth, predicted = is_of_class(actual, self.label), chances[:, self.label]
            score = brier_score(truth.astype(np.intp), np.stack([1 - predicted, predicted], axis=1))
        found = calibrate(truth, predicted, self.bins)
        return CalibrationPicture(judged.part, len(actual), len(judged.data), self.label, found, score)
