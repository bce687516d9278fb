"""Preview of a trainer's next step: its samples, gradients, and the numbers that the optimiser starts from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.network import Network
from engine.training.update import Update
from engine.types import Array

Arrays = Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class NextStep:
    """Numbers of a step that is not made yet. All arrays are copies.

    Attributes:
        batch: indices of its samples, (n,).
        loss: mean over the batch, in training mode; weighted where samples have weights.
        gradients: dE/dparameter by full name ("dense_1.weight"), E being that mean.
        taken: the same after clipping and penalties, as the optimiser takes them.
        state: what the optimiser has kept, by full name, then by the names of its mathematics ("velocity").
        learning_rate: with the schedule applied. count: number of the optimiser's step, from 1.
    """

    batch: Array
    loss: float
    gradients: Arrays
    taken: Arrays
    state: Mapping[str, Arrays]
    learning_rate: float
    count: int


def preview(
    network: Network, update: Update, batch: Array, compute: Callable[[], float], names: Sequence[str]
) -> NextStep:
    """Compute the next step without making it, and put back all that this changes.

    `compute` writes the batch's gradients in training mode to the network's, and returns the loss. `names` are the
    layers whose parameters are wanted. Dropout draws what it will draw in the step, since its generator is put back
    too.
    """
    vector, layers_state = network.gradient_vector, network.state_vector[network.parameter_count :]
    kept = vector.copy(), layers_state.copy(), network.rng.bit_generator.state
    places = {
        f"{name}.{key}": place
        for name in names
        if name not in network.frozen
        for key, place in network.places.get(name, {}).items()
    }
    shapes = {name: array.shape for name, array in network.parameters.items()}

    def copies(flat: Array) -> dict[str, Array]:
        return {name: np.array(flat[place]).reshape(shapes[name]) for name, place in places.items()}

    try:
        loss = compute()
        gradients = copies(vector)
        if update.clipping is not None:
            update.clipping.bind(vector)()
        if update.penalty is not None:
            update.penalty.bind(network)()
        taken = copies(vector)
    finally:
        vector[...], layers_state[...], network.rng.bit_generator.state = kept
    memory = {key: copies(flat) for key, flat in update.memory.items()}
    state = {name: {key: arrays[name] for key, arrays in memory.items()} for name in places}
    return NextStep(batch, loss, gradients, taken, state, update.current_rate, update.count)
