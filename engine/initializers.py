"""Initialisers: functions that give parameters their first values.

Each initialiser is a function `(rng, shape, fan_in, fan_out) -> array`; `INITIALIZERS` is the registry. "auto" is
resolved by the network, which knows what follows a layer: He for ReLU-like followers, Glorot otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

InitializerName = Literal[
    "auto",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_normal",
    "normal",
    "uniform",
    "orthogonal",
    "zeros",
    "ones",
]

Initializer = Callable[[np.random.Generator, tuple[int, ...], int, int], NDArray[Any]]


def glorot_uniform(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> NDArray[Any]:
    """Uniform within +-sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010, equation 16)."""
    bound = math.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, shape)


def glorot_normal(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> NDArray[Any]:
    """Normal with variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010)."""
    return rng.normal(0, math.sqrt(2 / (fan_in + fan_out)), shape)


def he_uniform(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> NDArray[Any]:
    """Uniform within +-sqrt(6 / fan_in) (He et al. 2015, section 2.2)."""
    bound = math.sqrt(6 / fan_in)
    return rng.uniform(-bound, bound, shape)


def he_normal(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> NDArray[Any]:
    """Normal with variance 2 / fan_in (He et al. 2015, equation 10)."""
    return rng.normal(0, math.sqrt(2 / fan_in), shape)


def lecun_normal(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> NDArray[Any]:
    """Normal with variance 1 / fan_in (LeCun et al. 1998, "Efficient BackProp", equation 16)."""
    return rng.normal(0, math.sqrt(1 / fan_in), shape)


def normal(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> NDArray[Any]:
    """Standard normal, whatever the layer's size; usual in from-scratch tutorials."""
    return rng.standard_normal(shape)


def uniform(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> NDArray[Any]:
    """Uniform within +-1 / sqrt(fan_in), the default of PyTorch's linear and convolution layers."""
    bound = 1 / math.sqrt(fan_in)
    return rng.uniform(-bound, bound, shape)


def orthogonal(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> NDArray[Any]:
    """Orthonormal rows or columns of the parameter seen as a matrix (Saxe et al. 2014)."""
    rows = shape[0]
    columns = math.prod(shape[1:])
    tall = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    # The signs of R's diagonal make the distribution uniform over the orthogonal matrices (Mezzadri 2007).
    q *= np.sign(np.diag(r))
    return (q if rows >= columns else q.T).reshape(shape)


def zeros(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> NDArray[Any]:
    """All zero."""
    return np.zeros(shape)


def ones(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, fan_out: int) -> NDArray[Any]:
    """All one."""
    return np.ones(shape)


INITIALIZERS: dict[str, Initializer] = {
    function.__name__: function
    for function in (
        glorot_uniform,
        glorot_normal,
        he_uniform,
        he_normal,
        lecun_normal,
        normal,
        uniform,
        orthogonal,
        zeros,
        ones,
    )
}
