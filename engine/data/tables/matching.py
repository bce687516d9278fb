"""Match a table's columns with those a network knows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from engine.data.preparation import Preparation, listed
from engine.data.samples import Columns
from engine.data.tables.coding import ColumnCoding, TableCoding
from engine.data.tables.values import cleaned, numbers
from engine.errors import DataError

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Match:
    """Columns of a table that match those of a network.

    Attributes:
        coding: that of the network, with the names that its columns have in the file. notes: remarks.
        inputs, targets: places of the columns by name; `targets` is empty where there are none.
    """

    coding: TableCoding
    inputs: dict[str, int]
    targets: dict[str, int]
    notes: tuple[str, ...] = ()


def coding_known(known: Preparation) -> TableCoding:
    """Coding of the inputs of a network; those that came from no table, or an older one, are plain numbers."""
    columns = known.columns
    if columns is not None and columns.coding is not None:
        return columns.coding
    count = math.prod(known.input_shape)
    names = known.features or tuple(f"input {place}" for place in range(1, count + 1))
    kind = "number" if known.task == "regression" else "category"
    own = columns.target_name if columns is not None else ""
    targets = (own,) if max(known.targets, 1) == 1 else tuple(f"target {place + 1}" for place in range(known.targets))
    return TableCoding(
        inputs=tuple(ColumnCoding(name=name) for name in names),
        targets=tuple(ColumnCoding(name=name, kind=kind) for name in targets),
    )


def match(
    path: str,
    named: bool,
    names: Sequence[str],
    known: Preparation,
    *,
    with_target: bool,
    apart: Sequence[str] = (),
) -> Match:
    """Match the columns of a table, called `names`, with those of a network.

    Names count where both have them. Those that are set `apart` serve another purpose. Raises DataError that names what
    is missing.
    """
    coding = coding_known(known)
    columns = known.columns
    if columns is not None and columns.named and named:
        found = _by_name(path, names, coding, apart)
    else:
        found = _by_place(path, named, names, coding, columns, known)
    if with_target and not found.targets:
        missing = [column.name for column in coding.targets if column.name]
        what = f"column {missing[0]!r:.60}, which is the target" if missing else "column for the target"
        raise DataError(f"{path} has no {what}; it has {listed(tuple(names))}")
    return found


def with_own_decimals(found: Match, sample: pl.DataFrame, path: str) -> Match:
    """Match with the decimal signs of this file, of which `sample` holds some rows as words.

    A table is the same one where another program has written it with a comma for the point.
    """
    import polars as pl

    # All columns at once: most are plain numbers, and one call for each of ten thousand takes seconds.
    values = sample.count().row(0)
    plain = sample.select(pl.all().cast(pl.Float64, strict=False)).count().row(0)

    def fitting(column: ColumnCoding, places: dict[str, int]) -> ColumnCoding:
        if column.kind != "number" or column.name not in places:
            return column
        place = places[column.name]
        if column.decimal == "." and values[place] == plain[place]:
            return column
        words = cleaned(sample[str(place)], column.missing)
        other: Literal[".", ","] = "," if column.decimal == "." else "."
        if numbers(words, column.decimal, column.thousands).count() >= numbers(words, other).count():
            return column
        # Who writes another decimal sign writes another one between thousands too.
        return ColumnCoding(**{**dict(column), "decimal": other, "thousands": "auto"})

    inputs = tuple(fitting(column, found.inputs) for column in found.coding.inputs)
    targets = tuple(fitting(column, found.targets) for column in found.coding.targets)
    changed = [new for new, old in zip(inputs, found.coding.inputs, strict=True) if new != old]
    if not changed and targets == found.coding.targets:
        return found
    sign = "comma" if (changed or targets)[0].decimal == "," else "point"
    names = listed(tuple(column.name for column in changed))
    notes = (f"{path}: the decimal sign in {names} is a {sign} here",) if changed else ()
    coding = TableCoding(inputs=inputs, targets=targets, one_hot=found.coding.one_hot)
    return replace(found, coding=coding, notes=(*found.notes, *notes))


def _by_name(path: str, names: Sequence[str], coding: TableCoding, apart: Sequence[str] = ()) -> Match:
    places = {name: place for place, name in enumerate(names)}
    wanted = [column.name for column in coding.inputs]
    missing = [name for name in wanted if name not in places]
    if missing:
        what = f"column {missing[0]!r:.60}" if len(missing) == 1 else f"columns {listed(missing)}"
        raise DataError(f"{path} has no {what}, which the network needs; it has {listed(tuple(names))}")
    inputs = {name: places[name] for name in wanted}
    rest = [name for name in names if name not in inputs and name not in apart]
    named = [column.name for column in coding.targets]
    notes = []
    targets: dict[str, int] = {}
    if all(named):
        if all(name in places for name in named):
            targets = {name: places[name] for name in named}
    elif rest:
        targets = {rest[-1]: places[rest[-1]]}
        notes.append(f"{path}: the column {rest[-1]!r:.60} is taken for the target")
    ignored = [name for name in rest if places[name] not in targets.values()]
    return Match(_renamed(coding, inputs, targets, names), inputs, targets, tuple(notes + _ignored(path, ignored)))


def _renamed(coding: TableCoding, inputs: dict[str, int], targets: dict[str, int], names: Sequence[str]) -> TableCoding:
    """Coding whose columns are called as in the file."""

    def called(columns: tuple[ColumnCoding, ...], places: dict[str, int]) -> tuple[ColumnCoding, ...]:
        found = zip(columns, places.values(), strict=True) if places else ()
        return tuple(ColumnCoding(**{**dict(column), "name": names[place]}) for column, place in found)

    return TableCoding(
        inputs=called(coding.inputs, inputs), targets=called(coding.targets, targets), one_hot=coding.one_hot
    )


def _ignored(path: str, names: list[str]) -> list[str]:
    return [f"{path}: ignored {listed(names)}, which the network does not know"] if names else []


def _by_place(
    path: str, named: bool, names: Sequence[str], coding: TableCoding, columns: Columns | None, known: Preparation
) -> Match:
    inputs = [column.name for column in coding.inputs]
    targets = [column.name for column in coding.targets]
    orders = _orders(inputs, targets, columns)
    order = next((order for order in orders if len(order) == len(names)), None)
    if order is None:
        of = f" ({listed(tuple(inputs))})" if known.features else ""
        raise DataError(
            f"{path}: found {len(names)} columns, expected the {len(inputs)} inputs of the network{of}, with or "
            "without the target"
        )
    places = {name: order.index(name) for name in inputs}
    answers = {name: order.index(name) for name in targets if name in order}
    made = _renamed(coding, places, answers, names)
    return Match(
        made,
        {names[place]: place for place in places.values()},
        {names[place]: place for place in answers.values()},
        _told(path, named, names, places, answers, columns, known),
    )


def _orders(inputs: list[str], targets: list[str], columns: Columns | None) -> list[list[str]]:
    """Orders in which a table without names may have its columns: as in training, or only those that are used."""
    everything = list(columns.names) if columns is not None and set(inputs) <= set(columns.names) else []
    used = [name for name in everything if name in inputs or name in targets]
    if len(used) < len(inputs) + len(targets):
        used = [*inputs, *targets]
    orders = [used, inputs, everything, [name for name in everything if name not in targets]]
    return [order for order in orders if order]


def _told(
    path: str,
    named: bool,
    names: Sequence[str],
    inputs: dict[str, int],
    targets: dict[str, int],
    columns: Columns | None,
    known: Preparation,
) -> tuple[str, ...]:
    """Notes where columns are taken by their places; none where neither side has names."""
    taken = [names[place] for place in inputs.values()]
    if (not named and (columns is None or not columns.named)) or taken == list(inputs):
        return ()
    by = f" as {listed(tuple(inputs))}" if known.features else ""
    answer = f", {listed([names[place] for place in targets.values()])} as the target" if targets else ""
    return (f"{path}: columns are taken by their places: {listed(taken)}{by}{answer}",)
