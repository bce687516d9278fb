"""Gradients changed before an optimiser of Keras gets them."""

from __future__ import annotations

from typing import Any

from keras import ops


def clipped(gradients: list[Any], value: float | None, norm: float | None) -> list[Any]:
    """Gradients limited, each number and then their length (Pascanu et al. 2013)."""
    if value is not None:
        gradients = [ops.clip(g, -value, value) for g in gradients]
    if norm is not None:
        length = ops.sqrt(sum(ops.sum(ops.square(g)) for g in gradients))
        gradients = [g * (norm / ops.maximum(length, norm)) for g in gradients]
    return gradients


def pulled(gradients: list[Any], variables: list[Any], which: set[int], l1: float, l2: float) -> list[Any]:
    """Gradients with that of the penalty l1 |w| + l2 w^2 / 2 of some variables, by their id."""
    return [
        g + l2 * ops.convert_to_tensor(w) + l1 * ops.sign(w) if id(w) in which else g
        for g, w in zip(gradients, variables, strict=True)
    ]
