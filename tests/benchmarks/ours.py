"""Benchmark cases in the engine."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from engine import Network, Trainer, layers, optimizers
from engine.layers import Layer
from engine.types import Shape
from tests.benchmarks.cases import Case
from tests.benchmarks.measure import Action


def _tanh(*units: int) -> list[Layer]:
    return [layer for count in units for layer in (layers.Dense(units=count), layers.Tanh())]


def _conv(filters: int) -> list[Layer]:
    return [layers.Conv2D(filters=filters, kernel_size=3), layers.ReLU()]


def _hidden(units: int) -> list[Layer]:
    return [layers.Dense(units=units), layers.ReLU()]


def _classes() -> list[Layer]:
    return [layers.Dense(units=10), layers.Softmax()]


def _tutorial() -> list[Layer]:
    normal = {"weight_init": "normal", "bias_init": "normal"}
    return [
        layers.Conv2D(filters=5, kernel_size=3, bias="per_position", **normal),
        layers.Sigmoid(),
        layers.Flatten(),
        layers.Dense(units=100, **normal),
        layers.Sigmoid(),
        layers.Dense(units=2, **normal),
        layers.Sigmoid(),
    ]


def _chain(*parts: list[Layer]) -> Callable[[Shape], Network]:
    return lambda shape: Network([layer for part in parts for layer in part], shape, seed=0)


def _residual(shape: Shape) -> Network:
    nodes: dict[str, Layer] = {}
    for number in (1, 2, 3):
        nodes[f"conv_{number}"] = layers.Conv2D(filters=16, kernel_size=3, padding="same", bias="none")
        nodes[f"norm_{number}"] = layers.BatchNorm()
        if number < 3:
            nodes[f"relu_{number}"] = layers.ReLU()
    nodes["sum"] = layers.Add()
    rest = {"relu_3": layers.ReLU(), "pool": layers.GlobalAvgPool2D(), "dense": layers.Dense(units=10)}
    nodes |= {**rest, "softmax": layers.Softmax()}
    names = ["input", *nodes]
    edges = [*pairwise(names), ("relu_1", "sum")]
    return Network.graph(nodes, edges, shape, seed=0)


NETWORKS: dict[str, Callable[[Shape], Network]] = {
    "xor": _chain(_tanh(3, 1)),
    "small": _chain(_tanh(8, 8, 1)),
    "rows": _chain(_hidden(256), _hidden(128), _classes()),
    "wide_rows": _chain(_hidden(1024), _hidden(1024), _classes()),
    "small_cnn": _chain(
        _conv(8), [layers.MaxPool2D()], _conv(16), [layers.MaxPool2D()], [layers.Flatten()], _classes()
    ),
    "large_cnn": _chain(_conv(32), _conv(64), [layers.MaxPool2D(), layers.Flatten()], _hidden(128), _classes()),
    "residual": _residual,
    "tutorial": _chain(_tutorial()),
}


def multiply_adds(case: Case) -> int:
    """Of one call: a training step takes one forward pass and, for its two kinds of gradients, twice as much back."""
    once = NETWORKS[case.network](case.input_shape).multiply_adds * case.batch
    return once if case.predict else 3 * once


def action(case: Case) -> Action:
    """The call to be timed. A step: fetch a batch, forward, loss, backward, update."""
    network = NETWORKS[case.network](case.input_shape)
    if case.predict:
        points = case.grid()
        return lambda: network.predict(points)
    optimizer = optimizers.OPTIMIZERS[case.optimizer](learning_rate=case.rate)  # type: ignore[call-arg]
    trainer = Trainer(network, case.loss, optimizer, case.batch, seed=0)
    trainer.load(*case.data())
    return trainer.step
