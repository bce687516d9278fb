"""Table of the layers' counterparts in PyTorch, for computing, exporting and comparing.

PyTorch is imported when a module is made, not before: it is no dependency of the engine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from engine.checks import expect_kind
from engine.errors import SpecError
from engine.layers.base import Layer
from engine.sliding_window import axis, pair
from engine.types import Array, Shape, show_shape

# torch.nn.Module and torch.Tensor; PyTorch need not be there for the types to be checked.
Module = Any
Tensor = Any


@dataclass(frozen=True)
class TorchLayer:
    """Counterpart of a type of layer in PyTorch.

    Attributes:
        make: function of a layer and the shapes of its inputs, without the batch axis. Gives a module that takes one
            tensor (N, *shape) per input.
        names: PyTorch's names of those arrays that it calls otherwise, by the layer's own short name.
        transposed: short names of the matrices that PyTorch stores transposed.
    """

    make: Callable[..., Module]
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
    return counterpart(layer).make(layer, *inputs)


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
    turned = counterpart(layer).transposed
    with torch.no_grad():
        for name, array in arrays.items():
            laid = torch.from_numpy(np.array(array.T if name in turned else array))
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


def _nn() -> Any:
    from torch import nn

    return nn


@cache
def _classes() -> tuple[Any, Any]:
    """Modules that PyTorch lacks: a plain function, and a bias per number."""
    import torch
    from torch import nn

    class Apply(nn.Module):
        def __init__(self, function: Callable[..., Tensor]) -> None:
            super().__init__()
            self.function = function

        def forward(self, *inputs: Tensor) -> Tensor:
            return self.function(*inputs)

    class Shift(nn.Module):
        def __init__(self, before: Module, shape: Shape) -> None:
            super().__init__()
            self.before = before
            self.bias = nn.Parameter(torch.zeros(shape))

        def forward(self, x: Tensor) -> Tensor:
            return self.before(x) + self.bias

    return Apply, Shift


def _apply(function: Callable[..., Tensor]) -> Module:
    return _classes()[0](function)


def _plain(name: str, **settings: Any) -> TorchLayer:
    """Entry of a layer without settings, by the name of its module."""
    return TorchLayer(lambda layer, *inputs: getattr(_nn(), name)(**settings))


def _zeros(layer: Any, shape: Shape, kernel: Any, stride: Any, dilation: Any) -> tuple[int, int, int, int]:
    """Padding left, right, above and below, in the order in which PyTorch takes it."""
    rows, columns = (
        axis(size, extent, step, spread, layer.padding)
        for size, extent, step, spread in zip(shape[1:], pair(kernel), pair(stride), pair(dilation), strict=True)
    )
    return columns.before, columns.after, rows.before, rows.after


def _dense(layer: Any, shape: Shape) -> Module:
    return _nn().Linear(shape[0], layer.units, bias=layer.bias)


def _conv(layer: Any, shape: Shape) -> Module:
    nn, kernel, stride, dilation = _nn(), pair(layer.kernel_size), pair(layer.stride), pair(layer.dilation)
    padding, around = layer.padding, None
    if padding == "full":
        padding = tuple((size - 1) * step for size, step in zip(kernel, dilation, strict=True))
    elif padding == "same" and stride != (1, 1):
        padding, around = 0, nn.ZeroPad2d(_zeros(layer, shape, kernel, stride, dilation))
    per_filter = layer.bias == "per_filter"
    module = nn.Conv2d(shape[0], layer.filters, kernel, stride, padding, dilation, groups=layer.groups, bias=per_filter)
    if around is not None:
        module = nn.Sequential(around, module)
    if layer.bias == "per_position":
        module = _classes()[1](module, layer.output_shape(shape))
    return module


def _transposed(layer: Any, shape: Shape) -> Module:
    nn, kernel, stride = _nn(), pair(layer.kernel_size), pair(layer.stride)
    make = nn.ConvTranspose2d
    if layer.padding != "same":
        padding = 0 if layer.padding == "valid" else layer.padding
        return make(shape[0], layer.filters, kernel, stride, padding, bias=layer.bias)
    # Kernels smaller than the stride leave a gap at the end; of larger ones, what overlaps is cut off on both sides.
    more = [step - size for size, step in zip(kernel, stride, strict=True)]
    module = make(
        shape[0], layer.filters, kernel, stride, output_padding=[max(count, 0) for count in more], bias=layer.bias
    )
    (top, bottom), (left, right) = ((max(-n, 0) // 2, max(-n, 0) - max(-n, 0) // 2) for n in more)
    return nn.Sequential(module, nn.ZeroPad2d((-left, -right, -top, -bottom)))


def _max_pool(layer: Any, shape: Shape) -> Module:
    nn, stride = _nn(), layer.pool_size if layer.stride is None else layer.stride
    around = _zeros(layer, shape, layer.pool_size, stride, 1)
    pool = nn.MaxPool2d(pair(layer.pool_size), pair(stride))
    return nn.Sequential(nn.ConstantPad2d(around, -math.inf), pool) if any(around) else pool


def _avg_pool(layer: Any, shape: Shape) -> Module:
    nn, stride = _nn(), layer.pool_size if layer.stride is None else layer.stride
    around = _zeros(layer, shape, layer.pool_size, stride, 1)
    pool = nn.AvgPool2d(pair(layer.pool_size), pair(stride))
    if not any(around):
        return pool
    padded = nn.Sequential(nn.ZeroPad2d(around), pool)
    # What lies outside of the picture does not count; PyTorch knows that of equal padding on both sides only.
    return _apply(lambda x: padded(x) / padded(x.new_ones(x.shape)))


def _batch_norm(layer: Any, shape: Shape) -> Module:
    nn, settings = _nn(), {"eps": layer.epsilon, "momentum": layer.momentum}
    kinds = {1: nn.BatchNorm1d, 2: nn.BatchNorm1d, 3: nn.BatchNorm2d, 4: nn.BatchNorm3d}
    if len(shape) in kinds:
        return kinds[len(shape)](shape[0], **settings)
    return nn.Sequential(nn.Flatten(2), nn.BatchNorm1d(shape[0], **settings), nn.Unflatten(2, shape[1:]))


def _sine(layer: Any, shape: Shape) -> Module:
    import torch

    return _apply(lambda x: torch.sin(layer.frequency * x))


def _reshape(layer: Any, shape: Shape) -> Module:
    nn = _nn()
    return nn.Sequential(nn.Flatten(), nn.Unflatten(1, layer.output_shape(shape)))


def _sum(layer: Any, *shapes: Shape) -> Module:
    return _apply(lambda *inputs: sum(inputs[1:], inputs[0]))


def _product(layer: Any, *shapes: Shape) -> Module:
    return _apply(lambda *inputs: math.prod(inputs[1:], start=inputs[0]))


def _concatenate(layer: Any, *shapes: Shape) -> Module:
    import torch

    return _apply(lambda *inputs: torch.cat(inputs, dim=1))


TORCH_LAYERS: dict[str, TorchLayer] = {
    "Dense": TorchLayer(_dense, transposed=frozenset({"weight"})),
    "Conv2D": TorchLayer(_conv),
    "ConvTranspose2D": TorchLayer(_transposed),
    "MaxPool2D": TorchLayer(_max_pool),
    "AvgPool2D": TorchLayer(_avg_pool),
    "GlobalAvgPool2D": TorchLayer(lambda layer, shape: _nn().Sequential(_nn().AdaptiveAvgPool2d(1), _nn().Flatten())),
    "Upsample2D": TorchLayer(lambda layer, shape: _nn().Upsample(scale_factor=pair(layer.size), mode="nearest")),
    "ZeroPad2D": TorchLayer(
        lambda layer, shape: _nn().ZeroPad2d(tuple(size for size in pair(layer.padding)[::-1] for _ in range(2)))
    ),
    "Flatten": _plain("Flatten"),
    "Reshape": TorchLayer(_reshape),
    "Dropout": TorchLayer(lambda layer, shape: _nn().Dropout(layer.rate)),
    "BatchNorm": TorchLayer(_batch_norm, {"mean": "running_mean", "variance": "running_var"}),
    "LayerNorm": TorchLayer(lambda layer, shape: _nn().LayerNorm(shape, layer.epsilon)),
    "ReLU": _plain("ReLU"),
    "LeakyReLU": TorchLayer(lambda layer, shape: _nn().LeakyReLU(layer.slope)),
    "ELU": TorchLayer(lambda layer, shape: _nn().ELU(layer.alpha)),
    "GELU": _plain("GELU"),
    "SiLU": _plain("SiLU"),
    "Softplus": _plain("Softplus"),
    "Sigmoid": _plain("Sigmoid"),
    "Tanh": _plain("Tanh"),
    "Sine": TorchLayer(_sine),
    "Softmax": _plain("Softmax", dim=1),
    "Add": TorchLayer(_sum),
    "Multiply": TorchLayer(_product),
    "Concatenate": TorchLayer(_concatenate),
}
