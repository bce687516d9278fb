"""Predictions request: outputs of the network for a few samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from engine.metrics import labels_of
from nnstudio.document.probe import SampleRef
from nnstudio.training.requests.base import Request
from nnstudio.training.split import Split

Array = NDArray[Any]


@dataclass(frozen=True)
class Prediction:
    """Prediction for one sample.

    Attributes:
        label: the predicted class; None for a regression. values: the outputs; numbers to predict in the
            units of the source.
    """

    label: int | None
    values: tuple[float, ...]


@dataclass(frozen=True)
class Predictions(Request):
    """Request for the predictions of some samples, such as the rows of a table that are in sight.

    Attributes:
        samples: those to predict; samples that the data do not have are left out of the answer.
        threshold: a single output above it is class 1.
    """

    share: ClassVar[float] = 0.1
    min_interval: ClassVar[float] = 0.1

    samples: tuple[SampleRef, ...]
    threshold: float

    def answer(self, network: NetworkLike, split: Split) -> Mapping[SampleRef, Prediction] | None:
        if len(network.output_shape) != 1:
            return None
        known = [ref for ref in self.samples if split.sample(ref) is not None]
        if not known:
            return {}
        x = np.concatenate([sample.x for ref in known if (sample := split.sample(ref)) is not None])
        values = network.predict(x)
        classes = bool(split.train.classes)
        labels = labels_of(values, self.threshold).tolist() if classes else [None] * len(known)
        values = values if classes else split.outputs(values)
        return {
            ref: Prediction(label, tuple(map(float, row)))
            for ref, label, row in zip(known, labels, values, strict=True)
        }

    def cost(self, network: NetworkLike, split: Split) -> float:
        return float(len(self.samples) * network.multiply_adds)
