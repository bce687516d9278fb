"""Problem list, used with a real mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine import datasets, layers, losses
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.project import project_file
from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


@pytest.fixture
def flawed(tmp_path: Path) -> Path:
    """A long network whose last Dense folds into the one before it, and which ends without Softmax."""
    document = edits.set_data(Document(), dataset=datasets.Digits())
    stack = [layers.Flatten(), *[each for _ in range(20) for each in (layers.Dense(16), layers.ReLU())]]
    for layer in (*stack, layers.Dense(12), layers.Dense(10)):
        document = edits.append(document, layer)
    path = tmp_path / "flawed.nnstudio"
    project_file.save(project_file.Project(edits.set_training(document, loss=losses.CategoricalCrossEntropy())), path)
    return path


def test_a_row_leads_to_its_block_and_its_button_mends_it(start: Callable[..., Studio], flawed: Path) -> None:
    studio = start(str(flawed))
    studio.wait(lambda: studio.state["state"] == "ready")
    first = studio.state
    assert [where for where, _, _ in first["findings"]] == ["dense_22", "dense_22"]
    studio.press("problemCount")
    studio.shot("list")

    # So near that the last blocks are out of sight; the row brings its block back.
    studio.key("ctrl+1")
    studio.click(studio.where("row", index=1))
    studio.wait(lambda: studio.state["selected"] == "dense_22")
    canvas, block = studio.ask("widget", name="canvas")["rect"], studio.where("block", name="dense_22")
    assert canvas[0] < block[0] < canvas[0] + canvas[2]
    assert canvas[1] < block[1] < canvas[1] + canvas[3]
    studio.shot("led-to-the-block")

    # The bubble that opened beside the block fixes the first of them, ...
    studio.click(studio.where("fix", name="dense_22"))
    studio.wait(lambda: studio.state["undo"] == "Insert ReLU")
    # ... and the button in the row the other one.
    studio.wait(lambda: len(studio.state["findings"]) == 1)
    studio.click(studio.where("button", text="Append Softmax"))
    studio.wait(lambda: studio.state["findings"] == [])
    assert studio.state["chain"][-3:] == ["relu_21", "dense_22", "softmax_1"]
    studio.shot("fixed")

    studio.key("ctrl+z", "ctrl+z")
    studio.wait(lambda: studio.state["chain"] == first["chain"])
    assert studio.state["findings"] == first["findings"]


def test_the_list_is_worked_with_the_keyboard(start: Callable[..., Studio], flawed: Path) -> None:
    studio = start(str(flawed))
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.focus()
    studio.key("ctrl+shift+m", "Down", "Return")
    studio.wait(lambda: studio.state["selected"] == "dense_22")
    studio.key("ctrl+shift+m", "Right", "Return")
    studio.wait(lambda: studio.state["undo"] == "Insert ReLU")
    studio.key("Tab", "Return")
    studio.wait(lambda: studio.state["findings"] == [])


def test_a_warning_is_dismissed_with_the_mouse_and_comes_back(start: Callable[..., Studio], flawed: Path) -> None:
    studio = start(str(flawed))
    studio.wait(lambda: studio.state["state"] == "ready")
    first = studio.state["findings"]
    studio.press("problemCount")
    # The cross in the first row of the list, ...
    studio.press("dismiss")
    studio.wait(lambda: len(studio.state["findings"]) == 1)
    assert studio.state["undo"] == "Dismiss 1 warning on dense_22"
    # ... and the menu of the bubble beside the block.

    def opens() -> bool:
        """Once more where the canvas still moved to the block, so that the click met its empty ground."""
        studio.click(studio.where("row", index=0))
        studio.click(studio.where("fix", name="dense_22"), button=3)
        if studio.ask("menu", text="Dismiss this warning")["visible"]:
            return True
        studio.key("Escape")
        return False

    studio.wait(opens)
    studio.shot("menu-of-the-bubble")
    studio.click(studio.where("menu", text="Dismiss this warning"))
    studio.wait(lambda: studio.state["findings"] == [])
    studio.press("showDismissed")
    studio.shot("dismissed")
    studio.press("bringBack")
    studio.wait(lambda: len(studio.state["findings"]) == 1)
    studio.key("ctrl+z", "ctrl+z", "ctrl+z")
    studio.wait(lambda: studio.state["findings"] == first)


def test_a_network_that_gives_no_probabilities_says_so_at_play_and_its_warning_mends_it(
    start: Callable[..., Studio], tmp_path: Path
) -> None:
    document = edits.choose_data(Document(), datasets.Circles())
    for layer in (layers.Dense(8), layers.ReLU(), layers.Dense(1)):
        document = edits.append(document, layer)
    path = tmp_path / "no_sigmoid.nnstudio"
    project_file.save(
        project_file.Project(edits.set_training(document, loss=losses.BinaryCrossEntropy(), epochs=50)), path
    )
    studio = start(str(path))
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.press("playButton")
    studio.wait(lambda: studio.state["state"] == "failed")
    told = studio.state["message"]
    assert told.startswith("dense_2: Binary cross-entropy needs outputs from 0 to 1, but Dense gave -")
    assert told.endswith(". Append Sigmoid.")
    assert studio.state["loss"] is None
    studio.shot("refused")

    studio.press("problemCount")
    studio.click(studio.where("button", text="Append Sigmoid"))
    studio.wait(lambda: studio.state["chain"][-1] == "sigmoid_1")
    studio.wait(lambda: studio.state["findings"] == [] and studio.state["message"] == "")
    studio.press("playButton")
    studio.wait(lambda: studio.state["state"] == "finished", 30)
    assert studio.state["message"] == ""
    assert 0 < studio.state["loss"] < 0.69  # type: ignore[operator]
    studio.shot("trained")
