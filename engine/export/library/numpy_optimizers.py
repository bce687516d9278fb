"""Optimisers in plain NumPy: each changes one array in place from its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


class Optimizer:
    """Base of all optimisers: arrays that are kept from step to step, by parameter and name."""

    def __init__(self) -> None:
        self.kept: dict[Any, Array] = {}

    def slot(self, key: Any, name: str, like: Array) -> Array:
        """Array that begins as zeros."""
        return self.kept.setdefault((key, name), np.zeros_like(like))

    def step(self, key: Any, w: Array, g: Array, rate: float, count: int) -> None:
        """Change `w` in place; `count` numbers the steps from 1."""
        raise NotImplementedError


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum (Sutskever et al. 2013)."""

    def __init__(self, momentum: float = 0.0, nesterov: bool = False) -> None:
        super().__init__()
        self.momentum, self.nesterov = momentum, nesterov

    def step(self, key: Any, w: Array, g: Array, rate: float, count: int) -> None:
        if self.momentum:
            velocity = self.slot(key, "velocity", w)
            velocity *= self.momentum
            velocity += g
            g = g + self.momentum * velocity if self.nesterov else velocity
        w -= rate * g


class RMSprop(Optimizer):
    """Gradients divided by a running root mean square (Tieleman and Hinton 2012)."""

    def __init__(self, rho: float, epsilon: float) -> None:
        super().__init__()
        self.rho, self.epsilon = rho, epsilon

    def step(self, key: Any, w: Array, g: Array, rate: float, count: int) -> None:
        square = self.slot(key, "square", w)
        square *= self.rho
        square += (1 - self.rho) * g**2
        w -= rate * g / (np.sqrt(square) + self.epsilon)


class Adagrad(Optimizer):
    """Gradients divided by the root of their summed squares (Duchi et al. 2011)."""

    def __init__(self, epsilon: float) -> None:
        super().__init__()
        self.epsilon = epsilon

    def step(self, key: Any, w: Array, g: Array, rate: float, count: int) -> None:
        total = self.slot(key, "total", w)
        total += g**2
        w -= rate * g / (np.sqrt(total) + self.epsilon)


class Adam(Optimizer):
    """Momentum and RMSprop combined (Kingma and Ba 2015), with decoupled weight decay if wanted (AdamW)."""

    def __init__(self, beta1: float, beta2: float, epsilon: float, weight_decay: float = 0.0) -> None:
        super().__init__()
        self.beta1, self.beta2, self.epsilon, self.weight_decay = beta1, beta2, epsilon, weight_decay

    def step(self, key: Any, w: Array, g: Array, rate: float, count: int) -> None:
        w *= 1 - rate * self.weight_decay
        first, second = self.slot(key, "first", w), self.slot(key, "second", w)
        first *= self.beta1
        first += (1 - self.beta1) * g
        second *= self.beta2
        second += (1 - self.beta2) * g**2
        mean, square = first / (1 - self.beta1**count), second / (1 - self.beta2**count)
        w -= rate * mean / (np.sqrt(square) + self.epsilon)
