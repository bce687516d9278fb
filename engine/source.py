"""Sources of training samples, from which the trainer takes its batches.

They are arrays in memory, or anything else that fills an array.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from engine.types import Array, Shape


@runtime_checkable
class Source(Protocol):
    """Source of samples, taken batch by batch, so that they need not fit into memory.

    All of them are finite; the maker of the source has checked that. `take` is called in the thread that trains.

    Attributes:
        sample_shape: of one sample, without the batch axis.
    """

    @property
    def sample_shape(self) -> Shape: ...

    def __len__(self) -> int: ...

    def take(self, indices: Array, out: Array, /) -> None:
        """Write the samples of these indices, (n,), into `out`, (n, *sample_shape).

        `out` is of the network's type. Each index is at least 0 and below the length; they come in any order. Raises
        DataError if the samples are gone.
        """


class ArraySource:
    """Source of the samples of an array (N, *sample_shape), which is not copied."""

    __slots__ = ("_array", "_take", "sample_shape")

    def __init__(self, array: Array) -> None:
        self._array, self._take = array, array.take
        self.sample_shape: Shape = array.shape[1:]

    def __len__(self) -> int:
        return len(self._array)

    def take(self, indices: Array, out: Array, /) -> None:
        """Write the samples of these indices, (n,), into `out`, (n, *sample_shape)."""
        # "clip" writes straight into `out`; else NumPy would go through a copy, in case a number is out of bounds.
        self._take(indices, 0, out, "clip")
