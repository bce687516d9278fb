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
    """The data the network is trained on and, if any, the part kept for validation; both as the network takes them.

    `preparation` is what was fixed for them when training began, `notes` what there is to tell of it, in sentences.
    """

    train: Data
    validation: Data | None
    preparation: Preparation | None = None
    notes: tuple[str, ...] = ()

    def scale(self, x: Array) -> Array:
        """Samples (N, *input_shape) in the units of their source -> as the network takes them, float32."""
        return single(x) if self.preparation is None else self.preparation.scale(x)
