"""Table of ONNX's operators that have a block: those with weights, pools, and resizing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from engine import layers
from engine.errors import SpecError
from engine.importing.builder import per_channel
from engine.importing.graph_reader import GraphReader, Handler, Known
from engine.importing.onnx_model import Node
from engine.importing.values import Affine, Value, turned
from engine.importing.windows import padding_of, pads_of, picture, places, simple, transposed_padding, two
from engine.layers import Layer
from engine.types import Array, Shape

_LARGEST = float(np.finfo(np.float32).max)


def _dense(reader: GraphReader, node: Node, weight: Array, bias: Array | None) -> Value:
    """Add a Dense layer; weight (in, out). Axes in another order, and a scale before it, go into its weights."""
    value = reader.builder.adopted(reader.input(node))
    if len(value.shape) != 1 or weight.ndim != 2 or weight.shape[0] != value.shape[0]:
        raise SpecError("its weights do not fit rows of numbers; blocks multiply whole samples by a matrix")
    weight = weight.astype(np.float64)
    if value.order is not None:
        turned = np.empty_like(weight)
        turned[value.order] = weight
        weight = turned
    if value.affine is not None:
        scale, shift = (each.ravel() for each in (value.affine.scale, value.affine.shift))
        added = shift @ weight
        if bias is not None or added.any():
            bias = added + (0 if bias is None else bias)
        weight = scale[:, None] * weight
    shape = reader.builder.shapes[value.source]
    flat = Value(value.source, shape if len(shape) == 1 else value.shape, label=value.label)
    layer = layers.Dense(units=weight.shape[1], bias=bias is not None)
    arrays = {"weight": weight} | ({} if bias is None else {"bias": bias})
    return reader.builder.add(reader.stem(node), layer, reader.builder.solid(flat), **arrays)


def _gemm(reader: GraphReader, node: Node) -> Known:
    if node.integer("transA", 0):
        raise SpecError("it turns its input")
    weight = reader.constant(node, 1, "weights") * node.number("alpha", 1.0)
    weight = weight.T if node.integer("transB", 0) else weight
    bias = reader.maybe(node, 2)
    if bias is not None:
        if bias.ndim == 2 and bias.shape[0] != 1:
            raise SpecError("every sample has a bias of its own")
        bias = np.broadcast_to(bias.ravel() * node.number("beta", 1.0), (weight.shape[-1],))
    return _dense(reader, node, weight, bias)


def _matmul(reader: GraphReader, node: Node) -> Known:
    return _dense(reader, node, reader.constant(node, 1, "weights"), None)


def _conv(reader: GraphReader, node: Node) -> Known:
    builder = reader.builder
    value = builder.adopted(reader.input(node))
    shape, weight, bias = picture(value.shape), reader.constant(node, 1, "kernels"), reader.maybe(node, 2)
    kernel = two(node.ints("kernel_shape", weight.shape[2:]), "kernel_shape")
    stride, dilation = (two(node.ints(name, (1, 1)), name) for name in ("strides", "dilations"))
    groups = node.integer("group", 1)
    if weight.shape[2:] != kernel or min(*kernel, *stride, *dilation, groups) < 1:
        raise SpecError("its kernels have another size than it says")
    pads, value = pads_of(node, shape, kernel, stride, dilation, value.pads), replace(value, pads=None)
    if value.affine is not None and _takes_affine(value.affine, shape, padded=any(map(any, pads))):
        value, weight, bias = _prepared(value, weight.astype(np.float64), bias, groups)
    source, wanted = builder.solid(value), places(shape, kernel, stride, dilation, pads)
    choices = ("valid", "same", "full", min(pads[0][0], 64))
    padding = padding_of(wanted, shape, kernel, stride, dilation, dict.fromkeys(choices))
    if padding is None:
        source, padding = _padded(reader, f"{reader.stem(node)}_pad", source, pads), "valid"
    layer = layers.Conv2D(
        filters=weight.shape[0],
        kernel_size=simple(kernel),
        stride=simple(stride),
        padding=padding,
        dilation=simple(dilation),
        groups=groups,
        bias="none" if bias is None else "per_filter",
    )
    return builder.add(reader.stem(node), layer, source, weight=weight, **({} if bias is None else {"bias": bias}))


def _takes_affine(affine: Affine, shape: Shape, *, padded: bool) -> bool:
    """True if a convolution can take a scale and shift of its input: the zeros around it are shifted by neither."""
    return per_channel(affine, shape) and not (padded and affine.shift.any())


def _prepared(value: Value, weight: Array, bias: Array | None, groups: int) -> tuple[Value, Array, Array | None]:
    """A convolution that takes the scale and shift of its input into its kernels and biases."""
    assert value.affine is not None
    scale, shift = (each.reshape(value.shape[0], -1) for each in (value.affine.scale, value.affine.shift))
    # Rows of channels, one for the filters of each group.
    rows = scale[:, 0].reshape(groups, -1).repeat(weight.shape[0] // groups, axis=0)
    if shift.any():
        offsets = shift[:, 0].reshape(groups, -1).repeat(weight.shape[0] // groups, axis=0)
        bias = (0 if bias is None else bias) + (weight * offsets[:, :, None, None]).sum(axis=(1, 2, 3))
    return Value(value.source, value.shape, value.order, None, value.label), weight * rows[:, :, None, None], bias


def _padded(reader: GraphReader, name: str, source: str, pads: tuple[tuple[int, int], tuple[int, int]]) -> str:
    """Block of zeros around pictures, in front of a window. Raises SpecError where the sides are not equal."""
    (top, bottom), (left, right) = pads
    if (top, left) != (bottom, right) or max(top, left) > 64:
        raise SpecError(f"its padding differs from side to side ({top}, {bottom}, {left}, {right})")
    layer = layers.ZeroPad2D(padding=simple((top, left)))
    return reader.builder.add(name, layer, source).source


def _transposed(reader: GraphReader, node: Node) -> Known:
    source = reader.solid(node)
    shape, weight, bias = picture(reader.builder.shapes[source]), reader.constant(node, 1, "kernels"), None
    bias = reader.maybe(node, 2)
    if node.integer("group", 1) != 1 or any(size != 1 for size in node.ints("dilations", (1, 1))):
        raise SpecError("it has groups or dilation")
    kernel = two(weight.shape[2:], "kernels")
    stride = two(node.ints("strides", (1, 1)), "strides")
    bare = layers.ConvTranspose2D(
        filters=weight.shape[1], kernel_size=simple(kernel), stride=simple(stride), bias=bias is not None
    )
    padding = transposed_padding(node, bare, shape)
    if padding is None:
        raise SpecError("it cuts off its border otherwise than any padding of the block")
    layer = bare.with_changes(padding=padding)
    arrays = {"weight": weight} | ({} if bias is None else {"bias": bias})
    return reader.builder.add(reader.stem(node), layer, source, **arrays)


def _pool(kind: type[layers.MaxPool2D | layers.AvgPool2D]) -> Handler:
    def handle(reader: GraphReader, node: Node) -> Known:
        value = reader.input(node)
        source = reader.builder.solid(replace(value, pads=None))
        shape = picture(reader.builder.shapes[source])
        kernel = two(node.ints("kernel_shape", ()), "kernel_shape")
        stride, dilation = (two(node.ints(name, (1, 1)), name) for name in ("strides", "dilations"))
        if dilation != (1, 1) or min(*kernel, *stride) < 1:
            raise SpecError("its windows have gaps")
        pads = pads_of(node, shape, kernel, stride, (1, 1), value.pads)
        if any(most >= size for most, size in zip(map(max, pads), kernel, strict=True)):
            raise SpecError("some of its windows lie outside of the picture")
        zeros = kind is layers.AvgPool2D and bool(node.integer("count_include_pad", 0)) and any(map(any, pads))
        ceiling = bool(node.integer("ceil_mode", 0))
        wanted = places(shape, kernel, stride, (1, 1), pads, ceiling=ceiling)
        padding = None if zeros else padding_of(wanted, shape, kernel, stride, (1, 1), ("valid", "same"))
        if padding is None:
            # Zeros change no largest number where none is negative, and belong to a mean that counts them.
            if not zeros and (kind is layers.AvgPool2D or not _never_negative(reader, source)):
                raise SpecError("its padding is neither valid nor same")
            if wanted != places(shape, kernel, stride, (1, 1), pads):
                raise SpecError("its last windows lie half outside of the picture")
            source, padding = _padded(reader, f"{reader.stem(node)}_pad", source, pads), "valid"
        layer = kind(pool_size=simple(kernel), stride=None if stride == kernel else simple(stride), padding=padding)
        return reader.builder.add(reader.stem(node), layer, source)

    return handle


def _never_negative(reader: GraphReader, source: str) -> bool:
    layer: Any = reader.builder.layers.get(source)
    low: float = layer.output_range()[0] if hasattr(layer, "output_range") else -1.0
    return low >= 0


def _global(reader: GraphReader, node: Node, layer: Layer) -> Known:
    source = reader.solid(node)
    channels, _, _ = picture(reader.builder.shapes[source])
    made = reader.builder.add(reader.stem(node), layer, source)
    return Value(made.source, (channels, 1, 1))


def _global_mean(reader: GraphReader, node: Node) -> Known:
    return _global(reader, node, layers.GlobalAvgPool2D())


def _mean(reader: GraphReader, node: Node) -> Known:
    value = reader.builder.plain(reader.input(node))
    given = reader.maybe(node, 1)
    gone = node.ints("axes", ()) if given is None else tuple(int(axis) for axis in given.ravel())
    axes = reader.axes(value)
    if len(value.shape) != 3 or sorted(reader.source_axis(value, axes, axis) for axis in gone) != [1, 2]:
        raise SpecError("it goes over other axes than rows and columns of pictures")
    source = reader.builder.solid(value) if axes is None else value.source
    made = reader.builder.add(reader.stem(node), layers.GlobalAvgPool2D(), source)
    if not node.integer("keepdims", 1):
        return made
    reduced = {axis % 4 - 1 for axis in gone}
    return replace(made, shape=tuple(1 if place in reduced else size for place, size in enumerate(value.shape)))


def _global_max(reader: GraphReader, node: Node) -> Known:
    _, *size = picture(reader.builder.shapes[reader.solid(node)])
    return _global(reader, node, layers.MaxPool2D(pool_size=simple((size[0], size[1]))))


def _batch_norm(reader: GraphReader, node: Node) -> Known:
    if node.integer("training_mode", 0):
        raise SpecError("it was exported in the middle of training; export the network for inference")
    # 1 would keep running statistics as they are; here, a tenth is renewed then, the usual share.
    momentum = float(f"{1 - node.number('momentum', 0.9):.6g}")
    layer = layers.BatchNorm(epsilon=node.number("epsilon", 1e-5), momentum=momentum if 0 < momentum <= 1 else 0.1)
    names = ("weight", "bias", "mean", "variance")
    arrays = {name: reader.constant(node, place, "statistics") for place, name in enumerate(names, 1)}
    return reader.builder.add(reader.stem(node), layer, reader.solid(node), **arrays)


def _layer_norm(reader: GraphReader, node: Node) -> Known:
    source = reader.solid(node)
    shape: Shape = reader.builder.shapes[source]
    if node.integer("axis", -1) not in (1, -len(shape)):
        raise SpecError("it normalises parts of a sample; the block takes the whole sample")
    weight, bias = reader.constant(node, 1, "scale"), reader.maybe(node, 2)
    arrays = {
        "weight": np.broadcast_to(weight, shape),
        "bias": np.broadcast_to(np.zeros(1) if bias is None else bias, shape),
    }
    layer = layers.LayerNorm(epsilon=node.number("epsilon", 1e-5))
    return reader.builder.add(reader.stem(node), layer, source, **arrays)


def _resize(reader: GraphReader, node: Node) -> Known:
    source = reader.solid(node)
    shape = picture(reader.builder.shapes[source])
    if node.text("mode", "nearest") != "nearest":
        raise SpecError("it computes pixels between the others; the block repeats them")
    if node.kind == "Upsample" or reader.opset < 11:
        given = node.attributes.get("scales")
        scales: Array | None = np.asarray(given) if isinstance(given, tuple) else reader.constant(node, 1, "scales")
        # The very first versions say neither how places are computed nor how they are rounded.
        ways = "asymmetric", "floor"
        sizes = None
    else:
        sizes = reader.maybe(node, 3)
        scales = reader.maybe(node, 2) if sizes is None or not sizes.size else None
        ways = (
            node.text("coordinate_transformation_mode", "half_pixel"),
            node.text("nearest_mode", "round_prefer_floor"),
        )
    factors = _factors(shape, scales, sizes)
    for size, factor in zip(shape[1:], factors, strict=True):
        if not np.array_equal(_nearest(size, factor, *ways), np.arange(size * factor) // factor):
            raise SpecError(f"it takes other pixels than the nearest ({', '.join(ways)})")
    if factors == (1, 1):
        return reader.input(node)
    return reader.builder.add(reader.stem(node), layers.Upsample2D(size=simple(factors)), source)


def _factors(shape: Shape, scales: Array | None, sizes: Array | None) -> tuple[int, int]:
    """Whole factors of rows and columns. Raises SpecError for any others."""
    if scales is not None and scales.size == 4:
        found = [float(scale) for scale in scales.ravel()]
    elif sizes is not None and sizes.size == 4:
        found = [1.0, *(float(size) / have for size, have in zip(sizes.ravel()[1:], shape, strict=True))]
    else:
        raise SpecError("its factors are not given as constants for all axes")
    if found[:2] != [1, 1] or any(factor != round(factor) or factor < 1 for factor in found[2:]):
        raise SpecError(f"it resizes by {found[2]:g} and {found[3]:g}; the block enlarges by whole factors")
    return int(found[2]), int(found[3])


def _nearest(size: int, factor: int, mode: str, rounding: str) -> Array:
    """Places of the pixels that are taken, by the formulas of the operator Resize."""
    at = np.arange(size * factor, dtype=np.float64)
    match mode:
        case "half_pixel" | "pytorch_half_pixel" | "half_pixel_symmetric":
            places = (at + 0.5) / factor - 0.5
        case "asymmetric":
            places = at / factor
        case "align_corners":
            places = at * (size - 1) / max(size * factor - 1, 1)
        case _:
            raise SpecError(f"it computes places in a way that is not known ({mode:.30})")
    match rounding:
        case "floor":
            found = np.floor(places)
        case "ceil":
            found = np.ceil(places)
        case "round_prefer_floor" | "":
            found = np.ceil(places - 0.5)
        case "round_prefer_ceil":
            found = np.floor(places + 0.5)
        case _:
            raise SpecError(f"it rounds in a way that is not known ({rounding:.30})")
    return np.clip(found, 0, size - 1)


def _pad(reader: GraphReader, node: Node) -> Known:
    value = reader.input(node)
    given = reader.maybe(node, 1)
    pads = node.ints("pads", ()) if given is None else tuple(int(size) for size in given.ravel())
    fill = reader.maybe(node, 2) if reader.opset >= 11 else np.float32(node.number("value", 0.0))
    if len(pads) != 2 * len(value.shape) + 2:
        raise SpecError("its pads do not fit the axes of its input")
    if not any(pads):
        return value
    picture(value.shape)
    mode, number = node.text("mode", "constant"), 0.0 if fill is None else float(fill)
    zeros = mode == "constant" and number == 0
    # Below all numbers, or the nearest ones again: neither changes the largest of a window that reaches the picture.
    lows = mode == "edge" or (mode == "constant" and number <= -_LARGEST)
    value = reader.builder.adopted(value)
    axes = reader.axes(value) or (0, 1, 2)
    sides = {axis: (pads[1 + place], pads[5 + place]) for place, axis in enumerate(axes)}
    if pads[0] or pads[4] or any(sides[0]):
        raise SpecError("it pads channels")
    around = sides[1], sides[2]
    waits = value.order is None and value.pads is None and min(map(min, around)) >= 0
    uneven = any(before != after for before, after in around)
    if waits and reader.next_kinds(node) == ({"MaxPool"} if lows else {"Conv"}) and (lows or (zeros and uneven)):
        return replace(value, pads=around)
    if not zeros:
        raise SpecError("it puts something else than zeros around pictures")
    value = reader.builder.plain(value)
    source = reader.builder.solid(value) if value.order is None else value.source
    made = _padded(reader, reader.stem(node), source, around)
    return turned(Value(made, reader.builder.shapes[made]), axes)


LAYER_HANDLERS: dict[str, Handler] = {
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Conv": _conv,
    "ConvTranspose": _transposed,
    "MaxPool": _pool(layers.MaxPool2D),
    "AveragePool": _pool(layers.AvgPool2D),
    "GlobalAveragePool": _global_mean,
    "GlobalMaxPool": _global_max,
    "ReduceMean": _mean,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "Resize": _resize,
    "Upsample": _resize,
    "Pad": _pad,
}
