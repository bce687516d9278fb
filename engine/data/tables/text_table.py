"""Text tables, read block by block: what lies in quotes, the number of values in a line, and the numbers themselves."""

from __future__ import annotations

import codecs
import contextlib
import copy
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Self

import numpy as np

from engine.data.progress import advance
from engine.data.sharing import is_shared
from engine.data.tables.layout import Reading, encoding_of, guess_layout, lines_after, split_records, text_lines
from engine.data.tables.panics import panics_unsaid
from engine.data.tables.quotes import careful_records, clean, last_end, lines_in, right_width, without_blanks
from engine.data.tables.settings import Layout
from engine.data.tables.text_part import read_part
from engine.data.tables.values import GAPS, NAMES
from engine.errors import DataError

if TYPE_CHECKING:
    import polars as pl

_BLOCK: Final = 16 << 20
# Of a larger file, the guess sees the beginning and some places further on.
_WHOLE: Final = 16 << 20
_HEAD: Final = 1 << 18
_PIECES: Final = 12
_TAIL: Final = 1 << 16
_ROWS_AT_A_TIME: Final = 1 << 16
# Line ends and quotes are those of ASCII in them, and no part of another sign.
_LIKE_ASCII: Final = ("utf-8", "utf-8-sig", "cp1252", "latin-1")


