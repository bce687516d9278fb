"""Filling of gaps in samples, with numbers measured on the training part.

As SimpleImputer of scikit-learn does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.types import Array


def fit_fill(x: Array, rules: Sequence[str]) -> tuple[float, ...]:
    """Number that fills the gaps of each input of (N, inputs), measured where there are none.

    Rules are "mean", "median", "most_frequent" (the smallest of several), "" for inputs without gaps, and "level ..."
    for the columns of one category: they get those of its most frequent level. An input of gaps alone gets 0.
    """
    found = np.zeros(len(rules))
    groups: dict[str, list[int]] = {}
    for place, rule in enumerate(rules):
        if rule.startswith("level "):
            groups.setdefault(rule, []).append(place)
        elif rule:
            values = x[:, place]
            values = values[~np.isnan(values)]
            if len(values):
                found[place] = _measured(values, rule)
    for places in groups.values():
        rows = x[:, places]
        rows = rows[~np.isnan(rows).any(axis=1)]
        if len(rows):
            levels, counts = np.unique(rows, axis=0, return_counts=True)
            found[places] = levels[counts.argmax()]
    return tuple(found.tolist())


def _measured(values: Array, rule: str) -> float:
    match rule:
        case "mean":
            return float(values.mean(dtype=np.float64))
        case "median":
            return float(np.median(values))
        case "most_frequent":
            different, counts = np.unique(values, return_counts=True)
            return float(different[counts.argmax()])
    raise ValueError(f"{rule!r} is no rule that fills gaps")


def filled(x: Array, fill: Sequence[float]) -> Array:
    """Samples (N, *shape) with their gaps, which are NaN, filled; the same array where there are none."""
    if not len(fill):
        return x
    gaps = np.isnan(x)
    return np.where(gaps, np.reshape(np.array(fill, x.dtype), x.shape[1:]), x) if gaps.any() else x
