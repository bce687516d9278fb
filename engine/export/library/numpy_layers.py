"""Layers in plain NumPy, readable, forward and backward.

The batch axis comes first.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Pair = tuple[int, int]


class Layer:
    """Base of all layers: arrays by name, and their gradients after `backward`."""

    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        self.frozen = False

    def forward(self, x: Array, training: bool = False) -> Array:
        """Output for the samples of a batch."""
        raise NotImplementedError

    def backward(self, dy: Array) -> list[Array]:
        """Gradients of the inputs, one each, from that of the output."""
        raise NotImplementedError


class Dense(Layer):
    """Fully connected layer: y = x W + b."""

    def __init__(self, inputs: int, units: int, bias: bool = True) -> None:
        super().__init__()
        self.arrays["weight"] = np.zeros((inputs, units), np.float32)
        if bias:
            self.arrays["bias"] = np.zeros(units, np.float32)

    def forward(self, x: Array, training: bool = False) -> Array:
        self.x = x
        y = x @ self.arrays["weight"]
        return y + self.arrays["bias"] if "bias" in self.arrays else y

    def backward(self, dy: Array) -> list[Array]:
        self.gradients["weight"] = self.x.T @ dy
        if "bias" in self.arrays:
            self.gradients["bias"] = dy.sum(axis=0)
        return [dy @ self.arrays["weight"].T]


class Conv2D(Layer):
    """Convolution: every element of the kernel adds a weighted, shifted copy of the picture."""

    def __init__(
        self,
        weight: tuple[int, ...],
        bias: tuple[int, ...],
        stride: Pair = (1, 1),
        dilation: Pair = (1, 1),
        padding: tuple[Pair, Pair] = ((0, 0), (0, 0)),
        groups: int = 1,
    ) -> None:
        super().__init__()
        self.stride, self.dilation, self.padding, self.groups = stride, dilation, padding, groups
        # (filters, channels of a group, rows, columns)
        self.arrays["weight"] = np.zeros(weight, np.float32)
        if bias:
            self.arrays["bias"] = np.zeros(bias, np.float32)

    def windows(self, padded: Array) -> list[tuple[int, int, tuple[slice, slice]]]:
        """Elements of the kernel, each with the rows and columns that it meets."""
        rows, columns = self.arrays["weight"].shape[2:]
        spans = []
        for size, count, step, spread in zip(
            padded.shape[2:], (rows, columns), self.stride, self.dilation, strict=True
        ):
            places = (size - (count - 1) * spread - 1) // step
            spans.append([slice(i * spread, i * spread + places * step + 1, step) for i in range(count)])
        return [(i, j, (spans[0][i], spans[1][j])) for i in range(rows) for j in range(columns)]

    def grouped(self, x: Array) -> Array:
        """(N, C, H, W) as (N, groups, channels of a group, H * W)."""
        return x.reshape(len(x), self.groups, x.shape[1] // self.groups, -1)

    def kernel(self, i: int, j: int) -> Array:
        """One element of all kernels: (groups, filters of a group, channels of a group)."""
        weight = self.arrays["weight"]
        return weight[:, :, i, j].reshape(self.groups, -1, weight.shape[1])

    def forward(self, x: Array, training: bool = False) -> Array:
        self.padded = np.pad(x, ((0, 0), (0, 0), *self.padding))
        total: Array | float = 0.0
        shape: tuple[int, ...] = ()
        for i, j, (rows, columns) in self.windows(self.padded):
            patch = self.padded[:, :, rows, columns]
            shape = patch.shape[2:]
            total = total + self.kernel(i, j) @ self.grouped(patch)
        y = np.asarray(total).reshape(len(x), -1, *shape)
        if "bias" in self.arrays:
            bias = self.arrays["bias"]
            y = y + (bias[:, None, None] if bias.ndim == 1 else bias)
        return y

    def backward(self, dy: Array) -> list[Array]:
        weight = self.arrays["weight"]
        d_weight, d_padded = np.zeros_like(weight), np.zeros_like(self.padded)
        arriving = self.grouped(dy)
        for i, j, (rows, columns) in self.windows(self.padded):
            patch = self.padded[:, :, rows, columns]
            d_kernel = (arriving @ self.grouped(patch).swapaxes(2, 3)).sum(axis=0)
            d_weight[:, :, i, j] = d_kernel.reshape(weight.shape[:2])
            d_padded[:, :, rows, columns] += (self.kernel(i, j).swapaxes(1, 2) @ arriving).reshape(patch.shape)
        self.gradients["weight"] = d_weight
        if "bias" in self.arrays:
            self.gradients["bias"] = dy.sum(axis=(0, 2, 3) if self.arrays["bias"].ndim == 1 else 0)
        (top, bottom), (left, right) = self.padding
        height, width = d_padded.shape[2:]
        return [d_padded[:, :, top : height - bottom, left : width - right]]


class ConvTranspose2D(Layer):
    """Transposed convolution: every pixel places a weighted kernel on a larger picture, and overlaps add up."""

    def __init__(self, weight: tuple[int, ...], bias: bool, stride: Pair, size: Pair, cut: Pair) -> None:
        super().__init__()
        # (channels, filters, rows, columns); `size` is the output's, `cut` the rows and columns left out before it.
        self.arrays["weight"] = np.zeros(weight, np.float32)
        if bias:
            self.arrays["bias"] = np.zeros(weight[1], np.float32)
        self.stride, self.size, self.cut = stride, size, cut

    def places(self, height: int, width: int) -> list[tuple[int, int, tuple[slice, slice]]]:
        """Elements of the kernel, each with the rows and columns of the larger picture that it is placed on."""
        (a, b), (rows, columns) = self.stride, self.arrays["weight"].shape[2:]
        return [
            (i, j, (slice(i, i + (height - 1) * a + 1, a), slice(j, j + (width - 1) * b + 1, b)))
            for i in range(rows)
            for j in range(columns)
        ]

    def forward(self, x: Array, training: bool = False) -> Array:
        self.x = x
        weight, (height, width) = self.arrays["weight"], x.shape[2:]
        whole = [
            max((count - 1) * step + extent, before + size)
            for count, step, extent, before, size in zip(
                (height, width), self.stride, weight.shape[2:], self.cut, self.size, strict=True
            )
        ]
        self.whole = (len(x), weight.shape[1], *whole)
        y = np.zeros(self.whole, x.dtype)
        pixels = x.reshape(len(x), x.shape[1], -1)
        for i, j, (rows, columns) in self.places(height, width):
            y[:, :, rows, columns] += (weight[:, :, i, j].T @ pixels).reshape(len(x), -1, height, width)
        (top, left), (tall, wide) = self.cut, self.size
        y = y[:, :, top : top + tall, left : left + wide]
        return y + self.arrays["bias"][:, None, None] if "bias" in self.arrays else y

    def backward(self, dy: Array) -> list[Array]:
        weight, (samples, channels, height, width) = self.arrays["weight"], self.x.shape
        arriving = np.zeros(self.whole, dy.dtype)
        (top, left), (tall, wide) = self.cut, self.size
        arriving[:, :, top : top + tall, left : left + wide] = dy
        pixels = self.x.reshape(samples, channels, -1)
        d_weight, dx = np.zeros_like(weight), np.zeros_like(pixels)
        for i, j, (rows, columns) in self.places(height, width):
            patch = arriving[:, :, rows, columns].reshape(samples, weight.shape[1], -1)
            d_weight[:, :, i, j] = (pixels @ patch.swapaxes(1, 2)).sum(axis=0)
            dx += weight[:, :, i, j] @ patch
        self.gradients["weight"] = d_weight
        if "bias" in self.arrays:
            self.gradients["bias"] = dy.sum(axis=(0, 2, 3))
        return [dx.reshape(self.x.shape)]


class Pool2D(Layer):
    """Base of pooling: windows over a padded picture."""

    def __init__(self, pool_size: Pair, stride: Pair, padding: tuple[Pair, Pair] = ((0, 0), (0, 0))) -> None:
        super().__init__()
        self.pool_size, self.stride, self.padding = pool_size, stride, padding

    def pad(self, x: Array, value: float) -> Array:
        """Picture with its padding."""
        return np.pad(x, ((0, 0), (0, 0), *self.padding), constant_values=value)

    def crop(self, padded: Array) -> Array:
        """Picture without its padding."""
        (top, bottom), (left, right) = self.padding
        height, width = padded.shape[2:]
        return padded[:, :, top : height - bottom, left : width - right]

    def places(self, padded: Array) -> list[tuple[slice, slice]]:
        """Rows and columns that each element of the window meets, in order."""
        spans = []
        for size, count, step in zip(padded.shape[2:], self.pool_size, self.stride, strict=True):
            last = (size - count) // step * step
            spans.append([slice(i, i + last + 1, step) for i in range(count)])
        return [(rows, columns) for rows in spans[0] for columns in spans[1]]


class MaxPool2D(Pool2D):
    """Largest number of each window."""

    def forward(self, x: Array, training: bool = False) -> Array:
        self.padded = self.pad(x, -np.inf)
        patches = np.stack([self.padded[:, :, rows, columns] for rows, columns in self.places(self.padded)])
        self.winner = patches.argmax(axis=0)
        return patches.max(axis=0)

    def backward(self, dy: Array) -> list[Array]:
        d_padded = np.zeros_like(self.padded)
        for number, (rows, columns) in enumerate(self.places(self.padded)):
            d_padded[:, :, rows, columns] += np.where(self.winner == number, dy, 0)
        return [self.crop(d_padded)]


class AvgPool2D(Pool2D):
    """Mean of each window; padding does not count."""

    def forward(self, x: Array, training: bool = False) -> Array:
        self.padded, inside = self.pad(x, 0), self.pad(np.ones_like(x[:1, :1]), 0)
        places = self.places(self.padded)
        self.count = np.sum([inside[:, :, rows, columns] for rows, columns in places], axis=0)
        return np.sum([self.padded[:, :, rows, columns] for rows, columns in places], axis=0) / self.count

    def backward(self, dy: Array) -> list[Array]:
        d_padded = np.zeros_like(self.padded)
        for rows, columns in self.places(self.padded):
            d_padded[:, :, rows, columns] += dy / self.count
        return [self.crop(d_padded)]


class GlobalAvgPool2D(Layer):
    """Mean of each channel."""

    def forward(self, x: Array, training: bool = False) -> Array:
        self.shape = x.shape
        return x.mean(axis=(2, 3))

    def backward(self, dy: Array) -> list[Array]:
        height, width = self.shape[2:]
        return [np.broadcast_to(dy[:, :, None, None] / (height * width), self.shape)]


class Upsample2D(Layer):
    """Every pixel repeated, by factors of height and width."""

    def __init__(self, size: Pair) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Array, training: bool = False) -> Array:
        return x.repeat(self.size[0], axis=2).repeat(self.size[1], axis=3)

    def backward(self, dy: Array) -> list[Array]:
        (a, b), (samples, channels, height, width) = self.size, dy.shape
        return [dy.reshape(samples, channels, height // a, a, width // b, b).sum(axis=(3, 5))]


class ZeroPad2D(Layer):
    """Rows and columns of zeros around the picture."""

    def __init__(self, padding: Pair) -> None:
        super().__init__()
        self.padding = padding

    def forward(self, x: Array, training: bool = False) -> Array:
        rows, columns = self.padding
        return np.pad(x, ((0, 0), (0, 0), (rows, rows), (columns, columns)))

    def backward(self, dy: Array) -> list[Array]:
        (rows, columns), (height, width) = self.padding, dy.shape[2:]
        return [dy[:, :, rows : height - rows, columns : width - columns]]


class Reshape(Layer):
    """The same numbers in another shape."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Array, training: bool = False) -> Array:
        self.before = x.shape
        return x.reshape(len(x), *self.shape)

    def backward(self, dy: Array) -> list[Array]:
        return [dy.reshape(self.before)]


