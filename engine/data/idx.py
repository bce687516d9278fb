"""IDX files, plain or gzipped: arrays of numbers behind a header with their type and sizes.

IDX is the format of Yann LeCun's MNIST page.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.data.damage import check_unpacked, reading
from engine.data.samples import Array
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


def read_idx(path: Path, axes: int, *, header_only: bool = False) -> tuple[tuple[int, ...], Array]:
    """Read an IDX file with this number of axes.

    Returns the sizes and an array of that shape, in the type of the file (empty with `header_only`). No memory is
    allocated before the sizes were checked, and no more than they announce is unpacked. Raises DataError.
    """
    opener = gzip.open if path.suffix == ".gz" else open
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
        check_unpacked(path.name, total, path.stat().st_size)
        if header_only:
            return sizes, np.empty(0, kind)
        body = file.read(total + 1)
    if len(body) != total:
        more = "more" if len(body) > total else f"only {len(body):,}"
        raise DataError(f"{path.name} announces {total:,} bytes but holds {more}; fetch the file again")
    return sizes, np.frombuffer(body, kind).reshape(sizes)
