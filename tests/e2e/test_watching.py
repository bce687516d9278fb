"""Watching a run with a real mouse: its speed, the slider, the end, and resuming."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from nnstudio.document import edits
from nnstudio.project import project_file, templates
from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def opened(start: Callable[..., Studio], template: str) -> Studio:
    studio = start()
    studio.press(f"template_{template}")
    studio.wait(lambda: studio.state["state"] == "ready")
    return studio


def along(studio: Studio, share: float) -> tuple[int, int]:
    """A place on the slider, 0 at its left end and 1 at its right one."""
    studio.where("widget", name="speedSlider")
    left, top, width, height = studio.ask("widget", name="speedSlider")["rect"]
    return round(left + 7 + share * (width - 14)), top + height // 2


def test_an_example_is_watched_from_its_first_step_to_its_last(start: Callable[..., Studio]) -> None:
    studio = opened(start, "xor")
    begin = time.monotonic()
    studio.press("playButton")
    studio.wait(lambda: studio.state["step"] > 0)
    seen = [studio.state]
    for _ in range(3):
        time.sleep(1)
        seen.append(studio.state)
    # In every second there was something to see: few steps at first, and a loss that has moved.
    assert seen[0]["step"] < 30
    assert all(1 < after["step"] / max(before["step"], 1) < 60 for before, after in pairwise(seen))
    losses = [state["loss"] for state in seen if state["loss"] is not None]
    assert losses == sorted(losses, reverse=True)
    assert seen[-1]["state"] == "running"
    studio.shot("watched")
    studio.wait(lambda: studio.state["state"] == "finished", 40)
    assert time.monotonic() - begin > 9
    # By then it has fallen by orders of magnitude, and the axis shows it.
    assert studio.state["log"]
    studio.shot("finished")


def test_the_slider_is_drawn_by_mouse_and_by_keys_and_the_rest_is_finished(start: Callable[..., Studio]) -> None:
    studio = opened(start, "xor")
    assert studio.state["speed"] == "watch"
    studio.drag(along(studio, 10 / 11), along(studio, 3 / 11))
    assert studio.state["speed"] == "10"
    studio.click(along(studio, 0))
    assert studio.state["speed"] == "1"
    studio.key("Right", "Right")
    assert studio.state["speed"] == "5"
    studio.press("playButton")
    studio.wait(lambda: 3 < studio.state["rate"] < 8)
    assert studio.state["step"] < 60
    studio.shot("slow")
    studio.press("finishButton")
    studio.wait(lambda: studio.state["state"] == "finished", 30)
    assert studio.state["step"] == 40_000
    assert studio.state["speed"] == "5"
    # The next run is slow again.
    studio.key("ctrl+r")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.key("F5")
    studio.wait(lambda: studio.state["step"] > 2)
    assert studio.state["step"] < 60


def test_a_finished_run_says_how_it_goes_on_and_marks_what_is_changed(
    start: Callable[..., Studio], tmp_path: Path
) -> None:
    path = tmp_path / "xor.nnstudio"
    made = templates.load("xor")
    project_file.save(replace(made, document=edits.set_training(made.document, epochs=400)), path)
    studio = start(str(path))
    studio.wait(lambda: studio.state["state"] == "ready")
    # One's own is played at full speed.
    assert studio.state["speed"] == "full"
    studio.press("playButton")
    studio.wait(lambda: studio.state["state"] == "finished")
    studio.click(studio.where("button", text="Train 400 more"))
    studio.wait(lambda: studio.state["epoch"] == 800 and studio.state["state"] == "finished")
    assert (studio.state["epochs"], studio.state["training"]["epochs"]) == (800, 800)
    assert studio.state["undo"] == "Change epochs from 400 to 800"
    # Another network: the change is marked, and a fresh start is offered beside going on.
    studio.click(studio.where("block", name="dense_1"))
    studio.click(studio.where("widget", name="units"))
    studio.key("ctrl+a")
    studio.type("8")
    studio.key("Return")
    studio.wait(lambda: studio.state["marks"][-1:] == [[800.0, "dense_1: units 3 → 8"]])
    studio.shot("changed")
    studio.press("freshButton")
    studio.wait(lambda: studio.state["step"] == 0 and studio.state["state"] == "ready")
    assert not studio.ask("widget", name="freshButton")["visible"]
    assert studio.state["marks"] == [[0.0, "Reset"]]
    studio.key("ctrl+z")
    studio.wait(lambda: studio.state["epoch"] == 800)
    assert [text for _, text in studio.state["marks"]] == ["Epochs 400 → 800", "dense_1: units 3 → 8"]