class Dropout(Layer):
    """Random numbers set to 0 while training, and the others enlarged to make up for it."""

    # One source of chance for all such layers, set when training begins.
    rng = np.random.default_rng()

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.keep = 1 - rate

    def forward(self, x: Array, training: bool = False) -> Array:
        self.mask = np.ones_like(x)
        if training and self.keep < 1:
            # The batch axis last, as nnstudio draws them, so that the same numbers are left out.
            draws = Dropout.rng.random((*x.shape[1:], len(x)), np.float32)
            self.mask = np.moveaxis(draws < self.keep, -1, 0).astype(x.dtype) / np.array(self.keep, x.dtype)
        return x * self.mask

    def backward(self, dy: Array) -> list[Array]:
        return [dy * self.mask]


class BatchNorm(Layer):
    """Channels brought to mean 0 and variance 1 over the batch, then scaled and shifted (Ioffe and Szegedy 2015)."""

    def __init__(self, channels: int, momentum: float, epsilon: float) -> None:
        super().__init__()
        self.momentum, self.epsilon = momentum, epsilon
        self.arrays["weight"], self.arrays["bias"] = np.ones(channels, np.float32), np.zeros(channels, np.float32)
        # The running statistics are not trained.
        self.arrays["mean"], self.arrays["variance"] = np.zeros(channels, np.float32), np.ones(channels, np.float32)

    def forward(self, x: Array, training: bool = False) -> Array:
        self.over = tuple(axis for axis in range(x.ndim) if axis != 1)
        self.shape = (1, -1, *(1,) * (x.ndim - 2))
        self.training = training and not self.frozen
        mean, variance = self.arrays["mean"], self.arrays["variance"]
        if self.training:
            mean, variance = x.mean(axis=self.over), x.var(axis=self.over)
            count = x.size // x.shape[1]
            self.arrays["mean"] += self.momentum * (mean - self.arrays["mean"])
            if count > 1:
                # A batch spreads less than what it was drawn from.
                unbiased = variance * count / (count - 1)
                self.arrays["variance"] += self.momentum * (unbiased - self.arrays["variance"])
        self.scale = 1 / np.sqrt(variance.reshape(self.shape) + self.epsilon)
        self.standard = (x - mean.reshape(self.shape)) * self.scale
        return self.arrays["weight"].reshape(self.shape) * self.standard + self.arrays["bias"].reshape(self.shape)

    def backward(self, dy: Array) -> list[Array]:
        self.gradients["weight"] = (dy * self.standard).sum(axis=self.over)
        self.gradients["bias"] = dy.sum(axis=self.over)
        dx = dy
        if self.training:
            # The batch's mean and variance follow every number of it.
            push = dy.mean(axis=self.over, keepdims=True)
            pull = (dy * self.standard).mean(axis=self.over, keepdims=True)
            dx = dy - push - self.standard * pull
        return [dx * self.scale * self.arrays["weight"].reshape(self.shape)]


