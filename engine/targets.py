"""Target types: declared by each loss and checked when targets come in.

They are never checked again while training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.types import Array

# What is learnt: one class of several for each sample, several answers of yes or no, or numbers.
Task = Literal["classification", "multi_label", "regression"]

# Targets may be off by so much through rounding. A sum of probabilities may be too, where each has two decimals.
_ROUNDING, _SUM_ROUNDING = 1e-6, 0.02
# So many different whole numbers without a gap look like the labels of classes.
_FEWEST_CLASSES, _MOST_CLASSES = 3, 100


@dataclass(frozen=True)
class Flaw:
    """Reason why targets are invalid.

    Attributes:
        found: the values that do not belong there, as the end of a sentence: "-1 and 1".
        fix: how to turn these values into valid targets, as the beginning of a sentence.
    """

    found: str
    fix: str


class Targets:
    """Base of target types: any finite numbers.

    Attributes:
        expected: the accepted values, as the object of a sentence.
    """

    expected = "targets that are numbers"

    def flaw(self, rows: Array) -> Flaw | None:
        """Reason why finite numbers, (N, *output_shape), are invalid; None if valid."""
        return None

    def settled(self, rows: Array) -> Array:
        """Valid targets, with rounding errors beyond a bound removed."""
        return rows


class Probabilities(Targets):
    """Targets from 0 to 1, each on its own."""

    expected = "targets from 0 (no) to 1 (yes)"

    def flaw(self, rows: Array) -> Flaw | None:
        slack = _slack(rows)
        if not rows.size or (rows.min() >= -slack and rows.max() <= 1 + slack):
            return None
        return Flaw(found_in(rows), _to_probabilities(rows))

    def settled(self, rows: Array) -> Array:
        return _within(rows)


class Sides(Targets):
    """Binary targets: 1 and 0, or 1 and -1, one coding throughout."""

    expected = "targets that are 0 and 1, or -1 and 1"

    def flaw(self, rows: Array) -> Flaw | None:
        if not rows.size:
            return None
        slack = _slack(rows)
        no = 0 if rows.min() >= -slack else -1
        yes, right = np.abs(rows - 1.0) <= slack, np.abs(rows - float(no)) <= slack
        if (yes | right).all():
            return None
        return Flaw(found_in(rows), _known_cure(rows) or "Make each a yes or a no with a comparison such as y > 0")

    def settled(self, rows: Array) -> Array:
        return np.rint(rows) if rows.dtype.kind == "f" else rows


class Distributions(Targets):
    """Class probabilities along the first axis, summing to 1, per sample (and position)."""

    expected = "class labels, or a row of probabilities per sample with a sum of 1 (one-hot, for example)"

    def flaw(self, rows: Array) -> Flaw | None:
        if not rows.size:
            return None
        if rows.shape[1] == 1 and (rows != 1).any():
            fix = "Give the network one output per class"
            return Flaw(f"{found_in(rows)} for a network with a single output", fix)
        if rows.min() < -_slack(rows):
            return Flaw(found_in(rows), _to_probabilities(rows))
        sums = rows.sum(axis=1, dtype=np.float64)
        wrong = np.abs(sums - 1) > _SUM_ROUNDING
        if not wrong.any():
            return None
        sample, *place = np.argwhere(wrong)[0].tolist()
        row, total = np.moveaxis(rows, 1, -1)[(sample, *place)], float(sums[(sample, *place)])
        found = f"{_listed(row)} in row {sample}, with a sum of {total:.6g}"
        return Flaw(found, "Give every sample a class" if total == 0 else "Divide each row by its sum")

    def settled(self, rows: Array) -> Array:
        return _within(rows)


def found_in(values: Array) -> str:
    """Values of an array in words: "1 and 2", "256 different values from 0 to 255"."""
    distinct = np.unique(values)
    if len(distinct) > 4:
        return f"{len(distinct)} different values from {distinct[0]:.6g} to {distinct[-1]:.6g}"
    *others, last = map(_exact, distinct)
    return f"{', '.join(others)} and {last}" if others else last


def to_labels(labels: Array, classes: int) -> str:
    """Advice on labels outside 0 to `classes` - 1, as the beginning of a sentence."""
    distinct = np.unique(labels).astype(int).tolist()
    if distinct[0] == 1 and distinct[-1] == classes:
        return "Let them start from 0 with y - 1"
    number = "Number the classes from 0 on with numpy.unique(y, return_inverse=True)[1]"
    if len(distinct) <= classes:
        return number
    if distinct == list(range(len(distinct))):
        return f"Give the network {len(distinct)} outputs"
    return f"{number}, and give the network {len(distinct)} outputs"


def _to_probabilities(rows: Array) -> str:
    """Advice on scaling numbers to 0 to 1, as the beginning of a sentence."""
    by = f" with y / {_exact(rows.max())}" if rows.min() >= 0 else ""
    return _known_cure(rows) or f"Scale them to 0 to 1{by}, or use mse for numbers"


def _known_cure(rows: Array) -> str:
    """Advice on numbers that look binary, or like class labels; else ""."""
    distinct = np.unique(rows)
    count, lowest, highest = len(distinct), distinct[0], distinct[-1]
    if count == 2:
        return f"Map {_exact(lowest)} and {_exact(highest)} to 0 and 1 with y == {_exact(highest)}"
    labels = lowest in (0, 1) and (np.diff(distinct) == 1).all()
    if rows[0].size == 1 and labels and _FEWEST_CLASSES <= count <= _MOST_CLASSES:
        numbered = ", number them from 0 with y - 1" if lowest else ""
        return f"For {count} classes, give the network {count} outputs{numbered} and use categorical_cross_entropy"
    return ""


def _slack(rows: Array) -> float:
    """By how much targets may be off through rounding: numbers of half precision by more than others."""
    return max(_ROUNDING, 2 * float(np.finfo(rows.dtype).eps)) if rows.dtype.kind == "f" else 0.0


def _within(rows: Array) -> Array:
    return rows.clip(0, 1) if rows.size and (rows.min() < 0 or rows.max() > 1) else rows


def _exact(value: np.generic) -> str:
    """A number with all digits that tell it from others of its type: "-1", "0.1"."""
    return str(value).removesuffix(".0")


def _listed(row: Array) -> str:
    """A row as an error shows it: not all of a long one."""
    numbers = [f"{value:.6g}" for value in row[:6].astype(float)]
    return f"[{', '.join(numbers)}{', ...' if len(row) > len(numbers) else ''}]"
