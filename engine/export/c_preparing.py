"""Preparation of samples in plain C: table of the transforms' counterparts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement
from typing import Any

from engine.export.preparing import chosen_features, transforms
from engine.export.subject import Subject
from engine.types import Shape

# Statements that write b[...] from a[...], doubles, for a sample of a shape.
Writer = Callable[[Any, Mapping[str, Any], Shape], list[str]]


@dataclass(frozen=True)
class CTransform:
    """Counterpart of a transform in C: for inputs, and for outputs on their way back."""

    inputs: Writer | None = None
    outputs: Writer | None = None


def _table(name: str, values: Iterable[float]) -> str:
    """Declaration of an array of doubles."""
    return f"static const double {name}[] = {{{', '.join(map(repr, map(float, values)))}}};"


def _affine(numbers: Mapping[str, Any], count: int, each: int, formula: str) -> list[str]:
    """Loop over `count` numbers, each `each` of which share an entry."""
    return [
        _table("shift", numbers["shift"]),
        _table("spread", numbers["spread"]),
        f"for (int i = 0; i < {count}; i++)",
        f"    b[i] = {formula.format(k=f'i / {each}')};",
    ]


def _scale_inputs(step: Any, numbers: Mapping[str, Any], shape: Shape) -> list[str]:
    count = math.prod(shape)
    each = {"input": 1, "all": count, "channel": count // shape[0]}[step.per]
    return _affine(numbers, count, each, "(a[i] - shift[{k}]) / spread[{k}]")


def _scale_back(step: Any, numbers: Mapping[str, Any], shape: Shape) -> list[str]:
    return _affine(numbers, len(numbers["shift"]), 1, "a[i] * spread[{k}] + shift[{k}]")


_POINTS = {
    "x": "a[0]",
    "y": "a[1]",
    "x_squared": "a[0] * a[0]",
    "y_squared": "a[1] * a[1]",
    "product": "a[0] * a[1]",
    "sin_x": "sin({f} * a[0])",
    "sin_y": "sin({f} * a[1])",
}


def _point_features(step: Any, numbers: Mapping[str, Any], shape: Shape) -> list[str]:
    chosen = [_POINTS[name].format(f=repr(float(step.frequency))) for name in chosen_features(step)]
    return [f"b[{place}] = {formula};" for place, formula in enumerate(chosen)]


def _polynomial(step: Any, numbers: Mapping[str, Any], shape: Shape) -> list[str]:
    choose = combinations if step.interactions_only else combinations_with_replacement
    products = [each for degree in range(1, step.degree + 1) for each in choose(range(shape[0]), degree)]
    return [
        f"b[{place}] = {' * '.join(f'a[{factor}]' for factor in factors)};" for place, factors in enumerate(products)
    ]


C_TRANSFORMS: dict[str, CTransform] = {
    "ScaleInputs": CTransform(_scale_inputs),
    "ScaleTargets": CTransform(outputs=_scale_back),
    "PointFeatures": CTransform(_point_features),
    "PolynomialFeatures": CTransform(_polynomial),
}


def preparing(subject: Subject) -> tuple[list[list[str]], list[list[str]], int]:
    """Statements of each step for inputs and for outputs, and the most numbers that a sample has on the way.

    Raises ExportError where a step has no counterpart.
    """
    inputs: list[list[str]] = []
    outputs: list[list[str]] = []
    preparation, count = subject.preparation, math.prod(subject.source_shape)
    most = max(count, math.prod(subject.network.input_shape), math.prod(subject.network.output_shape))
    if preparation is None:
        return inputs, outputs, most
    if preparation.fill:
        loop = [f"for (int i = 0; i < {count}; i++)", "    b[i] = isnan(a[i]) ? fill[i] : a[i];"]
        inputs.append([_table("fill", preparation.fill), *loop])
    if preparation.standardisation is not None:
        kept = preparation.standardisation
        numbers = {"shift": kept.mean, "spread": kept.spread}
        inputs.append(_affine(numbers, count, 1, "(a[i] - shift[{k}]) / spread[{k}]"))
    for fitted, shape, entry in transforms(subject, C_TRANSFORMS):
        most = max(most, math.prod(shape))
        if entry.inputs is not None:
            inputs.append(entry.inputs(fitted.step, fitted.numbers, shape))
        if entry.outputs is not None:
            outputs.insert(0, entry.outputs(fitted.step, fitted.numbers, shape))
    return inputs, outputs, most
