"""Train, validation and test split of a run's data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data import Data, Preparation
from engine.data.samples import single
from engine.data.stored_samples import in_memory
from nnstudio.document.probe import Part, Probe, SampleRef
from nnstudio.training.resampled import Resampled

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Sample:
    """One sample, as the network takes it and as a person reads it.

    Attributes:
        x: (1, *input_shape), float32, as the network takes it.
        shown: (*shape), in the units of the data's source, whose samples may have another shape.
        y: its target, (1,) or (1, targets), as the network learns it; None for values given by hand.
        shown_y: its target in the units of the data's source; None as well.
    """

    x: Array
    shown: Array
    y: Array | None
    shown_y: Array | None = None


@dataclass(frozen=True, eq=False)
class Split:
    """Training data and, if any, validation and test data, all preprocessed for the network.

    Test data are for the end: nothing is trained on them, and no curve is drawn of them. `preparation` is the
    preprocessing fixed when training began, `notes` are sentences on it. `resampled` records what each step did that
    chooses among the training samples, or changes their targets.
    """

    train: Data
    validation: Data | None
    preparation: Preparation | None = None
    notes: tuple[str, ...] = ()
    test: Data | None = None
    resampled: tuple[Resampled, ...] = ()

    def scale(self, x: Array) -> Array:
        """Convert samples (N, *shape) from the source's units to the network's, float32."""
        return single(x) if self.preparation is None else self.preparation.scale(x)

    def outputs(self, outputs: Array) -> Array:
        """Convert outputs (N, targets) of the network to the units of the source, where its targets were scaled."""
        return outputs if self.preparation is None else self.preparation.outputs(outputs)

    @property
    def parts(self) -> tuple[Data, ...]:
        """All parts that there are, training first."""
        return tuple(part for part in (self.train, self.validation, self.test) if part is not None)

    def part(self, name: Part) -> Data | None:
        """Part of this name; None where there is none."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]

    def goes_on(self, earlier: Split) -> bool:
        """True if these are samples of the same kind as earlier ones, to which single ones were added, or taken."""
        one, other = self.train, earlier.train
        return (
            one.keys is not None
            and other.keys is not None
            and (one.x.shape[1:], one.task) == (other.x.shape[1:], other.task)
            and len(one.classes) == len(other.classes)
        )

    def differs_in_names_alone(self, earlier: Split) -> bool:
        """True if only classes of painted points are called something else than in an earlier split."""
        kept = None if earlier.preparation is None else earlier.preparation.with_classes(self.train.classes)
        return (
            self.goes_on(earlier)
            and self.preparation == kept
            and len(self.parts) == len(earlier.parts)
            and all(
                np.array_equal(in_memory(one.x), in_memory(other.x)) and np.array_equal(one.y, other.y)
                for one, other in zip(self.parts, earlier.parts, strict=True)
            )
        )

    def sample(self, probe: Probe) -> Sample | None:
        """Sample that a probe names; None where these data have no such sample."""
        if isinstance(probe, SampleRef):
            data = self.part(probe.part)
            if data is None or not 0 <= probe.index < len(data):
                return None
            one = slice(probe.index, probe.index + 1)
            return Sample(data.x[one], data.shown[probe.index], data.y[one], data.shown_y[one])
        shape = self.train.shown.shape[1:]
        if len(probe.values) != math.prod(shape):
            return None
        shown = np.array(probe.values).reshape(shape)
        return Sample(self.scale(shown[None]), shown, None)
