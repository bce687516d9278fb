"""Words of many columns at once, as places in one list: one call for each of a thousand columns takes seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from engine.data.tables.values import gap_words
from engine.types import Array

if TYPE_CHECKING:
    import polars as pl

_Column = TypeVar("_Column")

# Columns are taken together up to so many cells, so that a tall table needs no more memory than one column does.
_CELLS: Final = 1 << 20


@dataclass(frozen=True)
class StackedWords:
    """Cells of several columns as words without spaces around them.

    Attributes:
        words: all that differ, in no order.
        codes: (columns, rows) int32, places in `words`; -1 where a cell is null.
    """

    words: tuple[str, ...]
    codes: Array

    def present(self, column: int) -> tuple[Array, Array]:
        """Places of the words that a column holds, ascending, and how often each one comes."""
        row = self.codes[column]
        row = row[row >= 0]
        if len(self.words) > 4 * len(row):
            found, counts = np.unique(row, return_counts=True)
            return found, counts
        counts = np.bincount(row, minlength=len(self.words))
        found = np.flatnonzero(counts)
        return found, counts[found]

    def gap_flags(self, missing: Sequence[str] = (), *, names: bool = False) -> Array:
        """Flags (words + 1,) of the words that stand for nothing, see `cleaned`; the last one is for null."""
        if not missing:
            return self._named_gaps if names else self._gaps
        return self._flags(gap_words(missing, names=names))

    @cached_property
    def _gaps(self) -> Array:
        return self._flags(gap_words())

    @cached_property
    def _named_gaps(self) -> Array:
        return self._flags(gap_words(names=True))

    def _flags(self, gaps: Sequence[str]) -> Array:
        wanted = frozenset(gaps)
        return np.array([*(word in wanted for word in self.words), True])


def stack_words(columns: Sequence[pl.Series]) -> StackedWords:
    """Stack the cells of columns of one length; cells that are no words are taken as they are written."""
    import polars as pl

    words = [cells if cells.dtype == pl.String else cells.cast(pl.String) for cells in columns]
    whole = (pl.concat(words) if len(words) > 1 else words[0]).str.strip_chars()
    different = whole.unique().drop_nulls()
    codes = whole.cast(pl.Enum(different)).to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
    return StackedWords(tuple(different.to_list()), codes.reshape(len(columns), -1))


def column_groups(columns: Sequence[_Column], rows: int, least: int = 1) -> Iterator[Sequence[_Column]]:
    """Columns in groups of no more than about a million cells, but of so many columns at `least`."""
    step = max(least, _CELLS // max(rows, 1))
    for first in range(0, len(columns), step):
        yield columns[first : first + step]
