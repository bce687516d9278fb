"""Labelled images in pairs of IDX files, as MNIST has them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from engine.data.access import check_access
from engine.data.base import DATASETS, MissingDataError
from engine.data.file_dataset import FileDataset, Format, Part, both_parts, user_path
from engine.data.idx import idx_in_file, read_idx
from engine.data.preparation import Preparation
from engine.data.samples import Array, Data, Signature
from engine.data.selection import chosen_names, select
from engine.data.stored_samples import Convert, Samples, StoredSamples
from engine.data.storing import note, stays_on_disk, store
from engine.errors import DataError, Fix

# More labels than these are no classes that a network could be shown for.
_MOST_CLASSES = 1000


class IdxPictures(FileDataset):
    """Base of labelled images from IDX files: pictures (N, 1, height, width), bytes scaled to 0..1.

    Class attributes:
        names: of the classes, in the order of their labels.
        first_label: label of the first class in the files.
        counts: samples of each class in the authors' own files, by part.
        prefixes: how the names of the files begin, by part; the most usual one first.
        transposed: pictures lie in the files column by column.
        lenient: takes files that only look like the authors' own.
    """

    kind: ClassVar[Literal["points", "table", "pictures"]] = "pictures"
    group: ClassVar[str] = "pictures"
    location: ClassVar[tuple[str, ...]] = ("folder", "part")
    names: ClassVar[tuple[str, ...]] = ()
    first_label: ClassVar[int] = 0
    counts: ClassVar[Mapping[Part, tuple[int, ...]]] = {}
    prefixes: ClassVar[Mapping[Part, tuple[str, ...]]] = {"train": ("train",), "test": ("t10k", "test")}
    transposed: ClassVar[bool] = False
    lenient: ClassVar[bool] = False

    folder: str = Field(
        "",
        max_length=4096,
        title="Folder",
        description="Folder with the four files; empty for the download folder.",
        json_schema_extra={"kind": "folder"},
    )
    part: Literal["train", "test"] = Field("train", title="Part", description="Training files or test files.")
    classes: tuple[Annotated[int, Field(ge=0, le=9)], ...] | None = Field(
        None,
        title="Only classes",
        description="Numbers of the classes to keep, such as 0, 1; empty for all.",
        min_length=2,
        json_schema_extra={"none": "all"},
    )
    per_class: int | None = Field(
        None,
        ge=1,
        le=10_000,
        title="Per class",
        description="At most this many samples of each class; empty for all.",
        json_schema_extra={"none": "all"},
    )

    @classmethod
    def file_names(cls, part: Part, kind: Literal["images", "labels"]) -> list[str]:
        """File names under which a part may have its images or labels. The most usual comes first."""
        axes = {"images": "idx3", "labels": "idx1"}[kind]
        return [
            f"{prefix}-{kind}{mark}{axes}-ubyte{suffix}"
            for prefix in cls.prefixes[part]
            for mark in "-."
            for suffix in (".gz", "")
        ]

    @classmethod
    def found(cls, folder: Path, part: Part, kind: Literal["images", "labels"]) -> Path | None:
        """Existing file of a part in a folder; None if there is none."""
        paths = (folder / name for name in cls.file_names(part, kind))
        return next((path for path in paths if os.path.isfile(path)), None)

    @classmethod
    def recognises(cls, images: Path | None, labels: Path | None) -> bool:
        """True if these files are the authors' own, judged by name and size; only headers and labels are read."""
        sizes = {file.name: file.size for file in cls.release.files} if cls.release is not None else {}
        return images is not None and sizes.get(images.name) == images.stat().st_size

    @classmethod
    def read_inputs(cls, path: str, known: Preparation) -> tuple[Array, tuple[str, ...]]:
        place = user_path(path)
        _, images = read_idx(place, 3)
        by_name = (kind for kind in _kinds() if kind.transposed)
        if any(place.name in kind.file_names(part, "images") for kind in by_name for part in ("train", "test")):
            images = images.swapaxes(1, 2)
        return _scaled(images, known), ()

    def whole(self) -> Self:
        return self.with_changes(per_class=None)

    def downloaded(self) -> Self:
        return self.with_changes(folder="")

    def expected_signature(self) -> Signature | None:
        if not self.counts:
            return None
        counts = [self.counts[self.part][label] for label in dict.fromkeys(self.classes or range(len(self.names)))]
        samples = sum(min(count, self.per_class or count) for count in counts)
        return Signature((1, 28, 28), "classification", chosen_names(self.names, self.classes), 0, samples)

    def paths(self) -> tuple[Path, Path]:
        """Paths of the images' and the labels' file. Raises MissingDataError."""
        folder = self._folder()
        images, labels = self.found(folder, self.part, "images"), self.found(folder, self.part, "labels")
        if images is None or labels is None:
            missing = self.file_names(self.part, "images" if images is None else "labels")[0]
            raise self._missing(f"{folder} has no {missing}")
        return images, labels

    def _folder(self) -> Path:
        if self.folder:
            check_access(self.folder)
            return user_path(self.folder)
        if self.release is None:
            raise self._missing("no folder is chosen yet")
        return self.release.folder

    def _missing(self, found: str) -> MissingDataError:
        name = self.title.partition(" (")[0]
        if self.release is None:
            return MissingDataError(f"{found}. Choose the folder that has the files with images and labels.")
        stand_in = self.stand_in()
        return MissingDataError(
            f"{found if self.folder else f'{name} is not on this computer yet'}. "
            f"Download {name} in the data panel, or choose the folder that has its four files.",
            fix=None if stand_in is None else Fix("Use the bundled digits", dataset=stand_in),
        )

    def _labels(self, path: Path) -> tuple[Array, tuple[str, ...]]:
        """Labels (N,) as numbers of classes from 0, and the names of all classes. Raises DataError."""
        _, labels = read_idx(path, 1)
        last = self.first_label + len(self.names) - 1
        wrong = labels[(labels < self.first_label) | (labels > last)]
        if wrong.size:
            raise DataError(
                f"{path.name} has a label {wrong[0]}; those of {self.title.partition(' (')[0]} run from "
                f"{self.first_label} to {last}. For other pictures, choose the data set {IdxFiles.title}"
            )
        return labels.astype(np.int64) - self.first_label, self.names

    def _chosen(self, labels: Array, names: tuple[str, ...]) -> tuple[Array, Array, tuple[str, ...]]:
        """Indices, labels and class names of the samples that are asked for."""
        indices, chosen = select(labels, self.classes, self.per_class)
        return indices, chosen, chosen_names(names, self.classes)

    def read_signature(self) -> Signature:
        images_path, labels_path = self.paths()
        (_, *size), _ = read_idx(images_path, 3, header_only=True)
        indices, _, names = self._chosen(*self._labels(labels_path))
        return Signature((1, *(size[::-1] if self.transposed else size)), "classification", names, 0, len(indices))

    def read(self) -> Data:
        images_path, labels_path = self.paths()
        (count, *size), _ = read_idx(images_path, 3, header_only=True)
        labels, names = self._labels(labels_path)
        if count != len(labels):
            raise DataError(f"{images_path.name} has {count} images but {labels_path.name} {len(labels)} labels")
        indices, chosen, kept = self._chosen(labels, names)
        large = stays_on_disk(len(indices), tuple(size))
        x: Samples | None = self._stored(images_path, indices) if large else None
        if x is None:
            x = self._arranged(_scaled(read_idx(images_path, 3)[1][indices]))
        return Data(x, chosen, "classification", kept, notes=note(x, images_path.name))

    def _arranged(self, images: Array) -> Array:
        """Pictures (N, 1, height, width) of images as they lie in the file."""
        return np.ascontiguousarray(images.swapaxes(1, 2) if self.transposed else images)[:, None]

    def _stored(self, path: Path, indices: Array) -> StoredSamples | None:
        """Pictures that stay in their file; None where it is packed."""
        file = idx_in_file(path, 3)
        if file is None:
            return None
        found = store([file], indices, lambda raw: raw, _scale(file.dtype), exact=False)
        return found.converted(self._arranged, moved=True)


