"""Table of ONNX's operators that have a block: activations, shapes, sums and products."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from engine import layers
from engine.errors import SpecError
from engine.importing.folding import axes_of
from engine.importing.graph_reader import GraphReader, Handler, Known
from engine.importing.onnx_model import Node
from engine.importing.values import Gate, Value, reordered
from engine.layers import Layer
from engine.types import Array


def elementwise(reader: GraphReader, node: Node, layer: Layer) -> Value:
    """Add a layer that treats all numbers alike, whatever their order. Raises SpecError."""
    value = reader.builder.plain(reader.input(node))
    if value.order is None:
        return reader.builder.add(reader.stem(node), layer, reader.builder.solid(value))
    made = reader.builder.add(reader.stem(node), layer, value.source)
    return replace(value, source=made.source)


def _plain(kind: Callable[[], Layer]) -> Handler:
    return lambda reader, node: elementwise(reader, node, kind())


def _leaky(reader: GraphReader, node: Node) -> Known:
    return elementwise(reader, node, layers.LeakyReLU(slope=node.number("alpha", 0.01)))


def _prelu(reader: GraphReader, node: Node) -> Known:
    slopes = reader.constant(node, 1, "slopes").ravel()
    if slopes.size == 0 or (slopes != slopes[0]).any():
        raise SpecError("every channel has a slope of its own")
    return elementwise(reader, node, layers.LeakyReLU(slope=float(slopes[0])))


def _elu(reader: GraphReader, node: Node) -> Known:
    return elementwise(reader, node, layers.ELU(alpha=node.number("alpha", 1.0)))


def _gelu(reader: GraphReader, node: Node) -> Known:
    if node.text("approximate", "none") != "none":
        raise SpecError("it approximates GELU by tanh")
    return elementwise(reader, node, layers.GELU())


def _swish(reader: GraphReader, node: Node) -> Known:
    if node.number("alpha", 1.0) != 1:
        raise SpecError("its alpha is not 1")
    return elementwise(reader, node, layers.SiLU())


def _clip(reader: GraphReader, node: Node) -> Known:
    low, high = (
        [reader.maybe(node, place) for place in (1, 2)]
        if reader.opset >= 11
        else [np.float32(node.number(name, default)) for name, default in (("min", -3.4e38), ("max", 3.4e38))]
    )
    if low is not None and float(low) == 0 and (high is None or float(high) > 1e38):
        return elementwise(reader, node, layers.ReLU())
    raise SpecError("it cuts off elsewhere than below 0")


def _sine(reader: GraphReader, node: Node) -> Known:
    value = reader.input(node)
    factor = 1.0 if value.affine is None else value.affine.factor
    if factor is None:
        return elementwise(reader, node, layers.Sine(frequency=1.0))
    layer = layers.Sine(frequency=float(f"{factor:.7g}"))
    bare = replace(value, affine=None)
    return reader.builder.add(reader.stem(node), layer, reader.builder.solid(bare))


def _softmax(reader: GraphReader, node: Node) -> Known:
    value = reader.builder.plain(reader.input(node))
    axis = node.integer("axis", -1 if reader.opset >= 13 else 1)
    if reader.opset < 13 and len(value.shape) > 1 and axis in (1, -len(value.shape)):
        # It was a function of all numbers of a sample then.
        flat = reader.builder.solid(replace(value, shape=(math.prod(value.shape),)))
        made = reader.builder.add(reader.stem(node), layers.Softmax(), flat)
        return replace(made, shape=value.shape)
    axes = reader.axes(value)
    if (reader.opset < 13 and len(value.shape) > 1) or reader.source_axis(value, axes, axis) != 0:
        raise SpecError("it goes along another axis than the channels'")
    return reader.on_source(node, layers.Softmax(), [value], axes)


def _dropout(reader: GraphReader, node: Node) -> Known:
    ratio = reader.maybe(node, 1)
    rate = node.number("ratio", 0.5) if ratio is None else float(f"{float(ratio):.7g}")
    return elementwise(reader, node, layers.Dropout(rate=rate))


# Shapes


def _same(reader: GraphReader, node: Node) -> Known:
    return reader.input(node)


def _cast(reader: GraphReader, node: Node) -> Known:
    if node.integer("to", 1) not in (1, 10, 11):
        raise SpecError("it makes whole numbers of the data")
    return reader.input(node)


def _shaped(reader: GraphReader, node: Node, sizes: list[int]) -> Value:
    value = reader.input(node)
    shape = reader.without_batch(sizes)
    if not shape or math.prod(shape) != math.prod(value.shape):
        raise SpecError("it leaves no axis for the numbers of a sample")
    return replace(value, shape=shape, label=reader.stem(node))


def _flatten(reader: GraphReader, node: Node) -> Known:
    value = reader.input(node)
    axis = node.integer("axis", 1)
    if axis not in (1, -len(value.shape)):
        raise SpecError("it joins the samples of a batch")
    return replace(value, shape=(math.prod(value.shape),), label=reader.stem(node))


def _reshape(reader: GraphReader, node: Node) -> Known:
    value = reader.input(node)
    given = node.ints("shape", ()) if "shape" in node.attributes else reader.constant(node, 1, "sizes").ravel()
    if len(given) > 8:
        raise SpecError(f"it makes {len(given)} axes")
    return replace(value, shape=reader.resolved([int(size) for size in given], value), label=reader.stem(node))


def _squeeze(reader: GraphReader, node: Node) -> Known:
    sizes = reader.full_sizes(reader.input(node))
    axes = axes_of(node, [None, reader.maybe(node, 1)])
    gone = {place for place, size in enumerate(sizes) if size == 1 and place} if axes is None else set()
    for axis in axes or ():
        place = axis % len(sizes)
        if sizes[place] != 1 or place == 0:
            raise SpecError("it takes away an axis that is needed")
        gone.add(place)
    return _shaped(reader, node, [size for place, size in enumerate(sizes) if place not in gone])


def _unsqueeze(reader: GraphReader, node: Node) -> Known:
    sizes = reader.full_sizes(reader.input(node))
    axes = axes_of(node, [None, reader.maybe(node, 1)]) or ()
    rank = len(sizes) + len(axes)
    for place in sorted(axis % rank for axis in axes):
        sizes.insert(place, 1)
    return _shaped(reader, node, sizes)


def _transpose(reader: GraphReader, node: Node) -> Known:
    value = reader.input(node)
    rank = len(value.shape) + 1
    axes = node.ints("perm", tuple(reversed(range(rank))))
    if sorted(axes) != list(range(rank)) or axes[0] != 0:
        raise SpecError("it moves the axis of the samples")
    if math.prod(value.shape) > 1 << 24:
        raise SpecError("it turns samples that are too large")
    shape, order = reordered(value, tuple(axis - 1 for axis in axes[1:]))
    return replace(value, shape=shape, order=order, label=reader.stem(node))


# Sums and products


def _pairwise(reader: GraphReader, node: Node) -> tuple[list[Value], list[Array], list[Gate]]:
    known = dict(reader.known(node))
    constants = [reader.constant(node, place, "inputs") for place in range(len(node.inputs)) if place not in known]
    values = [each for each in known.values() if isinstance(each, Value)]
    return values, constants, [each for each in known.values() if isinstance(each, Gate)]


def _merge(reader: GraphReader, node: Node, values: list[Value], layer: Layer) -> Known:
    values = [reader.builder.plain(value) for value in values]
    first = values[0]
    alike = all(
        value.order is not None and first.order is not None
        and np.array_equal(value.order, first.order)
        and reader.builder.shapes[value.source] == reader.builder.shapes[first.source]
        and value.shape == first.shape
        for value in values
    )  # fmt: skip
    if alike:
        made = reader.builder.add(reader.stem(node), layer, *(value.source for value in values))
        return replace(first, source=made.source)
    return reader.builder.add(reader.stem(node), layer, *(reader.builder.solid(value) for value in values))


def _add(reader: GraphReader, node: Node) -> Known:
    values, constants, gates = _pairwise(reader, node)
    if gates:
        (gate,) = gates
        if values or gate.stage != "erf" or float(constants[0]) != 1 or gate.factor != 1:
            raise SpecError("it is no part of a GELU")
        return replace(gate, stage="chance")
    value: Known = values[0] if len(values) == 1 else _merge(reader, node, values, layers.Add())
    for constant in constants:
        assert isinstance(value, Value)
        value = reader.affine(node, value, None, constant)
    return value


def _subtract(reader: GraphReader, node: Node) -> Known:
    values, constants, gates = _pairwise(reader, node)
    if gates or len(values) != 1:
        raise SpecError("it takes one result from another")
    (constant,) = constants
    if node.inputs[0] in reader.constants:
        return reader.affine(node, values[0], np.array(-1.0), constant)
    return reader.affine(node, values[0], None, -constant)


def _multiply(reader: GraphReader, node: Node) -> Known:
    values, constants, gates = _pairwise(reader, node)
    if gates:
        return _gated(reader, node, gates, values, constants)
    if len(values) == 2:
        for gate, value in (values, values[::-1]):
            made = _as_silu(reader, gate, value)
            if made is not None:
                return made
        return _merge(reader, node, values, layers.Multiply())
    return reader.affine(node, values[0], constants[0], None)


def _as_silu(reader: GraphReader, gate: Value, value: Value) -> Value | None:
    """The product of a value and its own sigmoid as one block; None if this is none."""
    builder = reader.builder
    layer = builder.layers.get(gate.source)
    if not isinstance(layer, layers.Sigmoid) or gate.source in builder.shared:
        return None
    if (value.source, gate.source) not in builder.edges or value.shape != gate.shape or value.affine is not None:
        return None
    same = value.order is gate.order or (
        value.order is not None and gate.order is not None and np.array_equal(value.order, gate.order)
    )
    if not same:
        return None
    builder.swap(gate.source, layers.SiLU())
    return gate


def _divide(reader: GraphReader, node: Node) -> Known:
    values, constants, gates = _pairwise(reader, node)
    if gates or len(values) != 1 or node.inputs[0] in reader.constants:
        raise SpecError("it divides by results")
    (constant,) = constants
    if (constant == 0).any():
        raise SpecError("it divides by 0")
    return reader.affine(node, values[0], 1 / constant.astype(np.float64), None)


# A GELU that is spelt out: x / 2 times (1 + erf(x / sqrt 2)), in any order.


def _erf(reader: GraphReader, node: Node) -> Known:
    value = reader.input(node)
    factor = None if value.affine is None else value.affine.factor
    if factor is None or not math.isclose(factor, math.sqrt(0.5), rel_tol=1e-5):
        raise SpecError("it is no part of a GELU")
    return Gate(replace(value, affine=None), "erf", 1.0)


def _gated(reader: GraphReader, node: Node, gates: list[Gate], values: list[Value], constants: list[Array]) -> Known:
    (gate,) = gates
    factor, stage = gate.factor, gate.stage
    for constant in constants:
        factor *= float(constant)
    for value in values:
        own = 1.0 if value.affine is None else value.affine.factor
        if own is None or stage != "chance" or value.source != gate.base.source or value.shape != gate.base.shape:
            raise SpecError("it is no part of a GELU")
        factor, stage = factor * own, "product"
    if stage == "product" and math.isclose(factor, 0.5, rel_tol=1e-5):
        return reader.builder.add(reader.stem(node), layers.GELU(), reader.builder.solid(gate.base))
    return Gate(gate.base, stage, factor)


def _concat(reader: GraphReader, node: Node) -> Known:
    values, constants, gates = _pairwise(reader, node)
    if constants or gates:
        raise SpecError("it joins results with constants")
    # One that comes twice is there twice.
    values = [reader.builder.plain(reader.input(node, place)) for place in range(len(node.inputs))]
    if len(values) == 1:
        return values[0]
    axes = reader.axes(values[0])
    if axes is None or any(reader.axes(value) != axes for value in values):
        axes, values = None, [Value(reader.builder.solid(value), value.shape) for value in values]
    if reader.source_axis(values[0], axes, node.integer("axis", 1)) != 0:
        raise SpecError("it joins along another axis than the channels'")
    return reader.on_source(node, layers.Concatenate(), values, axes)


HANDLERS: dict[str, Handler] = {
    "Relu": _plain(layers.ReLU),
    "LeakyRelu": _leaky,
    "PRelu": _prelu,
    "Elu": _elu,
    "Gelu": _gelu,
    "Swish": _swish,
    "Clip": _clip,
    "Softplus": _plain(layers.Softplus),
    "Sigmoid": _plain(layers.Sigmoid),
    "Tanh": _plain(layers.Tanh),
    "Sin": _sine,
    "Erf": _erf,
    "Softmax": _softmax,
    "Dropout": _dropout,
    "Identity": _same,
    "Cast": _cast,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Transpose": _transpose,
    "Add": _add,
    "Sum": _add,
    "Sub": _subtract,
    "Mul": _multiply,
    "Div": _divide,
    "Concat": _concat,
}
