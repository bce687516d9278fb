"""Profiles of a table's columns: what kind of cells each one holds, measured for all columns at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from engine.data.tables.coding import CodedKind, sorted_levels
from engine.data.tables.settings import LONGEST_WORD, ColumnSetting, Decimal, Thousands
from engine.data.tables.values import (
    GAPS,
    cleaned,
    date_format,
    decimal_of,
    floats,
    looks_dated,
    numbers,
    thousands_of,
    yes_and_no,
)
from engine.data.tables.words import column_groups, stack_words
from engine.types import Array

if TYPE_CHECKING:
    import polars as pl

# A word among so many numbers stands for nothing, if there are no more than so many such words.
_NUMBERS_AMONG: Final = 0.9
_LEAST_JUDGED: Final = 10
_MOST_WORDS: Final = 3
_MOST_LEVELS: Final = 10_000
# Zeros in front make a code of a number.
_PADDED: Final = r"^[+-]?0\d+$"


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
        thousands: separator that its numbers have; "none" where they have none.
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
    thousands: Thousands = "none"
    date_format: str = ""
    missing: tuple[str, ...] = ()
    unclear: bool = False
    padded: bool = False

    @property
    def constant(self) -> bool:
        """True if all cells that hold something hold the same."""
        return self.values > 0 and (self.low == self.high if self.kind == "number" else self.distinct == 1)

    @property
    def longest(self) -> int:
        """Characters of the longest word."""
        return max(map(len, self.levels), default=0)

    @property
    def codes(self) -> int:
        """Number k of classes if the values are exactly 0..k-1 or 1..k, else 0."""
        first = int(self.low) if self.whole and self.low in (0, 1) else -1
        return self.distinct if first >= 0 and self.distinct == int(self.high) - first + 1 else 0


def profiles(
    frame: pl.DataFrame,
    names: tuple[str, ...],
    given: Mapping[str, ColumnSetting],
    decimal: Decimal,
    thousands: Thousands = "auto",
) -> tuple[Profile, ...]:
    """Profiles of the columns "0", "1", ... of a frame, which are words or have types of their own.

    What is `given` for a column is taken as it is.
    """
    import polars as pl

    wordy = [place for place, kind in enumerate(frame.dtypes) if kind == pl.String]
    made: dict[int, Profile] = {}
    # All columns are looked at as one: with ten thousand of them, one by one takes minutes.
    for group in column_groups(wordy, len(frame)) if len(frame) else ():
        made |= _plain_numbers(frame, group, names, given, "," if thousands == "point" else decimal)
    for group in column_groups([place for place in wordy if place not in made], len(frame)):
        made |= _plain_words(frame, group, names, given, thousands)
    for place, name in enumerate(names):
        if place not in made:
            cells = frame[str(place)]
            one = _profile(cells, name, place, given.get(name), decimal, thousands)
            made[place] = _measured(one, _numbers_of(cells, one)) if one.kind == "number" else one
    return tuple(made[place] for place in range(len(names)))


def _plain_numbers(
    frame: pl.DataFrame,
    places: Sequence[int],
    names: Sequence[str],
    given: Mapping[str, ColumnSetting],
    decimal: Decimal,
) -> dict[int, Profile]:
    """Profiles of the columns that hold nothing but numbers as everybody writes them, by their places."""
    import polars as pl

    words = pl.concat([frame[str(place)] for place in places]).str.strip_chars()
    numbers = floats(words.cast(pl.Float64, strict=False))
    there = ~np.isnan(numbers)
    wrong = words.str.contains(_PADDED).fill_null(False).to_numpy()
    wrong[~there] = ~words.filter(pl.Series(~there)).is_in(GAPS).fill_null(True).to_numpy()
    numbers, there, wrong = (array.reshape(len(places), -1) for array in (numbers, there, wrong))
    fits = np.asarray(there.any(axis=1) & ~wrong.any(axis=1))
    for index, place in enumerate(places):
        setting = given.get(names[place])
        sign = decimal if setting is None or setting.decimal == "auto" else setting.decimal
        fits[index] &= sign != "," and (setting is None or setting.kind in ("auto", "number"))
    kept = np.flatnonzero(fits)
    found, there = numbers[kept], there[kept]
    low, high = np.where(there, found, np.inf).min(axis=1), np.where(there, found, -np.inf).max(axis=1)
    whole = ((found == np.round(found)) | ~there).all(axis=1)
    ordered = np.sort(np.where(there, found, np.nan)[whole], axis=1)  # NaN comes last
    distinct = np.zeros(len(kept), int)
    distinct[whole] = 1 + ((ordered[:, 1:] != ordered[:, :-1]) & ~np.isnan(ordered[:, 1:])).sum(axis=1)
    counts = there.sum(axis=1)
    return {
        places[index]: Profile(
            names[places[index]],
            places[index],
            "number",
            int(counts[row]),
            there.shape[1] - int(counts[row]),
            low=float(low[row]),
            high=float(high[row]),
            whole=bool(whole[row]),
            distinct=int(distinct[row]),
        )
        for row, index in enumerate(kept.tolist())
    }


def _plain_words(
    frame: pl.DataFrame,
    places: Sequence[int],
    names: Sequence[str],
    given: Mapping[str, ColumnSetting],
    thousands: Thousands,
) -> dict[int, Profile]:
    """Profiles of the columns whose words can be nothing but levels, by their places."""
    import polars as pl

    stacked = stack_words([frame[str(place)] for place in places])
    words = pl.Series(stacked.words, dtype=pl.String)
    likely = words.str.contains(r"(?i)\d|^[+-]?inf").to_numpy()
    numeric = {sign: np.zeros(len(words), bool) for sign in (".", ",")}
    dated, padded = np.zeros(len(words), bool), np.zeros(len(words), bool)
    if likely.any():
        some = words.filter(pl.Series(likely))
        for sign, flags in numeric.items():
            flags[likely] = numbers(some, sign, thousands).is_not_null().to_numpy()  # type: ignore[arg-type]
        dated[likely] = [looks_dated(word) for word in some.to_list()]
        padded[likely] = some.str.contains(_PADDED).to_numpy()
    made = {}
    for index, place in enumerate(places):
        setting = given.get(names[place])
        asked = setting.kind if setting is not None else "auto"
        if asked in ("number", "date"):
            continue
        missing = setting.missing if setting is not None else ()
        found, counts = stacked.present(index)
        values = ~stacked.gap_flags(missing)[found]
        if asked == "auto" and not _only_words(found[values], numeric, dated):
            continue
        if not values.any():
            continue
        own = ~stacked.gap_flags(missing, names=True)[found] if not values.all() else values
        different = [stacked.words[code] for code in found[own].tolist()]
        levels = sorted_levels(different) if len(different) <= _MOST_LEVELS else ()
        count = int(counts[own].sum())
        made[place] = Profile(
            names[place],
            place,
            ("yesno" if yes_and_no(levels) else "category") if asked == "auto" else asked,
            count,
            stacked.codes.shape[1] - count,
            distinct=len(different),
            levels=levels,
            padded=bool(padded[found[own]].any()),
        )
    return made


def _only_words(words: Array, numeric: Mapping[str, Array], dated: Array) -> bool:
    """True if too few of a column's words are numbers, and none is a date, for it to be anything but a category."""
    if dated[words].any():
        return False
    for flags in numeric.values():
        count = int(flags[words].sum())
        if count == len(words) or count >= _LEAST_JUDGED:
            return False
    return True


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


