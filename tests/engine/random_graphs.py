"""Random graphs with branches and merges, drawn over all layers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from engine import layers
from engine.declared import describe
from engine.layers import REGISTRY, Layer
from engine.types import Shape

SIZES = st.integers(1, 3)
LARGEST = 400
NUMBERS = st.floats(0.1, 0.9).map(lambda number: round(number, 2))
# Without a kink, on the two sides of which rounding would choose; in 64 bits that does not happen.
SMOOTH = ["Tanh", "GELU", "SiLU", "Sigmoid", "Softplus", "ELU", "Sine", "Softmax"]
KINKED = ["ReLU", "LeakyReLU"]


@dataclass
class Sketch:
    """A graph under construction: layers, edges, and the shape that each node puts out; `exact` for 64 bits."""

    draw: Any
    exact: bool
    shapes: dict[str, Shape]
    nodes: dict[str, Layer] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)

    def add(self, layer: Layer, *sources: str) -> str:
        name = f"node_{len(self.nodes)}"
        self.shapes[name] = layer.output_shape(*(self.shapes[source] for source in sources))
        self.nodes[name] = layer
        self.edges += [(source, name) for source in sources]
        return name

    def others(self, name: str, fits: Callable[[Shape], bool]) -> list[str]:
        return [other for other, shape in self.shapes.items() if other != name and fits(shape)]

    def loose(self) -> list[str]:
        used = {source for source, _ in self.edges}
        return [name for name in self.nodes if name not in used]


def any_shape(sketch: Sketch, source: str) -> list[Layer]:
    draw = sketch.draw
    kind = draw(st.sampled_from(SMOOTH + KINKED if sketch.exact else SMOOTH))
    # Their settings, such as the slope of LeakyReLU, are all numbers.
    settings = {field.name: draw(NUMBERS) for field in describe(REGISTRY[kind])}
    # Numbers that are nearly the same are brought to spread 1, and with them what rounding made of them: in 32 bits
    # only where a large epsilon keeps them together.
    norm = layers.LayerNorm(epsilon=draw(st.sampled_from([1e-5, 0.1]) if sketch.exact else st.just(0.1)))
    return [
        *(REGISTRY[kind](**settings), REGISTRY[kind](**settings)),
        *(layers.BatchNorm(epsilon=draw(st.sampled_from([1e-5, 0.1]))), norm, layers.Dropout(), layers.Flatten()),
    ]


def for_rows(sketch: Sketch, source: str) -> list[Layer]:
    (size,) = sketch.shapes[source]
    dense = layers.Dense(units=sketch.draw(st.integers(1, 6)), bias=sketch.draw(st.booleans()), bias_init="normal")
    return [dense, dense, layers.Reshape(shape=(size, 1, 1)), *any_shape(sketch, source)]


def for_pictures(sketch: Sketch, source: str) -> list[Layer]:
    draw = sketch.draw
    bias = draw(st.sampled_from(["per_filter", "per_position", "none"]))
    groups = draw(st.sampled_from([1, sketch.shapes[source][0]]))
    found: list[Layer] = [
        layers.Conv2D(
            filters=groups * draw(SIZES),
            kernel_size=(draw(SIZES), draw(SIZES)),
            stride=(draw(SIZES), draw(SIZES)),
            padding=draw(st.sampled_from(["same", "full", 4])),
            dilation=(draw(st.integers(1, 2)), draw(st.integers(1, 2))),
            groups=groups,
            bias=bias,
            bias_init="normal",
        ),
        layers.ConvTranspose2D(
            filters=draw(SIZES),
            kernel_size=draw(SIZES),
            stride=draw(SIZES),
            padding=draw(st.sampled_from(["same", "valid"])),
            bias=draw(st.booleans()),
            bias_init="normal",
        ),
        layers.AvgPool2D(pool_size=draw(SIZES), stride=draw(SIZES), padding="same"),
        layers.GlobalAvgPool2D(),
        layers.Upsample2D(size=(draw(SIZES), 1)),
        layers.ZeroPad2D(padding=(draw(st.integers(0, 1)), 1)),
    ]
    if source == "input":
        # Of equal numbers, such as padding that went through other layers, rounding would choose the largest.
        found.append(layers.MaxPool2D(pool_size=draw(SIZES), stride=draw(SIZES), padding="same"))
    return [*found, *any_shape(sketch, source)]


@st.composite
def chains(draw: st.DrawFn, exact: bool) -> tuple[dict[str, Layer], list[tuple[str, str]], Shape]:
    """Up to twelve layers, each on the one before."""
    start: Shape = draw(st.sampled_from([(4,), (2, 4, 3), (1, 5, 5)]))
    sketch, name = Sketch(draw, exact, {"input": start}), "input"
    for _ in range(draw(st.integers(1, 12))):
        shape = sketch.shapes[name]
        choices = for_rows(sketch, name) if len(shape) == 1 else for_pictures(sketch, name)
        fitting = [layer for layer in choices if math.prod(layer.output_shape(shape)) <= LARGEST]
        name = sketch.add(draw(st.sampled_from(fitting)), name)
    return sketch.nodes, sketch.edges, start


@st.composite
def graphs(draw: st.DrawFn, exact: bool) -> tuple[dict[str, Layer], list[tuple[str, str]], Shape]:
    """Up to twelve layers one after the other, each on anything that came before; what is left loose is joined."""
    start: Shape = draw(st.sampled_from([(4,), (2, 4, 3), (1, 5, 5)]))
    sketch = Sketch(draw, exact, {"input": start})
    for _ in range(draw(st.integers(1, 12))):
        names = list(sketch.shapes)
        # The newest one often, so that graphs become deep.
        source = names[-1] if draw(st.booleans()) else draw(st.sampled_from(names))
        shape = sketch.shapes[source]
        same = sketch.others(source, lambda other, shape=shape: other == shape)  # type: ignore[misc]
        beside = sketch.others(source, lambda other, shape=shape: other[1:] == shape[1:])  # type: ignore[misc]
        if same and draw(st.booleans()):
            sketch.add(draw(st.sampled_from([layers.Add(), layers.Multiply()])), source, draw(st.sampled_from(same)))
        elif beside and draw(st.booleans()):
            sketch.add(layers.Concatenate(), source, draw(st.sampled_from(beside)))
        else:
            choices = for_rows(sketch, source) if len(shape) == 1 else for_pictures(sketch, source)
            fitting = [layer for layer in choices if math.prod(layer.output_shape(shape)) <= LARGEST]
            sketch.add(draw(st.sampled_from(fitting)), source)
    loose = sketch.loose()
    if len(loose) > 1:
        sketch.add(layers.Concatenate(), *(sketch.add(layers.Flatten(), name) for name in loose))
    return sketch.nodes, sketch.edges, start


Drawn = tuple[dict[str, Layer], list[tuple[str, str]], Shape]
