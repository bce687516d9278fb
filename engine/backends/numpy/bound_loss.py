"""Losses bound to the arrays of a plan: fused, weighted, or guarded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from engine.graph import Graph
from engine.losses import Loss, LossContext
from engine.output_check import guarded
from engine.types import Array

Measure = Callable[[], float]


def logits_of(graph: Graph, loss: Loss | None) -> str | None:
    """Node that gives the logits, if the loss is fused with the last layer; else None.

    No other node can need it: whatever it feeds must lead to the output, which has no second input.
    """
    fused = loss is not None and loss.link is not None and loss.link == graph.nodes[graph.output].link
    return graph.sources[graph.output][0] if fused else None


def bind_loss(loss: Loss, context: LossContext, weights: Array | None, graph: Graph, *, training: bool) -> Measure:
    """Make the function that returns the loss and writes its gradient.

    Args:
        weights: (N,), sample weights; None if all are equal.
    """
    measure = loss.bind(context) if weights is None else _weigh(loss, context, weights)
    if context.logits is not None:
        return measure
    return guarded(measure, loss, graph, context.output, training=training)


def _weigh(loss: Loss, context: LossContext, weights: Array) -> Measure:
    """The weighted mean of a loss over the samples, sum w l / sum w, and its gradient; 0 if no sample counts."""
    scaled = np.empty_like(weights)
    measure, gradient = loss.bind(replace(context, weights=scaled)), context.gradient

    def measure_weighted() -> float:
        total = float(weights.sum())
        np.multiply(weights, len(weights) / total if total > 0 else 0.0, out=scaled)
        value = measure()
        if gradient is not None:
            np.multiply(gradient, scaled, out=gradient)
        return value

    return measure_weighted


def no_loss() -> float:
    """Raise ValueError: the plan was made without a loss."""
    raise ValueError("this plan was made without a loss")
