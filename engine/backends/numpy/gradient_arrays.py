"""Gradient arrays of a plan, for nodes that the backward pass needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from engine.backends.numpy.operations import Operation, by_channel
from engine.graph import INPUT, Graph
from engine.types import Array


class GradientArrays:
    """Arrays that the backward pass reads and writes at each node.

    Args:
        values: outputs of the nodes, (*shape, N).
        start: the node at which the loss leaves its gradient.
        learning: the nodes whose parameters get gradients.
        keep: no node writes over another's gradient.

    Attributes:
        outputs: dL/d(output) of each node that the gradient reaches, (*shape, N), by name.
        inputs: by the same names, where the node writes dL/dinput, for each of its inputs; None where nobody needs it.
        sums: operations that fill `outputs` of the nodes that feed several others, to be run before their own.
    """

    def __init__(
        self,
        graph: Graph,
        values: Mapping[str, Array],
        start: str,
        learning: Collection[str],
        *,
        want_input_gradient: bool,
        training: bool,
        keep: bool,
    ) -> None:
        self._graph, self._values, self._training, self._keep = graph, values, training, keep
        self.outputs: dict[str, Array] = {}
        self.inputs: dict[str, tuple[Array | None, ...]] = {}
        self.sums: dict[str, Operation] = {}
        needed = _needing_gradient(graph, learning, want_input_gradient)
        # What comes back to a node from those that it feeds.
        parts = {start: [np.empty_like(values[start])]} if needed[start] else {}
        for name in [*reversed(graph.nodes), INPUT]:
            if name in parts:
                self._collect(name, parts[name])
                if name != INPUT:
                    self._pass_on(name, needed, parts)

    def _collect(self, name: str, parts: list[Array]) -> None:
        if len(parts) == 1:
            self.outputs[name] = parts[0]
        else:
            total = self.outputs[name] = np.empty_like(parts[0])
            self.sums[name] = _sum_of(parts, total)

    def _pass_on(self, name: str, needed: Mapping[str, bool], parts: dict[str, list[Array]]) -> None:
        gradient, layer = self.outputs[name], self._graph.nodes[name]
        arrays: list[Array | None] = []
        for source in self._graph.sources[name]:
            if not needed[source]:
                arrays.append(None)
                continue
            value = self._values[source]
            if layer.passes_through(training=self._training):
                part = gradient.reshape(value.shape)
            elif layer.elementwise and not self._keep and len(self._graph.consumers[source]) == 1:
                part = gradient
            else:
                part = np.empty(value.shape, value.dtype)
            arrays.append(part)
            parts.setdefault(source, []).append(part)
        self.inputs[name] = tuple(arrays)


def _needing_gradient(graph: Graph, learning: Collection[str], want_input_gradient: bool) -> dict[str, bool]:
    """Flag for each node: something learns there or before it."""
    needed = {INPUT: want_input_gradient}
    for name in graph.nodes:
        needed[name] = name in learning or any(needed[source] for source in graph.sources[name])
    return needed


def _sum_of(parts: list[Array], total: Array) -> Operation:
    return by_channel(len(total), total.size, lambda own: _adder([part[own] for part in parts], total[own]))


def _adder(parts: list[Array], total: Array) -> Operation:
    first, second, *others = parts

    def add() -> None:
        np.add(first, second, total)
        for part in others:
            np.add(total, part, total)

    return add
