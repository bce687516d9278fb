"""Fields for the columns of a table, and their inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import numpy as np

from engine.data.tables.coding import ColumnCoding, TableCoding
from engine.data.tables.settings import DatePart
from engine.types import Array

FieldKind = Literal["number", "choice", "yesno", "date"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS: Final = 86_400.0


@dataclass(frozen=True)
class InputField:
    """Field for one column: what a person chooses there, and how many inputs follow from it.

    A field's value is a number; of a choice it counts the levels from 0, of a yes or no it is 0 or 1, and of a date it
    is that of days since 1 January 1970.

    Attributes:
        name: of the column, or of the input where the column has several that a person sets one by one.
        kind: form of the field.
        first, width: the inputs that stand for it.
        levels: names of the choices; of a yes or no, the word for no and the word for yes.
        codes: numbers of the inputs for each level of a choice, (levels, width).
        parts: parts of a date that are inputs.
        fill: number that the input before this one has in a row in which this one, a gap, is 1; None for no gap.
    """

    name: str
    kind: FieldKind
    first: int
    width: int = 1
    levels: tuple[str, ...] = ()
    codes: tuple[tuple[float, ...], ...] = ()
    parts: tuple[DatePart, ...] = ()
    fill: float | None = None

    def read(self, values: Array) -> float | None:
        """Value of the field in the inputs of a row, (inputs,); None where they stand for none of its levels."""
        own = values[self.first : self.first + self.width]
        match self.kind:
            case "number":
                return float(own[0])
            case "yesno":
                return float(own[0] >= 0.5)
            case "date":
                return float(own[self.parts.index("days")])
        # Where a gap was filled, or noise added, the nearest one.
        away = np.abs(np.asarray(self.codes) - own).max(axis=1)
        nearest = int(away.argmin())
        return float(nearest) if away[nearest] <= 0.5 else None

    def write(self, values: Array, value: float) -> Array:
        """Inputs of a row, (inputs,), with this value of the field; a new array."""
        made = values.copy()
        own = made[self.first : self.first + self.width]
        match self.kind:
            case "number":
                own[0] = value
            case "yesno":
                own[0] = value
                if value and self.fill is not None:
                    made[self.first - 1] = self.fill
            case "date":
                own[:] = parts_of(value, self.parts)
            case "choice":
                own[:] = self.codes[int(value)]
        return made


def parts_of(days: float, parts: Sequence[DatePart]) -> list[float]:
    """Parts of the date that is so many days after 1 January 1970, as the coding of a column makes them."""
    moment = _EPOCH + timedelta(seconds=round(days * _DAYS))
    known: dict[DatePart, float] = {
        "days": days,
        "year": moment.year,
        "month": moment.month,
        "day": moment.day,
        "weekday": moment.isoweekday(),
        "day_of_year": moment.timetuple().tm_yday,
        "hour": moment.hour,
        "minute": moment.minute,
        "second": moment.second,
    }
    return [float(known[part]) for part in parts]


def input_fields(
    names: Sequence[str], coding: TableCoding | None, fill: Sequence[float] = ()
) -> tuple[InputField, ...]:
    """Fields for the inputs of a row, in their order.

    Args:
        names: of the inputs, in the units of the source.
        coding: of the table's columns; None for plain numbers.
        fill: numbers that fill gaps, one for each input; () where there are none.
    """
    if coding is None or len(coding.features) != len(names):
        return tuple(InputField(name, "number", place) for place, name in enumerate(names))
    fields: list[InputField] = []
    first = 0
    for column in coding.inputs:
        fields += _fields_of(column, first, fill)
        first += len(column.features)
    return tuple(fields)


def _fields_of(column: ColumnCoding, first: int, fill: Sequence[float]) -> list[InputField]:
    name, width = column.name, len(column.features)
    match column.kind:
        case "yesno":
            return [InputField(name, "yesno", first, levels=column.levels)]
        case "ordered":
            places: tuple[tuple[float, ...], ...] = tuple((float(place),) for place in range(len(column.levels)))
            return [InputField(name, "choice", first, levels=column.levels, codes=places)]
        case "category":
            levels = (*column.levels, column.gap_name) if column.gap_level else column.levels
            coded = column.coded_levels
            codes = tuple(tuple(float(level == other) for other in coded) for level in levels)
            return [InputField(name, "choice", first, width, levels, codes)]
        case "date" if "days" in column.parts:
            return [InputField(name, "date", first, width, parts=column.parts)]
    made = [InputField(feature, "number", first + place) for place, feature in enumerate(column.features)]
    if column.kind == "number" and column.gap_level:
        known = fill[first] if first < len(fill) else 0.0
        made[-1] = InputField(f"{name} is missing", "yesno", first + 1, levels=("no", "yes"), fill=float(known))
    return made
