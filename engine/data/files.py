"""The user's own data: .npz arrays and .csv tables."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.data.base import Array, Data, Dataset
from engine.data.idx import MNIST
from engine.errors import DataError

_MOST_CLASSES = 100


class NpzFile(Dataset):
    """Arrays `x` (N, ...) and `y` from a .npz file; whole numbers in `y`, one per sample, are classes."""

    title: ClassVar[str] = "NumPy file (.npz)"
    help: ClassVar[str] = "Arrays x and y from a .npz file; whole numbers in y are classes."
    icon: ClassVar[str] = "file"
    kind: ClassVar[Literal["points", "table", "pictures"]] = "table"
    external: ClassVar[bool] = True

    type: Literal["NpzFile"] = "NpzFile"
    path: str = Field(
        "",
        max_length=4096,
        title="File",
        description="A .npz file with arrays x and y.",
        json_schema_extra={"kind": "file"},
    )

    def load(self) -> Data:
        try:
            with np.load(_existing(self.path, "a .npz file"), allow_pickle=False) as file:
                missing = [name for name in ("x", "y") if name not in file]
                if missing:
                    raise DataError(f"{self.path} has no array {missing[0]!r}; found {', '.join(file.files) or 'none'}")
                x, y = file["x"], file["y"]
        except (OSError, ValueError, zipfile.BadZipFile, AttributeError) as error:
            raise DataError(f"{self.path} cannot be read as a .npz file: {error}") from None
        if x.dtype.kind not in "iufb" or y.dtype.kind not in "iufb" or x.ndim == 0 or y.ndim == 0:
            raise DataError(f"{self.path}: x and y must be arrays of numbers, found {x.dtype} and {y.dtype}")
        return _as_data(x.reshape(len(x), -1) if x.ndim == 1 else x, y, ())


class CsvFile(Dataset):
    """A table with a header line; one column is the target, the others are the inputs."""

    title: ClassVar[str] = "Table (.csv)"
    help: ClassVar[str] = "A table with a header line; one column is to be predicted from the others."
    icon: ClassVar[str] = "file"
    kind: ClassVar[Literal["points", "table", "pictures"]] = "table"
    external: ClassVar[bool] = True

    type: Literal["CsvFile"] = "CsvFile"
    path: str = Field(
        "",
        max_length=4096,
        title="File",
        description="A .csv file with a header line.",
        json_schema_extra={"kind": "file"},
    )
    target: str = Field("", max_length=200, title="Target", description="Column to predict; empty is the last one.")

    def load(self) -> Data:
        try:
            with open(_existing(self.path, "a .csv file"), newline="", encoding="utf-8-sig") as file:
                rows = [row for row in csv.reader(file) if row]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise DataError(f"{self.path} cannot be read as a table: {error}") from None
        if len(rows) < 2:
            raise DataError(f"{self.path} needs a header line and at least one line of values")
        header = [name.strip() for name in rows[0]]
        target = self.target or header[-1]
        if target not in header:
            raise DataError(f"{self.path} has no column {target!r}; it has {', '.join(header)}")
        column = header.index(target)
        numbers = np.empty((len(rows) - 1, len(header) - 1), np.float32)
        for line, row in enumerate(rows[1:]):
            if len(row) != len(header):
                raise DataError(f"{self.path}, line {line + 2}: found {len(row)} values, expected {len(header)}")
            for place, index in enumerate(i for i in range(len(header)) if i != column):
                try:
                    numbers[line, place] = float(row[index])
                except ValueError:
                    raise DataError(
                        f"{self.path}, line {line + 2}, column {header[index]!r}: {row[index]!r} is no number"
                    ) from None
        words = [row[column].strip() for row in rows[1:]]
        features = tuple(name for name in header if name != target)
        try:
            y = np.array([float(word) for word in words])
        except ValueError:
            names = sorted(set(words))
            labels = np.array([names.index(word) for word in words], np.int64)
            return Data(numbers, labels, "classification", tuple(names), features)
        whole = bool((y == np.round(y)).all()) and len(np.unique(y)) <= 20
        return _as_data(numbers, y.astype(np.int64) if whole else y, features)


def open_path(path: str | Path) -> Dataset:
    """The data set for a path: a folder with IDX files, a .npz or a .csv file. Raises DataError."""
    place = Path(path)
    if place.is_dir():
        part: Literal["train", "test"] = "train" if any(place.glob("train-images*")) else "test"
        return MNIST(folder=str(place), part=part)
    kinds: dict[str, type[NpzFile] | type[CsvFile]] = {".npz": NpzFile, ".csv": CsvFile}
    kind = kinds.get(place.suffix.lower())
    if kind is None:
        raise DataError(f"{place}: expected a folder with IDX files, a .npz or a .csv file")
    _existing(str(place), "a data file")
    return kind(path=str(place))


def _existing(path: str, what: str) -> Path:
    if not path:
        raise DataError(f"no file is chosen yet; choose {what}")
    place = Path(path).expanduser()
    if not place.is_file():
        raise DataError(f"{path} is not there; choose {what}")
    return place


def _as_data(x: Array, y: Array, features: tuple[str, ...]) -> Data:
    """Classes if `y` holds whole numbers, one per sample; else numbers to predict."""
    x = np.ascontiguousarray(x, np.float32)
    if y.ndim == 1 and y.dtype.kind in "iub":
        values, labels = np.unique(y, return_inverse=True)
        if len(values) > _MOST_CLASSES:
            raise DataError(f"found {len(values)} classes, at most {_MOST_CLASSES} can be told apart; give y as floats")
        return Data(x, labels.astype(np.int64), "classification", tuple(str(value) for value in values), features)
    return Data(x, np.ascontiguousarray(y.reshape(len(y), -1), np.float32), "regression", (), features)
