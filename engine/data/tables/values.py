"""Cells as values: numbers, dates, and yes or no, out of the words of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

from engine.data.tables.settings import DatePart, Thousands
from engine.types import Array

if TYPE_CHECKING:
    import polars as pl

# Words that stand for nothing in tables of all sorts of programs.
GAPS: Final = (
    *("", "?", "-", "--", ".", "NA", "N/A", "n/a", "na", "#N/A", "#NA", "<NA>", "NaN", "nan", "NAN", "-nan", "-NaN"),
    *("NULL", "null", "Null", "None", "none", "missing", "Missing", "#VALUE!", "#DIV/0!", "#REF!", "nil"),
)
# Words of which a category may well be called: in such a column they are no gaps.
NAMES: Final = frozenset({"None", "none", "-", "--", ".", "missing", "Missing", "nil"})

_YES: Final = ("yes", "y", "true", "t", "on", "ja", "j", "oui", "si", "sí", "sim", "tak", "да")
_NO: Final = ("no", "n", "false", "f", "off", "nein", "n", "non", "no", "no", "não", "nie", "нет")

_UNITS: Final = r"(?i)^(?:[$€£¥₹]|USD|EUR|CHF|GBP)\s*|\s*(?:[$€£¥₹%]|USD|EUR|CHF|GBP)$"
_SIGNED_UNIT: Final = r"^([+-])[$€£¥₹]\s*"
_THOUSANDS: Final[dict[Thousands, str]] = {"comma": ",", "point": ".", "space": " \u00a0\u202f", "apostrophe": "'’"}
# Numbers as everybody writes them, but for the decimal sign, and such in groups of three digits.
_UNGROUPED: Final = r"^[+-]?\d*(?:[%s]\d*)?(?:[eE][+-]?\d+)?$"
_GROUPED: Final = r"^[+-]?\d{1,3}(?:[%s]\d{3})+(?:[%s]\d*)?(?:[eE][+-]?\d+)?$"

_DAYS: Final = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y"),
)
_TIMES: Final = (
    *("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S", " %H:%M:%S%.f", "T%H:%M:%S%.f", "T%H:%M:%SZ"),
    *("T%H:%M:%S%.fZ", "T%H:%M:%S%z", " %H:%M:%S%z", " %I:%M %p", " %I:%M:%S %p"),
)
_CLOCK: Final = ("%H:%M", "%H:%M:%S", "%H:%M:%S%.f")
_DATED: Final = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}[ -][^\W\d]{3,9}[ -]\d{2,4}|[^\W\d]{3,9} \d{1,2}, ")
_CLOCKED: Final = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")
_DAY_US: Final = 86_400_000_000


def cleaned(words: pl.Series, missing: Sequence[str] = (), *, names: bool = False) -> pl.Series:
    """Words without spaces around them; null where they stand for nothing.

    `missing` are further words that do; with `names`, those that may name a category do not.
    """
    import polars as pl

    stripped = (words if words.dtype == pl.String else words.cast(pl.String)).str.strip_chars()
    return stripped.set(stripped.is_in(gap_words(missing, names=names)), None)


def gap_words(missing: Sequence[str] = (), *, names: bool = False) -> list[str]:
    """Words that stand for nothing: those of all programs, and those that are `missing`.

    With `names`, words that may name a category are none.
    """
    return [*(word for word in GAPS if not names or word not in NAMES), *missing]


def numbers(words: pl.Series, decimal: Literal[".", ","] = ".", thousands: Thousands = "auto") -> pl.Series:
    """Numbers that cleaned words stand for, Float64; null for all others.

    Signs of currencies and % are understood; 12% is 12. So are separators of thousands: the one that is given or, with
    "auto", all but the decimal sign.
    """
    import polars as pl

    plain = words.cast(pl.Float64, strict=False)
    pointed = decimal == "," or thousands == "point"
    if plain.null_count() == words.null_count() and not (pointed and words.str.contains(".", literal=True).any()):
        return plain
    bare = _bare(words)
    for separator in separators(decimal, thousands):
        signs = _THOUSANDS[separator]
        grouped = bare.str.contains(_GROUPED % (signs, decimal)).fill_null(False)
        if grouped.any():
            bare = bare.zip_with(~grouped, bare.str.replace_all(f"[{signs}]", ""))
    fits = bare.str.contains(_UNGROUPED % decimal)
    if _THOUSANDS.get(thousands) == decimal:  # what it divides is no group of three
        fits &= ~bare.str.contains(decimal, literal=True)
    bare = bare.set(~fits, None)
    if decimal == ",":
        bare = bare.str.replace(",", ".", literal=True)
    return bare.cast(pl.Float64, strict=False)


def separators(decimal: Literal[".", ","], thousands: Thousands) -> tuple[Thousands, ...]:
    """Separators of thousands that are understood beside a decimal sign."""
    wanted = (*_THOUSANDS,) if thousands == "auto" else (thousands,)
    return tuple(one for one in wanted if _THOUSANDS.get(one, decimal) != decimal)


def thousands_of(words: pl.Series, decimal: Literal[".", ","], thousands: Thousands = "auto") -> Thousands:
    """Separator of thousands in numbers, which these words are; "none" if there is none."""
    bare = _bare(words)
    for separator in separators(decimal, thousands):
        if bare.str.contains(_GROUPED % (_THOUSANDS[separator], decimal)).any():
            return separator
    return "none"


def _bare(words: pl.Series) -> pl.Series:
    """Words without units around them."""
    return words.str.replace_all("−", "-", literal=True).str.replace(_SIGNED_UNIT, "$1").str.replace_all(_UNITS, "")


def decimal_of(words: pl.Series, thousands: Thousands = "auto") -> Literal["", ".", ","]:
    """Decimal sign that makes more of these words numbers; "" where both make the same."""
    points, commas = numbers(words, ".", thousands).count(), numbers(words, ",", thousands).count()
    if points == commas:
        return ""
    return "." if points > commas else ","


def date_format(words: pl.Series) -> tuple[str, bool]:
    """Format by which all of the words, none of them null, are dates or times; "" if there is none.

    The flag tells that day and month could also change places.
    """
    first = str(words[0]) if len(words) else ""
    if _CLOCKED.match(first):
        return next((form for form in _CLOCK if _fits(words, form)), ""), False
    if not _DATED.search(first):
        return "", False
    some = words.head(200)
    candidates = [day + time for time in _TIMES for day in _DAYS if _fits(some, day + time)]
    fitting = [form for form in candidates if _fits(words, form)]
    if not fitting:
        return "", False
    other = fitting[0].replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")
    return fitting[0], other in fitting


def looks_dated(word: str) -> bool:
    """True if a word may be a date or a time, by its figures."""
    return bool(_CLOCKED.match(word) or _DATED.search(word))


def _fits(words: pl.Series, form: str) -> bool:
    return dates(words, form).null_count() == words.null_count()


def dates(words: pl.Series, form: str) -> pl.Series:
    """Dates (in UTC) of cleaned words, of microseconds; null for words of another format.

    A time without a day is of 1 January 1970.
    """
    import polars as pl

    if words.dtype.is_temporal():
        made = words
    elif form in _CLOCK:
        made = ("1970-01-01 " + words).str.strptime(pl.Datetime("us"), f"%Y-%m-%d {form}", strict=False)
    else:
        made = words.str.strptime(pl.Datetime("us"), form, strict=False)
    if isinstance(made.dtype, pl.Time):
        return (made.cast(pl.Int64) // 1000).cast(pl.Datetime("us"))
    if isinstance(made.dtype, pl.Datetime) and made.dtype.time_zone:
        made = made.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return made.cast(pl.Datetime("us"))


def part_of(moments: pl.Series, part: DatePart) -> Array:
    """One number for each date, (N,) float64, NaN where there is none; `days` count from 1 January 1970."""
    match part:
        case "days":
            found = moments.to_physical() / _DAY_US
        case "weekday":
            found = moments.dt.weekday()
        case "day_of_year":
            found = moments.dt.ordinal_day()
        case _:
            found = getattr(moments.dt, part)()
    return floats(found)


def floats(numbers: pl.Series) -> Array:
    """Numbers (N,) float64, NaN for null."""
    import polars as pl

    # What is no work is not asked for: with ten thousand columns, it adds up.
    exact = numbers if numbers.dtype == pl.Float64 else numbers.cast(pl.Float64)
    array: Array = exact.to_numpy()
    return array


def yes_and_no(levels: Sequence[str]) -> tuple[str, str] | None:
    """The word for no and the word for yes, if these two words are such."""
    if len(levels) != 2:
        return None
    first, second = (level.lower() for level in levels)
    pairs = set(zip(_NO, _YES, strict=True))
    if (first, second) in pairs:
        return levels[0], levels[1]
    return (levels[1], levels[0]) if (second, first) in pairs else None
