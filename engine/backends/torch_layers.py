"""Table of the layers' counterparts in PyTorch, for computing, exporting and comparing.

PyTorch is imported when a module is made, not before: it is no dependency of the engine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.checks import expect_kind
from engine.errors import SpecError
from engine.layers.base import Layer
from engine.sliding_window import axis, pair
from engine.source_code import Call, call
from engine.types import Array, Shape, show_shape

# torch.nn.Module and torch.Tensor; PyTorch need not be there for the types to be checked.
Module = Any
Tensor = Any


@dataclass(frozen=True)
class TorchLayer:
    """Counterpart of a type of layer in PyTorch.

    Attributes:
        make: function of a layer and the shapes of its inputs, without the batch axis. Gives the call of a module that
            takes one tensor (N, *shape) per input: a class of torch.nn, or of `torch_modules`.
        names: PyTorch's names of those arrays that it calls otherwise, by the layer's own short name.
        transposed: short names of the matrices that PyTorch stores transposed.
    """

    make: Callable[..., Call]
    names: Mapping[str, str] = field(default_factory=dict)
    transposed: frozenset[str] = frozenset()


def counterpart(layer: Layer) -> TorchLayer:
    """Entry of a layer in the table. Raises SpecError if it has none."""
    expect_kind(layer, Layer, "the layer", "one of engine.layers, such as Dense(3)")
    found = TORCH_LAYERS.get(layer.type_name())
    if found is None:
        raise SpecError(f"PyTorch has no counterpart of {layer.type_name()}; add it to engine/backends/torch_layers.py")
    return found


def make_module(layer: Layer, *inputs: Shape) -> Module:
    """PyTorch module (torch.nn.Module) of a layer, with parameters of its own.

    Args:
        inputs: the shapes of the layer's inputs, without the batch axis.

    Raises SpecError if there is none, ImportError without PyTorch.
    """
    return counterpart(layer).make(layer, *inputs).build(_find)


def array_paths(layer: Layer, *inputs: Shape) -> dict[str, str]:
    """Names of a layer's arrays within its module, as in a state_dict, by short name; needs no PyTorch."""
    entry = counterpart(layer)
    made = entry.make(layer, *inputs)
    names = {name: entry.names.get(name, name) for name in layer.array_specs(*inputs)}
    found = _paths(made, set(names.values()))
    return {name: found[theirs] for name, theirs in names.items()}


def laid_out(layer: Layer, name: str, array: Array) -> Array:
    """One of a layer's arrays as PyTorch lays it out, contiguous."""
    return np.ascontiguousarray(array.T if name in counterpart(layer).transposed else array)


def tensors(module: Module, layer: Layer) -> dict[str, Tensor]:
    """Parameters and buffers of a module by the layer's own short names.

    No copies; in PyTorch's layout.
    """
    entry = counterpart(layer)
    ours = {theirs: name for name, theirs in entry.names.items()}
    # In a module made of several, names have a path in front.
    theirs = {path.rpartition(".")[2]: tensor for path, tensor in _named(module)}
    return {ours.get(name, name): tensor for name, tensor in theirs.items() if name != "num_batches_tracked"}


def load_arrays(module: Module, layer: Layer, arrays: Mapping[str, Array]) -> None:
    """Copy a layer's arrays, by short name, into its module.

    Parameters, and state such as BatchNorm's running mean.

    Raises SpecError if an array is missing, left over, or of another shape.
    """
    import torch

    found = tensors(module, layer)
    if found.keys() != arrays.keys():
        raise SpecError(
            f"the module of {layer.type_name()} takes {', '.join(found) or 'no arrays'}, "
            f"found {', '.join(arrays) or 'none'}"
        )
    with torch.no_grad():
        for name, array in arrays.items():
            laid = torch.from_numpy(np.array(laid_out(layer, name, array)))
            if laid.shape != found[name].shape:
                expected = show_shape(as_array(found[name], layer, name).shape)
                raise SpecError(
                    f"the module of {layer.type_name()} takes a {name} of {expected}, found {show_shape(array.shape)}"
                )
            found[name].copy_(laid)


