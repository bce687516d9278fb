"""Samples left in their files, after one look at all numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.data.progress import advance
from engine.data.samples import LARGEST_NUMBER, needs_exact, single
from engine.data.stored_samples import ArrayInFile, Convert, Samples, StoredSamples, memory_bound
from engine.errors import DataError
from engine.types import Array, Shape

_BLOCK: Final = 8 << 20  # bytes that are looked at a time
_SINGLE: Final = 4  # bytes of a number as the network takes it
_PLANE: Final = 2


def stays_on_disk(samples: int, shape: Shape) -> bool:
    """True if so many samples are left in their file. Points of the plane are not, since views show all of them."""
    numbers = math.prod(shape)
    return numbers > _PLANE and samples * numbers * _SINGLE > memory_bound()


def note(x: Samples, file: str) -> tuple[str, ...]:
    """Sentence on samples that stay in their file; none for those in memory."""
    if not isinstance(x, StoredSamples):
        return ()
    return (
        f"{file}: the samples stay on disk and are read batch by batch, since they would take "
        f"{_gigabytes(x.size * _SINGLE)} of memory",
    )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 5e7 else f"{size / 1e6:,.1f} MB"


def store(files: Sequence[ArrayInFile], rows: Array, pick: Convert, scale: Convert, *, exact: bool) -> StoredSamples:
    """Samples of these rows, (N,) among all of the files and rising, which stay there.

    Args:
        pick: the numbers of each row that are inputs, of rows (n, ...) in the type of the file.
        scale: number by number, what the network takes for them; larger for larger ones.
        exact: keep 64 bits where 32 would make a column's values equal (see `needs_exact`).

    Raises DataError if not all are finite.
    """
    raw = StoredSamples(files, rows, pick)
    peaks = np.zeros(sum(file.shape[0] for file in files), np.float64 if exact else np.float32)
    low = high = None
    step = max(_BLOCK // max(files[0].row_bytes, 1), 1)
    for start in range(0, len(rows), step):
        advance(start, len(rows), "samples")
        block = raw[start : start + step].reshape(min(step, len(rows) - start), -1)
        with np.errstate(over="ignore", invalid="ignore"):
            ends = [scale(end) for end in (block.max(axis=1), block.min(axis=1))]
            found = np.maximum(ends[0], -ends[1])
        if not np.isfinite(found).all() or (found > LARGEST_NUMBER).any():
            bad = start + int(np.argmin(np.isfinite(found) & (found <= LARGEST_NUMBER)))
            raise DataError(
                f"the samples hold NaN or infinity (or numbers above {LARGEST_NUMBER:.1g}), first in sample {bad}; "
                "remove or replace them"
            )
        peaks[rows[start : start + step]] = found
        if exact:
            numbers = block.astype(np.float64)
            least, most = numbers.min(axis=0), numbers.max(axis=0)
            low = least if low is None else np.minimum(low, least)
            high = most if high is None else np.maximum(high, most)
    if low is not None and high is not None and not needs_exact(low, high):
        return StoredSamples(files, rows, lambda raw: single(scale(pick(raw))), peaks.astype(np.float32))
    return StoredSamples(files, rows, lambda raw: scale(pick(raw)), peaks)