def _profile(
    cells: pl.Series, name: str, place: int, setting: ColumnSetting | None, decimal: Decimal, thousands: Thousands
) -> Profile:
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
        found = _number_profile(values, different, setting, decimal, thousands)
        if found is not None and max(map(len, found[1]), default=0) <= LONGEST_WORD:
            sign, extra, unclear = found
            separator = thousands_of(different, sign, thousands)
            shown = len(values) - int(values.is_in(list(extra)).sum())
            if asked == "number" or not _padded(different):
                more = gaps + len(values) - shown
                missing = (*missing, *extra)
                return Profile(
                    *(name, place, "number", shown, more),
                    decimal=sign,
                    thousands=separator,
                    missing=missing,
                    unclear=unclear,
                )
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
    return bool(words.str.contains(_PADDED).any())


def _number_profile(
    values: pl.Series, different: pl.Series, setting: ColumnSetting | None, decimal: Decimal, thousands: Thousands
) -> tuple[Literal[".", ","], tuple[str, ...], bool] | None:
    """Decimal sign, words that stand for nothing, and whether the sign is unclear; None for no numbers."""
    asked = setting.decimal if setting is not None else "auto"
    told = asked if asked != "auto" else decimal if decimal != "auto" else decimal_of(different, thousands)
    sign: Literal[".", ","] = "," if told == "," else "."
    found = numbers(different, sign, thousands)
    extra = different.filter(found.is_null()).to_list()
    if not extra:
        return sign, (), not told and thousands == "auto" and bool(different.str.contains(r"^\d{1,3}[,.]\d{3}$").any())
    if setting is not None and setting.kind == "number":
        return sign, (), False
    wrong = int(values.is_in(extra).sum())
    few = len(extra) <= _MOST_WORDS and wrong <= (1 - _NUMBERS_AMONG) * len(values)
    if not few or len(values) < _LEAST_JUDGED or len(different) - len(extra) < _LEAST_JUDGED:
        return None
    return sign, tuple(extra), False
