"""`TableFile`: a table of the user as a data set, its columns guessed or chosen, and coded as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from engine.data.base import STANDARDISE, Dataset, Stamp
from engine.data.file_dataset import FileDataset, Format, Inputs, ShownColumn, existing
from engine.data.preparation import Preparation
from engine.data.samples import Array, Columns, Data, Skipped, Task
from engine.data.tables.coding import CellError, ColumnCoding, Faults, TableCoding, codings_of
from engine.data.tables.guess import TableGuess, chosen_targets, guess
from engine.data.tables.known_network import (
    code_table,
    expected_names,
    joined_words,
    row_names,
    shown_columns,
    told_without,
)
from engine.data.tables.matching import match
from engine.data.tables.reading import Cells, beside, code_cells, gap_rows, placed, read_cells
from engine.data.tables.settings import (
    ColumnSetting,
    Decimal,
    Delimiter,
    Encoding,
    Header,
    Layout,
    Quote,
    Role,
    Thousands,
)
from engine.data.tables.source import Source, column_names, open_source
from engine.data.tables.targets import Targets, read_targets
from engine.data.tables.typed_table import ARROW, PARQUET, SHEETS
from engine.data.target_encoding import TaskSetting, task_field
from engine.errors import DataError

TEXT: Final = (".csv", ".tsv", ".tab", ".txt")
# Settings that tell how a text becomes rows of words.
_READING: Final = (
    "delimiter",
    "quote",
    "encoding",
    "decimal",
    "thousands",
    "header",
    "skip_first",
    "skip_below",
    "skip_last",
    "sheet",
)
_PREVIEW: Final = 40
# Columns beside the inputs are kept as long as they hold no more cells than this.
_MOST_BESIDE: Final = 5_000_000
_MOST_ASIDE: Final = 100
# Rows left out are named one by one, up to so many.
_MOST_SKIPPED: Final = 10_000


# The last guess that was made, by settings and stamps: who has read a table often asks for it next.
_last_guess: dict[tuple[TableFile, tuple[Stamp, ...]], TableGuess] = {}


class TableFile(FileDataset):
    """Table of the user: some columns are predicted from others.

    Words, dates, yes and no are coded as numbers. What is "auto" is guessed from the file (see `guess_table`);
    `settled` makes all of it explicit.
    """

    title: ClassVar[str] = "Table (CSV, Excel, Parquet…)"
    help: ClassVar[str] = "Your own table; one column, or several, are predicted from the others."
    icon: ClassVar[str] = "file"
    kind: ClassVar[Literal["points", "table", "pictures"]] = "table"
    format: ClassVar[Format | None] = Format("a table (.csv, .xlsx, .parquet)", (*TEXT, *SHEETS, *PARQUET, *ARROW))
    # Shown and changed where the table itself is shown.
    fixed: ClassVar[frozenset[str]] = frozenset({"type", "relative", "columns", "others", *_READING}) - {"header"}

    type: Literal["TableFile"] = "TableFile"
    path: str = Field(
        "",
        max_length=4096,
        title="File",
        description="A table: .csv and other text, a spreadsheet, Parquet or Arrow.",
        json_schema_extra={"kind": "file"},
    )
    target: str = Field(
        "",
        max_length=20_000,
        title="Target",
        description="Column to predict, or several divided by commas; empty guesses it.",
    )
    standardize: bool = Field(True, title="Standardise", description=STANDARDISE)
    task: TaskSetting = task_field()
    header: Header = Field(
        "auto", title="Header line", description="A line holds the names of the columns; automatic detects it."
    )
    delimiter: Delimiter = Field("auto", title="Delimiter", description="Sign between two columns.")
    quote: Quote = Field("auto", title="Quotes", description="Sign around cells that hold a delimiter.")
    encoding: Encoding = Field("auto", title="Encoding", description="Letters that the bytes of the file stand for.")
    decimal: Decimal = Field("auto", title="Decimal sign", description="Sign between units and tenths.")
    thousands: Thousands = Field(
        "auto", title="Thousands separator", description="Sign between groups of three digits."
    )
    skip_first: int | None = Field(None, ge=0, le=10_000, title="Lines above", description="Lines above the table.")
    skip_below: int | None = Field(
        None, ge=0, le=100, title="Lines below the header", description="Units, for example."
    )
    skip_last: int | None = Field(None, ge=0, le=100, title="Lines at the end", description="A note, for example.")
    sheet: str = Field("", max_length=1000, title="Sheet", description="Sheet of a spreadsheet; empty is the first.")
    columns: tuple[ColumnSetting, ...] = Field(
        (), max_length=1 << 20, fail_fast=True, title="Columns", description="By name."
    )
    others: Literal["guess", "number"] = Field(
        "guess", title="Other columns", description="Columns without a setting are guessed, or are plain numbers."
    )

    @model_validator(mode="after")
    def _check_signs(self) -> Self:
        if {".": "point", ",": "comma"}.get(self.decimal) == self.thousands:
            raise ValueError(
                f"the decimal sign and the thousands separator are both a {self.thousands}; choose another"
            )
        return self

    def paths(self) -> tuple[Path]:
        return (existing(self.path, "a table"),)

    @property
    def standardised(self) -> bool:
        return self.standardize

    def scaled(self) -> Self:
        return self.with_changes(standardize=True)

    def with_columns(self, columns: Sequence[ColumnSetting], **changes: Any) -> Self:
        """Same table with these settings of columns, which also name the targets. Raises SpecError."""
        targets = ", ".join(column.name for column in columns if column.role == "target")
        return self.with_changes(**{"target": targets, "columns": tuple(columns), **changes})

    def with_roles(self, targets: Sequence[str] = (), ignored: Sequence[str] = ()) -> Self:
        _, names = self._opened()
        aims, gone = ([name for word in words for name in chosen_targets(word, names)] for words in (targets, ignored))
        known = {column.name: column for column in self.columns}
        for name in dict.fromkeys((*aims, *gone)):
            role: Role = "target" if name in aims else "ignore"
            known[name] = known.get(name, ColumnSetting(name=name)).with_changes(role=role)
        if aims:
            # Those that were targets before are inputs now; the field `target` would come before the columns.
            before = [column for column in known.values() if column.role == "target" and column.name not in aims]
            known.update({column.name: column.with_changes(role="input") for column in before})
        return self.with_changes(columns=tuple(known.values()), target="" if aims else self.target)

    def guess_table(self) -> TableGuess:
        """Guess of everything that is "auto", from the whole file or, if that is large, from parts of it.

        Raises DataError.
        """
        stamps = self.stamps()
        found = _last_guess.get((self, stamps))
        return self._guessed(*self._opened()) if found is None else found

    def with_guess(self, found: TableGuess) -> Self:
        """Same table with everything in a guess made explicit."""
        layout = found.layout
        reading: dict[str, Any] = {}
        if layout.delimiter:
            delimiters = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
            quotes = {'"': "double", "'": "single", "": "none"}
            encodings = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}
            reading = {
                "delimiter": delimiters.get(layout.delimiter, "auto"),
                "quote": quotes[layout.quote],
                "encoding": encodings.get(layout.encoding, layout.encoding),
                "decimal": layout.decimal,
            }
        return self.with_columns(
            found.explicit(),
            others="number",
            task=found.task,
            header="yes" if layout.named else "no",
            skip_first=layout.skip_first,
            skip_below=layout.skip_below,
            skip_last=layout.skip_last,
            **reading,
        )

    def remarks(self) -> tuple[str, ...]:
        return tuple(map(str, self.guess_table().remarks))

    def reading(self) -> tuple[str, ...]:
        found = self.guess_table()
        return found.words(text=bool(found.layout.delimiter))

    def likeness(self, other: Dataset) -> Dataset | None:
        """Table at the place of `other`, with the same columns and targets; how its text is read is guessed anew."""
        if not isinstance(other, TableFile):
            return None
        if other.path == self.path:
            return self
        return self.with_changes(**{name: TableFile.model_fields[name].default for name in _READING}, path=other.path)

    def settled(self) -> Self:
        stamps = self.stamps()
        data = self.load()
        return self._settled(self.with_guess(self.guess_table()), data, stamps)

    def read(self) -> Data:
        source, names = self._opened()
        found = self._guessed(source, names)
        self._check_roles(found, names)
        inputs, answers = found.of_role("input"), found.of_role("target")
        places = {name: place for place, name in enumerate(names)}
        aside = [column.name for column in found.columns if column.role in ("ignore", "name")]
        numeric = [
            ColumnCoding(name=column.name, decimal=column.decimal, thousands=self.thousands, missing=column.missing)
            for column in (*inputs, *(answers if found.task == "regression" else ()))
            if column.kind == "number" and column.decimal != "auto"
        ]
        words = [column.name for column in (*inputs, *answers)] + (aside if len(aside) <= _MOST_ASIDE else [])
        cells = read_cells(self.path, source, places, numeric, words)
        coding = found.coding if source.whole else self._coding(found, cells)
        targets = self._targets(source, coding, cells, found.task, None)
        kept = targets.known.copy()
        kept &= ~gap_rows(cells, [column for column in coding.inputs if column.gaps == "drop"], len(kept))
        others = beside(cells, aside, _MOST_BESIDE)
        x = code_cells(
            self.path, source, coding, {name: cells[name] for name in (one.name for one in inputs)}, Faults()
        )
        y = targets.y
        notes = self._notes(source, found, kept)
        if not kept.all():
            x, y, others = x[kept], y[kept], {name: values[kept] for name, values in others.items()}
        self._check_targets(found, y, kept)
        columns = Columns(names=names, target=places[answers[0].name], named=source.layout.named, coding=coding)
        classes = targets.classes
        data = Data(x, y, found.task, classes, coding.features, columns, notes=notes, fill=coding.fill, beside=others)
        return replace(data, skipped=_skipped(found.layout, kept))

    def _coding(self, found: TableGuess, cells: Cells) -> TableCoding:
        """Coding of the columns by all of their cells."""
        sign = found.layout.decimal
        try:
            return TableCoding(
                inputs=codings_of(found.of_role("input"), cells, sign, self.thousands),
                targets=codings_of(found.of_role("target"), cells, sign, self.thousands),
                one_hot=found.coding.one_hot,
            )
        except DataError as error:
            raise DataError(f"{self.path} {error.message}") from None

    def _targets(
        self, source: Source, coding: TableCoding, cells: Cells, task: Task, classes: tuple[str, ...] | None
    ) -> Targets:
        try:
            return read_targets(coding, cells, task, classes, self.path)
        except CellError as error:
            raise placed(self.path, source, error) from None

    def _check_roles(self, found: TableGuess, names: tuple[str, ...]) -> None:
        if len(names) < 2:
            raise DataError(
                f"{self.path} has one column, {names[0]!r:.40}; expected at least two, divided by commas, for example"
            )
        if not found.targets:
            raise DataError(f"{self.path}: no column is the target; choose one that is to be predicted")
        if not found.of_role("input"):
            raise DataError(f"{self.path}: no column is an input; choose at least one besides the target")
        if found.task == "classification" and len(found.targets) > 1 and not found.coding.one_hot:
            raise DataError(f"{self.path}: classes stand in one column, found the targets {', '.join(found.targets)}")

    def _check_targets(self, found: TableGuess, y: Array, kept: Array) -> None:
        """Check that there is something to learn. Raises DataError, which points to the target."""
        name = found.targets[0]
        if not len(y):
            raise DataError(
                f"{self.path}: none of the {len(kept)} rows has a target {name!r:.60} and none of the gaps for "
                "which rows are left out"
            )
        if len(y) > 1 and (y == y[0]).all():
            raise DataError(
                f"{self.path}: the target {name!r:.60} is the same in all {len(y)} rows, so there is nothing to learn; "
                "choose another column as the target"
            )

    def _notes(self, source: Source, found: TableGuess, kept: Array) -> tuple[str, ...]:
        """Sentences on what was guessed, and on rows that were left out."""
        notes = []
        if not found.layout.named and self.header == "auto" and source.text:
            first = ", ".join(source.first_words)
            notes.append(f"{self.path} has no header line: its first line, {first:.60}, is taken for a sample")
        missing = int((~kept).sum())
        if missing:
            rows = "row is" if missing == 1 else "rows are"
            notes.append(f"{self.path}: {missing} {rows} left out, with a gap in the target or where gaps are dropped")
        return tuple(notes)

    @classmethod
    def read_inputs(cls, path: str, known: Preparation) -> tuple[Array, tuple[str, ...]]:
        """Read samples to predict, for a network that is `known`: (N, inputs) float64, and remarks.

        Columns are found by name, in any order, and coded as in training; NaN stands where a gap is to be filled, as
        `Preparation.scale` does. Remarks count the levels that training had not seen. Raises DataError.
        """
        x, notes, *_ = cls(path=path).read_named_inputs(path, known)
        return x, notes

    def read_named_inputs(self, path: str, known: Preparation) -> Inputs:
        table = type(self)(path=path)
        source, names = table._opened(expected_names(known))
        wanted = tuple(column.name for column in self.columns if column.role == "name")
        named = row_names(names, wanted, known.columns, source.layout.named)
        apart = [names[place] for place in named.values()]
        found = match(path, source.layout.named, names, known, with_target=False, apart=apart)
        coded = code_table(path, source, found, known, apart=tuple(named.values()))
        notes = (*coded.notes, *((told_without(path, coded.without),) if coded.without else ()))
        words = joined_words(coded.cells, named.values(), names)
        return Inputs(coded.x, notes, words, ", ".join(named) or "name", coded.without)

    def first_rows(self, path: str, known: Preparation, count: int) -> tuple[ShownColumn, ...]:
        source, names = type(self)(path=path)._opened(expected_names(known))
        return shown_columns(source, names, count)

    def load_like(self, known: Preparation) -> Data:
        source, names = self._opened(expected_names(known))
        found = match(self.path, source.layout.named, names, known, with_target=True)
        coded = code_table(self.path, source, found, known, found.targets)
        targets = self._targets(source, found.coding, coded.cells, known.task, known.classes or None)
        x, y, kept, notes = coded.x, targets.y, targets.known.copy(), coded.notes
        if not kept.all():
            gone = len(kept) - int(kept.sum())
            notes = (
                *notes,
                f"{self.path}: {gone} {'row has' if gone == 1 else 'rows have'} no target, and are left out",
            )
        if coded.without:
            count = len(coded.without)
            rows = f"{count} {'row is' if count == 1 else 'rows are'} left out"
            notes = (*notes, f"{self.path}: {rows}, since training left out rows with such gaps")
            kept[list(coded.without)] = False
        if not kept.all():
            x, y = x[kept], y[kept]
        if not len(x):
            raise DataError(f"{self.path}: no row has a target, and none of the gaps for which rows are left out")
        data = Data(x, y, known.task, known.classes, known.features, notes=notes, fill=found.coding.fill)
        return known.apply(data)

    def _opened(self, names: Sequence[str] = ()) -> tuple[Source, tuple[str, ...]]:
        (path,) = self.paths()
        source = open_source(path, self, names)
        if source.empty:
            raise DataError(f"{self.path} has {'a header line but no values' if source.layout.named else 'no rows'}")
        return source, column_names(self.path, source)

    def _guessed(self, source: Source, names: tuple[str, ...]) -> TableGuess:
        stamps = self.stamps()
        sample = source.sample()
        try:
            found = guess(sample, names, source.layout, self, sample.head(_PREVIEW).rows())
        except DataError as error:
            raise DataError(f"{self.path} {error.message}") from None
        _last_guess.clear()
        _last_guess[self, stamps] = found
        return found


def _skipped(layout: Layout, kept: Array) -> tuple[Skipped, ...]:
    """Lines around the table, and rows that were left out; of very many rows, the first."""
    header = layout.skip_first + (1 if layout.named else 0)
    places = [(f"line {line}", "stands above the table") for line in range(1, layout.skip_first + 1)]
    below = range(header + 1, header + 1 + layout.skip_below)
    places += [(f"line {line}", "stands between the header and the values") for line in below]
    gone = np.flatnonzero(~kept)[:_MOST_SKIPPED]
    places += [(f"row {row + 1}", "has a gap in the target, or where gaps are dropped") for row in gone.tolist()]
    places += [("the last line", "stands below the table")] if layout.skip_last == 1 else []
    if layout.skip_last > 1:
        places.append((f"the last {layout.skip_last} lines", "stand below the table"))
    return tuple(Skipped(name, reason) for name, reason in places)