class TextTable:
    """Text file that holds a table.

    Attributes:
        names: of the columns, as they stand in the header; where there is none, they are numbered.
        layout: how the text is read; `first_line` is that of the first row.
    """

    text = True
    layout: Layout
    count: int
    header: tuple[str, ...]
    first_words: tuple[str, ...]

    def __init__(self, path: Path, given: Reading, names: Sequence[str] = ()) -> None:
        """Open a table and guess what is not `given`. Raises DataError."""
        self.path = path
        try:
            self.size = path.stat().st_size
            with path.open("rb") as file:
                head = file.read(_HEAD)
                whole = len(head) == self.size
                self.encoding = (
                    encoding_of(head, whole) if given.encoding == "auto" else _explicit(given.encoding, head)
                )
                if given.encoding == "auto" and self.encoding == "utf-8" and not whole and not _is_utf8(file):
                    self.encoding = "cp1252"
                text = _decoded(head, self.encoding, whole)
                if not whole:
                    text = text[: text.rfind("\n") + 1] or text
                self._open(text, given, names)
                tail = _tail(file, self.size, self.encoding)
        except OSError as error:
            raise DataError(f"{path} cannot be read as a table: {error.strerror or error}") from None
        except DataError as error:
            raise DataError(f"{path} cannot be read as a table: {error.message}") from None
        if given.skip_last is None:
            after = lines_after(tail if not whole else text, self.layout, self.count)
            self.layout = Layout(**{**vars(self.layout), "skip_last": after})
        self._end = self.size - _ending(tail, self.layout.skip_last, self.encoding)
        # Lines above the rows, and the rows themselves where they have been read.
        self._skip = max(self.first_line - 1, 0)
        self._content: bytes | None = None

    def _open(self, text: str, given: Reading, names: Sequence[str]) -> None:
        text = text.replace("\r\n", "\n")
        self._returns = "\n" not in text and "\r" in text
        if self._returns:
            text = text.replace("\r", "\n")
        self.layout, self.count = guess_layout(text, self.encoding, given, names)
        records = [
            record
            for record in split_records(text_lines(text), self.layout.delimiter, self.layout.quote)
            if record[0] > self.layout.skip_first
        ]
        header = records[0][1]
        first = records[(1 + self.layout.skip_below) if self.layout.named else 0 :]
        if self.layout.named:
            # R writes no name above the names of the rows, and some programs a comma after each row.
            short = len(header) == self.count - 1
            ended = short and all(len(words) == self.count and not words[-1] for _, words in first)
            header = [*header, ""] if ended else ["", *header] if short else header
        self.count = max(self.count, len(header))
        self.header = tuple(header) if self.layout.named else ()
        self.first_line = first[0][0] if first else 0
        self.first_words = tuple(records[0][1])

    @property
    def empty(self) -> bool:
        """True if there is no row of values."""
        return self.first_line == 0

    def sample(self) -> pl.DataFrame:
        """All rows of a small table as words, or some of a large one, from the beginning and from further on."""
        import polars as pl

        strings = [pl.String] * self.count
        frames = list(self.batches(strings) if self.whole else self._pieces(strings))
        return pl.concat(frames) if frames else self.empty_frame(strings)

    @property
    def whole(self) -> bool:
        """True if the sample holds all rows."""
        return self.size <= _WHOLE

    @property
    def divided(self) -> bool:
        """True if processes that read together read a part of the rows each: of a large file, if that can be cut."""
        return is_shared() and not self.whole and not self._returns and self.encoding in _LIKE_ASCII

    def own_part(self) -> Self:
        """Table of the part of the rows that this process reads. Raises DataError."""
        found = read_part(self.path, self.layout.quote.encode(), self.first_line, self._end)
        part = copy.copy(self)
        part._content, part.first_line, part._skip, part._end = found.content, found.first_line, 0, len(found.content)
        return part

    def _pieces(self, strings: Sequence[type[pl.DataType]]) -> Iterator[pl.DataFrame]:
        quote = self.layout.quote.encode()
        blocks = []
        with self.path.open("rb") as file:
            for place in np.linspace(0, self.size - _HEAD, _PIECES + 1).astype(int).tolist():
                file.seek(place - place % 2)
                block = _Decoder(self.encoding, "ignore").decode(file.read(4 * _HEAD if place == 0 else _HEAD))
                if self._returns:
                    block = block.replace(b"\r", b"\n")
                block = b"\n".join(block.split(b"\n")[self.first_line - 1 if place == 0 else 1 : -1]) + b"\n"
                if quote and quote in block:
                    if place:
                        continue  # it may begin within quotes
                    block = block[: last_end(block, quote)]
                blocks.append(block)
        try:
            # All at once, since each call costs time for each of the columns.
            yield from list(self._frames(b"".join(blocks), self.first_line, strings))
        except DataError:
            for block in blocks:
                # What is wrong is said with its line when that place is read.
                with contextlib.suppress(DataError):
                    yield from list(self._frames(block, self.first_line, strings))

    def empty_frame(self, types: Sequence[type[pl.DataType]]) -> pl.DataFrame:
        """Frame of no rows, with columns of these types."""
        import polars as pl

        return pl.DataFrame(schema={str(place): kind for place, kind in enumerate(types)})

    def batches(self, types: Sequence[type[pl.DataType]]) -> Iterator[pl.DataFrame]:
        """Rows block by block, in columns "0", "1", ... of these types: Float64, or String for words as they stand.

        Where a number is not plain, the numbers of a block are words too. Raises DataError that names the line of
        whatever is wrong.
        """
        line = self.first_line
        for block in self._blocks():
            try:
                yield from self._frames(block, line, types)
            except DataError as error:
                raise DataError(f"{self.path}, {error.message}") from None
            line += lines_in(block)

    def line_of(self, row: int) -> int:
        """Line in which a row begins; rows are counted from 0, lines from 1."""
        line, seen = self.first_line, 0
        for block in self._blocks():
            for place, _ in careful_records(block, self.layout, line):
                if seen == row:
                    return place
                seen += 1
            line += lines_in(block)
        return line

    def _blocks(self) -> Iterator[bytes]:
        """The rows as UTF-8, cut between two records."""
        if self.empty:
            return
        quote = self.layout.quote.encode()
        rest, skip, done = b"", self._skip, 0
        decoder = _Decoder(self.encoding)
        with self.path.open("rb") if self._content is None else io.BytesIO(self._content) as file:
            while True:
                advance(done, self._end, "bytes")
                raw = file.read(min(_BLOCK, self._end - done))
                done += len(raw)
                final = done >= self._end or not raw
                try:
                    block = decoder.decode(raw, final)
                except UnicodeDecodeError as error:
                    raise DataError(
                        f"{self.path} holds bytes that are no {self.encoding}, such as "
                        f"0x{error.object[error.start]:02x}; choose another encoding"
                    ) from None
                rest += block.replace(b"\r", b"\n") if self._returns else block
                while skip and (place := rest.find(b"\n")) >= 0:
                    rest, skip = rest[place + 1 :], skip - 1
                if final:
                    if rest and not skip:
                        yield rest
                    advance(done, self._end, "bytes")
                    return
                cut = 0 if skip else last_end(rest, quote)
                if cut:
                    yield rest[:cut]
                    rest = rest[cut:]

    def _frames(self, block: bytes, line: int, types: Sequence[type[pl.DataType]]) -> Iterator[pl.DataFrame]:
        quote = self.layout.quote.encode()
        quoted = bool(quote) and quote in block
        if quoted and not clean(block, self.layout):
            yield from self._carefully(block, line, types)
            return
        tidy = without_blanks(block, quote if quoted else b"")
        if not tidy or (len(tidy) < 3 and not tidy.strip(b"\r\n")):
            return
        if right_width(tidy, self.layout, self.count):
            yield self._parsed(tidy, types)
        else:
            # One of the lines is too short or too long, or spaces divide the columns.
            yield from self._carefully(block, line, types)

    def _parsed(self, block: bytes, types: Sequence[type[pl.DataType]]) -> pl.DataFrame:
        """Rows of a block whose quotes are clean, without blank lines."""
        import polars as pl

        gaps = [word for word in GAPS if pl.String not in types or word not in NAMES]

        def parse(schema: Sequence[type[pl.DataType]]) -> pl.DataFrame:
            return pl.read_csv(
                io.BytesIO(block),
                has_header=False,
                separator=self.layout.delimiter,
                quote_char=self.layout.quote or None,
                schema={str(place): kind for place, kind in enumerate(schema)},
                null_values=gaps if pl.Float64 in schema else None,
                raise_if_empty=False,
            )

        if pl.Float64 in types:
            # If some number is not plain, it has a unit or spaces, or it is none; then all are read as words.
            with contextlib.suppress(pl.exceptions.PolarsError, pl.exceptions.PanicException), panics_unsaid():
                return parse(types)
        try:
            with panics_unsaid():
                return parse([pl.String] * len(types))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise DataError(f"a block of its lines cannot be read: {str(error).splitlines()[0]:.120}") from None

    def _carefully(self, block: bytes, line: int, types: Sequence[type[pl.DataType]]) -> Iterator[pl.DataFrame]:
        """Rows of a block as words, record by record, as quotes stand where they do not belong."""
        import polars as pl

        schema = {str(place): pl.String for place in range(len(types))}
        records = careful_records(block, self.layout, line)
        while rows := list(islice(records, _ROWS_AT_A_TIME)):
            for place, words in rows:
                if len(words) != self.count:
                    raise DataError(f"line {place}: found {len(words)} values, expected {self.count}")
            yield pl.DataFrame([words for _, words in rows], schema=schema, orient="row")


