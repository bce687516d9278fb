"""ONNX: the network as a graph of standard operators, which most tools read."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from engine.export.base import Format
from engine.export.learning import entry_of
from engine.export.onnx_graph import OnnxGraph
from engine.export.onnx_layers import ONNX_LAYERS, Site, laid_out
from engine.export.onnx_preparing import prepare, restore
from engine.export.subject import ExportError, Subject
from engine.graph import INPUT
from engine.types import Shape

# The operator set that files name, and the version of the file format that came with it; onnxruntime reads both since
# 1.17. The first set that has Gelu.
OPSET, IR_VERSION = 20, 9
# Name of the axis that counts the samples.
BATCH = "batch"
# A file in the format of Protocol Buffers ends at 2 GB; names and shapes take some of it.
_MOST_BYTES = (1 << 31) - (1 << 24)


def graph_of(subject: Subject, *, preparation: bool) -> tuple[OnnxGraph, str, str]:
    """Graph of a network, with the names of its input and output.

    Raises ExportError, placed at the block, for what ONNX cannot hold.
    """
    network, structure, graph = subject.network, subject.network.structure, OnnxGraph()
    size = 4 * network.state_vector.size
    if size > _MOST_BYTES:
        raise ExportError(
            f"the weights take {size / 1e9:.1f} GB, but an ONNX file holds at most 2 GB; export as PyTorch or "
            "Safetensors instead"
        )
    first = graph.free(INPUT)
    # Blocks come before what is made of their names, so that theirs stay as they are.
    tensors = {name: graph.free(name) for name in network.layers}
    tensors[INPUT] = first
    if preparation:
        tensors[INPUT] = graph.free("prepared")
        prepare(graph, subject, first, tensors[INPUT])
    for name, layer in network.layers.items():
        write, shapes = entry_of(ONNX_LAYERS, subject, name, "ONNX"), tuple(subject.inputs(name))
        arrays = {}
        for key in layer.array_specs(*shapes):
            array = laid_out(network.arrays[f"{name}.{key}"])
            if not np.isfinite(array).all():
                raise ExportError(
                    f"its {key} holds NaN, or numbers too large for 32 bits; reset the training", where=name
                )
            arrays[key] = graph.free(f"{tensors[name]}.{key}")
            graph.constants[arrays[key]] = array
        inputs = tuple(tensors[source] for source in structure.sources[name])
        write(graph, layer, Site(tensors[name], inputs, tensors[name], shapes, arrays))
        graph.shapes[tensors[name]] = network.shapes[name]
    output = tensors[structure.output]
    return graph, first, restore(graph, subject, output) if preparation else output


class Onnx(Format):
    """ONNX file with weights, names and shapes."""

    title: ClassVar[str] = "ONNX: the trained network for other tools"
    help: ClassVar[str] = (
        "One file with the network and its weights, for onnxruntime, browsers, phones, and viewers such as Netron. "
        "The batch axis is free; blocks keep their names."
    )
    format: ClassVar[str] = "onnx"
    suffix: ClassVar[str] = ".onnx"
    needs: ClassVar[str] = "onnx"
    extra: ClassVar[str] = "onnx"

    preparation: bool = Field(
        False,
        title="Preparation",
        description="Adds the preparation of the data as nodes: the file then takes and gives numbers in the units of "
        "the data.",
    )

    def files(self, subject: Subject, stem: str) -> dict[str, bytes]:
        from onnx import TensorProto, helper, numpy_helper

        wanted = self.preparation and subject.preparation is not None
        graph, first, last = graph_of(subject, preparation=wanted)

        def value(name: str, shape: Shape) -> Any:
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, [BATCH, *shape])

        nodes = [
            helper.make_node(node.kind, node.inputs, node.outputs, name=node.name, **node.attributes)
            for node in graph.nodes
        ]
        shape = subject.source_shape if wanted else subject.network.input_shape
        made = helper.make_graph(
            nodes,
            subject.title.encode("utf-8", "replace").decode("utf-8") or "network",
            [value(first, shape)],
            [value(last, subject.network.output_shape)],
            [numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
            value_info=[value(name, each) for name, each in graph.shapes.items() if name != last],
        )
        model = helper.make_model(
            made,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="nnstudio",
        )
        if subject.classes:
            helper.set_model_props(model, {"classes": json.dumps(subject.classes)})
        return {self.suffix: model.SerializeToString(deterministic=True)}
