"""Grid request: the network's outputs over the plane of two inputs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from nnstudio.training.requests.base import Request
from nnstudio.training.split import Split

Array = NDArray[Any]


@dataclass(frozen=True)
class GridPicture:
    """Answer to Grid: `values` is (K, resolution, resolution), rows from y0 up to y1, columns from x0 to x1."""

    values: Array
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True)
class Grid(Request):
    """Request for outputs on a regular grid over the plane of two inputs.

    `bounds` is (x0, y0, x1, y1) in the units of the data's source, `resolution` the number of grid points along each
    side.
    """

    bounds: tuple[float, float, float, float]
    resolution: int = 100

    def answer(self, network: NetworkLike, split: Split) -> GridPicture | None:
        if network.input_shape != (2,) or len(network.output_shape) != 1:
            return None
        values = network.predict(split.scale(grid_points(self.bounds, self.resolution)))
        return GridPicture(values.T.reshape(-1, self.resolution, self.resolution), self.bounds)

    def cost(self, network: NetworkLike, split: Split) -> float:
        return float(self.resolution**2 * network.multiply_adds)


@lru_cache(maxsize=4)
def grid_points(bounds: tuple[float, float, float, float], resolution: int) -> Array:
    """Points of a grid, (resolution**2, 2) float64, row by row from the bottom."""
    x0, y0, x1, y1 = bounds
    x, y = np.meshgrid(np.linspace(x0, x1, resolution), np.linspace(y0, y1, resolution))
    return np.stack([x.ravel(), y.ravel()], axis=1)
