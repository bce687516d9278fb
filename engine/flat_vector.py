"""Flat vector that holds many arrays in order, and views into it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.layers.base import ParameterSpec
from engine.types import Array

# By name of the layer and short name of the array: ("dense_1", "weight").
Specs = Mapping[tuple[str, str], ParameterSpec]


def places(specs: Specs) -> dict[str, dict[str, slice]]:
    """Slices of a flat vector that hold each array, by layer and short name."""
    found: dict[str, dict[str, slice]] = {}
    start = 0
    for (name, key), spec in specs.items():
        found.setdefault(name, {})[key] = slice(start, start + spec.size)
        start += spec.size
    return found


def views(flat: Array, specs: Specs) -> dict[str, dict[str, Array]]:
    """Views into a flat vector, in order, by layer and short name."""
    return {
        name: {key: flat[place].reshape(specs[name, key].shape) for key, place in own.items()}
        for name, own in places(specs).items()
    }


def by_full_name(arrays: Mapping[str, Mapping[str, Array]]) -> dict[str, Array]:
    """Arrays under full names such as "dense_1.weight"."""
    return {f"{name}.{key}": array for name, own in arrays.items() for key, array in own.items()}
