"""CSV tables: read them and find their columns by name."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from engine.data.base import STANDARDISE
from engine.data.file_dataset import FileDataset, Format, existing, user_path
from engine.data.preparation import Preparation, listed
from engine.data.samples import LARGEST_NUMBER, Array, Columns, Data
from engine.data.target_encoding import (
    TaskSetting,
    labels_from_words,
    number,
    numbers_from_words,
    targets_from_words,
    task_field,
)
from engine.errors import DataError

Header = Literal["auto", "yes", "no"]
# The number of a line in its file, and its words.
_Row = tuple[int, list[str]]
# How many lines are held as words at a time.
_BLOCK = 4096


@dataclass(frozen=True)
class Table:
    """Table in a file, of which only the beginning has been read.

    Attributes:
        path: for errors.
        names: of the columns; `named` is False where there is no header line, and the names only count.
        first: the words of the first line.
    """

    path: str
    names: tuple[str, ...]
    named: bool
    first: tuple[str, ...]

    def read(self, inputs: Sequence[int], target: int | None = None) -> tuple[Array, list[str]]:
        """Read columns by index: (N, len(inputs)) float64, and the target's words.

        The words are stripped of spaces. Reading goes block by block, so that a large table takes little more memory
        than its numbers. Raises DataError.
        """
        blocks, words = [], list[str]()
        # Names of classes come again and again; each is kept once.
        known: dict[str, str] = {}
        rows = _rows(self.path)
        if self.named:
            next(rows, None)
        while block := list(islice(rows, _BLOCK)):
            for line, row in block:
                if len(row) != len(self.names):
                    raise DataError(f"{self.path}, line {line}: found {len(row)} values, expected {len(self.names)}")
            blocks.append(self._numbers(block, inputs))
            if target is not None:
                found = (row[target].strip() for _, row in block)
                words += (known.setdefault(word, word) for word in found) if len(known) < _BLOCK else found
        return np.concatenate(blocks) if blocks else np.empty((0, len(inputs))), words

    def _numbers(self, block: Sequence[_Row], places: Sequence[int]) -> Array:
        numbers = np.empty((len(block), len(places)))
        try:
            for index, place in enumerate(places):
                numbers[:, index] = [float(row[place]) for _, row in block]
            if (np.abs(numbers) <= LARGEST_NUMBER).all():
                return numbers
        except ValueError:
            pass
        for line, row in block:
            for place in places:
                if fault := _fault(row[place]):
                    where = f"{self.path}, line {line}, column {self.names[place]!r}"
                    raise DataError(f"{where}: {row[place]!r:.40} {fault}")
        return numbers


def _fault(word: str) -> str:
    """Reason why a word is no usable number; "" if it is one."""
    value = number(word)
    if value is None:
        return "is not a number"
    if not math.isfinite(value):
        return "is not finite"
    return "is too large" if abs(value) > LARGEST_NUMBER else ""


def _rows(path: str) -> Iterator[_Row]:
    """The lines of a .csv file that hold anything. Raises DataError."""
    try:
        with user_path(path).open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            for row in reader:
                if row:
                    yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(f"{path} cannot be read as a table: {why}") from None


def open_table(path: str, header: Header = "auto", names: Sequence[str] = ()) -> Table:
    """Open a .csv file whose first line may hold column names.

    Unless `header` decides, the first line counts as a sample if it has numbers wherever the second has, except where
    it holds all of the expected `names`. Raises DataError.
    """
    lines = list(islice(_rows(path), 2))
    if not lines:
        raise DataError(f"{path} is empty; expected a header line and lines of values")
    first = tuple(name.strip() for name in lines[0][1])
    expected = bool(names) and set(names) <= set(first)
    named = expected or _names_columns(lines) if header == "auto" else header == "yes"
    if named and len(lines) < 2:
        raise DataError(f"{path} has a header line but no values")
    columns = first if named else tuple(f"column {place}" for place in range(1, len(first) + 1))
    (name, count), *_ = Counter(columns).most_common(1)
    if count > 1:
        raise DataError(f"{path} has {count} columns called {name!r}; give each a name of its own")
    return Table(path, columns, named, first)


def _names_columns(lines: Sequence[_Row]) -> bool:
    """True if the first line looks like names of columns."""
    first, second = lines[0][1], lines[min(1, len(lines) - 1)][1]
    of_numbers = [place for place, word in enumerate(second[: len(first)]) if number(word) is not None]
    return not of_numbers or any(number(first[place]) is None for place in of_numbers)


@dataclass(frozen=True)
class Found:
    """Columns of another table that match those a network knows, with remarks."""

    inputs: tuple[int, ...]
    target: int | None
    notes: tuple[str, ...] = ()


def find_columns(table: Table, known: Preparation) -> Found:
    """Match a table's columns to those a network knows, by name or position.

    Names count where both have them. `target` is None where no column is left for it. Raises DataError that names the
    missing columns.
    """
    columns = known.columns
    if columns is not None and columns.named and table.named:
        return _by_name(table, known, columns)
    count = math.prod(known.input_shape)
    every = tuple(range(len(table.names)))
    if len(every) not in (count, count + 1):
        raise DataError(
            f"{table.path}: found {len(every)} columns, expected the {count} inputs of the network"
            f"{f' ({listed(known.features)})' if known.features else ''}, with or without the target"
        )
    target = None
    if len(every) > count:
        target = columns.target if columns is not None and columns.target is not None else len(every) - 1
    inputs = tuple(place for place in every if place != target)
    return Found(inputs, target, _told_places(table, known, inputs, target))


def _by_name(table: Table, known: Preparation, columns: Columns) -> Found:
    missing = [name for name in known.features if name not in table.names]
    if missing:
        what = f"column {missing[0]!r:.60}" if len(missing) == 1 else f"columns {listed(missing)}"
        raise DataError(f"{table.path} has no {what}, which the network needs; it has {listed(table.names)}")
    inputs = tuple(table.names.index(name) for name in known.features)
    rest = [place for place in range(len(table.names)) if place not in inputs]
    name = columns.target_name
    if name:
        target = table.names.index(name) if name in table.names else None
    else:
        target = rest[-1] if rest else None
    notes = []
    if target is not None and not name:
        notes.append(f"{table.path}: the column {table.names[target]!r:.60} is taken for the target")
    ignored = [table.names[place] for place in rest if place != target]
    if ignored:
        notes.append(f"{table.path}: ignored {listed(ignored)}, which the network does not know")
    return Found(inputs, target, tuple(notes))


def _told_places(table: Table, known: Preparation, inputs: tuple[int, ...], target: int | None) -> tuple[str, ...]:
    """Notes where columns are taken by their places; none where neither side has names."""
    names = [table.names[place] for place in inputs]
    if not table.named and (known.columns is None or not known.columns.named):
        return ()
    if names == list(known.features):
        return ()
    taken = f" as {listed(known.features)}" if known.features else ""
    told = f"{table.path}: columns are taken by their places: {listed(names)}{taken}"
    return (told + (f", {table.names[target]} as the target" if target is not None else ""),)


class CsvFile(FileDataset):
    """CSV table; one column is the target, the others are the inputs."""

    title: ClassVar[str] = "Table (.csv)"
    help: ClassVar[str] = "Your own table; one column is predicted from the others."
    icon: ClassVar[str] = "file"
    kind: ClassVar[Literal["points", "table", "pictures"]] = "table"
    format: ClassVar[Format | None] = Format("a .csv table", (".csv",))

    type: Literal["CsvFile"] = "CsvFile"
    path: str = Field(
        "",
        max_length=4096,
        title="File",
        description="A .csv file, with or without a header line.",
        json_schema_extra={"kind": "file"},
    )
    target: str = Field("", max_length=200, title="Target", description="Column to predict; empty is the last one.")
    standardize: bool = Field(True, title="Standardise", description=STANDARDISE)
    task: TaskSetting = task_field()
    header: Header = Field(
        "auto",
        title="Header line",
        description="The first line holds the names of the columns; automatic detects it.",
    )

    def paths(self) -> tuple[Path]:
        return (existing(self.path, "a .csv file"),)

    @property
    def standardised(self) -> bool:
        return self.standardize

    def scaled(self) -> Self:
        return self.with_changes(standardize=True)

    @classmethod
    def read_inputs(cls, path: str, known: Preparation) -> tuple[Array, tuple[str, ...]]:
        table = open_table(path, names=known.features)
        found = find_columns(table, known)
        return table.read(found.inputs)[0], found.notes

    def with_roles(self, targets: Sequence[str] = (), ignored: Sequence[str] = ()) -> Self:
        if len(targets) > 1 or ignored:
            raise DataError("a .csv table takes one target, and all other columns are inputs")
        return self.with_changes(target=targets[0] if targets else "")

    def settled(self) -> Self:
        stamps = self.stamps()
        data = self.load()
        columns = data.columns
        settled = self.with_changes(task=data.task)
        if columns is not None:
            settled = settled.with_changes(target=columns.target_name, header="yes" if columns.named else "no")
        return self._settled(settled, data, stamps)

    def read(self) -> Data:
        table = self._open(self.header)
        target = self._target(table)
        inputs = [place for place in range(len(table.names)) if place != target]
        x, words = table.read(inputs, target)
        y, task, classes = targets_from_words(words, self.task, self._column(table, target))
        columns = Columns(names=table.names, target=target, named=table.named)
        features = tuple(table.names[place] for place in inputs)
        first = ", ".join(table.first)
        unnamed = (f"{self.path} has no header line: its first line, {first:.60}, is taken for a sample",)
        notes = () if table.named or self.header == "no" else unnamed
        return Data(x, y, task, classes, features, columns, notes=notes)

    def load_like(self, known: Preparation) -> Data:
        table = self._open(names=known.features)
        found = find_columns(table, known)
        if found.target is None:
            name = known.columns.target_name if known.columns is not None else ""
            what = f"column {name!r:.60}, which is the target" if name else "column for the target"
            raise DataError(f"{self.path} has no {what}; it has {listed(table.names)}")
        x, words = table.read(found.inputs, found.target)
        where = self._column(table, found.target)
        y = (
            labels_from_words(words, known.classes, where)
            if known.task == "classification"
            else numbers_from_words(words, where)
        )
        return known.apply(Data(x, y, known.task, known.classes, known.features, notes=found.notes))

    def _open(self, header: Header = "auto", names: Sequence[str] = ()) -> Table:
        self.paths()
        return open_table(self.path, header, names)

    def _column(self, table: Table, place: int) -> str:
        return f"{self.path}, column {table.names[place]!r:.60}"

    def _target(self, table: Table) -> int:
        """Place of the target among the columns. Raises DataError."""
        names = table.names
        if len(names) < 2:
            raise DataError(f"{self.path} has one column, {names[0]!r:.40}; expected at least two, divided by commas")
        target = self.target or names[-1]
        if target not in names:
            raise DataError(f"{self.path} has no column {target!r}; it has {', '.join(names)}")
        return names.index(target)
