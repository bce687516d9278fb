"""Network under construction from a graph of operators."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from engine.errors import SpecError
from engine.graph import INPUT
from engine.importing.values import Affine, Value, axes_in_source
from engine.layers import Conv2D, ConvTranspose2D, Dense, Flatten, Layer, Reshape
from engine.network import Network
from engine.types import Array, Shape, show_shape

# Names that stand for the ends of a network, in the engine and on the canvas.
_RESERVED = frozenset({INPUT, "output"})
# The longest name of a block on the canvas.
_LONGEST = 40
# Axes of pictures with their channels last, in the order in which the blocks take them.
_CHANNELS_FIRST = (2, 0, 1)
# Channels of a block that scales each of them.
_MOST_SCALED = 4096


def block_name(text: str, fallback: str) -> str:
    """Name for a block: letters, digits and "_"; the end of a long one."""
    stem = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")[-_LONGEST:].lstrip("_")
    stem = stem or re.sub(r"[^A-Za-z0-9_]+", "_", fallback).strip("_").lower()[:_LONGEST] or "block"
    return f"n{stem[1 - _LONGEST :]}" if stem[0].isdigit() else stem


class Builder:
    """Blocks, connections and weights, as they are found.

    Attributes:
        layers, shapes: by name; shapes are those of the outputs. arrays: weights by full name.
        shared: blocks whose output is used more than once, so that nothing may be merged into them.
    """

    def __init__(self, input_shape: Shape) -> None:
        self.layers: dict[str, Layer] = {}
        self.edges: list[tuple[str, str]] = []
        self.shapes: dict[str, Shape] = {INPUT: input_shape}
        self.arrays: dict[str, Array] = {}
        self.shared: set[str] = set()
        # Of inputs whose channels come last in the file: the order of the numbers as the network takes them.
        self._input_order: Array | None = None
        self._input_taken = False
        self._shaped: dict[tuple[str, Shape], str] = {}
        self._scaled: dict[tuple[str, int], tuple[str, Affine]] = {}

    def add(self, name: str, layer: Layer, *sources: str, **arrays: Array) -> Value:
        """Add a block after others. Raises ShapeError or SpecError where it does not fit."""
        shapes = tuple(self.shapes[source] for source in sources)
        shape = layer.output_shape(*shapes)
        expected = {key: spec.shape for key, spec in layer.array_specs(*shapes).items()}
        for key, wanted in expected.items():
            found = arrays[key].shape if key in arrays else ()
            if found != wanted:
                raise SpecError(f"its {key} has the shape {show_shape(found)}, but needs {show_shape(wanted)}")
        free = self._free(block_name(name, layer.type_name()))
        self.layers[free], self.shapes[free] = layer, shape
        self.edges += [(source, free) for source in sources]
        self.arrays |= {f"{free}.{key}": np.asarray(arrays[key], np.float32) for key in expected}
        return Value(free, shape)

    def _free(self, stem: str) -> str:
        found, count = stem, 1
        while found in self.layers or found in _RESERVED:
            count += 1
            found = f"{stem[: _LONGEST - len(str(count)) - 1]}_{count}"
        return found

    def solid(self, value: Value) -> str:
        """Block whose output is this value as it stands. Adds one that changes the shape where it needs it.

        Raises SpecError where no block puts numbers into another order, or scales and shifts them so.
        """
        value = self.plain(value)
        if value.order is not None:
            raise SpecError("its input has its axes in another order, which no block changes")
        if value.shape == self.shapes[value.source]:
            return value.source
        key = value.source, value.shape
        if key not in self._shaped:
            layer: Layer = Flatten() if len(value.shape) == 1 else Reshape(shape=value.shape)
            made = self.add(value.label or layer.type_name().lower(), layer, value.source)
            self._shaped[key] = made.source
        return self._shaped[key]

    def plain(self, value: Value) -> Value:
        """The value in the order of the network's input, and without a scale and shift that wait for a layer.

        A convolution of one pixel, with a filter for each channel, computes them. Raises SpecError for those that
        differ from pixel to pixel, and for zeros around pictures that wait for a convolution.
        """
        value = self.adopted(value)
        if value.pads is not None:
            (top, bottom), (left, right) = value.pads
            raise SpecError(f"it follows padding that differs from side to side ({top}, {bottom}, {left}, {right})")
        if value.affine is None:
            return value
        shape, affine = self.shapes[value.source], value.affine
        if not per_channel(affine, shape):
            raise SpecError("it follows a scale or shift by constants, and no layer before or after it can take them")
        key = value.source, id(affine)
        if key not in self._scaled:
            scale, shift = (each.reshape(shape[0], -1)[:, 0] for each in (affine.scale, affine.shift))
            picture = replace(value, shape=(*shape, 1, 1)[:3], order=None, affine=None, label="pixels")
            layer = Conv2D(
                filters=shape[0], kernel_size=1, groups=shape[0], bias="per_filter" if shift.any() else "none"
            )
            arrays = {"weight": scale.reshape(-1, 1, 1, 1)} | ({"bias": shift} if shift.any() else {})
            made = self.add("scale", layer, self.solid(picture), **arrays).source
            # The settings are kept, so that no others get their number.
            self._scaled[key] = self.solid(Value(made, shape, label="scaled")), affine
        return replace(value, source=self._scaled[key][0], affine=None)

    def can_be_solid(self, value: Value) -> bool:
        """True if `solid` finds or adds a block for a value."""
        known = value.affine is None or per_channel(value.affine, self.shapes[value.source])
        return value.order is None and value.pads is None and known

    def adopted(self, value: Value) -> Value:
        """The value in the order in which the network takes its inputs.

        The first use decides: where the file turns pictures with their channels last, the network takes them with
        their channels first.
        """
        if value.source != INPUT or value.adopted:
            return value
        if not self._input_taken:
            self._input_taken = True
            if axes_in_source(value, self.shapes[INPUT]) == _CHANNELS_FIRST:
                self._input_order, self.shapes[INPUT] = value.order, value.shape
        affine = value.affine
        if self._input_order is None:
            if affine is not None:
                shape = self.shapes[INPUT]
                affine = Affine(affine.scale.reshape(shape), affine.shift.reshape(shape))
            return replace(value, affine=affine, adopted=True)
        order = np.arange(self._input_order.size) if value.order is None else value.order
        # Places in the file's input become places in the network's.
        found = np.argsort(self._input_order)[order]
        same = np.array_equal(found, np.arange(found.size))
        if affine is not None:
            scale, shift = (
                each.ravel()[self._input_order].reshape(self.shapes[INPUT]) for each in (affine.scale, affine.shift)
            )
            affine = Affine(scale, shift)
        return replace(value, order=None if same else found, affine=affine, adopted=True)

    def own(self, value: Value) -> Value:
        """The value if it is a block's output as it is, which may be changed since nothing else uses it.

        Raises LookupError if it is not.
        """
        if value.source in self.shared or value.source == INPUT or value.affine is not None:
            raise LookupError
        if any(source == value.source for source, _ in self.edges):
            raise LookupError
        return value

    def merge(self, value: Value, affine: Affine, shift_shape: Shape | None) -> bool:
        """Merge a scale and shift, in the order of the block's output, into the block that made a value.

        `shift_shape` is that of the constant that is added; None for none. Returns False where it cannot take them.
        """
        try:
            name = self.own(value).source
        except LookupError:
            return False
        layer, channels = self.layers[name], self.shapes[name][0]
        if not ({"Dense", "Conv2D", "ConvTranspose2D", "BatchNorm"} & {layer.type_name()}):
            return False
        scale, shift = (each.reshape(channels, -1) for each in (affine.scale, affine.shift))
        if (scale != scale[:, :1]).any():
            return False
        # As many numbers as there are pixels are meant for each of them, even where they happen to be equal.
        even = not (shift != shift[:, :1]).any() and math.prod((shift_shape or ())[-2:]) <= shift.shape[1] // 2
        even, weight = even or shift.shape[1] == 1, self.arrays[f"{name}.weight"]
        factor, bias = scale[:, 0], self.arrays.get(f"{name}.bias")
        by_place = layer.type_name() == "Conv2D" and (not even or (bias is not None and bias.ndim == 3))
        if not even and not by_place:
            return False
        added = affine.shift.reshape(self.shapes[name]) if by_place else shift[:, 0]
        if bias is not None:
            kept = bias if bias.ndim == added.ndim else bias.reshape(-1, *(1,) * (added.ndim - 1))
            added = kept * factor.reshape(-1, *(1,) * (kept.ndim - 1)) + added
        # The axis of the outputs: the last of Dense, the second of a transposed convolution, else the first.
        if isinstance(layer, Dense):
            weight = weight * factor
        elif isinstance(layer, ConvTranspose2D):
            weight = weight * factor[:, None, None]
        else:
            weight = weight * factor.reshape(-1, *(1,) * (weight.ndim - 1))
        self.arrays[f"{name}.weight"] = weight.astype(np.float32)
        if bias is not None or shift_shape is not None:
            self.arrays[f"{name}.bias"] = np.ascontiguousarray(added, np.float32)
            given = {"Conv2D": "per_position" if by_place else "per_filter"}.get(layer.type_name(), True)
            if "bias" in type(layer).model_fields:
                self.layers[name] = layer.with_changes(bias=given)
        return True

    def swap(self, name: str, layer: Layer) -> None:
        """Put another layer without weights in the place of one."""
        self.layers[name] = layer

    def network(self, output: str) -> Network:
        """Network that ends with this block. Raises EngineError."""
        if output == INPUT:
            # Nothing is done to the data; a network has a block all the same.
            output = self.add("reshape", Reshape(shape=self.shapes[INPUT]), INPUT).source
        needed, waiting = set[str](), [output]
        while waiting:
            name = waiting.pop()
            if name not in needed and name != INPUT:
                needed.add(name)
                waiting += [source for source, target in self.edges if target == name]
        nodes: Mapping[str, Layer] = {name: layer for name, layer in self.layers.items() if name in needed}
        edges = [edge for edge in self.edges if edge[1] in needed]
        network = Network.graph(nodes, edges, self.shapes[INPUT], seed=0)
        arrays = {name: array for name, array in self.arrays.items() if name.rpartition(".")[0] in needed}
        for name, array in arrays.items():
            if not np.isfinite(array).all():
                raise SpecError(f"its weights {name} hold NaN or infinity")
        network.take_parameters(arrays)
        return network


def per_channel(affine: Affine, shape: Shape) -> bool:
    """True if all numbers of a channel have the same scale and shift, so that a block can compute them."""
    parts = [each.reshape(shape[0], -1) for each in (affine.scale, affine.shift)]
    return 1 <= len(shape) <= 3 and shape[0] <= _MOST_SCALED and not any((each != each[:, :1]).any() for each in parts)


def spread(constant: Array, shape: Shape) -> Array:
    """Constant that is combined with a tensor (batch, *shape), as one number for each of a sample's. Raises SpecError.

    It must be the same for all samples, and must not make the tensor larger.
    """
    if constant.ndim > len(shape) and constant.shape[: constant.ndim - len(shape)] == (1,) * (
        constant.ndim - len(shape)
    ):
        constant = constant.reshape(constant.shape[constant.ndim - len(shape) :])
    if math.prod(shape) > 1 << 26 or constant.ndim > len(shape):
        raise SpecError(f"its constant has the shape {show_shape(constant.shape)}, its input {show_shape(shape)}")
    try:
        return np.broadcast_to(constant, shape).astype(np.float64)
    except ValueError:
        raise SpecError(
            f"its constant has the shape {show_shape(constant.shape)}, its input {show_shape(shape)}"
        ) from None
