"""Lessons with a real mouse: chosen from the menu, followed, answered wrongly and rightly, and left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nnstudio.project import project_file
from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def begin(studio: Studio, title: str) -> None:
    for text in ("Help", "Lessons", title):
        studio.click(studio.where("menu", text=text))
    studio.wait(lambda: studio.state["lesson"]["step"] == 1 and studio.state["state"] == "ready")


def test_a_lesson_waits_for_what_is_done_with_the_mouse(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_moons")
    studio.wait(lambda: studio.state["state"] == "ready")
    begin(studio, "A first network")
    studio.press("lessonNext")
    studio.wait(lambda: studio.state["lesson"]["step"] == 2)
    assert not studio.state["lesson"]["done"]
    studio.shot("block")
    # Through the frame around it, which takes no click.
    studio.click(studio.where("block", name="dense_1"))
    studio.wait(lambda: studio.state["selected"] == "dense_1")
    studio.wait(lambda: studio.state["lesson"]["step"] == 3)
    studio.press("stepButton")
    studio.wait(lambda: studio.state["step"] == 1)
    studio.wait(lambda: studio.state["lesson"]["step"] == 4)
    studio.press("lessonBack")
    studio.wait(lambda: studio.state["lesson"]["step"] == 3)
    assert studio.state["lesson"]["done"]
    studio.press("lessonLeave")
    studio.wait(lambda: studio.state["lesson"]["step"] == 0)
    assert not studio.ask("widget", name="lessonBar")["visible"]
    assert not studio.ask("widget", name="spotlight")["visible"]


def test_a_number_is_computed_and_the_step_that_follows_makes_it(start: Callable[..., Studio], tmp_path: Path) -> None:
    studio = start()
    studio.press("template_xor")
    studio.wait(lambda: studio.state["state"] == "ready")
    begin(studio, "One step of backpropagation by hand")
    for step in range(1, 8):
        studio.press("lessonNext")
        studio.wait(lambda step=step: studio.state["lesson"]["step"] == step + 1)
    studio.wait(lambda: studio.state["lesson"]["answers"] != [] and studio.state["lesson"]["hidden"] != {})
    (right,) = studio.state["lesson"]["answers"]
    studio.press("lessonAnswer")
    studio.type("7")
    studio.key("Return")
    studio.wait(lambda: "∂E/∂W₂₁" in studio.state["lesson"]["hint"])
    studio.shot("hint")
    studio.press("lessonAnswer")
    studio.key("ctrl+a")
    studio.type(f"{right:.3f}")
    studio.press("lessonCheck")
    studio.wait(lambda: studio.state["lesson"]["step"] == 9)
    studio.press("stepButton")
    studio.wait(lambda: studio.state["step"] == 1)
    studio.wait(lambda: studio.state["lesson"]["step"] == 10)
    path = tmp_path / "stepped.nnstudio"
    studio.key("ctrl+s")
    studio.type(str(path), into="fileNameEdit")
    studio.key("Return")
    studio.wait(lambda: studio.state["title"] == "stepped — nnstudio")
    # What was computed on paper is what the step has made, to the last digit of single precision.
    assert float(project_file.load(path).checkpoint.weights["dense_2.weight"][1, 0]) == pytest.approx(right, rel=1e-6)
