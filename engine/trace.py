"""Trace of one pass through a network: outputs and gradients of every layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from engine.types import Array


def _nothing() -> Mapping[str, Array]:
    return MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Trace:
    """Outputs and gradients of every layer for N samples; see `Network.trace`.

    All arrays are read-only copies of the network's type, with the batch axis first: they outlive the next step, and
    nothing done with them reaches the network. `array.copy()` gives one that can be written to.

    Attributes:
        outputs: "input" and every layer by name, in topological order: (N, *shape).
        gradients: dE/d(output) of "input" and of every layer, by name, shaped like `outputs`. E is the mean loss over
            the N samples, so that each sample's part is 1/N of what it would be alone. Where an output goes into
            several layers, their gradients are added up. Empty without targets.
        parameter_gradients: dE/dparameter by full name, "dense_1.weight", as `Network.gradients` gives them. Empty
            without targets.
        loss: E; None without targets.
    """

    outputs: Mapping[str, Array]
    gradients: Mapping[str, Array] = field(default_factory=_nothing)
    parameter_gradients: Mapping[str, Array] = field(default_factory=_nothing)
    loss: float | None = None


def batch_first(arrays: Mapping[str, Array], names: Iterable[str]) -> Mapping[str, Array]:
    """Read-only copies, (N, *shape), of a plan's arrays (*shape, N), ordered as `names`."""
    return MappingProxyType({name: _kept(np.moveaxis(arrays[name], -1, 0)) for name in names})


def kept(arrays: Mapping[str, Array]) -> Mapping[str, Array]:
    """Read-only copies of arrays."""
    return MappingProxyType({name: _kept(array) for name, array in arrays.items()})


def _kept(array: Array) -> Array:
    copy = np.array(array, order="C")
    copy.flags.writeable = False
    return copy
