"""Divergence: detect it, trace its origin, and restore earlier weights.

Training itself does not look at each layer; where NaN or infinity came from is found out after the fact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.losses import Loss, LossContext
from engine.network import Network
from engine.types import Array

# A loss has exploded when it is so many times as large as all that is usual at the start.
EXPLOSION = 1e8
# Samples whose losses count as usual, whatever they are.
FIRST_SAMPLES = 64
# Weights are kept at most this often, in steps, so that copying them costs next to nothing.
KEPT_EVERY = 32
# An epoch is a good one up to so many times the best loss, a batch up to so many times the loss of its epoch.
_GOOD_EPOCH, _GOOD_BATCH = 2.0, 10.0
_TINY = float(np.finfo(np.float32).tiny)


class Guard:
    """Detector of exploding but finite losses, which keeps the last good weights.

    A loss has exploded when it is above `EXPLOSION` times the largest of: the losses of the first 64 samples; the loss
    of an output of zero where the target is largest; and 1. With squared errors that is an output error ten thousand
    times that of an untrained network. So neither unscaled targets nor a lucky first batch, nor a peak from which
    training recovers counts as an explosion.

    Weights are good at the first step; and at the beginning of an epoch, if the epoch before was about as good as the
    best and they gave no unusual loss for the first batch. They are copied before the step, when that loss is known:
    the last step of an epoch may have been a very bad one.

    Attributes:
        limit: losses below it need no call of `allows`; 0 where the next must be checked in any case.
    """

    def __init__(self, memory: Array) -> None:
        self._memory = memory
        self._copy = np.empty_like(memory)
        self.start()

    def start(self, loss: Loss | None = None, targets: Array | None = None) -> None:
        """Start anew, with these targets if they are known."""
        self._usual, self._seen, self._steps, self._kept_at = 1.0, 0, 0, 0
        self._best = self._latest = math.inf
        self._has_copy, self._due, self.limit = False, True, 0.0
        if loss is not None and targets is not None:
            largest = np.full((1, 1), np.abs(targets).max(initial=0), np.float64)
            context = LossContext(output=np.zeros_like(largest), target=largest, logits=None, gradient=None)
            with np.errstate(all="ignore"):
                self._usual = max(1.0, loss.bind(context)())

    def allows(self, loss: float, samples: int, state: Array | None) -> bool:
        """False if the loss of a batch of `samples` has exploded; call before the update.

        `state` is the layers' state before this batch, if they have any.
        """
        if not math.isfinite(loss):
            return False
        if self._seen < FIRST_SAMPLES:
            self._seen += samples
            self._usual = max(self._usual, loss)
        exploded = loss > EXPLOSION * self._usual
        if self._due and loss <= _GOOD_BATCH * self._latest:
            self._keep(state)
        self._due = False
        self.limit = EXPLOSION * self._usual if self._seen >= FIRST_SAMPLES else 0.0
        return not exploded

    def _keep(self, state: Array | None) -> None:
        np.copyto(self._copy, self._memory)
        if state is not None:
            self._copy[-state.size :] = state
        self._has_copy, self._kept_at = True, self._steps

    def after_epoch(self, loss: float, steps: int) -> None:
        """Record an epoch's loss, and the number of all steps so far."""
        self._best, self._latest, self._steps = min(self._best, loss), loss, steps
        if loss <= _GOOD_EPOCH * self._best and steps - self._kept_at >= KEPT_EVERY:
            self._due, self.limit = True, 0.0

    def good(self, loss: float) -> Array | None:
        """Weights to restore after such a loss; None if the present ones are as good."""
        return self._copy if self._has_copy and not loss <= self._usual else None

    def state(self) -> dict[str, Any]:
        """Recorded losses, JSON-compatible. A guard restored from it keeps the weights of that moment first."""
        return {"usual": self._usual, "seen": self._seen, "best": self._best, "latest": self._latest}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore a state. Raises KeyError, TypeError or ValueError if it is malformed."""
        usual, best, latest = (float(state[name]) for name in ("usual", "best", "latest"))
        seen = int(state["seen"])
        self.start()
        self._usual, self._seen, self._best, self._latest = usual, seen, best, latest


@dataclass(frozen=True)
class Origin:
    """Origin of a divergence.

    Attributes:
        where: the layer's name; None if all layers are sound and only the loss is not.
        what: the failure there, as the beginning of a sentence.
    """

    where: str | None
    what: str


def find_origin(network: Network, rows: Array, loss: float, good: Array | None = None) -> Origin:
    """Find the layer where a divergence began.

    It is the first layer whose output for a batch is NaN or infinite, else the first one on the way back; where all are
    finite, the layer whose output grew most relative to its input.

    Args:
        network: in the state of the failure, with its gradients. Left unchanged.
        rows: the batch, (N, *input_shape).
        loss: the resulting loss.
        good: the last good state vector, if it is known and the present one is bad.
    """
    for name, values in _outputs(network, rows).items():
        if not np.isfinite(values).all():
            return Origin(name, f"the output of this layer {_outgrown(values)}")
    of_loss = not math.isfinite(loss) or math.isfinite(network.gradient_vector.dot(network.gradient_vector))
    if of_loss and good is not None:
        return _grown(network, rows, loss, good)
    if of_loss:
        return Origin(None, f"the loss became {loss:.3g}")
    largest, where = -1.0, None
    for name in reversed([*network.layers]):
        gradients = [network.gradient_vector[place] for place in network.places.get(name, {}).values()]
        for gradient in gradients:
            if not np.isfinite(gradient).all():
                return Origin(name, f"the gradient of this layer {_outgrown(gradient)}")
            size = float(np.abs(gradient).max(initial=0))
            largest, where = max((largest, where), (size, name), key=lambda pair: pair[0])
    # Every number holds, but not the sum of their squares.
    return Origin(where, "the gradients overflowed, those of this layer most")


def _grown(network: Network, rows: Array, loss: float, good: Array) -> Origin:
    """The layer whose output grew most, beside what comes into it, since the network was good."""
    present, now = network.state_vector.copy(), _sizes(network, rows)
    network.state_vector[...] = good
    before = _sizes(network, rows)
    network.state_vector[...] = present
    # What was next to nothing, such as the output of a ReLU that let nothing through, may grow without harm.
    hair = max(before.values()) / 1000 + _TINY
    growth = {name: (now[name] + hair) / (before[name] + hair) for name in now}
    own = {
        name: growth[name] / max(growth.get(source, 1.0) for source in network.structure.sources[name])
        for name in network.layers
    }
    where = max(own, key=own.__getitem__)
    return Origin(
        where, f"the output of this layer grew to {growth[where]:.1e} times what it was, and the loss to {loss:.3g}"
    )


def _sizes(network: Network, rows: Array) -> dict[str, float]:
    """The largest number that each layer puts out."""
    return {name: float(np.abs(values).max(initial=0)) for name, values in _outputs(network, rows).items()}


def _outputs(network: Network, rows: Array) -> dict[str, Array]:
    """Outputs of each layer in training, in order. State and random generators are restored."""
    state = network.state_vector[network.parameter_count :]
    kept, choices = state.copy(), network.rng.bit_generator.state
    plan = network.plan(len(rows), training=True, keep=True, frozen=network.frozen)
    np.copyto(plan.input_rows, rows)
    plan.run_forward()
    state[...] = kept
    network.rng.bit_generator.state = choices
    return {name: plan.values[name] for name in network.layers}


def _outgrown(values: Array) -> str:
    return "became NaN (not a number)" if np.isnan(values).any() else "overflowed"
