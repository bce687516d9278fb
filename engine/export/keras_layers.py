"""Table of the layers' counterparts in Keras 3.

Pictures keep their channels first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.export.numpy_layers import cut_of
from engine.export.subject import ExportError
from engine.sliding_window import Window, axis, pair
from engine.source_code import Call, call
from engine.types import Shape

# Names of the classes that the library brings.
OWN = frozenset({"Sine", "Shift", "Pad", "Scale"})
_FIRST = {"data_format": "channels_first"}


@dataclass(frozen=True)
class KerasLayer:
    """Counterpart of a layer in Keras.

    Attributes:
        make: function of a layer and the shapes of its inputs. Gives the calls of layers, one after the other.
        names: Keras's names of those arrays that it calls otherwise, by the layer's own short name.
        order: by short name, the order in which Keras has the axes of an array.
    """

    make: Callable[..., list[Call]]
    names: Mapping[str, str] = field(default_factory=lambda: {"weight": "kernel"})
    order: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def _one(name: str, *args: Any, **settings: Any) -> KerasLayer:
    return KerasLayer(lambda layer, *inputs: [call(name, *args, **settings)])


def _window(layer: Any, shape: Shape, kernel: Any, stride: Any, dilation: Any = 1) -> Window:
    rows, columns = (
        axis(*sizes, layer.padding) for sizes in zip(shape[1:], pair(kernel), pair(stride), pair(dilation), strict=True)
    )
    return Window(rows, columns)


def _pad(sliding: Window, value: float) -> list[Call]:
    """Layer that pads as a window wants it; none where it wants no padding."""
    around = ((sliding.rows.before, sliding.rows.after), (sliding.columns.before, sliding.columns.after))
    return [call("Pad", around, value)] if any(map(any, around)) else []


def _conv(layer: Any, shape: Shape) -> list[Call]:
    stride, dilation = pair(layer.stride), pair(layer.dilation)
    if max(stride) > 1 and max(dilation) > 1:
        raise ExportError("Keras has no convolution with both a stride and a dilation above 1; set one of them to 1")
    settings: dict[str, Any] = {}
    if stride != (1, 1):
        settings["strides"] = stride
    if dilation != (1, 1):
        settings["dilation_rate"] = dilation
    if layer.groups != 1:
        settings["groups"] = layer.groups
    settings["use_bias"] = layer.bias == "per_filter"
    made = _pad(_window(layer, shape, layer.kernel_size, stride, dilation), 0.0)
    made.append(call("Conv2D", layer.filters, pair(layer.kernel_size), **settings, **_FIRST))
    return [*made, call("Shift")] if layer.bias == "per_position" else made


def _transposed(layer: Any, shape: Shape) -> list[Call]:
    kernel, stride = pair(layer.kernel_size), pair(layer.stride)
    made = [
        call("Conv2DTranspose", layer.filters, kernel, strides=stride, use_bias=layer.bias, padding="valid", **_FIRST)
    ]
    # Keras puts out at least `stride` times the size, the engine all that is wanted and no more.
    cuts = []
    for before, count, size, extent, step in zip(
        cut_of(layer, shape), shape[1:], layer.output_shape(shape)[1:], kernel, stride, strict=True
    ):
        whole = count * step + max(extent - step, 0)
        cuts.append((before, whole - before - size))
    return [*made, call("Cropping2D", tuple(cuts), **_FIRST)] if any(map(any, cuts)) else made


def _max_pool(layer: Any, shape: Shape) -> list[Call]:
    stride = layer.pool_size if layer.stride is None else layer.stride
    pads = _pad(_window(layer, shape, layer.pool_size, stride), float("-inf"))
    return [*pads, call("MaxPooling2D", pair(layer.pool_size), pair(stride), **_FIRST)]


def _avg_pool(layer: Any, shape: Shape) -> list[Call]:
    stride = layer.pool_size if layer.stride is None else layer.stride
    sliding = _window(layer, shape, layer.pool_size, stride)
    pads = _pad(sliding, 0.0)
    made = [*pads, call("AveragePooling2D", pair(layer.pool_size), pair(stride), **_FIRST)]
    if not pads:
        return made
    # What lies outside of the picture does not count: each window is divided by the pixels that it meets.
    inside = [
        np.array([each.under(place).inside.sum() for place in range(each.output)])
        for each in (sliding.rows, sliding.columns)
    ]
    factors = sliding.rows.kernel * sliding.columns.kernel / np.outer(*inside)
    return [*made, call("Scale", factors.tolist())]


def _batch_norm(layer: Any, shape: Shape) -> list[Call]:
    return [call("BatchNormalization", axis=1, momentum=1 - layer.momentum, epsilon=layer.epsilon)]


def _layer_norm(layer: Any, shape: Shape) -> list[Call]:
    return [call("LayerNormalization", axis=list(range(1, len(shape) + 1)), epsilon=layer.epsilon)]


_NORM = {"weight": "gamma", "bias": "beta", "mean": "moving_mean", "variance": "moving_variance"}

KERAS_LAYERS: dict[str, KerasLayer] = {
    "Dense": KerasLayer(lambda layer, shape: [call("Dense", layer.units, use_bias=layer.bias)]),
    "Conv2D": KerasLayer(_conv, order={"weight": (2, 3, 1, 0)}),
    "ConvTranspose2D": KerasLayer(_transposed, order={"weight": (2, 3, 1, 0)}),
    "MaxPool2D": KerasLayer(_max_pool),
    "AvgPool2D": KerasLayer(_avg_pool),
    "GlobalAvgPool2D": _one("GlobalAveragePooling2D", **_FIRST),
    "Upsample2D": KerasLayer(lambda layer, shape: [call("UpSampling2D", pair(layer.size), **_FIRST)]),
    "ZeroPad2D": KerasLayer(lambda layer, shape: [call("ZeroPadding2D", pair(layer.padding), **_FIRST)]),
    # Of pictures with channels first, Keras would else turn the axes round.
    "Flatten": _one("Flatten", data_format="channels_last"),
    "Reshape": KerasLayer(lambda layer, shape: [call("Reshape", layer.output_shape(shape))]),
    "Dropout": KerasLayer(lambda layer, shape: [call("Dropout", layer.rate)]),
    "BatchNorm": KerasLayer(_batch_norm, _NORM),
    "LayerNorm": KerasLayer(_layer_norm, _NORM),
    "ReLU": _one("ReLU"),
    "LeakyReLU": KerasLayer(lambda layer, shape: [call("LeakyReLU", negative_slope=layer.slope)]),
    "ELU": KerasLayer(lambda layer, shape: [call("ELU", alpha=layer.alpha)]),
    "GELU": _one("Activation", "gelu"),
    "SiLU": _one("Activation", "silu"),
    "Softplus": _one("Activation", "softplus"),
    "Sigmoid": _one("Activation", "sigmoid"),
    "Tanh": _one("Activation", "tanh"),
    "Sine": KerasLayer(lambda layer, shape: [call("Sine", layer.frequency)]),
    "Softmax": _one("Softmax", axis=1),
    "Add": _one("Add"),
    "Multiply": _one("Multiply"),
    "Concatenate": _one("Concatenate", axis=1),
}
