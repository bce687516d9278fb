"""User data from .npz files, and format detection for a path."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from engine.data.base import Dataset, FileDataset, existing, user_path
from engine.data.idx import LARGEST, MNIST, file_names
from engine.data.preparation import Preparation
from engine.data.samples import Array, Data, single
from engine.data.tables import CsvFile
from engine.data.target_encoding import (
    TaskSetting,
    labels_from_array,
    numbers_from_array,
    targets_from_array,
    task_field,
)
from engine.errors import DataError


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
    task: TaskSetting = task_field()

    def paths(self) -> tuple[Path]:
        return (existing(self.path, "a .npz file"),)

    def settled(self) -> Self:
        return self.with_changes(task=self.load().task)

    def load(self) -> Data:
        x, y = self._arrays()
        return Data(x, *targets_from_array(y, self.task, f"{self.path}: y"))

    def load_like(self, known: Preparation) -> Data:
        x, y = self._arrays(known)
        where = f"{self.path}: y"
        targets = (
            labels_from_array(y, known.classes, where) if known.task == "classification" else numbers_from_array(y)
        )
        return known.apply(Data(x, targets, known.task, known.classes))

    def _arrays(self, known: Preparation | None = None) -> tuple[Array, Array]:
        """Samples (N, *input_shape), float32, and targets as they are in the file. Raises DataError."""
        (path,) = self.paths()
        try:
            with zipfile.ZipFile(path) as archive:
                announced = sum(info.file_size for info in archive.infolist())
            if announced > LARGEST:
                raise DataError(f"{self.path} unpacks to {announced:,} bytes; at most {LARGEST:,} are read")
            with np.load(path, allow_pickle=False) as file:
                missing = [name for name in ("x", "y") if name not in file]
                if missing:
                    raise DataError(f"{self.path} has no array {missing[0]!r}; found {', '.join(file.files) or 'none'}")
                x, y = file["x"], file["y"]
        except (OSError, ValueError, zipfile.BadZipFile, EOFError, MemoryError) as error:
            raise DataError(f"{self.path} cannot be read as a .npz file: {error}") from None
        if not (isinstance(x, np.ndarray) and isinstance(y, np.ndarray)):
            raise DataError(f"{self.path} cannot be read as a .npz file: x and y are not NumPy arrays")
        if x.dtype.kind not in "iufb" or y.dtype.kind not in "iufb" or x.ndim == 0 or y.ndim == 0:
            raise DataError(
                f"{self.path}: x and y must be arrays of numbers, found {x.dtype} of shape {x.shape} "
                f"and {y.dtype} of shape {y.shape}"
            )
        for name, array in (("x", x), ("y", y)):
            if array.size == 0:
                raise DataError(f"{self.path}: {name} is empty, its shape is {array.shape}")
        x = pixels(x, known)
        return single(x.reshape(len(x), -1) if x.ndim == 1 else x), y


def pixels(x: Array, known: Preparation | None = None) -> Array:
    """Pictures of bytes (N, height, width, ...) as numbers from 0 to 1; anything else as it is.

    A network that is `known` to have seen larger numbers in training gets the bytes as they are.
    """
    if x.dtype != np.uint8 or x.ndim < 3 or (known is not None and known.largest > 1):
        return x
    return x.astype(np.float32) / 255


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
        raise DataError(f"{place} has no images in IDX files; expected {file_names(prefer, 'images')[0]}")
    existing(str(place), "a data file")
    for part in parts:
        if place.name in (*file_names(part, "images"), *file_names(part, "labels")):
            return MNIST(folder=str(place.parent), part=part)
    kinds: dict[str, type[NpzFile] | type[CsvFile]] = {".npz": NpzFile, ".csv": CsvFile}
    kind = kinds.get(place.suffix.lower())
    if kind is None:
        raise DataError(
            f"{place}: expected a .npz or .csv file, or IDX images such as {file_names(prefer, 'images')[0]}"
        )
    return kind(path=str(place))
