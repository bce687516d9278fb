"""Losses bound to a plan: fused, weighted by sample, guarded against wrong outputs."""

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
    """Node that feeds a last layer with which the loss is fused; else None.

    No other node can need it: whatever it feeds must lead to the output, which has no second input.
    """
    fused = loss is not None and loss.link is not None and loss.link == graph.nodes[graph.output].link
    return graph.sources[graph.output][0] if fused else None


def bind_loss(loss: Loss, context: LossContext, weights: Array | None, graph: Graph, *, training: bool) -> Measure:
    """Function that computes the loss and writes its gradient.

    Args:
        weights: (N,), sample weights; None if all are equal.
    """
    measure = loss.bind(context) if weights is None else _weigh(loss, context, weights)
    if context.logits is not None:
        return measure
    return guarded(measure, loss, graph, context.output, training=training)


def _weigh(loss: Loss, context: LossContext, weights: Array) -> Measure:
    """Weighted mean of a loss, sum w l / sum w, and its gradient; 0 if no sample counts."""
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


def bind_score(value: Array, coefficients: Array, gradient: Array) -> Measure:
    """Function that computes a weighted sum of a node's outputs and writes its gradient there: the weights."""

    def measure() -> float:
        np.copyto(gradient, coefficients)
        return float(np.vdot(value, coefficients))

    return measure


def no_loss() -> float:
    """Measure of a plan without a loss. Raises ValueError."""
    raise ValueError("this plan was made without a loss")
