"""Confusion-matrix request: counts of true against predicted classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from engine.metrics import confusion_matrix
from nnstudio.training.requests.judged_part import Judged, PartRequest
from nnstudio.training.split import Split


@dataclass(frozen=True)
class ConfusionPicture(Judged):
    """Confusion matrix, as the answer to Confusion.

    Attributes:
        counts: (classes, classes); rows are the true classes, columns those predicted.
    """

    counts: NDArray[Any]


@dataclass(frozen=True)
class Confusion(PartRequest):
    """Request for the confusion matrix of one part of the data.

    Of a single output, a value above `threshold` is class 1.
    """

    threshold: float

    def answer(self, network: NetworkLike, split: Split) -> ConfusionPicture | None:
        judged = self.judged(network, split) if split.train.classes else None
        if judged is None:
            return None
        counts = confusion_matrix(judged.outputs, judged.targets, self.threshold)
        return ConfusionPicture(judged.part, len(judged.chosen), len(judged.data), counts)
