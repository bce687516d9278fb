"""Network in the style of from-scratch tutorials, as a baseline.

One sample at a time, one class per layer, SciPy for convolutions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import convolve2d, correlate2d

Array = NDArray[np.float64]


class Dense:
    def __init__(self, inputs: int, outputs: int) -> None:
        self.weights, self.bias = np.random.randn(outputs, inputs), np.random.randn(outputs, 1)

    def forward(self, x: Array) -> Array:
        self.x = x
        return self.weights @ x + self.bias

    def backward(self, slope: Array, rate: float) -> Array:
        result = self.weights.T @ slope
        self.weights -= rate * slope @ self.x.T
        self.bias -= rate * slope
        return result


class Convolution:
    def __init__(self, shape: tuple[int, int, int], size: int, filters: int) -> None:
        depth, height, width = shape
        self.kernels = np.random.randn(filters, depth, size, size)
        self.bias = np.random.randn(filters, height - size + 1, width - size + 1)

    def forward(self, x: Array) -> Array:
        self.x = x
        y = self.bias.copy()
        for f, kernel in enumerate(self.kernels):
            for c, channel in enumerate(x):
                y[f] += correlate2d(channel, kernel[c], "valid")
        return y

    def backward(self, slope: Array, rate: float) -> Array:
        kernel_slope, result = np.zeros_like(self.kernels), np.zeros_like(self.x)
        for f, kernel in enumerate(self.kernels):
            for c, channel in enumerate(self.x):
                kernel_slope[f, c] = correlate2d(channel, slope[f], "valid")
                result[c] += convolve2d(slope[f], kernel[c], "full")
        self.kernels -= rate * kernel_slope
        self.bias -= rate * slope
        return result


class Reshape:
    def __init__(self, before: tuple[int, ...], after: tuple[int, ...]) -> None:
        self.before, self.after = before, after

    def forward(self, x: Array) -> Array:
        return x.reshape(self.after)

    def backward(self, slope: Array, rate: float) -> Array:
        return slope.reshape(self.before)


class Activation:
    def __init__(self, function: Callable[[Array], Array], derivative: Callable[[Array], Array]) -> None:
        self.function, self.derivative = function, derivative

    def forward(self, x: Array) -> Array:
        self.x = x
        return self.function(x)

    def backward(self, slope: Array, rate: float) -> Array:
        return slope * self.derivative(self.x)


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


class Sigmoid(Activation):
    def __init__(self) -> None:
        super().__init__(_sigmoid, lambda x: _sigmoid(x) * (1 - _sigmoid(x)))


class Tanh(Activation):
    def __init__(self) -> None:
        super().__init__(np.tanh, lambda x: 1 - np.tanh(x) ** 2)


Layer = Dense | Convolution | Reshape | Activation


def step(network: list[Layer], x: Array, y: Array, slope_of_loss: Callable[[Array, Array], Array], rate: float) -> None:
    """One sample forward, backward, and the update."""
    output = x
    for layer in network:
        output = layer.forward(output)
    slope = slope_of_loss(y, output)
    for layer in reversed(network):
        slope = layer.backward(slope, rate)


def mse_slope(y: Array, output: Array) -> Array:
    return 2 * (output - y) / y.size


def cross_entropy_slope(y: Array, output: Array) -> Array:
    return ((1 - y) / (1 - output) - y / output) / y.size


def mnist() -> list[Layer]:
    """The tutorial's network for 28x28 digits of two classes."""
    return [
        Convolution((1, 28, 28), 3, 5),
        Sigmoid(),
        Reshape((5, 26, 26), (5 * 26 * 26, 1)),
        Dense(5 * 26 * 26, 100),
        Sigmoid(),
        Dense(100, 2),
        Sigmoid(),
    ]


def _mnist_step() -> Callable[[], None]:
    network, x, y = mnist(), np.random.default_rng(0).random((1, 28, 28)), np.array([[1.0], [0.0]])
    return lambda: step(network, x, y, cross_entropy_slope, 0.1)


def _xor_step() -> Callable[[], None]:
    network: list[Layer] = [Dense(2, 3), Tanh(), Dense(3, 1), Tanh()]
    x, y = np.array([[0.0], [1.0]]), np.array([[1.0]])
    return lambda: step(network, x, y, mse_slope, 0.1)


# Makers of calls that do one step.
STEPS: dict[str, Callable[[], Callable[[], None]]] = {"xor": _xor_step, "mnist": _mnist_step}
