"""Damaged files: one sentence for whatever a library says of them, and bounds on what is unpacked."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from engine.data.file_dataset import LARGEST
from engine.errors import DataError

# Unpacking so many bytes takes no time worth a refusal.
_FREE: Final = 64 << 20
# Real data are packed to a hundredth at best; zeros without end to a thousandth.
HIGHEST_RATIO: Final = 500
# What the standard library raises while it reads bytes that somebody else has written.
_UNREADABLE: Final = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    SyntaxError,
    TypeError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
)


@contextmanager
def reading(name: str, kind: str) -> Iterator[None]:
    """Turn every error of a library about damaged bytes into a DataError.

    It names the file and what it was expected to be. A lack of memory is no such error.
    """
    try:
        yield
    except _UNREADABLE as error:
        if isinstance(error, OSError) and error.strerror:
            raise DataError(f"{name} cannot be read: {error.strerror}") from None
        raise DataError(f"{name} is damaged, or is not {kind}; use an intact copy of it") from None


def check_unpacked(name: str, size: int, packed: int) -> None:
    """Check that something of `packed` bytes may be unpacked to `size` bytes, before it is. Raises DataError."""
    if size > LARGEST:
        raise DataError(f"{name} announces {size:,} bytes; at most {LARGEST:,} are read")
    if size > _FREE and size > HIGHEST_RATIO * packed:
        raise DataError(
            f"{name} unpacks to {size:,} bytes, {size // max(packed, 1):,} times its size; no real data do, so it is "
            "not read"
        )
