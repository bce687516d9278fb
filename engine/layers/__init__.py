"""The layers. Importing this package fills `REGISTRY`; `AnyLayer` is the type to use in validated models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from engine.declared import explain, one_of
from engine.errors import SpecError
from engine.layers.activations import (
    ELU,
    GELU,
    LeakyReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from engine.layers.base import REGISTRY, Layer, ParameterSpec, Shape, show_shape
from engine.layers.convolution import Conv2D
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.pooling import AvgPool2D, MaxPool2D
from engine.layers.shape import Flatten, Reshape

if TYPE_CHECKING:
    AnyLayer = Layer
else:
    AnyLayer = one_of(REGISTRY)
_ADAPTER: TypeAdapter[Any] = TypeAdapter(one_of(REGISTRY))


def from_spec(spec: dict[str, Any]) -> Layer:
    """The layer of a dictionary such as `{"type": "Dense", "units": 3}`. Raises SpecError."""
    try:
        layer: Layer = _ADAPTER.validate_python(spec)
    except ValidationError as error:
        raise SpecError(explain(error, "layer")) from None
    return layer


__all__ = [
    "ELU",
    "GELU",
    "REGISTRY",
    "AnyLayer",
    "AvgPool2D",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "LeakyReLU",
    "MaxPool2D",
    "ParameterSpec",
    "ReLU",
    "Reshape",
    "Shape",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "from_spec",
    "show_shape",
]
