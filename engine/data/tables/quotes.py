"""Quotes in a block of a text table: where records end, and which quote is never closed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Final

import numpy as np

from engine.data.tables.settings import Layout
from engine.errors import DataError

_NEWLINE, _RETURN = ord("\n"), ord("\r")
# A record that goes on for so many bytes has a quote that is never closed.
LONGEST: Final = 64 << 20


def clean(block: bytes, layout: Layout) -> bool:
    """True if every quote of a block, which begins between two records, encloses a whole cell."""
    text = np.frombuffer(block, np.uint8)
    quote, delimiter = ord(layout.quote), ord(layout.delimiter)
    places = np.flatnonzero(text == quote)
    if len(places) % 2:
        return False
    opening, closing = places[0::2], places[1::2]
    before = np.where(opening > 0, text[opening - 1], _NEWLINE)
    after = np.where(closing < len(text) - 1, text[np.minimum(closing + 1, len(text) - 1)], _NEWLINE)
    # A quote within quotes is written twice: the cell closes and opens again at once.
    again = np.zeros(len(opening), bool)
    again[1:] = opening[1:] == closing[:-1] + 1
    opens = again | np.isin(before, (delimiter, _NEWLINE))
    closes = np.append(again[1:], False) | np.isin(after, (delimiter, _NEWLINE, _RETURN))
    return bool(opens.all() and closes.all())


def right_width(block: bytes, layout: Layout, count: int) -> bool:
    """True if a block without stray quotes and blank lines holds as many delimiters as its records need.

    One value too many in a line could make up for one too few in another; too many are seen by the parser.
    """
    if layout.delimiter == " ":
        return False
    quote = layout.quote.encode()
    # In NumPy, since counting a sign that is frequent takes bytes ten times as long.
    text = np.frombuffer(block, np.uint8)
    delimiters, ends = text == ord(layout.delimiter), text == _NEWLINE
    if quote and quote in block:
        outside = ~np.bitwise_xor.accumulate(text == ord(quote))
        delimiters &= outside
        ends &= outside
    records = np.count_nonzero(ends) + (not block.endswith(b"\n"))
    return bool(np.count_nonzero(delimiters) == records * (count - 1))


def lines_in(block: bytes) -> int:
    """Number of line ends in a block."""
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == _NEWLINE))


def without_blanks(block: bytes, quote: bytes) -> bytes:
    """Block without blank lines; those within quotes stay, where `quote` is not empty."""
    text = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(text == _NEWLINE)
    lengths = np.diff(ends, prepend=-1)
    returns = text[ends[lengths == 2] - 1] == _RETURN
    if not (lengths == 1).any() and not returns.any():
        return block
    if not quote:
        return re.sub(rb"(?m)^\r?\n", b"", block)
    parts = block.split(quote)
    for place in range(0, len(parts), 2):
        # At the beginning of a part that follows a quote, the line is not blank.
        first = rb"\A(?:\r?\n)+|" if place == 0 else b""
        parts[place] = re.sub(first + rb"(?<=\n)(?:\r?\n)+", b"", parts[place])
    return quote.join(parts)


def last_end(block: bytes, quote: bytes) -> int:
    """Length of a block up to the end of its last record; 0 if none ends in it."""
    end = block.rfind(b"\n") + 1
    while quote and end and block.count(quote, 0, end) % 2 and len(block) < LONGEST:
        end = block.rfind(b"\n", 0, end - 1) + 1
    return end


def careful_records(block: bytes, layout: Layout, line: int) -> Iterator[tuple[int, list[str]]]:
    """Records of a block in UTF-8, whose first line is `line`, each with the line in which it begins.

    A quote within a cell stands for itself. Raises DataError for one that opens a cell and is never closed.
    """
    text = block.decode("utf-8", "replace")
    if layout.delimiter == " ":
        for place, words in enumerate((row.split() for row in text.splitlines()), line):
            if words:
                yield place, words
        return
    lines: list[str] = []
    reader = csv.reader(
        _kept(text, lines),
        delimiter=layout.delimiter,
        quotechar=layout.quote or None,
        quoting=csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE,
        skipinitialspace=True,
    )
    csv.field_size_limit(1 << 30)
    before = 0
    for words in reader:
        taken = reader.line_num - before
        if layout.quote and (taken > 1 or lines[-1].count(layout.quote) % 2):
            _check_closed("".join(lines), layout, line + before)
        lines.clear()
        if words:
            yield line + before, words
        before = reader.line_num


def _kept(text: str, lines: list[str]) -> Iterator[str]:
    """Lines of a text, each also put into `lines`. Only \\n ends one."""
    for match in re.finditer(r"[^\n]*\n|[^\n]+$", text):
        lines.append(match[0])
        yield match[0]


def _check_closed(record: str, layout: Layout, line: int) -> None:
    """Check the quotes of one record as the reader took it. Raises DataError with the line of the one that is open."""
    quote, delimiter = re.escape(layout.quote), re.escape(layout.delimiter)
    place = 0
    cell = re.compile(rf" *{quote}(?:[^{quote}]|{quote}{quote})*({quote}[^{delimiter}\n]*)?|[^{delimiter}\n]*")
    while place < len(record):
        match = cell.match(record, place)
        assert match is not None
        found = match[0]
        if found.lstrip(" ").startswith(layout.quote):
            rest = (match[1] or "")[1:].strip("\r ")
            if match[1] is None or (rest and "\n" in found):
                opens = line + record.count("\n", 0, place)
                shown = found.lstrip(" ").split("\n")[0]
                raise DataError(
                    f"line {opens}: the quote that opens here ({shown:.40}) is never closed; close it, or set "
                    "quotes to none"
                )
        place = match.end() + 1
