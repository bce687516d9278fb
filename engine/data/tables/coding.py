"""Coding of a table's columns as inputs of a network.

It is kept with the network, so that other tables are coded alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from engine.data.tables.settings import LONGEST_WORD, CategoryCoding, ColumnSetting, DatePart, Gaps, Thousands
from engine.data.tables.values import cleaned, dates, floats, numbers, part_of, yes_and_no
from engine.data.tables.words import StackedWords, column_groups, stack_words
from engine.errors import DataError
from engine.types import Array

if TYPE_CHECKING:
    import polars as pl

_Word = Annotated[str, Field(max_length=LONGEST_WORD)]
CodedKind = Literal["number", "category", "ordered", "date", "yesno"]

# The level of cells that hold nothing, where they are a category of their own.
MISSING: Final = "missing"
_LARGEST: Final = float(np.finfo(np.float32).max)
_MOST_NAMED: Final = 3
_ROWS: Final = 1024
_COLUMNS: Final = 8


class ColumnCoding(BaseModel):
    """Coding of one column of the source as one or more inputs.

    Attributes:
        name: of the column in the source.
        kind, decimal, date_format, missing: how its cells are understood; see `ColumnSetting`.
        thousands: separator in its numbers; "auto" understands all of them.
        gaps: what is done about an empty cell.
        coding, levels, reference: of a category. A yes/no column has the levels (no, yes); ordered ones count up.
        gap_level: empty cells are a level of their own, the last one.
        parts: numbers that are made of a date.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: _Word
    kind: CodedKind = "number"
    gaps: Gaps = "mean"
    decimal: Literal[".", ","] = "."
    thousands: Thousands = "auto"
    date_format: str = Field("", max_length=80)
    missing: tuple[_Word, ...] = ()
    coding: CategoryCoding = "one_hot"
    levels: tuple[_Word, ...] = ()
    reference: _Word = ""
    gap_level: bool = False
    parts: tuple[DatePart, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the inputs that are made of it: "colour_green", "when_year"."""
        match self.kind:
            case "category":
                return tuple(f"{self.name}_{level}" for level in self.coded_levels)
            case "date":
                return tuple(f"{self.name}_{part}" for part in self.parts) if len(self.parts) > 1 else (self.name,)
        return (self.name, f"{self.name}_{MISSING}") if self.gap_level else (self.name,)

    @property
    def coded_levels(self) -> tuple[str, ...]:
        """Levels that have an input."""
        levels = (*self.levels, self.gap_name) if self.gap_level else self.levels
        return tuple(level for level in levels if self.coding == "one_hot" or level != self.reference)

    @property
    def gap_name(self) -> str:
        """Name of the level of empty cells."""
        return MISSING if MISSING not in self.levels else f"{MISSING} value"

    @property
    def fill(self) -> tuple[str, ...]:
        """Rule by which the gaps of each input are filled: "mean", "median", "most_frequent", "level ..."."""
        if self.kind == "category":
            if self.gaps == "most_frequent":
                return (f"level {self.name}",) * len(self.coded_levels)
            return ("mean" if self.gaps in ("mean", "median") else "",) * len(self.coded_levels)
        rule = self.gaps if self.gaps in ("mean", "median", "most_frequent") else "mean"
        if self.gap_level:
            return (rule, "")
        return (rule,) * len(self.features)

    def words(self) -> str:
        """Coding in words: "colour = red is the reference; colour_green, colour_blue"."""
        names = ", ".join(self.features[:12]) + (" …" if len(self.features) > 12 else "")
        match self.kind:
            case "category" if self.coding == "dummy":
                return f"{self.name} = {self.reference} is the reference; {names}"
            case "category":
                return f"{self.name}: {names}"
            case "yesno":
                return f"{self.name}: {self.levels[0]} is 0, {self.levels[1]} is 1"
            case "ordered":
                return f"{self.name}: " + ", ".join(f"{level} is {place}" for place, level in enumerate(self.levels))
            case "date" if self.parts == ("days",):
                return f"{self.name}: days since 1970-01-01"
            case "date":
                return f"{self.name}: {names}"
        return f"{self.name}: a number"

    def code(self, cells: pl.Series, faults: Faults) -> Array:
        """Inputs (N, features) float64 of the cells, words or numbers; NaN where a gap is to be filled.

        Words that are no such values are put into `faults`.
        """
        if self.kind == "number":
            found = self.numbers(cells, faults)
            if not self.gap_level:
                return found[:, None]
            return np.stack([found, np.isnan(found)], axis=1)
        if self.kind == "date":
            words = cells if cells.dtype.is_temporal() else cleaned(cells, self.missing)
            moments = dates(words, self.date_format)
            faults.note(self, words, moments, "is no date as the others are")
            return np.stack([part_of(moments, part) for part in self.parts], axis=1)
        return self.levels_in(stack_words([cells]), 0, faults)

    @property
    def levelled(self) -> bool:
        """True if its cells are words that are levels."""
        return self.kind not in ("number", "date")

    def numbers(self, cells: pl.Series, faults: Faults) -> Array:
        """Numbers (N,) float64 of a column's cells, NaN where there is none."""
        import polars as pl

        if cells.dtype == pl.String:
            words = cleaned(cells, self.missing)
            found = numbers(words, self.decimal, self.thousands)
            faults.note(self, words, found, "is not a number")
        else:
            found = cells
        array = floats(found)
        beyond = np.abs(array) > _LARGEST
        if beyond.any():
            row = int(np.flatnonzero(beyond)[0])
            raise CellError(row, self.name, f"{cells[row]!s:.40}", "is not finite, or too large")
        return array

    def levels_in(self, stacked: StackedWords, place: int, faults: Faults) -> Array:
        """Inputs (N, features) float64 of one column of stacked words, as `code` makes them of its cells."""
        codes = stacked.codes[place]
        is_gap = stacked.gap_flags(self.missing, names=self.kind == "category")
        levels = {level: number for number, level in enumerate(self.levels)}
        found, counts = stacked.present(place)
        numbers = np.full(len(stacked.words) + 1, np.nan)
        unknown = []
        for code, count in zip(found.tolist(), counts.tolist(), strict=True):
            number = None if is_gap[code] else levels.get(stacked.words[code])
            if number is not None:
                numbers[code] = number
            elif not is_gap[code]:
                unknown.append((int(np.argmax(codes == code)), stacked.words[code], count))
        if unknown:
            faults.note_unknown(
                self.name, sum(count for *_, count in unknown), [word for _, word, _ in sorted(unknown)]
            )
        array = numbers[codes]
        if self.kind != "category":
            single: Array = array[:, None]
            return single
        gaps = is_gap[codes]
        known = (*self.levels, self.gap_name) if self.gap_level else self.levels
        coded = np.zeros((len(codes), len(self.coded_levels)))
        for column, level in enumerate(self.coded_levels):
            number = known.index(level)
            coded[:, column] = gaps if number == len(self.levels) else array == number
        if self.gaps in ("mean", "median", "most_frequent") and not self.gap_level:
            coded[gaps] = np.nan
        return coded


class CellError(DataError):
    """Error for one cell; who knows the file adds its line."""

    def __init__(self, row: int, column: str, word: str, why: str) -> None:
        super().__init__(f"column {column!r:.60}: {word!r:.42} {why}")
        self.row = row


@dataclass
class Faults:
    """Words that could not be coded: counted where they are unknown levels, an error where they are no values."""

    unknown: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)

    def note(self, column: ColumnCoding, words: pl.Series, found: pl.Series, why: str) -> None:
        """Compare words with what was made of them. Raises CellError for a word that is no such value."""
        if words.null_count() != found.null_count():
            row = int((words.is_not_null() & found.is_null()).arg_max() or 0)
            raise CellError(row, column.name, str(words[row]), why)

    def note_unknown(self, column: str, cells: int, words: Sequence[str]) -> None:
        """Count cells of a column whose words, in the order of the rows, are no levels."""
        before, shown = self.unknown.get(column, (0, ()))
        self.unknown[column] = before + cells, tuple(dict.fromkeys((*shown, *words)))[:_MOST_NAMED]

    def notes(self) -> tuple[str, ...]:
        """Sentences on the levels that are not known."""
        return tuple(
            f"{count} {'cell' if count == 1 else 'cells'} of {name!r:.60} {'holds' if count == 1 else 'hold'} what "
            f"training had not seen ({', '.join(shown)}), and {'counts' if count == 1 else 'count'} as no level"
            for name, (count, shown) in self.unknown.items()
        )


