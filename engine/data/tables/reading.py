"""Reading of a table's cells, block by block."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from engine.data.sharing import shared
from engine.data.tables.coding import CellError, ColumnCoding, Faults, TableCoding
from engine.data.tables.source import Source
from engine.data.tables.values import floats
from engine.data.tables.words import column_groups, stack_words
from engine.errors import DataError
from engine.types import Array

if TYPE_CHECKING:
    import polars as pl

Cells = dict[str, "pl.Series"]


def read_cells(
    path: str, source: Source, places: Mapping[str, int], numbers: Iterable[ColumnCoding], words: Iterable[str]
) -> Cells:
    """Cells of some columns, by name: numbers as Float64, null where there is none; others as they stand.

    `places` are those of the columns in the file. Of a large file, processes that read together read a part each.
    Raises DataError with the line of a cell that is no number.
    """
    import polars as pl

    numeric = {column.name: column for column in numbers}
    kept = [*numeric, *(name for name in words if name not in numeric)]
    read = partial(_read, path, numbers={str(places[name]): column for name, column in numeric.items()})
    wanted = {str(places[name]) for name in kept}
    whole = None
    if source.divided:
        # A quote within a word hides where records end: then each reads all, or finds what is wrong with the file.
        with contextlib.suppress(DataError):
            whole = pl.concat(shared(lambda: read(source.own_part(), wanted=wanted)))
    if whole is None:
        whole = read(source, wanted=wanted)
    cells = dict(zip(whole.columns, whole.get_columns(), strict=True))
    return {name: cells[str(places[name])] for name in kept}


def _read(path: str, source: Source, *, numbers: Mapping[str, ColumnCoding], wanted: Set[str]) -> pl.DataFrame:
    """All rows of a source: the columns `wanted`, by their places, those that hold numbers as Float64."""
    import polars as pl

    plain = {place for place, column in numbers.items() if column.decimal == "." and not column.missing}
    types = [pl.Float64 if str(place) in plain else pl.String for place in range(source.count)]
    gone = [str(place) for place in range(source.count) if str(place) not in wanted]
    parts: list[pl.DataFrame] = []
    rows = 0
    for batch in source.batches(types):
        # As few calls as can be, since with ten thousand columns each of them adds up.
        part = batch.drop(gone) if gone else batch
        kinds = dict(zip(part.columns, part.dtypes, strict=True))
        made = []
        for place, column in numbers.items():
            if kinds[place] != pl.Float64:
                try:
                    found = column.numbers(part[place], Faults())
                except CellError as error:
                    error.row += rows
                    raise placed(path, source, error) from None
                made.append(pl.Series(place, found, nan_to_null=True))
        parts.append(part.with_columns(made) if made else part)
        rows += len(batch)
    if parts:
        return pl.concat(parts)
    return pl.DataFrame(
        schema={place: pl.Float64 if place in numbers else pl.String for place in sorted(wanted, key=int)}
    )


def code_cells(path: str, source: Source, coding: TableCoding, cells: Cells, faults: Faults) -> Array:
    """Code the inputs of a table: (N, features) float64, NaN for gaps. Raises DataError with the line."""
    try:
        return coding.code(cells, faults)
    except CellError as error:
        raise placed(path, source, error) from None


def placed(path: str, source: Source, error: CellError) -> DataError:
    """Error for a cell, with the file and the line where it stands."""
    return DataError(f"{path}, line {source.line_of(error.row)}, {error.message}")


def gap_rows(cells: Cells, columns: Sequence[ColumnCoding], rows: int) -> Array:
    """Flags (rows,) of the rows in which one of these columns holds nothing."""
    import polars as pl

    found = np.zeros(rows, bool)
    worded = [column for column in columns if cells[column.name].dtype == pl.String]
    for group in column_groups(worded, rows):
        stacked = stack_words([cells[column.name] for column in group])
        for place, column in enumerate(group):
            is_gap = stacked.gap_flags(column.missing, names=column.kind == "category")
            found |= is_gap[stacked.codes[place]]
    for column in columns:
        if cells[column.name].dtype != pl.String:
            found |= np.isnan(floats(cells[column.name])) if column.kind == "number" else cells[column.name].is_null()
    return found


def beside(cells: Cells, names: Sequence[str], most: int) -> dict[str, Array]:
    """Columns that are neither inputs nor targets, as words or numbers, if they hold no more than so many cells."""
    import polars as pl

    found = [name for name in names if name in cells]
    if sum(len(cells[name]) for name in found) > most:
        return {}
    aside = {}
    for name in found:
        numeric = cells[name].cast(pl.Float64, strict=False)
        is_number = numeric.null_count() == cells[name].null_count()
        aside[name] = (numeric if is_number else cells[name].cast(pl.String).fill_null("")).to_numpy()
    return aside
