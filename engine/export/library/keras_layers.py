"""Layers that Keras lacks. Exporters copy their source, so each stands by itself."""

from __future__ import annotations

from typing import Any

import keras


class Sine(keras.layers.Layer):
    """Sine of the input times a frequency."""

    def __init__(self, frequency: float, **settings: Any) -> None:
        super().__init__(**settings)
        self.frequency = frequency

    def call(self, x: Any) -> Any:
        return keras.ops.sin(self.frequency * x)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "frequency": self.frequency}


class Shift(keras.layers.Layer):
    """Bias of its own for every number."""

    def build(self, shape: Any) -> None:
        self.bias = self.add_weight(shape=tuple(shape[1:]), initializer="zeros", name="bias")

    def call(self, x: Any) -> Any:
        return x + self.bias


class Pad(keras.layers.Layer):
    """Rows and columns of one value around a picture (N, C, H, W)."""

    def __init__(self, padding: Any, value: float, **settings: Any) -> None:
        super().__init__(**settings)
        self.padding, self.value = padding, value

    def call(self, x: Any) -> Any:
        around = [(0, 0), (0, 0), *(tuple(each) for each in self.padding)]
        return keras.ops.pad(x, around, mode="constant", constant_values=self.value)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": self.padding, "value": self.value}


class Scale(keras.layers.Layer):
    """Numbers of a picture times fixed ones, (H, W): the mean of windows that reach beyond the picture."""

    def __init__(self, factors: Any, **settings: Any) -> None:
        super().__init__(**settings)
        self.factors = factors

    def call(self, x: Any) -> Any:
        return x * keras.ops.convert_to_tensor(self.factors, dtype=x.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factors": self.factors}
