"""Samples loaded from arrays on disk, block by block, into one array."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.data.arrays.array_file import Entry
from engine.data.arrays.layouts import Layout, changed, turn
from engine.data.pixels import pixel_scale, pixels
from engine.data.preparation import Preparation
from engine.data.samples import Array, as_exact_as_needed
from engine.data.stored_samples import Samples, StoredSamples
from engine.data.storing import stays_on_disk, store
from engine.errors import DataError

# What is converted has to fit into memory, together with the parts that are made of it.
_MOST_LOADED: Final = 4 << 30  # bytes


def chosen_rows(rows: int, most: int | None) -> Array:
    """Indices of at most so many rows, spread evenly over all of them."""
    if most is None or rows <= most:
        return np.arange(rows)
    return np.arange(most) * rows // most


def load_samples(
    entries: Sequence[Entry],
    layout: Layout,
    rows: Sequence[Array],
    columns: Array | None = None,
    known: Preparation | None = None,
    white: int | None = None,
) -> Samples:
    """Load samples (N, *sample_shape) of several arrays, one after the other.

    Pictures of bytes become float32 from 0 to 1; tables of numbers that float32 cannot tell apart stay as exact as they
    are. Samples that are large next to the memory stay in their files, where these hold them row by row.

    Args:
        rows: indices of the samples to load, for each array, in rising order.
        columns: indices of the columns that are inputs, of a table; None for all.
        known: the network's preparation, where the samples are for a trained one.
        white: number that is white in pictures of whole numbers; None for 255 in bytes, and others as they are.

    Raises DataError.
    """
    first = entries[0]
    shape = changed(first.shape[1:] if columns is None else (len(columns),), layout)
    total = sum(len(each) for each in rows)
    if stays_on_disk(total, shape):
        stored = _stored(entries, layout, rows, columns, known, white)
        if stored is not None:
            return stored
    size = total * math.prod(shape) * 4
    if size > _MOST_LOADED:
        fitting = max(_MOST_LOADED // max(math.prod(shape) * 4, 1), 1)
        raise DataError(
            f"{first.title}: {total:,} samples take {size / 1e9:.1f} GB in memory, at most {_MOST_LOADED / 1e9:.1f} are"
            f" taken; set Samples to {fitting:,} or fewer"
        )
    exact = _may_be_exact(entries, shape)
    x = np.empty((total, *shape), np.float64 if exact else np.float32)
    place = 0
    for entry, wanted in zip(entries, rows, strict=True):
        start = 0
        for block in entry.blocks():
            low, high = np.searchsorted(wanted, (start, start + len(block)))
            part = block if high - low == len(block) else block[wanted[low:high] - start]
            if len(part):
                part = part if columns is None else part[:, columns]
                with np.errstate(over="ignore"):
                    x[place : place + len(part)] = turn(pixels(part, known, white), layout)
                place += len(part)
            start += len(block)
    return as_exact_as_needed(x)


def _may_be_exact(entries: Sequence[Entry], shape: tuple[int, ...]) -> bool:
    """True for tables of numbers that may need 64 bits."""
    return len(shape) == 1 and any(entry.dtype.itemsize == 8 and entry.dtype.kind in "iuf" for entry in entries)


def _stored(
    entries: Sequence[Entry],
    layout: Layout,
    rows: Sequence[Array],
    columns: Array | None,
    known: Preparation | None,
    white: int | None,
) -> StoredSamples | None:
    """Samples that stay in their files; None where these do not hold them row by row, in one type."""
    files = [file for file in (entry.in_file() for entry in entries) if file is not None]
    dtype = entries[0].dtype
    if len(files) < len(entries) or any(entry.dtype != dtype for entry in entries):
        return None
    exact = _may_be_exact(entries, entries[0].shape[1:])
    scale = pixel_scale(dtype, len(entries[0].shape), known, white)
    if dtype.kind == "b":
        scale = lambda raw: (raw != 0).astype(np.float32)  # noqa: E731
    kept = np.float64 if exact else np.float32
    starts = np.cumsum([0, *(file.shape[0] for file in files[:-1])])
    found = store(
        files,
        np.concatenate([start + some for start, some in zip(starts, rows, strict=True)]),
        (lambda raw: raw) if columns is None else (lambda raw: raw[:, columns]),
        scale or (lambda raw: raw.astype(kept)),
        exact=exact,
    )
    return found.converted(lambda samples: np.ascontiguousarray(turn(samples, layout)), moved=True)
