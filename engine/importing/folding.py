"""Constant folding: what follows from constants and shapes alone, computed by NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.errors import SpecError
from engine.importing.onnx_model import Node
from engine.types import Array

# So many numbers at most are made of fewer ones.
_MOST = 1 << 26
_TYPES = {1: np.float32, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float16, 11: np.float64}

Inputs = Sequence[Array | None]
Folder = Callable[[Node, Inputs], Any]


def _given(inputs: Inputs, place: int, what: str = "an input") -> Array:
    found = inputs[place] if place < len(inputs) else None
    if found is None:
        raise SpecError(f"{what} is missing")
    return found


def axes_of(node: Node, inputs: Inputs, place: int = 1) -> tuple[int, ...] | None:
    """Axes of an operator: an attribute in older operator sets, an input in newer ones; None if not given."""
    if place < len(inputs) and (found := inputs[place]) is not None:
        return tuple(int(axis) for axis in found.ravel())
    return node.ints("axes", ()) if "axes" in node.attributes else None


def _bounded(count: int, *inputs: Array) -> None:
    """Check how many numbers an operator makes of its inputs. Raises SpecError."""
    if count > max([_MOST, *(x.size for x in inputs)]):
        raise SpecError("it would make too many numbers")


def _constant(node: Node, inputs: Inputs) -> Array:
    for name in ("value", "value_float", "value_int", "value_floats", "value_ints"):
        if name in node.attributes and node.attributes[name] is not None:
            value = node.attributes[name]
            made: Array = np.asarray(value, getattr(value, "dtype", np.float32 if "float" in name else np.int64))
            return made
    raise SpecError("it has no value that is a number")


def _filled(node: Node, inputs: Inputs) -> Array:
    shape = tuple(int(size) for size in _given(inputs, 0).ravel())
    if len(shape) > 8 or any(size < 0 for size in shape):
        raise SpecError("its shape is not possible")
    _bounded(math.prod(shape))
    value = node.attributes.get("value", np.zeros(1, np.float32))
    return np.full(shape, np.asarray(value).ravel()[0])


def _slice(node: Node, inputs: Inputs) -> Array:
    x = _given(inputs, 0)
    if len(inputs) > 1:
        starts, ends = (_given(inputs, place).ravel() for place in (1, 2))
        axes = axes_of(node, inputs, 3)
        steps = inputs[4].ravel() if len(inputs) > 4 and inputs[4] is not None else np.ones(len(starts), int)
    else:
        starts, ends = (np.array(node.ints(name, ())) for name in ("starts", "ends"))
        axes, steps = axes_of(node, inputs, 9), np.ones(len(starts), int)
    parts = [slice(None)] * x.ndim
    for axis, *bounds in zip(axes if axes is not None else range(len(starts)), starts, ends, steps, strict=True):
        parts[axis] = slice(*map(int, bounds))
    return x[tuple(parts)]


def _squeeze(node: Node, inputs: Inputs) -> Array:
    return np.squeeze(_given(inputs, 0), axes_of(node, inputs))


def _unsqueeze(node: Node, inputs: Inputs) -> Array:
    return np.expand_dims(_given(inputs, 0), axes_of(node, inputs) or ())


def _reshape(node: Node, inputs: Inputs) -> Array:
    x = _given(inputs, 0)
    wanted = [int(size) for size in _given(inputs, 1).ravel()]
    made: Array = x.reshape([x.shape[place] if size == 0 else size for place, size in enumerate(wanted)])
    return made


def _reduced(function: Callable[..., Any]) -> Folder:
    def fold(node: Node, inputs: Inputs) -> Any:
        return function(_given(inputs, 0), axis=axes_of(node, inputs), keepdims=bool(node.integer("keepdims", 1)))

    return fold


def _divide(node: Node, inputs: Inputs) -> Array:
    x, y = _given(inputs, 0), _given(inputs, 1)
    # Whole numbers are cut off towards zero.
    return np.trunc(x / y).astype(x.dtype) if x.dtype.kind in "iu" else x / y


def _cast(node: Node, inputs: Inputs) -> Array:
    kind = _TYPES.get(node.integer("to", 0))
    if kind is None:
        raise SpecError("it converts to a type that is not supported")
    return _given(inputs, 0).astype(kind)


def _expand(node: Node, inputs: Inputs) -> Array:
    x, wanted = _given(inputs, 0), [int(size) for size in _given(inputs, 1).ravel()]
    _bounded(math.prod(np.broadcast_shapes(x.shape, wanted)), x)
    return x * np.ones(wanted, x.dtype)


def _gather(node: Node, inputs: Inputs) -> Array:
    x, places, axis = _given(inputs, 0), _given(inputs, 1), node.integer("axis", 0)
    _bounded(places.size * (x.size // max(x.shape[axis], 1)), x)
    return np.take(x, places, axis=axis)


def _concat(node: Node, inputs: Inputs) -> Array:
    parts = [_given(inputs, place) for place in range(len(inputs))]
    _bounded(sum(part.size for part in parts))
    return np.concatenate(parts, axis=node.integer("axis", 0))


def _matrix(node: Node, inputs: Inputs) -> Array:
    x, y = _given(inputs, 0), _given(inputs, 1)
    if x.ndim != 2 or y.ndim != 2:
        raise SpecError("it multiplies constants that are no matrices")
    _bounded(x.shape[0] * y.shape[1], x, y)
    # As large as a layer's own matrices, and no larger: a product of long ones takes long.
    _bounded(x.size * y.shape[1] >> 10, x, y)
    return x @ y


def _range(node: Node, inputs: Inputs) -> Array:
    kind = _given(inputs, 0).dtype
    start, end, step = (float(_given(inputs, place).ravel()[0]) for place in range(3))
    count = max(math.ceil((end - start) / step), 0)
    _bounded(count)
    made: Array = (start + step * np.arange(count)).astype(kind)
    return made


def _tiled(node: Node, inputs: Inputs) -> Array:
    x, times = _given(inputs, 0), [int(size) for size in _given(inputs, 1).ravel()]
    _bounded(math.prod(times) * x.size, x)
    return np.tile(x, times)


def _where(node: Node, inputs: Inputs) -> Array:
    parts = [_given(inputs, place) for place in range(3)]
    _bounded(math.prod(np.broadcast_shapes(*(part.shape for part in parts))), *parts)
    return np.where(*parts)


def _binary(function: Callable[[Array, Array], Any]) -> Folder:
    def fold(node: Node, inputs: Inputs) -> Any:
        x, y = _given(inputs, 0), _given(inputs, 1)
        _bounded(math.prod(np.broadcast_shapes(x.shape, y.shape)), x, y)
        return function(x, y)

    return fold


def _unary(function: Callable[[Array], Any]) -> Folder:
    return lambda node, inputs: function(_given(inputs, 0))


FOLDERS: dict[str, Folder] = {
    "Constant": _constant,
    "ConstantOfShape": _filled,
    "Identity": _unary(np.asarray),
    "Cast": _cast,
    "Shape": _unary(lambda x: np.array(x.shape, np.int64)),
    "Gather": _gather,
    "Concat": _concat,
    "Slice": _slice,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Reshape": _reshape,
    "Transpose": lambda node, inputs: np.transpose(
        _given(inputs, 0), node.ints("perm", ()) if "perm" in node.attributes else None
    ),
    "ReduceProd": _reduced(np.prod),
    "ReduceSum": _reduced(np.sum),
    "ReduceMean": _reduced(np.mean),
    "ReduceMax": _reduced(np.max),
    "ReduceMin": _reduced(np.min),
    "Expand": _expand,
    "Add": _binary(np.add),
    "Sub": _binary(np.subtract),
    "Mul": _binary(np.multiply),
    "Div": _divide,
    "Pow": _binary(np.power),
    # Of whole numbers, the sign is the divisor's.
    "Mod": lambda node, inputs: _binary(np.fmod if node.integer("fmod", 0) else np.mod)(node, inputs),
    "Max": _binary(np.maximum),
    "Min": _binary(np.minimum),
    "MatMul": _matrix,
    "Equal": _binary(np.equal),
    "Less": _binary(np.less),
    "Greater": _binary(np.greater),
    "And": _binary(np.logical_and),
    "Or": _binary(np.logical_or),
    "Not": _unary(np.logical_not),
    "Where": _where,
    "Neg": _unary(np.negative),
    "Sqrt": _unary(np.sqrt),
    "Exp": _unary(np.exp),
    "Log": _unary(np.log),
    "Abs": _unary(np.abs),
    "Reciprocal": _unary(np.reciprocal),
    "Floor": _unary(np.floor),
    "Ceil": _unary(np.ceil),
    "Size": _unary(lambda x: np.array(x.size, np.int64)),
    "Range": _range,
    "Tile": _tiled,
}


def fold(node: Node, inputs: Inputs) -> Array | None:
    """Output of a node whose inputs are constants; None if such a node is not computed.

    Raises SpecError, or an error of NumPy, where its inputs do not fit.
    """
    function = FOLDERS.get(node.kind)
    if function is None:
        return None
    with np.errstate(all="ignore"):
        return np.asarray(function(node, inputs))
