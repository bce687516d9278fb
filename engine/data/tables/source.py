"""Source of a table: what all kinds of files offer to whoever reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from engine.data.tables.layout import Reading
from engine.data.tables.settings import LONGEST_WORD, Layout
from engine.data.tables.text_table import TextTable
from engine.data.tables.typed_table import ARROW, PARQUET, SHEETS, TypedTable
from engine.errors import DataError

if TYPE_CHECKING:
    import polars as pl


class Source(Protocol):
    """Opened table, of which as little as possible has been read.

    Attributes:
        text: it is a text, whose layout had to be guessed.
        header: names as they stand in the file; () where there are none.
        count: number of columns. first_words: the words of the first line.
        layout: how it is read.
        whole: the sample holds all rows.
        divided: processes that read together read a part of the rows each, `own_part`.
    """

    text: bool
    header: tuple[str, ...]
    count: int
    first_words: tuple[str, ...]
    layout: Layout

    @property
    def empty(self) -> bool: ...
    @property
    def whole(self) -> bool: ...
    @property
    def divided(self) -> bool: ...
    def own_part(self) -> Self: ...
    def sample(self) -> pl.DataFrame: ...
    def batches(self, types: Sequence[type[pl.DataType]]) -> Iterator[pl.DataFrame]: ...
    def line_of(self, row: int) -> int: ...


def open_source(path: Path, given: Reading, names: Sequence[str] = ()) -> Source:
    """Open a table of any format, judged by its name. `names` are those of columns that are expected.

    Raises DataError.
    """
    kind = TypedTable if path.suffix.lower() in (*SHEETS, *PARQUET, *ARROW) else TextTable
    return kind(path, given, names)


def column_names(path: str, source: Source) -> tuple[str, ...]:
    """Names of all columns; one without a name is called by its place.

    Raises DataError if one comes twice, or is too long.
    """
    header = source.header or ("",) * source.count
    names = tuple(name.strip() or f"column {place}" for place, name in enumerate(header, 1))
    longest = max(names, key=len, default="")
    if len(longest) > LONGEST_WORD:
        raise DataError(
            f"{path} has a column with a name of {len(longest):,} characters, {longest:.40}…; at most "
            f"{LONGEST_WORD:,} are read"
        )
    for name, count in Counter(names).most_common(1):
        if count > 1:
            raise DataError(f"{path} has {count} columns called {name!r:.60}; give each a name of its own")
    return names
