"""Preparation of samples as ONNX nodes: table of the transforms' counterparts.

Computed in 64 bits, as the studio does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement
from typing import Any

import numpy as np

from engine.export.onnx_graph import OnnxGraph
from engine.export.preparing import chosen_features, transforms
from engine.export.subject import Subject
from engine.types import Shape

# TensorProto.FLOAT and TensorProto.DOUBLE.
FLOAT, DOUBLE = 1, 11

# Adds nodes to a graph: of (graph, names begin with, tensor, step, numbers, shape of a sample), gives the new tensor.
Writer = Callable[[OnnxGraph, str, str, Any, Mapping[str, Any], Shape], str]


@dataclass(frozen=True)
class OnnxTransform:
    """Counterpart of a transform in ONNX: for inputs, and for outputs on their way back."""

    inputs: Writer | None = None
    outputs: Writer | None = None


def _shifted(graph: OnnxGraph, name: str, x: str, shift: Sequence[float], spread: Sequence[float], shape: Shape) -> str:
    """Tensor (x - shift) / spread, with numbers of this shape."""
    low = graph.constant(f"{name}.shift", np.reshape(shift, shape), np.float64)
    size = graph.constant(f"{name}.spread", np.reshape(spread, shape), np.float64)
    return graph.step("Div", [graph.step("Sub", [x, low], f"{name}.shifted"), size], f"{name}.scaled")


def _scale_inputs(graph: OnnxGraph, name: str, x: str, step: Any, numbers: Mapping[str, Any], shape: Shape) -> str:
    kept = {"input": shape, "all": (1,) * len(shape), "channel": (*shape[:1], *(1,) * (len(shape) - 1))}[step.per]
    return _shifted(graph, name, x, numbers["shift"], numbers["spread"], kept)


def _scale_back(graph: OnnxGraph, name: str, y: str, step: Any, numbers: Mapping[str, Any], shape: Shape) -> str:
    spread, shift = (graph.constant(f"{name}.{key}", numbers[key], np.float64) for key in ("spread", "shift"))
    return graph.step("Add", [graph.step("Mul", [y, spread], f"{name}.spreaded"), shift], f"{name}.restored")


def _picked(graph: OnnxGraph, name: str, x: str, places: Sequence[int]) -> str:
    """Columns of a tensor (N, n), in this order."""
    return graph.step("Gather", [x, graph.constant(f"{name}.places", places, np.int64)], f"{name}.picked", axis=1)


def _point_features(graph: OnnxGraph, name: str, x: str, step: Any, numbers: Mapping[str, Any], shape: Shape) -> str:
    products = {"x_squared": (0, 0), "y_squared": (1, 1), "product": (0, 1)}
    made = []
    for feature in chosen_features(step):
        own = f"{name}.{feature}"
        if feature in products:
            made.append(graph.step("Mul", [_picked(graph, own, x, [place]) for place in products[feature]], own))
            continue
        column = _picked(graph, own, x, [int(feature.endswith("y"))])
        if feature.startswith("sin"):
            frequency = graph.constant(f"{own}.frequency", step.frequency, np.float64)
            column = graph.step("Sin", [graph.step("Mul", [column, frequency], f"{own}.angle")], own)
        made.append(column)
    return graph.step("Concat", made, f"{name}.features", axis=1)


def _polynomial(graph: OnnxGraph, name: str, x: str, step: Any, numbers: Mapping[str, Any], shape: Shape) -> str:
    choose = combinations if step.interactions_only else combinations_with_replacement
    made = []
    for degree in range(1, step.degree + 1):
        factors = list(choose(range(shape[0]), degree))
        if not factors:
            continue
        own = f"{name}.degree_{degree}"
        product, *others = (_picked(graph, own, x, [each[at] for each in factors]) for at in range(degree))
        for other in others:
            product = graph.step("Mul", [product, other], f"{own}.product")
        made.append(product)
    return graph.step("Concat", made, f"{name}.features", axis=1)


ONNX_TRANSFORMS: dict[str, OnnxTransform] = {
    "ScaleInputs": OnnxTransform(_scale_inputs),
    "ScaleTargets": OnnxTransform(outputs=_scale_back),
    "PointFeatures": OnnxTransform(_point_features),
    "PolynomialFeatures": OnnxTransform(_polynomial),
}


def prepare(graph: OnnxGraph, subject: Subject, x: str, input: str) -> None:
    """Add nodes that turn samples `x` in the units of the data into the network's `input`.

    Raises ExportError, placed at the data, where a step has no counterpart.
    """
    preparation = subject.preparation
    x = graph.step("Cast", [x], "preparation.exact", to=DOUBLE)
    if preparation is not None and preparation.fill:
        fill = graph.constant("preparation.fill", np.reshape(preparation.fill, subject.source_shape), np.float64)
        gaps = graph.step("IsNaN", [x], "preparation.gaps")
        x = graph.step("Where", [gaps, fill, x], "preparation.filled")
    if preparation is not None and preparation.standardisation is not None:
        kept = preparation.standardisation
        x = _shifted(graph, "preparation.standard", x, kept.mean, kept.spread, subject.source_shape)
    for number, (fitted, shape, entry) in enumerate(transforms(subject, ONNX_TRANSFORMS), 1):
        if entry.inputs is not None:
            x = entry.inputs(graph, f"preparation.step_{number}", x, fitted.step, fitted.numbers, shape)
    graph.add("Cast", [x], input, to=FLOAT)


def restore(graph: OnnxGraph, subject: Subject, y: str) -> str:
    """Add nodes that turn outputs `y` back to the units of the data. Returns the new tensor; `y` where none is needed.

    Raises as `prepare`.
    """
    steps = [
        (number, fitted, shape, entry)
        for number, (fitted, shape, entry) in enumerate(transforms(subject, ONNX_TRANSFORMS), 1)
        if entry.outputs is not None
    ]
    if not steps:
        return y
    y = graph.step("Cast", [y], "restoring.exact", to=DOUBLE)
    for number, fitted, shape, entry in reversed(steps):
        y = entry.outputs(graph, f"restoring.step_{number}", y, fitted.step, fitted.numbers, shape)
    return graph.step("Cast", [y], "prediction", to=FLOAT)
