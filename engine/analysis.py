"""Shapes and sizes of a network that need not be sound: what each node makes of its input, and where it fails."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.errors import ShapeError
from engine.graph import INPUT, Graph
from engine.layers.base import Shape


@dataclass(frozen=True)
class NodeReport:
    """Attributes:
    inputs: shapes that come in; None where a node before has no known output.
    output: shape that goes out; None if this node, or one before it, has a problem.
    parameters: number of trainable parameters.
    multiply_adds: of one forward pass of one sample.
    held: numbers that a training plan holds for each sample of the batch, about.
    error: what is wrong with this very node.
    """

    name: str
    inputs: tuple[Shape | None, ...]
    output: Shape | None = None
    parameters: int = 0
    multiply_adds: int = 0
    held: int = 0
    error: ShapeError | None = None


def analyse_graph(graph: Graph, input_shape: Shape) -> dict[str, NodeReport]:
    """A report for every node, in topological order. Shape problems are reported, not raised."""
    outputs: dict[str, Shape | None] = {INPUT: input_shape}
    reports: dict[str, NodeReport] = {}
    for name, layer in graph.nodes.items():
        inputs = tuple(outputs[source] for source in graph.sources[name])
        known = [shape for shape in inputs if shape is not None]
        if len(known) < len(inputs):
            reports[name] = NodeReport(name, inputs)
        else:
            try:
                output = layer.output_shape(*known)
                specs = layer.parameter_specs(*known)
                reports[name] = NodeReport(
                    name,
                    inputs,
                    output,
                    sum(spec.size for spec in specs.values()),
                    layer.multiply_adds(*known),
                    0 if layer.passes_through(training=True) else 2 * math.prod(output) + layer.work(*known),
                )
            except ShapeError as error:
                error.at(name)
                reports[name] = NodeReport(name, inputs, error=error)
        outputs[name] = reports[name].output
    return reports
