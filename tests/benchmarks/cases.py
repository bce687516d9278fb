"""What is measured. Every case is the same network, loss, optimiser and data for the engine and for PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch

from engine import Network, Trainer, layers, optimizers
from engine.layers import Layer
from tests.benchmarks import tutorial
from tests.benchmarks.measure import Action
from tests.engine.torch_twin import TorchNetwork

Array = np.ndarray


@dataclass(frozen=True)
class Case:
    """A task.

    Attributes:
        samples: per call.
        engine, peer: make the calls to be timed; both are given each number of threads in turn.
        others: further contenders by name.
        target: the least ratio of the engine's rate to PyTorch's better one, if there is one.
    """

    title: str
    samples: int
    engine: Callable[[], Action]
    peer: Callable[[], Action]
    others: dict[str, Callable[[], Action]] = field(default_factory=dict)
    target: float | None = None


def _data(network: Network, count: int, classes: int) -> tuple[Array, Array]:
    """Random samples, and labels of `classes` or, if there are none, numbers as targets."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((count, *network.input_shape)).astype(np.float32)
    if classes:
        return x, np.eye(classes, dtype=np.float32)[rng.integers(0, classes, count)]
    return x, rng.standard_normal((count, *network.output_shape)).astype(np.float32)


def _step(
    title: str,
    chain: list[Layer],
    shape: tuple[int, ...],
    loss: str,
    optimizer: optimizers.Optimizer,
    batch: int,
    *,
    classes: int = 0,
    target: float | None = None,
    others: dict[str, Callable[[], Action]] | None = None,
) -> Case:
    """One training step: fetch a batch, forward, loss, backward, update."""
    network = Network(chain, shape, seed=0)
    x, y = _data(network, max(4 * batch, 64), classes)

    def engine() -> Action:
        trainer = Trainer(Network(chain, shape, seed=0), loss, optimizer, batch, seed=0)
        trainer.load(x, y)
        return trainer.step

    def peer() -> Action:
        twin = TorchNetwork(network)
        stepper = twin.optimizer(optimizer)
        samples, targets = torch.tensor(x), torch.tensor(y)
        starts = iter(())

        def step() -> None:
            nonlocal starts
            start = next(starts, None)
            if start is None:
                starts = iter(range(0, len(x), batch))
                start = next(starts)
            stepper.zero_grad()
            twin.loss(samples[start : start + batch], targets[start : start + batch], loss).backward()
            stepper.step()

        return step

    return Case(title, batch, engine, peer, others or {}, target)


def _small() -> list[Layer]:
    return [
        layers.Dense(units=8),
        layers.Tanh(),
        layers.Dense(units=8),
        layers.Tanh(),
        layers.Dense(units=1),
        layers.Tanh(),
    ]


def _mlp() -> list[Layer]:
    return [
        layers.Dense(units=256),
        layers.ReLU(),
        layers.Dense(units=128),
        layers.ReLU(),
        layers.Dense(units=10),
        layers.Softmax(),
    ]


def _small_cnn() -> list[Layer]:
    return [
        layers.Conv2D(filters=8, kernel_size=3),
        layers.ReLU(),
        layers.MaxPool2D(),
        layers.Conv2D(filters=16, kernel_size=3),
        layers.ReLU(),
        layers.MaxPool2D(),
        layers.Flatten(),
        layers.Dense(units=10),
        layers.Softmax(),
    ]


def _large_cnn() -> list[Layer]:
    return [
        layers.Conv2D(filters=32, kernel_size=3),
        layers.ReLU(),
        layers.Conv2D(filters=64, kernel_size=3),
        layers.ReLU(),
        layers.MaxPool2D(),
        layers.Flatten(),
        layers.Dense(units=128),
        layers.ReLU(),
        layers.Dense(units=10),
        layers.Softmax(),
    ]


def _tutorial_mnist() -> list[Layer]:
    normal = {"weight_init": "normal", "bias_init": "normal"}
    return [
        layers.Conv2D(filters=5, kernel_size=3, bias="per_position", **normal),
        layers.Sigmoid(),
        layers.Reshape(shape=(5 * 26 * 26,)),
        layers.Dense(units=100, **normal),
        layers.Sigmoid(),
        layers.Dense(units=2, **normal),
        layers.Sigmoid(),
    ]


def _by_hand() -> Action:
    """The tutorial's MNIST network in the tutorial's own way."""
    network: list[tutorial.Layer] = [
        tutorial.Convolution((1, 28, 28), 3, 5),
        tutorial.Sigmoid(),
        tutorial.Reshape((5, 26, 26), (5 * 26 * 26, 1)),
        tutorial.Dense(5 * 26 * 26, 100),
        tutorial.Sigmoid(),
        tutorial.Dense(100, 2),
        tutorial.Sigmoid(),
    ]
    x = np.random.default_rng(0).random((1, 28, 28))
    y = np.array([[1.0], [0.0]])
    return lambda: tutorial.step(network, x, y, tutorial.cross_entropy_slope, 0.1)


def _xor_by_hand() -> Action:
    network: list[tutorial.Layer] = [tutorial.Dense(2, 3), tutorial.Tanh(), tutorial.Dense(3, 1), tutorial.Tanh()]
    x, y = np.array([[0.0], [1.0]]), np.array([[1.0]])
    return lambda: tutorial.step(network, x, y, tutorial.mse_slope, 0.1)


def _grid() -> Case:
    """What the decision boundary asks for: a prediction for each of 100 x 100 points."""
    network = Network(_small(), (2,), seed=0)
    axis = np.linspace(-1, 1, 100, dtype=np.float32)
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)

    def peer() -> Action:
        twin, samples = TorchNetwork(network), torch.tensor(points)

        def predict() -> None:
            with torch.inference_mode():
                twin(samples)

        return predict

    return Case("2-8-8-1 tanh, 100x100 grid prediction", len(points), lambda: lambda: network.predict(points), peer)


def cases() -> Iterator[Case]:
    """All cases, the quick ones first."""
    crossing = "categorical_cross_entropy"
    sgd, adam = optimizers.SGD(learning_rate=0.01), optimizers.Adam()
    xor = [layers.Dense(units=3), layers.Tanh(), layers.Dense(units=1), layers.Tanh()]
    yield _step("XOR 2-3-1 tanh, batch 1, SGD", xor, (2,), "mse", sgd, 1, others={"by hand": _xor_by_hand})
    for batch in (1, 16):
        for optimizer in (sgd, adam):
            title = f"2-8-8-1 tanh, batch {batch}, {optimizer.type}"
            yield _step(title, _small(), (2,), "mse", optimizer, batch, target=8)
    yield _grid()
    for batch in (64, 128):
        title = f"784-256-128-10 ReLU, batch {batch}, Adam"
        yield _step(title, _mlp(), (784,), crossing, adam, batch, classes=10, target=0.9)
    title = "Conv 8, pool, Conv 16, pool, Dense 10; 28x28, batch 64, Adam"
    yield _step(title, _small_cnn(), (1, 28, 28), crossing, adam, 64, classes=10, target=0.9)
    title = "Conv 32, Conv 64, pool, Dense 128, Dense 10; 28x28, batch 64, Adam"
    yield _step(title, _large_cnn(), (1, 28, 28), crossing, adam, 64, classes=10)
    title = "tutorial's MNIST network, batch 1, SGD"
    hand = {"by hand": _by_hand}
    entropy = "binary_cross_entropy"
    yield _step(title, _tutorial_mnist(), (1, 28, 28), entropy, sgd, 1, classes=2, others=hand)
