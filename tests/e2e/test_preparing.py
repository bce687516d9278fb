"""Preparation of data in the window: a step added, set and trained with, taken back by undo. With a real mouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def test_a_feature_is_added_and_trained_with_and_undo_takes_it_back(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_spiral")
    studio.wait(lambda: studio.state["state"] == "ready")
    assert studio.state["wires"]["input->dense_1"] == "2"
    studio.click(studio.where("tab", text="Data"))
    # Down the panel, to its end. The buttons stay in sight however many tiles there are; the samples below may not.
    studio.click(studio.where("widget", name="openDataFolder"), 40, button=5)
    studio.press("addStep")
    studio.click(studio.where("menu", text="Features of a point"))
    studio.wait(lambda: studio.state["undo"] == "Add step Features of a point")
    studio.press("x_squared")
    studio.wait(lambda: studio.state["wires"]["input->dense_1"] == "3")
    assert studio.state["undo"] == "Change x₁² of features of a point from off to on"
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.shot("step")
    studio.press("playButton")
    studio.wait(lambda: studio.state["step"] > 200)
    studio.press("pauseButton")
    assert studio.state["loss"] < studio.state["first_loss"]
    studio.key("ctrl+z")
    studio.wait(lambda: studio.state["wires"]["input->dense_1"] == "2")
    studio.key("ctrl+z")
    studio.wait(lambda: studio.state["undo"] == "")
    assert "Traceback" not in studio.errors()
