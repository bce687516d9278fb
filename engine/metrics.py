"""Metrics: measures for people to read beside the loss.

Each is measured batch by batch as numbers that add up over samples, from which its value follows at the end: so all are
those of the whole data, whatever the batches were.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.checks import expect_kind, shown
from engine.errors import DataError, SpecError
from engine.targets import Probabilities, Sides, Task, found_in
from engine.types import Array

# (output, target, threshold) -> what adds up, a number or an array of float64. Output and target are
# (*output shape, N), threshold is a scalar array: a single output above it says yes.
Measure = Callable[[Array, Array, Array], Any]


def _mean(total: Any, samples: int) -> float:
    return float(total) / max(samples, 1)


@dataclass(frozen=True)
class Metric:
    """Metric: a measure that adds up over batches.

    Attributes:
        title: its display name.
        measure: see Measure.
        finish: computes the value from the sums over all samples and their number.
        rising: larger is better.
        task: what it judges: the predicted class, several answers of yes or no, or numbers.
        help: its meaning, in a sentence.
    """

    title: str
    measure: Measure
    finish: Callable[[Any, int], float] = _mean
    rising: bool = True
    task: Task = "classification"
    help: str = ""

    @property
    def of_classes(self) -> bool:
        """True for a fraction of right answers, from 0 to 1; else it measures numbers."""
        return self.task != "regression"


def _classes(values: Array, threshold: Array) -> Array:
    """The class of each sample (and position): the largest of several outputs, or 1 for one above the threshold."""
    classes: Array = (values[0] > threshold).astype(np.intp) if values.shape[0] == 1 else values.argmax(axis=0)
    return classes


def accuracy(output: Array, target: Array, threshold: Array) -> float:
    """Number of correctly classified samples.

    The class is the largest output or, of a single output, whether it exceeds the threshold.
    """
    if output.shape[0] == 1:
        right = (output > threshold) == (target > threshold)
    else:
        right = output.argmax(axis=0) == target.argmax(axis=0)
    count: float = np.count_nonzero(right) * output.shape[-1] / max(right.size, 1)
    return count


def binary_accuracy(output: Array, target: Array, threshold: Array) -> float:
    """Share of right answers of each sample, summed over samples, where each output is a yes or a no of its own."""
    right = (output > threshold) == (target > threshold)
    count: float = np.count_nonzero(right) * output.shape[-1] / max(right.size, 1)
    return count


def exact_match(output: Array, target: Array, threshold: Array) -> float:
    """Number of samples of which all answers are right."""
    right = (output > threshold) == (target > threshold)
    return float(np.count_nonzero(right.reshape(-1, right.shape[-1]).all(axis=0)))


def mae(output: Array, target: Array, threshold: Array) -> float:
    """Mean absolute error of each sample's outputs, summed over samples."""
    if output.size == 1:
        return float(abs(output.item() - target.item()))
    distance = np.absolute(output - target).reshape(-1)
    # A product with ones is the quickest sum of a few numbers.
    total: float = float(distance.dot(_ones(distance.size, distance.dtype))) * output.shape[-1] / max(output.size, 1)
    return total


@lru_cache(maxsize=4)
def _ones(size: int, dtype: np.dtype) -> Array:
    return np.ones(size, dtype)


def _top(k: int) -> Measure:
    """Number of samples whose class is among the k largest outputs. Of equal ones the first counts as the larger."""

    def measure(output: Array, target: Array, threshold: Array) -> float:
        if output.shape[0] == 1:
            return accuracy(output, target, threshold)
        actual = target.argmax(axis=0)[None]
        own = np.take_along_axis(output, actual, axis=0)
        places = np.arange(len(output)).reshape(-1, *(1,) * (output.ndim - 1))
        before = (output > own) | ((output == own) & (places < actual))
        right = np.count_nonzero(before, axis=0) < k
        count: float = np.count_nonzero(right) * output.shape[-1] / max(right.size, 1)
        return count

    return measure


def _counts(output: Array, target: Array, threshold: Array) -> Array:
    """For each class, how many were rightly said to be of it, said to be of it, and are of it: (3, classes)."""
    said, actual = (_classes(values, threshold).reshape(-1) for values in (output, target))
    count = max(2, len(output))
    hits = np.bincount(said[said == actual], minlength=count)
    return np.stack([hits, np.bincount(said, minlength=count), np.bincount(actual, minlength=count)]).astype(float)