class LayerNorm(Layer):
    """Numbers of each sample brought to mean 0 and variance 1, then scaled and shifted (Ba et al. 2016)."""

    def __init__(self, shape: tuple[int, ...], epsilon: float) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.arrays["weight"], self.arrays["bias"] = np.ones(shape, np.float32), np.zeros(shape, np.float32)

    def forward(self, x: Array, training: bool = False) -> Array:
        self.over = tuple(range(1, x.ndim))
        self.scale = 1 / np.sqrt(x.var(axis=self.over, keepdims=True) + self.epsilon)
        self.standard = (x - x.mean(axis=self.over, keepdims=True)) * self.scale
        return self.arrays["weight"] * self.standard + self.arrays["bias"]

    def backward(self, dy: Array) -> list[Array]:
        self.gradients["weight"] = (dy * self.standard).sum(axis=0)
        self.gradients["bias"] = dy.sum(axis=0)
        arriving = dy * self.arrays["weight"]
        push = arriving.mean(axis=self.over, keepdims=True)
        pull = (arriving * self.standard).mean(axis=self.over, keepdims=True)
        return [(arriving - push - self.standard * pull) * self.scale]


class ReLU(Layer):
    """Positive numbers as they are, and 0 instead of negative ones."""

    def forward(self, x: Array, training: bool = False) -> Array:
        self.x = x
        return np.maximum(x, 0)

    def backward(self, dy: Array) -> list[Array]:
        return [dy * (self.x > 0)]


