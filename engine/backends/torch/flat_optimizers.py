"""Optimisers on flat tensors, with the state of the engine's.

PyTorch's own optimisers keep other numbers (means where the engine keeps sums), so that a saved run could not go on,
bit for bit, on either back end. On one flat vector each step is a handful of operations, however many layers there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from engine.errors import SpecError
from engine.optimizers import Optimizer, Run


class TorchRun(Run):
    """Running optimiser whose vectors are tensors of one device, (P,)."""

    parameters: Any
    gradients: Any

    def __init__(self, parameters: Tensor, gradients: Tensor, learning_rate: float) -> None:
        super().__init__(parameters, gradients, learning_rate)

    def slot(self, name: str) -> Any:
        """Tensor (P,) that is kept from step to step, initially zero."""
        slots: dict[str, Any] = self.slots
        if name not in slots:
            slots[name] = torch.zeros_like(self.parameters)
        return slots[name]


def bind(optimizer: Optimizer, run: TorchRun) -> Callable[[], None]:
    """Make the step function, which reads `run.learning_rate` anew each time. Raises SpecError."""
    make = TORCH_STEPS.get(optimizer.type)
    if make is None:
        raise SpecError(f"{optimizer.title} has no counterpart in PyTorch; choose another optimiser")
    move = make(optimizer, run)

    def step() -> None:
        run.steps += 1
        move()

    return step


def _sgd(o: Any, run: TorchRun) -> Callable[[], None]:
    w, g = run.parameters, run.gradients
    if not o.momentum:
        return lambda: w.add_(g, alpha=-run.learning_rate)
    velocity, momentum, nesterov = run.slot("velocity"), o.momentum, o.nesterov

    def step() -> None:
        velocity.mul_(momentum).add_(g)
        if nesterov:
            w.add_(g, alpha=-run.learning_rate)
            w.add_(velocity, alpha=-run.learning_rate * momentum)
        else:
            w.add_(velocity, alpha=-run.learning_rate)

    return step


def _rmsprop(o: Any, run: TorchRun) -> Callable[[], None]:
    w, g, square = run.parameters, run.gradients, run.slot("square")

    def step() -> None:
        square.mul_(o.rho).addcmul_(g, g, value=1 - o.rho)
        w.addcdiv_(g, square.sqrt().add_(o.epsilon), value=-run.learning_rate)

    return step


def _adagrad(o: Any, run: TorchRun) -> Callable[[], None]:
    w, g, total = run.parameters, run.gradients, run.slot("total")

    def step() -> None:
        total.addcmul_(g, g)
        w.addcdiv_(g, total.sqrt().add_(o.epsilon), value=-run.learning_rate)

    return step


def _adam(o: Any, run: TorchRun) -> Callable[[], None]:
    w, g, first, second = run.parameters, run.gradients, run.slot("first"), run.slot("second")

    def step() -> None:
        first.mul_(o.beta1).add_(g)
        second.mul_(o.beta2).addcmul_(g, g)
        # Sums instead of means, as the engine's Adam explains.
        share1 = (1 - o.beta1) / (1 - o.beta1**run.steps)
        root2 = math.sqrt((1 - o.beta2) / (1 - o.beta2**run.steps))
        w.addcdiv_(first, second.sqrt().add_(o.epsilon / root2), value=-run.learning_rate * share1 / root2)

    return step


def _adamw(o: Any, run: TorchRun) -> Callable[[], None]:
    move, w = _adam(o, run), run.parameters

    def step() -> None:
        w.mul_(1 - run.learning_rate * o.weight_decay)
        move()

    return step


TORCH_STEPS: dict[str, Callable[[Any, TorchRun], Callable[[], object]]] = {
    "SGD": _sgd,
    "RMSprop": _rmsprop,
    "Adagrad": _adagrad,
    "Adam": _adam,
    "AdamW": _adamw,
}
