"""Import of ONNX's operators with all their settings: the same as onnxruntime computes, or refused by place."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import load_onnx
from engine.importing import NoBlockError
from engine.importing.layer_operators import LAYER_HANDLERS
from tests.engine.onnx_peer import close
from tests.engine.random_operators import drawn

pytestmark = pytest.mark.peers
onnx: Any = pytest.importorskip("onnx")


def computed(content: bytes, x: np.ndarray, tensor: str) -> np.ndarray:
    """What onnxruntime makes of a tensor in the middle of a model."""
    import onnxruntime

    model = onnx.ModelProto.FromString(content)
    del model.graph.output[:]
    model.graph.output.append(onnx.ValueInfoProto(name=tensor))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    # As the file says, node by node.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    found: np.ndarray = session.run(None, {"x": x})[0]
    return found


def shape_of(content: bytes, tensor: str) -> tuple[int, ...] | None:
    sizes = onnx.ModelProto.FromString(content).graph.input[0].type.tensor_type.shape.dim[1:]
    x = np.zeros((1, *(size.dim_value for size in sizes)), np.float32)
    try:
        shape = computed(content, x, tensor).shape[1:]
    except Exception:
        # Windows larger than the picture, and what the peer does not have: it has errors of its own for each.
        return None
    return shape if min(shape) > 0 else None


def test_operators_compute_the_same_or_are_refused_by_place(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    path, imported, refused = tmp_path / "net.onnx", Counter[str](), 0
    graphs = int(os.environ.get("EXPORT_EXAMPLES", "150"))
    for seed in range(graphs):
        graph = drawn(seed, shape_of)
        content, until = graph.model(), graph.tensor
        if shape_of(content, until) is None:
            # Where a ceiling counts a window that begins beyond the picture, the peer contradicts itself.
            continue
        path.write_bytes(content)
        samples = 1 if graph.batch == 1 else 2
        x = np.random.default_rng(seed).standard_normal((samples, *graph.input)).astype(np.float32)
        try:
            network = load_onnx(path)
        except NoBlockError as error:
            refused += 1
            # The place is that of a node in the file, or of its output.
            assert error.where in {name for node in graph.nodes for name in (node.name, *node.output)}  # noqa: PT017
            if not error.until:
                continue
            until = error.until
            network = load_onnx(path, until)
        else:
            imported.update(node.op_type for node in graph.nodes)
        assert network.input_shape == graph.input, seed
        # Sums of hundreds of numbers that nearly cancel keep fewer digits.
        close(network.predict(x), computed(content, x, until), f"seed {seed}", within=5e-5)
    # Refusing everything would be right as well, and of no use.
    assert refused < 0.45 * graphs
    if graphs >= 150:
        rare = {"Upsample"}
        assert (LAYER_HANDLERS.keys() | {"Concat", "Add", "Mul", "Softmax", "Transpose"}) - rare <= imported.keys()