class LeakyReLU(Layer):
    """Positive numbers as they are, and negative ones times a slope."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.slope = slope

    def forward(self, x: Array, training: bool = False) -> Array:
        self.x = x
        return np.where(x > 0, x, self.slope * x)

    def backward(self, dy: Array) -> list[Array]:
        return [np.where(self.x > 0, dy, self.slope * dy)]


class ELU(Layer):
    """Positive numbers as they are, and negative ones down to -alpha."""

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, x: Array, training: bool = False) -> Array:
        self.y = np.where(x > 0, x, self.alpha * np.expm1(np.minimum(x, 0)))
        return self.y

    def backward(self, dy: Array) -> list[Array]:
        return [dy * np.where(self.y > 0, 1, self.y + self.alpha).astype(dy.dtype)]


class GELU(Layer):
    """Numbers times the probability that a standard normal one lies below them."""

    def forward(self, x: Array, training: bool = False) -> Array:
        erf = np.frompyfunc(math.erf, 1, 1)
        self.x, self.chance = x, ((1 + erf(x / math.sqrt(2)).astype(x.dtype)) / 2)
        return x * self.chance

    def backward(self, dy: Array) -> list[Array]:
        density = np.exp(-(self.x**2) / 2) / np.array(math.sqrt(2 * math.pi), dy.dtype)
        return [dy * (self.chance + self.x * density)]


class SiLU(Layer):
    """Numbers times their own sigmoid."""

    def forward(self, x: Array, training: bool = False) -> Array:
        self.x, self.gate = x, 1 / (1 + np.exp(-x))
        return x * self.gate

    def backward(self, dy: Array) -> list[Array]:
        return [dy * self.gate * (1 + self.x * (1 - self.gate))]


class Softplus(Layer):
    """Smooth ReLU: log(1 + e^x)."""

    def forward(self, x: Array, training: bool = False) -> Array:
        self.x = x
        return np.logaddexp(x, 0)

    def backward(self, dy: Array) -> list[Array]:
        return [dy / (1 + np.exp(-self.x))]


class Sigmoid(Layer):
    """Numbers squeezed into the range from 0 to 1."""

    def forward(self, x: Array, training: bool = False) -> Array:
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dy: Array) -> list[Array]:
        return [dy * self.y * (1 - self.y)]


class Tanh(Layer):
    """Numbers squeezed into the range from -1 to 1."""

    def forward(self, x: Array, training: bool = False) -> Array:
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy: Array) -> list[Array]:
        return [dy * (1 - self.y**2)]


class Sine(Layer):
    """Sine of the input times a frequency."""

    def __init__(self, frequency: float) -> None:
        super().__init__()
        self.frequency = frequency

    def forward(self, x: Array, training: bool = False) -> Array:
        self.x = x
        return np.sin(self.frequency * x)

    def backward(self, dy: Array) -> list[Array]:
        return [dy * self.frequency * np.cos(self.frequency * self.x)]


class Softmax(Layer):
    """Probabilities of the classes, along the first axis after the batch's."""

    def forward(self, x: Array, training: bool = False) -> Array:
        powers = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = powers / powers.sum(axis=1, keepdims=True)
        return self.y

    def backward(self, dy: Array) -> list[Array]:
        return [self.y * (dy - (dy * self.y).sum(axis=1, keepdims=True))]


