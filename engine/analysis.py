"""Shape inference for networks that may be unfinished or faulty.

Gives each node's output shape and size, and where and why a node fails.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from engine.errors import ShapeError, SpecError
from engine.graph import INPUT, Graph, lacking
from engine.layers.base import Layer, ParameterSpec
from engine.receptive_field import POINT, Reach, widest
from engine.types import Shape


@dataclass(frozen=True)
class NodeReport:
    """Analysis of one node: shapes, costs, receptive field, and its error.

    Attributes:
        inputs: input shapes; None where a node before has no known output.
        output: output shape; None if this node, or one before it, has a problem.
        parameters: number of trainable parameters.
        multiply_adds: of one forward pass of one sample.
        held: approximate count of numbers that a training plan holds for each sample of the batch.
        error: the problem of this node itself, if it has one.
        specs: the trainable parameters by short name.
        field: receptive field of one number of the output on the network's input; None for all of it.
        left_over: rows and columns of the image that no window of this node reaches.
    """

    name: str
    inputs: tuple[Shape | None, ...]
    output: Shape | None = None
    parameters: int = 0
    multiply_adds: int = 0
    held: int = 0
    error: ShapeError | None = None
    specs: Mapping[str, ParameterSpec] = field(default_factory=dict)
    field: Reach | None = None
    left_over: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class _Measures:
    """Measures of a layer for given input shapes, wherever it stands."""

    output: Shape
    specs: Mapping[str, ParameterSpec]
    multiply_adds: int
    held: int
    reach: Reach | None
    left_over: tuple[int, int]


def _measure(layer: Layer, inputs: tuple[Shape, ...]) -> _Measures:
    """Raises ShapeError."""
    output = layer.output_shape(*inputs)
    return _Measures(
        output,
        layer.parameter_specs(*inputs),
        layer.multiply_adds(*inputs),
        0 if layer.passes_through(training=True) else 2 * math.prod(output) + layer.work(*inputs),
        layer.reach(*inputs),
        layer.left_over(*inputs),
    )


# The newest report of each name, with what it was made from. Its owner keeps it from one analysis to the next.
Reports = dict[str, tuple[Layer, tuple[Shape, ...], Reach | None, NodeReport]]


def _report(name: str, layer: Layer, inputs: tuple[Shape, ...], before: Reach | None, known: Reports) -> NodeReport:
    """The report of a node behind others that look at `before`. Raises ShapeError."""
    last = known.get(name)
    if last is not None and last[0] is layer and last[1] == inputs and last[2] == before:
        return last[3]
    measured = _measure(layer, inputs)
    report = NodeReport(
        name,
        inputs,
        measured.output,
        sum(spec.size for spec in measured.specs.values()),
        measured.multiply_adds,
        measured.held,
        field=measured.reach.behind(before) if measured.reach and before else None,
        left_over=measured.left_over,
        specs=measured.specs,
    )
    known[name] = layer, inputs, before, report
    return report


def analyse_graph(graph: Graph, input_shape: Shape, known: Reports | None = None) -> dict[str, NodeReport]:
    """Analyse a graph: one report per node, in topological order. Shape problems are reported, not raised.

    `known` are the reports of the last graph, which are brought up to date: what did not change is not computed again.
    """
    outputs: dict[str, Shape | None] = {INPUT: input_shape}
    fields: dict[str, Reach | None] = {INPUT: POINT}
    reports: dict[str, NodeReport] = {}
    last = {} if known is None else known
    for name, layer in graph.nodes.items():
        sources = graph.sources[name]
        inputs = tuple([outputs[source] for source in sources])
        shapes = tuple([shape for shape in inputs if shape is not None])
        if len(shapes) < len(inputs):
            report = NodeReport(name, inputs)
        elif len(inputs) < layer.inputs[0]:
            report = NodeReport(name, inputs, error=ShapeError(lacking(layer, len(inputs)), where=name))
        else:
            try:
                report = _report(name, layer, shapes, widest(*[fields[source] for source in sources]), last)
            except ShapeError as error:
                error.at(name)
                report = NodeReport(name, inputs, error=error)
        reports[name] = report
        outputs[name], fields[name] = report.output, report.field
    for gone in last.keys() - reports.keys():
        del last[gone]
    return reports


def check_batch(
    layers: Mapping[str, Layer], reports: Mapping[str, NodeReport], samples: int, frozen: Collection[str] = ()
) -> None:
    """Check that every trainable layer can learn from batches of `samples`.

    Raises SpecError, placed at the layer that cannot.
    """
    for name, layer in layers.items():
        inputs = reports[name].inputs
        if layer.mixes_samples and name not in frozen and None not in inputs:
            try:
                layer.check_batch(samples, *(shape for shape in inputs if shape is not None))
            except SpecError as error:
                raise error.at(name) from None
