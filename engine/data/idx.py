"""MNIST and other images in IDX files, plain or gzipped.

IDX is the format of Yann LeCun's MNIST page.
"""

from __future__ import annotations

import gzip
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from engine.data.base import MissingDataError
from engine.data.damage import check_unpacked, reading
from engine.data.fetching import fetch
from engine.data.file_dataset import FileDataset, Format, Part, both_parts, user_path
from engine.data.pixels import pixels
from engine.data.preparation import Preparation
from engine.data.samples import Array, Data, Signature
from engine.data.selection import chosen_names, select
from engine.errors import DataError, Fix

MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist/"
CHECKSUMS: Mapping[str, str] = {
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
}
_PREFIXES: Mapping[str, tuple[str, ...]] = {"train": ("train",), "test": ("t10k", "test")}
# How many pictures MNIST's own files hold of each digit, from 0 to 9.
_COUNTS: Mapping[str, tuple[int, ...]] = {
    "train": (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
    "test": (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
}
_NAMES = tuple(str(digit) for digit in range(10))


def read_idx(path: Path, axes: int, *, header_only: bool = False) -> tuple[tuple[int, ...], Array]:
    """Read an IDX file of unsigned bytes with this number of axes.

    Returns the sizes and an array of that shape, uint8 (empty with `header_only`). No memory is allocated before the
    sizes were checked, and no more than they announce is unpacked. Raises DataError.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    with reading(path.name, "an IDX file"), opener(path, "rb") as file:
        head = file.read(4 + 4 * axes)
        if len(head) < 4 + 4 * axes or head[:4] != bytes((0, 0, 8, axes)):
            raise DataError(
                f"{path.name} is not an IDX file of bytes with {axes} axes: it starts with {head[:4].hex(' ')}, "
                f"expected {bytes((0, 0, 8, axes)).hex(' ')}"
            )
        sizes = tuple(int(size) for size in np.frombuffer(head, ">u4", axes, 4))
        total = math.prod(sizes)
        if total == 0:
            raise DataError(f"{path.name} is empty: it announces {' x '.join(map(str, sizes))} bytes")
        check_unpacked(path.name, total, path.stat().st_size)
        if header_only:
            return sizes, np.empty(0, np.uint8)
        body = file.read(total + 1)
    if len(body) != total:
        more = "more" if len(body) > total else f"only {len(body):,}"
        raise DataError(f"{path.name} announces {total:,} bytes but holds {more}; fetch the file again")
    return sizes, np.frombuffer(body, np.uint8).reshape(sizes)


def default_folder() -> Path:
    """Download folder of the digits: $NNSTUDIO_MNIST, else "mnist" in the user's cache folder."""
    named = os.environ.get("NNSTUDIO_MNIST")
    if named:
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_cache_dir("nnstudio")) / "mnist"


def download(
    folder: Path | None = None,
    mirror: str = MIRROR,
    checksums: Mapping[str, str] = CHECKSUMS,
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Download the four MNIST files (11 MB) and verify them; existing files are kept.

    `progress` is called with the name of each file before it is fetched. Returns the folder. Raises DataError.
    """
    folder = folder or default_folder()
    for name, checksum in checksums.items():
        if progress is not None:
            progress(name)
        fetch(mirror + name, checksum, folder, name)
    return folder


def file_names(part: str, kind: str) -> list[str]:
    """File names under which a part ("train", "test") may have "images" or "labels". The most usual comes first."""
    axes = {"images": "idx3", "labels": "idx1"}[kind]
    return [
        f"{prefix}-{kind}{mark}{axes}-ubyte{suffix}"
        for prefix in _PREFIXES[part]
        for mark in "-."
        for suffix in (".gz", "")
    ]


class MNIST(FileDataset):
    """MNIST: handwritten digits of 28x28 pixels from IDX files, scaled to 0..1. LeCun, Cortes, Burges."""

    title: ClassVar[str] = "MNIST (IDX files)"
    help: ClassVar[str] = "The classic handwritten digits, 28x28 pixels, from the four files in a folder."
    icon: ClassVar[str] = "mnist"
    kind: ClassVar[Literal["points", "table", "pictures"]] = "pictures"
    location: ClassVar[tuple[str, ...]] = ("folder", "part")
    download_size: ClassVar[str] = "11 MB"
    format: ClassVar[Format | None] = Format(
        "images in IDX files", ("-ubyte", "-ubyte.gz"), picks=("file", "folder"), example="train-images-idx3-ubyte.gz"
    )

    type: Literal["MNIST"] = "MNIST"
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
        title="Only digits",
        description="Digits to keep, such as 0, 1; empty for all ten.",
        min_length=2,
        json_schema_extra={"none": "all ten"},
    )
    per_class: int | None = Field(
        None,
        ge=1,
        le=10_000,
        title="Per class",
        description="At most this many samples of each class; empty for all.",
        json_schema_extra={"none": "all"},
    )

    def whole(self) -> Self:
        return self.with_changes(per_class=None)

    def downloaded(self) -> Self:
        return self.with_changes(folder="")

    def expected_signature(self) -> Signature:
        counts = [_COUNTS[self.part][digit] for digit in dict.fromkeys(self.classes or range(10))]
        samples = sum(min(count, self.per_class or count) for count in counts)
        return Signature((1, 28, 28), "classification", chosen_names(_NAMES, self.classes), 0, samples)

    @classmethod
    def opens(cls, path: Path, prefer: Part = "train") -> Self | None:
        for part in both_parts(prefer):
            images, labels = file_names(part, "images"), file_names(part, "labels")
            if path.is_dir():
                if any(os.path.isfile(path / name) for name in images):
                    return cls(folder=str(path), part=part)
            elif path.name in (*images, *labels):
                return cls(folder=str(path.parent), part=part)
        return None

    @classmethod
    def read_inputs(cls, path: str, known: Preparation) -> tuple[Array, tuple[str, ...]]:
        _, pictures = read_idx(user_path(path), 3)
        return pixels(pictures, known), ()

    def paths(self) -> tuple[Path, Path]:
        """Paths of the images' and the labels' file. Raises MissingDataError."""
        folder = user_path(self.folder) if self.folder else default_folder()
        found = []
        for kind in ("images", "labels"):
            names = file_names(self.part, kind)
            paths = [folder / name for name in names if os.path.isfile(folder / name)]
            if not paths:
                missing = (
                    f"{folder} has no {names[0]}" if self.folder else "The MNIST digits are not on this computer yet"
                )
                stand_in = self.stand_in()
                raise MissingDataError(
                    f"{missing}. Download the digits in the data panel, or choose the folder that has the four files.",
                    fix=None if stand_in is None else Fix("Use the bundled digits", dataset=stand_in),
                )
            found.append(paths[0])
        return found[0], found[1]

    def _labels(self) -> Array:
        _, labels_path = self.paths()
        _, labels = read_idx(labels_path, 1)
        if labels.size and labels.max() > 9:
            raise DataError(f"{labels_path.name} has a label {labels.max()}; digits run from 0 to 9")
        return labels

    def read_signature(self) -> Signature:
        pictures_path, _ = self.paths()
        (_, height, width), _ = read_idx(pictures_path, 3, header_only=True)
        indices, _ = select(self._labels(), self.classes, self.per_class)
        names = chosen_names(_NAMES, self.classes)
        return Signature((1, height, width), "classification", names, 0, len(indices))

    def read(self) -> Data:
        pictures_path, labels_path = self.paths()
        _, pictures = read_idx(pictures_path, 3)
        labels = self._labels()
        if len(pictures) != len(labels):
            raise DataError(
                f"{pictures_path.name} has {len(pictures)} images but {labels_path.name} {len(labels)} labels"
            )
        indices, chosen = select(labels, self.classes, self.per_class)
        x = pixels(pictures[indices])[:, None]
        names = chosen_names(_NAMES, self.classes)
        return Data(x, chosen, "classification", names)