class _Decoder:
    """Decoder from an encoding to UTF-8, block by block; UTF-8 is checked and passed on."""

    def __init__(self, encoding: str, errors: str = "strict") -> None:
        self._plain = encoding in ("utf-8", "utf-8-sig") and errors == "strict"
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._begun = encoding != "utf-8-sig"

    def decode(self, raw: bytes, final: bool = False) -> bytes:
        """Decode a block. Raises UnicodeDecodeError."""
        if self._plain and self._begun and raw.isascii() and not self._decoder.getstate()[0]:
            return raw
        self._begun = True
        return self._decoder.decode(raw, final).encode()


def _decoded(head: bytes, encoding: str, whole: bool) -> str:
    """Text of the beginning of a file. Raises DataError."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head, whole).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise DataError(f"its bytes are no {encoding} ({error.reason}); choose another encoding") from None


def _explicit(encoding: str, head: bytes) -> str:
    """Name of a chosen encoding, with the mark that a file may begin with."""
    if encoding == "utf-8" and head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if encoding == "utf-16" and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16-le"
    return encoding


def _is_utf8(file: BinaryIO) -> bool:
    """True if all of the rest of a file is UTF-8."""
    decoder = _Decoder("utf-8")
    file.seek(0)
    try:
        while raw := file.read(_BLOCK):
            decoder.decode(raw)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _tail(file: BinaryIO, size: int, encoding: str) -> str:
    """Text of the end of a file."""
    length = min(size, _TAIL)
    file.seek(size - length)
    simple = "utf-16-le" if encoding == "utf-16" else encoding
    return file.read(length).decode(simple, "ignore")


def _ending(tail: str, lines: int, encoding: str) -> int:
    """Length in bytes of the last lines of a text, and of the blank ones after them."""
    if not lines:
        return 0
    kept = tail.rstrip("\r\n \t")
    for _ in range(lines):
        kept = kept[: max(kept.rfind("\n"), kept.rfind("\r"), 0)].rstrip("\r\n \t")
    simple = {"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}.get(encoding, encoding)
    return len(tail[len(kept) :].encode(simple, "ignore"))