def as_array(tensor: Tensor, layer: Layer, name: str) -> Array:
    """Copy of a module's parameter, or of its gradient, in the layer's layout."""
    array: Array = np.array(tensor.detach().cpu().numpy())
    return np.ascontiguousarray(array.T) if name in counterpart(layer).transposed else array


def _named(module: Module) -> list[tuple[str, Tensor]]:
    return [*module.named_parameters(), *module.named_buffers()]


def _find(name: str) -> Callable[..., Module]:
    """Class of a module."""
    from torch import nn

    from engine.backends import torch_modules

    found: Callable[..., Module] = getattr(nn, name) if hasattr(nn, name) else getattr(torch_modules, name)
    return found


# Modules that hold arrays themselves; all others only hold modules.
_HOLDING = frozenset({"Linear", "Conv2d", "ConvTranspose2d", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LayerNorm"})


def _paths(made: Call, wanted: Iterable[str]) -> dict[str, str]:
    """Paths of the arrays of these names (PyTorch's) within a module."""
    if made.name in _HOLDING:
        return {name: name for name in wanted}
    if made.name == "Shift":
        inner = _paths(made.args[0], set(wanted) - {"bias"})
        return {name: f"before.{path}" for name, path in inner.items()} | {"bias": "bias"}
    for place, part in enumerate(made.args):
        if isinstance(part, Call):
            inner = _paths(part, wanted)
            if inner:
                return {name: f"{place}.{path}" for name, path in inner.items()}
    return {}


def _plain(name: str, *parts: Call, **settings: Any) -> TorchLayer:
    """Entry of a layer without settings, by the name of its module."""
    return TorchLayer(lambda layer, *inputs: call(name, *parts, **settings))


def _zeros(layer: Any, shape: Shape, kernel: Any, stride: Any, dilation: Any) -> tuple[int, int, int, int]:
    """Padding left, right, above and below, in the order in which PyTorch takes it."""
    rows, columns = (
        axis(size, extent, step, spread, layer.padding)
        for size, extent, step, spread in zip(shape[1:], pair(kernel), pair(stride), pair(dilation), strict=True)
    )
    return columns.before, columns.after, rows.before, rows.after


def _dense(layer: Any, shape: Shape) -> Call:
    return call("Linear", shape[0], layer.units, **({} if layer.bias else {"bias": False}))


def _conv(layer: Any, shape: Shape) -> Call:
    kernel, stride, dilation = pair(layer.kernel_size), pair(layer.stride), pair(layer.dilation)
    padding, around = layer.padding, None
    if padding == "full":
        padding = tuple((size - 1) * step for size, step in zip(kernel, dilation, strict=True))
    elif padding == "same" and stride != (1, 1):
        padding, around = 0, call("ZeroPad2d", _zeros(layer, shape, kernel, stride, dilation))
    settings: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "groups": layer.groups}
    usual = {"stride": (1, 1), "padding": 0, "dilation": (1, 1), "groups": 1}
    settings = {name: value for name, value in settings.items() if value not in (usual[name], "valid")}
    if layer.bias != "per_filter":
        settings["bias"] = False
    module = call("Conv2d", shape[0], layer.filters, kernel, **settings)
    if around is not None:
        module = call("Sequential", around, module)
    return call("Shift", module, layer.output_shape(shape)) if layer.bias == "per_position" else module


def _transposed(layer: Any, shape: Shape) -> Call:
    kernel, stride = pair(layer.kernel_size), pair(layer.stride)
    given = shape[0], layer.filters, kernel, stride
    if layer.padding != "same":
        padding = 0 if layer.padding == "valid" else layer.padding
        return call("ConvTranspose2d", *given, padding, bias=layer.bias)
    # Kernels smaller than the stride leave a gap at the end; of larger ones, what overlaps is cut off on both sides.
    more = [step - size for size, step in zip(kernel, stride, strict=True)]
    gap = tuple(max(count, 0) for count in more)
    module = call("ConvTranspose2d", *given, output_padding=gap, bias=layer.bias)
    (top, bottom), (left, right) = ((max(-n, 0) // 2, max(-n, 0) - max(-n, 0) // 2) for n in more)
    return call("Sequential", module, call("ZeroPad2d", (-left, -right, -top, -bottom)))


def _max_pool(layer: Any, shape: Shape) -> Call:
    stride = layer.pool_size if layer.stride is None else layer.stride
    around = _zeros(layer, shape, layer.pool_size, stride, 1)
    pool = call("MaxPool2d", pair(layer.pool_size), pair(stride))
    return call("Sequential", call("ConstantPad2d", around, -math.inf), pool) if any(around) else pool


def _avg_pool(layer: Any, shape: Shape) -> Call:
    stride = layer.pool_size if layer.stride is None else layer.stride
    around = _zeros(layer, shape, layer.pool_size, stride, 1)
    # PyTorch leaves padding out of the mean only where it is equal on both sides.
    sizes = pair(layer.pool_size), pair(stride)
    return call("MeanInside", *sizes, around) if any(around) else call("AvgPool2d", *sizes)


def _batch_norm(layer: Any, shape: Shape) -> Call:
    settings = {"eps": layer.epsilon, "momentum": layer.momentum}
    kinds = {1: "BatchNorm1d", 2: "BatchNorm1d", 3: "BatchNorm2d", 4: "BatchNorm3d"}
    if len(shape) in kinds:
        return call(kinds[len(shape)], shape[0], **settings)
    norm = call("BatchNorm1d", shape[0], **settings)
    return call("Sequential", call("Flatten", 2), norm, call("Unflatten", 2, shape[1:]))


def _reshape(layer: Any, shape: Shape) -> Call:
    return call("Sequential", call("Flatten"), call("Unflatten", 1, layer.output_shape(shape)))


def _zero_pad(layer: Any, shape: Shape) -> Call:
    return call("ZeroPad2d", tuple(size for size in pair(layer.padding)[::-1] for _ in range(2)))


TORCH_LAYERS: dict[str, TorchLayer] = {
    "Dense": TorchLayer(_dense, transposed=frozenset({"weight"})),
    "Conv2D": TorchLayer(_conv),
    "ConvTranspose2D": TorchLayer(_transposed),
    "MaxPool2D": TorchLayer(_max_pool),
    "AvgPool2D": TorchLayer(_avg_pool),
    "GlobalAvgPool2D": _plain("Sequential", call("AdaptiveAvgPool2d", 1), call("Flatten")),
    "Upsample2D": TorchLayer(lambda layer, shape: call("Upsample", scale_factor=pair(layer.size), mode="nearest")),
    "ZeroPad2D": TorchLayer(_zero_pad),
    "Flatten": _plain("Flatten"),
    "Reshape": TorchLayer(_reshape),
    "Dropout": TorchLayer(lambda layer, shape: call("Dropout", layer.rate)),
    "BatchNorm": TorchLayer(_batch_norm, {"mean": "running_mean", "variance": "running_var"}),
    "LayerNorm": TorchLayer(lambda layer, shape: call("LayerNorm", shape, layer.epsilon)),
    "ReLU": _plain("ReLU"),
    "LeakyReLU": TorchLayer(lambda layer, shape: call("LeakyReLU", layer.slope)),
    "ELU": TorchLayer(lambda layer, shape: call("ELU", layer.alpha)),
    "GELU": _plain("GELU"),
    "SiLU": _plain("SiLU"),
    "Softplus": _plain("Softplus"),
    "Sigmoid": _plain("Sigmoid"),
    "Tanh": _plain("Tanh"),
    "Sine": TorchLayer(lambda layer, shape: call("Sine", layer.frequency)),
    "Softmax": _plain("Softmax", dim=1),
    "Add": _plain("Sum"),
    "Multiply": _plain("Product"),
    "Concatenate": _plain("Concatenate"),
}
