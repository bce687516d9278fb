"""NumPy .npz files of samples and targets."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from engine.data.file_dataset import LARGEST, FileDataset, Format, existing, user_path
from engine.data.pixels import pixels
from engine.data.preparation import Preparation
from engine.data.samples import Array, Data, as_exact_as_needed
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

    Integers in `y`, one per sample, or one-hot rows are classes. Images of bytes are scaled to 0..1.
    """

    title: ClassVar[str] = "NumPy file (.npz)"
    help: ClassVar[str] = "Arrays x and y from a .npz file; whole numbers in y are classes."
    icon: ClassVar[str] = "file"
    kind: ClassVar[Literal["points", "table", "pictures"]] = "table"
    format: ClassVar[Format | None] = Format("a .npz file with arrays x and y", (".npz",), bare=(".npy",))

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
        stamps = self.stamps()
        data = self.load()
        return self._settled(self.with_changes(task=data.task), data, stamps)

    def read(self) -> Data:
        x, y = self._arrays()
        return Data(x, *targets_from_array(y, self.task, f"{self.path}: y"))

    def load_like(self, known: Preparation) -> Data:
        x, y = self._arrays(known)
        where = f"{self.path}: y"
        targets = (
            labels_from_array(y, known.classes, where) if known.task == "classification" else numbers_from_array(y)
        )
        return known.apply(Data(x, targets, known.task, known.classes))

    @classmethod
    def read_inputs(cls, path: str, known: Preparation) -> tuple[Array, tuple[str, ...]]:
        try:
            with user_path(path).open("rb") as file:
                found = np.load(file, allow_pickle=False)
                if not isinstance(found, np.ndarray):
                    name = "x" if "x" in found else (found.files or ["x"])[0]
                    found = found[name]
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise DataError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
        if found.dtype.kind not in "iufb" or found.ndim == 0:
            raise DataError(f"{path} must hold an array of numbers, found {found.dtype} of shape {found.shape}")
        return pixels(found, known), ()

    def _arrays(self, known: Preparation | None = None) -> tuple[Array, Array]:
        """Samples (N, *input_shape), and targets as they are in the file. Raises DataError."""
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
        return as_exact_as_needed(x.reshape(len(x), -1) if x.ndim == 1 else x), y