def _macro(share: Callable[[Array, Array, Array], Array]) -> Callable[[Any, int], float]:
    """The plain mean of a share over all classes that are or were said to be; a share of nothing is 0."""

    def finish(total: Any, samples: int) -> float:
        if samples == 0:
            return 0.0
        hits, said, actual = total[:, total[1] + total[2] > 0]
        return float(share(hits, said, actual).mean())

    return finish


def _spread(output: Array, target: Array, threshold: Array) -> Array:
    """For each output: sums of its targets, of their squares, and of its squared errors: (3, outputs)."""
    said, actual = (values.reshape(-1, values.shape[-1]).astype(float) for values in (output, target))
    return np.stack([actual.sum(axis=1), (actual**2).sum(axis=1), ((said - actual) ** 2).sum(axis=1)])


def _determination(total: Any, samples: int) -> float:
    """1 - (squared errors) / (squared distances from the mean), averaged over outputs.

    An output whose targets are all the same counts 1 if it is exact, else 0, as in scikit-learn.
    """
    if samples == 0:
        return 0.0
    sums, squares, errors = total
    spread = squares - sums**2 / samples
    constant = spread <= 1e-12 * squares
    share = 1 - errors / np.where(constant, 1, spread)
    return float(np.where(constant, errors <= 0, share).mean())


METRICS: dict[str, Metric] = {
    "accuracy": Metric("Accuracy", accuracy, help="Fraction of the samples whose class is predicted correctly."),
    "mae": Metric(
        "Mean absolute error",
        mae,
        rising=False,
        task="regression",
        help="Mean absolute difference between prediction and target, in the target's units.",
    ),
    "precision": Metric(
        "Precision (macro)",
        _counts,
        _macro(lambda hits, said, actual: hits / np.maximum(said, 1)),
        help="Fraction of the samples predicted as a class that belong to it; mean over classes.",
    ),
    "recall": Metric(
        "Recall (macro)",
        _counts,
        _macro(lambda hits, said, actual: hits / np.maximum(actual, 1)),
        help="Fraction of the samples of a class that are predicted as such; mean over classes.",
    ),
    "f1": Metric(
        "F1 (macro)",
        _counts,
        _macro(lambda hits, said, actual: 2 * hits / (said + actual)),
        help="Harmonic mean of precision and recall of a class; mean over classes.",
    ),
    "r2": Metric(
        "R²",
        _spread,
        _determination,
        task="regression",
        help="Fraction of the targets' variance that the predictions explain.",
    ),
    "binary_accuracy": Metric(
        "Binary accuracy",
        binary_accuracy,
        task="multi_label",
        help="Fraction of right answers, each label of each sample being one.",
    ),
    "exact_match": Metric(
        "Exact match",
        exact_match,
        task="multi_label",
        help="Fraction of the samples of which all labels are right (subset accuracy).",
    ),
}


def get(name: str) -> Metric:
    """Metric of a name from METRICS, or "top_K" with any number, such as "top_5".

    Raises SpecError for an unknown name.
    """
    if isinstance(name, str) and name in METRICS:
        return METRICS[name]
    top = re.fullmatch(r"top_([1-9]\d{0,5})", name) if isinstance(name, str) else None
    if top is None:
        raise SpecError(f"there is no metric {shown(name)}; choose from {', '.join(METRICS)}, top_5 (or any number)")
    return Metric(f"Top {top[1]} accuracy", _top(int(top[1])))


def checked_names(names: Sequence[str]) -> tuple[str, ...]:
    """Validated names of metrics. Raises SpecError for unknown ones."""
    if isinstance(names, str) or not isinstance(names, Sequence):
        raise SpecError(f'metrics must be a list of names such as ["accuracy"], found {shown(names)}')
    for name in names:
        get(name)
    return tuple(names)


