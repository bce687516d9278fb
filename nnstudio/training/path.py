"""Path of a run through the space of its parameters, as kept moments tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

Array = NDArray[Any]


class RunPath(Protocol):
    """Kept moments of a run, in the order of their steps."""

    @property
    def steps(self) -> Sequence[int]:
        """Steps of the moments, rising."""
        ...

    def vector(self, step: int) -> Array:
        """State vector of the network at one of these steps; not to be written to."""
        ...
