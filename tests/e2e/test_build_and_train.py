"""Build and train: drag blocks from the palette, press play, watch it learn. With a real mouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def region(shot: Path, rect: list[int]) -> np.ndarray:
    """The pixels of a part of a screenshot, (height, width, 3)."""
    image = QImage(str(shot)).copy(*rect).convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)


def drag_layer(studio: Studio, layer: str, source: str, target: str = "output") -> None:
    """From the palette onto the wire between two blocks."""
    studio.drag(studio.where("palette", layer=layer), studio.where("wire", source=source, target=target))


def test_drag_blocks_press_play_and_watch_it_learn(start: Callable[..., Studio]) -> None:
    studio = start()
    button = studio.where("widget", name="emptyProject")
    studio.shot("start-page")
    studio.click(button)
    studio.where("widget", name="palette")
    studio.shot("empty")

    # While a layer hangs over the canvas, the canvas shows where it will land; nothing is changed yet.
    wire = studio.where("wire", source="input", target="output")
    studio.drag(studio.where("palette", layer="Dense"), wire, drop=False)
    studio.wait(lambda: "dense_1" in studio.state["blocks"])
    assert studio.state["chain"] == []
    studio.shot("while-dragging")
    studio.drop()
    studio.wait(lambda: studio.state["chain"] == ["dense_1"])
    assert studio.state["undo"] == "Insert dense_1"

    drag_layer(studio, "Tanh", "dense_1")
    drag_layer(studio, "Dense", "tanh_1")
    studio.wait(lambda: studio.state["chain"] == ["dense_1", "tanh_1", "dense_2"])
    drag_layer(studio, "Sigmoid", "dense_2")
    studio.wait(lambda: studio.state["chain"] == ["dense_1", "tanh_1", "dense_2", "sigmoid_1"])
    # Eight outputs do not fit two classes: the canvas says so, and a click fixes it.
    assert "classes" in studio.state["problems"]["output"]
    studio.shot("problem")
    studio.click(studio.where("fix", name="output"))
    studio.wait(lambda: not studio.state["problems"])
    assert studio.state["layers"]["dense_2"]["units"] == 1
    assert studio.state["wires"] == {
        "input->dense_1": "2",
        "dense_1->tanh_1": "8",
        "tanh_1->dense_2": "8",
        "dense_2->sigmoid_1": "1",
        "sigmoid_1->output": "1",
    }

    studio.wait(lambda: studio.state["state"] == "ready")
    boundary = studio.ask("widget", name="boundaryView")["rect"]
    before = region(studio.shot("built"), boundary)
    studio.press("playButton")
    studio.wait(lambda: studio.state["state"] == "finished", 60)
    done = studio.state
    after = region(studio.shot("trained"), boundary)
    assert done["loss"] < 0.05 < 0.5 < done["first_loss"]
    assert (np.abs(after - before).max(axis=2) > 24).mean() > 0.1
    assert done["title"].startswith("Untitled*")


def test_edit_with_the_mouse_and_undo_it_all(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_xor")
    studio.wait(lambda: len(studio.state["chain"]) == 4)
    first = studio.state

    # A drop between two blocks inserts.
    drag_layer(studio, "Dropout", "tanh_1", "dense_2")
    studio.wait(lambda: studio.state["chain"] == ["dense_1", "tanh_1", "dropout_1", "dense_2", "tanh_2"])
    # A double-click in the palette appends.
    studio.click(studio.where("palette", layer="Softplus"), times=2)
    studio.wait(lambda: studio.state["chain"][-1] == "softplus_1")
    # A block let go on another wire moves there.
    studio.drag(studio.where("block", name="dropout_1"), studio.where("wire", source="input", target="dense_1"))
    studio.wait(lambda: studio.state["chain"][0] == "dropout_1")
    assert studio.state["undo"] == "Move dropout_1 after data"
    # A block let go elsewhere stays there.
    x, y = studio.where("block", name="softplus_1")
    studio.drag((x, y), (x + 10, y + 70))
    studio.wait(lambda: studio.state["undo"] == "Move softplus_1")
    # Delete takes out and closes the chain.
    studio.click(studio.where("block", name="tanh_1"))
    studio.wait(lambda: studio.state["selected"] == "tanh_1")
    studio.key("Delete")
    studio.wait(lambda: "tanh_1" not in studio.state["chain"])
    assert studio.state["chain"] == ["dropout_1", "dense_1", "dense_2", "tanh_2", "softplus_1"]
    studio.shot("edited")
    last = studio.state

    for _ in range(5):
        studio.key("ctrl+z")
    studio.wait(lambda: studio.state["undo"] == "")
    assert studio.state["layers"] == first["layers"]
    assert studio.state["chain"] == first["chain"]
    for _ in range(5):
        studio.key("ctrl+shift+z")
    studio.wait(lambda: studio.state["chain"] == last["chain"])
    assert studio.state["layers"] == last["layers"]


def test_a_block_that_does_not_fit_says_why_and_is_mended(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_digits-cnn")
    studio.wait(lambda: len(studio.state["chain"]) > 5)
    drag_layer(studio, "Dense", "input", "conv2d_1")
    studio.wait(lambda: "dense_3" in studio.state["problems"])
    assert "Flatten" in studio.state["problems"]["dense_3"]
    assert studio.state["state"] == "empty" or studio.state["message"] == ""
    studio.shot("red")
    studio.click(studio.where("fix", name="dense_3"))
    studio.wait(lambda: "flatten_2" in studio.state["chain"])
    assert studio.state["chain"][:2] == ["flatten_2", "dense_3"]


def test_pause_step_and_reset(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_spiral")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.press("playButton")
    studio.wait(lambda: studio.state["step"] > 50)
    studio.press("pauseButton")
    studio.wait(lambda: studio.state["state"] == "paused")
    paused = studio.state
    studio.press("stepButton")
    studio.wait(lambda: studio.state["step"] == paused["step"] + 1)
    # The step may have been the last of its epoch.
    stepped = studio.state
    studio.press("epochButton")
    studio.wait(lambda: studio.state["epoch"] == stepped["epoch"] + 1 and studio.state["state"] == "paused")
    studio.press("resetButton")
    studio.wait(lambda: studio.state["step"] == 0 and studio.state["state"] == "ready")
    studio.key("ctrl+z")
    studio.wait(lambda: studio.state["epoch"] == stepped["epoch"] + 1)


def test_the_learning_rate_changes_while_it_trains(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_spiral")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.click(studio.where("tab", text="Training"))
    # Enough epochs for the run to last as long as a slow hand needs.
    studio.click(studio.where("widget", name="epochs"))
    studio.key("ctrl+a")
    studio.type("1000000")
    studio.key("Return")
    studio.press("playButton")
    studio.wait(lambda: studio.state["step"] > 50)
    studio.click(studio.where("widget", name="learning_rate"))
    studio.key("ctrl+a")
    studio.type("0.0005")
    studio.key("Return")
    studio.wait(lambda: studio.state["learning_rate"] == 0.0005)
    changed = studio.state
    assert changed["state"] == "running"
    assert changed["undo"] == "Change learning rate from 0.002 to 0.0005"
    studio.wait(lambda: studio.state["step"] > changed["step"])
    studio.shot("while-training")


def test_two_skip_connections_by_mouse_learn_to_read(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_digits-cnn")
    studio.wait(lambda: studio.state["state"] == "ready")
    before = studio.state["chain"]
    # From the port below one block onto another: around the two blocks between, joined by an Add.
    studio.drag(studio.where("port", name="conv2d_2"), studio.where("block", name="flatten_1"), drop=False)
    studio.shot("drawing-a-wire")
    studio.drop()
    studio.wait(lambda: "add_1" in studio.state["chain"])
    studio.drag(studio.where("port", name="dense_1"), studio.where("block", name="dropout_1"))
    studio.wait(lambda: "add_2" in studio.state["chain"])
    state = studio.state
    assert state["undo"] == "Connect dense_1 with dropout_1"
    assert (state["wires"]["conv2d_2->add_1"], state["wires"]["dense_1->add_2"]) == ("32x4x4", "64")
    assert state["problems"] == {}
    # A wire back would make a circle: nothing happens.
    studio.drag(studio.where("port", name="dense_2"), studio.where("block", name="conv2d_1"))
    assert studio.state["undo"] == "Connect dense_1 with dropout_1"
    studio.press("playButton")
    studio.wait(lambda: studio.state["validation_accuracy"] > 0.95, 60)
    studio.shot("skip-connections")
    studio.press("pauseButton")
    studio.wait(lambda: studio.state["state"] != "running")
    for _ in range(2):
        studio.key("ctrl+z")
    studio.wait(lambda: studio.state["chain"] == before)
