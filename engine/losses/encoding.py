"""Encode targets in the shape of the network's output."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.checks import expect_finite
from engine.errors import DataError
from engine.targets import found_in, to_labels
from engine.types import Array, Shape, show_shape


def as_rows(y: Any, output_shape: Shape) -> Array:
    """Targets as numbers, (N, *output_shape), unchecked by value. Raises DataError."""
    try:
        y = np.asarray(y)
    except ValueError:
        raise DataError("targets must be numbers in rows of the same length") from None
    if y.dtype.kind not in "biuf":
        raise DataError(f"targets must be numbers, found values such as {y.reshape(-1)[:1].tolist()}")
    expect_finite(y, "targets")
    if y.shape[1:] == output_shape and y.ndim > 1:
        return np.ascontiguousarray(y)
    size = math.prod(output_shape)
    if y.ndim == 1 and y.dtype.kind in "iub" and size > 1:
        return _one_hot(y, output_shape)
    if y.ndim > 0 and y.size == len(y) * size:
        return np.ascontiguousarray(y.reshape(len(y), *output_shape))
    found = f"targets of shape {show_shape(y.shape[1:])} per sample"
    fix = f"give {show_shape(output_shape)} numbers per sample"
    if len(output_shape) == 1:
        fix = f"give one row of {size} number(s) per sample" + (", or integer classes" if size > 1 else "")
    if y.ndim in (1, 2) and y.size == len(y) and y.size and len(output_shape) == 1:
        # One number for each sample, but not as labels are given.
        found = f"targets of one number per sample, such as {y.reshape(-1)[0]:.6g},"
        flat = "y.reshape(-1)" if y.ndim == 2 else "y"
        if y.dtype.kind == "f" and (np.round(y) == y).all():
            fix = f"if they are class labels, give integers with {flat}.astype(int)"
        elif y.dtype.kind != "f":
            fix = f"if they are class labels, give them with {flat}"
    raise DataError(f"{found} do not fit the network's output {show_shape(output_shape)}; {fix}")


def _one_hot(labels: Array, output_shape: Shape) -> Array:
    classes = output_shape[0]
    if len(output_shape) != 1:
        raise DataError(f"class labels need an output with one number per class, not {show_shape(output_shape)}")
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        raise DataError(
            f"class labels run from {labels.min()} to {labels.max()}, but the network has {classes} outputs; "
            f"labels must lie in 0 to {classes - 1}, found {found_in(labels)}. {to_labels(labels, classes)}."
        )
    return np.eye(classes, dtype=np.float32)[labels.astype(np.intp)]