class TableCoding(BaseModel):
    """Coding of a whole table: inputs in the order of the network, and the columns of the targets.

    `one_hot` tells that the targets are columns of 0 and 1, one for each class.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: tuple[ColumnCoding, ...] = Field(max_length=1 << 20, fail_fast=True)
    targets: tuple[ColumnCoding, ...] = Field((), max_length=10_000)
    one_hot: bool = False

    @property
    def features(self) -> tuple[str, ...]:
        """Names of all inputs; one that is there already gets a number."""
        return unique_names(name for column in self.inputs for name in column.features)

    @property
    def fill(self) -> tuple[str, ...]:
        """Rules by which gaps of the inputs are filled, one for each input."""
        return tuple(rule for column in self.inputs for rule in column.fill)

    def code(self, cells: Mapping[str, pl.Series], faults: Faults | None = None) -> Array:
        """Code the inputs of a table, whose columns are given by name: (N, features) float64.

        NaN stands where a gap is to be filled. Raises CellError for a word that is no such value.
        """
        rows = len(next(iter(cells.values()))) if cells else 0
        faults = faults or Faults()
        coded = np.empty((rows, sum(len(column.features) for column in self.inputs)))
        first = 0
        # Some columns at a time, which are copies, and of those some rows, which stay in the processor's cache.
        for group in column_groups(self.inputs, rows, _COLUMNS):
            made = _code_together(group, cells, faults)
            width = sum(part.shape[1] for part in made)
            for start in range(0, rows, _ROWS):
                place = first
                for part in made:
                    coded[start : start + _ROWS, place : place + part.shape[1]] = part[start : start + _ROWS]
                    place += part.shape[1]
            first += width
        return coded

    def words(self) -> tuple[str, ...]:
        """Coding of every column that is not just a number, in words."""
        return tuple(column.words() for column in self.inputs if column.kind != "number")


def _code_together(columns: Sequence[ColumnCoding], cells: Mapping[str, pl.Series], faults: Faults) -> list[Array]:
    """Inputs of some columns, in their order, in arrays (N, ...) float64 that hold one or several of them.

    What many columns have in common is done once: words are stacked, and plain numbers converted side by side.
    """
    levelled = [column.name for column in columns if column.levelled]
    stacked = stack_words([cells[name] for name in levelled]) if levelled else None
    places = {name: place for place, name in enumerate(levelled)}
    made: list[Array] = []
    for plain, run in groupby(columns, lambda column: _is_plain(column, cells)):
        together = list(run)
        several = plain and len(together) > _COLUMNS
        numbers = _plain_numbers([cells[column.name] for column in together]) if several else None
        if numbers is not None:
            made.append(numbers)
            continue
        for column in together:
            if stacked is not None and column.levelled:
                made.append(column.levels_in(stacked, places[column.name], faults))
            else:
                made.append(column.code(cells[column.name], faults))
    return made


def _is_plain(column: ColumnCoding, cells: Mapping[str, pl.Series]) -> bool:
    """True if a column's cells are its input as they stand."""
    return column.kind == "number" and not column.gap_level and cells[column.name].dtype.is_float()


