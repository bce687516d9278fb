"""Table of contents of a zip file, checked before it is listed."""

from __future__ import annotations

import os
from typing import IO, Final

from engine.errors import DataError

_END, _END64, _LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_END_SIZE, _LOCATOR_SIZE, _LONGEST_COMMENT = 22, 20, 1 << 16
_MOST_ENTRIES: Final = 10_000
_LARGEST_DIRECTORY: Final = 4 << 20  # bytes


def check_directory(file: IO[bytes], name: str) -> None:
    """Check that a zip file holds no more entries than real data have, and go back to its start. Raises DataError."""
    length = os.fstat(file.fileno()).st_size
    start = max(length - _END_SIZE - _LONGEST_COMMENT - _LOCATOR_SIZE, 0)
    file.seek(start)
    tail = file.read()
    file.seek(0)
    end = tail.rfind(_END)
    if end < 0 or len(tail) < end + _END_SIZE:
        raise DataError(f"{name} is only a part of a .npz file, or is damaged; use an intact copy of it")
    entries, size = _number(tail, end + 10, 2), _number(tail, end + 12, 4)
    locator = end - _LOCATOR_SIZE
    if locator >= 0 and tail[locator:].startswith(_LOCATOR64):
        file.seek(min(_number(tail, locator + 8, 8), length))
        record = file.read(56)
        file.seek(0)
        if record.startswith(_END64):
            entries, size = _number(record, 32, 8), _number(record, 40, 8)
    if entries > _MOST_ENTRIES or size > _LARGEST_DIRECTORY:
        raise DataError(f"{name} holds {entries:,} entries; at most {_MOST_ENTRIES:,} are read")


def _number(data: bytes, place: int, size: int) -> int:
    return int.from_bytes(data[place : place + size], "little")
