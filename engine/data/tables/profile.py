"""Profiles of a table's columns: what kind of cells each one holds, measured for all columns at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from engine.data.tables.coding import CodedKind, sorted_levels
from engine.data.tables.settings import ColumnSetting, Decimal
from engine.data.tables.values import GAPS, cleaned, date_format, decimal_of, numbers, yes_and_no

if TYPE_CHECKING:
    import polars as pl

# A word among so many numbers stands for nothing, if there are no more than so many such words.
_NUMBERS_AMONG: Final = 0.9
_LEAST_JUDGED: Final = 10
_MOST_WORDS: Final = 3
_MOST_LEVELS: Final = 10_000


@dataclass(frozen=True)
class Profile:
    """What was measured of one column.

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
    import polars as pl

    words = [column for column, kind in frame.schema.items() if kind == pl.String]
    of_words = pl.col(words)
    stripped = frame.select(of_words.str.strip_chars()) if words else frame.select([])
    values = stripped.select(pl.when(~pl.all().is_in(GAPS)).then(pl.all())) if words else stripped
    plain = values.select(pl.all().cast(pl.Float64, strict=False)) if words else values
    count_values = dict(zip(words, values.count().row(0), strict=True)) if words else {}
    count_plain = dict(zip(words, plain.count().row(0), strict=True)) if words else {}
    padded = values.select(pl.all().str.contains(r"^[+-]?0\d+$").any()).row(0) if words else ()
    with_zeros = dict(zip(words, padded, strict=True))
    numeric: dict[str, pl.Series] = {}
    made: dict[str, Profile] = {}
    for place, name in enumerate(names):
        key = str(place)
        cells, setting = frame[key], given.get(name)
        asked = setting.kind if setting is not None else "auto"
        if key in count_plain and asked in ("auto", "number") and count_plain[key] == count_values[key] > 0:
            of_code = bool(with_zeros[key]) and asked == "auto"
            if not of_code and decimal != "," and not (setting is not None and setting.decimal == ","):
                numeric[key] = plain[key]
                gaps = len(cells) - count_values[key]
                made[key] = Profile(name, place, "number", count_values[key], gaps)
                continue
        made[key] = _profile(cells, name, place, setting, decimal)
        if made[key].kind == "number":
            numeric[key] = _numbers_of(cells, made[key])
    measured = _measured(numeric)
    return tuple(
        replace(made[str(place)], **measured[str(place)]) if str(place) in measured else made[str(place)]
        for place in range(len(names))
    )


def _numbers_of(cells: pl.Series, profile: Profile) -> pl.Series:
    import polars as pl

    if cells.dtype != pl.String:
        return cells.cast(pl.Float64)
    return numbers(cleaned(cells, profile.missing), profile.decimal)


def _measured(columns: Mapping[str, pl.Series]) -> dict[str, dict[str, Any]]:
    """Range of the numbers of each column, if all are whole, and how many of the whole ones differ."""
    import polars as pl

    if not columns:
        return {}
    frame = pl.DataFrame(dict(columns))
    low, high = frame.min().row(0), frame.max().row(0)
    whole = frame.select((pl.all() == pl.all().round(0)).all()).row(0)
    few = [key for key, is_whole in zip(columns, whole, strict=True) if is_whole]
    distinct = dict(zip(few, frame.select(pl.col(few).drop_nulls().n_unique()).row(0), strict=True)) if few else {}
    return {
        key: {
            "low": low[place] or 0.0,
            "high": high[place] or 0.0,
            "whole": bool(whole[place]),
            "distinct": distinct.get(key, 0),
        }
        for place, key in enumerate(columns)
    }


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
    if asked in ("auto", "number"):
        found = _number_profile(values, different, setting, decimal)
        if found is not None:
            sign, extra, unclear = found
            shown = len(values) - int(values.is_in(list(extra)).sum())
            if asked == "number" or not _padded(different):
                more = gaps + len(values) - shown
                missing = (*missing, *extra)
                return Profile(name, place, "number", shown, more, decimal=sign, missing=missing, unclear=unclear)
    if asked in ("auto", "date"):
        form = setting.date_format if setting is not None else ""
        form, unclear = (form, False) if form else date_format(different)
        if form or asked == "date":
            days = len(different)
            return Profile(name, place, "date", len(values), gaps, distinct=days, date_format=form, unclear=unclear)
    own = cleaned(cells, missing, names=True).drop_nulls()
    different = own.unique()
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
