"""Landscape requests: a plane of parameters, the loss at its points, and the run's place on it.

The plane is asked for once. Its answer holds a copy of the network, and goes back to the worker with each request for a
part of the grid: so a view that is hidden, or that wants another plane, has nothing to cancel, and training is never
touched.
"""

from __future__ import annotations

import math
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from engine.landscape import Landscape, ParameterPlane, path_plane, random_plane
from engine.losses import Loss
from nnstudio.training.contours import Bounds
from nnstudio.training.evenly_spaced import evenly_spaced
from nnstudio.training.landscape_grid import new_points
from nnstudio.training.moments import Moment, MomentLog
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.split import Split

Array = NDArray[Any]
# Directions: random ones, or those of the run's own path.
Directions = Literal["random", "path"]

# Samples over which the loss is taken, at most and at least; and the multiply-adds that they may take, some 5 ms.
MOST_SAMPLES = 1024
_FEWEST = 64
_MOST_WORK = 2e7
# Parameters of which a plane is made; it holds six copies of them.
MOST_PARAMETERS = 1 << 24
# Moments that are drawn as a path, and whose principal components are found at most; of these, numbers in all, and
# multiply-adds, some 0.3 s once.
_MOST_MOMENTS = 400
_MOST_NUMBERS, _MOST_PRODUCTS = 1 << 24, 2e9
# Seconds for one part of the grid: beside training or scrubbing, and where nothing else waits.
SECONDS, SECONDS_AT_REST = 0.012, 0.06


@dataclass(frozen=True, eq=False)
class RunPlaces:
    """Places of a run's moments on a plane.

    Attributes:
        steps: (N,), rising. places: (N, 2), of the nearest points of the plane. distances: (N,), from the plane.
    """

    steps: Array
    places: Array
    distances: Array


@dataclass(frozen=True, eq=False)
class LandscapeGround:
    """Answer to LandscapePlane: the plane with all that the loss over it needs.

    Attributes:
        plane: the plane. landscape: the loss, which computes on a network of its own.
        samples: how many samples of the `total` training samples the loss is taken over.
        path: the run's kept moments.
    """

    plane: ParameterPlane
    landscape: Landscape
    samples: int
    total: int
    path: RunPlaces


@dataclass(frozen=True)
class LandscapePlane(Request):
    """Request for a plane through the present parameters.

    Attributes:
        loss: the loss that is to be drawn over it.
        directions: random ones, normalised by filter, or the principal components of the run's path.
        seed: of random directions.
        ground: counts how often somebody wanted a new plane, through the parameters of that moment.
    """

    uses_moments: ClassVar[bool] = True

    loss: Loss
    directions: Directions = "random"
    seed: int = 0
    ground: int = 0

    def answer(self, network: NetworkLike, split: Split) -> LandscapeGround | Refusal:
        return self.answer_with_moments(network, split, MomentLog())

    def answer_with_moments(self, network: NetworkLike, split: Split, log: MomentLog) -> LandscapeGround | Refusal:
        count = network.parameter_count
        if count > MOST_PARAMETERS:
            return Refusal(
                f"This network has {count:,} parameters: too many for a loss landscape, which takes up to "
                f"{MOST_PARAMETERS:,}."
            )
        if not count:
            return Refusal("This network has no parameters, so its loss has no landscape.")
        if not _finite(network.state_vector):
            return Refusal("The parameters are not finite. Reset the weights, or look at an earlier step.")
        if self.directions == "random":
            plane = random_plane(network, self.seed)
        else:
            plane = path_plane(network, _vectors(network, _some(log.moments, _comparable(count))))
        chosen = evenly_spaced(len(split.train), _affordable(network))
        landscape = Landscape(network, self.loss, split.train.x[chosen], split.train.y[chosen])
        places = _places(plane, network, log.moments)
        return LandscapeGround(plane, landscape, len(chosen), len(split.train), places)

    def cost(self, network: NetworkLike, split: Split) -> float:
        return 1e3 * network.parameter_count


@dataclass(frozen=True, eq=False)
class LandscapeValues:
    """Answer to LandscapePart: losses (N,) at the points from `first` on, among those that are new at this side."""

    side: int
    first: int
    losses: Array