class Merge(Layer):
    """Base of layers that join several inputs."""

    def forward(self, *inputs: Array, training: bool = False) -> Array:  # type: ignore[override]
        raise NotImplementedError


class Add(Merge):
    """Elementwise sum of the inputs."""

    def forward(self, *inputs: Array, training: bool = False) -> Array:  # type: ignore[override]
        self.count = len(inputs)
        return np.sum(inputs, axis=0)

    def backward(self, dy: Array) -> list[Array]:
        return [dy] * self.count


class Multiply(Merge):
    """Elementwise product of the inputs."""

    def forward(self, *inputs: Array, training: bool = False) -> Array:  # type: ignore[override]
        self.inputs = inputs
        return np.prod(inputs, axis=0)

    def backward(self, dy: Array) -> list[Array]:
        others = [[x for place, x in enumerate(self.inputs) if place != own] for own in range(len(self.inputs))]
        return [dy * np.prod(factors, axis=0) for factors in others]


class Concatenate(Merge):
    """Inputs joined one after the other."""

    def forward(self, *inputs: Array, training: bool = False) -> Array:  # type: ignore[override]
        self.ends = np.cumsum([x.shape[1] for x in inputs])[:-1]
        return np.concatenate(inputs, axis=1)

    def backward(self, dy: Array) -> list[Array]:
        return np.split(dy, self.ends, axis=1)
