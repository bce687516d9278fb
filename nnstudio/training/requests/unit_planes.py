"""Unit planes request: the output of every unit over the plane of two inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.grid import grid_points
from nnstudio.training.split import Split

Array = NDArray[Any]

# Units of a block that are given without having been asked for by number.
MOST_UNITS = 128


@dataclass(frozen=True, eq=False)
class UnitPlanePicture:
    """Answer to UnitPlanes.

    Attributes:
        bounds: of the plane, (x0, y0, x1, y1) in the units of the data's source.
        planes: by block, "input" first: (units, resolution, resolution) float32, rows from y0 up to y1, columns from x0
            to x1.
        units: by block, the units that these are, in ascending order.
        totals: by block, how many units it has.
    """

    bounds: tuple[float, float, float, float]
    planes: Mapping[str, Array]
    units: Mapping[str, tuple[int, ...]]
    totals: Mapping[str, int]

    def plane(self, block: str, unit: int) -> Array | None:
        """Output of one unit, (resolution, resolution); None where it is not among those given."""
        units = self.units.get(block, ())
        return self.planes[block][units.index(unit)] if unit in units else None


@dataclass(frozen=True)
class UnitPlanes(Request):
    """Request for the outputs of the units of all blocks with flat output, for networks with two inputs.

    All views that ask for the same plane get one answer, so ask with the bounds of the data (`ui.plane.bounds_of`) and
    the usual resolution where that will do.

    Attributes:
        bounds: (x0, y0, x1, y1) in the units of the data's source.
        units: the wanted units of blocks, by name, in ascending order. A block that is not named gives all its units,
            or none if it has more than `MOST_UNITS`.
        resolution: number of grid points along each side.
    """

    share: ClassVar[float] = 0.15
    min_interval: ClassVar[float] = 1 / 30

    bounds: tuple[float, float, float, float]
    units: tuple[tuple[str, tuple[int, ...]], ...] = ()
    resolution: int = 24

    def answer(self, network: NetworkLike, split: Split) -> UnitPlanePicture | None:
        if split.train.shown.shape[1:] != (2,) or network.input_shape != split.train.x.shape[1:]:
            return None
        side, wanted = self.resolution, dict(self.units)
        trace = network.trace(split.scale(grid_points(self.bounds, side)))
        planes: dict[str, Array] = {}
        units: dict[str, tuple[int, ...]] = {}
        totals: dict[str, int] = {}
        for block, outputs in trace.outputs.items():
            if outputs.ndim != 2:
                continue
            totals[block] = total = outputs.shape[1]
            usual = tuple(range(total)) if total <= MOST_UNITS else ()
            units[block] = chosen = tuple(unit for unit in wanted.get(block, usual) if unit < total)
            values = outputs if chosen == usual else outputs[:, list(chosen)]
            planes[block] = np.array(values.T, np.float32, order="C").reshape(-1, side, side)
        return UnitPlanePicture(self.bounds, planes, units, totals)

    def cost(self, network: NetworkLike, split: Split) -> float:
        return float(self.resolution**2 * network.multiply_adds)


def strongest(values: Array, most: int) -> tuple[int, ...]:
    """Units of the largest absolute output, at most `most` of them, in ascending order.

    `values` is a block's output for one sample, (units, ...); that of a feature map is its root mean square. Of equal
    ones the first come first. Computed for the probe once, and not again at every step: else the units on show would
    change all the time.
    """
    total = len(values)
    if total <= most:
        return tuple(range(total))
    flat = values.reshape(total, -1).astype(np.float64)
    sizes = np.linalg.norm(np.where(np.isfinite(flat), flat, math.inf), axis=1)
    return tuple(sorted(np.argsort(-sizes, kind="stable")[:most].tolist()))
