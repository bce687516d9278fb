"""Training on real data to a required accuracy."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from engine import Network, Trainer, datasets, layers, losses, optimizers
from engine.layers import Layer

NORMAL = {"weight_init": "normal", "bias_init": "normal"}


def test_xor_as_in_the_tutorial() -> None:
    """2-3-1 tanh, MSE, SGD 0.1, one sample at a time in order: 17 of 20 seeds must get the error under 0.01."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    y = np.array([[0], [1], [1], [0]], np.float32)

    def epochs_needed(seed: int) -> int | None:
        network = Network(
            [layers.Dense(units=3, **NORMAL), layers.Tanh(), layers.Dense(units=1, **NORMAL), layers.Tanh()],
            (2,),
            seed=seed,
        )
        sgd = optimizers.SGD(learning_rate=0.1)
        trainer = Trainer(network, "mse", sgd, batch_size=1, shuffle=False, seed=seed)
        trainer.load(x, y)
        while trainer.epoch < 10_000:
            for _ in range(4):
                trainer.step()
            if trainer.history.loss[-1] < 0.01:
                return trainer.epoch
        return None

    needed = [epochs_needed(seed) for seed in range(20)]
    assert sum(count is not None for count in needed) >= 17, needed


def test_the_tutorials_mnist_network(mnist_folder: Path) -> None:
    """Zeros and ones, 100 pictures each, 20 epochs: at least 99 % of 200 unseen pictures."""
    parts = {
        part: datasets.MNIST(folder=str(mnist_folder), part=part, classes=(0, 1), per_class=100).load()
        for part in ("train", "test")
    }
    network = Network(
        [
            layers.Conv2D(filters=5, kernel_size=3, bias="per_position", **NORMAL),
            layers.Sigmoid(),
            layers.Reshape(shape=(5 * 26 * 26,)),
            layers.Dense(units=100, **NORMAL),
            layers.Sigmoid(),
            layers.Dense(units=2, **NORMAL),
            layers.Sigmoid(),
        ],
        (1, 28, 28),
        seed=0,
    )
    sgd = optimizers.SGD(learning_rate=0.1)
    trainer = Trainer(network, "binary_cross_entropy", sgd, batch_size=1, shuffle=False, seed=0)
    trainer.fit(parts["train"].x, parts["train"].y, epochs=20)
    assert len(parts["test"]) == 200
    assert trainer.evaluate(parts["test"].x, parts["test"].y)["accuracy"] >= 0.99


def picture_classifier(padding: str) -> list[Layer]:
    return [
        layers.Conv2D(filters=8, kernel_size=3, padding=padding),
        layers.ReLU(),
        layers.MaxPool2D(),
        layers.Conv2D(filters=16, kernel_size=3, padding=padding),
        layers.ReLU(),
        layers.MaxPool2D(),
        layers.Flatten(),
        layers.Dense(units=10),
        layers.Softmax(),
    ]


def test_digits() -> None:
    """The bundled 8x8 digits: at least 97 % of a held-out fifth, within 30 seconds."""
    train, held_out = datasets.split(datasets.Digits().load(), 0.2, seed=0)
    assert held_out is not None
    network = Network(picture_classifier("same"), (1, 8, 8), seed=0)
    adam = optimizers.Adam(learning_rate=0.005)
    trainer = Trainer(network, "categorical_cross_entropy", adam, batch_size=32, seed=0)
    started = time.monotonic()
    trainer.fit(train.x, train.y, epochs=20)
    assert time.monotonic() - started < 30
    assert trainer.evaluate(held_out.x, held_out.y)["accuracy"] >= 0.97


def test_mnist(mnist_folder: Path) -> None:
    """Real MNIST digits of all classes: at least 96.5 % of the test pictures within three epochs."""
    train, test = (datasets.MNIST(folder=str(mnist_folder), part=part).load() for part in ("train", "test"))
    network = Network(picture_classifier("valid"), (1, 28, 28), seed=0)
    adam = optimizers.Adam(learning_rate=0.006)
    trainer = Trainer(network, "categorical_cross_entropy", adam, batch_size=24, seed=0)
    trainer.fit(train.x, train.y, epochs=3)
    assert trainer.evaluate(test.x, test.y)["accuracy"] >= 0.965


@pytest.mark.parametrize(
    ("data", "loss", "end"),
    [
        (datasets.Spirals(turns=0.75), "binary_cross_entropy", [layers.Dense(units=1), layers.Sigmoid()]),
        (datasets.Moons(), "categorical_cross_entropy", [layers.Dense(units=2), layers.Softmax()]),
        (datasets.Circles(), "mse", [layers.Dense(units=1), layers.Sigmoid()]),
    ],
    ids=lambda value: getattr(value, "type", ""),
)
def test_points_in_the_plane(data: datasets.Dataset, loss: str, end: list[Layer]) -> None:
    points = data.load()
    hidden = [layers.Dense(units=16), layers.Tanh(), layers.Dense(units=16), layers.Tanh()]
    network = Network([*hidden, *end], (2,), seed=0)
    trainer = Trainer(network, loss, optimizers.Adam(learning_rate=0.01), batch_size=16, seed=0)
    trainer.fit(points.x, points.y, epochs=150)
    assert trainer.evaluate(points.x, points.y)["accuracy"] >= 0.97


def test_heights_in_the_plane() -> None:
    hills = datasets.Hills(noise=0).load()
    network = Network(
        [layers.Dense(units=24), layers.GELU(), layers.Dense(units=24), layers.GELU(), layers.Dense(units=1)],
        (2,),
        seed=0,
    )
    trainer = Trainer(network, losses.get("mse"), optimizers.Adam(learning_rate=0.01), batch_size=32, seed=0)
    trainer.fit(hills.x, hills.y, epochs=150)
    assert trainer.evaluate(hills.x, hills.y)["mae"] < 0.05
