"""Where NaN or infinity came from, found out after the fact: training itself does not look at each layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.layers.base import Array
from engine.network import Network


@dataclass(frozen=True)
class Origin:
    """Attributes:
    where: the layer's name; None if all layers are sound and only the loss is not.
    what: what went wrong there, as the beginning of a sentence.
    """

    where: str | None
    what: str


def find_origin(network: Network, rows: Array, loss: float) -> Origin:
    """The first layer that puts out NaN or infinity for a batch, else the first one on the way back.

    Args:
        network: as it was when it went wrong, its gradients too. Left as it is.
        rows: the batch, (N, *input_shape).
        loss: what came out.
    """
    for name, values in _outputs(network, rows).items():
        if not np.isfinite(values).all():
            return Origin(name, f"the output of this layer {_outgrown(values)}")
    if not np.isfinite(loss):
        return Origin(None, f"the loss became {loss}")
    largest, where = -1.0, None
    for name in reversed([*network.layers]):
        gradients = [network.slopes[place] for place in network.places.get(name, {}).values()]
        for gradient in gradients:
            if not np.isfinite(gradient).all():
                return Origin(name, f"the gradient of this layer {_outgrown(gradient)}")
            size = float(np.abs(gradient).max(initial=0))
            largest, where = max((largest, where), (size, name), key=lambda pair: pair[0])
    # Every number holds, but not the sum of their squares.
    return Origin(where, "the gradients grew beyond what numbers hold, those of this layer most")


def _outputs(network: Network, rows: Array) -> dict[str, Array]:
    """What each layer puts out in training, in order. What layers remember and draw is put back."""
    state = network.memory[network.parameter_count :]
    kept, choices = state.copy(), network.rng.bit_generator.state
    plan = network.plan(len(rows), training=True, keep=True, frozen=network.frozen)
    np.copyto(plan.input_rows, rows)
    plan.run_forward()
    state[...] = kept
    network.rng.bit_generator.state = choices
    return {name: plan.values[name] for name in network.layers}


def _outgrown(values: Array) -> str:
    return "became NaN (no number)" if np.isnan(values).any() else "grew beyond what numbers hold"
