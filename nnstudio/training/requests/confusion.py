"""Confusion-matrix request: counts of true against predicted classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from engine.metrics import confusion_matrix
from engine.training.evaluation import PART
from nnstudio.document.probe import Part
from nnstudio.training.evenly_spaced import evenly_spaced
from nnstudio.training.requests.base import Request
from nnstudio.training.split import Split

# Multiply-adds that one answer may take: some 0.1 s, in which training waits and no pause is heard.
_MOST_WORK = 10 * PART
_FEWEST = 200


@dataclass(frozen=True)
class ConfusionPicture:
    """Confusion matrix, as the answer to Confusion.

    Attributes:
        counts: (classes, classes); rows are the true classes, columns those predicted.
        samples: how many of the `total` were counted.
        part: the part of the data that was counted.
    """

    counts: NDArray[Any]
    samples: int
    total: int
    part: Part = "validation"

    @property
    def unseen(self) -> bool:
        """True if nothing was trained on these data."""
        return self.part != "train"


@dataclass(frozen=True)
class Confusion(Request):
    """Request for the confusion matrix of one part of the data.

    Of a single output, a value above `threshold` is class 1. Where there is no such `part`, the training data are used.
    Where the network is so large that all of them would take long, an evenly spaced selection is used.
    """

    share: ClassVar[float] = 0.05
    min_interval: ClassVar[float] = 0.5

    threshold: float
    part: Part = "validation"

    def answer(self, network: NetworkLike, split: Split) -> ConfusionPicture | None:
        name = self._counted(split)
        data = split.part(name)
        if data is None or not data.classes or len(network.output_shape) != 1:
            return None
        most = max(_FEWEST, _MOST_WORK // max(network.multiply_adds, 1))
        chosen = evenly_spaced(len(data), most)
        counts = confusion_matrix(network.predict(data.x[chosen]), data.y[chosen], self.threshold)
        return ConfusionPicture(counts, len(chosen), len(data), name)

    def cost(self, network: NetworkLike, split: Split) -> float:
        data = split.part(self._counted(split))
        return float(min((0 if data is None else len(data)) * network.multiply_adds, _MOST_WORK))

    def _counted(self, split: Split) -> Part:
        return "train" if split.part(self.part) is None else self.part
