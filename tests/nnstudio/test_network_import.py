"""Networks of other tools in the studio: the command, the project that is made, and its data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine import Network, layers
from engine.data import AwaitedData, Digits, Iris
from engine.errors import EngineError
from engine.export import write
from engine.importing import read_onnx
from engine.losses import CategoricalCrossEntropy, MeanSquaredError
from nnstudio.cli import main
from nnstudio.document.analysis import analyse
from nnstudio.document.problems import Severity
from nnstudio.export.registry import EXPORTERS, export
from nnstudio.project import project_file
from nnstudio.project.network_import import import_project
from nnstudio.training.project import Project

onnx = pytest.importorskip("onnx")


def exported(path: Path, *, classes: bool = True) -> Network:
    blocks = {
        "first": layers.Dense(6),
        "bend": layers.Tanh(),
        "skip": layers.Dense(6),
        "sum": layers.Add(),
        "last": layers.Dense(3),
        **({"shares": layers.Softmax()} if classes else {}),
    }
    edges = [("input", "first"), ("first", "bend"), ("bend", "skip"), ("skip", "sum"), ("bend", "sum"), ("sum", "last")]
    network = Network.graph(blocks, [*edges, *([("last", "shares")] if classes else [])], (4,), seed=3)
    write(network, path, "onnx")
    return network


def table(path: Path, classes: int = 3) -> str:
    rng = np.random.default_rng(0)
    rows = [
        ",".join([*(f"{number:.4f}" for number in row), f"c{row.argmax() % classes}"])
        for row in rng.normal(0, 1, (60, 4))
    ]
    path.write_text("\n".join(["a,b,c,d,kind", *rows]))
    return str(path)


def test_a_project_waits_for_data_of_its_shape(tmp_path: Path) -> None:
    network = exported(tmp_path / "net.onnx")
    project = import_project(tmp_path / "net.onnx")
    analysis = analyse(project.document)
    assert list(analysis.problems) == ["input"]
    problem = analysis.problems["input"]
    assert problem.sentence == (
        "The imported network takes 4 inputs and has 3 classes. Choose data of this shape; its weights stay."
    )
    assert problem.severity is Severity.WARNING
    assert isinstance(project.document.training.loss, CategoricalCrossEntropy)
    assert {name: array.tolist() for name, array in project.checkpoint.weights.items()} == {
        name: array.tolist() for name, array in network.arrays.items()
    }
    places = [(block.x, block.y) for block in project.document.blocks]
    assert len(set(places)) == len(places)
    project_file.save(project, tmp_path / "net.nnstudio")
    again = project_file.load(tmp_path / "net.nnstudio")
    assert again.document == project.document
    assert again.trained


def test_numbers_to_predict_where_no_classes_are(tmp_path: Path) -> None:
    exported(tmp_path / "net.onnx", classes=False)
    document = import_project(tmp_path / "net.onnx").document
    assert document.data.dataset == AwaitedData(shape=(4,), targets=3)
    assert isinstance(document.training.loss, MeanSquaredError)


def test_the_command_imports_and_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    network = exported(Path("net.onnx"))
    data = table(tmp_path / "rows.csv")
    assert main(["import", "net.onnx"]) == 0
    assert "imported 6 blocks with 93 weights as net.nnstudio" in capsys.readouterr().out
    assert main(["import", "net.onnx"]) == 1
    assert "net.nnstudio already exists" in capsys.readouterr().err
    assert main(["train", "net.nnstudio"]) == 1
    assert "Choose data of this shape" in capsys.readouterr().err
    assert main(["import", "net.onnx", "-o", "held.nnstudio", "--freeze"]) == 0
    for name in ("net", "held"):
        assert main(["train", f"{name}.nnstudio", "--data", data, "--epochs", "2"]) == 0
    held = project_file.load("held.nnstudio").checkpoint.weights
    moved = project_file.load("net.nnstudio").checkpoint.weights
    for name, array in network.arrays.items():
        np.testing.assert_array_equal(held[name], array)
        # Two epochs on: not the same, and not begun anew either.
        assert 0 < np.abs(moved[name] - array).max() < 0.5, name
    assert main(["summary", "net.nnstudio"]) == 0


def test_the_command_imports_a_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    exported(Path("net.onnx"))
    model = onnx.load_model("net.onnx")
    model.graph.node[-1].op_type = "LogSoftmax"
    Path("log.onnx").write_bytes(model.SerializeToString())
    assert main(["import", "log.onnx"]) == 1
    assert capsys.readouterr().err == (
        "nnstudio: shares: LogSoftmax has no block here. To import up to there, add: --until 'last'\n"
    )
    assert not Path("log.nnstudio").exists()
    assert main(["import", "log.onnx", "--until", "last"]) == 0
    assert [block.name for block in project_file.load("log.nnstudio").document.blocks][-1] == "last"
    capsys.readouterr()
    Path("bad.onnx").write_bytes(b"\xff" * 50)
    assert main(["import", "bad.onnx"]) == 1
    assert capsys.readouterr().err.startswith("nnstudio: bad.onnx cannot be read as ONNX: it is damaged")


@pytest.mark.parametrize("name", ["onnx", "numpy", "c", "units", "safetensors"])
def test_a_network_leaves_again_before_it_has_data(tmp_path: Path, name: str) -> None:
    network = exported(tmp_path / "net.onnx")
    project = import_project(tmp_path / "net.onnx")
    exporter = EXPORTERS[name]()
    assert exporter.why_not(project) == ""
    path = tmp_path / f"again{exporter.suffix}"
    export(exporter, project, path)
    x = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
    if name == "onnx":
        again = read_onnx(path)
        assert again.classes == ("0", "1", "2")
        np.testing.assert_array_equal(again.network.predict(x), network.predict(x))
    if name == "safetensors":
        np.testing.assert_array_equal(Network.load(path).predict(x), network.predict(x))
    assert path.stat().st_size > 300


@pytest.mark.parametrize(
    "names", [["a" * 20_000, "b", "c"], ["\ud800", "\x1b[2J", ""], ["a", "a", "a"], [1, 2, 3], "abc"]
)
def test_names_of_classes_are_taken_or_left(tmp_path: Path, names: object) -> None:
    exported(tmp_path / "net.onnx")
    model = onnx.load_model(str(tmp_path / "net.onnx"))
    onnx.helper.set_model_props(model, {"classes": json.dumps(names)})
    (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
    project = import_project(tmp_path / "net.onnx")
    project_file.save(project, tmp_path / "net.nnstudio")
    assert project_file.load(tmp_path / "net.nnstudio").document == project.document


def test_without_data_and_weights_nothing_leaves(tmp_path: Path) -> None:
    exported(tmp_path / "net.onnx")
    bare = Project(import_project(tmp_path / "net.onnx").document)
    with pytest.raises(EngineError, match="Choose data of this shape"):
        export(EXPORTERS["numpy"](), bare, tmp_path / "net.py")


def test_data_that_are_chosen_continue_those_that_were_awaited() -> None:
    """So the weights stay, whatever the data are."""
    assert Iris().continues(AwaitedData(shape=(4,), targets=3))
    assert not Iris().continues(Digits())


def test_weights_go_into_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from safetensors.numpy import save_file

    monkeypatch.chdir(tmp_path)
    exported(Path("net.onnx"))
    assert main(["import", "net.onnx"]) == 0
    weight = np.arange(24, dtype=np.float32).reshape(6, 4)
    save_file({"first.weight": weight, "other": weight}, "w.safetensors")
    capsys.readouterr()
    assert main(["import", "w.safetensors", "--into", "net.nnstudio", "-o", "with.nnstudio"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "copied: 1 of 6"
    assert told[-2:] == ["unused: other", "saved to with.nnstudio"]
    found = project_file.load("with.nnstudio").checkpoint.weights
    np.testing.assert_array_equal(found["first.weight"], weight.T)
    np.testing.assert_array_equal(
        found["last.weight"], project_file.load("net.nnstudio").checkpoint.weights["last.weight"]
    )
    save_file({"other": weight[:5]}, "none.safetensors")
    assert main(["import", "none.safetensors", "--into", "net.nnstudio"]) == 1
    assert "none of its weights fit this network" in capsys.readouterr().err
