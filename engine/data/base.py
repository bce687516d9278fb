"""Base classes of data sets: declared settings that yield samples and targets."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from engine.data.preparation import Preparation
from engine.data.samples import Data, Signature
from engine.declared import Declared
from engine.errors import DataError

Stamp = tuple[str, int, int]  # path, time of the last change (ns), size in bytes

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

    @classmethod
    def standing_in(cls, larger: Dataset) -> Self | None:
        """Data of this class that stand in for `larger` until its files are there; None if none of them do."""
        return None

    def stand_in(self) -> Dataset | None:
        """Data that are there and can stand in for these; None if there are none."""
        made = (kind.standing_in(self) for kind in DATASETS.values())
        return next((dataset for dataset in made if dataset is not None), None)

    def likeness(self, other: Dataset) -> Dataset | None:
        """These data, or the same in large, from where `other` has its files; None if `other` is of neither kind."""
        for known in (self, self.larger()):
            if type(known) is type(other):
                return known.with_changes(**{name: getattr(other, name) for name in other.location})
        return None

    def continues(self, other: Dataset) -> bool:
        """True if these data are `other` in large, wherever their files are: what was learnt there counts here."""
        return type(self) is not type(other) and other.likeness(self) == self