def _plain_numbers(cells: Sequence[pl.Series]) -> Array | None:
    """Numbers (N, columns) float64, NaN for null; None if one of them is too large."""
    import polars as pl

    found: Array = pl.DataFrame([column.alias(str(place)) for place, column in enumerate(cells)]).to_numpy()
    return None if (np.abs(found) > _LARGEST).any() else found.astype(np.float64, copy=False)


def unique_names(names: Iterable[str]) -> tuple[str, ...]:
    """Names of which none comes twice; a later one gets a number."""
    taken: dict[str, None] = {}
    for name in names:
        number, made = 2, name
        while made in taken:
            made, number = f"{name} ({number})", number + 1
        taken[made] = None
    return tuple(taken)


def codings_of(
    settings: Sequence[ColumnSetting],
    cells: Mapping[str, pl.Series],
    decimal: Literal[".", ","],
    thousands: Thousands = "auto",
) -> tuple[ColumnCoding, ...]:
    """Codings of columns by their explicit settings; levels that are not set are those of their cells, sorted.

    Raises DataError if one of them is too long.
    """
    made: dict[str, ColumnCoding] = {}
    levelled = [setting for setting in settings if setting.kind in ("category", "ordered", "yesno")]
    rows = len(cells[levelled[0].name]) if levelled else 0
    for group in column_groups(levelled, rows):
        stacked = stack_words([cells[setting.name] for setting in group])
        for place, setting in enumerate(group):
            made[setting.name] = _levels_coding(setting, stacked, place)
    return tuple(
        made[setting.name] if setting.name in made else _plain_coding(setting, cells, decimal, thousands)
        for setting in settings
    )


