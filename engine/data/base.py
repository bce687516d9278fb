"""What data are: samples and targets in memory, and the declared settings from which they come."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from engine.declared import Declared
from engine.errors import DataError

Task = Literal["classification", "regression"]
Array = NDArray[Any]
Stamp = tuple[str, int, int]  # path, time of the last change, size

DATASETS: dict[str, type[Dataset]] = {}

LARGEST_NUMBER = float(np.finfo(np.float32).max)


class MissingDataError(DataError):
    """The files of a data set are not on this computer (yet)."""


@dataclass(frozen=True)
class Signature:
    """What is known of data without loading them: `targets` counts the numbers to predict (0 for classes).

    `largest` is the size of the largest input, and the targets of a regression lie in `target_range`; None where that
    is not known.
    """

    input_shape: tuple[int, ...]
    task: Task
    classes: tuple[str, ...]
    targets: int
    samples: int
    largest: float | None = field(default=None, compare=False)
    target_range: tuple[float, float] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Data:
    """Samples and targets.

    Attributes:
        x: (N, *input_shape), float32.
        y: class labels (N,), int64, for classification; (N, targets), float32, for regression.
        classes: names of the classes; empty for regression.
        features: names of the inputs, where they have any.

    Raises DataError if they do not fit together or are not finite.
    """

    x: Array
    y: Array
    task: Task
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.x.ndim < 2:
            raise DataError(f"samples need at least two axes (samples, numbers), found shape {self.x.shape}")
        if len(self.x) != len(self.y):
            raise DataError(f"found {len(self.x)} samples but {len(self.y)} targets; there must be one for each")
        for name, array in (("samples", self.x), ("targets", self.y)):
            if not np.isfinite(array).all():
                row = int(np.argwhere(~np.isfinite(array))[0][0])
                raise DataError(
                    f"the {name} hold NaN or infinity (or numbers above {LARGEST_NUMBER:.1g}), first in number {row}; "
                    "remove or replace them"
                )

    def __len__(self) -> int:
        return len(self.x)

    @property
    def signature(self) -> Signature:
        largest = max(float(self.x.max()), -float(self.x.min())) if self.x.size else None
        if self.task == "classification":
            return Signature(self.x.shape[1:], self.task, self.classes, 0, len(self), largest)
        span = (float(self.y.min()), float(self.y.max())) if self.y.size else None
        return Signature(self.x.shape[1:], self.task, self.classes, int(self.y.shape[1]), len(self), largest, span)

    def take(self, indices: Array) -> Self:
        """The samples of these numbers, in this order."""
        return type(self)(self.x[indices], self.y[indices], self.task, self.classes, self.features)


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
        """What changes where the data change, though the settings do not: of each file. Raises DataError."""
        return ()

    def load(self) -> Data:
        """The data themselves. Raises DataError."""
        raise NotImplementedError(f"{type(self).__name__} declares no data")

    def whole(self) -> Self:
        """The same without a limit to the number of samples."""
        return self

    def unscaled(self) -> Self:
        """The same in the units of the source, for `prepare` of other data."""
        return self

    def scaled(self) -> Self:
        """The same with inputs of mean 0 and spread 1, where it can be."""
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
        """What the signature will be once the files are there; None if only the files can tell."""
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

    def feature_names(self) -> tuple[str, ...]:
        """Names of the inputs, where they have any. Raises DataError."""
        return ()

    def prepare(self, x: Array) -> Array:
        """Other samples, in the units of the source (centimetres, ...), scaled as `load` scales its own.

        (N, *input_shape) -> (N, *input_shape). Raises DataError.
        """
        return x


def user_path(text: str | Path) -> Path:
    """A path as people write it: ~ is the home folder; ~name of somebody unknown stays as it is."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


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


def standardised(x: Array, like: Array) -> Array:
    """Columns shifted and scaled so that those of `like` get mean 0 and spread 1; constant ones are only shifted."""
    # In 64 bits: the square of a large number has no place in 32.
    like = like.astype(np.float64)
    spread = like.std(axis=0)
    return single((x - like.mean(axis=0)) / np.where(spread > 0, spread, 1))


def single(numbers: Array) -> Array:
    """The same in 32 bits, contiguous; what is too large becomes infinite, which `Data` refuses."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(numbers, np.float32)


def split(data: Data, validation: float, seed: int) -> tuple[Data, Data | None]:
    """Training and validation part, shuffled; classes keep their shares. With a share of 0, all is for training.

    `validation` is the share kept for validation, from 0 to 0.9. At least one sample stays on each side.
    """
    if not 0 <= validation <= 0.9:
        raise DataError(f"the validation share must lie between 0 and 0.9, found {validation}")
    wanted = round(len(data) * validation)
    if validation == 0 or len(data) < 2:
        return data, None
    wanted = min(max(wanted, 1), len(data) - 1)
    rng = np.random.default_rng([seed, 7])
    order = rng.permutation(len(data))
    if data.task == "classification":
        # Dealing the classes out in turn makes every stretch of the order hold all of them in their shares.
        labels = data.y[order]
        place = np.empty(len(order))
        for label in np.unique(labels):
            members = np.flatnonzero(labels == label)
            place[members] = (np.arange(len(members)) + rng.random()) / len(members)
        order = order[np.argsort(place, kind="stable")]
    kept = order[:wanted]
    rest = np.setdiff1d(np.arange(len(data)), kept)
    return data.take(rng.permutation(rest)), data.take(kept)
