"""What targets a loss takes: each loss declares it, and it is checked where targets come in, never while training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.layers.base import Array

# Targets may be off by so much through rounding, and sums of probabilities by so much (three decimals, half precision).
_ROUNDING, _SUM_ROUNDING = 1e-6, 2e-3
# Whole numbers of at most so many different values look like classes.
_MOST_CLASSES = 100


@dataclass(frozen=True)
class Flaw:
    """What is wrong with targets.

    Attributes:
        found: the values that do not belong there, as the end of a sentence: "-1 and 1".
        cure: what makes targets of these values fitting ones, as the beginning of a sentence; "" if nothing is known.
    """

    found: str
    cure: str = ""


class Targets:
    """Any numbers.

    Attributes:
        expected: what is taken, as the object of a sentence.
    """

    expected = "targets that are numbers"

    def flaw(self, rows: Array) -> Flaw | None:
        """What keeps finite numbers, (N, *output_shape), from being such targets; None if they are."""
        return None

    def settled(self, rows: Array) -> Array:
        """Targets without flaw, free of what rounding left on the wrong side of a bound."""
        return rows


class Probabilities(Targets):
    """Numbers from 0 to 1, each on its own."""

    expected = "targets from 0 (no) to 1 (yes)"

    def flaw(self, rows: Array) -> Flaw | None:
        if not rows.size or (rows.min() >= -_ROUNDING and rows.max() <= 1 + _ROUNDING):
            return None
        return Flaw(found_in(rows), _to_probabilities(rows))

    def settled(self, rows: Array) -> Array:
        return _within(rows)


class Sides(Targets):
    """Yes or no, as 1 and 0 or as 1 and -1, one of both throughout."""

    expected = "targets that are 0 and 1, or -1 and 1"

    def flaw(self, rows: Array) -> Flaw | None:
        if not rows.size:
            return None
        no = 0 if rows.min() >= 0 else -1
        if ((rows == no) | (rows == 1)).all():
            return None
        lowest, highest = float(rows.min()), float(rows.max())
        cut = f", for example with y > {(lowest + highest) / 2:.6g}" if lowest < highest else ""
        return Flaw(found_in(rows), _known_cure(rows) or f"Make each a yes or a no{cut}")


class Distributions(Targets):
    """For each sample (and position) the probability of every class, on the first axis; their sum is 1."""

    expected = "class labels, or a row of probabilities per sample with a sum of 1 (one-hot, for example)"

    def flaw(self, rows: Array) -> Flaw | None:
        if not rows.size:
            return None
        if rows.shape[1] == 1 and (rows != 1).any():
            cure = "Give the network one output per class"
            return Flaw(f"{found_in(rows)} for a network with a single output", cure)
        if rows.min() < -_ROUNDING:
            return Flaw(found_in(rows), _to_probabilities(rows))
        sums = rows.sum(axis=1, dtype=np.float64)
        wrong = np.abs(sums - 1) > _SUM_ROUNDING
        if not wrong.any():
            return None
        sample, *place = (int(index) for index in np.argwhere(wrong)[0])
        row, total = np.moveaxis(rows, 1, -1)[(sample, *place)], float(sums[(sample, *place)])
        found = f"{_listed(row)} in row {sample}, with a sum of {total:.6g}"
        return Flaw(found, "Give every sample a class" if total == 0 else "Divide each row by its sum")

    def settled(self, rows: Array) -> Array:
        return _within(rows)


def found_in(values: Array) -> str:
    """The values of an array, or how many there are: "1 and 2", "256 different values from 0 to 255"."""
    distinct = np.unique(values)
    if len(distinct) > 4:
        return f"{len(distinct)} different values from {distinct[0]:.6g} to {distinct[-1]:.6g}"
    *others, last = (f"{value:.6g}" for value in distinct.astype(float))
    return f"{', '.join(others)} and {last}" if others else last


def to_labels(labels: Array, classes: int) -> str:
    """What makes labels beyond 0 to `classes` - 1 fitting ones, as the beginning of a sentence."""
    distinct = np.unique(labels).astype(int).tolist()
    if distinct == [-1, 1] and classes == 2:
        return "Map -1 and 1 to 0 and 1 with (y + 1) // 2"
    if distinct[0] == 1 and distinct[-1] == classes:
        return "Let them start from 0 with y - 1"
    number = "Number the classes from 0 on with numpy.unique(y, return_inverse=True)[1]"
    if len(distinct) <= classes:
        return number
    if distinct[0] >= 0 and distinct[-1] < 2 * len(distinct):
        return f"Give the network {distinct[-1] + 1} outputs"
    return f"{number}, and give the network {len(distinct)} outputs"


def _to_probabilities(rows: Array) -> str:
    """What brings numbers into 0 to 1, as the beginning of a sentence."""
    lowest, highest = float(rows.min()), float(rows.max())
    by = f" with y / {highest:.6g}" if 0 <= lowest < highest else ""
    return _known_cure(rows) or f"Scale them to 0 to 1{by}, or use mse for numbers"


def _known_cure(rows: Array) -> str:
    """What to do with numbers that look like two sides, or like the labels of several classes; else ""."""
    distinct = np.unique(rows).astype(float).tolist()
    lowest, highest = distinct[0], distinct[-1]
    if len(distinct) == 2:
        shift = f"y {'-' if lowest > 0 else '+'} {abs(lowest):.6g}" if lowest else "y"
        if highest - lowest != 1:
            shift = f"{f'({shift})' if lowest else shift} / {highest - lowest:.6g}"
        return f"Map {lowest:.6g} and {highest:.6g} to 0 and 1 with {shift}"
    single = rows[0].size == 1
    if single and distinct == list(range(len(distinct))) and 3 <= len(distinct) <= _MOST_CLASSES:
        return (
            f"For {len(distinct)} classes, give the network {len(distinct)} outputs and use categorical_cross_entropy"
        )
    return ""


def _within(rows: Array) -> Array:
    if not rows.size or (rows.min() >= 0 and rows.max() <= 1):
        return rows
    return rows.clip(0, 1)


def _listed(row: Array) -> str:
    """A row as an error shows it: not all of a long one."""
    numbers = [f"{value:.6g}" for value in row[:6].astype(float)]
    return f"[{', '.join(numbers)}{', ...' if len(row) > len(numbers) else ''}]"