class IdxFiles(IdxPictures):
    """Labelled images of one's own from IDX files; any labels are classes, named by their number."""

    title: ClassVar[str] = "IDX files"
    help: ClassVar[str] = "Pictures and labels of your own in a pair of IDX files, as MNIST has them."
    icon: ClassVar[str] = "idx"
    group: ClassVar[str] = "own"
    lenient: ClassVar[bool] = True
    format: ClassVar[Format | None] = Format(
        "images in IDX files", ("-ubyte", "-ubyte.gz"), picks=("file", "folder"), example="train-images-idx3-ubyte.gz"
    )

    type: Literal["IdxFiles"] = "IdxFiles"
    folder: str = Field(
        "",
        max_length=4096,
        title="Folder",
        description="Folder with the file of images and the file of labels.",
        json_schema_extra={"kind": "folder"},
    )
    classes: tuple[Annotated[int, Field(ge=0, le=2**31 - 1)], ...] | None = Field(
        None,
        title="Only classes",
        description="Labels to keep, such as 0, 1; empty for all.",
        min_length=2,
        json_schema_extra={"none": "all"},
    )

    @classmethod
    def opens(cls, path: Path, prefer: Part = "train") -> IdxPictures | None:
        """Data set of a file or folder: the one whose files these are by name and size, else one's own."""
        folder = path if path.is_dir() else path.parent
        for part in both_parts(prefer):
            for kind in _kinds():
                images, labels = kind.found(folder, part, "images"), kind.found(folder, part, "labels")
                named = path.name in (*kind.file_names(part, "images"), *kind.file_names(part, "labels"))
                if (named or (path.is_dir() and images)) and kind.recognises(images, labels):
                    return kind(folder=str(folder), part=part)  # type: ignore[call-arg]
        return None

    @classmethod
    def recognises(cls, images: Path | None, labels: Path | None) -> bool:
        return True

    def _labels(self, path: Path) -> tuple[Array, tuple[str, ...]]:
        _, labels = read_idx(path, 1)
        values, numbers = np.unique(labels, return_inverse=True)
        if len(values) > _MOST_CLASSES:
            raise DataError(f"{path.name} has {len(values):,} different labels; at most {_MOST_CLASSES:,} are classes")
        return numbers, tuple(f"{value:g}" for value in values.tolist())

    def _chosen(self, labels: Array, names: tuple[str, ...]) -> tuple[Array, Array, tuple[str, ...]]:
        if self.classes is None:
            return super()._chosen(labels, names)
        wanted = [names.index(name) for name in map(str, self.classes) if name in names]
        if len(wanted) < len(self.classes):
            raise DataError(f"there are no samples of the chosen classes; the labels are {', '.join(names[:20])}")
        indices, chosen = select(labels, wanted, self.per_class)
        return indices, chosen, chosen_names(names, wanted)


def _kinds() -> list[type[IdxPictures]]:
    """Data sets of IDX files: those that are known by their files, then any."""
    kinds = [kind for kind in DATASETS.values() if issubclass(kind, IdxPictures)]
    return sorted(kinds, key=lambda kind: (kind.lenient, not kind.names))


def _scaled(images: Array, known: Preparation | None = None) -> Array:
    """Images as float32 (see `_scale`)."""
    return np.ascontiguousarray(_scale(images.dtype, known)(images))


def _scale(dtype: np.dtype[Any], known: Preparation | None = None) -> Convert:
    """Function to float32: whole numbers from 0 to 1 by the largest of their type, real ones as they are.

    A network that is `known` to have seen larger numbers in training gets them as they are.
    """
    if dtype.kind in "iu" and not (known is not None and known.largest > 1):
        most = np.float32(np.iinfo(dtype).max)
        return lambda images: (images / most).astype(np.float32, copy=False)
    return lambda images: images.astype(np.float32)
