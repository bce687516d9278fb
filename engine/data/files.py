"""The user's own data: .npz arrays and .csv tables."""

from __future__ import annotations

import csv
import math
import os
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from engine.data.base import LARGEST_NUMBER, Array, Data, Dataset, FileDataset, single, standardised, user_path
from engine.data.idx import LARGEST, MNIST, file_names
from engine.errors import DataError

_MOST_CLASSES = 100
# A column of whole numbers with at most so many different ones is taken for classes.
_MOST_NUMBERED_CLASSES = 20
# Beyond, a float no longer tells neighbouring whole numbers apart.
_MOST_EXACT = 1 << 53


class NpzFile(FileDataset):
    """Arrays `x` (N, ...) and `y` from a .npz file.

    Whole numbers in `y`, one per sample, or one-hot rows are classes. Pictures of bytes are scaled to 0..1.
    """

    title: ClassVar[str] = "NumPy file (.npz)"
    help: ClassVar[str] = "Arrays x and y from a .npz file; whole numbers in y are classes."
    icon: ClassVar[str] = "file"
    kind: ClassVar[Literal["points", "table", "pictures"]] = "table"

    type: Literal["NpzFile"] = "NpzFile"
    path: str = Field(
        "",
        max_length=4096,
        title="File",
        description="A .npz file with arrays x and y.",
        json_schema_extra={"kind": "file"},
    )

    def paths(self) -> tuple[Path]:
        return (_existing(self.path, "a .npz file"),)

    def load(self) -> Data:
        (path,) = self.paths()
        try:
            with zipfile.ZipFile(path) as archive:
                announced = sum(info.file_size for info in archive.infolist())
            if announced > LARGEST:
                raise DataError(f"{self.path} unpacks to {announced:,} bytes; more than {LARGEST:,} are not read")
            with np.load(path, allow_pickle=False) as file:
                missing = [name for name in ("x", "y") if name not in file]
                if missing:
                    raise DataError(f"{self.path} has no array {missing[0]!r}; found {', '.join(file.files) or 'none'}")
                x, y = file["x"], file["y"]
        except (OSError, ValueError, zipfile.BadZipFile, EOFError, MemoryError) as error:
            raise DataError(f"{self.path} cannot be read as a .npz file: {error}") from None
        if not (isinstance(x, np.ndarray) and isinstance(y, np.ndarray)):
            raise DataError(f"{self.path} cannot be read as a .npz file: x and y are no NumPy arrays")
        if x.dtype.kind not in "iufb" or y.dtype.kind not in "iufb" or x.ndim == 0 or y.ndim == 0:
            raise DataError(
                f"{self.path}: x and y must be arrays of numbers, found {x.dtype} of shape {x.shape} "
                f"and {y.dtype} of shape {y.shape}"
            )
        for name, array in (("x", x), ("y", y)):
            if array.size == 0:
                raise DataError(f"{self.path}: {name} is empty, its shape is {array.shape}")
        if x.dtype == np.uint8 and x.ndim > 2:
            x = x.astype(np.float32) / 255
        return _as_data(x.reshape(len(x), -1) if x.ndim == 1 else x, y, ())


@dataclass(frozen=True)
class _Table:
    """A table as read: `numbers` (N, columns - 1) without the target's column, whose `words` are kept as written."""

    features: tuple[str, ...]
    numbers: Array
    words: list[str]


