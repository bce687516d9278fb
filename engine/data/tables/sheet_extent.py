"""Extent of the sheets in a spreadsheet, measured before it is read.

A sheet names only the cells that are filled. Two of them, at opposite corners, are a file of 5 kB and 17 thousand
million places.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final
from xml.parsers import expat

from engine.data.damage import HIGHEST_RATIO, reading
from engine.data.file_dataset import LARGEST
from engine.data.tables.biff import cell_places, is_old_book
from engine.errors import DataError

# Bytes that a place takes while it is read, measured; an empty one takes as much as a filled one.
_PLACE: Final = 96
# Bytes that any sheet may take, however small its file is.
_FREE: Final = 256 << 20
_BLOCK: Final = 1 << 20
# The largest sheet that there is, so that no number becomes too long.
_ROWS, _COLUMNS = 1 << 20, 1 << 14
# Bytes of a name of a cell or row that the end of a block may part.
_OVERLAP: Final = 4096
# In a file of more bytes, a sheet of fewer than 1,000 rows, or at most 32 columns, is not looked at more closely, which
# takes several times as long as reading it: full, it takes up to three gigabytes. Names of cells beyond those, cells
# without a name, and what .ods repeats.
_SMALL: Final = LARGEST // HIGHEST_RATIO
_LOW: Final = re.compile(rb"""\br\s*=\s*["'][A-Za-z]{0,4}\d{4}""")
_WIDE: Final = re.compile(
    rb"""\br\s*=\s*["'](?:[A-Za-z]{3}|[B-Zb-z][A-Za-z]|[Aa][G-Zg-z])\d|<(?:\w+:)?c\b(?:(?!\br\s*=)[^>])*>|-repeated\s*="""
)
# Records of .xlsb: a row, and cells with a value.
_ROW, _FIRST_CELL, _LAST_CELL = 0, 2, 11


class _Extent:
    """Rectangle around all filled cells."""

    def __init__(self) -> None:
        self.rows, self.columns = [_ROWS, -1], [_COLUMNS, -1]

    def take(self, row: int, column: int, last_row: int = -1, last_column: int = -1) -> None:
        """Take a filled cell, or a rectangle of them, into it."""
        self.rows = [min(self.rows[0], row), max(self.rows[1], row, last_row)]
        self.columns = [min(self.columns[0], column), max(self.columns[1], column, last_column)]

    @property
    def places(self) -> int:
        """Number of places in it."""
        return max(self.rows[1] - self.rows[0] + 1, 0) * max(self.columns[1] - self.columns[0] + 1, 0)


def check_extent(path: Path) -> None:
    """Check that no sheet of a spreadsheet has too many places. Raises DataError."""
    with reading(str(path), "a spreadsheet"):
        size = path.stat().st_size
        # Where most places are empty, the file tells how many there may be.
        most = min(LARGEST, max(_FREE, HIGHEST_RATIO * size)) // _PLACE
        places = max(_sheets(path, size), default=0)
    if places > most:
        raise DataError(
            f"{path} has a sheet with {places:,} places from its first to its last cell; at most {most:,} are read of "
            "a file of its size. Delete cells far away from the table, or save it as .csv"
        )


def _sheets(path: Path, size: int) -> Iterator[int]:
    """Number of places of each sheet that may have many."""
    if not zipfile.is_zipfile(path):
        if is_old_book(path):
            yield from _places_of_book(path)
        return
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            with archive.open(info) as file:
                yield _places(info.filename.lower(), file, small=size <= _SMALL)


def _places_of_book(path: Path) -> Iterator[int]:
    extent = _Extent()
    for place in cell_places(path):
        if place is None:
            yield extent.places
            extent = _Extent()
        else:
            row, first, last = place
            extent.take(row, first, row, last)
    yield extent.places


def _places(name: str, file: IO[bytes], *, small: bool) -> int:
    if name.endswith(".bin"):
        return _places_of_records(file) if "sheet" in name else 0
    # A close look takes several times as long as reading the sheet.
    return _places_of_xml(file) if name.endswith(".xml") and _is_doubtful(file, small=small) else 0


