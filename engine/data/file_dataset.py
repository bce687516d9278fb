"""Base of data sets read from files, with their formats."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Final, Literal, NamedTuple, Self

from pydantic import Field

from engine.data.access import check_access
from engine.data.base import Dataset, MissingDataError, Stamp
from engine.data.card import OWN, Card
from engine.data.preparation import Preparation
from engine.data.samples import Array, Data, Signature
from engine.data.stored_samples import in_memory
from engine.errors import DataError

Part = Literal["train", "test"]
Pick = Literal["file", "folder"]

LARGEST: Final = 1 << 30  # bytes that are unpacked at most; no data set for a laptop is larger
_MOST_SIGNATURES = 16


@dataclass(frozen=True)
class Format:
    """Format of an importer's data on disk.

    Attributes:
        noun: its name in sentences: "a .csv table".
        suffixes: of its files' names, in lower case.
        picks: file or folder, whichever the user chooses to open it.
        bare: further suffixes, of files with samples but no targets, which can only be predicted.
        example: the name of a file, where suffixes alone do not say what is expected.
    """

    noun: str
    suffixes: tuple[str, ...]
    picks: tuple[Pick, ...] = ("file",)
    bare: tuple[str, ...] = ()
    example: str = ""

    @property
    def expected(self) -> str:
        """Noun with the example, for errors."""
        return f"{self.noun} such as {self.example}" if self.example else self.noun


class Inputs(NamedTuple):
    """Samples to predict, (N, ...) in the units of their source.

    `names` are theirs (of files, or of a table's rows), where they have any, and `title` says of what; `notes` are
    remarks on them. `without` are the places of those for which there is nothing to predict, with the reason:
    "'size' is empty".
    """

    x: Array
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    title: str = "name"
    without: Mapping[int, str] = MappingProxyType({})


class ShownColumn(NamedTuple):
    """Column of a table as it stands in its file.

    `words` are its cells; `keys` (N,) the numbers by which they are in order, NaN where there is none, or None if they
    are words.
    """

    name: str
    words: tuple[str, ...]
    keys: Array | None = None


class FileDataset(Dataset):
    """Base class of data sets read from files of the user.

    A new importer declares its `format` and implements `read`; command line and window then open such files.
    """

    external: ClassVar[bool] = True
    location: ClassVar[tuple[str, ...]] = ("path",)
    card: ClassVar[Card] = OWN
    group: ClassVar[str] = "own"
    format: ClassVar[Format | None] = None
    fixed: ClassVar[frozenset[str]] = frozenset({"type", "relative"})

    # The path seen from the project's folder, in its file alone; a project in memory has none.
    relative: str = Field("", max_length=4096)

    @classmethod
    def opens(cls, path: Path, prefer: Part = "train") -> FileDataset | None:
        """Data set of an existing file or folder, judged by names; None for other formats.

        Where there is a training and a test part, `prefer` chooses one.
        """
        fits = cls.format is not None and path.is_file() and path.name.lower().endswith(cls.format.suffixes)
        return cls().located(str(path)) if fits else None  # type: ignore[call-arg]

    @classmethod
    def read_inputs(cls, path: str, known: Preparation) -> tuple[Array, tuple[str, ...]]:
        """Read samples to predict, for a network that is `known`, with remarks.

        Returns (N, ...) in the units of the file and the order of the network's inputs. Raises DataError.
        """
        dataset = cls.opens(user_path(path))
        if dataset is None:
            raise DataError(f"{path} does not exist")
        x, notes = known.inputs(dataset.load())
        return in_memory(x), notes

    def read_named_inputs(self, path: str, known: Preparation) -> Inputs:
        """Read samples to predict, as `read_inputs` does, with the names they have. Raises DataError.

        They are read as this data set reads its own, where a path alone does not tell how.
        """
        return Inputs(*self.read_inputs(path, known))

    def first_rows(self, path: str, known: Preparation, count: int) -> tuple[ShownColumn, ...]:
        """The first samples to predict as they stand in their file, where it is a table; () where it is none.

        Raises DataError.
        """
        return ()

    def located(self, path: str) -> Self:
        return self.with_changes(**{self.location[0]: path})

    def places(self) -> tuple[str, ...]:
        """Paths of all files and folders that the settings name, as they are written; none is touched."""
        place = str(getattr(self, self.location[0]))
        return (place,) if place else ()

    def paths(self) -> tuple[Path, ...]:
        """Paths of the files, or of the folder with them, all existing. Raises DataError."""
        raise NotImplementedError(f"{type(self).__name__} declares no files")

    def read(self) -> Data:
        """Read the samples, in the units of their source. Raises DataError."""
        raise NotImplementedError(f"{type(self).__name__} reads no data")

    def stamps(self) -> tuple[Stamp, ...]:
        for place in self.places():
            check_access(place)
        return tuple(_stamp(path) for path in self.paths())

    def signature(self) -> Signature:
        """Shape, task and classes, cached until the files change. Raises DataError."""
        stamps = self.stamps()
        signature = _last.signature(self, stamps)
        if signature is None:
            signature = self.read_signature()
            _last.keep(self, stamps, signature)
        return signature

    def read_signature(self) -> Signature:
        """Read the signature from the files. Raises DataError."""
        stamps = self.stamps()
        data = self.read()
        _last.keep(self, stamps, data.signature, data)
        return data.signature

    def load(self) -> Data:
        data = _last.take(self, self.stamps())
        return self.read() if data is None else data

    def _settled(self, settled: Self, data: Data, stamps: tuple[Stamp, ...], notes: tuple[str, ...] = ()) -> Self:
        """Keep `data` for the settings that name what was guessed for them, with these notes."""
        # What was guessed is a setting from now on, and no longer worth a note.
        _last.keep(settled, stamps, data.signature, replace(data, notes=notes))
        return settled


class _Last:
    """Content of files as last read, by settings and stamps.

    A signature often takes reading all of the samples. They wait here for whoever loads them next, and then go.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._signatures: OrderedDict[tuple[FileDataset, tuple[Stamp, ...]], Signature] = OrderedDict()
        self._data: tuple[FileDataset, tuple[Stamp, ...], Data] | None = None

    def keep(
        self, dataset: FileDataset, stamps: tuple[Stamp, ...], signature: Signature, data: Data | None = None
    ) -> None:
        with self._lock:
            self._signatures[dataset, stamps] = signature
            while len(self._signatures) > _MOST_SIGNATURES:
                self._signatures.popitem(last=False)
            if data is not None:
                self._data = dataset, stamps, data

    def signature(self, dataset: FileDataset, stamps: tuple[Stamp, ...]) -> Signature | None:
        return self._signatures.get((dataset, stamps))

    def take(self, dataset: FileDataset, stamps: tuple[Stamp, ...]) -> Data | None:
        with self._lock:
            kept = self._data
            if kept is None or kept[:2] != (dataset, stamps):
                return None
            self._data = None
            return kept[2]


_last = _Last()


def _stamp(path: Path) -> Stamp:
    """One stamp for a file, or for all that is in a folder. Raises DataError."""
    try:
        status = path.stat()
        if not path.is_dir():
            return str(path), status.st_mtime_ns, status.st_size
        changed, size = status.st_mtime_ns, 0
        for entry in _entries(str(path)):
            status = entry.stat()
            # The sum tells that any of them has changed, to an older one too.
            changed += status.st_mtime_ns
            size += status.st_size
        return str(path), changed, size
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield entry
            if entry.is_dir():
                yield from _entries(entry.path)


def both_parts(first: Part) -> tuple[Part, Part]:
    """Training and test part, in the order of search."""
    return ("train", "test") if first == "train" else ("test", "train")


def user_path(text: str | Path) -> Path:
    """Path from user input: ~ is the home folder; ~name of an unknown user stays as it is."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def existing(path: str, what: str) -> Path:
    """Existing file at a path from user input.

    Raises DataError, which asks for `what`, if none is chosen, and MissingDataError if it does not exist.
    """
    if not path:
        raise DataError(f"no file is chosen yet; choose {what}")
    check_access(path)
    place = user_path(path)
    # Unlike Path.is_file, this takes a folder that may not be read, or a name that is too long, for a plain no.
    if not os.path.isfile(place):
        if os.path.exists(place):
            kind = "a folder" if os.path.isdir(place) else "a device, a pipe or a socket"
            raise DataError(f"{path} is {kind}; choose {what}")
        raise MissingDataError(f"{path} does not exist; choose {what}.")
    return place
