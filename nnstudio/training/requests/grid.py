"""Grid request: the network's outputs over a plane through the space of its inputs."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from nnstudio.document.probe import UnitRef
from nnstudio.training.contours import Bounds, Contour, contours, round_levels
from nnstudio.training.plane_values import Aspect, heights, middle
from nnstudio.training.planes import WHOLE, Frame, Plane, frame_of
from nnstudio.training.requests.base import Request
from nnstudio.training.split import Split

Array = NDArray[Any]

# Multiply-adds that a grid may take: some 10 ms, since the next frame and training wait meanwhile; and all bands
# of a finer one together. A network too large for that gets a coarser grid, down to the fewest points along a side.
_MOST_WORK, _MOST_FINE_WORK, _FEWEST = 1e8, 2e10, 16
# Seconds for one band, and points that are computed at once.
_BAND_SECONDS, _PART = 0.012, 4096


@dataclass(frozen=True, eq=False)
class GridPicture:
    """Answer to Grid.

    Attributes:
        values: (K, side, side), the outputs, numbers in the units of the source; rows from y0 up to y1, columns from x0
            to x1.
        bounds: of the plane, (x0, y0, x1, y1).
        unit: (side, side), the values of the unit, where the aspect is one.
        contours: of the aspect's values, at round levels, where they were asked for.
        aspect: the one that was asked for.
    """

    values: Array
    bounds: Bounds
    unit: Array | None = None
    contours: tuple[Contour, ...] = ()
    aspect: Aspect = "classes"


@dataclass(frozen=True)
class Grid(Request):
    """Request for outputs on a regular grid over a plane.

    Attributes:
        bounds: (x0, y0, x1, y1) in the coordinates of the plane; for two inputs, in the units of the data's source.
        resolution: number of grid points along each side; large networks give fewer.
        plane: the plane; that of data with two inputs by default.
        aspect: what is wanted beside the outputs: the values of a unit, and of what contours are.
        threshold: of the loss; contours of one output pass through it.
        with_contours: contours are wanted.
    """

    min_interval: ClassVar[float] = 1 / 30

    bounds: Bounds
    resolution: int = 100
    plane: Plane = WHOLE
    aspect: Aspect = "classes"
    threshold: float = 0.5
    with_contours: bool = False

    def answer(self, network: NetworkLike, split: Split) -> GridPicture | None:
        frame = self.frame(network, split)
        if frame is None:
            return None
        side = self.side(network, _MOST_WORK)
        points = grid_points(self.bounds, side)
        parts = [self.outputs(network, split, frame, points[at : at + _PART]) for at in range(0, len(points), _PART)]
        values, unit = _joined(parts, side)
        lines = self._lines(values, unit) if self.with_contours else ()
        return GridPicture(values, self.bounds, unit, lines, self.aspect)

    def cost(self, network: NetworkLike, split: Split) -> float:
        return float(self.side(network, _MOST_WORK) ** 2 * network.multiply_adds)

    def side(self, network: NetworkLike, most: float) -> int:
        """Points along each side, so that all take no more than so many multiply-adds."""
        affordable = math.isqrt(int(most / max(network.multiply_adds, 1)))
        return min(self.resolution, max(affordable, _FEWEST))

    def outputs(
        self, network: NetworkLike, split: Split, frame: Frame, coordinates: Array
    ) -> tuple[Array, Array | None]:
        """Outputs (N, K) at coordinates (N, 2) of the plane, and the values (N,) of the unit if there is one."""
        x = split.scale(frame.points(coordinates))
        if not isinstance(self.aspect, UnitRef):
            return split.outputs(network.predict(x)), None
        trace = network.trace(x)
        block = trace.outputs.get(self.aspect.block)
        fits = block is not None and block.ndim == 2 and 0 <= self.aspect.index < block.shape[1]
        unit = block[:, self.aspect.index].copy() if block is not None and fits else None
        return split.outputs(np.array(trace.outputs[network.structure.output])), unit

    def frame(self, network: NetworkLike, split: Split) -> Frame | None:
        """Frame of the plane, None where network, data and plane do not fit."""
        if network.input_shape != split.train.x.shape[1:] or len(network.output_shape) != 1:
            return None
        return frame_of(self.plane, split)

    def _lines(self, values: Array, unit: Array | None) -> tuple[Contour, ...]:
        field = heights(values, unit, self.aspect, self.threshold)
        known = field[np.isfinite(field)]
        if not known.size:
            return ()
        through = middle(len(values), self.aspect, self.threshold)
        return contours(field, self.bounds, round_levels(float(known.min()), float(known.max()), through))


@dataclass(frozen=True, eq=False)
class BandPicture:
    """Answer to GridBand.

    Attributes:
        first: the first row of the band. side: points along each side of the whole grid.
        values: (K, rows, side). unit: (rows, side), where the aspect is one.
        contours: from the row before the band to its last one.
    """

    first: int
    side: int
    values: Array
    unit: Array | None
    contours: tuple[Contour, ...] = ()


@dataclass(frozen=True)
class GridBand(Request):
    """Request for a band of a grid: as many rows as fit into a moment, so that nothing waits for a fine picture.

    Attributes:
        grid: the whole grid. first: the first row that is wanted. levels: those of the contours.
    """

    grid: Grid
    first: int
    levels: tuple[float, ...] = ()

    def answer(self, network: NetworkLike, split: Split) -> BandPicture | None:
        grid, end = self.grid, time.perf_counter() + _BAND_SECONDS
        frame = grid.frame(network, split)
        side = grid.side(network, _MOST_FINE_WORK)
        if frame is None or not 0 <= self.first < side:
            return None
        points = grid_points(grid.bounds, side)
        step = max(1, min(_PART, int(_MOST_WORK / 100 / max(network.multiply_adds, 1))) // side)
        # With the last row of the band before, so that lines lead from one to the other.
        begin = row = max(self.first - 1, 0)
        parts: list[tuple[Array, Array | None]] = []
        while row < side and (row <= self.first or time.perf_counter() < end):
            following = min(row + step, side)
            parts.append(grid.outputs(network, split, frame, points[row * side : following * side]))
            row = following
        values, unit = _joined(parts, side)
        field = heights(values, unit, grid.aspect, grid.threshold)
        lines = contours(field, _part_of(grid.bounds, side, begin, row - 1), self.levels)
        more = self.first - begin
        return BandPicture(self.first, side, values[:, more:], None if unit is None else unit[more:], lines)

    def cost(self, network: NetworkLike, split: Split) -> float:
        return 1e7


def _joined(parts: Sequence[tuple[Array, Array | None]], side: int) -> tuple[Array, Array | None]:
    """Outputs (K, rows, side) and values of the unit (rows, side) from parts of a grid."""
    units = [unit for _, unit in parts if unit is not None]
    values = np.concatenate([outputs for outputs, _ in parts]).T
    return values.reshape(len(values), -1, side), np.concatenate(units).reshape(-1, side) if units else None


def _part_of(bounds: Bounds, side: int, first: int, last: int) -> Bounds:
    """Bounds of some rows of a grid."""
    x0, y0, x1, y1 = bounds
    step = (y1 - y0) / (side - 1)
    return x0, y0 + first * step, x1, y0 + last * step


@lru_cache(maxsize=8)
def grid_points(bounds: Bounds, resolution: int) -> Array:
    """Points of a grid, (resolution**2, 2) float64, row by row from the bottom."""
    x0, y0, x1, y1 = bounds
    x, y = np.meshgrid(np.linspace(x0, x1, resolution), np.linspace(y0, y1, resolution))
    return np.stack([x.ravel(), y.ravel()], axis=1)
