"""Table of the layers' counterparts in the library of plain NumPy, engine/export/library/numpy_layers.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.sliding_window import axis, pair
from engine.source_code import Call, call
from engine.types import Shape

NumpyLayer = Callable[..., Call]


def _padding(layer: Any, shape: Shape, kernel: Any, stride: Any, dilation: Any) -> tuple[tuple[int, int], ...]:
    """Rows before and after the picture, and columns."""
    axes = (
        axis(*sizes, layer.padding) for sizes in zip(shape[1:], pair(kernel), pair(stride), pair(dilation), strict=True)
    )
    return tuple((each.before, each.after) for each in axes)


def _conv(layer: Any, shape: Shape) -> Call:
    specs = layer.parameter_specs(shape)
    return call(
        "Conv2D",
        weight=specs["weight"].shape,
        bias=specs["bias"].shape if "bias" in specs else (),
        stride=pair(layer.stride),
        dilation=pair(layer.dilation),
        padding=_padding(layer, shape, layer.kernel_size, layer.stride, layer.dilation),
        groups=layer.groups,
    )


def cut_of(layer: Any, shape: Shape) -> tuple[int, int]:
    """Rows and columns that a transposed convolution cuts off before its output."""
    cut = []
    for count, size, kernel, stride in zip(
        shape[1:], layer.output_shape(shape)[1:], pair(layer.kernel_size), pair(layer.stride), strict=True
    ):
        over = max((count - 1) * stride + kernel - size, 0)
        cut.append(over // 2)
    return cut[0], cut[1]


def _transposed(layer: Any, shape: Shape) -> Call:
    return call(
        "ConvTranspose2D",
        weight=layer.parameter_specs(shape)["weight"].shape,
        bias=layer.bias,
        stride=pair(layer.stride),
        size=layer.output_shape(shape)[1:],
        cut=cut_of(layer, shape),
    )


def _pool(layer: Any, shape: Shape) -> Call:
    stride = layer.pool_size if layer.stride is None else layer.stride
    padding = _padding(layer, shape, layer.pool_size, stride, 1)
    return call(layer.type_name(), pair(layer.pool_size), pair(stride), padding)


def _plain(layer: Any, *shapes: Shape) -> Call:
    return call(layer.type_name())


def _reshape(layer: Any, shape: Shape) -> Call:
    return call("Reshape", layer.output_shape(shape))


# Each gives the call of a class for a layer and the shapes of its inputs. Arrays have the engine's names and layout.
NUMPY_LAYERS: dict[str, NumpyLayer] = {
    "Dense": lambda layer, shape: call("Dense", shape[0], layer.units, **({} if layer.bias else {"bias": False})),
    "Conv2D": _conv,
    "ConvTranspose2D": _transposed,
    "MaxPool2D": _pool,
    "AvgPool2D": _pool,
    "GlobalAvgPool2D": _plain,
    "Upsample2D": lambda layer, shape: call("Upsample2D", pair(layer.size)),
    "ZeroPad2D": lambda layer, shape: call("ZeroPad2D", pair(layer.padding)),
    "Flatten": _reshape,
    "Reshape": _reshape,
    "Dropout": lambda layer, shape: call("Dropout", layer.rate),
    "BatchNorm": lambda layer, shape: call("BatchNorm", shape[0], layer.momentum, layer.epsilon),
    "LayerNorm": lambda layer, shape: call("LayerNorm", shape, layer.epsilon),
    "ReLU": _plain,
    "LeakyReLU": lambda layer, shape: call("LeakyReLU", layer.slope),
    "ELU": lambda layer, shape: call("ELU", layer.alpha),
    "GELU": _plain,
    "SiLU": _plain,
    "Softplus": _plain,
    "Sigmoid": _plain,
    "Tanh": _plain,
    "Sine": lambda layer, shape: call("Sine", layer.frequency),
    "Softmax": _plain,
    "Add": _plain,
    "Multiply": _plain,
    "Concatenate": _plain,
}
