"""Train, validation and test split of samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import numpy as np

from engine.data.samples import Array, Data, deal, deal_by_lot
from engine.errors import DataError

SplitBy = Literal["stratified", "random", "column", "order"]
PartName = Literal["train", "validation", "test"]

# At least so much is left to train on.
_LEAST_TRAINED: Final = 0.05
# What a column may say of the part that a row belongs to.
_PART_WORDS: Final[Mapping[str, PartName]] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}


class SplitSettings(Protocol):
    """Settings of a split: fractions of the samples, the kind, the column, and a seed."""

    @property
    def validation(self) -> float: ...
    @property
    def test(self) -> float: ...
    @property
    def split_by(self) -> SplitBy: ...
    @property
    def split_column(self) -> str: ...
    @property
    def split_seed(self) -> int: ...


@dataclass(frozen=True, eq=False)
class Parts:
    """Indices of the samples of each part, (n,) each; None for a part that there is not."""

    train: Array
    validation: Array | None = None
    test: Array | None = None


def check_parts(validation: float, test: float) -> None:
    """Check that the fractions leave something to train on. Raises ValueError."""
    if validation + test > 1 - _LEAST_TRAINED + 1e-9:
        raise ValueError(
            f"validation and test split take {validation:.0%} and {test:.0%}, which leaves too little to train on; "
            f"together at most {1 - _LEAST_TRAINED:.0%}"
        )


def part_sizes(samples: int, validation: float, test: float) -> tuple[int, int, int]:
    """Number of samples for training, validation and test.

    A part that is wanted gets at least one sample, as long as one is left to train on.
    """
    sizes = []
    left = samples
    for share in (test, validation):
        size = min(max(round(samples * share), 1), max(left - 1, 0)) if share else 0
        sizes.append(size)
        left -= size
    return left, sizes[1], sizes[0]


def split_parts(data: Data, settings: SplitSettings) -> Parts:
    """Split samples as settings say; the same settings give the same parts.

    Stratified deals every class out in its share. A column keeps equal values together, or names the parts itself
    ("train", "validation", "test"; without validation, it gets its share of the training part). In order, the last
    samples are for the test, those before them for validation.
    At random, samples with keys stay in their part whatever others there are.
    Raises DataError if there is no such column.
    """
    check_parts(settings.validation, settings.test)
    match settings.split_by:
        case "column":
            return _by_column(data, settings)
        case "order":
            return _in_order(data, settings)
        case _ if data.keys is not None:
            train, held, tested = deal_by_lot(data.keys, settings.validation, settings.test, settings.split_seed)
            return Parts(train, held if len(held) else None, tested if len(tested) else None)
        case _:
            labels = data.y if settings.split_by == "stratified" and data.task == "classification" else None
            return _at_random(len(data), labels, settings)


def column(data: Data, name: str) -> Array:
    """Values of a column, (N,): one of the inputs, or one that was read beside them. Raises DataError."""
    if name in data.beside:
        return data.beside[name]
    features = data.shown_features
    if name in features:
        values: Array = data.shown.reshape(len(data), -1)[:, features.index(name)]
        return values
    known = [*data.beside, *features]
    if not known:
        raise DataError("the split goes by a column, but these data have no columns; split at random or in order")
    what = f"there is no column {name!r:.60}" if name else "no column is chosen for the split"
    shown = ", ".join(f"{each:.60}" for each in known[:6]) + (" and more" if len(known) > 6 else "")
    raise DataError(f"{what}; choose one of {shown}")


def _at_random(samples: int, labels: Array | None, settings: SplitSettings) -> Parts:
    _, held, tested = part_sizes(samples, settings.validation, settings.test)
    rest, test = np.arange(samples), None
    if tested:
        # Its own stream, so that samples for the test stay the same whatever the share for validation.
        rest, test = deal(samples, labels, tested, (settings.split_seed, 7, 1))
        rest.sort()
    if not held:
        return Parts(rest, None, test)
    train, validation = deal(len(rest), None if labels is None else labels[rest], held, (settings.split_seed, 7))
    return Parts(rest[train], rest[validation], test)


def _in_order(data: Data, settings: SplitSettings) -> Parts:
    trained, held, tested = part_sizes(len(data), settings.validation, settings.test)
    order = np.arange(len(data))
    if settings.split_column:
        order = np.argsort(column(data, settings.split_column), kind="stable")
    return Parts(
        order[:trained],
        order[trained : trained + held] if held else None,
        order[trained + held :] if tested else None,
    )


def _by_column(data: Data, settings: SplitSettings) -> Parts:
    values = column(data, settings.split_column)
    distinct, group = np.unique(values, return_inverse=True)
    named = [_PART_WORDS.get(str(value).strip().lower()) for value in distinct]
    if "train" in named and None not in named:
        of_group = np.array(named, dtype=object)
        if "validation" not in named and settings.validation:
            return _with_validation(data, of_group[group], settings)
    else:
        of_group = _deal_groups(np.bincount(group), settings)
    of_sample = of_group[group]
    found = {name: np.flatnonzero(of_sample == name) for name in ("train", "validation", "test")}
    return Parts(found["train"], *(found[name] if len(found[name]) else None for name in ("validation", "test")))


def _with_validation(data: Data, of_sample: Array, settings: SplitSettings) -> Parts:
    """Parts that a column names, but for validation, which gets its share of what is there to train on."""
    train, test = (np.flatnonzero(of_sample == name) for name in ("train", "test"))
    labels = data.y[train] if data.task == "classification" else None
    wanted = min(max(round(len(train) * settings.validation), 1), len(train) - 1)
    rest, held = deal(len(train), labels, wanted, (settings.split_seed, 7))
    return Parts(train[rest], train[held] if wanted else None, test if len(test) else None)


def _deal_groups(sizes: Array, settings: SplitSettings) -> Array:
    """Part of each group: groups in random order go to the test, to validation, and to training."""
    _, held, tested = part_sizes(int(sizes.sum()), settings.validation, settings.test)
    parts = np.full(len(sizes), "train", dtype=object)
    order = np.random.default_rng((settings.split_seed, 7, 2)).permutation(len(sizes))
    for name, wanted in (("test", tested), ("validation", held)):
        # One group at least stays to train on.
        while wanted > 0 and len(order) > 1:
            parts[order[0]], order, wanted = name, order[1:], wanted - int(sizes[order[0]])
    return parts
