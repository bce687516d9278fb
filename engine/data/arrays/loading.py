"""Samples loaded from arrays on disk, block by block, into one array."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.data.arrays.array_file import Entry
from engine.data.arrays.layouts import Layout, changed, turn
from engine.data.pixels import pixels
from engine.data.preparation import Preparation
from engine.data.samples import Array, as_exact_as_needed
from engine.errors import DataError

# Above, an array that needs no conversion stays on disk and is mapped.
_MAPPED_FROM: Final = 256 << 20  # bytes
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
) -> Array:
    """Load samples (N, *sample_shape) of several arrays, one after the other.

    Pictures of bytes become float32 from 0 to 1; tables of numbers that float32 cannot tell apart stay as exact as they
    are. An array too large for memory that needs no conversion is mapped, not read.

    Args:
        rows: indices of the samples to load, for each array, in rising order.
        columns: indices of the columns that are inputs, of a table; None for all.
        known: the network's preparation, where the samples are for a trained one.

    Raises DataError.
    """
    first = entries[0]
    shape = changed(first.shape[1:] if columns is None else (len(columns),), layout)
    total = sum(len(each) for each in rows)
    if len(entries) == 1 and columns is None and total == first.shape[0]:
        mapped = _mapped(first, layout)
        if mapped is not None:
            return mapped
    size = total * math.prod(shape) * 4
    if size > _MOST_LOADED:
        fitting = max(_MOST_LOADED // max(math.prod(shape) * 4, 1), 1)
        raise DataError(
            f"{first.title}: {total:,} samples take {size / 1e9:.1f} GB in memory, at most {_MOST_LOADED / 1e9:.1f} are"
            f" taken; set Samples to {fitting:,} or fewer"
        )
    exact = len(shape) == 1 and any(entry.dtype.itemsize == 8 and entry.dtype.kind in "iuf" for entry in entries)
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
                    x[place : place + len(part)] = turn(pixels(part, known), layout)
                place += len(part)
            start += len(block)
    return as_exact_as_needed(x)


def _mapped(entry: Entry, layout: Layout) -> Array | None:
    if layout == "channels_last" or entry.dtype != np.float32 or entry.header.size < _MAPPED_FROM:
        return None
    found = entry.mapped()
    return None if found is None else turn(found, layout)
