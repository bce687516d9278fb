"""Settings of a table's columns, and of how its text is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["auto", "input", "target", "ignore", "name"]
Kind = Literal["auto", "number", "category", "ordered", "date", "yesno"]
Gaps = Literal["auto", "drop", "mean", "median", "most_frequent", "own_category"]
CategoryCoding = Literal["one_hot", "dummy"]
DatePart = Literal["days", "year", "month", "day", "weekday", "day_of_year", "hour", "minute", "second"]
Decimal = Literal["auto", ".", ","]
Thousands = Literal["auto", "none", "comma", "point", "space", "apostrophe"]

Header = Literal["auto", "yes", "no"]
Delimiter = Literal["auto", "comma", "semicolon", "tab", "bar", "space"]
Quote = Literal["auto", "double", "single", "none"]
Encoding = Literal["auto", "utf-8", "utf-16", "cp1252", "latin-1"]

DELIMITERS: Final[dict[str, str]] = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": " "}
QUOTES: Final[dict[str, str]] = {"double": '"', "single": "'", "none": ""}

# Letters of a name, or of a level of a column.
LONGEST_WORD: Final = 10_000
_Word = Annotated[str, Field(max_length=LONGEST_WORD)]


class ColumnSetting(BaseModel):
    """Setting of one column of a table, found by its name.

    Attributes:
        role: what the column is for; a row's name, or an ignored column, is neither input nor target.
        kind: how its cells are understood.
        gaps: what is done about rows whose cell is empty, or holds one of the words that stand for nothing.
        coding: of a category; one column for each level, or for each but the reference.
        reference: level that has no column of its own in dummy coding; "" is the first.
        levels: of a category, in their order; () are those in the file, sorted.
        parts: numbers that are made of a date.
        decimal: sign between units and tenths, where it is not that of the whole table.
        date_format: of dates, as strftime has it; "" finds it out.
        missing: further words that stand for nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: _Word
    role: Role = "auto"
    kind: Kind = "auto"
    gaps: Gaps = "auto"
    coding: CategoryCoding = "one_hot"
    reference: _Word = ""
    levels: tuple[_Word, ...] = Field((), max_length=10_000)
    parts: tuple[DatePart, ...] = ()
    decimal: Decimal = "auto"
    date_format: str = Field("", max_length=80)
    missing: tuple[_Word, ...] = Field((), max_length=100)

    def with_changes(self, **changes: object) -> ColumnSetting:
        """Copy with some settings changed, validated again. Raises pydantic's ValidationError."""
        return ColumnSetting(**{**dict(self), **changes})


@dataclass(frozen=True)
class Layout:
    """Layout of a table's text: everything that turns its bytes into rows of words.

    Attributes:
        encoding: Python's name of it. delimiter, quote: one character each; quote may be "".
        decimal: sign between units and tenths in columns that do not tell otherwise.
        thousands: separator between thousands; "none" where no number has one.
        named: a line holds the names of the columns.
        skip_first, skip_below, skip_last: lines left out above the header, right below it, and at the end.
        sheet: of a spreadsheet; "" is the first.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    decimal: Literal[".", ","] = "."
    thousands: Thousands = "none"
    named: bool = True
    skip_first: int = 0
    skip_below: int = 0
    skip_last: int = 0
    sheet: str = ""

    def words(self, *, text: bool = True) -> str:
        """Layout in words: "semicolons, decimal comma, UTF-8, with a header line"."""
        found = []
        if text:
            names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
            found.append(f"columns divided by {names.get(self.delimiter, self.delimiter)}")
            found += ["decimal comma"] if self.decimal == "," else []
            found += [f"{self.thousands}s between thousands"] if self.thousands not in ("auto", "none") else []
            found.append(_ENCODINGS.get(self.encoding, self.encoding))
        found.append("with a header line" if self.named else "no header line")
        for count, place in (
            (self.skip_first, "above the table"),
            (self.skip_below, "below the header"),
            (self.skip_last, "at the end"),
        ):
            if count:
                found.append(f"{count} {'line' if count == 1 else 'lines'} {place} left out")
        return ", ".join(found)


_ENCODINGS: Final = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
}
