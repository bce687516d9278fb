"""Base of requests on one part of the data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from engine.data import Data
from engine.training.evaluation import PART
from nnstudio.document.probe import Part
from nnstudio.training.evenly_spaced import evenly_spaced
from nnstudio.training.requests.base import Request
from nnstudio.training.split import Split

Array = NDArray[Any]

# Multiply-adds that one answer may take: some 0.1 s, in which training waits and no pause is heard.
_MOST_WORK = 10 * PART
_FEWEST = 200
# Samples of which outputs can be sorted within that time.
SORTED = 100_000


@dataclass(frozen=True, eq=False)
class JudgedPart:
    """Samples of one part with the outputs of the network.

    Attributes:
        part: the part; the training part where there is no such one. data: all its samples.
        chosen: indices of the samples that were judged, rising, (n,). outputs: those of the network, (n, outputs).
    """

    part: Part
    data: Data
    chosen: Array
    outputs: Array

    @property
    def targets(self) -> Array:
        """Labels (n,), or numbers (n, targets) as the network learns them, of the samples that were judged."""
        found: Array = self.data.y[self.chosen]
        return found


@dataclass(frozen=True)
class Judged:
    """Record of the samples that an answer is about.

    Attributes:
        part: the part of the data. samples: how many of the `total` were judged.
    """

    part: Part
    samples: int
    total: int

    @property
    def unseen(self) -> bool:
        """True if nothing was trained on these data."""
        return self.part != "train"


@dataclass(frozen=True)
class PartRequest(Request):
    """Base of requests about one part of the data.

    Where there is no such `part`, the training data are used. Where the network, or the part, is so large that all of
    it would take long, an evenly spaced selection is used.

    Class attributes:
        most: largest number of samples, whatever the network; None for all.
    """

    share: ClassVar[float] = 0.05
    min_interval: ClassVar[float] = 0.5
    most: ClassVar[int | None] = None

    part: Part = field(default="validation", kw_only=True)

    def judged(self, network: NetworkLike, split: Split) -> JudgedPart | None:
        """Samples with the outputs of the network; None where it gives no row of numbers, or without samples."""
        part = self._part(split)
        data = split.part(part)
        if data is None or not len(data) or len(network.output_shape) != 1:
            return None
        most = max(_FEWEST, _MOST_WORK // max(network.multiply_adds, 1))
        chosen = evenly_spaced(len(data), most if self.most is None else min(most, self.most))
        return JudgedPart(part, data, chosen, network.predict(data.x[chosen]))

    def cost(self, network: NetworkLike, split: Split) -> float:
        data = split.part(self._part(split))
        return float(min((0 if data is None else len(data)) * network.multiply_adds, _MOST_WORK))

    def _part(self, split: Split) -> Part:
        return "train" if split.part(self.part) is None else self.part
