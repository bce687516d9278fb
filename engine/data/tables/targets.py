"""Targets of a table: one column of classes or numbers, several numbers, or one column for each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.data.preparation import refuse_unknown
from engine.data.samples import Array, Task
from engine.data.tables.coding import ColumnCoding, Faults, TableCoding
from engine.data.tables.profile import Profile
from engine.data.tables.values import cleaned, dates, floats, part_of
from engine.data.target_encoding import plain_word, sorted_classes, too_many_classes
from engine.errors import DataError

if TYPE_CHECKING:
    import polars as pl

_LEAST_ROWS: Final = 4


@dataclass(frozen=True)
class Targets:
    """Targets of all rows.

    Attributes:
        y: labels (N,) int64 or numbers (N, targets) float64; those of rows without a target mean nothing.
        known: (N,) bool, rows that have a target.
    """

    y: Array
    known: Array
    classes: tuple[str, ...] = ()


def one_hot_columns(columns: Sequence[Profile], frame: pl.DataFrame) -> list[Profile]:
    """The last of these columns, as many as are 0 and 1 and add up to 1 in every row; none if there are none."""
    binary: list[Profile] = []
    for one in reversed(columns):
        if one.kind != "number" or (one.low, one.high) != (0, 1) or not one.whole or one.gaps:
            break
        binary.insert(0, one)
    if len(frame) < _LEAST_ROWS:
        return []
    for first in range(len(binary) - 1):
        group = binary[first:]
        if (np.sum([numbers_of(frame[str(one.place)]) for one in group], axis=0) == 1).all():
            return group
    return []


def numbers_of(cells: pl.Series) -> Array:
    """Plain numbers (N,) float64 of a column of words or numbers, NaN for others."""
    import polars as pl

    words = cells.str.strip_chars() if cells.dtype == pl.String else cells
    return floats(words.cast(pl.Float64, strict=False))


def class_names(columns: Sequence[str]) -> tuple[str, ...]:
    """Names of classes out of those of their columns: without what all of them begin with, up to a sign."""
    # What is common to the first and the last in order is common to all.
    pairs = zip(min(columns), max(columns), strict=False)
    common = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    cut = max(common.rfind(sign) + 1 for sign in "_-. :=")
    shorter = tuple(name[cut:] for name in columns)
    return shorter if all(shorter) else tuple(columns)


def read_targets(
    coding: TableCoding, cells: dict[str, pl.Series], task: Task, known: tuple[str, ...] | None, where: str
) -> Targets:
    """Targets of a table, whose columns are given by name; classes are those that are `known`, or found.

    Raises DataError, which names the column.
    """
    columns = coding.targets
    if task == "regression":
        made = [_numbers(column, cells[column.name]) for column in columns]
        y = np.stack(made, axis=1)
        return Targets(y, ~np.isnan(y).any(axis=1))
    if coding.one_hot:
        y = np.stack([column.numbers(cells[column.name], Faults()) for column in columns], axis=1)
        present = ~np.isnan(y).any(axis=1)
        if not ((y[present] == 0) | (y[present] == 1)).all() or not (y[present].sum(axis=1) == 1).all():
            names = ", ".join(column.name for column in columns[:6])
            raise DataError(
                f"{where}: the targets {names} are classes only if one of them is 1 in each row, and the others 0; "
                "for several answers at once, set the task to regression"
            )
        classes = known or class_names([column.name for column in columns])
        return Targets(np.nan_to_num(y).argmax(axis=1).astype(np.int64), present, classes)
    (column,) = columns
    return _labels(column, cells[column.name], known, f"{where}, column {column.name!r:.60}")


def _numbers(column: ColumnCoding, cells: pl.Series) -> Array:
    """Numbers (N,) float64 of one target; days of a date, places of ordered levels, 0 and 1 of yes and no."""
    import polars as pl

    match column.kind:
        case "number":
            return column.numbers(cells, Faults())
        case "date":
            words = cells if cells.dtype.is_temporal() else cleaned(cells, column.missing)
            moments = dates(words, column.date_format)
            Faults().note(column, words, moments, "is no date as the others are")
            return part_of(moments, column.parts[0])
        case "category":
            # Words are no numbers, which is said with the first of them.
            return ColumnCoding(name=column.name, decimal=column.decimal).numbers(cells.cast(pl.String), Faults())
    return column.code(cells, Faults())[:, 0]


def _labels(column: ColumnCoding, cells: pl.Series, known: tuple[str, ...] | None, where: str) -> Targets:
    import polars as pl

    words = cleaned(cells.cast(pl.String), column.missing, names=column.kind != "number")
    found = [str(word) for word in words.drop_nulls().unique(maintain_order=True).to_list()]
    names = {word: plain_word(word) if column.kind == "number" or known is not None else word for word in found}
    if known is not None:
        names = {word: word if word in known else name for word, name in names.items()}
        unknown = [name for name in dict.fromkeys(names.values()) if name not in known]
        if unknown:
            try:
                refuse_unknown(unknown, known)
            except DataError as error:
                raise DataError(f"{where}: {error.message}") from None
    classes = known if known is not None else sorted_classes(set(names.values()))
    too_many_classes(classes, where)
    places = {name: label for label, name in enumerate(classes)}
    labels = words.replace_strict(
        list(names), [places[name] for name in names.values()], default=None, return_dtype=pl.Int64
    )
    present = labels.is_not_null().to_numpy()
    return Targets(labels.fill_null(0).to_numpy().astype(np.int64), present, classes)
