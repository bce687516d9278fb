"""Planes through the space of inputs: two features, or two principal components."""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data import Data
from engine.principal_components import principal_components
from nnstudio.document.probe import Probe
from nnstudio.training.evenly_spaced import evenly_spaced
from nnstudio.training.split import Split

Array = NDArray[Any]

# Samples by which principal components are found; more hardly change the first two. With more inputs than _MANY it
# takes long (784 inputs: half a second for 1,000 samples), and training waits meanwhile.
MOST_SAMPLES, _FEWER, _MANY = 1000, 400, 256


@dataclass(frozen=True)
class FeaturePlane:
    """Plane along two inputs.

    Attributes:
        first, second: their indices; the first runs to the right, the second up.
        rest: the sample whose values all other inputs have; None for the mean of the training data.
    """

    first: int = 0
    second: int = 1
    rest: Probe | None = None


@dataclass(frozen=True)
class PrincipalPlane:
    """Plane along the first two principal components of the training data.

    Attributes:
        rest: the sample through which the plane passes; None for the mean of the training data.
    """

    rest: Probe | None = None


Plane = FeaturePlane | PrincipalPlane


def parallel(one: Plane | None, other: Plane) -> bool:
    """True if two planes have the same axes, so that a point has the same coordinates in both."""
    return one is not None and replace(one, rest=None) == replace(other, rest=None)


# Of data with two inputs, it is all of their space.
WHOLE = FeaturePlane()


@dataclass(frozen=True, eq=False)
class Frame:
    """Coordinates of a plane among D inputs, in the units of the data's source.

    Attributes:
        shape: of a sample, without the batch axis; D is the product.
        origin: (D,), the point at (0, 0).
        axes: (2, D), the step from a point to the next along each coordinate.
        duals: (2, D); the coordinates of a point x, projected onto the plane, are duals @ (x - origin).
        explained: share of the training data's variance along each axis; None where the axes are inputs.
    """

    shape: tuple[int, ...]
    origin: Array
    axes: Array
    duals: Array
    explained: tuple[float, float] | None = None

    @property
    def exact(self) -> bool:
        """True if the plane holds all of the space, so that every point lies in it."""
        return len(self.origin) == 2

    def points(self, coordinates: Array) -> Array:
        """Points (N, *shape) at coordinates (N, 2)."""
        return (coordinates @ self.axes + self.origin).reshape(-1, *self.shape)

    def project(self, x: Array) -> Array:
        """Coordinates (N, 2) of points (N, *shape), projected onto the plane."""
        result: Array = (x.reshape(len(x), -1) - self.origin) @ self.duals.T
        return result


def frame_of(plane: Plane, split: Split) -> Frame | None:
    """Frame of a plane for these data; None where they have no such plane or no such sample."""
    shape = split.train.shown.shape[1:]
    size = math.prod(shape)
    if size < 2 or not len(split.train):
        return None
    rest = None if plane.rest is None else split.sample(plane.rest)
    if plane.rest is not None and rest is None:
        return None
    through = None if rest is None else rest.shown.astype(np.float64).ravel()
    if isinstance(plane, PrincipalPlane):
        return _principal_frame(split, shape, through)
    chosen = (plane.first, plane.second)
    if plane.first == plane.second or not all(0 <= index < size for index in chosen):
        return None
    if size == 2:
        origin = np.zeros(2)
    else:
        origin = _summary(split.train).mean.copy() if through is None else through
    origin[list(chosen)] = 0.0
    axes = np.zeros((2, size))
    axes[[0, 1], list(chosen)] = 1.0
    return Frame(shape, origin, axes, axes)


def _principal_frame(split: Split, shape: tuple[int, ...], through: Array | None) -> Frame:
    """The components are those of the inputs as they are scaled for the network; the frame is in the source's units."""
    known = split.preparation
    scale = None if known is None or not (known.standardisation or known.steps) else known.input_scale
    summary = _summary(split.train)
    directions, explained = summary.components
    spread = summary.spread if scale is None else scale
    axes, duals = directions * spread, directions / spread
    origin = summary.mean.copy()
    if through is not None:
        # As far off the plane through the mean as the sample is, and at (0, 0) all the same.
        origin = through - (duals @ (through - origin)) @ axes
    return Frame(shape, origin, axes, duals, explained)


@dataclass(frozen=True, eq=False)
class _Summary:
    """Mean of training data in the source's units, and their principal components.

    `components` are two orthonormal directions, (2, D), and their shares of the variance. Where the network gets other
    inputs, they are those of the source, each divided by its `spread`; else that is 1.
    """

    mean: Array
    spread: Array
    components: tuple[Array, tuple[float, float]]


# Of the data last asked for. It is found in the worker alone, so nothing locks it.
_known: tuple[weakref.ref[Data], _Summary] | None = None


def _summary(data: Data) -> _Summary:
    global _known
    if _known is not None and _known[0]() is data:
        return _known[1]
    most = MOST_SAMPLES if data.x[0].size <= _MANY else _FEWER
    chosen = evenly_spaced(len(data), most)
    shown = data.shown[chosen].reshape(len(chosen), -1)
    mean, spread = shown.mean(axis=0, dtype=np.float64), np.ones(shown.shape[1])
    seen = data.x[chosen].reshape(len(chosen), -1)
    if seen.shape != shown.shape:
        spread = shown.std(axis=0, dtype=np.float64)
        spread[spread == 0] = 1.0
        seen = (shown - mean) / spread
    directions, shares = principal_components(seen)
    made = _Summary(mean, spread, (completed(directions), shares))
    _known = weakref.ref(data), made
    return made


def completed(directions: Array) -> Array:
    """Two orthonormal directions, those that are zero replaced by inputs that stand at a right angle to the other."""
    for place in range(2):
        if not directions[place].any():
            other = directions[1 - place]
            # The input that the other direction has least of.
            found = np.zeros(directions.shape[1])
            found[int(np.argmin(np.abs(other)))] = 1.0
            found -= (found @ other) * other
            directions[place] = found / np.linalg.norm(found)
        if directions[place][np.argmax(np.abs(directions[place]))] < 0:
            directions[place] *= -1
    return directions
