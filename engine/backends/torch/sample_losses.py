"""Losses of single samples on PyTorch, from the functions that exporters copy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor

from engine.backends.numpy.bound_loss import logits_of
from engine.errors import SpecError
from engine.export.learning import LOSS_CALLS
from engine.export.library import torch_losses
from engine.graph import Graph
from engine.losses import Loss

# Function of the output, the last layer's input, and the targets, that gives the loss of every sample, (N,).
SampleLosses = Callable[[Tensor, Tensor, Tensor], Tensor]


def sample_losses(loss: Loss, graph: Graph) -> SampleLosses:
    """Function for a loss, which starts before the last layer where they are fused. Raises SpecError."""
    entry = LOSS_CALLS.get(loss.type)
    if entry is None:
        raise SpecError(f"{loss.title} has no counterpart in PyTorch; choose another loss")
    made = entry(loss)
    settings: dict[str, Any] = dict(made.settings)
    if logits_of(graph, loss) is None:
        from_output = partial(getattr(torch_losses, made.name), **settings)
        return lambda output, logits, target: from_output(output, target)
    from_logits = partial(getattr(torch_losses, f"{made.name}_from_logits"), **settings)
    return lambda output, logits, target: from_logits(logits, target)
