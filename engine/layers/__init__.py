"""Layers. Importing this package fills `REGISTRY`; `AnyLayer` is the type to use in validated models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from engine.declared import one_of
from engine.errors import SpecError
from engine.explanation import explain
from engine.layers.activations import ELU, GELU, LeakyReLU, ReLU, SiLU, Softplus
from engine.layers.base import REGISTRY, Layer, ParameterSpec
from engine.layers.bounded_activations import Sigmoid, Sine, Softmax, Tanh
from engine.layers.convolution import Conv2D
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.merge import Add, Concatenate, Multiply
from engine.layers.normalisation import BatchNorm, LayerNorm
from engine.layers.pooling import AvgPool2D, GlobalAvgPool2D, MaxPool2D
from engine.layers.resizing import Upsample2D, ZeroPad2D
from engine.layers.shape import Flatten, Reshape
from engine.layers.transposed import ConvTranspose2D
from engine.types import Shape, show_shape

if TYPE_CHECKING:
    AnyLayer = Layer
else:
    AnyLayer = one_of(REGISTRY)
_ADAPTER: TypeAdapter[Any] = TypeAdapter(one_of(REGISTRY))


def from_spec(spec: dict[str, Any]) -> Layer:
    """Layer from a dictionary such as `{"type": "Dense", "units": 3}`. Raises SpecError."""
    try:
        layer: Layer = _ADAPTER.validate_python(spec)
    except ValidationError as error:
        raise SpecError(explain(error, "layer", AnyLayer)) from None
    return layer


__all__ = [
    "ELU",
    "GELU",
    "REGISTRY",
    "Add",
    "AnyLayer",
    "AvgPool2D",
    "BatchNorm",
    "Concatenate",
    "Conv2D",
    "ConvTranspose2D",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAvgPool2D",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "MaxPool2D",
    "Multiply",
    "ParameterSpec",
    "ReLU",
    "Reshape",
    "Shape",
    "SiLU",
    "Sigmoid",
    "Sine",
    "Softmax",
    "Softplus",
    "Tanh",
    "Upsample2D",
    "ZeroPad2D",
    "from_spec",
    "show_shape",
]
