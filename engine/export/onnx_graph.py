"""ONNX graph under construction, as plain data: nodes, constants, and names that are free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.types import Array, Shape


@dataclass(frozen=True)
class OnnxNode:
    """Node of an ONNX graph.

    Attributes:
        kind: its operator. name: its name.
        inputs, outputs: names of tensors. attributes: integers, floats, strings, and tuples of integers.
    """

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass
class OnnxGraph:
    """Graph under construction.

    Attributes:
        nodes: in the order in which they are computed.
        constants: arrays by the names of their tensors.
        shapes: shapes of tensors without the batch axis, where they are known.
    """

    nodes: list[OnnxNode] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def free(self, wanted: str) -> str:
        """The wanted name, with a number where it is taken; from now on it is."""
        # An empty name stands for a missing input, and only Unicode proper can be written.
        stem = wanted.encode("utf-8", "replace").decode("utf-8") or "block"
        found, count = stem, 1
        while found in self._taken:
            count += 1
            found = f"{stem}_{count}"
        self._taken.add(found)
        return found

    def constant(self, wanted: str, values: Any, kind: type[np.generic] = np.float32) -> str:
        """Name of a new constant tensor."""
        name = self.free(wanted)
        self.constants[name] = np.array(values, kind, order="C")
        return name

    def add(self, kind: str, inputs: Iterable[str], output: str, name: str = "", **attributes: Any) -> str:
        """Add a node that is called like its output unless told otherwise; `output` must be free. Returns `output`."""
        self.nodes.append(OnnxNode(kind, name or output, tuple(inputs), (output,), attributes))
        return output

    def step(self, kind: str, inputs: Iterable[str], wanted: str, **attributes: Any) -> str:
        """Add a node with a new output, called as wanted where that is free. Returns the output's name."""
        return self.add(kind, inputs, self.free(wanted), **attributes)
