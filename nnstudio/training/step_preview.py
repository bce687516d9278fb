"""Preview of one preparation step: the samples before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.data import Data, Preparation
from engine.data.describe import input_names
from engine.data.steps import Resampling, Step, Transform
from engine.data.stored_samples import in_memory
from nnstudio.training.resampled import Resampled
from nnstudio.training.split import Split

Array = NDArray[Any]

# Samples and numbers that a preview looks at: a moment's work, whatever the data are.
MOST_SAMPLES: Final = 500
_MOST_NUMBERS: Final = 60_000
# Columns that are shown, pictures, and bars of a histogram.
MOST_COLUMNS: Final = 8
MOST_PICTURES: Final = 4
_BARS: Final = 16


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts of a column's values, between the smallest and the largest of them."""

    low: float
    high: float
    counts: tuple[int, ...]

    @classmethod
    def of(cls, values: Array) -> Histogram | None:
        """Histogram of values (N,); None if there are none that are finite."""
        finite = values[np.isfinite(values)].astype(np.float64)
        if not len(finite):
            return None
        low, high = float(finite.min()), float(finite.max())
        # Between equal ends NumPy would make room on both sides.
        places = np.zeros(len(finite)) if high == low else (finite - low) / (high - low) * _BARS
        counts = np.bincount(np.minimum(places.astype(np.intp), _BARS - 1), minlength=_BARS)
        return cls(low, high, tuple(counts.tolist()))


@dataclass(frozen=True, eq=False)
class ColumnChange:
    """One column before and after a step; None on the side where it is not."""

    name: str
    before: Histogram | None
    after: Histogram | None


@dataclass(frozen=True)
class CountChange:
    """Number of training samples before and after a step: of one class, or of all."""

    name: str
    before: int
    after: int


@dataclass(frozen=True, eq=False)
class StepPreview:
    """Preview of a step; what does not apply is empty.

    Attributes:
        columns: the first few columns; more: how many are left out.
        pictures: a few samples before and after, (n, *shape) each.
        counts: of the training samples by class, the last one of all.
        sentence: what else there is to tell.
    """

    columns: tuple[ColumnChange, ...] = ()
    more: int = 0
    pictures: tuple[Array, Array] | None = None
    counts: tuple[CountChange, ...] = ()
    sentence: str = ""


def preview_of(split: Split, steps: Sequence[Step], index: int) -> StepPreview | None:
    """Preview of the step at `index` among those of a document; of index -1, of the scale that comes before them all.

    None where the data were prepared by other steps, or the step is switched off. It takes a few milliseconds at most.
    """
    known = split.preparation
    used = [each for each in steps if each.enabled]
    if known is None or not known.follows(used):
        return None
    if index < 0:
        if known.standardisation is None:
            return None
        after = _until(known, 0)
        before = Preparation(**{**dict(after), "standardisation": None})
        some = split.train.take(_chosen(split.train, max(known.input_shape[-1], 1)))
        old, new = (each.exact(in_memory(some.shown)) for each in (before, after))
        names = _names((), old.shape[1], input_names(some))
        return _of_columns(old, new, names, names)
    step = steps[index]
    if not step.enabled:
        return None
    place = sum(each.enabled for each in steps[:index])
    if isinstance(step, Resampling):
        done = sum(isinstance(each, Resampling) for each in used[:place])
        return _of_samples(split.train, split.resampled[done]) if done < len(split.resampled) else None
    if not isinstance(step, Transform):
        return None
    done = sum(isinstance(each, Transform) for each in used[:place])
    before, after = (_until(known, count) for count in (done, done + 1))
    chosen = _chosen(split.train, max(known.network_shape[-1], 1))
    return _of_transform(split.train.take(chosen), before, after)


def _until(known: Preparation, count: int) -> Preparation:
    """Preparation with the first few of its steps."""
    return Preparation(**{**dict(known), "steps": known.steps[:count]})


def _chosen(data: Data, columns: int) -> Array:
    """Indices of a few samples, evenly spread."""
    most = min(MOST_SAMPLES, max(_MOST_NUMBERS // max(data.shown[0].size, columns), MOST_PICTURES))
    return np.unique(np.linspace(0, len(data) - 1, min(most, len(data))).round().astype(np.intp))


def _of_samples(train: Data, done: Resampled) -> StepPreview:
    names = train.classes or ("Samples",)
    counts = [CountChange(name, *pair) for name, *pair in zip(names, done.before, done.after, strict=True)]
    if train.classes:
        counts.append(CountChange("All", sum(done.before), sum(done.after)))
    told = f"{done.changed:,} of {sum(done.after):,} targets are changed." if done.changed else ""
    return StepPreview(counts=tuple(counts), sentence=told)


def _of_transform(some: Data, before: Preparation, after: Preparation) -> StepPreview:
    last = after.steps[-1].transform
    if type(last).targets is not Transform.targets:
        old, new = (known.exact_targets(some.shown_y) for known in (before, after))
        count = old.shape[1]
        named = "" if some.columns is None else some.columns.target_name
        titles = (named or "target",) if count == 1 else tuple(f"target {number + 1}" for number in range(count))
        return _of_columns(old, new, titles, titles)
    old, new = (known.exact(in_memory(some.shown)) for known in (before, after))
    if old.ndim in (3, 4) and old.shape == new.shape:
        whole = _of_columns(old.reshape(-1, 1), new.reshape(-1, 1), ("all pixels",), ("all pixels",))
        return StepPreview(whole.columns, pictures=(old[:MOST_PICTURES], new[:MOST_PICTURES]))
    old, new = old.reshape(len(old), -1), new.reshape(len(new), -1)
    source = input_names(some)
    names = [
        _names(known.network_features, count, source)
        for known, count in ((before, old.shape[1]), (after, new.shape[1]))
    ]
    return _of_columns(old, new, names[0], names[1])


def _names(known: tuple[str, ...], count: int, source: tuple[str, ...]) -> tuple[str, ...]:
    """Names of so many columns, numbered where they have none."""
    for names in (known, source):
        if len(names) == count:
            return names
    return tuple(f"input {number + 1}" for number in range(count))


def _of_columns(before: Array, after: Array, names: Sequence[str], new: Sequence[str]) -> StepPreview:
    """Columns by name: those that stay, and then those that are new."""
    old = {name: before[:, place] for place, name in enumerate(names)}
    changes = [
        ColumnChange(name, Histogram.of(old[name]) if name in old else None, Histogram.of(after[:, place]))
        for place, name in enumerate(new[:MOST_COLUMNS])
    ]
    return StepPreview(tuple(changes), len(new) - len(changes))
