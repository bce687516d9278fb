"""IDX files, plain or gzipped: arrays of numbers behind a header with their type and sizes.

IDX is the format of Yann LeCun's MNIST page.
"""

from __future__ import annotations

import gzip
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

import numpy as np

from engine.data.damage import check_unpacked, reading
from engine.data.progress import advance
from engine.data.samples import Array
from engine.data.stored_samples import ArrayInFile
from engine.errors import DataError

# By the third byte of a file; all numbers stand with their highest byte first.
_TYPES: Mapping[int, np.dtype] = {
    0x08: np.dtype("u1"),
    0x09: np.dtype("i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
_BLOCK: Final = 8 << 20  # bytes that are read at a time


def read_idx(path: Path, axes: int, *, header_only: bool = False) -> tuple[tuple[int, ...], Array]:
    """Read an IDX file with this number of axes, block by block, with progress.

    Returns the sizes and an array of that shape, in the type of the file (empty with `header_only`). No memory is
    allocated before the sizes were checked, and no more than they announce is unpacked. Raises DataError.
    """
    packed = path.suffix == ".gz"
    opener = gzip.open if packed else open
    with reading(path.name, "an IDX file"), opener(path, "rb") as file:
        head = file.read(4 + 4 * axes)
        if len(head) < 4 + 4 * axes or head[:2] != bytes(2) or head[2] not in _TYPES or head[3] != axes:
            raise DataError(
                f"{path.name} is not an IDX file with {axes} axes: it starts with {head[:4].hex(' ')}, "
                f"expected {bytes((0, 0, 8, axes)).hex(' ')}, or another type than 08"
            )
        kind = _TYPES[head[2]]
        sizes = tuple(int(size) for size in np.frombuffer(head, ">u4", axes, 4))
        total = math.prod(sizes) * kind.itemsize
        if total == 0:
            raise DataError(f"{path.name} is empty: it announces {' x '.join(map(str, sizes))} numbers")
        length = os.stat(path).st_size
        if packed:
            check_unpacked(path.name, total, length)
        elif total != length - len(head):
            check_unpacked(path.name, total, length)
            raise _wrong_size(path, total, length - len(head))
        if header_only:
            return sizes, np.empty(0, kind)
        check_unpacked(path.name, total, length)
        array = np.empty(sizes, kind)
        found = _fill(file, array.reshape(-1).view(np.uint8))
        if found < total or file.read(1):
            raise _wrong_size(path, total, found if found < total else total + 1)
    return sizes, array


def idx_in_file(path: Path, axes: int) -> ArrayInFile | None:
    """Array of an IDX file to be read row by row; None where it is packed. Raises DataError."""
    if path.suffix == ".gz":
        return None
    sizes, none = read_idx(path, axes, header_only=True)
    return ArrayInFile(path, path.name, 4 + 4 * axes, none.dtype, sizes)


def _fill(file: gzip.GzipFile | IO[bytes], target: Array) -> int:
    """Fill an array of bytes from a file; returns how many there were."""
    place = 0
    while place < len(target):
        advance(place, len(target), "bytes")
        data = file.read(min(_BLOCK, len(target) - place))
        if not data:
            break
        target[place : place + len(data)] = np.frombuffer(data, np.uint8)
        place += len(data)
    return place


def _wrong_size(path: Path, announced: int, found: int) -> DataError:
    more = "more" if found > announced else f"only {max(found, 0):,}"
    return DataError(f"{path.name} announces {announced:,} bytes but holds {more}; fetch the file again")
