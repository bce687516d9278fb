"""Space request: one layer's outputs for many samples, as points in the plane."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.analysis import analyse_graph
from engine.backends.base import NetworkLike
from engine.graph import Graph
from engine.metrics import labels_of
from engine.principal_components import principal_plane
from engine.training.evaluation import PART
from engine.types import Shape
from nnstudio.document.probe import Part, Probe
from nnstudio.training.evenly_spaced import evenly_spaced
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.split import Split

Array = NDArray[Any]

# Samples that are drawn at most; and multiply-adds that one answer may take, some 50 ms. At least so many samples are
# drawn all the same.
MOST_SAMPLES = 1000
_MOST_WORK, _FEWEST = 5 * PART, 50
# Of layers with more units than this, fewer samples are drawn: the components take the cube of it. Numbers in all, and
# of one sample.
_MOST_WIDE, _ROOM = 300, 1 << 22
MOST_UNITS = 1 << 17
# Lines of the grid in each direction, and points of a line.
LINES, ALONG = 13, 49


@dataclass(frozen=True, eq=False)
class SpacePicture:
    """Answer to Space.

    Attributes:
        block: the layer, or "input". part: of the data. total: how many samples that part has.
        samples: (N,), the indices in that part. targets: (N,) classes, or (N, targets) in the units of the source.
        predictions: (N, outputs) of the network, numbers in the same units. said: (N,), the classes that it predicts;
            None for a regression.
        points: (N, 2), the outputs as they are for two units, one unit beside zeros, else the principal components.
        units: how many numbers the layer gives.
        shares: fractions of the variance along the two components; None where the outputs are drawn as they are.
        probe: (2,), the probe's place; None where it is not in these data.
        grid: (2 * LINES, ALONG, 2), lines of the input's plane, first those along its first axis; None unless data and
            layer have two numbers each.
    """

    block: str
    part: Part
    total: int
    samples: Array
    targets: Array
    predictions: Array
    said: Array | None
    points: Array
    units: int
    shares: tuple[float, float] | None
    probe: Array | None
    grid: Array | None

    @property
    def wrong(self) -> Array | None:
        """Flags, (N,), of samples whose predicted class is not the true one; None for a regression."""
        return None if self.said is None else self.said != self.targets


@dataclass(frozen=True)
class Space(Request):
    """Request for the outputs of one layer for up to 1000 evenly chosen samples, as points in the plane.

    Attributes:
        block: the layer, or "input" for the data.
        part: training, validation or test data. probe: whose place is told as well.
        threshold: a single output above it means class 1.
        bounds: (x0, y0, x1, y1) of the plane's part that the grid covers, in the units of the data's source; None for
            no grid.
    """

    share: ClassVar[float] = 0.15

    block: str
    part: Part
    probe: Probe
    threshold: float
    bounds: tuple[float, float, float, float] | None = None

    def answer(self, network: NetworkLike, split: Split) -> SpacePicture | Refusal | None:
        data = split.part(self.part)
        if data is None or not len(data):
            return Refusal(f"No data are held out for {self.part}. Set their share in the data panel.")
        if self.block not in ("input", *network.layers):
            return None
        units = _units(network.structure, network.input_shape)[self.block]
        if units > MOST_UNITS:
            return Refusal(
                f"{self.block} gives {units:,} numbers for each sample: too many to draw. Choose a later block."
            )
        chosen, sample = evenly(len(data), affordable(network.multiply_adds, units)), split.sample(self.probe)
        rows = [data.x[chosen], data.x[:0] if sample is None else sample.x]
        plane = self._plane(network, units, split.train.shown.shape[1:])
        if plane is not None:
            rows.append(split.scale(plane))
        values, predictions = _outputs(network, self.block, np.concatenate(rows))
        values = values.reshape(len(values), units)
        if not np.isfinite(values).all():
            return Refusal(
                f"The outputs of {self.block} are not finite. Reset the weights, or lower the learning rate."
            )
        count = len(chosen)
        points, shares = _in_plane(values, count)
        predicted, targets = predictions[:count], data.shown_y[chosen]
        if not data.classes:
            predicted = split.outputs(predicted)
        judged = bool(data.classes) and predicted.ndim == 2
        return SpacePicture(
            block=self.block,
            part=self.part,
            total=len(data),
            samples=chosen,
            targets=targets,
            predictions=predicted,
            said=labels_of(predicted, self.threshold) if judged else None,
            points=points[:count],
            units=units,
            shares=shares,
            probe=None if sample is None else points[count],
            grid=points[-2 * LINES * ALONG :].reshape(2 * LINES, ALONG, 2) if plane is not None else None,
        )

    def _plane(self, network: NetworkLike, units: int, shape: Shape) -> Array | None:
        """Points of the grid's lines, where there is a grid; `shape` is that of a sample in the source."""
        if units != 2 or self.bounds is None or shape != (2,):
            return None
        return grid_points(self.bounds) if 2 * LINES * ALONG * network.multiply_adds <= _MOST_WORK else None

    def cost(self, network: NetworkLike, split: Split) -> float:
        return float(min(MOST_SAMPLES * network.multiply_adds, _MOST_WORK))


def affordable(multiply_adds: int, units: int) -> int:
    """Number of samples of which one answer takes a bounded time, from the work of one and the numbers it has."""
    most = min(MOST_SAMPLES, max(_FEWEST, _MOST_WORK // max(multiply_adds, 1)))
    return min(most, max(_FEWEST, min(_MOST_WIDE, _ROOM // units))) if units > _MOST_WIDE else most


@lru_cache(maxsize=4)
def evenly(total: int, most: int) -> Array:
    """Indices of up to `most` of `total` samples, evenly spaced; read-only."""
    chosen = evenly_spaced(total, most)
    chosen.flags.writeable = False
    return chosen


@lru_cache(maxsize=4)
def grid_points(bounds: tuple[float, float, float, float]) -> Array:
    """Points (2 * LINES * ALONG, 2) of the grid's lines, one after another, first those along the first axis."""
    x0, y0, x1, y1 = bounds
    across, along = np.linspace(0, 1, LINES), np.linspace(0, 1, ALONG)
    first = np.stack(np.broadcast_arrays(along[None, :], across[:, None]), axis=2)
    unit = np.concatenate([first, first[:, :, ::-1]])
    points: Array = np.array([x0, y0]) + unit * np.array([x1 - x0, y1 - y0])
    return points.reshape(-1, 2)


@lru_cache(maxsize=2)
def _units(graph: Graph, input_shape: Shape) -> dict[str, int]:
    """Count of numbers that "input" and each layer give for one sample."""
    reports = analyse_graph(graph, input_shape)
    return {"input": math.prod(input_shape), **{name: math.prod(each.output or ()) for name, each in reports.items()}}


def _outputs(network: NetworkLike, block: str, x: Array) -> tuple[Array, Array]:
    """Outputs of a block, or "input", and those of the network."""
    output = network.structure.output
    found = network.activations(x, *{block, output} - {"input"})
    return (x if block == "input" else found[block]), found[output]


def _in_plane(values: Array, fitted: int) -> tuple[Array, tuple[float, float] | None]:
    """Places in the plane of outputs (N, units), as they are for one or two units."""
    if values.shape[1] > 2:
        return principal_plane(values, fitted)
    return np.pad(values, ((0, 0), (0, 2 - values.shape[1]))), None
