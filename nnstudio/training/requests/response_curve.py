"""Request for the network's outputs over its one input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from nnstudio.training.requests.base import Request
from nnstudio.training.split import Split

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class CurvePicture:
    """Answer to ResponseCurve.

    Attributes:
        x: (N,), increasing, in the units of the data's source.
        values: (N, K), the outputs there, numbers in the units of the source.
    """

    x: Array
    values: Array


@dataclass(frozen=True)
class ResponseCurve(Request):
    """Request for outputs at regular places between two values of the one input.

    Attributes:
        low, high: first and last place, in the units of the data's source.
        points: number of places.
    """

    min_interval: ClassVar[float] = 1 / 30

    low: float
    high: float
    points: int = 401

    def answer(self, network: NetworkLike, split: Split) -> CurvePicture | None:
        if split.train.shown.shape[1:] != (1,) or len(network.output_shape) != 1:
            return None
        x = np.linspace(self.low, self.high, self.points)
        return CurvePicture(x, np.array(split.outputs(network.predict(split.scale(x[:, None])))))

    def cost(self, network: NetworkLike, split: Split) -> float:
        return float(self.points * network.multiply_adds)
