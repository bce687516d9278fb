"""Training with a real mouse: schedules, frozen blocks, early stopping, resuming, slow motion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.optimizers import SGD
from engine.training.early_stopping import EarlyStopping
from nnstudio.document import edits
from nnstudio.project import project_file, templates
from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def moons(folder: Path, **training: object) -> str:
    """A project that trains for as long as anybody looks at it."""
    made = templates.load("moons")
    settings = {"epochs": 1_000_000, "batch_size": 1, "optimizer": SGD(0.05), **training}
    path = folder / "moons.nnstudio"
    project_file.save(replace(made, document=edits.set_training(made.document, **settings)), path)
    return str(path)


def play(studio: Studio) -> None:
    """Presses the button, once it can be pressed."""
    studio.wait(lambda: studio.state["state"] in ("ready", "finished"))
    studio.press("playButton")


def scroll_to(studio: Studio, name: str) -> None:
    """Turns the wheel over the training panel until a widget in it can be clicked."""
    for _ in range(30):
        panel, place = studio.ask("widget", name="trainingPanel"), studio.ask("widget", name=name)
        left, top, _, height = panel["rect"]
        # At the foot stands the line of help.
        low = place["centre"][1] - (top + height - 110) if place["visible"] else 1
        if low <= 0 and place["centre"][1] > top + 40:
            return
        studio.click((left + 12, top + height // 2), 2, button=5 if low > 0 else 4)
    raise AssertionError(f"{name} does not come into sight")


def press_in_panel(studio: Studio, name: str) -> None:
    scroll_to(studio, name)
    studio.press(name)


def test_a_schedule_is_switched_on_while_it_trains(start: Callable[..., Studio], tmp_path: Path) -> None:
    studio = start(moons(tmp_path))
    studio.click(studio.where("tab", text="Training"))
    play(studio)
    studio.wait(lambda: studio.state["epoch"] > 2)
    assert studio.state["learning_rate"] == 0.05
    press_in_panel(studio, "rateSection")
    press_in_panel(studio, "schedule")
    # The list is open: None, Constant, Step, Exponential.
    studio.key("Home", "Down", "Down", "Down", "Return")
    studio.wait(lambda: (studio.state["training"]["schedule"] or {}).get("type") == "exponential")
    studio.wait(lambda: studio.state["learning_rate"] < 0.04)
    first = studio.state
    assert first["state"] == "running"
    studio.wait(lambda: studio.state["learning_rate"] < first["learning_rate"] * 0.9)
    scroll_to(studio, "ratePreview")
    studio.shot("falling")
    studio.press("pauseButton")
    studio.press("undoButton")
    studio.wait(lambda: studio.state["learning_rate"] == 0.05)
    assert studio.state["epoch"] >= first["epoch"]


def test_a_frozen_block_keeps_its_weights(start: Callable[..., Studio], tmp_path: Path) -> None:
    studio = start(moons(tmp_path))
    play(studio)
    studio.wait(lambda: studio.state["epoch"] > 2)
    studio.click(studio.where("block", name="dense_1"), button=3)
    studio.click(studio.where("menu", text="Freeze dense_1"))
    studio.wait(lambda: studio.state["undo"] == "Freeze dense_1")
    before, step = studio.ask("weights"), studio.state["step"]
    studio.wait(lambda: studio.state["step"] > step + 50)
    after = studio.ask("weights")
    assert before["dense_1.weight"] == after["dense_1.weight"]
    assert before["dense_2.weight"] != after["dense_2.weight"]
    # It learns again, by the switch in the inspector.
    studio.click(studio.where("block", name="dense_1"))
    studio.press("frozen")
    studio.wait(lambda: studio.state["undo"] == "Unfreeze dense_1")
    studio.wait(lambda: studio.ask("weights")["dense_1.weight"] != after["dense_1.weight"])
    studio.press("pauseButton")


def test_training_stops_early_and_goes_on_after_it_was_closed(start: Callable[..., Studio], tmp_path: Path) -> None:
    path = moons(tmp_path, early_stopping=EarlyStopping(patience=3, min_delta=10.0))
    studio = start(path)
    play(studio)
    studio.wait(lambda: studio.state["state"] == "finished")
    assert studio.state["epoch"] == 4
    assert "best in epoch 1" in studio.state["message"]
    studio.key("ctrl+s")
    studio.wait(lambda: "*" not in studio.state["title"])
    studio.key("ctrl+q")
    assert studio.ended() == 0
    again = start(path)
    again.wait(lambda: again.state["state"] == "finished")
    assert "best in epoch 1" in again.state["message"]
    again.press("playButton")
    again.wait(lambda: again.state["state"] == "finished" and again.state["epoch"] == 8)


def test_training_is_slowed_to_be_watched(start: Callable[..., Studio], tmp_path: Path) -> None:
    studio = start(moons(tmp_path))
    play(studio)
    studio.wait(lambda: studio.state["step"] > 500)
    studio.press("speedSlider")
    studio.key("Home", "Prior")
    assert studio.state["speed"] == "10"
    # The rate is measured anew.
    studio.wait(lambda: 5 < studio.state["rate"] < 15)
    slow = studio.state["step"]
    studio.shot("slowed")
    # An epoch is made at once; play goes on slowly, at the speed that the menu has.
    studio.key("F6")
    studio.wait(lambda: studio.state["state"] == "paused")
    epoch = studio.state["epoch"]
    studio.key("F11")
    studio.wait(lambda: studio.state["epoch"] == epoch + 1 and studio.state["state"] == "paused")
    studio.key("F5")
    studio.wait(lambda: 5 < studio.state["rate"] < 15)
    studio.click(studio.where("menu", text="Train"))
    studio.click(studio.where("menu", text="Speed"))
    studio.click(studio.where("menu", text="Full speed"))
    studio.wait(lambda: studio.state["step"] > slow + 2000)
