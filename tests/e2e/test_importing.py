"""A network of another tool: dropped on the window, trained on, and saved. With a real mouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine import Network, layers
from engine.export import write
from nnstudio.project import project_file
from tests.e2e.gestures import drop_file, save_as
from tests.e2e.studio import Studio

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
