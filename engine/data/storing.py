"""Samples left in their files, after one look at all numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.data.progress import advance
from engine.data.samples import LARGEST_NUMBER, needs_exact, single
from engine.data.sharing import is_shared, part_of, shared
from engine.data.stored_samples import ArrayInFile, Convert, Samples, StoredSamples, memory_bound
from engine.errors import DataError
from engine.types import Array, Shape

_BLOCK: Final = 8 << 20  # bytes that are looked at a time
_SINGLE: Final = 4  # bytes of a number as the network takes it
_PLANE: Final = 2
# Of what takes more bytes in memory, processes that read together leave to each other what others need.
_WORTH_SHARING: Final = 64 << 20


def stays_on_disk(samples: int, shape: Shape) -> bool:
    """True if so many samples are left in their file. Points of the plane are not, since views show all of them."""
    numbers = math.prod(shape)
    bound = min(memory_bound(), _WORTH_SHARING) if is_shared() else memory_bound()
    return numbers > _PLANE and samples * numbers * _SINGLE > bound


def note(x: Samples, file: str) -> tuple[str, ...]:
    """Sentence on samples that stay in their file; none for those in memory."""
    if not isinstance(x, StoredSamples):
        return ()
    size = _gigabytes(x.size * _SINGLE)
    why = "by each process its part" if is_shared() else f"since they would take {size} of memory"
    return (f"{file}: the samples stay on disk and are read batch by batch, {why}",)


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
    step = max(_BLOCK // max(files[0].row_bytes, 1), 1)
    parts = shared(lambda: _measure(raw, part_of(len(rows)), step, scale, exact=exact))
    bad = [part.bad for part in parts if part.bad is not None]
    if bad:
        raise DataError(
            f"the samples hold NaN or infinity (or numbers above {LARGEST_NUMBER:.1g}), first in sample {bad[0]}; "
            "remove or replace them"
        )
    peaks = np.zeros(sum(file.shape[0] for file in files), np.float64 if exact else np.float32)
    peaks[rows] = np.concatenate([part.peaks for part in parts])
    lows = [part.low for part in parts if part.low is not None]
    highs = [part.high for part in parts if part.high is not None]
    if lows and not needs_exact(np.min(lows, axis=0), np.max(highs, axis=0)):
        return StoredSamples(files, rows, lambda raw: single(scale(pick(raw))), peaks.astype(np.float32))
    return StoredSamples(files, rows, lambda raw: scale(pick(raw)), peaks)


@dataclass
class _Part:
    """What was seen of a part of the samples.

    Attributes:
        peaks: size of the largest number of each, (n,). low, high: ends of each column, where 64 bits are in question.
        bad: the first sample that is not finite; None if there is none.
    """

    peaks: Array
    low: Array | None = None
    high: Array | None = None
    bad: int | None = None


def _measure(raw: StoredSamples, rows: range, step: int, scale: Convert, *, exact: bool) -> _Part:
    made = _Part(np.zeros(len(rows), np.float64 if exact else np.float32))
    for start in range(rows.start, rows.stop, step):
        advance(start - rows.start, len(rows), "samples")
        stop = min(start + step, rows.stop)
        block = raw[start:stop].reshape(stop - start, -1)
        with np.errstate(over="ignore", invalid="ignore"):
            ends = [scale(end) for end in (block.max(axis=1), block.min(axis=1))]
            found = np.maximum(ends[0], -ends[1])
        wrong = ~(np.isfinite(found) & (found <= LARGEST_NUMBER))
        if wrong.any():
            made.bad = start + int(np.argmax(wrong))
            return made
        made.peaks[start - rows.start : stop - rows.start] = found
        if exact:
            numbers = block.astype(np.float64)
            least, most = numbers.min(axis=0), numbers.max(axis=0)
            made.low = least if made.low is None else np.minimum(made.low, least)
            made.high = most if made.high is None else np.maximum(made.high, most)
    return made