def _plain_coding(
    setting: ColumnSetting, cells: Mapping[str, pl.Series], decimal: Literal[".", ","], thousands: Thousands
) -> ColumnCoding:
    gaps: Gaps = "mean" if setting.gaps == "auto" else setting.gaps
    common = {"name": setting.name, "gaps": gaps, "missing": setting.missing}
    if setting.kind == "date":
        return ColumnCoding(**common, kind="date", date_format=setting.date_format, parts=setting.parts or ("days",))
    sign = decimal if setting.decimal == "auto" else setting.decimal
    empty = gaps == "own_category" and has_gaps(cells[setting.name], setting)
    return ColumnCoding(**common, decimal=sign, thousands=thousands, gap_level=empty)


def _levels_coding(setting: ColumnSetting, stacked: StackedWords, place: int) -> ColumnCoding:
    """Coding of a column of words; its levels are those that are set, or that it holds."""
    gaps: Gaps = "mean" if setting.gaps == "auto" else setting.gaps
    common = {"name": setting.name, "kind": setting.kind, "gaps": gaps, "missing": setting.missing}
    is_gap = stacked.gap_flags(setting.missing, names=setting.kind == "category")
    found, _ = stacked.present(place)
    levels = setting.levels or sorted_levels([stacked.words[code] for code in found.tolist() if not is_gap[code]])
    longest = max(levels, key=len, default="")
    if len(longest) > LONGEST_WORD:
        raise DataError(
            f"has a word of {len(longest):,} characters in the column {setting.name!r:.60}, {longest:.40}…; at most "
            f"{LONGEST_WORD:,} are told apart, so leave that column out"
        )
    if setting.kind == "yesno":
        return ColumnCoding(**common, levels=yes_and_no(levels) or levels)
    if setting.kind == "ordered":
        return ColumnCoding(**common, levels=levels)
    reference = setting.reference if setting.reference in levels else levels[0] if levels else ""
    empty = gaps == "own_category" and bool(is_gap[stacked.codes[place]].any())
    return ColumnCoding(**common, coding=setting.coding, levels=levels, reference=reference, gap_level=empty)


def has_gaps(cells: pl.Series, setting: ColumnSetting) -> bool:
    """True if a cell of a column holds nothing."""
    import polars as pl

    return bool((cleaned(cells, setting.missing) if cells.dtype == pl.String else cells).null_count())


def sorted_levels(words: Sequence[str]) -> tuple[str, ...]:
    """Words in order; by their numbers where all are numbers."""
    try:
        return tuple(sorted(words, key=lambda word: (float(word), word)))
    except ValueError:
        return tuple(sorted(words))
