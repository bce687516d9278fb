"""Gradient clipping and weight penalties, applied to gradients before the optimiser's step."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar

import numpy as np
from pydantic import Field

from engine.declared import Declared
from engine.network import Network
from engine.types import Array


class Clipping(Declared):
    """Gradient clipping by value and by norm (Pascanu et al. 2013, algorithm 1).

    With both limits, values are clipped first.
    """

    title: ClassVar[str] = "Gradient clipping"
    help: ClassVar[str] = "Limits the gradient, so that a single large step does not derail training."

    value: float | None = Field(
        None,
        gt=0,
        title="Clip value",
        description="Limits every component of the gradient to plus and minus this; empty for no limit.",
        json_schema_extra={"none": "no limit"},
    )
    norm: float | None = Field(
        None,
        gt=0,
        title="Clip norm",
        description="Scales the gradient down to this norm, over all parameters; empty for no limit.",
        json_schema_extra={"none": "no limit"},
    )

    def bind(self, gradients: Array) -> Callable[[], None]:
        """Make the function that clips a flat gradient vector in place."""
        value, norm = self.value, self.norm

        def clip() -> None:
            if value is not None:
                np.clip(gradients, -value, value, out=gradients)
            if norm is not None:
                length = math.sqrt(gradients.dot(gradients))
                if length > norm:
                    np.multiply(gradients, norm / length, out=gradients)

        return clip


class Penalty(Declared):
    """Weight penalty: l1 |w| + l2 w^2 / 2, added to the loss (Krogh and Hertz 1992 for l2).

    Only its gradient, l1 sign(w) + l2 w, is computed, after clipping; reported losses are those of the data alone. With
    l2 and `biases`, this is PyTorch's `weight_decay` of optimisers other than AdamW.
    """

    title: ClassVar[str] = "L1 and L2 regularisation"
    help: ClassVar[str] = "Pulls weights towards 0, against overfitting."

    l1: float = Field(
        0.0, ge=0, le=1000, title="L1", description="Sum of absolute weights; makes many of them nearly 0."
    )
    l2: float = Field(0.0, ge=0, le=1000, title="L2", description="Sum of squared weights; shrinks large ones most.")
    biases: bool = Field(
        False,
        title="Biases too",
        description="Also penalises biases and the scales and shifts of normalisation layers.",
    )

    def bind(self, network: Network) -> Callable[[], None]:
        """Make the function that adds the penalty's gradient to `network.gradient_vector`."""
        l1, l2 = (np.array(strength, network.dtype) for strength in (self.l1, self.l2))
        pulled = [
            (
                network.parameter_vector[place],
                network.gradient_vector[place],
                np.empty(place.stop - place.start, network.dtype),
            )
            for name, places in network.places.items()
            for key, place in places.items()
            if name not in network.frozen and (self.biases or network.layers[name].is_weight(key))
        ]

        def add() -> None:
            for weights, gradients, work in pulled:
                if l2:
                    np.multiply(weights, l2, out=work)
                    np.add(gradients, work, out=gradients)
                if l1:
                    np.sign(weights, out=work)
                    np.multiply(work, l1, out=work)
                    np.add(gradients, work, out=gradients)

        return add
