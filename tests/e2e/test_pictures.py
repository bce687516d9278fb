"""Own pictures: a folder dropped on the window, trained, saved and reopened. With a real mouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.data import Digits
from engine.data.steps import Shift
from nnstudio.project import project_file
from tests.e2e.gestures import drop_file, save_as
from tests.e2e.studio import Studio
from tests.engine.picture_files import write

pytestmark = pytest.mark.e2e


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """Real digits as PNG files, a folder for each class."""
    data = Digits(per_class=40).load()
    for index, (picture, label) in enumerate(zip(data.x[:, 0], data.y, strict=True)):
        write(tmp_path / "digits" / data.classes[label] / f"{index}.png", np.round(picture * 255).astype(np.uint8))
    return tmp_path / "digits"


def test_a_folder_is_dropped_trained_saved_and_reopened(
    start: Callable[..., Studio], digits: Path, tmp_path: Path
) -> None:
    (digits / "3" / "broken.png").write_text("no picture")
    path = tmp_path / "own.nnstudio"
    studio = start()
    studio.press("template_digits-cnn")
    studio.wait(lambda: studio.state["state"] == "ready")
    canvas = studio.where("widget", name="canvas")
    drop_file(studio, digits, canvas, lambda: bool(studio.state["dataset"] == "PictureFolder"))
    studio.wait(lambda: "1 of 401 pictures cannot be read" in studio.state["problems"].get("input", ""))
    studio.shot("broken")
    studio.click(studio.where("button", text="Leave the file out"))
    studio.wait(lambda: studio.state["state"] == "ready")
    assert studio.state["problems"] == {}
    studio.shot("dropped")
    studio.press("playButton")
    studio.wait(lambda: studio.state["validation_accuracy"] > 0.85, 60)
    studio.press("playButton")
    studio.wait(lambda: studio.state["state"] in ("paused", "finished"))
    # A single picture is looked at with the network as it is.
    drop_file(studio, next((digits / "7").iterdir()), canvas, lambda: "Own picture" in studio.state["probe"])
    studio.shot("looked-at")
    save_as(studio, path)
    before = studio.state
    studio.focus()
    studio.key("ctrl+q")
    assert studio.ended() == 0

    saved = project_file.load(path)
    assert saved.document.data.dataset.type == "PictureFolder"
    assert saved.checkpoint.step == before["step"] > 0
    again = start(str(path))
    again.wait(lambda: again.state["state"] in ("paused", "finished"))
    assert again.state["step"] == before["step"]
    assert again.state["loss"] == before["loss"]
    assert again.state["problems"] == {}
    again.press("stepButton")
    again.wait(lambda: again.state["step"] > before["step"])


def test_augmentation_is_added_while_it_trains(start: Callable[..., Studio], tmp_path: Path) -> None:
    path = tmp_path / "shifted.nnstudio"
    studio = start()
    studio.press("template_digits-cnn")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.press("playButton")
    studio.wait(lambda: studio.state["step"] > 20)
    studio.click(studio.where("tab", text="Data"))
    # The steps stand below the samples: the wheel leads there.
    studio.click(studio.where("widget", name="openDataFolder"), 40, button=5)
    studio.press("addStep")
    studio.click(studio.where("menu", text="Shift"))
    studio.wait(lambda: studio.ask("widget", name="augmentedPictures")["visible"])
    step = studio.state["step"]
    studio.wait(lambda: studio.state["step"] > step)
    assert any("Augmentation: shift" in text for _, text in studio.state["marks"])
    studio.shot("augmented")
    save_as(studio, path)
    assert project_file.load(path).document.data.steps == (Shift(across=1, down=1),)
