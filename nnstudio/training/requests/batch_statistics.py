"""Batch statistics request: outputs, gradients and weights of every block over a fixed reference batch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from engine.layers.base import Layer
from engine.losses import Loss
from nnstudio.training.evenly_spaced import evenly_spaced
from nnstudio.training.requests.base import Request
from nnstudio.training.split import Split

Array = NDArray[Any]

# Samples of the reference batch; fewer where the network is so large that these would hold training up.
MOST_SAMPLES = 256
_FEWEST = 16
# Multiply-adds that they may take, forwards and backwards: some 10 ms, since the next frame waits meanwhile.
_MOST_WORK = 3e7
# Bars of a histogram, and how many numbers of an array are counted for it, evenly spaced.
BARS = 48
_MOST_COUNTED = 1 << 14
# Share of the output range, at either end, in which a unit is saturated: of tanh beyond 0.95, of sigmoid beyond 0.975.
_EDGE = 0.025


@dataclass(frozen=True, eq=False)
class Spread:
    """Distribution of the numbers of an array; those that are not finite are left out.

    Attributes:
        mean, deviation, minimum, maximum: of all numbers; norm: their root of the sum of squares.
        size: how many numbers the array has.
        counts: (BARS,), of numbers between `minimum` and `maximum`, of evenly spaced ones where there are very many.
    """

    mean: float
    deviation: float
    minimum: float
    maximum: float
    norm: float
    size: int
    counts: Array

    @property
    def edges(self) -> Array:
        """Edges of the histogram's bars, (BARS + 1,)."""
        return np.linspace(self.minimum, self.maximum, len(self.counts) + 1)

    @property
    def rms(self) -> float:
        """Root mean square."""
        return self.norm / math.sqrt(max(self.size, 1))


@dataclass(frozen=True, eq=False)
class BlockStatistics:
    """Statistics of one block over the reference batch.

    Attributes:
        outputs: of its outputs. gradients: of dE/d(output) of one sample each, E being that sample's loss.
        dead: share of its units that are 0 for every sample, where a layer can die (`Layer.dies`); else None. A feature
            map is one unit.
        saturated: share of its outputs that lie at an end of their range, where a layer saturates; else None.
    """

    outputs: Spread
    gradients: Spread
    dead: float | None = None
    saturated: float | None = None


@dataclass(frozen=True, eq=False)
class ParameterStatistics:
    """Statistics of one parameter.

    Attributes:
        values: of its numbers. gradients: of dE/d(parameter), E being the mean loss over the batch.
        update: norm of what the last step has changed; None where no step was watched.
        weight: it multiplies the input (`Layer.is_weight`), as biases do not.
    """

    values: Spread
    gradients: Spread
    update: float | None = None
    weight: bool = True

    @property
    def update_ratio(self) -> float | None:
        """Norm of the last step's change in relation to that of the values; None where it is not known."""
        return None if self.update is None or not self.values.norm else self.update / self.values.norm


@dataclass(frozen=True, eq=False)
class BatchPicture:
    """Answer to BatchStatistics.

    Attributes:
        blocks: by name, "input" first, in the order of the data. parameters: by full names ("dense_1.weight").
        frozen: the blocks whose parameters are held.
        loss: mean over the batch. samples: their number.
    """

    blocks: Mapping[str, BlockStatistics]
    parameters: Mapping[str, ParameterStatistics]
    frozen: frozenset[str]
    loss: float
    samples: int

    def weights_of(self, block: str) -> tuple[ParameterStatistics, ...]:
        """Statistics of a block's weights, biases left out."""
        named = (each for name, each in self.parameters.items() if name.partition(".")[0] == block)
        return tuple(each for each in named if each.weight)

    @cached_property
    def learning(self) -> tuple[str, ...]:
        """Blocks with trained weights, in the order of the data."""
        weighty = {name.partition(".")[0] for name, each in self.parameters.items() if each.weight}
        return tuple(name for name in self.blocks if name in weighty - self.frozen)

    def update_ratio(self, block: str) -> float | None:
        """Norm of the last step's change of a block's weights over their own; None where no step was watched."""
        weights = self.weights_of(block)
        norm = math.hypot(*(each.values.norm for each in weights))
        changes = [each.update for each in weights if each.update is not None]
        return math.hypot(*changes) / norm if norm and changes else None


