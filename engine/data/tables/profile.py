"""Profiles of a table's columns: what kind of cells each one holds, measured for all columns at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from engine.data.tables.coding import CodedKind, sorted_levels
from engine.data.tables.settings import ColumnSetting, Decimal
from engine.data.tables.values import GAPS, cleaned, date_format, decimal_of, floats, numbers, yes_and_no
from engine.types import Array

if TYPE_CHECKING:
    import polars as pl

# A word among so many numbers stands for nothing, if there are no more than so many such words.
_NUMBERS_AMONG: Final = 0.9
_LEAST_JUDGED: Final = 10
_MOST_WORDS: Final = 3
_MOST_LEVELS: Final = 10_000


@dataclass(frozen=True)
class Profile:
    """Profile of one column, as measured.

    Attributes:
        name: of the column. place: from the left, counted from 0.
        kind: the kind of its cells. values, gaps: how many cells hold something, and nothing.
        low, high, whole: of numbers.
        distinct: number of different values; 0 where it was not counted.
        levels: different words in order, as far as they are words or few.
        decimal, date_format, missing: how its cells are understood; see `ColumnSetting`.
        unclear: day and month of its dates could change places, or its commas could be decimal.
        padded: numbers with zeros in front, which are codes.
    """

    name: str
    place: int
    kind: CodedKind
    values: int
    gaps: int
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    distinct: int = 0
    levels: tuple[str, ...] = ()
    decimal: Literal[".", ","] = "."
    date_format: str = ""
    missing: tuple[str, ...] = ()
    unclear: bool = False
    padded: bool = False

    @property
    def constant(self) -> bool:
        """True if all cells that hold something hold the same."""
        return self.values > 0 and (self.low == self.high if self.kind == "number" else self.distinct == 1)

    @property
    def codes(self) -> int:
        """Number k of classes if the values are exactly 0..k-1 or 1..k, else 0."""
        first = int(self.low) if self.whole and self.low in (0, 1) else -1
        return self.distinct if first >= 0 and self.distinct == int(self.high) - first + 1 else 0


def profiles(
    frame: pl.DataFrame, names: tuple[str, ...], given: Mapping[str, ColumnSetting], decimal: Decimal
) -> tuple[Profile, ...]:
    """Profiles of the columns "0", "1", ... of a frame, which are words or have types of their own.

    What is `given` for a column is taken as it is.
    """
    plain = _plain_numbers(frame)
    made = []
    for place, name in enumerate(names):
        cells, setting = frame[str(place)], given.get(name)
        asked = setting.kind if setting is not None else "auto"
        sign = decimal if setting is None or setting.decimal == "auto" else setting.decimal
        found = plain.get(place)
        if found is not None and asked in ("auto", "number") and sign != ",":
            one = Profile(name, place, "number", len(found), len(cells) - len(found))
        else:
            one = _profile(cells, name, place, setting, decimal)
            found = _numbers_of(cells, one) if one.kind == "number" else None
        made.append(one if found is None else _measured(one, found))
    return tuple(made)


def _plain_numbers(frame: pl.DataFrame) -> dict[int, Array]:
    """Numbers of the columns that hold nothing else as words, without their gaps, by the places of the columns.

    All columns are looked at as one: with ten thousand of them, one by one takes minutes.
    """
    import polars as pl

    places = [place for place, kind in enumerate(frame.dtypes) if kind == pl.String]
    if not places or not len(frame):
        return {}
    words = pl.concat([frame[str(place)] for place in places]).str.strip_chars()
    shape = len(places), len(frame)
    values = ~words.is_in(GAPS).fill_null(True).to_numpy().reshape(shape)
    found = words.cast(pl.Float64, strict=False).to_numpy().reshape(shape)
    codes = words.str.contains(r"^[+-]?0\d+$").fill_null(False).to_numpy().reshape(shape)
    fits = (~np.isnan(found) | ~values).all(axis=1) & values.any(axis=1) & ~codes.any(axis=1)
    return {place: found[index][values[index]] for index, place in enumerate(places) if fits[index]}


def _numbers_of(cells: pl.Series, profile: Profile) -> Array:
    """Numbers of a column, without its gaps."""
    import polars as pl

    found = floats(numbers(cleaned(cells, profile.missing), profile.decimal) if cells.dtype == pl.String else cells)
    return found[~np.isnan(found)]


def _measured(one: Profile, found: Array) -> Profile:
    """Profile with the range of its numbers, and how many differ if all are whole."""
    if not len(found):
        return one
    whole = bool((found == np.round(found)).all())
    low, high = float(found.min()), float(found.max())
    distinct = len(np.unique(found)) if whole else 0
    return replace(one, low=low, high=high, whole=whole, distinct=distinct)


def _profile(cells: pl.Series, name: str, place: int, setting: ColumnSetting | None, decimal: Decimal) -> Profile:
    """Profile of one column whose cells are not all plain numbers."""
    import polars as pl

    asked = setting.kind if setting is not None else "auto"
    missing = setting.missing if setting is not None else ()
    if cells.dtype.is_temporal():
        return Profile(name, place, "date", cells.count(), cells.null_count(), distinct=cells.drop_nulls().n_unique())
    if cells.dtype.is_numeric() and asked in ("auto", "number"):
        filled = cells.fill_nan(None) if cells.dtype.is_float() else cells
        return Profile(name, place, "number", filled.count(), filled.null_count())
    if cells.dtype == pl.Boolean:
        cells = cells.cast(pl.String)
    words = cleaned(cells, missing)
    gaps, values = words.null_count(), words.drop_nulls()
    if not len(values):
        return Profile(name, place, "category" if asked == "auto" else asked, 0, gaps)
    different = values.unique(maintain_order=True)
    figures = asked != "auto" or bool(different.str.contains(r"\d").any())
    if asked in ("auto", "number") and figures:
        found = _number_profile(values, different, setting, decimal)
        if found is not None:
            sign, extra, unclear = found
            shown = len(values) - int(values.is_in(list(extra)).sum())
            if asked == "number" or not _padded(different):
                more = gaps + len(values) - shown
                missing = (*missing, *extra)
                return Profile(name, place, "number", shown, more, decimal=sign, missing=missing, unclear=unclear)
    if asked in ("auto", "date") and figures:
        form = setting.date_format if setting is not None else ""
        form, unclear = (form, False) if form else date_format(different)
        if form or asked == "date":
            days = len(different)
            return Profile(name, place, "date", len(values), gaps, distinct=days, date_format=form, unclear=unclear)
    own = cleaned(cells, missing, names=True).drop_nulls() if gaps else values
    different = own.unique() if gaps else different
    levels = sorted_levels(different.to_list()) if len(different) <= _MOST_LEVELS else ()
    kind: CodedKind = "category" if asked == "auto" or asked in ("number", "date") else asked
    if asked == "auto" and yes_and_no(levels):
        kind = "yesno"
    return Profile(
        name,
        place,
        kind,
        len(own),
        len(cells) - len(own),
        distinct=len(different),
        levels=levels,
        padded=_padded(different),
    )


def _padded(words: pl.Series) -> bool:
    return bool(words.str.contains(r"^[+-]?0\d+$").any())


def _number_profile(
    values: pl.Series, different: pl.Series, setting: ColumnSetting | None, decimal: Decimal
) -> tuple[Literal[".", ","], tuple[str, ...], bool] | None:
    """Decimal sign, words that stand for nothing, and whether the sign is unclear; None for no numbers."""
    asked = setting.decimal if setting is not None else "auto"
    told = asked if asked != "auto" else decimal if decimal != "auto" else decimal_of(different)
    sign: Literal[".", ","] = "," if told == "," else "."
    found = numbers(different, sign)
    extra = different.filter(found.is_null()).to_list()
    if not extra:
        return sign, (), not told and bool(different.str.contains(r"^\d{1,3}[,.]\d{3}$").any())
    if setting is not None and setting.kind == "number":
        return sign, (), False
    wrong = int(values.is_in(extra).sum())
    few = len(extra) <= _MOST_WORDS and wrong <= (1 - _NUMBERS_AMONG) * len(values)
    if not few or len(values) < _LEAST_JUDGED or len(different) - len(extra) < _LEAST_JUDGED:
        return None
    return sign, tuple(extra), False
