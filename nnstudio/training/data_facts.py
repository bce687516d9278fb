"""Facts of a split's data, measured once in whatever thread asks first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar, get_args
from weakref import WeakKeyDictionary

import numpy as np

from engine.data import Data
from engine.data.correlation import Correlations, correlations
from engine.data.describe import DataSummary, describe_data
from engine.data.duplicates import Duplicates, find_duplicates
from engine.data.stored_samples import StoredSamples, ends_of
from nnstudio.document.probe import Part
from nnstudio.training.evenly_spaced import evenly_spaced
from nnstudio.training.split import Split

Fact = TypeVar("Fact")

# Numbers of samples on disk that statistics are made of.
_MOST_NUMBERS = 20_000_000

_lock = threading.Lock()
# By split and measure: a lock held while it is measured, and what was found. They go with the split.
_known: WeakKeyDictionary[Split, dict[Callable[[Split], Any], _Entry]] = WeakKeyDictionary()


class _Entry:
    """A fact, once it is measured."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.done = False
        self.value: Any = None


def fact_of(split: Split, measure: Callable[[Split], Fact]) -> Fact:
    """A fact of a split, measured now if it was not before. It takes long for large data: not for the GUI thread."""
    with _lock:
        entry = _known.setdefault(split, {}).setdefault(measure, _Entry())
    with entry.lock:
        if not entry.done:
            entry.value, entry.done = measure(split), True
    value: Fact = entry.value
    return value


def parts_of(split: Split) -> list[tuple[Part, Data]]:
    """Parts of a split that have samples, the training part first."""
    found = ((part, split.part(part)) for part in get_args(Part))
    return [(part, data) for part, data in found if data is not None and len(data)]


def summary(split: Split) -> DataSummary:
    """Column statistics of all parts together."""
    return describe_data(*_measured(split))


def column_correlations(split: Split) -> Correlations:
    """Correlations of all parts together."""
    return correlations(*_measured(split))


def _measured(split: Split) -> list[Data]:
    """Parts to measure; of samples that stay on disk, some of each, evenly spread, since all would take minutes."""
    parts = [data for _, data in parts_of(split)]
    share = min(_MOST_NUMBERS / max(sum(data.shown.size for data in parts), 1), 1.0)
    return [
        data.take(evenly_spaced(len(data), max(round(share * len(data)), 1)))
        if isinstance(data.shown, StoredSamples) and share < 1
        else data
        for data in parts
    ]


def duplicates(split: Split) -> dict[Part, Duplicates]:
    """Samples of each held-out part that are also among the training samples.

    Of many samples on disk, only equal ones are looked for: to find nearly equal ones would take minutes, and memory.
    """
    nearly = not (isinstance(split.train.x, StoredSamples) and split.train.x.size > _MOST_NUMBERS)
    return {
        part: find_duplicates(split.train, data, nearly=nearly) for part, data in parts_of(split) if part != "train"
    }


def value_range(split: Split) -> tuple[float, float]:
    """Least and largest input of all parts, in the units of the source."""
    ends = [ends_of(data.shown) for _, data in parts_of(split)]
    return min(low for low, _ in ends), max(high for _, high in ends)


def class_counts(split: Split) -> dict[Part, list[int]]:
    """Number of samples of each class, by part; empty lists for a regression."""
    return {
        part: np.bincount(data.y, minlength=len(data.classes)).tolist() if data.classes else []
        for part, data in parts_of(split)
    }