def _is_doubtful(file: IO[bytes], *, small: bool) -> bool:
    """Whether a sheet may have too many places; the file is at its beginning again then."""
    low = wide = repeats = False
    rest = b""
    while block := file.read(_BLOCK):
        text = rest + block
        low = low or _LOW.search(text) is not None
        repeats = repeats or b"-repeated" in text
        wide = wide or _WIDE.search(text) is not None
        doubtful = wide or low or repeats if small else wide and (low or repeats)
        if doubtful:
            file.seek(0)
            return True
        rest = text[-_OVERLAP:]
    return False


class _Sheet:
    """Handler of the elements of a sheet, of .xlsx or of .ods, whatever it calls its namespaces."""

    def __init__(self) -> None:
        self.extent, self.most = _Extent(), 0
        self._row, self._column = -1, -1
        # How often the present row and cell of .ods are repeated, and what was filled of the row.
        self._rows, self._cells, self._filled = 1, 1, [_COLUMNS, -1]
        self._cell = False

    def start(self, name: str, given: dict[str, str]) -> None:
        plain = {key.rpartition(":")[2]: value for key, value in given.items()}
        match name.rpartition(":")[2]:
            case "sheetData" | "table":
                self.end_sheet()
            case "row":
                self._row, self._column = _number(plain.get("r"), self._row + 2) - 1, -1
            case "c":
                self._row, self._column = _cell(plain.get("r", ""), self._row, self._column + 1)
                self._cell = True
            case "v" | "is" | "f" if self._cell:
                self.extent.take(self._row, self._column)
            case "table-row":
                self._rows, self._column = _number(plain.get("number-rows-repeated"), 1), -1
                self._filled = [_COLUMNS, -1]
            case "table-cell" | "covered-table-cell":
                self._cells = _number(plain.get("number-columns-repeated"), 1)
                if "value-type" in plain or "formula" in plain:
                    self._fill()
            case "p":
                self._fill()

    def _fill(self) -> None:
        self._filled = [min(self._filled[0], self._column + 1), max(self._filled[1], self._column + self._cells)]

    def end(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "c":
                self._cell = False
            case "table-cell" | "covered-table-cell":
                self._column += self._cells
            case "table-row":
                first, last = self._filled
                if last >= 0:
                    self.extent.take(self._row + 1, first, self._row + self._rows, last)
                self._row += self._rows

    def end_sheet(self) -> None:
        self.most = max(self.most, self.extent.places)
        self.extent, self._row = _Extent(), -1


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def _cell(name: str, row: int, column: int) -> tuple[int, int]:
    """Row and column of a cell such as "B7", from 0; those given where it has no name."""
    letters = name.rstrip("0123456789")
    if not letters or not letters.isascii() or not letters.isalpha() or len(letters) > 4:
        return row, column
    place = 0
    for letter in letters.upper():
        place = 26 * place + ord(letter) - ord("A") + 1
    return _number(name[len(letters) :], row + 1) - 1, place - 1


def _places_of_xml(file: IO[bytes]) -> int:
    sheet = _Sheet()
    parser: Any = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = sheet.start, sheet.end
    try:
        while block := file.read(_BLOCK):
            parser.Parse(block, False)
    except expat.ExpatError:
        # What comes after damage is not read by others, either.
        pass
    sheet.end_sheet()
    return sheet.most


def _places_of_records(file: IO[bytes]) -> int:
    extent, row = _Extent(), 0
    for kind, head in _records(file):
        number = int.from_bytes(head, "little")
        if kind == _ROW:
            row = number
        elif _FIRST_CELL <= kind <= _LAST_CELL:
            extent.take(row, number)
    return extent.places


def _records(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Kind and first four bytes of every record of a .xlsb sheet."""
    while True:
        kind, length = _packed(file, 2), _packed(file, 4)
        if kind is None or length is None:
            return
        data = file.read(length)
        yield kind, data[:4]


def _packed(file: IO[bytes], most: int) -> int | None:
    """Number of at most so many bytes of seven bits each; None at the end of the file."""
    number = 0
    for place in range(most):
        byte = file.read(1)
        if not byte:
            return None
        number |= (byte[0] & 0x7F) << (7 * place)
        if byte[0] < 0x80:
            break
    return number
