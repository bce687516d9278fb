"""Base classes of data sets: declared settings that yield samples and targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from engine.data.card import COMPUTED, Card
from engine.data.preparation import Preparation
from engine.data.samples import Data, Signature
from engine.declared import Declared
from engine.errors import DataError

if TYPE_CHECKING:
    from engine.data.release import Release

Stamp = tuple[str, int, int]  # path, time of the last change (ns), size in bytes

DATASETS: dict[str, type[Dataset]] = {}

# What the field `standardize` of a data set says of itself.
STANDARDISE = "Scales every input to mean 0 and standard deviation 1, measured on the training samples."


class MissingDataError(DataError):
    """Error for a data set whose files are not on this computer (yet)."""


class NoSamplesError(DataError):
    """Error for a data set that holds no samples yet, since they are still to be made by hand."""


class Dataset(Declared):
    """Base of all data sets: settings that determine the data.

    Class attributes:
        kind: the best way to show samples. icon: a file's stem in resources/icons.
        seeded: made at random, so that another seed gives other samples.
        external: read from files of the user, which may change or be gone; else all follows from the settings.
        location: the fields that hold the path of the files.
        release: the files as their authors publish them, if they can be downloaded; else None.
        card: size, source and licence.
        group: the part of the gallery that shows it: a kind, or "own"; "" for that of its kind.
        caption: a shorter title, for where room is short; "" for the title itself.
        own: typed or painted by the user in the window; "" for all other data.
        offered: a person can choose it.
    """

    kind: ClassVar[Literal["points", "table", "pictures"]] = "points"
    icon: ClassVar[str] = "data"
    seeded: ClassVar[bool] = False
    external: ClassVar[bool] = False
    location: ClassVar[tuple[str, ...]] = ()
    release: ClassVar[Release | None] = None
    card: ClassVar[Card] = COMPUTED
    group: ClassVar[str] = ""
    caption: ClassVar[str] = ""
    own: ClassVar[Literal["", "typed", "painted"]] = ""
    offered: ClassVar[bool] = True

    type: str

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.model_fields["type"].default == cls.__name__ and cls.offered:
            DATASETS[cls.__name__] = cls

    @property
    def download_size(self) -> str:
        """Size of the download, such as "12 MB", if there is one; else ""."""
        return self.release.size_in_words if self.release is not None else ""

    def signature(self) -> Signature:
        """Shape, task and classes of the data, quickly. Raises DataError."""
        return self.load().signature

    def stamps(self) -> tuple[Stamp, ...]:
        """Time stamps of the files, which change when the data change. Raises DataError."""
        return ()

    def load(self) -> Data:
        """Load the samples, in the units of their source (centimetres, ...). Raises DataError."""
        raise NotImplementedError(f"{type(self).__name__} declares no data")

    def load_like(self, known: Preparation) -> Data:
        """Load the samples for a network trained on data like these.

        Nothing is guessed again: task, classes, target and columns are those that are `known`, and inputs get the scale
        of the training samples. Raises DataError if they do not fit.
        """
        return known.apply(self.load())

    def without_samples(self) -> Self:
        """Same data set without the samples that may change while training goes on.

        A run goes on with other samples as long as all that is left here stays the same.
        """
        return self

    def whole(self) -> Self:
        """Same data set without a limit to the number of samples."""
        return self

    def all_parts(self) -> Self:
        """Same data set with all parts of its files, where none is chosen."""
        return self

    @property
    def standardised(self) -> bool:
        """True if inputs are standardised for training (see `Preparation.fit`)."""
        return False

    def scaled(self) -> Self:
        """Same data set with standardised inputs, where that is possible."""
        return self

    def with_roles(self, targets: Sequence[str] = (), ignored: Sequence[str] = ()) -> Self:
        """Same table with these columns as targets, and without the ignored ones; without targets, they are guessed.

        A word is the name of a column, or several divided by commas. Raises DataError where there are no such columns.
        """
        raise DataError(f"{self.title} has no columns to choose; only a table has")

    def forgiving(self) -> Self:
        """Same data set without the files in it that cannot be read; `Data.skipped` names them."""
        return self

    def remarks(self) -> tuple[str, ...]:
        """Sentences on what is unusual in these data, each with a cure. Raises DataError."""
        return ()

    def reading(self) -> tuple[str, ...]:
        """Phrases on how files are read and what becomes of their columns. Raises DataError."""
        return ()

    @property
    def split_column(self) -> str:
        """Column that tells the part each sample belongs to, where the source has its own parts; else ""."""
        return ""

    def settled(self) -> Self:
        """Same data set with every guessed setting made explicit. Raises DataError."""
        return self

    @property
    def opposed(self) -> bool:
        """True if opposite points have opposite classes, not linearly separable."""
        return False

    @property
    def complete(self) -> bool:
        """True if these are all possible samples, without repetition.

        Samples held out of them could not be learnt from the others.
        """
        return False

    def downloaded(self) -> Self:
        """Same data set, read from the download folder."""
        return self

    def located(self, path: str) -> Self:
        """Same data set, read from this file or folder."""
        return self

    def expected_signature(self) -> Signature | None:
        """Signature expected of files that are missing; None if only they can tell."""
        return None

    def larger(self) -> Dataset | None:
        """Larger version of these data, which stand in for it until it is downloaded.

        It has more, or larger, samples.
        """
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
        """These data, or their larger version, read from the files of `other`.

        None if `other` is neither of the two.
        """
        for known in (self, self.larger()):
            if type(known) is type(other):
                return known.with_changes(**{name: getattr(other, name) for name in other.location})
        return None

    def continues(self, other: Dataset) -> bool:
        """True if these data are the larger version of `other`, wherever their files are, or a copy of it.

        Weights trained on `other` can then be kept.
        """
        return type(self) is not type(other) and other.likeness(self) == self
