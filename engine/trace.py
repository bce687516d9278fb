"""Trace of one pass through a network: outputs and gradients of every layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from engine.analysis import NodeReport
from engine.backends.numpy.plan import Plan
from engine.errors import DataError, ShapeError
from engine.flat_vector import by_full_name
from engine.memory_budget import check_result
from engine.types import Array, Shape


def _nothing() -> Mapping[str, Array]:
    return MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Trace:
    """Outputs and gradients of every layer for N samples; see `Network.trace` and `Network.sensitivities`.

    All arrays are read-only copies of the network's type, with the batch axis first: they outlive the next step, and
    nothing done with them reaches the network. `array.copy()` gives one that can be written to.

    Attributes:
        outputs: "input" and every layer by name, in topological order: (N, *shape).
        gradients: dE/d(output) of "input" and of every layer, by name, shaped like `outputs`. E is the mean loss over
            the N samples, so that each sample's part is 1/N of what it would be alone. Where an output goes into
            several layers, their gradients are added up. Empty without targets. In sensitivities, E is the score.
        parameter_gradients: dE/dparameter by full name, "dense_1.weight", as `Network.gradients` gives them. Empty
            without targets.
        loss: E; None where there are no gradients.
    """

    outputs: Mapping[str, Array]
    gradients: Mapping[str, Array] = field(default_factory=_nothing)
    parameter_gradients: Mapping[str, Array] = field(default_factory=_nothing)
    loss: float | None = None


def outputs_of(
    rows: Array, shapes: Mapping[str, Shape], chunk: int, plan_for: Callable[[int], Plan]
) -> dict[str, Array]:
    """Outputs (N, *shape) of the layers in `shapes`, computed in parts of `chunk` samples.

    Raises DataError where memory does not suffice for them, SpecError where not even one part fits.
    """
    check_result(len(rows), sum(map(math.prod, shapes.values())) * rows.itemsize)
    results = {name: np.empty((len(rows), *shape), rows.dtype) for name, shape in shapes.items()}
    for start in range(0, len(rows), chunk):
        part = rows[start : start + chunk]
        plan = plan_for(len(part))
        np.copyto(plan.input_rows, part)
        plan.run_forward()
        for name, result in results.items():
            np.copyto(result[start : start + len(part)], np.moveaxis(plan.values[name], -1, 0))
    return results


def check_trace(
    samples: int, shapes: Mapping[str, Shape], reports: Mapping[str, NodeReport], itemsize: int, *, backward: bool
) -> None:
    """Check that the trace of so many samples fits into memory. Raises DataError."""
    copied = sum(map(math.prod, shapes.values())) * (2 if backward else 1)
    held = sum(report.held for report in reports.values())
    check_result(samples, (copied + held) * itemsize)


def trace_forward(plan: Plan, rows: Array) -> Trace:
    """Trace of one forward pass."""
    np.copyto(plan.input_rows, rows)
    plan.run_forward()
    return Trace(_batch_first(plan.values))


def trace_backward(
    plan: Plan, rows: Array, targets: Array, gradients: Mapping[str, Mapping[str, Array]] | None = None
) -> Trace:
    """Trace of one forward and one backward pass.

    `targets` are those of the plan; `gradients` are the arrays by layer and short name that it fills.
    """
    np.copyto(plan.input_rows, rows)
    np.copyto(plan.target_rows, targets)
    value = plan.run_gradients()
    kept = {name: _kept(array) for name, array in by_full_name(gradients or {}).items()}
    back = {name: plan.gradients[name] for name in plan.values if name in plan.gradients}
    return Trace(_batch_first(plan.values), _batch_first(back), MappingProxyType(kept), value)


def spread_over(weights: ArrayLike, shape: Shape, where: str) -> Array:
    """Weights of a score as an array of this shape, (N, *shape). Raises ShapeError or DataError."""
    try:
        array = np.asarray(weights)
        if array.dtype.kind not in "biuf":
            raise TypeError(f"found an array of type {array.dtype}")
    except (TypeError, ValueError) as error:
        raise DataError(f"the gradient of the output must be numbers: {error}") from None
    if array.shape not in (shape, shape[1:]):
        raise ShapeError(
            f"the gradient of the output must have the shape {shape}, or {shape[1:]} for all samples alike; "
            f"found {array.shape}",
            where=where,
        )
    if not np.isfinite(array).all():
        raise DataError("the gradient of the output holds NaN or infinity; remove or replace them")
    return np.broadcast_to(array, shape)


def _batch_first(arrays: Mapping[str, Array]) -> Mapping[str, Array]:
    """Read-only copies, (N, *shape), of a plan's arrays (*shape, N)."""
    return MappingProxyType({name: _kept(np.moveaxis(array, -1, 0)) for name, array in arrays.items()})


def _kept(array: Array) -> Array:
    copy = np.array(array, order="C")
    copy.flags.writeable = False
    return copy
