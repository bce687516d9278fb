"""Table of the layers' counterparts in ONNX: nodes of the default operator set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.export.numpy_layers import cut_of
from engine.export.onnx_graph import OnnxGraph
from engine.sliding_window import axis, pair
from engine.types import Array, Shape


@dataclass(frozen=True)
class Site:
    """Place of a layer in the graph.

    Attributes:
        name: of the block; the node that does its work, or the last of several, is called so.
        inputs, output: names of tensors. shapes: those of the inputs, without the batch axis.
        arrays: names of the constant tensors of its arrays, by short name.
    """

    name: str
    inputs: tuple[str, ...]
    output: str
    shapes: tuple[Shape, ...]
    arrays: Mapping[str, str]


# Adds the nodes of a layer, the last of which has the output of the site.
OnnxLayer = Callable[[OnnxGraph, Any, Site], None]


def _one(kind: str, **attributes: Any) -> OnnxLayer:
    """Entry of a layer that is one node without settings."""

    def write(graph: OnnxGraph, layer: Any, at: Site) -> None:
        graph.add(kind, at.inputs, at.output, at.name, **attributes)

    return write


def _pads(layer: Any, shape: Shape, kernel: Any, stride: Any, dilation: Any = 1) -> tuple[int, ...]:
    """Padding above, left, below and right, in the order in which ONNX takes it."""
    rows, columns = (
        axis(*sizes, layer.padding) for sizes in zip(shape[1:], pair(kernel), pair(stride), pair(dilation), strict=True)
    )
    return rows.before, columns.before, rows.after, columns.after


def _dense(graph: OnnxGraph, layer: Any, at: Site) -> None:
    graph.add("Gemm", [*at.inputs, *at.arrays.values()], at.output, at.name)


def _conv(graph: OnnxGraph, layer: Any, at: Site) -> None:
    attributes = {
        "kernel_shape": pair(layer.kernel_size),
        "strides": pair(layer.stride),
        "dilations": pair(layer.dilation),
        "group": layer.groups,
        "pads": _pads(layer, at.shapes[0], layer.kernel_size, layer.stride, layer.dilation),
    }
    if layer.bias != "per_position":
        graph.add("Conv", [*at.inputs, *at.arrays.values()], at.output, at.name, **attributes)
        return
    before = graph.step("Conv", [*at.inputs, at.arrays["weight"]], f"{at.name}.kernels", **attributes)
    graph.add("Add", [before, at.arrays["bias"]], at.output, at.name)


def _transposed(graph: OnnxGraph, layer: Any, at: Site) -> None:
    shape, kernel, stride = at.shapes[0], pair(layer.kernel_size), pair(layer.stride)
    before = cut_of(layer, shape)
    # Beyond the last stamp, kernels smaller than the stride leave a gap; else what is too much is cut off.
    more = [
        size + cut - ((count - 1) * step + extent)
        for size, cut, count, step, extent in zip(
            layer.output_shape(shape)[1:], before, shape[1:], stride, kernel, strict=True
        )
    ]
    graph.add(
        "ConvTranspose",
        [*at.inputs, *at.arrays.values()],
        at.output,
        at.name,
        kernel_shape=kernel,
        strides=stride,
        pads=(*before, *(max(-count, 0) for count in more)),
        output_padding=tuple(max(count, 0) for count in more),
    )


def _pool(kind: str, **attributes: Any) -> OnnxLayer:
    def write(graph: OnnxGraph, layer: Any, at: Site) -> None:
        stride = layer.pool_size if layer.stride is None else layer.stride
        graph.add(
            kind,
            at.inputs,
            at.output,
            at.name,
            kernel_shape=pair(layer.pool_size),
            strides=pair(stride),
            pads=_pads(layer, at.shapes[0], layer.pool_size, stride),
            **attributes,
        )

    return write


def _global_pool(graph: OnnxGraph, layer: Any, at: Site) -> None:
    means = graph.step("GlobalAveragePool", at.inputs, f"{at.name}.means")
    graph.add("Flatten", [means], at.output, at.name, axis=1)


def _upsample(graph: OnnxGraph, layer: Any, at: Site) -> None:
    scales = graph.constant(f"{at.name}.scales", (1, 1, *pair(layer.size)))
    nearest = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    graph.add("Resize", [*at.inputs, "", scales], at.output, at.name, **nearest)


def _zero_pad(graph: OnnxGraph, layer: Any, at: Site) -> None:
    pads = graph.constant(f"{at.name}.pads", (0, 0, *pair(layer.padding)) * 2, np.int64)
    graph.add("Pad", [*at.inputs, pads], at.output, at.name, mode="constant")


def _reshape(graph: OnnxGraph, layer: Any, at: Site) -> None:
    # A 0 keeps the batch axis as it is.
    shape = graph.constant(f"{at.name}.shape", (0, *layer.output_shape(*at.shapes)), np.int64)
    graph.add("Reshape", [*at.inputs, shape], at.output, at.name)


def _dropout(graph: OnnxGraph, layer: Any, at: Site) -> None:
    graph.add("Dropout", [*at.inputs, graph.constant(f"{at.name}.rate", layer.rate)], at.output, at.name)


def _batch_norm(graph: OnnxGraph, layer: Any, at: Site) -> None:
    arrays = (at.arrays[key] for key in ("weight", "bias", "mean", "variance"))
    settings = {"epsilon": layer.epsilon, "momentum": 1 - layer.momentum}
    graph.add("BatchNormalization", [*at.inputs, *arrays], at.output, at.name, **settings)


def _layer_norm(graph: OnnxGraph, layer: Any, at: Site) -> None:
    arrays = (at.arrays[key] for key in ("weight", "bias"))
    graph.add("LayerNormalization", [*at.inputs, *arrays], at.output, at.name, axis=1, epsilon=layer.epsilon)


def _silu(graph: OnnxGraph, layer: Any, at: Site) -> None:
    gate = graph.step("Sigmoid", at.inputs, f"{at.name}.gate")
    graph.add("Mul", [*at.inputs, gate], at.output, at.name)


def _sine(graph: OnnxGraph, layer: Any, at: Site) -> None:
    frequency = graph.constant(f"{at.name}.frequency", layer.frequency)
    angle = graph.step("Mul", [*at.inputs, frequency], f"{at.name}.angle")
    graph.add("Sin", [angle], at.output, at.name)


def _product(graph: OnnxGraph, layer: Any, at: Site) -> None:
    made, *others = at.inputs
    *inner, last = others
    for number, other in enumerate(inner, 2):
        made = graph.step("Mul", [made, other], f"{at.name}.factors_{number}")
    graph.add("Mul", [made, last], at.output, at.name)


def _sum(graph: OnnxGraph, layer: Any, at: Site) -> None:
    graph.add("Add" if len(at.inputs) == 2 else "Sum", at.inputs, at.output, at.name)


ONNX_LAYERS: dict[str, OnnxLayer] = {
    "Dense": _dense,
    "Conv2D": _conv,
    "ConvTranspose2D": _transposed,
    "MaxPool2D": _pool("MaxPool"),
    "AvgPool2D": _pool("AveragePool", count_include_pad=0),
    "GlobalAvgPool2D": _global_pool,
    "Upsample2D": _upsample,
    "ZeroPad2D": _zero_pad,
    "Flatten": _one("Flatten", axis=1),
    "Reshape": _reshape,
    "Dropout": _dropout,
    "BatchNorm": _batch_norm,
    "LayerNorm": _layer_norm,
    "ReLU": _one("Relu"),
    "LeakyReLU": lambda graph, layer, at: _one("LeakyRelu", alpha=layer.slope)(graph, layer, at),
    "ELU": lambda graph, layer, at: _one("Elu", alpha=layer.alpha)(graph, layer, at),
    "GELU": _one("Gelu"),
    "SiLU": _silu,
    "Softplus": _one("Softplus"),
    "Sigmoid": _one("Sigmoid"),
    "Tanh": _one("Tanh"),
    "Sine": _sine,
    "Softmax": _one("Softmax", axis=1),
    "Add": _sum,
    "Multiply": _product,
    "Concatenate": _one("Concat", axis=1),
}


def laid_out(array: Array) -> Array:
    """Array as ONNX keeps it: float32, in the engine's own layout, which is ONNX's for all layers."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array.astype(np.float32, copy=False))
