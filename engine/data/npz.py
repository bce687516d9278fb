"""NumPy files (.npz, .npy) of samples and targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from engine.data import storing
from engine.data.arrays import layouts
from engine.data.arrays.array_file import Entry
from engine.data.arrays.layouts import Layout, LayoutSetting
from engine.data.arrays.loading import chosen_rows, load_samples
from engine.data.arrays.roles import Pair, find_pairs, require_targets
from engine.data.arrays.siblings import list_all, paths_beside
from engine.data.file_dataset import LARGEST, FileDataset, Format, Inputs, Part, existing
from engine.data.pixels import pixels, white_of
from engine.data.preparation import Preparation
from engine.data.samples import Array, Data, largest_of
from engine.data.stored_samples import Samples, in_memory
from engine.data.target_encoding import (
    ArrayTask,
    labels_from_array,
    numbers_from_array,
    targets_from_array,
    told_targets,
)
from engine.errors import DataError

# Name of the column that tells the part a sample belongs to.
PART_COLUMN = "part"
# Axes of pictures, that of the samples included.
_PICTURES = 3
_PLURAL = {"train": "training", "validation": "validation", "test": "test"}


@dataclass(frozen=True)
class _Found:
    """Samples and targets as they are in the file.

    `pairs` are the arrays they come from, `lengths` how many come from each.
    """

    x: Samples
    y: Array
    pairs: tuple[Pair, ...]
    lengths: tuple[int, ...]
    layout: Layout
    notes: tuple[str, ...]

    @property
    def where(self) -> str:
        """Targets, for errors."""
        pair = self.pairs[0]
        return pair.y.title if pair.y is not None else f"{pair.x.title}: the target"

    @property
    def beside(self) -> Mapping[str, Array]:
        """Part of each sample, where the file tells more than one."""
        parts = [pair.part or "train" for pair in self.pairs]
        return {PART_COLUMN: np.repeat(np.array(parts), self.lengths)} if len(set(parts)) > 1 else {}


class NpzFile(FileDataset):
    """Samples (N, ...) and targets from NumPy's .npz or .npy files.

    Names tell which array is which: x and y, data and labels, x_train, y_train, x_test and the like. A table in a .npy
    file holds its target in a column; or the targets lie in a file beside it.
    """

    title: ClassVar[str] = "NumPy file (.npz)"
    help: ClassVar[str] = "Arrays of a .npz or .npy file, such as x and y, or x_train, y_train, x_test and y_test."
    icon: ClassVar[str] = "file"
    kind: ClassVar[Literal["points", "table", "pictures"]] = "table"
    location: ClassVar[tuple[str, ...]] = ("path", "part")
    format: ClassVar[Format | None] = Format("a .npz or .npy file of arrays", (".npz", ".npy"))

    type: Literal["NpzFile"] = "NpzFile"
    path: str = Field(
        "",
        max_length=4096,
        title="File",
        description="A .npz or .npy file of samples and targets.",
        json_schema_extra={"kind": "file"},
    )
    part: Literal["auto", "all", "train", "validation", "test"] = Field(
        "auto",
        title="Part",
        description="Arrays to read of a file with several parts: one of them, or all, each for its purpose; automatic "
        "is training.",
    )
    task: ArrayTask = Field(
        "auto",
        title="Task",
        description="Classification predicts classes, regression predicts numbers. Automatic decides by the targets; "
        "by type takes all whole numbers for classes, and real ones for numbers.",
    )
    layout: LayoutSetting = Field(
        "auto",
        title="Axes",
        description="Order of a picture's axes: channels last turns height, width, channels into channels, height, "
        "width; grey adds the channel that is missing.",
    )
    samples: int | None = Field(
        None,
        ge=1,
        le=1 << 31,
        title="Samples",
        description="At most this many samples of each part, spread over all of it; empty for all.",
        json_schema_extra={"none": "all"},
    )
    white: int | None = Field(
        None,
        ge=1,
        le=(1 << 32) - 1,
        title="White",
        description="Number that is white in pictures of whole numbers, such as 4095 for 12 bits; empty is 255 for "
        "bytes, and takes others as they are.",
        json_schema_extra={"none": "as stored"},
    )
    column: int | None = Field(
        None,
        ge=1,
        le=1 << 20,
        title="Target column",
        description="Column of the target in a table without an array of targets, counted from 1; empty is the last.",
        json_schema_extra={"none": "the last"},
    )

    @classmethod
    def opens(cls, path: Path, prefer: Part = "train") -> Self | None:
        if not (path.is_file() and path.name.lower().endswith((".npz", ".npy"))):
            return None
        return cls(path=str(path), part="test" if prefer == "test" else "auto")

    def whole(self) -> Self:
        return self.with_changes(samples=None)

    def all_parts(self) -> Self:
        return self.with_changes(part="all") if self.part == "auto" else self

    @property
    def split_column(self) -> str:
        return PART_COLUMN if self.part == "all" else ""

    def paths(self) -> tuple[Path, ...]:
        return paths_beside(existing(self.path, "a .npz or .npy file"))

    def settled(self) -> Self:
        stamps = self.stamps()
        whole = self.with_changes(part="all") if self.part == "auto" else self
        found = whole._find()
        if not found.beside:
            whole = self
        pictures = found.pairs[0].x
        if whole.white is None and pictures.dtype == np.uint16 and len(pictures.shape) >= _PICTURES:
            # Of 16 bits, cameras use 12 or so; what is written of that as 16 bits would be nearly black.
            whole = whole.with_changes(white=white_of(largest_of(found.x) or 0.0))
            found = whole._find()
        data = self._data(found)
        settled = whole.with_changes(task=data.task, layout=found.layout)
        return self._settled(settled, data, stamps, storing.note(data.x, found.pairs[0].x.title))

    def read(self) -> Data:
        return self._data(self._find())

    def _data(self, found: _Found) -> Data:
        y, task, classes = targets_from_array(found.y, self.task, found.where)
        notes = found.notes
        if self.task == "auto":
            notes = (*notes, *told_targets(found.y, task, classes, found.where))
        if self.layout == "auto":
            notes = (*notes, *layouts.note(found.layout, found.pairs[0].x.title))
        return Data(found.x, y, task, classes, notes=notes, beside=found.beside)

    def load_like(self, known: Preparation) -> Data:
        found = self._find(known)
        if known.task == "classification":
            targets = labels_from_array(found.y, known.classes, found.where)
        else:
            targets = numbers_from_array(found.y, found.where)
        return known.apply(Data(found.x, targets, known.task, known.classes, notes=found.notes, beside=found.beside))

    @classmethod
    def read_inputs(cls, path: str, known: Preparation) -> tuple[Array, tuple[str, ...]]:
        return cls._read_inputs(path, known, None)

    def read_named_inputs(self, path: str, known: Preparation) -> Inputs:
        return Inputs(*self._read_inputs(path, known, self.white))

    @classmethod
    def _read_inputs(cls, path: str, known: Preparation, white: int | None) -> tuple[Array, tuple[str, ...]]:
        entries, _ = list_all(existing(path, "a .npz or .npy file"), path)
        entries = entries[:1] if len(entries) == 1 or not entries[0].member else entries
        x = find_inputs(entries, path)
        _check_samples(x)
        wanted = known.input_shape
        if x.shape == wanted:
            return pixels(x.read()[None], known, white), ()
        columns: Array | None = None
        notes: tuple[str, ...] = ()
        if len(x.shape) == 2 and x.shape[1] == np.prod(wanted) + 1:
            columns = np.arange(x.shape[1] - 1)
            notes = (f"{path}: the last column is taken for the target, and left out",)
        shape = x.shape[1:] if columns is None else (len(columns),)
        layout = layouts.layout_of(shape, wanted) or "as_stored"
        return in_memory(load_samples([x], layout, [np.arange(x.shape[0])], columns, known, white)), notes

    def _find(self, known: Preparation | None = None) -> _Found:
        """Find and load samples and targets as they are in the file. Raises DataError."""
        entries, _ = list_all(existing(self.path, "a .npz or .npy file"), self.path)
        pairs, notes = self._pairs(entries)
        first = pairs[0].x
        for pair in pairs:
            _check_samples(pair.x)
            if pair.x.shape[1:] != first.shape[1:]:
                raise DataError(
                    f"{self.path}: {first.name} and {pair.x.name} have samples of the shapes {first.shape[1:]} and "
                    f"{pair.x.shape[1:]}; expected the same"
                )
        rows = [chosen_rows(pair.x.shape[0], self.samples) for pair in pairs]
        columns, y = self._targets(pairs, rows)
        layout = self._layout(first, columns, known)
        x = load_samples([pair.x for pair in pairs], layout, rows, columns, known, self.white)
        return _Found(x, y, pairs, tuple(map(len, rows)), layout, (*notes, *storing.note(x, first.title)))

    def _pairs(self, entries: list[Entry]) -> tuple[tuple[Pair, ...], tuple[str, ...]]:
        """Arrays to read, with notes on those that are chosen or left out."""
        pairs = find_pairs(entries, self.path)
        notes: tuple[str, ...] = ()
        if self.part != "all" and any(pair.part is not None for pair in pairs):
            wanted = "train" if self.part == "auto" else self.part
            chosen = tuple(pair for pair in pairs if (pair.part or "train") == wanted) or pairs[:1]
            if (chosen[0].part or "train") != wanted:
                notes = (f"{self.path} has no {_PLURAL[wanted]} part; {chosen[0].x.name} is read",)
            elif self.part == "auto" and len(chosen) < len(pairs):
                rest = ", ".join(pair.x.name for pair in pairs if pair not in chosen)
                notes = (f"{self.path}: {rest} is a part of its own, kept apart where Part is all",)
            pairs = chosen
        complete = tuple(pair for pair in pairs if len(pairs) == 1 or pair.y is not None or len(pair.x.shape) == 2)
        for pair in complete or pairs[:1]:
            require_targets(pair, entries, self.path)
        left = ", ".join(pair.x.name for pair in pairs if pair not in complete)
        if left:
            notes = (*notes, f"{self.path}: {left} has no targets and is left out")
        if len(complete) > 1:
            told = "; ".join(
                f"{pair.x.name}: {pair.x.shape[0]:,} for {_PLURAL[pair.part or 'train']}" for pair in complete
            )
            notes = (*notes, f"{self.path} holds its own parts: {told}")
        return complete, notes

    def _targets(self, pairs: tuple[Pair, ...], rows: list[Array]) -> tuple[Array | None, Array]:
        """Columns of the inputs, None for all, and the targets of all pairs, (N, ...)."""
        if pairs[0].y is None:
            width = pairs[0].x.shape[1]
            target = width if self.column is None else self.column
            if target > width:
                raise DataError(f"{self.path} has {width} columns; column {target} cannot be the target")
            y = in_memory(load_samples([pair.x for pair in pairs], "as_stored", rows, np.array([target - 1])))
            return np.delete(np.arange(width), target - 1), y[:, 0]
        found = []
        for pair, some in zip(pairs, rows, strict=True):
            if pair.y is None:
                raise DataError(f"{self.path}: {pair.x.name} has no array of targets, but {pairs[0].x.name} has")
            _check_targets(pair.y)
            if pair.y.shape[0] != pair.x.shape[0]:
                raise DataError(
                    f"{self.path}: found {pair.x.shape[0]:,} samples in {pair.x.name} but {pair.y.shape[0]:,} targets "
                    f"in {pair.y.name}; there must be one for each"
                )
            found.append(pair.y.read()[some])
        if len({each.shape[1:] for each in found}) > 1:
            raise DataError(f"{self.path}: the targets of its parts have different shapes")
        return None, np.concatenate(found)

    def _layout(self, x: Entry, columns: Array | None, known: Preparation | None) -> Layout:
        shape = x.shape[1:] if columns is None else (len(columns),)
        if known is not None:
            layout = layouts.layout_of(shape, known.input_shape)
            if layout is not None:
                return layout
        if self.layout == "auto":
            return layouts.guess_layout(shape, of_bytes=x.dtype == np.uint8)
        if not layouts.fits(shape, self.layout):
            raise DataError(f"{x.title} has samples of the shape {shape}; set Axes to automatic, or as stored")
        return self.layout


def find_inputs(entries: list[Entry], path: str) -> Entry:
    """Array of the samples to predict: that named so, else the first. Raises DataError."""
    if not entries:
        raise DataError(f"{path} holds no arrays")
    try:
        pairs = find_pairs(entries, path)
    except DataError:
        return entries[0]
    by_part = {pair.part: pair.x for pair in pairs}
    return by_part.get(None) or by_part.get("test") or pairs[0].x


def _check_samples(x: Entry) -> None:
    _check_numbers(x)
    if 0 in x.shape:
        raise DataError(f"{x.title} is empty, its shape is {x.shape}")


def _check_targets(y: Entry) -> None:
    if y.dtype.kind not in "US":
        _check_numbers(y)
    if 0 in y.shape or not y.shape:
        raise DataError(f"{y.title} is empty, its shape is {y.shape}")
    if y.header.size > LARGEST:
        raise DataError(f"{y.title} takes {y.header.size:,} bytes; targets of at most {LARGEST:,} are read")


def _check_numbers(entry: Entry) -> None:
    if entry.dtype.kind not in "iufb" or not entry.shape:
        what = "words" if entry.dtype.kind in "US" else f"a single {entry.dtype}"
        raise DataError(f"{entry.title} must be an array of numbers, one or more per sample; found {what}")
