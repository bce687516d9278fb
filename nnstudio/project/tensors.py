"""Arrays in the .safetensors format, as views of its bytes: nothing is copied, and no size is taken on trust.

The format is a header of JSON, after its length in 8 bytes, and the numbers of all arrays one after the other, with the
lowest byte first.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final, TypeGuard

import numpy as np
from numpy.typing import NDArray

from nnstudio.project.archive import ProjectError
from nnstudio.project.bounded_json import Count, check_count

Array = NDArray[Any]

_TYPES: Final[Mapping[str, np.dtype[Any]]] = {
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}
_LONGEST_HEADER: Final = 64 << 20
_COUNT: Final = Count(2_000_000, 1_200_000)
_MOST_AXES: Final = 32


def parse_arrays(data: bytes, place: str) -> dict[str, Array]:
    """Arrays in the bytes of a .safetensors file, by name, read-only. Raises ProjectError, which names the `place`."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(len(data) - 8, _LONGEST_HEADER):
        raise _damaged(place, "it is cut off")
    text = data[8 : 8 + length]
    check_count(text, place, _COUNT)
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        raise _damaged(place, "its header is not JSON") from None
    if not isinstance(header, dict):
        raise _damaged(place, "its header names no arrays")
    header.pop("__metadata__", None)
    found: dict[str, Array] = {}
    end = 0
    # One after the other, without a gap: nothing is read twice, and nothing is hidden in between.
    for name, info in sorted(header.items(), key=lambda item: _span(item[1])):
        kind, shape, start, stop = _entry(info, name, place)
        if start != end or stop - start != math.prod(shape) * kind.itemsize or stop > len(data) - 8 - length:
            raise _damaged(place, f"the array {name!r:.80} does not lie where it is said to")
        array = np.frombuffer(data, kind, math.prod(shape), 8 + length + start) if stop > start else np.empty(0, kind)
        found[name] = array.reshape(shape)
        found[name].flags.writeable = False
        end = stop
    if end != len(data) - 8 - length:
        raise _damaged(place, "it holds more than it announces")
    return {name: found[name] for name in sorted(found)}


def _span(info: Any) -> tuple[int, int]:
    """Offsets of an array, an empty one before that which begins at the same byte; what is damaged comes first."""
    offsets = info.get("data_offsets") if isinstance(info, dict) else None
    return (offsets[0], offsets[1]) if _are_sizes(offsets) and len(offsets) == 2 else (0, 0)


def _entry(info: Any, name: str, place: str) -> tuple[np.dtype[Any], tuple[int, ...], int, int]:
    """Type, shape and offsets of an array in a header."""
    fields = info if isinstance(info, dict) else {}
    kind, shape, offsets = (fields.get(key) for key in ("dtype", "shape", "data_offsets"))
    if not (_are_sizes(shape) and _are_sizes(offsets) and len(offsets) == 2 and len(shape) <= _MOST_AXES):
        raise _damaged(place, f"the array {name!r:.80} has no shape and place")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise _damaged(place, f"the array {name!r:.80} is of the type {kind!r:.40}, which is not read")
    return _TYPES[kind], tuple(shape), offsets[0], offsets[1]


def _are_sizes(value: Any) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(type(part) is int and 0 <= part < 1 << 48 for part in value)


def _damaged(place: str, why: str) -> ProjectError:
    return ProjectError(f"its {place} is damaged: {why}; use an intact copy of the file")
