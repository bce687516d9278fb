"""Base classes of data sets: declared settings that yield samples and targets."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from engine.data.preparation import Preparation
from engine.data.samples import Data, Signature
from engine.declared import Declared
from engine.errors import DataError

Stamp = tuple[str, int, int]  # path, time of the last change, size

DATASETS: dict[str, type[Dataset]] = {}

# What the field `standardize` of a data set says of itself.
STANDARDISE = "Scales every input to mean 0 and standard deviation 1, measured on the training samples."


class MissingDataError(DataError):
    """The files of a data set are not on this computer (yet)."""


class Dataset(Declared):
    """Base of all data sets: settings from which data follow, the same for the same settings.

    Class attributes:
        kind: how samples are best shown. icon: a file's stem in resources/icons.
        seeded: made at random, so that another seed gives other samples.
        external: read from files of the user, which may change or be gone; else all follows from the settings.
        location: the fields that say where the files are.
        download_size: how much would be fetched, such as "11 MB", where the files can be; else "".
    """

    kind: ClassVar[Literal["points", "table", "pictures"]] = "points"
    icon: ClassVar[str] = "data"
    seeded: ClassVar[bool] = False
    external: ClassVar[bool] = False
    location: ClassVar[tuple[str, ...]] = ()
    download_size: ClassVar[str] = ""

    type: str

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.model_fields["type"].default == cls.__name__:
            DATASETS[cls.__name__] = cls

    def signature(self) -> Signature:
        """Shape, task and classes; quick. Raises DataError."""
        return self.load().signature

    def stamps(self) -> tuple[Stamp, ...]:
        """Time stamps of the files, which change when the data change. Raises DataError."""
        return ()

    def load(self) -> Data:
        """The samples, in the units of their source (centimetres, ...). Raises DataError."""
        raise NotImplementedError(f"{type(self).__name__} declares no data")

    def load_like(self, known: Preparation) -> Data:
        """The samples as a network takes them that was trained on data like these.

        Nothing is guessed anew: task, classes, target and columns are those that are `known`, and inputs get the scale
        of the training samples. Raises DataError if they do not fit.
        """
        return known.apply(self.load())

    def whole(self) -> Self:
        """The same without a limit to the number of samples."""
        return self

    @property
    def standardised(self) -> bool:
        """True if inputs are to get mean 0 and spread 1 for training (see `Preparation.fit`)."""
        return False

    def scaled(self) -> Self:
        """The same with inputs of mean 0 and spread 1, where it can be."""
        return self

    def settled(self) -> Self:
        """The same with every setting named that is else guessed from the source. Raises DataError."""
        return self

    @property
    def opposed(self) -> bool:
        """True if opposite points belong to opposite classes, in a way that takes more than a straight line."""
        return False

    @property
    def complete(self) -> bool:
        """True if the samples are all there are and no two alike: what is held back of them cannot be learnt."""
        return False

    def downloaded(self) -> Self:
        """The same, read from where a download puts the files."""
        return self

    def located(self, path: str) -> Self:
        """The same, read from this file or folder."""
        return self

    def expected_signature(self) -> Signature | None:
        """Signature expected of files that are missing; None if only they can tell."""
        return None

    def larger(self) -> Dataset | None:
        """The same in large, for which these data stand in until it is there: more, or larger, samples."""
        return None

    def likeness(self, other: Dataset) -> Dataset | None:
        """These data, or the same in large, from where `other` has its files; None if `other` is of neither kind."""
        for known in (self, self.larger()):
            if type(known) is type(other):
                return known.with_changes(**{name: getattr(other, name) for name in other.location})
        return None

    def continues(self, other: Dataset) -> bool:
        """True if these data are `other` in large, wherever their files are: what was learnt there counts here."""
        return type(self) is not type(other) and other.likeness(self) == self


def user_path(text: str | Path) -> Path:
    """A path as people write it: ~ is the home folder; ~name of somebody unknown stays as it is."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def existing(path: str, what: str) -> Path:
    """The file of that path, as people write it. Raises DataError, which asks for `what`, if it is not there."""
    if not path:
        raise DataError(f"no file is chosen yet; choose {what}")
    place = user_path(path)
    # Unlike Path.is_file, this takes a folder that may not be read, or a name that is too long, for a plain no.
    if not os.path.isfile(place):
        raise DataError(f"{path} does not exist; choose {what}")
    return place


class FileDataset(Dataset):
    """Base of data sets that are read from files of the user."""

    external: ClassVar[bool] = True
    location: ClassVar[tuple[str, ...]] = ("path",)

    def located(self, path: str) -> Self:
        return self.with_changes(**{self.location[0]: path})

    def paths(self) -> tuple[Path, ...]:
        """The files, all of them there. Raises DataError."""
        raise NotImplementedError(f"{type(self).__name__} declares no files")

    def stamps(self) -> tuple[Stamp, ...]:
        stamps = []
        for path in self.paths():
            try:
                status = path.stat()
            except OSError as error:
                raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
            stamps.append((str(path), status.st_mtime_ns, status.st_size))
        return tuple(stamps)

    def signature(self) -> Signature:
        return _signature(self, self.stamps())

    def read_signature(self) -> Signature:
        """The signature, from the files. Raises DataError."""
        return self.load().signature


@lru_cache(maxsize=8)
def _signature(dataset: FileDataset, stamps: tuple[Stamp, ...]) -> Signature:
    """Asked for after every edit of a network, so a file is not read again until it changes."""
    return dataset.read_signature()
