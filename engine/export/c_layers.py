"""Table of the layers' counterparts in plain C, engine/export/library/c_layers.c."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.export.numpy_layers import cut_of
from engine.sliding_window import axis, pair
from engine.types import Shape


@dataclass(frozen=True)
class Place:
    """Layer in a C function: names of its input arrays, of its output, and of its own arrays ("NULL" without).

    Attributes:
        shapes: of the inputs. shape: of the output.
    """

    inputs: tuple[str, ...]
    output: str
    arrays: Mapping[str, str]
    shapes: tuple[Shape, ...]
    shape: Shape

    def call(self, function: str, *values: Any) -> str:
        """Statement that computes the output from the first input."""
        return f"{function}({', '.join([self.inputs[0], self.output, *map(c_value, values)])});"

    @property
    def count(self) -> int:
        """Numbers of the output."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class CLayer:
    """Counterpart of a layer in C: functions of the library, and the statements that call them."""

    uses: tuple[str, ...]
    statements: Callable[[Any, Place], list[str]]


def c_value(value: Any) -> str:
    """Argument in C: an identifier, a number, or a list of whole numbers."""
    if isinstance(value, tuple):
        return f"(const int[]){{{', '.join(map(str, map(int, value)))}}}"
    return c_float(value) if isinstance(value, float) else str(value)


def c_float(value: float) -> str:
    """Literal of a finite float; nine digits tell any two of them apart."""
    text = f"{value:.9g}"
    return f"{text}f" if any(sign in text for sign in ".e") else f"{text}.0f"


def _elementwise(name: str, *settings: str) -> CLayer:
    """Entry of a function of single numbers, with some settings of the layer."""
    return CLayer(
        (name,),
        lambda layer, at: [at.call(f"nn_{name}", at.count, *(float(getattr(layer, each)) for each in settings))],
    )


def _dense(layer: Any, at: Place) -> list[str]:
    weight, bias = at.arrays["weight"], at.arrays.get("bias", "NULL")
    return [at.call("nn_dense", weight, bias, at.shapes[0][0], layer.units)]


def _conv(layer: Any, at: Place) -> list[str]:
    kernel, stride, dilation = pair(layer.kernel_size), pair(layer.stride), pair(layer.dilation)
    before = [
        axis(*sizes, layer.padding).before for sizes in zip(at.shapes[0][1:], kernel, stride, dilation, strict=True)
    ]
    shape, step = (*at.shapes[0], *at.shape, *kernel), (*stride, *dilation, *before, layer.groups)
    weight, bias = at.arrays["weight"], at.arrays.get("bias", "NULL")
    return [at.call("nn_conv2d", weight, bias, shape, step, int(layer.bias == "per_position"))]


def _transposed(layer: Any, at: Place) -> list[str]:
    shape = (*at.shapes[0], *at.shape, *pair(layer.kernel_size))
    step = (*pair(layer.stride), *cut_of(layer, at.shapes[0]))
    return [at.call("nn_convtranspose2d", at.arrays["weight"], at.arrays.get("bias", "NULL"), shape, step)]


def _pool(layer: Any, at: Place) -> list[str]:
    size, stride = pair(layer.pool_size), pair(layer.pool_size if layer.stride is None else layer.stride)
    before = [axis(*sizes, 1, layer.padding).before for sizes in zip(at.shapes[0][1:], size, stride, strict=True)]
    largest = int(layer.type_name() == "MaxPool2D")
    return [at.call("nn_pool2d", (*at.shapes[0], *at.shape[1:], *size), (*stride, *before), largest)]


def _batch_norm(layer: Any, at: Place) -> list[str]:
    arrays = [at.arrays[key] for key in ("weight", "bias", "mean", "variance")]
    return [at.call("nn_batchnorm", *arrays, at.shape[0], math.prod(at.shape[1:]), layer.epsilon)]


def _layer_norm(layer: Any, at: Place) -> list[str]:
    return [at.call("nn_layernorm", at.arrays["weight"], at.arrays["bias"], at.count, layer.epsilon)]


def _merged(name: str) -> Callable[[Any, Place], list[str]]:
    def statements(layer: Any, at: Place) -> list[str]:
        first = at.call("nn_copy", at.count)
        return [first, *(f"nn_{name}({other}, {at.output}, {at.count});" for other in at.inputs[1:])]

    return statements


def _concatenate(layer: Any, at: Place) -> list[str]:
    lines, start = [], 0
    for name, shape in zip(at.inputs, at.shapes, strict=True):
        lines.append(f"nn_copy({name}, {at.output} + {start}, {math.prod(shape)});")
        start += math.prod(shape)
    return lines


_COPY = CLayer(("copy",), lambda layer, at: [at.call("nn_copy", at.count)])
_POOL = CLayer(("pool2d",), _pool)

C_LAYERS: dict[str, CLayer] = {
    "Dense": CLayer(("dense",), _dense),
    "Conv2D": CLayer(("conv2d",), _conv),
    "ConvTranspose2D": CLayer(("convtranspose2d",), _transposed),
    "MaxPool2D": _POOL,
    "AvgPool2D": _POOL,
    "GlobalAvgPool2D": CLayer(
        ("globalavgpool2d",),
        lambda layer, at: [at.call("nn_globalavgpool2d", at.shapes[0][0], math.prod(at.shapes[0][1:]))],
    ),
    "Upsample2D": CLayer(
        ("upsample2d",), lambda layer, at: [at.call("nn_upsample2d", *at.shapes[0], *pair(layer.size))]
    ),
    "ZeroPad2D": CLayer(
        ("zeropad2d",), lambda layer, at: [at.call("nn_zeropad2d", *at.shapes[0], *pair(layer.padding))]
    ),
    "Flatten": _COPY,
    "Reshape": _COPY,
    "Dropout": _COPY,
    "BatchNorm": CLayer(("batchnorm",), _batch_norm),
    "LayerNorm": CLayer(("layernorm",), _layer_norm),
    "ReLU": _elementwise("relu"),
    "LeakyReLU": _elementwise("leakyrelu", "slope"),
    "ELU": _elementwise("elu", "alpha"),
    "GELU": _elementwise("gelu"),
    "SiLU": _elementwise("silu"),
    "Softplus": _elementwise("softplus"),
    "Sigmoid": _elementwise("sigmoid"),
    "Tanh": _elementwise("tanh"),
    "Sine": _elementwise("sine", "frequency"),
    "Softmax": CLayer(("softmax",), lambda layer, at: [at.call("nn_softmax", at.shape[0], math.prod(at.shape[1:]))]),
    "Add": CLayer(("copy", "add"), _merged("add")),
    "Multiply": CLayer(("copy", "multiply"), _merged("multiply")),
    "Concatenate": CLayer(("copy",), _concatenate),
}
