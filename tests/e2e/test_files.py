"""Saving, opening, and not losing work. With a real mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nnstudio.project import project_file
from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def test_save_close_and_open_again(start: Callable[..., Studio], tmp_path: Path) -> None:
    path = tmp_path / "mine.nnstudio"
    studio = start()
    studio.press("template_moons")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.press("epochButton")
    studio.wait(lambda: studio.state["epoch"] == 1)
    assert "*" in studio.state["title"]
    studio.key("ctrl+s")
    studio.type(str(path), into="fileNameEdit")
    studio.key("Return")
    studio.wait(path.is_file)
    studio.wait(lambda: studio.state["title"] == "mine — nnstudio")
    saved = project_file.load(path)
    assert saved.checkpoint.weights
    assert saved.checkpoint.epoch == 1
    before = studio.state
    studio.focus()
    studio.key("ctrl+q")
    assert studio.ended() == 0

    again = start(str(path))
    again.wait(lambda: again.state["epoch"] == 1)
    assert again.state["layers"] == before["layers"]
    assert again.state["loss"] == before["loss"]
    assert again.state["title"] == "mine — nnstudio"


def test_unsaved_work_is_asked_for_while_it_trains(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_spiral")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.press("playButton")
    studio.wait(lambda: studio.state["step"] > 50)
    # What was only trained may go without a question; what was edited may not.
    studio.click(studio.where("block", name="tanh_1"))
    studio.key("Delete")
    studio.wait(lambda: "tanh_1" not in studio.state["chain"] and studio.state["state"] == "running")
    studio.key("ctrl+q")
    studio.where("widget", name="unsavedQuestion")
    studio.shot("question")
    studio.click(studio.where("button", text="Cancel"))
    step = studio.state["step"]
    studio.wait(lambda: studio.state["step"] > step)
    studio.focus()
    studio.key("ctrl+q")
    studio.click(studio.where("button", text="Discard"))
    assert studio.ended() == 0


def test_a_broken_file_is_refused_in_words(start: Callable[..., Studio], tmp_path: Path) -> None:
    broken = tmp_path / "broken.nnstudio"
    broken.write_bytes(b"this is no project")
    studio = start(str(broken))
    studio.where("widget", name="fileError")
    studio.shot("refused")
    studio.click(studio.where("button", text="OK"))
    studio.press("template_xor")
    studio.wait(lambda: len(studio.state["chain"]) == 4)
