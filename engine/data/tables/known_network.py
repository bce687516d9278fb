"""Tables for a network that is known: coded as in training, with what tells the rows apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.data.file_dataset import ShownColumn
from engine.data.preparation import Preparation
from engine.data.samples import Columns
from engine.data.tables.coding import CellError, ColumnCoding, Faults
from engine.data.tables.matching import Match, with_own_decimals
from engine.data.tables.reading import Cells, code_cells, gap_rows, placed, read_cells
from engine.data.tables.source import Source
from engine.data.tables.values import cleaned, decimal_of, floats, numbers
from engine.types import Array

if TYPE_CHECKING:
    import polars as pl

_MOST_NAMED: Final = 5


@dataclass(frozen=True)
class CodedTable:
    """Rows of a table as a network takes them.

    Attributes:
        x: inputs (N, inputs) float64, NaN where a gap is to be filled.
        cells: of the columns that were read, by name.
        notes: remarks on them.
        without: rows that training would have left out, by their places, with the reason: "'size' is empty".
    """

    x: Array
    cells: Cells
    notes: tuple[str, ...]
    without: dict[int, str] = field(default_factory=dict)


def expected_names(known: Preparation) -> tuple[str, ...]:
    """Names of columns by which the header of another table is known."""
    columns = known.columns
    if columns is None or columns.coding is None:
        return known.features
    return tuple(column.name for column in columns.coding.inputs)


def code_table(
    path: str, source: Source, found: Match, known: Preparation, targets: Iterable[str] = (), apart: Sequence[int] = ()
) -> CodedTable:
    """Code a table whose columns were `found`. Raises DataError, with the line of whatever is wrong.

    The cells of the `targets`, and of the columns at the places `apart`, are read too; the latter are called by these.
    """
    if source.text:
        found = with_own_decimals(found, source.sample(), path)
    numeric = [column for column in found.coding.inputs if column.kind == "number"]
    places = {**found.inputs, **found.targets}
    own = {_called(place): place for place in apart if place not in places.values()}
    words = [*(column.name for column in found.coding.inputs), *targets, *own]
    cells = read_cells(path, source, {**places, **own}, numeric, words)
    faults = Faults()
    x = code_cells(path, source, found.coding, cells, faults)
    without = _without(found.coding.inputs, cells, len(x))
    gaps = np.isnan(x)
    gaps[list(without)] = False
    if gaps.any() and not known.fill:
        row, place = np.argwhere(gaps)[0].tolist()
        raise placed(path, source, CellError(row, known.features[place], "", "is not a number"))
    count = int(gaps.any(axis=1).sum())
    filled = f"{path}: gaps in {count:,} {'row' if count == 1 else 'rows'} were filled as in training"
    return CodedTable(x, cells, (*found.notes, *((filled,) if count else ()), *faults.notes()), without)


def told_without(path: str, without: dict[int, str]) -> str:
    """Sentence on the rows for which there is no prediction."""
    groups: dict[str, list[str]] = {}
    for row, why in without.items():
        groups.setdefault(why, []).append(f"{row + 1:,}")
    told = []
    for why, rows in list(groups.items())[:_MOST_NAMED]:
        more = f" and {len(rows) - _MOST_NAMED:,} more" if len(rows) > _MOST_NAMED else ""
        told.append(f"row{'s' if len(rows) > 1 else ''} {', '.join(rows[:_MOST_NAMED])}{more}, where {why}")
    further = "; and rows with other gaps" if len(groups) > _MOST_NAMED else ""
    count = f"{len(without):,} {'row has' if len(without) == 1 else 'rows have'} no prediction"
    return f"{path}: {count}, since training left out rows with such gaps: {'; '.join(told)}{further}"


def row_names(names: Sequence[str], wanted: Sequence[str], columns: Columns | None, named: bool) -> dict[str, int]:
    """Places of the columns that name the rows, by what they are called in training.

    They are found by name or, in a table without names, by their places if it has all columns of the training table.
    """
    if named and (columns is None or columns.named):
        return {name: names.index(name) for name in wanted if name in names}
    if columns is None or len(names) != len(columns.names):
        return {}
    return {name: columns.names.index(name) for name in wanted if name in columns.names}


def joined_words(cells: Cells, places: Iterable[int], names: Sequence[str]) -> tuple[str, ...]:
    """Name of each row, by its cells in the columns at these places, divided by commas."""
    import polars as pl

    found = [cells[key] if (key := _called(place)) in cells else cells[names[place]] for place in places]
    words = [column.cast(pl.String).str.strip_chars().fill_null("").to_list() for column in found]
    return tuple(", ".join(row) for row in zip(*words, strict=True))


def shown_columns(source: Source, names: Sequence[str], count: int) -> tuple[ShownColumn, ...]:
    """The first rows of a table as they stand in the file, column by column."""
    import polars as pl

    frames: list[pl.DataFrame] = []
    missing = count
    for batch in source.batches([pl.String] * source.count):
        frames.append(batch.head(missing))
        missing -= len(frames[-1])
        if not missing:
            break
    whole = pl.concat(frames)
    return tuple(_shown(name, whole[str(place)]) for place, name in enumerate(names))


def _shown(name: str, cells: pl.Series) -> ShownColumn:
    import polars as pl

    words = tuple(cells.cast(pl.String).fill_null("").to_list())
    if cells.dtype != pl.String:
        return ShownColumn(name, words, floats(cells) if cells.dtype.is_numeric() else None)
    values = cleaned(cells)
    found = numbers(values, decimal_of(values) or ".")
    is_number = 0 < len(found) - found.null_count() == len(values) - values.null_count()
    return ShownColumn(name, words, floats(found) if is_number else None)


def _without(columns: Sequence[ColumnCoding], cells: Cells, rows: int) -> dict[int, str]:
    reasons: dict[int, list[str]] = {}
    for column in columns:
        if column.gaps == "drop":
            for row in np.flatnonzero(gap_rows(cells, [column], rows)).tolist():
                reasons.setdefault(row, []).append(f"{column.name:.60}")
    return {
        row: f"{', '.join(map(repr, names[:3]))} {'is' if len(names) == 1 else 'are'} empty"
        for row, names in sorted(reasons.items())
    }


def _called(place: int) -> str:
    """Key of a column that is read beside the inputs; no name of a column, since those are cells of a header line."""
    return f"\n{place}"