@dataclass(frozen=True)
class LandscapePart(Request):
    """Request for a part of the grid: as many points as fit into a moment.

    Attributes:
        ground: the answer to LandscapePlane. bounds: (x0, y0, x1, y1), in coordinates of the plane.
        side: points along each side of the grid; only those that the next coarser grid has not are computed.
        first: the first of them that is wanted.
        seconds: that it may take. It is no part of the question: the same points have the same losses.
    """

    share: ClassVar[float] = 0.1
    of_run: ClassVar[bool] = True

    ground: LandscapeGround
    bounds: Bounds
    side: int
    first: int = 0
    seconds: float = field(default=SECONDS, compare=False)

    def answer(self, network: NetworkLike, split: Split) -> LandscapeValues:
        end = time.perf_counter() + self.seconds
        points = new_points(self.bounds, self.side)[self.first :]
        found: list[float] = []
        for point in points:
            if found and time.perf_counter() >= end:
                break
            found += self.ground.landscape.losses_at(self.ground.plane, point[None]).tolist()
        return LandscapeValues(self.side, self.first, np.array(found))

    def series(self) -> Hashable:
        return type(self), self.ground

    def cost(self, network: NetworkLike, split: Split) -> float:
        return 1e7


@dataclass(frozen=True, eq=False)
class LandscapeSpot:
    """Answer to LandscapePlace.

    Attributes:
        place: of the nearest point of the plane. distance: of the parameters from it.
        loss: that of the parameters themselves, over the same samples.
        path: moments kept since the step that was asked for.
    """

    place: tuple[float, float]
    distance: float
    loss: float
    path: RunPlaces


@dataclass(frozen=True)
class LandscapePlace(Request):
    """Request for the place of the present parameters on a plane, and for the way there.

    Attributes:
        ground: the answer to LandscapePlane. since: the last step whose place is known.
    """

    share: ClassVar[float] = 0.03
    min_interval: ClassVar[float] = 1 / 30
    uses_moments: ClassVar[bool] = True

    ground: LandscapeGround
    since: int = -1

    def answer(self, network: NetworkLike, split: Split) -> LandscapeSpot | None:
        return self.answer_with_moments(network, split, MomentLog())

    def answer_with_moments(self, network: NetworkLike, split: Split, log: MomentLog) -> LandscapeSpot | None:
        ground, vector = self.ground, network.state_vector
        if network.parameter_count != ground.plane.origin.size or not _finite(vector):
            return None
        new = [moment for moment in log.moments if moment.step > self.since]
        ((x, y),), (distance,) = ground.plane.project([vector[: network.parameter_count]])
        loss = ground.landscape.loss_with_state(vector)
        return LandscapeSpot((float(x), float(y)), float(distance), loss, _places(ground.plane, network, new))

    def series(self) -> Hashable:
        return type(self), self.ground

    def cost(self, network: NetworkLike, split: Split) -> float:
        return float(self.ground.samples * network.multiply_adds)


def _affordable(network: NetworkLike) -> int:
    """Number of samples of which the loss at one point takes a bounded time."""
    return min(MOST_SAMPLES, max(_FEWEST, int(_MOST_WORK / max(network.multiply_adds, 1))))


def _comparable(parameters: int) -> int:
    """Number of moments whose principal components take a bounded time and room."""
    most = min(_MOST_MOMENTS, _MOST_NUMBERS // parameters, math.isqrt(int(_MOST_PRODUCTS / parameters)))
    return max(most, 3)


def _some(moments: Sequence[Moment], most: int) -> list[Moment]:
    """At most so many of the moments, the first and the last among them; those after an explosion are left out."""
    some = [moments[place] for place in evenly_spaced(len(moments), most).tolist()] if moments else []
    return [moment for moment in some if _finite(moment.vector)]


def _vectors(network: NetworkLike, moments: Sequence[Moment]) -> list[Array]:
    """Parameters (P,) at these moments, without the state of layers."""
    return [moment.vector[: network.parameter_count] for moment in moments]


def _finite(vector: Array) -> bool:
    return bool(np.isfinite(vector).all())


def _places(plane: ParameterPlane, network: NetworkLike, moments: Sequence[Moment]) -> RunPlaces:
    """Places of the run at these moments, or at some of them where they are many."""
    shown = _some(moments, _MOST_MOMENTS)
    steps = np.array([moment.step for moment in shown], np.int64)
    return RunPlaces(steps, *plane.project(_vectors(network, shown)))
