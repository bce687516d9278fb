"""Preparation of samples as source code: table of the transforms' counterparts in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.data.steps.fitted import Fitted
from engine.export.copied import copied
from engine.export.subject import ExportError, Subject, Training
from engine.source_code import literal
from engine.types import Array, Shape

LIBRARY = "engine.export.library.preparation"
# So many numbers stand in the script itself; more are kept in the file of arrays.
_MOST_INLINE = 16


@dataclass
class Lines:
    """Code under construction: lines, functions of the library, and arrays that are kept in a file."""

    lines: list[str] = field(default_factory=list)
    uses: set[str] = field(default_factory=set)
    arrays: dict[str, Array] = field(default_factory=dict)

    def numbers(self, name: str, values: Any) -> str:
        """Expression for an array (n,) of float64."""
        array = np.asarray(values, np.float64)
        if array.size <= _MOST_INLINE:
            return f"np.array({literal(array.tolist())})"
        self.arrays[name] = array
        return f"ARRAYS[{literal(name)}]"


# How a transform looks as code: inputs from x to x, targets from y to y, and outputs back from y to y.
Writer = Callable[[Lines, str, Any, Mapping[str, Any], Shape], None]


@dataclass(frozen=True)
class PythonTransform:
    """Counterpart of a transform in the scripts; each writer adds lines that renew `x` or `y`."""

    inputs: Writer | None = None
    targets: Writer | None = None
    outputs: Writer | None = None


def _scale_inputs(code: Lines, name: str, step: Any, numbers: Mapping[str, Any], shape: Shape) -> None:
    code.uses.add("scale")
    kept = {"input": shape, "all": (1,) * len(shape), "channel": (*shape[:1], *(1,) * (len(shape) - 1))}[step.per]
    shift, spread = (code.numbers(f"{name}_{key}", numbers[key]) for key in ("shift", "spread"))
    code.lines.append(f"x = scale(x, {shift}, {spread}, {literal(kept)})")


def _scale_targets(code: Lines, name: str, step: Any, numbers: Mapping[str, Any], shape: Shape) -> None:
    shift, spread = (code.numbers(f"{name}_{key}", numbers[key]) for key in ("shift", "spread"))
    code.lines.append(f"y = (y - {shift}) / {spread}")


def _scale_back(code: Lines, name: str, step: Any, numbers: Mapping[str, Any], shape: Shape) -> None:
    shift, spread = (code.numbers(f"{name}_{key}", numbers[key]) for key in ("shift", "spread"))
    code.lines.append(f"y = y * {spread} + {shift}")


def chosen_features(step: Any) -> list[str]:
    """Names of the features of a point that are switched on, in their order."""
    names = ("x", "y", "x_squared", "y_squared", "product", "sin_x", "sin_y")
    return [name for name in names if getattr(step, name)]


def _point_features(code: Lines, name: str, step: Any, numbers: Mapping[str, Any], shape: Shape) -> None:
    code.uses.add("point_features")
    code.lines.append(f"x = point_features(x, {literal(chosen_features(step))}, {literal(step.frequency)})")


def _polynomial(code: Lines, name: str, step: Any, numbers: Mapping[str, Any], shape: Shape) -> None:
    code.uses.add("polynomial_features")
    code.lines.append(f"x = polynomial_features(x, {literal(step.degree)}, {literal(step.interactions_only)})")


PYTHON_TRANSFORMS: dict[str, PythonTransform] = {
    "ScaleInputs": PythonTransform(_scale_inputs),
    "ScaleTargets": PythonTransform(targets=_scale_targets, outputs=_scale_back),
    "PointFeatures": PythonTransform(_point_features),
    "PolynomialFeatures": PythonTransform(_polynomial),
}


def transforms(subject: Subject, table: Mapping[str, Any]) -> list[tuple[Fitted, Shape, Any]]:
    """Transforms of a subject, each with the shape of a sample before it and its entry in a table.

    Raises ExportError, placed at the data, where one is missing.
    """
    found: list[tuple[Fitted, Shape, Any]] = []
    if subject.preparation is None:
        return found
    signature = subject.preparation.source_signature
    for fitted in subject.preparation.steps:
        entry = table.get(type(fitted.step).__name__)
        if entry is None:
            reason = f"{fitted.step.title} has no counterpart in this format; take the step out"
            raise ExportError(reason, where="input")
        found.append((fitted, signature.input_shape, entry))
        signature = fitted.changed(signature)
    return found


def preparation_code(subject: Subject) -> tuple[str, dict[str, Array]]:
    """Functions prepare(x), prepare_targets(y) and restore(y), and the arrays that they take from ARRAYS."""
    code = Lines()
    inputs: list[str] = []
    targets: list[str] = []
    outputs: list[str] = []
    preparation = subject.preparation
    if preparation is not None and preparation.fill:
        code.uses.add("fill_gaps")
        inputs.append(f"x = fill_gaps(x, {code.numbers('fill', preparation.fill)})")
    if preparation is not None and preparation.standardisation is not None:
        code.uses.add("scale")
        mean = code.numbers("standard_mean", preparation.standardisation.mean)
        spread = code.numbers("standard_spread", preparation.standardisation.spread)
        inputs.append(f"x = scale(x, {mean}, {spread}, {literal(subject.source_shape)})")
    for place, (fitted, shape, entry) in enumerate(transforms(subject, PYTHON_TRANSFORMS)):
        for writer, lines in ((entry.inputs, inputs), (entry.targets, targets), (entry.outputs, outputs)):
            if writer is not None:
                code.lines = []
                writer(code, f"step_{place}", fitted.step, fitted.numbers, shape)
                # What was done last is undone first.
                lines[:] = [*code.lines, *lines] if lines is outputs else [*lines, *code.lines]
    functions = [copied(LIBRARY, code.uses)] if code.uses else []
    functions.append(
        _function("prepare", "x", "Convert samples from the units of the data to what the network takes.", inputs)
    )
    if subject.training is not None and not takes_labels(subject.training):
        functions.append(_function("prepare_targets", "y", "Convert targets to what the network learns.", targets))
    functions.append(_function("restore", "y", "Convert outputs back to the units of the data.", outputs))
    return "\n\n\n".join(functions), code.arrays


def takes_labels(training: Training) -> bool:
    """True if the targets are labels of classes, (N,)."""
    return training.y.ndim == 1 and training.y.dtype.kind in "iub"


def _function(name: str, argument: str, sentence: str, lines: list[str]) -> str:
    last = "np.asarray(x, np.float32)" if argument == "x" else "y"
    body = "".join(f"    {line}\n" for line in lines)
    return f'def {name}({argument}):\n    """{sentence}"""\n{body}    return {last}'
