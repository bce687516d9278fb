"""Networks that come and go, with a real mouse: dropped, trained on, given another end, exported."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine import Network, layers
from engine.export import write
from nnstudio.project import project_file
from tests.e2e.gestures import drop_file, save_as
from tests.e2e.studio import Studio
from tests.engine.exported import run

pytestmark = pytest.mark.e2e


def test_a_network_is_dropped_trained_on_and_saved(start: Callable[..., Studio], tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    blocks = {
        "first": layers.Dense(8),
        "bend": layers.Tanh(),
        "last": layers.Dense(1),
        "chance": layers.Sigmoid(),
        "end": layers.Tanh(),
    }
    network = Network(blocks, (2,), seed=5)
    write(network, tmp_path / "net.onnx", "onnx")
    model = onnx.load_model(str(tmp_path / "net.onnx"))
    model.graph.node[-1].op_type = "Erf"
    (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
    studio = start()
    studio.press("template_xor")
    studio.wait(lambda: studio.state["state"] == "ready")
    canvas = studio.where("widget", name="canvas")
    drop_file(studio, tmp_path / "net.onnx", canvas, lambda: studio.ask("widget", name="importQuestion")["visible"])
    studio.shot("question")
    studio.click(studio.where("button", text="Import up to there"))
    studio.wait(lambda: studio.state["chain"] == ["first", "bend", "last", "chance"])
    assert studio.state["dataset"] == "AwaitedData"
    studio.shot("imported")
    studio.press("tile_Circles")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.press("epochButton")
    studio.wait(lambda: studio.state["epoch"] == 1)
    studio.shot("trained")
    save_as(studio, tmp_path / "mine.nnstudio")
    weights = project_file.load(tmp_path / "mine.nnstudio").checkpoint.weights
    for name, array in weights.items():
        # An epoch on from the weights that came in, which are not begun anew.
        change = np.abs(array - network.arrays[name]).max()
        assert 0 < change < 0.4, name


def test_what_came_in_is_frozen_and_its_end_replaced(start: Callable[..., Studio], tmp_path: Path) -> None:
    """Further training: three classes of other data go, and one answer of one's own comes in their place."""
    pytest.importorskip("onnx")
    blocks = {"first": layers.Dense(8), "bend": layers.Tanh(), "last": layers.Dense(3), "shares": layers.Softmax()}
    network = Network(blocks, (2,), seed=5)
    write(network, tmp_path / "net.onnx", "onnx")
    studio = start(str(tmp_path / "net.onnx"))
    studio.wait(lambda: studio.state["chain"] == list(blocks))
    studio.click(studio.where("block", name="bend"))
    studio.key("ctrl+a")
    studio.key("ctrl+shift+e")
    studio.wait(lambda: studio.state["undo"].startswith("Freeze"))
    for name in ("shares", "last"):
        studio.click(studio.where("block", name=name))
        studio.key("Delete")
        studio.wait(lambda name=name: name not in studio.state["chain"])
    studio.click(studio.where("block", name="input"))
    studio.press("tile_Circles")
    for layer, last in (("Dense", "bend"), ("Sigmoid", "dense_1")):
        studio.drag(studio.where("palette", layer=layer), studio.where("wire", source=last, target="output"))
        studio.wait(lambda layer=layer: studio.state["chain"][-1] == f"{layer.lower()}_1")
    assert studio.state["chain"] == ["first", "bend", "dense_1", "sigmoid_1"]
    studio.click(studio.where("block", name="dense_1"))
    studio.click(studio.where("widget", name="units"), times=3)
    studio.type("1")
    studio.key("Return")
    studio.wait(lambda: not studio.state["problems"])
    studio.shot("another-end")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.press("epochButton")
    studio.wait(lambda: studio.state["epoch"] == 1)
    studio.shot("trained")
    save_as(studio, tmp_path / "mine.nnstudio")
    saved = project_file.load(tmp_path / "mine.nnstudio")
    for key in ("weight", "bias"):
        np.testing.assert_array_equal(saved.checkpoint.weights[f"first.{key}"], network.arrays[f"first.{key}"])
    assert saved.checkpoint.step > 0
    assert saved.checkpoint.weights["dense_1.weight"].shape == (8, 1)
    assert saved.checkpoint.weights["dense_1.bias"].any()


def test_a_network_is_exported_from_the_window(start: Callable[..., Studio], tmp_path: Path) -> None:
    studio = start()
    studio.press("template_xor")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.press("epochButton")
    studio.wait(lambda: studio.state["epoch"] == 1)
    studio.click(studio.where("menu", text="File"))
    studio.click(studio.where("menu", text="Export network…"))
    studio.where("widget", name="exportFormat")
    studio.shot("dialog")
    studio.choose("exportFormat", "NumPy")
    studio.press("exportSave")
    studio.wait(lambda: bool(studio.state["focus"] == "fileNameEdit"))
    studio.type(str(tmp_path / "mine.py"))
    studio.key("Return")
    studio.wait((tmp_path / "mine.py").is_file)
    studio.wait(lambda: not studio.ask("widget", name="exportDialog")["visible"])
    # It runs as it is, and predicts with what the window has learnt.
    printed = run(tmp_path / "mine.py", "predict")
    save_as(studio, tmp_path / "mine.nnstudio")
    subject = project_file.load(tmp_path / "mine.nnstudio").export_subject()
    assert subject.training is not None
    expected = subject.network.predict(subject.training.x[:5]).ravel()
    found = [float(number) for number in re.findall(r"\[+\s*([-\d.e]+)", printed)]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
