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
    """State of a trainer, as data.

    Attributes:
        info: numbers, words and random generators, JSON-compatible.
        arrays: parameters, the optimiser's state, the order of the samples. Copies.
    """

    info: Mapping[str, Any]
    arrays: Mapping[str, Array]

    def save(self, path: str | Path) -> None:
        """Write a .safetensors file with `info` in its metadata.

        An existing file is only replaced by a complete one. Raises DataError if nothing can be written.
        """
        network_file.write(path, self.info, self.arrays)

    @classmethod
    def load(cls, path: str | Path) -> TrainerState:
        """Read a file that `save` wrote. Raises DataError or SpecError."""
        info, arrays = network_file.read(path, what=_KIND, writer="Trainer.save")
        if not isinstance(info, dict) or "version" not in info:
            raise DataError(f"{path} holds no training run; expected a file written by Trainer.save")
        if info["version"] != VERSION:
            raise DataError(f"{path} has format {info['version']!r}, but this version of the program reads {VERSION}")
        return cls(info, arrays)

    def expect(self, settings: Mapping[str, Any]) -> None:
        """Check that settings which determine a run agree with the saved ones. Raises SpecError."""
        saved = self.info["settings"]
        for name, value in settings.items():
            if saved[name] != value:
                raise SpecError(
                    f"the saved run has a different {name}: {_short(saved[name])} there, {_short(value)} here. "
                    "Make the trainer with the settings of the saved run."
                )

    def vector(self, name: str, like: Array) -> Array:
        """Array of this state, checked to have the length and type of `like`. Raises DataError."""
        array = self.arrays.get(name)
        if array is None or array.shape != like.shape or array.dtype != like.dtype:
            found = "is missing" if array is None else f"has shape {array.shape} and type {array.dtype}"
            raise DataError(f"the saved run does not fit: {name} {found}, expected {like.shape} of type {like.dtype}")
        if not np.isfinite(array).all():
            raise DataError(f"the saved run cannot be used: {name} holds NaN or infinity")
        return array

    def order(self) -> tuple[Array, int]:
        """Sample order of the current epoch, and how many are done. Raises DataError."""
        order, position = self.arrays["order"], int(self.info["position"])
        if order.ndim != 1 or not np.array_equal(np.sort(order), np.arange(len(order))):
            raise DataError("the saved run cannot be used: its sample order is not a permutation")
        if not 0 <= position < max(len(order), 1):
            raise DataError(f"the saved run cannot be used: it claims that {position} of {len(order)} samples are done")
        return order.astype(np.intp), position


def generator(state: Any) -> np.random.Generator:
    """Random generator in a saved state. Raises KeyError, TypeError or ValueError if the state is malformed."""
    made = np.random.default_rng(0)
    made.bit_generator.state = state
    return made


def described(settings: Declared | None) -> dict[str, Any] | None:
    """Settings as JSON-compatible data."""
    return settings.model_dump(mode="json") if settings is not None else None


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "..."
