"""Own grid of the window lens: a small input and kernel, set by hand. Pure data; no network is involved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import layers
from engine.layers import Layer
from engine.sliding_window import Padding
from engine.window_arithmetic import compute_all
from nnstudio.views.lens.window_picture import WindowPicture

Array = NDArray[Any]
Paddings = tuple[Padding | int, ...]

# Bounds of the settings: (least, most).
SIZES, KERNELS, STRIDES, DILATIONS = (3, 12), (1, 5), (1, 4), (1, 3)


@dataclass(frozen=True)
class Settings:
    """Settings of the window: the operation, sizes of grid and kernel, stride, padding and dilation."""

    operation: str = "Conv2D"
    size: int = 7
    kernel: int = 3
    stride: int = 1
    padding: Padding | int = "valid"
    dilation: int = 1

    def layer(self) -> Layer:
        """The layer with these settings."""
        return OPERATIONS[self.operation].make(self)


@dataclass(frozen=True)
class Operation:
    """Operation that slides a window.

    Attributes:
        make: the layer for some settings. paddings: those it takes. weighted: it has a kernel and a bias.
        dilates: it has a dilation.
    """

    make: Callable[[Settings], Layer]
    paddings: Paddings
    weighted: bool = False
    dilates: bool = False


def _convolution(wanted: Settings) -> Layer:
    return layers.Conv2D(
        filters=1,
        kernel_size=wanted.kernel,
        stride=wanted.stride,
        padding=wanted.padding,
        dilation=wanted.dilation,
    )


def _transposed(wanted: Settings) -> Layer:
    return layers.ConvTranspose2D.model_validate(
        {"filters": 1, "kernel_size": wanted.kernel, "stride": wanted.stride, "padding": wanted.padding}
    )


def _pooling(kind: type[layers.MaxPool2D] | type[layers.AvgPool2D]) -> Callable[[Settings], Layer]:
    return lambda wanted: kind.model_validate(
        {"pool_size": wanted.kernel, "stride": wanted.stride, "padding": wanted.padding}
    )


OPERATIONS: Mapping[str, Operation] = {
    "Conv2D": Operation(_convolution, ("valid", "same", "full", 1, 2), weighted=True, dilates=True),
    "ConvTranspose2D": Operation(_transposed, ("valid", "same", 1, 2), weighted=True),
    "MaxPool2D": Operation(_pooling(layers.MaxPool2D), ("valid", "same")),
    "AvgPool2D": Operation(_pooling(layers.AvgPool2D), ("valid", "same")),
}


def _edge(side: int, rng: np.random.Generator) -> Array:
    return np.tile(np.arange(side) >= side // 2, (side, 1))


def _square(side: int, rng: np.random.Generator) -> Array:
    inner = (np.arange(side) >= side // 4) & (np.arange(side) < side - side // 4)
    return np.logical_and.outer(inner, inner)


def _cross(side: int, rng: np.random.Generator) -> Array:
    return np.eye(side) + np.eye(side)[::-1] > 0


def _random_pixels(side: int, rng: np.random.Generator) -> Array:
    return rng.integers(0, 10, (side, side))


def _empty(side: int, rng: np.random.Generator) -> Array:
    return np.zeros((side, side))


def _smooth(side: int) -> Array:
    """Binomial weights: 1, 2, 1 for three."""
    weights = np.ones(1)
    for _ in range(side - 1):
        weights = np.convolve(weights, (1, 1))
    return weights


def _slope(side: int) -> Array:
    return np.ones(1) if side == 1 else np.round(np.linspace(-(side // 2), side // 2, side), 1)


def _vertical(side: int, rng: np.random.Generator) -> Array:
    # For three this is Sobel's operator.
    return np.outer(_smooth(side), _slope(side))


def _horizontal(side: int, rng: np.random.Generator) -> Array:
    return _vertical(side, rng).T


def _outline(side: int, rng: np.random.Generator) -> Array:
    kernel = -np.ones((side, side))
    kernel[side // 2, side // 2] += side * side
    return kernel


def _blur(side: int, rng: np.random.Generator) -> Array:
    return np.full((side, side), 1 / side**2)


def _copy(side: int, rng: np.random.Generator) -> Array:
    kernel = np.zeros((side, side))
    kernel[side // 2, side // 2] = 1
    return kernel


def _random_weights(side: int, rng: np.random.Generator) -> Array:
    return rng.integers(-2, 3, (side, side))


Preset = Callable[[int, np.random.Generator], Array]
# Contents to begin with, by name, in the order of the menus.
INPUTS: Mapping[str, Preset] = {
    "Edge": _edge,
    "Square": _square,
    "Cross": _cross,
    "Random": _random_pixels,
    "Clear": _empty,
}
WEIGHTS: Mapping[str, Preset] = {
    "Vertical edges": _vertical,
    "Horizontal edges": _horizontal,
    "Outline": _outline,
    "Blur": _blur,
    "Copy": _copy,
    "Random": _random_weights,
    "Clear": _empty,
}


@dataclass(frozen=True, eq=False)
class OwnGrid:
    """Input (size, size), kernel (side, side), bias and settings; every change makes another value.

    `draws` counts the random contents that were asked for, so that each is another one and all can be had again.
    """

    settings: Settings = field(default_factory=Settings)
    image: Array = field(default_factory=lambda: _filled(INPUTS["Square"], Settings().size, 0))
    kernel: Array = field(default_factory=lambda: _filled(WEIGHTS["Vertical edges"], Settings().kernel, 0))
    bias: float = 0.0
    draws: int = 0

    def with_settings(self, settings: Settings) -> OwnGrid:
        """Take other settings. Numbers stay where they are; a grid that grows gets zeros."""
        operation = OPERATIONS[settings.operation]
        if settings.padding not in operation.paddings:
            settings = replace(settings, padding=operation.paddings[0])
        if not operation.dilates:
            settings = replace(settings, dilation=1)
        image, kernel = _resized(self.image, settings.size), _resized(self.kernel, settings.kernel)
        return replace(self, settings=settings, image=image, kernel=kernel)

    def with_input(self, preset: str) -> OwnGrid:
        """Fill the input."""
        image = _filled(INPUTS[preset], self.settings.size, self.draws)
        return replace(self, image=image, draws=self.draws + 1)

    def with_kernel(self, preset: str) -> OwnGrid:
        """Fill the kernel."""
        kernel = _filled(WEIGHTS[preset], self.settings.kernel, self.draws)
        return replace(self, kernel=kernel, draws=self.draws + 1)

    def with_bias(self, bias: float) -> OwnGrid:
        """Take another bias."""
        return replace(self, bias=bias)

    def with_pixel(self, row: int, column: int, value: float) -> OwnGrid:
        """Set a number of the input."""
        return replace(self, image=_changed(self.image, row, column, value))

    def with_weight(self, row: int, column: int, value: float) -> OwnGrid:
        """Set a number of the kernel."""
        return replace(self, kernel=_changed(self.kernel, row, column, value))

    def picture(self) -> WindowPicture:
        """Its first output pixel. Raises ShapeError if the window is larger than the grid."""
        layer, x = self.settings.layer(), self.image[None]
        parameters = {"weight": self.kernel[None, None], "bias": np.array([self.bias], np.float32)}
        if not OPERATIONS[self.settings.operation].weighted:
            parameters = {}
        return WindowPicture("Own grid", layer, x, parameters, compute_all(layer, x, parameters))


def _filled(preset: Preset, side: int, seed: int) -> Array:
    return np.asarray(preset(side, np.random.default_rng(seed)), np.float32)


def _resized(array: Array, side: int) -> Array:
    if len(array) == side:
        return array
    made = np.zeros((side, side), np.float32)
    kept = min(side, len(array))
    made[:kept, :kept] = array[:kept, :kept]
    return made


def _changed(array: Array, row: int, column: int, value: float) -> Array:
    made = array.copy()
    made[row, column] = value
    return made