class CsvFile(FileDataset):
    """A table; one column is the target, the others are the inputs.

    The first line names the columns; where it holds nothing but numbers, it is taken for a sample.
    """

    title: ClassVar[str] = "Table (.csv)"
    help: ClassVar[str] = "A table with a header line; one column is to be predicted from the others."
    icon: ClassVar[str] = "file"
    kind: ClassVar[Literal["points", "table", "pictures"]] = "table"

    type: Literal["CsvFile"] = "CsvFile"
    path: str = Field(
        "",
        max_length=4096,
        title="File",
        description="A .csv file with a header line.",
        json_schema_extra={"kind": "file"},
    )
    target: str = Field("", max_length=200, title="Target", description="Column to predict; empty is the last one.")
    standardize: bool = Field(True, title="Standardise", description="Brings every input to mean 0 and spread 1.")

    def paths(self) -> tuple[Path]:
        return (_existing(self.path, "a .csv file"),)

    def load(self) -> Data:
        table = self._read()
        numbers = standardised(table.numbers, table.numbers) if self.standardize else table.numbers
        try:
            y = np.array([float(word) for word in table.words])
        except ValueError:
            names = sorted(set(table.words))
            if len(names) > _MOST_CLASSES:
                raise DataError(
                    f"{self.path}: the target column has {len(names)} different words; at most {_MOST_CLASSES} "
                    "classes can be told apart"
                ) from None
            numbered = {name: number for number, name in enumerate(names)}
            labels = np.array([numbered[word] for word in table.words], np.int64)
            return Data(numbers, labels, "classification", tuple(names), table.features)
        if not np.isfinite(y).all():
            raise DataError(f"{self.path}: the target column holds NaN or infinity; remove or replace them")
        whole = (
            bool((y == np.round(y)).all() and (np.abs(y) < _MOST_EXACT).all())
            and len(np.unique(y)) <= _MOST_NUMBERED_CLASSES
        )
        return _as_data(numbers, y.astype(np.int64) if whole else y, table.features)

    def feature_names(self) -> tuple[str, ...]:
        return self._read().features

    def unscaled(self) -> Self:
        return self.with_changes(standardize=False)

    def scaled(self) -> Self:
        return self.with_changes(standardize=True)

    def prepare(self, x: Array) -> Array:
        return standardised(x, self._read().numbers) if self.standardize else x

    def _read(self) -> _Table:
        (path,) = self.paths()
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                reader = csv.reader(file)
                lines = [(reader.line_num, row) for row in reader if row]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise DataError(f"{self.path} cannot be read as a table: {error}") from None
        if not lines:
            raise DataError(f"{self.path} is empty; expected a header line and lines of values")
        header = [name.strip() for name in lines[0][1]]
        if all(_number(name) is not None for name in header):
            header = [f"column {number}" for number in range(1, len(header) + 1)]
        else:
            lines = lines[1:]
        return self._fill(header, self._column(header), lines)

    def _column(self, header: list[str]) -> int:
        """Where the target stands in the header. Raises DataError."""
        if len(header) < 2:
            raise DataError(f"{self.path} has one column, {header[0]!r:.40}; expected at least two, divided by commas")
        (name, count), *_ = Counter(header).most_common(1)
        if count > 1:
            raise DataError(f"{self.path} has {count} columns called {name!r}; give each a name of its own")
        target = self.target or header[-1]
        if target not in header:
            raise DataError(f"{self.path} has no column {target!r}; it has {', '.join(header)}")
        return header.index(target)

    def _fill(self, header: list[str], column: int, lines: list[tuple[int, list[str]]]) -> _Table:
        if not lines:
            raise DataError(f"{self.path} has a header line but no values")
        inputs = [index for index in range(len(header)) if index != column]
        numbers = np.empty((len(lines), len(inputs)), np.float32)
        for sample, (line, row) in enumerate(lines):
            if len(row) != len(header):
                raise DataError(f"{self.path}, line {line}: found {len(row)} values, expected {len(header)}")
            for place, index in enumerate(inputs):
                number = _number(row[index])
                if number is None or not abs(number) <= LARGEST_NUMBER:
                    finite = number is not None and math.isfinite(number)
                    fault = "is no number" if number is None else "is too large" if finite else "is not finite"
                    raise DataError(f"{self.path}, line {line}, column {header[index]!r}: {row[index]!r:.40} {fault}")
                numbers[sample, place] = number
        features = tuple(header[index] for index in inputs)
        return _Table(features, numbers, [row[column].strip() for _, row in lines])


def open_path(path: str | Path, prefer: Literal["train", "test"] = "train") -> Dataset:
    """The data set for a path: IDX pictures (the file, or a folder with them), a .npz or a .csv file.

    Where a folder has a training and a test part, `prefer` says which is taken. Raises DataError.
    """
    place = user_path(path)
    parts: tuple[Literal["train", "test"], ...] = ("train", "test") if prefer == "train" else ("test", "train")
    if os.path.isdir(place):
        for part in parts:
            if any(os.path.isfile(place / name) for name in file_names(part, "images")):
                return MNIST(folder=str(place), part=part)
        raise DataError(f"{place} holds no pictures in IDX files; expected {file_names(prefer, 'images')[0]}")
    _existing(str(place), "a data file")
    for part in parts:
        if place.name in (*file_names(part, "images"), *file_names(part, "labels")):
            return MNIST(folder=str(place.parent), part=part)
    kinds: dict[str, type[NpzFile] | type[CsvFile]] = {".npz": NpzFile, ".csv": CsvFile}
    kind = kinds.get(place.suffix.lower())
    if kind is None:
        raise DataError(
            f"{place}: expected a .npz or .csv file, or IDX pictures such as {file_names(prefer, 'images')[0]}"
        )
    return kind(path=str(place))


def _existing(path: str, what: str) -> Path:
    if not path:
        raise DataError(f"no file is chosen yet; choose {what}")
    place = user_path(path)
    # Unlike Path.is_file, this takes a folder that may not be read, or a name that is too long, for a plain no.
    if not os.path.isfile(place):
        raise DataError(f"{path} is not there; choose {what}")
    return place


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _as_data(x: Array, y: Array, features: tuple[str, ...]) -> Data:
    """Classes if `y` holds whole numbers, one per sample, or one-hot rows; else numbers to predict."""
    x = single(x)
    if y.ndim == 2 and y.shape[1] > 1 and bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()):
        names = tuple(str(number) for number in range(y.shape[1]))
        return Data(x, y.argmax(axis=1).astype(np.int64), "classification", names, features)
    if y.ndim == 2 and y.shape[1] == 1 and y.dtype.kind in "iub":
        y = y[:, 0]
    if y.ndim == 1 and y.dtype.kind in "iub":
        values, labels = np.unique(y, return_inverse=True)
        if len(values) > _MOST_CLASSES:
            raise DataError(f"found {len(values)} classes, at most {_MOST_CLASSES} can be told apart; give y as floats")
        return Data(x, labels.astype(np.int64), "classification", tuple(str(value) for value in values), features)
    return Data(x, single(y.reshape(len(y), -1)), "regression", (), features)
