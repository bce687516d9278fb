"""Header of NumPy's .npy format: type, order and shape of an array, read without evaluating anything."""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from typing import IO, Any, Final

import numpy as np

from engine.errors import DataError

_MAGIC: Final = b"\x93NUMPY"
_LONGEST: Final = 1 << 16  # bytes of a header
_MOST_AXES: Final = 32
# The header is a Python dictionary as text, with these three keys.
_ITEM: Final = re.compile(
    r"""\s*(?P<q>['"])(?P<key>descr|fortran_order|shape)(?P=q)\s*:\s*
    (?:(?P<r>['"])(?P<type>[<>|=]?[a-zA-Z]\d*(?:\[\w+\])?)(?P=r)|(?P<flag>True|False)|\((?P<shape>[\dL,\s]*)\))\s*(?:,|(?=\}))""",
    re.VERBOSE,
)
_FIELDS: Final = re.compile(r"""['"]descr['"]\s*:\s*\[""")
_TYPE: Final = re.compile(r"[<>|=]?(?P<kind>[a-zA-Z])(?P<size>\d*)")
_SIZES: Final = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8)}
_LONGEST_WORD: Final = 10_000
_OTHERS: Final = {
    "O": "holds Python objects, which are never read, since loading them can run code; save numbers or words",
    "c": "holds complex numbers; save their parts as two real arrays",
    "M": "holds dates; save them as numbers, or the table as .csv",
    "m": "holds time spans; save them as numbers, or the table as .csv",
    "V": "is a table of named columns; save it as .csv, or each column as an array of its own",
}


@dataclass(frozen=True)
class Header:
    """Header of an array: its type, its order, its shape, and the number of bytes before its numbers."""

    dtype: np.dtype[Any]
    fortran: bool
    shape: tuple[int, ...]
    start: int

    @property
    def size(self) -> int:
        """Bytes of the array."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_header(file: IO[bytes], name: str) -> Header:
    """Read the header at the beginning of a file, which errors call `name`. Raises DataError."""
    head = file.read(8)
    if head[:6] != _MAGIC or len(head) < 8:
        raise DataError(f"{name} is not a NumPy array: it starts with {head[:6].hex(' ') or 'nothing'}")
    wide = head[6] != 1
    digits = file.read(4 if wide else 2)
    (length,) = struct.unpack("<I" if wide else "<H", digits)
    if head[6] not in (1, 2, 3) or length > _LONGEST:
        raise _damaged(name)
    data = file.read(length)
    if len(data) < length:
        raise _damaged(name)
    text = data.decode("utf-8" if head[6] == 3 else "latin-1")
    dtype, fortran, shape = _parse(text.strip(), name)
    return Header(dtype, fortran, shape, 8 + len(digits) + length)


def _parse(text: str, name: str) -> tuple[np.dtype[Any], bool, tuple[int, ...]]:
    if _FIELDS.search(text):
        raise DataError(f"{name} {_OTHERS['V']}")
    found: dict[str, re.Match[str]] = {}
    place = 1
    while text[place:].strip() not in ("}", ""):
        item = _ITEM.match(text, place)
        if item is None or item["key"] in found:
            raise _damaged(name)
        found[item["key"]], place = item, item.end()
    if not (text.startswith("{") and text.endswith("}") and len(found) == 3):
        raise _damaged(name)
    kind, flag, shape = found["descr"]["type"], found["fortran_order"]["flag"], found["shape"]["shape"]
    if kind is None or flag is None or shape is None:
        raise _damaged(name)
    lengths = tuple(int(part.strip().rstrip("L")) for part in shape.split(",") if part.strip())
    if len(lengths) > _MOST_AXES or math.prod(lengths) >= 1 << 60:
        raise _damaged(name)
    return _dtype(kind, name), flag == "True", lengths


def _dtype(text: str, name: str) -> np.dtype[Any]:
    if text[1:2] in ("M", "m") or text[:1] in ("M", "m"):
        raise DataError(f"{name} {_OTHERS[text.lstrip('<>|=')[0]]}")
    match = _TYPE.fullmatch(text)
    if match is None:
        raise _damaged(name)
    kind, size = match["kind"], int(match["size"] or 0)
    if kind in _OTHERS:
        raise DataError(f"{name} {_OTHERS[kind]}")
    fits = size in _SIZES[kind] if kind in _SIZES else kind in "US" and 0 < size <= _LONGEST_WORD
    if not fits:
        raise DataError(f"{name} holds numbers of the type {text!r}, which is not read; save them as float32 or int64")
    return np.dtype(text)


def _damaged(name: str) -> DataError:
    return DataError(f"{name} has a damaged header; use an intact copy of it")
