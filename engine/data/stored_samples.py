"""Samples that stay in their files, read and converted when taken."""

from __future__ import annotations

import math
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from engine.errors import DataError
from engine.memory_budget import memory_limit
from engine.types import Array, Shape

Convert = Callable[[Array], Array]

# Samples that take more than this share of the memory stay in their files: they, their parts, and these as they are
# scaled are three times as much, and the data before are kept as well.
_SHARE: Final = 1 / 8
_BLOCK: Final = 1 << 20  # numbers that are converted at a time
_AT_HAND: Final = 1 << 17  # numbers that are kept for those who only want to have a look


@lru_cache(maxsize=1)
def memory_bound() -> int:
    """Bytes that samples may take in memory; larger ones stay in their files, where these allow it."""
    return int(_SHARE * memory_limit())


class ArrayInFile:
    """Numbers of an array (N, ...) that lie in a file as they are.

    They are read, not mapped into memory: a mapped file that somebody cuts off ends the whole program, and what was
    read of it counts as the program's memory.

    Args:
        path: file. name: what errors call it. place: byte at which the numbers begin.
        dtype, shape: of the array.

    Attributes:
        row_bytes: size of a row in the file.
    """

    def __init__(self, path: Path, name: str, place: int, dtype: np.dtype[Any], shape: Shape) -> None:
        self.path, self.name, self.place, self.dtype, self.shape = path, name, place, dtype, shape
        self.row_bytes = math.prod(shape[1:]) * dtype.itemsize
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None

    @property
    def total_bytes(self) -> int:
        """Size of the array in the file."""
        return self.shape[0] * self.row_bytes

    def read(self, rows: Array) -> Array:
        """Rows of these numbers, (n, ...), in the type of the file; not to be written to.

        Raises DataError if they are gone.
        """
        # Rows that follow each other are read in one go.
        ends = np.flatnonzero(np.diff(rows) != 1) + 1
        starts, stops = [0, *ends.tolist()], [*ends.tolist(), len(rows)]
        places = rows[starts] * self.row_bytes + self.place if len(rows) else rows
        try:
            pieces = [
                self._bytes(place, (stop - start) * self.row_bytes)
                for place, start, stop in zip(places.tolist(), starts, stops, strict=False)
            ]
        except OSError as error:
            raise DataError(f"{self.name} cannot be read any more: {error.strerror or error}") from None
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return np.frombuffer(data, self.dtype).reshape(len(rows), *self.shape[1:])

    def _bytes(self, place: int, size: int) -> bytes:
        """Bytes of the file from a place on. Raises DataError where it ends before."""
        data = self._read_at(place, size)
        while len(data) < size:
            # A system may give less than it was asked for.
            more = self._read_at(place + len(data), size - len(data))
            if not more:
                raise DataError(f"{self.name} was cut off while it was in use; read it again")
            data += more
        return data

    def _read_at(self, place: int, size: int) -> bytes:
        file = self._opened()
        if sys.platform != "win32":
            return os.pread(file.fileno(), size, place)
        with self._lock:
            file.seek(place)
            return file.read(size)

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._file = self.path.open("rb", buffering=0)
            weakref.finalize(self, self._file.close)
        return self._file


