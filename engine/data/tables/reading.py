"""Reading of a table's cells, block by block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from engine.data.tables.coding import CellError, ColumnCoding, Faults, TableCoding
from engine.data.tables.source import Source
from engine.data.tables.values import cleaned
from engine.errors import DataError
from engine.types import Array

if TYPE_CHECKING:
    import polars as pl

Cells = dict[str, "pl.Series"]


def read_cells(
    path: str, source: Source, places: Mapping[str, int], numbers: Iterable[ColumnCoding], words: Iterable[str]
) -> Cells:
    """Cells of some columns, by name: numbers as Float64, null where there is none; others as they stand.

    `places` are those of the columns in the file. Raises DataError with the line of a cell that is no number.
    """
    import polars as pl

    numeric = {column.name: column for column in numbers}
    plain = {str(places[name]) for name, column in numeric.items() if column.decimal == "." and not column.missing}
    types = [pl.Float64 if str(place) in plain else pl.String for place in range(source.count)]
    kept = [*numeric, *(name for name in words if name not in numeric)]
    parts: list[pl.DataFrame] = []
    rows = 0
    for batch in source.batches(types):
        made = []
        for name in kept:
            cells = batch[str(places[name])]
            if name in numeric and cells.dtype != pl.Float64:
                try:
                    cells = pl.Series(numeric[name].numbers(cells, Faults()), nan_to_null=True)
                except CellError as error:
                    error.row += rows
                    raise placed(path, source, error) from None
            made.append(cells.alias(name))
        parts.append(pl.DataFrame(made))
        rows += len(batch)
    whole = (
        pl.concat(parts) if parts else pl.DataFrame({name: [] for name in kept}, schema=dict.fromkeys(kept, pl.String))
    )
    return {name: whole[name] for name in kept}


def code_cells(path: str, source: Source, coding: TableCoding, cells: Cells, faults: Faults) -> Array:
    """Code the inputs of a table: (N, features) float64, NaN for gaps. Raises DataError with the line."""
    try:
        return coding.code(cells, faults)
    except CellError as error:
        raise placed(path, source, error) from None


def placed(path: str, source: Source, error: CellError) -> DataError:
    """Error for a cell, with the file and the line where it stands."""
    return DataError(f"{path}, line {source.line_of(error.row)}, {error.message}")


def is_gap(cells: pl.Series, column: ColumnCoding) -> Array:
    """Flags (N,) of the cells that hold nothing."""
    import polars as pl

    words = cleaned(cells, column.missing, names=column.kind == "category") if cells.dtype == pl.String else cells
    array: Array = words.is_null().to_numpy()
    return array


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
