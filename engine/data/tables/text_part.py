"""Part of the rows of a text file for one process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from engine.data.sharing import own_rank, part_of, shared
from engine.data.tables.quotes import lines_in
from engine.errors import DataError

_STEP: Final = 1 << 16


@dataclass(frozen=True)
class TextPart:
    """Some rows of a text: their bytes, and the line in which they begin."""

    content: bytes
    first_line: int


def read_part(path: Path, quote: bytes, first_line: int, end: int) -> TextPart:
    """Read the part of this process of the rows that begin in a line and end before a byte.

    The bytes are divided evenly, and each process goes on to the end of the record in which its share of them ends.
    Where records end depends on all quotes before, which the processes count for each other. The encoding must write
    quotes and line ends as ASCII does. Raises DataError.
    """
    raw, place = b"", 0

    def look() -> tuple[int, int]:
        """Read the bytes of this process, and count their quotes and lines."""
        nonlocal raw, place
        with _opened(path) as file:
            begin = _begin(file, first_line)
            part = part_of(max(end - begin, 0))
            place = begin + part.start
            file.seek(place)
            raw = file.read(len(part))
        return raw.count(quote) if quote else 0, lines_in(raw)

    found = shared(look)
    before, own = found[: own_rank()], found[own_rank()]
    quotes, lines = sum(each[0] for each in before), first_line + sum(each[1] for each in before)
    start = _record_end(raw, quote, quotes) if before else 0
    if not start and before:
        # One record is longer than the part: who reads its beginning reads it to its end.
        return TextPart(b"", lines)
    with _opened(path) as file:
        file.seek(place + len(raw))
        rest = _to_record_end(file, quote, quotes + own[0], end - place - len(raw))
    return TextPart(raw[start:] + rest, lines + lines_in(raw[:start]))


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise DataError(f"{path} cannot be read as a table: {error.strerror or error}") from None


def _begin(file: BinaryIO, line: int) -> int:
    """Byte at which a line begins, counted from 1."""
    for _ in range(line - 1):
        file.readline()
    return file.tell()


def _record_end(text: bytes, quote: bytes, quotes: int) -> int:
    """Length of a text up to the end of the first record that ends in it, 0 if none does; before it were `quotes`."""
    seen = 0
    while end := text.find(b"\n", seen) + 1:
        quotes += text.count(quote, seen, end) if quote else 0
        seen = end
        if quotes % 2 == 0:
            return end
    return 0


def _to_record_end(file: BinaryIO, quote: bytes, quotes: int, most: int) -> bytes:
    """Bytes of a file up to the end of the record, at most so many; before them were `quotes`."""
    found = b""
    while len(found) < most and (step := file.read(min(_STEP, most - len(found)))):
        length = _record_end(step, quote, quotes)
        if length:
            return found + step[:length]
        quotes += step.count(quote) if quote else 0
        found += step
    return found
