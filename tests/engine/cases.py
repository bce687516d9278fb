"""Examples of every layer, for the battery and the comparison with PyTorch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from engine import Network, layers
from engine.layers import Layer
from engine.types import Shape

Array = np.ndarray


@dataclass(frozen=True)
class Case:
    """A layer, and shapes it takes, one per input."""

    layer: Layer
    inputs: tuple[Shape, ...]

    @property
    def name(self) -> str:
        fields = self.layer.model_dump(exclude={"type"}, exclude_defaults=True)
        settings = ",".join(f"{key}={value}" for key, value in fields.items())
        return f"{self.layer.type_name()}({settings})-{'+'.join(map(layers.show_shape, self.inputs))}".replace(" ", "")

    def network(self, dtype: type[np.floating] = np.float32, seed: int = 1) -> Network:
        """The layer as a network; one with several inputs gets each as a part of one row of numbers."""
        if len(self.inputs) == 1:
            return Network([self.layer], self.inputs[0], seed=seed, dtype=dtype)
        nodes: dict[str, Layer] = {}
        edges = []
        for number, shape in enumerate(self.inputs):
            nodes[f"row_{number}"] = layers.Dense(math.prod(shape), bias=False)
            nodes[f"shape_{number}"] = layers.Reshape(shape=shape)
            edges += [("input", f"row_{number}"), (f"row_{number}", f"shape_{number}"), (f"shape_{number}", "layer")]
        nodes["layer"] = self.layer
        return Network.graph(nodes, edges, (5,), seed=seed, dtype=dtype)

    def samples(self, count: int = 4, seed: int = 0) -> Array:
        """Samples for `network()`, (count, ...), float64."""
        shape = self.inputs[0] if len(self.inputs) == 1 else (5,)
        return np.random.default_rng(seed).standard_normal((count, *shape))


IMAGE = (3, 7, 6)
VECTOR = (6,)


def _conv() -> Iterator[Layer]:
    yield layers.Conv2D(filters=4, kernel_size=3)
    yield layers.Conv2D(filters=4, kernel_size=1, bias="none")
    yield layers.Conv2D(filters=2, kernel_size=(2, 3), stride=(2, 1), padding="same")
    for padding in ("valid", "same", "full", 2):
        for stride in (1, 2):
            for dilation in (1, 2):
                for bias in ("per_filter", "per_position", "none"):
                    yield layers.Conv2D(
                        filters=3,
                        kernel_size=3,
                        stride=stride,
                        padding=padding,
                        dilation=dilation,
                        groups=3 if dilation == stride else 1,
                        bias=bias,
                        bias_init="normal",
                    )


def _pools() -> Iterator[Layer]:
    for kind in (layers.MaxPool2D, layers.AvgPool2D):
        for pool_size in (2, (3, 2)):
            for stride in (None, 1, (1, 2)):
                for padding in ("valid", "same"):
                    yield kind(pool_size=pool_size, stride=stride, padding=padding)


def _transposed() -> Iterator[Layer]:
    yield layers.ConvTranspose2D(filters=4, kernel_size=1, bias=False)
    yield layers.ConvTranspose2D(filters=2, kernel_size=(2, 5), stride=(3, 2), padding="same")
    for padding in ("valid", "same", 1):
        for stride in (1, 2, (1, 3)):
            yield layers.ConvTranspose2D(filters=2, kernel_size=3, stride=stride, padding=padding, bias_init="normal")


def _activations() -> Iterator[Layer]:
    for kind in layers.REGISTRY.values():
        if kind.category == "Activation":
            yield kind()
    yield layers.LeakyReLU(slope=0.2)
    yield layers.ELU(alpha=1.7)
    yield layers.Sine(frequency=3)


CASES = [
    *(Case(layers.Dense(units=units, bias=bias), (VECTOR,)) for units in (1, 4) for bias in (True, False)),
    *(Case(layer, (IMAGE,)) for layer in _conv()),
    *(Case(layer, (IMAGE,)) for layer in _pools()),
    *(Case(layer, (shape,)) for layer in _activations() for shape in (VECTOR, (1,), IMAGE)),
    *(Case(layers.Dropout(rate=rate), (shape,)) for rate in (0.0, 0.4) for shape in (VECTOR, IMAGE)),
    *(Case(layers.Flatten(), (shape,)) for shape in (VECTOR, IMAGE)),
    Case(layers.Reshape(shape=(2, 3)), (VECTOR,)),
    Case(layers.Reshape(shape=(-1, 7)), (IMAGE,)),
    *(Case(layer, (IMAGE,)) for layer in _transposed()),
    Case(layers.GlobalAvgPool2D(), (IMAGE,)),
    *(Case(layers.Upsample2D(size=size), (IMAGE,)) for size in (1, 2, (3, 2))),
    *(Case(layers.ZeroPad2D(padding=padding), (IMAGE,)) for padding in (0, 1, (2, 3))),
    *(Case(kind(), (shape,)) for kind in (layers.BatchNorm, layers.LayerNorm) for shape in (VECTOR, IMAGE)),
    Case(layers.BatchNorm(momentum=0.3, epsilon=0.1), (IMAGE,)),
    Case(layers.LayerNorm(epsilon=0.1), (IMAGE,)),
    *(
        Case(kind(), (shape,) * count)
        for kind in (layers.Add, layers.Multiply, layers.Concatenate)
        for shape in ((3,), (2, 3, 2))
        for count in (2, 3)
    ),
    Case(layers.Concatenate(), ((3,), (1,), (2,))),
    Case(layers.Concatenate(), ((1, 3, 2), (4, 3, 2))),
]

# Layers with shapes that do not fit them, and whether the engine knows what to do about it.
MISFITS: list[tuple[Layer, tuple[Shape, ...], bool]] = [
    (layers.Dense(units=2), (IMAGE,), True),
    (layers.Conv2D(), ((9,),), True),
    (layers.Conv2D(), ((7,),), False),
    (layers.Conv2D(kernel_size=9), (IMAGE,), True),
    (layers.Conv2D(kernel_size=3, dilation=4), (IMAGE,), True),
    (layers.Conv2D(filters=4, groups=2), (IMAGE,), True),
    (layers.MaxPool2D(), ((16,),), True),
    (layers.MaxPool2D(pool_size=8), (IMAGE,), True),
    (layers.AvgPool2D(), ((4, 4),), True),
    (layers.AvgPool2D(pool_size=(8, 2)), (IMAGE,), True),
    (layers.Reshape(shape=(4, 4)), (VECTOR,), True),
    (layers.Reshape(shape=(4, -1)), (VECTOR,), True),
    (layers.ConvTranspose2D(), ((9,),), True),
    (layers.ConvTranspose2D(kernel_size=2, padding=5), (IMAGE,), True),
    (layers.GlobalAvgPool2D(), ((9,),), True),
    (layers.Upsample2D(), ((7,),), False),
    (layers.ZeroPad2D(), ((9,),), True),
    (layers.Add(), ((3,), (4,)), False),
    (layers.Multiply(), ((2, 3, 2), (2, 2, 3)), False),
    (layers.Concatenate(), ((2, 3, 2), (2, 2, 3)), False),
]
# What takes any shape at all and so has no misfits.
TAKES_ALL = {"Flatten", "Dropout", "BatchNorm", "LayerNorm"}
TAKES_ALL |= {case.layer.type_name() for case in CASES if case.layer.category == "Activation"}


def each_case(*, only: Any = lambda case: True) -> pytest.MarkDecorator:
    """Runs a test for every example."""
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES if only(case)])
