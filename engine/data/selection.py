"""Select some classes of a labelled data set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.data.samples import Array
from engine.errors import DataError


def chosen_names(names: Sequence[str], classes: Sequence[int] | None) -> tuple[str, ...]:
    """Names of the chosen classes, in their order; all if None."""
    return tuple(names) if classes is None else tuple(names[number] for number in dict.fromkeys(classes))


def select(y: Array, classes: Sequence[int] | None, per_class: int | None) -> tuple[Array, Array]:
    """Indices of the samples of chosen classes, at most `per_class` of each, in order.

    Also returns their labels, (n,) int64, counted from 0 in the order of `classes`. Raises DataError if none is left.
    """
    wanted = list(dict.fromkeys(classes)) if classes is not None else sorted(int(label) for label in np.unique(y))
    if not np.isin(y, wanted).any():
        raise DataError("there are no samples" + (" of the chosen classes" if y.size else ""))
    parts = [np.flatnonzero(y == label)[:per_class] for label in wanted]
    indices = np.sort(np.concatenate(parts))
    renumbered = np.zeros(max(wanted) + 1, np.int64)
    renumbered[wanted] = np.arange(len(wanted))
    # Without a choice of classes, labels keep their numbers even if one does not occur.
    labels = renumbered[y[indices]] if classes is not None else y[indices].astype(np.int64)
    return indices, labels
