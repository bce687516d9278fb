"""Export as ONNX: the checker passes, onnxruntime computes the same, and names and shapes are kept."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Network, layers, losses, optimizers
from engine.data import Data, Preparation
from engine.data.steps import STEPS, PointFeatures, PolynomialFeatures, ScaleInputs, ScaleTargets, Step, Transform
from engine.export import ExportError, Subject, onnx, write
from engine.export.onnx_layers import ONNX_LAYERS
from engine.export.onnx_preparing import ONNX_TRANSFORMS
from engine.layers import REGISTRY, Layer
from tests.engine.exported import DENSE, all_cases, curve, fill, pictures, points, prepared, random_network, subject
from tests.engine.onnx_peer import checked, compare
from tests.engine.random_graphs import Drawn, graphs

peers = pytest.mark.peers


def test_every_layer_and_transform_has_an_entry() -> None:
    assert ONNX_LAYERS.keys() == REGISTRY.keys()
    assert ONNX_TRANSFORMS.keys() == {name for name, kind in STEPS.items() if issubclass(kind, Transform)}


@peers
def test_every_layer_and_option(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    for number, case in enumerate(all_cases()):
        network = case.network()
        fill(network, number)
        x = case.samples().astype(np.float32)
        try:
            compare(network, x, tmp_path / "net.onnx", network.predict(x))
        except Exception as error:
            raise AssertionError(case.name) from error


@peers
@settings(max_examples=int(os.environ.get("EXPORT_EXAMPLES", "15")), deadline=None)
@given(graphs(exact=False), st.integers(0, 1000))
def test_random_networks(tmp_path_factory: pytest.TempPathFactory, drawn: Drawn, seed: int) -> None:
    pytest.importorskip("onnxruntime")
    network, x = random_network(drawn, seed)
    model = compare(network, x, tmp_path_factory.mktemp("onnx") / "net.onnx", network.predict(x))
    # Every block is a tensor of its own name, with its shape, and the node that makes it is called so.
    makers = {name: node.name for node in model.graph.node for name in node.output}
    shapes = {
        value.name: [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]
        for value in [*model.graph.input, *model.graph.value_info, *model.graph.output]
    }
    assert shapes == {name: ["batch", *shape] for name, shape in network.shapes.items()}
    assert {makers[name] for name in network.layers} == set(network.layers)
    # The same with its data preparation as nodes.
    whole, samples, expected = prepared(network, seed)
    compare(whole, samples, tmp_path_factory.mktemp("onnx") / "all.onnx", expected, preparation=True)


@peers
def test_the_batch_axis_is_free(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    network = Network(DENSE, (3,), seed=0)
    for samples in (0, 1, 7):
        x = np.ones((samples, 3), np.float32)
        compare(network, x, tmp_path / "net.onnx", network.predict(x))


@peers
@pytest.mark.parametrize(
    ("kind", "steps", "standardise"),
    [
        (curve, (), False),
        (curve, (ScaleInputs(), ScaleTargets()), False),
        (curve, (ScaleInputs(method="robust"), PolynomialFeatures(degree=3), ScaleTargets()), True),
        (curve, (ScaleInputs(per="all"), PolynomialFeatures(interactions_only=True)), False),
        (points, (PointFeatures(sin_x=True, sin_y=True, product=True, y_squared=True, frequency=0.5),), True),
        (pictures, (ScaleInputs(per="channel"),), False),
    ],
)
def test_the_preparation_as_nodes(
    tmp_path: Path, kind: Callable[[], Data], steps: tuple[Step, ...], standardise: bool
) -> None:
    pytest.importorskip("onnxruntime")
    data = kind()
    blocks: dict[str, Layer] = DENSE | {"last": layers.Dense(3 if kind is pictures else 1)}
    if kind is pictures:
        blocks = {"flat": layers.Flatten()} | blocks
    loss = losses.CategoricalCrossEntropy() if kind is pictures else losses.MeanSquaredError()
    chosen = subject(data, blocks, loss, optimizers.SGD(0.1), steps, standardise=standardise)
    preparation, x = chosen.preparation, data.x[:9]
    assert preparation is not None
    inside = preparation.scale(x)
    compare(chosen, inside, tmp_path / "net.onnx", chosen.network.predict(inside))
    expected = preparation.outputs(chosen.network.predict(inside))
    model = compare(chosen, x, tmp_path / "all.onnx", expected, preparation=True)
    properties = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(properties.get("classes", "[]")) == list(preparation.classes)
    assert {node.name for node in model.graph.node} >= set(blocks)


@peers
def test_gaps_are_filled_by_nodes(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    chosen = subject(curve(), DENSE, losses.MeanSquaredError(), optimizers.SGD(0.1), (ScaleInputs(),))
    assert chosen.preparation is not None
    known = Preparation(**{**dict(chosen.preparation), "fill": (1.0, 2.0, 3.0)})
    x = curve().x[:4]
    x[0, 1] = x[2, 2] = np.nan
    whole = Subject(chosen.network, "", known)
    compare(whole, x, tmp_path / "net.onnx", chosen.network.predict(known.scale(x)), preparation=True)


def test_what_onnx_cannot_hold_is_refused_at_its_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnx")
    network = Network(DENSE, (2,), seed=0)
    network.parameters["last.bias"][...] = np.nan
    with pytest.raises(ExportError, match="its bias holds NaN, or numbers too large for 32 bits") as told:
        write(network, tmp_path / "net.onnx", "onnx")
    assert told.value.where == "last"
    monkeypatch.delitem(ONNX_LAYERS, "Tanh")
    with pytest.raises(ExportError, match="Tanh has no counterpart in ONNX; replace the block") as told:
        write(Network(DENSE, (2,), seed=0), tmp_path / "net.onnx", "onnx")
    assert told.value.where == "bend"
    monkeypatch.setattr(onnx, "_MOST_BYTES", 50)
    with pytest.raises(ExportError, match="an ONNX file holds at most 2 GB; export as PyTorch or Safetensors"):
        write(network, tmp_path / "net.onnx", "onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_step_without_a_counterpart_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnx")
    monkeypatch.delitem(ONNX_TRANSFORMS, "ScaleInputs")
    chosen = subject(curve(), DENSE, losses.MeanSquaredError(), optimizers.SGD(0.1), (ScaleInputs(),))
    with pytest.raises(ExportError, match="has no counterpart in this format; take the step out") as told:
        write(chosen, tmp_path / "net.onnx", "onnx", preparation=True)
    assert told.value.where == "input"
    write(chosen, tmp_path / "net.onnx", "onnx")


def test_without_its_library_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.export.base.find_spec", lambda name: None)
    with pytest.raises(ExportError, match=r"This format needs onnx, .* pip install 'nnstudio\[onnx\]'"):
        write(Network(DENSE, (2,)), tmp_path / "net.onnx", "onnx")


def test_strange_names_stay_apart(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    names = ["a", "a.weight", "output", "prepared", "", "é\n", "\ud800", "a.bias_2", "preparation.exact"]
    blocks: dict[str, Layer] = {name: layers.Tanh() if name == "\ud800" else layers.Dense(2) for name in names}
    network = Network(blocks, (2,), seed=0)
    title = Subject(network, "\ud800 */")
    write(title, tmp_path / "net.onnx", "onnx")
    model = checked(tmp_path / "net.onnx")
    assert [node.name for node in model.graph.node][:4] == names[:4]


def test_equal_networks_give_equal_files(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(Network(DENSE, (2,), seed=0), tmp_path / name / "net.onnx", "onnx")
    assert (tmp_path / "one/net.onnx").read_bytes() == (tmp_path / "two/net.onnx").read_bytes()
