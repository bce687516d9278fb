"""Guess the layout of a text table: encoding, delimiter, quotes, header, and lines that do not belong to it."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, Protocol

from engine.data.tables.settings import DELIMITERS, QUOTES, Decimal, Delimiter, Encoding, Header, Layout, Quote
from engine.data.tables.values import GAPS
from engine.errors import DataError

Rows = Sequence[Sequence[str]]

# Lines by which the layout is judged, of a wide table fewer, and how many may stand below a header or after the table.
_MOST_JUDGED: Final = 300
_LEAST_JUDGED: Final = 30
_MOST_CELLS: Final = 30_000
_MOST_BELOW = _MOST_AFTER = 3
_GAPS: Final = frozenset(GAPS)
_SEPARATOR: Final = re.compile(r"""["']?sep=(.)["']?\s*$""", re.IGNORECASE)
_COMMENT: Final = ("#", "%", "//")
_COMMA_NUMBER: Final = re.compile(r"[+-]?[\d. ]*,\d+$")
_NUMBER: Final = re.compile(
    r"\(?[+-]?\s*[$€£¥₹]?\s*(\d[\d.,'’\u00a0\u202f ]*|[.,]\d+)([eE][+-]?\d+)?\s*[%$€£¥₹]?\)?$|[+-]?inf$", re.IGNORECASE
)
_DATE: Final = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?$|\d{1,2}:\d{2}(:\d{2})?$")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Reading(Protocol):
    """Settings of a table's reading, each "auto" or explicit."""

    @property
    def delimiter(self) -> Delimiter: ...
    @property
    def quote(self) -> Quote: ...
    @property
    def encoding(self) -> Encoding: ...
    @property
    def decimal(self) -> Decimal: ...
    @property
    def header(self) -> Header: ...
    @property
    def skip_first(self) -> int | None: ...
    @property
    def skip_below(self) -> int | None: ...
    @property
    def skip_last(self) -> int | None: ...
    @property
    def sheet(self) -> str: ...


def text_lines(text: str) -> list[str]:
    """Lines of a text, which only \\n ends; other signs that may end a line stand in cells."""
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


def encoding_of(head: bytes, whole: bool = False) -> str:
    """Encoding of a text by its first bytes. Raises DataError if they are no text.

    With `whole` these are all; else the last character may be cut.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        if len(head) >= 4 and head[1::2].count(0) > 0.4 * len(head) / 2 and head[0::2].count(0) < len(head) / 20:
            return "utf-16-le"
        if len(head) >= 4 and head[0::2].count(0) > 0.4 * len(head) / 2 and head[1::2].count(0) < len(head) / 20:
            return "utf-16-be"
        raise DataError("it holds zero bytes, so it is no text")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, whole)
    except UnicodeDecodeError:
        # Between 0x80 and 0x9f, Latin-1 has control characters, and Windows-1252 quotes, dashes and the euro.
        return "cp1252" if re.search(rb"[\x80\x82-\x8c\x8e\x91-\x9c\x9e\x9f]", head) else "latin-1"
    return "utf-8"


def guess_layout(text: str, encoding: str, given: Reading, names: Sequence[str] = ()) -> tuple[Layout, int]:
    """Layout of a table that starts with `text`, and its number of columns. What is `given` is taken as it is.

    `names` are those of columns that are expected: a line that holds all of them is the header. Raises DataError if the
    text is empty.
    """
    lines = text_lines(text)
    if not any(line.strip() for line in lines):
        raise DataError("it is empty; expected a header line and lines of values")
    declared = _SEPARATOR.match(lines[0])
    quote = _quote(lines) if given.quote == "auto" else QUOTES[given.quote]
    if given.delimiter != "auto":
        delimiter = DELIMITERS[given.delimiter]
    elif declared:
        delimiter = declared[1]
    else:
        delimiter = _delimiter(lines, quote)
    records = split_records(lines, delimiter, quote)
    if declared:
        records = [record for record in records if record[0] > 1]
        if not records:
            raise DataError("it holds no lines of values")
    count = _columns([words for _, words in records])
    start = given.skip_first
    if start is None:
        first = next(place for place, (_, words) in enumerate(records) if _belongs(words, count))
        start = _short_header(records, first, count)
    kept = [words for line, words in records if line > start]
    if not kept:
        raise DataError(f"it has no lines after the first {start}, which are left out")
    named = given.header == "yes" or (given.header == "auto" and is_header(kept, names))
    below = given.skip_below
    if below is None:
        below = _below(kept) if named else 0
    layout = Layout(
        encoding=encoding,
        delimiter=delimiter,
        quote=quote,
        decimal="." if given.decimal == "auto" else given.decimal,
        named=named,
        skip_first=start,
        skip_below=below,
        skip_last=given.skip_last or 0,
        sheet=given.sheet,
    )
    return layout, max(count, len(kept[0]))


def split_records(lines: Sequence[str], delimiter: str, quote: str) -> list[tuple[int, list[str]]]:
    """The first records with the numbers of the lines in which they begin; blank lines are none."""
    if delimiter == " ":
        found = [(place, line.split()) for place, line in enumerate(lines[:_MOST_JUDGED], 1)]
        return [(place, words) for place, words in found if words]
    options = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
    csv.field_size_limit(1 << 30)
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, **options)
    records = []
    before = cells = 0
    try:
        for words in reader:
            if words and not (len(words) == 1 and not words[0].strip()):
                records.append((before + 1, [word.strip() for word in words]))
            before = reader.line_num
            cells += len(words)
            if len(records) >= (_MOST_JUDGED if cells <= _MOST_CELLS else _LEAST_JUDGED):
                break
    except csv.Error as error:
        raise DataError(f"line {reader.line_num} cannot be divided into cells ({error!s:.60}); mend it") from None
    return records


def _quote(lines: Sequence[str]) -> str:
    text = "\n".join(lines[:_MOST_JUDGED])
    if '"' in text or not re.search(r"(^|[,;\t|])'[^'\n]*'(?=[,;\t|]|$)", text, re.MULTILINE):
        return '"'
    return "'"


def _delimiter(lines: Sequence[str], quote: str) -> str:
    """Delimiter that splits most lines into the same number of columns, none of which holds another one."""
    best, score = ",", 0.0
    for candidate in (",", ";", "\t", "|"):
        rows = [words for _, words in split_records(lines, candidate, quote) if not _is_comment(words)]
        count = _columns(rows)
        if count < 2:
            continue
        fitting = [words for words in rows if len(words) == count]
        cells = [word for words in fitting for word in words]
        foreign = sum(_is_foreign(word, candidate) for word in cells)
        found = len(fitting) / len(rows) * (1 - foreign / len(cells)) + count * 1e-6
        if found > score:
            best, score = candidate, found
    if score:
        return best
    rows = [line.split() for line in lines[:_MOST_JUDGED] if line.strip() and not line.startswith(_COMMENT)]
    count = _columns(rows)
    # The first line may be a header.
    body = rows[1:] or rows
    numeric = sum(bool(_NUMBER.match(word)) for words in body for word in words)
    spaced = count > 1 and all(len(words) == count for words in body) and numeric * 2 >= sum(map(len, body))
    return " " if spaced else best


def _is_foreign(word: str, delimiter: str) -> bool:
    """True if a cell holds another delimiter, other than as the comma in a number."""
    others = {";", "\t", "|"} - {delimiter}
    if any(other in word for other in others):
        return True
    return delimiter != "," and "," in word and not _COMMA_NUMBER.match(word)


def _columns(rows: Rows) -> int:
    """Number of columns that most rows have, leaving out those that have only one if others have more."""
    counts = Counter(len(words) for words in rows if len(words) > 1) or Counter(len(words) for words in rows)
    if not counts:
        return 0
    most = max(counts.values())
    count = max(length for length, times in counts.items() if times == most)
    # A few long words with a comma in them do not make a table of two columns.
    ones = sum(len(words) == 1 for words in rows)
    return count if most * 2 >= ones or len(rows) < 4 else 1


def _is_comment(words: Sequence[str]) -> bool:
    return bool(words) and words[0].startswith(_COMMENT)


def _belongs(words: Sequence[str], count: int) -> bool:
    return len(words) == count and not (_is_comment(words) and not words[0][1:].strip())


def _short_header(records: Sequence[tuple[int, list[str]]], first: int, count: int) -> int:
    """Lines above the table, whose first record is `first`, unless the one above is a header of one name less."""
    line, words = records[first]
    if first and len(records[first - 1][1]) == count - 1 > 1 and any(map(_is_number, words)):
        above, names = records[first - 1]
        if not any(map(_is_number, names)) and all(names):
            return above - 1
    return line - 1


def is_header(rows: Rows, names: Sequence[str] = ()) -> bool:
    """True if the first row holds names of columns, judged by the rows below it."""
    first = [word.strip() for word in rows[0]]
    if names and set(names) <= set(first):
        return True
    body = [[word.strip() for word in row] for row in rows[1 : 1 + _MOST_JUDGED]]
    if not body:
        return not any(map(_is_number, first))
    if _counts_up(first, body):
        return True
    # Of a damaged file, it may be shorter than the others.
    first += [""] * (max(map(len, body)) - len(first))
    numeric = _numeric(body)
    if any(word and not _is_number(word) and word not in _GAPS for place, word in enumerate(first) if place in numeric):
        return True
    wordy = [place for place, word in enumerate(first) if place not in numeric and word and not _is_number(word)]
    again = any(first[place] in _column(body, place) for place in wordy)
    if not numeric or all(not first[place] for place in numeric):
        return not again
    # Numbers stand where the others have numbers. A word that never comes again, where all others do, is a name.
    told = [_column(body, place) for place in wordy]
    return bool(told) and not again and len(body) >= 10 and all(2 * len(set(column)) <= len(column) for column in told)


def _counts_up(first: Sequence[str], body: Rows) -> bool:
    """True for the header 0, 1, 2, ... that pandas writes for columns without names."""
    numbers = first[1:] if first and not first[0] else first
    if len(numbers) < 2 or not all(word.isdecimal() for word in numbers):
        return False
    start = int(numbers[0])
    if start > 1 or [int(word) for word in numbers] != list(range(start, start + len(numbers))):
        return False
    if len(numbers) < len(first):
        return True
    whole = all(word.isdecimal() for row in body for word in row)
    return len(numbers) >= (5 if whole else 3)


def _below(rows: Rows) -> int:
    """Number of lines between the header and the values: units, or types of the columns."""
    best, most = 0, len(_numeric(rows[1:]))
    if len(rows) >= _LEAST_JUDGED and most == len(_numeric(rows[1 + _MOST_BELOW :])):
        return 0  # no column is numeric without these lines that is not with them
    for skipped in range(1, min(_MOST_BELOW, len(rows) - 2) + 1):
        if any(map(_is_number, rows[skipped])):
            break
        found = len(_numeric(rows[1 + skipped :]))
        if found > most:
            best, most = skipped, found
    return best


def _numeric(rows: Rows) -> set[int]:
    """Places of the columns that hold nothing but numbers, dates and gaps, and any of them."""
    found = set()
    for place in range(max(map(len, rows), default=0)):
        words = [word for word in _column(rows, place) if word not in _GAPS]
        if words and all(map(_is_number, words)):
            found.add(place)
    return found


def _column(rows: Rows, place: int) -> list[str]:
    return [row[place].strip() for row in rows if place < len(row)]


def _is_number(word: str) -> bool:
    return bool(_NUMBER.match(word) or _DATE.match(word))


def lines_after(tail: str, layout: Layout, count: int) -> int:
    """Number of lines at the end of a table of several columns that are none of its rows: a source, or a note."""
    lines = [line for line in text_lines(tail)[1:] if line.strip()]
    after = 0
    for line in reversed(lines):
        records = split_records([line], layout.delimiter, layout.quote)
        words = [word for word in records[0][1] if word] if records else []
        short = not records or len(records[0][1]) < count
        odd = bool(layout.quote) and line.count(layout.quote) % 2 == 1
        if odd or not short or len(words) > 1 or (words and _is_number(words[0])):
            break
        after += 1
    return after if count > 1 and after <= _MOST_AFTER else 0