@dataclass(frozen=True)
class BatchStatistics(Request):
    """Request for statistics over the reference batch: up to 256 evenly chosen training samples, always the same."""

    share: ClassVar[float] = 0.02
    min_interval: ClassVar[float] = 0.25
    watches_step: ClassVar[bool] = True
    of_run: ClassVar[bool] = True

    loss: Loss

    def answer(self, network: NetworkLike, split: Split) -> BatchPicture:
        chosen = reference_batch(len(split.train), network.multiply_adds)
        x, y = split.train.x[chosen], split.train.y[chosen]
        trace = network.trace(x, y, self.loss)
        samples = len(chosen)
        blocks = {
            name: _block(network.layers.get(name), outputs, trace.gradients[name] * samples)
            for name, outputs in trace.outputs.items()
        }
        parameters = {
            name: ParameterStatistics(
                spread(array), spread(trace.parameter_gradients[name]), weight=_is_weight(network, name)
            )
            for name, array in network.parameters.items()
        }
        assert trace.loss is not None
        return BatchPicture(blocks, parameters, network.frozen, trace.loss, samples)

    def answer_after_step(self, network: NetworkLike, split: Split, before: Mapping[str, Array]) -> BatchPicture:
        picture = self.answer(network, split)
        now = network.parameters
        changed = {
            name: replace(statistics, update=float(np.linalg.norm(now[name] - before[name])))
            for name, statistics in picture.parameters.items()
        }
        return replace(picture, parameters=changed)

    def cost(self, network: NetworkLike, split: Split) -> float:
        return 3.0 * len(reference_batch(len(split.train), network.multiply_adds)) * network.multiply_adds


@dataclass(frozen=True)
class LiveBatchStatistics(BatchStatistics):
    """Request for the same where somebody looks at it: it may take more of the time. It stands for the other one."""

    share: ClassVar[float] = 0.1


@lru_cache(maxsize=8)
def reference_batch(total: int, multiply_adds: int) -> Array:
    """Indices of the reference batch among `total` training samples, evenly spaced."""
    most = min(MOST_SAMPLES, max(_FEWEST, int(_MOST_WORK / max(3 * multiply_adds, 1))))
    chosen = evenly_spaced(total, most)
    chosen.flags.writeable = False
    return chosen


def spread(array: Array) -> Spread:
    """Distribution of the numbers of an array of any shape."""
    size = array.size
    narrow = array.ravel()
    flat = narrow.astype(np.float64)
    squares = float(flat @ flat)
    if not math.isfinite(squares):
        # The square of no finite number of the network is too large for a float64.
        narrow = flat = flat[np.isfinite(flat)]
        squares = float(flat @ flat)
    if not len(flat):
        return Spread(0.0, 0.0, 0.0, 0.0, 0.0, size, np.zeros(BARS, np.intp))
    low, high, mean = float(narrow.min()), float(narrow.max()), float(flat.mean())
    # Each pass over a large array counts, so the deviation follows from the sum of squares.
    deviation = math.sqrt(max(squares / len(flat) - mean * mean, 0.0)) if high > low else 0.0
    some = flat[:: -(-len(flat) // _MOST_COUNTED)]
    reach = high - low
    if reach > 0 and np.isfinite(BARS / reach):
        places = np.minimum((some - low) * (BARS / reach), BARS - 1).astype(np.intp)
    else:
        places = np.full(len(some), BARS // 2)
    return Spread(mean, deviation, low, high, math.sqrt(squares), size, np.bincount(places, minlength=BARS))


def _is_weight(network: NetworkLike, name: str) -> bool:
    block, _, key = name.partition(".")
    return network.layers[block].is_weight(key)


def _block(layer: Layer | None, outputs: Array, gradients: Array) -> BlockStatistics:
    dead = saturated = None
    if layer is not None and layer.dies and outputs.size:
        silent = (outputs == 0).all(axis=(0, *range(2, outputs.ndim)))
        dead = float(silent.mean())
    if layer is not None and layer.saturates and outputs.size:
        low, high = layer.output_range()
        edge = _EDGE * (high - low)
        saturated = float(((outputs < low + edge) | (outputs > high - edge)).mean())
    return BlockStatistics(spread(outputs), spread(gradients), dead, saturated)
