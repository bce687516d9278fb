"""Benchmark cases as plain data, from which each process loads its own.

A task names its network; `ours` and `peer` hold the same networks under the same names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Array = np.ndarray
MEMORY_TARGET = 0.6


@dataclass(frozen=True)
class Case:
    """A training step, or with `predict` the outputs for all samples.

    Attributes:
        network: its name in `ours.NETWORKS` and `peer.NETWORKS`.
        batch: samples per step, or in all for a prediction.
        classes: of the labels; 0 for numbers as targets.
        target: the least ratio of the engine's rate to PyTorch's better one, if there is one.
        hand: name in `tutorial.STEPS` of the same done one sample at a time, if it is timed too.
        hand_target: the least ratio of the engine's rate to that.
        hidden: sizes of the hidden layers, where scikit-learn's MLPClassifier can do the same.
    """

    title: str
    network: str
    input_shape: tuple[int, ...]
    batch: int
    loss: Literal["mse", "binary_cross_entropy", "categorical_cross_entropy"] = "categorical_cross_entropy"
    optimizer: Literal["SGD", "Adam"] = "Adam"
    classes: int = 10
    predict: bool = False
    target: float | None = None
    hand: str | None = None
    hand_target: float | None = None
    hidden: tuple[int, ...] = ()

    @property
    def rate(self) -> float:
        """The learning rate."""
        return 0.01 if self.optimizer == "SGD" else 0.001

    def data(self, batches: int = 4) -> tuple[Array, Array]:
        """Random samples, and labels or, without classes, numbers as targets."""
        rng = np.random.default_rng(0)
        count = max(batches * self.batch, 64)
        x = rng.standard_normal((count, *self.input_shape)).astype(np.float32)
        if self.classes:
            return x, rng.integers(0, self.classes, count)
        return x, rng.standard_normal((count, 1)).astype(np.float32)

    def grid(self) -> Array:
        """What a decision boundary asks for: points that cover a square."""
        side = round(self.batch**0.5)
        axis = np.linspace(-1, 1, side, dtype=np.float32)
        return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)


def _cases() -> list[Case]:
    pair, picture = (2,), (1, 28, 28)
    numbers = {"loss": "mse", "classes": 0}
    title = "XOR 2-3-1 tanh, batch 1, SGD"
    found = [Case(title, "xor", pair, 1, optimizer="SGD", hand="xor", **numbers)]
    for batch in (1, 16):
        for optimizer, target in (("SGD", 15.0), ("Adam", 12.0)):
            title = f"2-8-8-1 tanh, batch {batch}, {optimizer}"
            found.append(Case(title, "small", pair, batch, optimizer=optimizer, target=target, **numbers))
    title = "2-8-8-1 tanh, 100x100 grid prediction"
    found.append(Case(title, "small", pair, 10_000, predict=True, target=1.5, **numbers))
    for batch in (64, 128):
        title = f"784-256-128-10 ReLU, batch {batch}, Adam"
        found.append(Case(title, "rows", (784,), batch, target=1.2, hidden=(256, 128)))
    # Most of it are products, which both leave to a BLAS, so neither can be much faster.
    # With weights that are copied at each step, the ratio is about two thirds.
    title = "784-1024-1024-10 ReLU, batch 128, Adam"
    found.append(Case(title, "wide_rows", (784,), 128, target=0.9))
    title = "Conv 8, pool, Conv 16, pool, Dense 10; 28x28, batch 64, Adam"
    found.append(Case(title, "small_cnn", picture, 64, target=1.3))
    title = "Conv 32, Conv 64, pool, Dense 128, Dense 10; 28x28, batch 64, Adam"
    found.append(Case(title, "large_cnn", picture, 64, target=1.0))
    title = "BatchNorm CNN with a residual branch; 3x32x32, batch 32, Adam"
    found.append(Case(title, "residual", (3, 32, 32), 32, target=0.9))
    title = "tutorial's MNIST network, batch 1, SGD"
    entropy = {"loss": "binary_cross_entropy", "classes": 2, "optimizer": "SGD"}
    found.append(Case(title, "tutorial", picture, 1, target=1.0, hand="mnist", hand_target=10.0, **entropy))
    return found


CASES = _cases()


def named(title: str) -> Case:
    """The case of this title."""
    return next(case for case in CASES if case.title == title)
