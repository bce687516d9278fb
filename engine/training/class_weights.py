"""Sample weights and class weights in training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from engine.checks import shown
from engine.errors import DataError, SpecError
from engine.metrics import labels_of
from engine.types import Array

ClassWeight = Mapping[int, float] | Literal["balanced"]


def check_class_weight(weights: ClassWeight | None) -> None:
    """Check class weights. Raises SpecError."""
    if weights is None or (isinstance(weights, str) and weights == "balanced"):
        return
    if not isinstance(weights, Mapping):
        raise SpecError(f'class weights are "balanced" or a mapping such as {{0: 1, 1: 5}}, found {shown(weights)}')
    for label, weight in weights.items():
        if isinstance(label, bool) or not isinstance(label, (int, np.integer)) or label < 0:
            raise SpecError(f"class weights: {shown(label)} is no class; expected a whole number of 0 or more")
        if not (isinstance(weight, (int, float, np.number)) and 0 <= weight < math.inf):
            raise SpecError(f"class weights: class {label} weighs {shown(weight)}; expected a number of 0 or more")


def sample_weights(
    targets: Array, classes: ClassWeight | None, samples: ArrayLike | None, threshold: float
) -> Array | None:
    """Weight of each sample, (N,): its class's times its own; None if all are 1.

    Args:
        targets: as the loss needs them, (N, *output_shape).
        classes: weight by class, 1 for those not named; "balanced" gives all classes that occur the same total weight,
            N / (classes * samples of the class) for each sample.
        samples: own weights, (N,).
        threshold: a single target above it is class 1.

    Raises DataError.
    """
    if classes is None and samples is None:
        return None
    weights = np.ones(len(targets)) if samples is None else _own(samples, len(targets))
    if classes is not None:
        weights = weights * _by_class(targets, classes, threshold)
    if not weights.any():
        raise DataError("all samples weigh 0; at least one must weigh more")
    return weights


def _own(samples: ArrayLike, count: int) -> Array:
    try:
        if np.iscomplexobj(samples):
            raise TypeError
        weights = np.asarray(samples, float)
    except (TypeError, ValueError):
        raise DataError("sample weights must be numbers") from None
    if weights.shape != (count,):
        raise DataError(f"sample weights have the shape {weights.shape}; expected one for each of {count} samples")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        bad = int(np.argmin(np.isfinite(weights) & (weights >= 0)))
        raise DataError(f"sample weights must be 0 or more; sample {bad} has {weights[bad]}")
    return weights


def _by_class(targets: Array, classes: ClassWeight, threshold: float) -> Array:
    if targets.ndim != 2:
        raise DataError(f"class weights need one class for each sample, found targets of shape {targets.shape[1:]}")
    labels = labels_of(targets, threshold)
    count = max(2, targets.shape[1])
    if isinstance(classes, str):
        found = np.bincount(labels, minlength=count)
        table = len(labels) / (np.count_nonzero(found) * np.maximum(found, 1))
    else:
        unknown = [label for label in classes if label >= count]
        if unknown:
            raise DataError(f"class weights name class {unknown[0]}, but there are only classes 0 to {count - 1}")
        table = np.ones(count)
        table[list(classes)] = list(classes.values())
    return table[labels]


def plain(weights: ClassWeight | None) -> Any:
    """Class weights as JSON-compatible data."""
    if weights is None or isinstance(weights, str):
        return weights
    return {str(int(label)): float(weight) for label, weight in weights.items()}
