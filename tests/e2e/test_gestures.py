"""Drag gestures on the canvas, and wires by keyboard, with real input."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import datasets, layers
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.project import project_file
from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


@pytest.fixture
def studio(start: Callable[..., Studio], tmp_path: Path) -> Studio:
    """Four Dense blocks one below the other, on a project of their own."""
    document = edits.set_data(Document(), dataset=datasets.Gaussians(clouds=2))
    for units in (4, 4, 4, 1):
        document = edits.append(document, layers.Dense(units))
    for row, name in enumerate(["input", *document.chain(), "output"]):
        document = edits.place(document, name, 0, row * 110)
    path = tmp_path / "gestures.nnstudio"
    project_file.save(project_file.Project(document), path)
    made = start(str(path))
    made.wait(lambda: made.state["chain"] == ["dense_1", "dense_2", "dense_3", "dense_4"])
    return made


def test_the_canvas_moves_on_while_a_block_is_dragged_to_its_edge(studio: Studio) -> None:
    left, top, width, height = studio.ask("widget", name="canvas")["rect"]
    studio.click(studio.where("block", name="dense_2"))
    studio.key("ctrl+1")
    block = studio.where("block", name="dense_2")
    before = studio.state["seen"]
    edge = left + width - 6, top + height // 2
    studio.drag(block, edge, drop=False)
    # The mouse rests, the canvas goes on.
    studio.wait(lambda: studio.state["seen"][0] > before[0] + 150)
    studio.shot("panned")
    studio.drop()
    studio.wait(lambda: studio.state["undo"] == "Move dense_2")
    moved = studio.state["blocks"]["dense_2"][0]
    # As far as the mouse went, and as far as the canvas did.
    assert moved > edge[0] - block[0] + 120
    here = studio.state["seen"]
    time.sleep(0.2)
    assert studio.state["seen"] == here, "the canvas stands still once the block is let go"
    studio.key("ctrl+z")
    studio.wait(lambda: studio.state["blocks"]["dense_2"] == [0, 220])


def test_with_alt_a_block_goes_anywhere(studio: Studio) -> None:
    x, y = studio.where("block", name="dense_4")
    # Aside, so that it lies on no wire, then back to a few pixels beside the column.
    studio.drag((x, y), (x + 200, y + 30))
    studio.wait(lambda: studio.state["undo"] == "Move dense_4")
    aside = studio.state["blocks"]["dense_4"]
    here = studio.where("block", name="dense_4")
    column, _ = studio.where("block", name="dense_3")
    target = (column + 5, here[1])
    with studio.holding("alt"):
        studio.drag(here, target, drop=False)
        assert studio.state["guides"] == 0
        studio.drop()
    studio.wait(lambda: studio.state["blocks"]["dense_4"] != aside)
    assert studio.state["blocks"]["dense_4"][0] == pytest.approx(5 / studio.state["zoom"], abs=1.5)
    # Without, it is drawn into the column.
    studio.key("ctrl+z")
    studio.wait(lambda: studio.state["blocks"]["dense_4"] == aside)
    studio.drag(here, target)
    studio.wait(lambda: studio.state["blocks"]["dense_4"][0] == 0)


def test_the_only_wire_of_a_block_is_led_to_another_one(studio: Studio) -> None:
    grip = studio.where("wire", source="dense_2", target="dense_3", share=0.75)
    studio.drag(grip, studio.where("block", name="dense_4"))
    studio.wait(lambda: studio.state["undo"] == "Move the wire from dense_2 to dense_4")
    # What it has lost is told at the block that lost it; one step back, and all is as before.
    studio.wait(lambda: "has no input" in studio.state["problems"].get("dense_3", "").lower())
    studio.shot("led-elsewhere")
    studio.key("ctrl+z")
    studio.wait(lambda: studio.state["problems"] == {})
    assert "dense_2->dense_3" in studio.state["wires"]


def test_a_wire_is_led_from_port_to_port_by_keyboard(studio: Studio) -> None:
    studio.click(studio.where("block", name="dense_1"))
    studio.key("Tab", "Tab")
    assert studio.state["heard"] == "Output of dense_1, Dense. Gives 4. Connected to dense_2."
    assert "Enter: new wire" in studio.state["told"]
    studio.key("Return")
    for _ in range(5):
        if studio.state["heard"].startswith("New wire from dense_1 to dense_3"):
            break
        studio.key("Tab")
    studio.shot("key-link")
    studio.key("Return")
    studio.wait(lambda: "dense_1->add_1" in studio.state["wires"])
    assert studio.state["undo"] == "Connect dense_1 with dense_3"
    # Still on the port; Escape goes back to the block, and its second wire is gone with Delete.
    assert studio.state["heard"].startswith("Output of dense_1")
    studio.key("Escape", "w", "w", "Delete")
    studio.wait(lambda: "add_1" not in studio.state["layers"])


def test_the_diagram_is_exported_where_the_dialog_says(studio: Studio, tmp_path: Path) -> None:
    target = tmp_path / "picture.svg"
    studio.click(studio.where("block", name="dense_1"))
    studio.key("ctrl+shift+p")
    studio.wait(lambda: studio.ask("widget", name="exportDialog")["visible"])
    studio.shot("export")
    studio.press("exportSave")
    studio.wait(lambda: studio.ask("widget", name="fileNameEdit")["visible"])
    studio.click(studio.where("widget", name="fileNameEdit"))
    studio.key("ctrl+a")
    studio.type(str(target))
    studio.shot("where")
    studio.key("Return")
    studio.wait(target.exists)
    studio.wait(lambda: not studio.ask("widget", name="exportDialog")["visible"])
    drawn = target.read_text()
    assert drawn.startswith("<?xml")
    assert "dense_4" in drawn


def test_the_network_is_exported_as_a_script_that_runs_by_itself(studio: Studio, tmp_path: Path) -> None:
    target = tmp_path / "net.py"
    studio.click(studio.where("block", name="dense_1"))
    studio.key("ctrl+k")
    studio.type("export network", into="commandField")
    studio.key("Return")
    studio.wait(lambda: studio.ask("widget", name="exportDialog")["visible"])
    studio.shot("export-network")
    studio.press("exportFormat")
    studio.key("Home", "n", "Return")
    studio.press("exportSave")
    studio.wait(lambda: studio.ask("widget", name="fileNameEdit")["visible"])
    studio.click(studio.where("widget", name="fileNameEdit"))
    studio.key("ctrl+a")
    studio.type(str(target))
    studio.key("Return")
    studio.wait(target.exists)
    studio.wait(lambda: not studio.ask("widget", name="exportDialog")["visible"])
    made = subprocess.run([sys.executable, str(target)], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "epoch 10: loss" in made.stdout
    assert "in plain NumPy." in target.read_text()
