"""Loss landscape: the loss over a plane through the space of a network's parameters.

Li et al. 2018, "Visualizing the Loss Landscape of Neural Nets": two random directions, normalised by filter, or the
principal components of the path that training has taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from engine import losses
from engine.backends.base import NetworkLike
from engine.errors import EngineError, SpecError
from engine.losses import Loss
from engine.network import Network
from engine.principal_components import principal_components
from engine.training.evaluation import checked_source, evaluate
from engine.training.history import Score
from engine.types import Array

# Numbers beyond this are as good as infinite, as a loss.
_FAR = 1e30


@dataclass(frozen=True, eq=False)
class ParameterPlane:
    """Plane through the space of P parameters.

    Attributes:
        origin: (P,), the parameters at coordinates (0, 0).
        directions: (2, P), float32; coordinates count multiples of them. They need be neither unit vectors nor at a
            right angle.
        shares: fractions of the path's variance along the two; None where they are random.
    """

    origin: Array
    directions: Array
    shares: tuple[float, float] | None = None

    def at(self, first: float, second: float) -> Array:
        """Parameters (P,) at these coordinates; at (0, 0) exactly those of the origin."""
        if first == 0 and second == 0:
            return self.origin
        one, other = self.directions
        # Far out, what is too large becomes infinite, and so does the loss.
        with np.errstate(over="ignore", invalid="ignore"):
            moved: Array = self.origin + np.float32(first) * one + np.float32(second) * other
        return moved

    def project(self, vectors: Sequence[Array]) -> tuple[Array, Array]:
        """Coordinates (N, 2) of the nearest points of the plane to parameters (P,), and distances (N,) from it."""
        wide = self.directions.astype(np.float64)
        inverse = np.linalg.pinv(wide @ wide.T)
        places, distances = np.zeros((len(vectors), 2)), np.zeros(len(vectors))
        for index, vector in enumerate(vectors):
            away = vector.astype(np.float64) - self.origin
            places[index] = inverse @ (wide @ away)
            distances[index] = np.linalg.norm(away - places[index] @ wide)
        return places, distances


def random_plane(network: NetworkLike, seed: int) -> ParameterPlane:
    """Plane along two random directions, normalised by filter, through the present parameters.

    Each direction is drawn from a normal distribution. The part of every filter, or of every unit of a dense layer, is
    scaled to the norm of the filter's own weights: so 1 on an axis is as large a change for a network of small weights
    as for one of large ones, which computes the same behind a normalisation (section 4 of Li et al.). Biases and the
    parameters of normalisation layers stay as they are. Raises SpecError where no weight is left.
    """
    origin = _parameters(network)
    directions = np.zeros((2, origin.size), np.float32)
    for direction, rng in zip(directions, np.random.default_rng(seed).spawn(2), strict=True):
        start = 0
        for name, weights in network.parameters.items():
            part = direction[start : start + weights.size].reshape(weights.shape)
            start += weights.size
            block, _, key = name.partition(".")
            layer = network.layers[block]
            if weights.ndim > 1 and layer.is_weight(key):
                part[...] = rng.standard_normal(weights.shape, np.float32)
                part *= _filter_norms(weights, layer.weight_axes) / _filter_norms(part, layer.weight_axes)
    if not directions.any():
        raise SpecError("the network has no weights other than zero, so there is no direction to look along")
    return ParameterPlane(origin, directions)


def path_plane(network: NetworkLike, path: Sequence[Array]) -> ParameterPlane:
    """Plane along the first two principal components of a run's path, through the present parameters.

    `path` are parameters (P,) at several moments. The directions are unit vectors at a right angle, so that coordinates
    are distances (section 7 of Li et al.). Raises SpecError where the path has fewer than two directions.
    """
    directions, shares = principal_components(np.stack(path)) if len(path) > 2 else (np.zeros((2, 1)), (0.0, 0.0))
    if not directions[1].any():
        raise SpecError("the path of this run is still too short for a plane; train a few more steps")
    return ParameterPlane(_parameters(network), directions.astype(np.float32), shares)


def _parameters(network: NetworkLike) -> Array:
    """A copy (P,) of all parameters."""
    return np.array(network.state_vector[: network.parameter_count])


def _filter_norms(weights: Array, axes: tuple[int, int] | None) -> Array:
    """Norm of each filter, in a shape that multiplies the weights."""
    output = 0 if axes is None else axes[1]
    others = tuple(axis for axis in range(weights.ndim) if axis != output)
    norms: Array = np.sqrt(np.square(weights, dtype=np.float64).sum(axis=others, keepdims=True))
    return norms


class Landscape:
    """Loss as a function of a network's parameters, over fixed samples.

    It computes on a copy of the network, which itself is never touched. The state of layers, such as the running mean
    of BatchNorm, stays as it was when the landscape was made.

    Args:
        x: samples (N, *input_shape). y: N targets, as `Network.gradients` takes them.

    Raises DataError or ShapeError for samples that do not fit.
    """

    def __init__(self, network: NetworkLike, loss: str | Loss, x: ArrayLike, y: ArrayLike) -> None:
        self._twin = Network.graph(network.structure, input_shape=network.input_shape, seed=0)
        self._twin.state_vector[...] = network.state_vector
        self._loss = losses.get(loss)
        self._x, self._y = checked_source(self._twin, self._loss, x, y)

    def loss_of(self, parameters: Array) -> float:
        """Mean loss with these parameters (P,); infinite where it is beyond all bounds, NaN where it is not defined."""
        self._twin.parameter_vector[...] = parameters
        return self._measure()

    def loss_with_state(self, vector: Array) -> float:
        """Mean loss of a whole `state_vector`, with its own running statistics."""
        state = self._twin.state_vector[self._twin.parameter_count :].copy()
        self._twin.state_vector[...] = vector
        try:
            return self._measure()
        finally:
            self._twin.state_vector[self._twin.parameter_count :] = state

    def losses_at(self, plane: ParameterPlane, coordinates: Array) -> Array:
        """Losses (N,) at coordinates (N, 2) of a plane."""
        return np.array([self.loss_of(plane.at(first, second)) for first, second in coordinates.tolist()])

    def _measure(self) -> float:
        try:
            value = evaluate(self._twin, self._loss, self._x, self._y, Score((), self._loss.threshold))["loss"]
        except EngineError:
            # The outputs lie outside of what the loss is defined for.
            return float("nan")
        return value if not value > _FAR else float("inf")
