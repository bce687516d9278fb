"""Number-errors request: predicted against true numbers, with residuals and R²."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from engine.errors import DataError
from engine.judging import Errors, errors_of
from nnstudio.training.evenly_spaced import evenly_spaced
from nnstudio.training.requests.judged_part import SORTED, Judged, PartRequest
from nnstudio.training.split import Split

Array = NDArray[Any]

# Points that are drawn of all samples, and bars of the histogram, at most.
MOST_POINTS, MOST_BARS = 2000, 40


@dataclass(frozen=True, eq=False)
class NumberErrorsPicture(Judged):
    """Predicted against true numbers of one target in the units of the source, as the answer to NumberErrors.

    Attributes:
        target: number of the target, from 0.
        indices: the samples that are drawn, by their number in the part, (n,).
        true: true values of these, (n,). said: predictions, (n,).
        errors: errors of all samples that were judged.
        bars: counts of their residuals, (bars,). edges: ends of the bars, (bars + 1,).
    """

    target: int
    indices: Array
    true: Array
    said: Array
    errors: Errors
    bars: Array
    edges: Array


@dataclass(frozen=True)
class NumberErrors(PartRequest):
    """Request for the errors of one target."""

    most = SORTED

    target: int = 0

    def answer(self, network: NetworkLike, split: Split) -> NumberErrorsPicture | None:
        judged = self.judged(network, split) if not split.train.classes else None
        if judged is None:
            return None
        outputs, targets = split.outputs(judged.outputs), judged.data.shown_y[judged.chosen]
        if outputs.shape != targets.shape or self.target >= targets.shape[1]:
            return None
        true, said = (values[:, self.target].astype(np.float64) for values in (targets, outputs))
        if not np.isfinite(said).all():
            raise DataError("The outputs hold NaN or infinity; train anew with a lower learning rate")
        errors = errors_of(true, said)
        # As many bars as the rule of Rice University has it: twice the cube root of the samples.
        bars, edges = np.histogram(errors.residuals, bins=min(math.ceil(2 * len(true) ** (1 / 3)), MOST_BARS))
        drawn = evenly_spaced(len(true), MOST_POINTS)
        return NumberErrorsPicture(
            judged.part,
            len(true),
            len(judged.data),
            self.target,
            judged.chosen[drawn],
            true[drawn],
            said[drawn],
            errors,
            bars,
            edges,
        )
