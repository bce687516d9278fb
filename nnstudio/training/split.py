"""Train/validation split of a run's data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data import Data, Preparation
from engine.data.samples import single
from nnstudio.document.probe import Part, Probe, SampleRef

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Sample:
    """One sample, as the network takes it and as a person reads it.

    Attributes:
        x: (1, *input_shape), float32, as the network takes it.
        shown: (*input_shape), in the units of the data's source.
        y: its target, (1,) or (1, targets); None for values given by hand.
    """

    x: Array
    shown: Array
    y: Array | None


@dataclass(frozen=True, eq=False)
class Split:
    """Training data and, if any, validation data, both preprocessed for the network.

    `preparation` is the preprocessing fixed when training began, `notes` are sentences on it.
    """

    train: Data
    validation: Data | None
    preparation: Preparation | None = None
    notes: tuple[str, ...] = ()

    def scale(self, x: Array) -> Array:
        """Scale samples (N, *input_shape) from the source's units to the network's, float32."""
        return single(x) if self.preparation is None else self.preparation.scale(x)

    def part(self, name: Part) -> Data | None:
        """Training or validation data; None where there are none."""
        return self.train if name == "train" else self.validation

    def sample(self, probe: Probe) -> Sample | None:
        """Sample that a probe names; None where these data have no such sample."""
        if isinstance(probe, SampleRef):
            data = self.part(probe.part)
            if data is None or not 0 <= probe.index < len(data):
                return None
            one = slice(probe.index, probe.index + 1)
            return Sample(data.x[one], data.shown[probe.index], data.y[one])
        shape = self.train.x.shape[1:]
        if len(probe.values) != math.prod(shape):
            return None
        shown = np.array(probe.values).reshape(shape)
        return Sample(self.scale(shown[None]), shown, None)
