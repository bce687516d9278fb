"""Request for the answers to samples that a person tries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from engine.judging import class_shares
from engine.metrics import labels_of
from nnstudio.document.probe import Probe
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.split import Split

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class TriedAnswer:
    """Answer of the network to one sample.

    Attributes:
        probe: the sample.
        values: probabilities of the classes, in their order; for a regression the outputs in the units of the source.
        label: the predicted class; None for a regression.
    """

    probe: Probe
    values: tuple[float, ...]
    label: int | None


@dataclass(frozen=True)
class Tried(Request):
    """Request for the answers to some samples, one after the other.

    Attributes:
        probes: the samples.
        threshold: a single output above it is class 1.
    """

    share: ClassVar[float] = 0.1
    min_interval: ClassVar[float] = 1 / 30

    probes: tuple[Probe, ...]
    threshold: float

    def answer(self, network: NetworkLike, split: Split) -> tuple[TriedAnswer, ...] | Refusal:
        samples = [split.sample(probe) for probe in self.probes]
        known = [sample.x for sample in samples if sample is not None]
        if len(known) < len(samples):
            return Refusal("The chosen sample is not in these data.")
        if len(network.output_shape) != 1:
            return Refusal("The network's output is no list of numbers. Put a Flatten before its end.")
        outputs, classes = network.predict(np.concatenate(known)), split.train.classes
        if not classes:
            rows = split.outputs(outputs)
            return tuple(
                TriedAnswer(probe, tuple(map(float, row)), None) for probe, row in zip(self.probes, rows, strict=True)
            )
        labels = labels_of(outputs, self.threshold)
        return tuple(
            TriedAnswer(probe, tuple(row), int(label))
            for probe, row, label in zip(
                self.probes, class_shares(outputs, self.threshold).tolist(), labels, strict=True
            )
        )

    def cost(self, network: NetworkLike, split: Split) -> float:
        return float(len(self.probes) * network.multiply_adds)