def check_targets(names: Sequence[str], targets: Array) -> None:
    """Check that metrics for classes get targets that are classes.

    `targets` is (N, *output_shape). Raises DataError.
    """
    for name in names:
        several = get(name).task == "multi_label"
        if get(name).of_classes and (several or targets.shape[1] == 1) and not _answers(targets):
            what = "yes and no: targets" if several else "classes: the targets of a single output"
            raise DataError(
                f"{name} compares {what} must be 0 and 1, or -1 and 1, found {found_in(targets)}. "
                "For numbers, use mae or r2."
            )


def _answers(targets: Array) -> bool:
    """True if each number answers yes or no, perhaps not for sure."""
    return Probabilities().flaw(targets) is None or Sides().flaw(targets) is None


def suiting(y: Array, targets: Array) -> tuple[str, ...]:
    """Metrics that suit targets `y`, encoded for the network as `targets`.

    `targets` is (N, *output_shape). Integers other than 0 and 1 for a single output, such as prices, count as numbers.
    """
    return fitting(y) if y.dtype.kind not in "iub" or Sides().flaw(targets) is None else fitting_names("regression")


def fitting(y: Array) -> tuple[str, ...]:
    """Metrics that suit targets `y`.

    Accuracy for classes (labels, 0 and 1, one-hot), binary accuracy for rows of several 0 and 1, else mae.
    """
    binary = bool(np.isin(y, (0, 1)).all())
    if binary and y.ndim == 2 and y.shape[1] > 1 and not (y.sum(axis=1) == 1).all():
        return fitting_names("multi_label")
    return fitting_names("classification" if binary or y.dtype.kind in "iub" else "regression")


def fitting_names(task: Task) -> tuple[str, ...]:
    """Names of the metrics that are always measured for a task."""
    return {"classification": ("accuracy",), "multi_label": ("binary_accuracy",), "regression": ("mae",)}[task]


def labels_of(values: ArrayLike, threshold: float = 0.5) -> Array:
    """Class labels, (N,), of outputs or targets.

    Takes labels, (N,), binary values, (N, 1), or one value per class, (N, classes). Raises DataError.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise DataError("classes must be numbers in rows of the same length") from None
    if array.dtype.kind not in "biuf":
        raise DataError(f"classes must be numbers, found values such as {shown(array.reshape(-1)[:1].tolist())}")
    if array.ndim == 1 and array.dtype.kind in "iu":
        return array.astype(np.intp)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] == 0:
        raise DataError(f"classes are given as (N,) or (N, classes), found an array of shape {array.shape}")
    return _classes(array.T, np.array(threshold))


def confusion_matrix(predictions: ArrayLike, targets: ArrayLike, threshold: float = 0.5) -> Array:
    """Confusion matrix (classes, classes): rows are true, columns predicted classes.

    Args:
        predictions: outputs of `predict`, (N, classes) or (N, 1), or labels, (N,).
        targets: labels, (N,), or one-hot rows.
        threshold: a single output above it means class 1.

    Raises DataError.
    """
    expect_kind(threshold, float | int | np.number, "the threshold", "a number")
    said, actual = labels_of(predictions, threshold), labels_of(targets, threshold)
    _check_classes(np.asarray(targets))
    if len(said) != len(actual):
        raise DataError(f"found {len(said)} predictions but {len(actual)} targets; there must be one for each")
    if min(said.min(initial=0), actual.min(initial=0)) < 0:
        raise DataError("class labels must be 0 or more")
    widths = [shape[1] for shape in (np.shape(predictions), np.shape(targets)) if len(shape) == 2]
    count = max(2, *widths, said.max(initial=0) + 1, actual.max(initial=0) + 1)
    return np.bincount(actual * count + said, minlength=count * count).reshape(count, count)


def _check_classes(targets: Array) -> None:
    """Raises DataError if no class follows from true answers that are no labels."""
    if targets.ndim == 1 and targets.dtype.kind in "iu":
        return
    if targets.ndim == 1 or targets.shape[1] == 1:
        if not _answers(targets.reshape(-1, 1)):
            raise DataError(
                f"single numbers as targets must be 0 and 1, or -1 and 1, found {found_in(targets)}; "
                "give class labels as integers, (N,)"
            )
        return
    tied = np.count_nonzero(targets == targets.max(axis=1, keepdims=True), axis=1) != 1
    if tied.any():
        row = int(np.argmax(tied))
        raise DataError(f"row {row} of the targets names no single class: {shown(targets[row].tolist())}")
