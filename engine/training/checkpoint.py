"""Checkpoint: the complete state of a training run, as data and as file.

A run that goes on from a checkpoint gives the same numbers as one that never stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine import network_file
from engine.declared import Declared
from engine.errors import DataError, SpecError
from engine.types import Array

VERSION = 1
_KIND = "training run"


@dataclass(frozen=True)
class TrainerState:
    """Attributes:
    info: numbers, words and random generators, JSON-able.
    arrays: parameters, the optimiser's memory, the order of the samples. Copies.
    """

    info: Mapping[str, Any]
    arrays: Mapping[str, Array]

    def save(self, path: str | Path) -> None:
        """Writes a .safetensors file with `info` in its metadata; a file that was there is kept until this is whole."""
        network_file.write(path, self.info, self.arrays)

    @classmethod
    def load(cls, path: str | Path) -> TrainerState:
        """Reads what `save` wrote. Raises DataError or SpecError."""
        info, arrays = network_file.read(path, what=_KIND, writer="Trainer.save")
        if not isinstance(info, dict) or "version" not in info:
            raise DataError(f"{path} holds no training run; expected a file written by Trainer.save")
        if info["version"] != VERSION:
            raise DataError(f"{path} has format {info['version']!r}, but this version of the program reads {VERSION}")
        return cls(info, arrays)

    def expect(self, settings: Mapping[str, Any]) -> None:
        """Raises SpecError if what decides the course of a run is not as it was saved."""
        saved = self.info["settings"]
        for name, value in settings.items():
            if saved[name] != value:
                raise SpecError(
                    f"the saved run has a different {name}: {_short(saved[name])} there, {_short(value)} here. "
                    "Make the trainer with the settings of the saved run."
                )

    def vector(self, name: str, like: Array) -> Array:
        """An array of this state, which must be as long and of the type as another. Raises DataError."""
        array = self.arrays.get(name)
        if array is None or array.shape != like.shape or array.dtype != like.dtype:
            found = "is missing" if array is None else f"has shape {array.shape} and type {array.dtype}"
            raise DataError(f"the saved run does not fit: {name} {found}, expected {like.shape} of type {like.dtype}")
        if not np.isfinite(array).all():
            raise DataError(f"the saved run cannot be used: {name} holds NaN or infinity")
        return array

    def order(self) -> tuple[Array, int]:
        """The order of the samples in the current epoch, and how many of them are done. Raises DataError."""
        order, position = self.arrays["order"], int(self.info["position"])
        if order.ndim != 1 or not np.array_equal(np.sort(order), np.arange(len(order))):
            raise DataError("the saved run cannot be used: its sample order is not a permutation")
        if not 0 <= position < max(len(order), 1):
            raise DataError(f"the saved run cannot be used: it claims that {position} of {len(order)} samples are done")
        return order.astype(np.intp), position


def generator(state: Any) -> np.random.Generator:
    """A random generator in a saved state. Raises KeyError, TypeError or ValueError if it is none."""
    made = np.random.default_rng(0)
    made.bit_generator.state = state
    return made


def described(settings: Declared | None) -> dict[str, Any] | None:
    """Settings as JSON-able data."""
    return settings.model_dump(mode="json") if settings is not None else None


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "..."
