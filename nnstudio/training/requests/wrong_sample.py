"""Wrong-sample request: the next sample whose class is predicted wrongly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.backends.base import NetworkLike
from engine.metrics import labels_of
from engine.training.evaluation import PART
from nnstudio.document.probe import Part
from nnstudio.training.requests.base import Request
from nnstudio.training.split import Split

# Multiply-adds that one answer may take: some 0.1 s, in which training waits and no pause is heard.
_MOST_WORK = 10 * PART
_FEWEST = 50
# Samples predicted at once: a network that is wrong often has its next one soon.
_CHUNK = 256


@dataclass(frozen=True)
class WrongSampleFound:
    """Answer to WrongSample.

    Attributes:
        index: the sample's number in its part; None if there is none among those looked at.
        looked: how many were looked at, one after the other.
        total: how many the part has.
    """

    index: int | None
    looked: int
    total: int


@dataclass(frozen=True)
class WrongSample(Request):
    """Request for the first wrongly predicted sample from `start` on; after the last one comes the first.

    An answer looks at as many as take a bounded time, so a search through many samples takes several requests.

    Attributes:
        part: the part of the data. start: index of the first sample to look at.
        threshold: a single output above it is class 1.
    """

    part: Part
    start: int
    threshold: float

    def answer(self, network: NetworkLike, split: Split) -> WrongSampleFound | None:
        data = split.part(self.part)
        if data is None or not data.classes or not len(data) or len(network.output_shape) != 1:
            return None
        total = len(data)
        most = min(total, max(_FEWEST, _MOST_WORK // max(network.multiply_adds, 1)))
        order = (self.start + np.arange(most)) % total
        for begin in range(0, most, _CHUNK):
            chosen = order[begin : begin + _CHUNK]
            said, actual = labels_of(network.predict(data.x[chosen]), self.threshold), data.y[chosen]
            hits = said != actual
            if hits.any():
                place = int(hits.argmax())
                return WrongSampleFound(int(chosen[place]), begin + place + 1, total)
        return WrongSampleFound(None, most, total)

    def cost(self, network: NetworkLike, split: Split) -> float:
        data = split.part(self.part)
        return float(min((0 if data is None else len(data)) * network.multiply_adds, _MOST_WORK))
