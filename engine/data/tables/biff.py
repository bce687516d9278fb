"""Cells of an old spreadsheet (.xls), by their places alone.

Its format, BIFF, is a row of records in a stream of an OLE file; see Microsoft, [MS-XLS]: Excel Binary File Format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from engine.errors import DataError

# Streams in which versions from 5 on, and from 8 on, keep the book.
_BOOKS: Final = ("Workbook", "Book")
_BEGIN: Final = 0x0809
# Records of one cell with a value: FORMULA, NUMBER, LABEL, BOOLERR, RK, LABELSST; and MULRK, of several in a row.
_CELLS: Final = frozenset((0x0006, 0x0203, 0x0204, 0x0205, 0x027E, 0x00FD))
_SEVERAL: Final = 0x00BD
_HEAD: Final = struct.Struct("<HH")
_PLACE: Final = struct.Struct("<HH")


def is_old_book(path: Path) -> bool:
    """True if a file is an OLE file, as .xls are. Raises DataError if olefile is not installed."""
    return bool(_library(path).isOleFile(path))


def cell_places(path: Path) -> Iterator[tuple[int, int, int] | None]:
    """Row, first and last column of the cells with a value, from 0, and None where a sheet begins.

    Raises what olefile raises over damaged files, too.
    """
    with _library(path).OleFileIO(path) as ole:
        for name in _BOOKS:
            if ole.exists(name):
                yield from _places(ole.openstream(name))


def _places(stream: IO[bytes]) -> Iterator[tuple[int, int, int] | None]:
    while len(head := stream.read(_HEAD.size)) == _HEAD.size:
        kind, length = _HEAD.unpack(head)
        data = stream.read(length)
        if kind == _BEGIN:
            yield None
        elif (kind in _CELLS or kind == _SEVERAL) and len(data) >= _PLACE.size:
            row, column = _PLACE.unpack_from(data)
            # Of several, the last two bytes are the last column.
            yield row, column, int.from_bytes(data[-2:], "little") if kind == _SEVERAL else column


def _library(path: Path) -> Any:
    """Module olefile. Raises DataError."""
    try:
        import olefile
    except ImportError:
        raise DataError(
            f"{path} is an old spreadsheet, which needs olefile: install nnstudio[excel], or save it as .csv"
        ) from None
    return olefile
