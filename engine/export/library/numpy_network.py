"""Networks of layers in plain NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Graph:
    """Layers by name, each with the names that feed it; "input" are the samples, the last layer is the output."""

    layers: dict[str, Any]
    sources: dict[str, tuple[str, ...]]

    def forward(self, x: Array, training: bool = False) -> dict[str, Array]:
        """Outputs of all layers by name."""
        values = {"input": x}
        for name, layer in self.layers.items():
            values[name] = layer.forward(*(values[source] for source in self.sources[name]), training=training)
        return values

    def backward(self, name: str, gradient: Array) -> None:
        """Gradients of all parameters, from the gradient at the output of one layer: the chain rule, backwards."""
        arriving = {name: gradient}
        for each in reversed(self.layers):
            if each in arriving:
                parts = self.layers[each].backward(arriving.pop(each))
                for source, part in zip(self.sources[each], parts, strict=True):
                    # What several layers read gets a gradient from each of them.
                    arriving[source] = arriving[source] + part if source in arriving else part

    def arrays(self) -> dict[str, Array]:
        """All arrays by full name, such as "dense_1.weight"; not copied."""
        return {f"{name}.{key}": array for name, layer in self.layers.items() for key, array in layer.arrays.items()}


def clip(gradients: list[Array], value: float | None, norm: float | None) -> None:
    """Limit gradients in place, each number and then their length (Pascanu et al. 2013)."""
    if value is not None:
        for g in gradients:
            np.clip(g, -value, value, out=g)
    length = float(np.sqrt(sum(float((g * g).sum()) for g in gradients)))
    if norm is not None and length > norm:
        for g in gradients:
            g *= norm / length
