"""Train/validation split of a run's data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from engine.data import Data, Preparation
from engine.data.samples import single

Array = NDArray[Any]


@dataclass(frozen=True)
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
