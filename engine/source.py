"""Source of training samples, in memory or elsewhere, for the trainer's batches."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from engine.types import Array, Shape


@runtime_checkable
class Source(Protocol):
    """Samples to take batch by batch; they need not be in memory.

    All of them are finite; whoever makes the source has seen to that. `take` is called in the thread that trains.

    Attributes:
        sample_shape: of one sample, without the batch axis.
    """

    @property
    def sample_shape(self) -> Shape: ...

    def __len__(self) -> int: ...

    def take(self, indices: Array, out: Array, /) -> None:
        """Write the samples of these numbers, (n,), into `out`, (n, *sample_shape), of the network's type.

        Each number is at least 0 and below the length; they come in any order. Raises DataError if they are not there
        any more.
        """


class ArraySource:
    """Samples of an array in memory, (N, *sample_shape), not copied."""

    __slots__ = ("_array", "_take", "sample_shape")

    def __init__(self, array: Array) -> None:
        self._array, self._take = array, array.take
        self.sample_shape: Shape = array.shape[1:]

    def __len__(self) -> int:
        return len(self._array)

    def take(self, indices: Array, out: Array, /) -> None:
        """Write the samples of these numbers, (n,), into `out`, (n, *sample_shape), float32."""
        # "clip" writes straight into `out`; else NumPy would go through a copy, in case a number is out of bounds.
        self._take(indices, 0, out, "clip")
