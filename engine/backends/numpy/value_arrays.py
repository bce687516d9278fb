"""Output arrays of a plan, shared where layers may overwrite their input."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from engine.backends.numpy.operations import Operation
from engine.graph import INPUT, Graph
from engine.types import Array, Shape

# A copy of so few numbers costs less than what a layer saves that finds a row of ones behind its input.
_SMALL = 1024


class ValueArrays:
    """Output arrays of all nodes, for one batch size.

    Args:
        keep: no node writes over another's output.
        logits: a node whose output the loss needs, or None.

    Attributes:
        input_rows: (N, *input_shape), to be filled before a run.
        values: (*shape, N) by name; "input" too.
        extended: the same as matrices with a row of ones below, for nodes that have one; see BindContext.extended.
        copies: operations to be run before those of the layers.
    """

    def __init__(
        self,
        graph: Graph,
        shapes: Mapping[str, Shape],
        samples: int,
        dtype: np.dtype,
        *,
        training: bool,
        keep: bool,
        logits: str | None,
    ) -> None:
        self._graph, self._shapes, self._samples, self._dtype = graph, shapes, samples, dtype
        self._training, self._keep, self._logits = training, keep, logits
        self.values: dict[str, Array] = {}
        self.extended: dict[str, Array] = {}
        self.copies: list[Operation] = []
        self.input_rows = np.zeros((samples, *shapes[INPUT]), dtype)
        self._make_input()
        for name in graph.nodes:
            self._make_value(name)

    def _make_input(self) -> None:
        batch_last = np.moveaxis(self.input_rows, 0, -1)
        if batch_last.ndim == 2 and batch_last.size > _SMALL:
            # A matrix product reads a transposed matrix as fast as a straight one.
            self.values[INPUT] = batch_last
            return
        straight = self._new_value(INPUT, batch_last.shape)
        if batch_last.flags.c_contiguous:
            # A single sample, or a single number of each: both orders are the same.
            self.input_rows = np.moveaxis(straight, -1, 0)
            return
        self.copies.append(lambda: np.copyto(straight, batch_last))

    def _make_value(self, name: str) -> None:
        layer, source = self._graph.nodes[name], self._graph.sources[name][0]
        value = self.values[source]
        shape = (*self._shapes[name], self._samples)
        if layer.passes_through(training=self._training):
            if not value.flags.c_contiguous and shape != value.shape:
                straight = np.empty(value.shape, self._dtype)
                transposed = value
                self.copies.append(lambda: np.copyto(straight, transposed))
                value = straight
            self.values[name] = value.reshape(shape)
            self._extend(name, source)
        elif layer.in_place and self._may_overwrite(source) and source != self._logits:
            self.values[name] = value
            self._extend(name, source)
        else:
            self._new_value(name, shape)

    def _new_value(self, name: str, shape: Shape) -> Array:
        """New output array of a node, with a row of ones behind it."""
        size = math.prod(shape)
        memory = np.ones(size + self._samples, self._dtype)
        value = self.values[name] = memory[:size].reshape(shape)
        if self._samples:
            self.extended[name] = memory.reshape(-1, self._samples)
        return value

    def _extend(self, name: str, source: str) -> None:
        """Share the row of ones of a node whose array is shared."""
        if source in self.extended:
            self.extended[name] = self.extended[source]

    def _may_overwrite(self, name: str) -> bool:
        """True if a node's output is needed no more once its only consumer has read it."""
        while True:
            if self._keep or name == INPUT or len(self._graph.consumers[name]) > 1:
                return False
            layer = self._graph.nodes[name]
            if not layer.passes_through(training=self._training):
                return not layer.reads_output
            name = self._graph.sources[name][0]