class StoredSamples:
    """Samples (N, *sample_shape) in files, for `Data` in place of an array, and a source to train from.

    Indexing reads and converts what is asked for, as an array; nothing else takes memory, but for the number of each
    row. What is taken is the same, bit for bit, as it would be of an array that was converted as a whole.

    Args:
        files: arrays of one sample shape, one after the other.
        rows: numbers of the samples among all rows of the files, (N,).
        convert: makes samples (n, *sample_shape) of rows in the type of the file, (n, ...).
        peaks: size of the largest number of each row of the files, where it is known.

    Attributes:
        shape, ndim, size, dtype: as those of an array.
        at_hand: a few samples, (n, *sample_shape), evenly spread, that need not be read again.
    """

    def __init__(self, files: Sequence[ArrayInFile], rows: Array, convert: Convert, peaks: Array | None = None) -> None:
        self._files, self._rows, self._convert, self._peaks = tuple(files), rows, convert, peaks
        self._starts = np.cumsum([0, *(file.shape[0] for file in files)])
        first = self._load(rows[:1] if len(rows) else np.zeros(1, np.intp))
        self.dtype: np.dtype[Any] = first.dtype
        self.sample_shape: Shape = first.shape[1:]
        most = max(min(_AT_HAND // max(first[0].size, 1), len(rows)), min(len(rows), 1))
        self.at_hand: Array = self[np.arange(most) * len(rows) // max(most, 1)]

    @property
    def shape(self) -> Shape:
        """Shape as that of an array."""
        return (len(self), *self.sample_shape)

    @property
    def ndim(self) -> int:
        """Number of axes, that of the samples included."""
        return 1 + len(self.sample_shape)

    @property
    def size(self) -> int:
        """Count of all numbers."""
        return math.prod(self.shape)

    @property
    def largest(self) -> float | None:
        """Size of the largest number; None if it is not known without reading all of them."""
        if self._peaks is None or not len(self):
            return None
        return float(self._peaks[self._rows].max())

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, key: Any) -> Array:
        """Samples of a number, slice or array of numbers, as an array; of several axes, the first chooses them."""
        key, rest = (key[0], key[1:]) if isinstance(key, tuple) else (key, ())
        rows = self._rows[key]
        if rows.ndim == 0:
            sample: Array = self._load(rows[None])[0]
            return sample[rest] if rest else sample
        if not rest:
            return self._load(rows)
        # A column is read block by block, since the whole of its samples need not fit into memory.
        step = block_length(self.sample_shape)
        parts = [self._load(rows[at : at + step])[(slice(None), *rest)] for at in range(0, max(len(rows), 1), step)]
        return np.concatenate(parts)

    def take(self, indices: Array, out: Array, /) -> None:
        """Write the samples of these indices, (n,), into `out`, (n, *sample_shape). Raises DataError if they are gone.

        That is what `engine.source.Source` asks for. Numbers that a conversion has made infinite are an error too.
        """
        samples = self._load(self._rows[indices])
        np.copyto(out, samples)
        if self._peaks is None and not np.isfinite(out).all():
            bad = int(np.argwhere(~np.isfinite(out))[0][0])
            raise DataError(f"scaling makes numbers of sample {indices[bad]} too large; remove it, or scale otherwise")

    def chosen(self, indices: Array) -> StoredSamples:
        """Samples of these indices, (n,), in this order, without reading them."""
        return StoredSamples(self._files, self._rows[indices], self._convert, self._peaks)

    def converted(self, convert: Convert, *, moved: bool = False) -> StoredSamples:
        """Samples as `convert` makes them of arrays of them, each by itself; its numbers are only `moved` or others."""
        earlier = self._convert
        peaks = self._peaks if moved else None
        return StoredSamples(self._files, self._rows, lambda rows: convert(earlier(rows)), peaks)

    def reshape(self, *shape: int) -> StoredSamples:
        """Samples of another shape; the first number of `shape` is how many there are."""
        return self.converted(lambda samples: samples.reshape(len(samples), *shape[1:]), moved=True)

    def _load(self, rows: Array) -> Array:
        if len(self._files) == 1:
            return self._convert(self._files[0].read(rows))
        file = np.searchsorted(self._starts, rows, "right") - 1
        found = np.empty((len(rows), *self._files[0].shape[1:]), self._files[0].dtype)
        for number in np.unique(file):
            mine = file == number
            found[mine] = self._files[number].read(rows[mine] - self._starts[number])
        return self._convert(found)


# Where samples may be either: what reads all of them goes by `blocks`.
Samples = Array | StoredSamples


def block_length(sample_shape: Shape) -> int:
    """Number of samples in a block."""
    return max(_BLOCK // max(math.prod(sample_shape), 1), 1)


def blocks(x: Samples) -> Iterator[Array]:
    """Samples in their order, in blocks that fit a small memory."""
    step = block_length(x.shape[1:])
    for start in range(0, len(x), step):
        yield x[start : start + step]


def chosen(x: Samples, indices: Array) -> Samples:
    """Samples of these indices, (n,), in this order; those in a file stay there."""
    return x.chosen(indices) if isinstance(x, StoredSamples) else x.take(indices, 0)


def converted(x: Samples, convert: Convert) -> Samples:
    """Samples as `convert` makes them, each by itself; those in a file are converted when they are taken."""
    return x.converted(convert) if isinstance(x, StoredSamples) else convert(x)


def in_memory(x: Samples) -> Array:
    """Samples as an array, all of them; for few, or small ones."""
    return x[:] if isinstance(x, StoredSamples) else x


def some_of(x: Samples, most: int) -> Array:
    """About so many numbers of evenly spread samples, without reading any."""
    x = x.at_hand if isinstance(x, StoredSamples) else x
    return x[:: x.size // max(most, 1) + 1]


def ends_of(x: Samples) -> tuple[float, float]:
    """Least and largest number; of samples in a file, those of what is at hand."""
    seen = x.at_hand if isinstance(x, StoredSamples) else x
    return float(seen.min()), float(seen.max())
