"""Points painted with a real mouse, and learnt while they are painted."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nnstudio.project import project_file
from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def painted(studio: Studio) -> dict[str, Any]:
    return studio.ask("painted")


def spot(studio: Studio, x: float, y: float) -> tuple[int, int]:
    return studio.where("spot", view="boundaryView", x=x, y=y)


def spray(studio: Studio, x: float, y: float, seconds: float = 0.6) -> None:
    """Holds the button for a while, with a hand that is never quite still."""
    left, top = spot(studio, x, y)
    studio.drag((left, top), (left + 6, top + 4), drop=False)
    time.sleep(seconds)
    studio.drop()


def sheet(start: Callable[..., Studio], template: str) -> Studio:
    """The program with an empty sheet, and the brush in hand."""
    studio = start()
    studio.press(f"template_{template}")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.click(studio.where("tab", text="Data"))
    studio.click(studio.where("tab", text="Your own"))
    studio.press("tile_PaintedPoints")
    studio.wait(lambda: studio.state["state"] == "empty" and painted(studio)["tool"] == "Point")
    studio.where("widget", name="paintHint")
    studio.shot("empty-sheet")
    return studio


def test_points_are_painted_and_learnt_while_painting(start: Callable[..., Studio], tmp_path: Path) -> None:
    studio = sheet(start, "moons")
    for x, y in ((-0.8, 0.5), (-0.6, -0.2), (-0.9, -0.6)):
        studio.click(spot(studio, x, y))
    studio.key("2")
    for x, y in ((0.7, 0.5), (0.8, -0.4)):
        studio.click(spot(studio, x, y))
    studio.wait(lambda: painted(studio)["learning"] == 5)
    assert painted(studio)["labels"] == [0, 0, 0, 1, 1]
    assert painted(studio)["points"][0] == pytest.approx([-0.8, 0.5], abs=0.03)
    studio.press("playButton")
    studio.wait(lambda: studio.state["state"] == "running" and painted(studio)["right"] == 1.0)

    # A cloud of the other class amid the first, while training runs: it is learnt, and training has never stopped.
    step = studio.state["step"]
    studio.click(spot(studio, 0.0, 0.9))  # the brush, not a button, has the keyboard
    studio.key("s")
    spray(studio, -0.7, 0.1)
    studio.shot("sprayed")
    count = len(painted(studio)["points"])
    assert count > 15
    studio.wait(lambda: painted(studio)["learning"] == count)
    assert studio.state["state"] == "running"
    assert studio.state["step"] > step
    assert studio.state["epochs"] >= 100_000
    studio.wait(lambda: painted(studio)["right"] > 0.9, 30)
    studio.shot("learnt")
    assert any(text == "Samples changed" for _, text in studio.state["marks"])

    # One stroke is one step back, and training goes on.
    studio.key("ctrl+z")
    studio.wait(lambda: len(painted(studio)["points"]) == 6 and painted(studio)["learning"] == 6)
    assert studio.state["state"] == "running"
    studio.key("ctrl+shift+z")
    studio.wait(lambda: painted(studio)["learning"] == count)

    # A point is moved, some are erased.
    studio.key("m")
    studio.drag(spot(studio, 0.8, -0.4), spot(studio, 0.5, -0.9))
    studio.wait(lambda: painted(studio)["points"][4] == pytest.approx([0.5, -0.9], abs=0.05))
    studio.key("e")
    studio.drag(spot(studio, -0.9, 0.1), spot(studio, -0.4, 0.1))
    studio.wait(lambda: len(painted(studio)["points"]) < count)
    left = painted(studio)["points"]

    # All of it is in the project.
    studio.press("pauseButton")
    studio.key("ctrl+s")
    path = tmp_path / "painted.nnstudio"
    studio.type(str(path), into="fileNameEdit")
    studio.key("Return")
    studio.wait(path.is_file)
    studio.focus()
    studio.key("ctrl+q")
    assert studio.ended() == 0
    assert project_file.load(path).document.data.dataset.load().x.tolist() == left
    again = start(str(path))
    again.wait(lambda: painted(again)["learning"] == len(left))
    assert painted(again)["tool"] == "Look"


def test_another_class_and_the_network_that_fits_it(start: Callable[..., Studio]) -> None:
    studio = sheet(start, "moons")
    for key, x in (("1", -0.8), ("2", 0.0), ("3", 0.8)):
        studio.key(key)
        studio.click(spot(studio, x, 0.2))
        studio.click(spot(studio, x, -0.2))
    studio.wait(lambda: painted(studio)["classes"] == ["1", "2", "3"])
    studio.press("paintFix")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.press("playButton")
    studio.wait(lambda: painted(studio)["right"] == 1.0, 30)
    studio.shot("three-classes")


def test_heights_by_wheel_and_drag_and_a_copy_of_other_points(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_regression-hills")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.click(studio.where("tab", text="Data"))
    studio.press("editPoints")
    studio.wait(lambda: len(painted(studio)["points"]) == 400 and painted(studio)["tool"] == "Point")
    studio.press("paintClear")
    studio.wait(lambda: painted(studio)["points"] == [])
    studio.click(spot(studio, 0.5, 0.5))
    studio.wait(lambda: painted(studio)["values"] == pytest.approx([0.5]))
    studio.click(spot(studio, 0.5, 0.5), times=3, button=4)
    studio.wait(lambda: painted(studio)["values"] == pytest.approx([0.8]))
    studio.click(spot(studio, -0.5, 0.5), times=10, button=5)
    x, y = spot(studio, -0.5, 0.0)
    studio.drag((x, y), (x, y - 40))
    studio.wait(lambda: painted(studio)["values"] == pytest.approx([0.8, -0.5 + 0.4], abs=0.02))
    studio.shot("heights")
    studio.key("ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z")
    studio.wait(lambda: len(painted(studio)["points"]) == 400)


def test_a_formula_is_judged_while_it_is_typed(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_regression-hills")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.click(studio.where("tab", text="Data"))
    studio.click(studio.where("tab", text="Your own"))
    studio.press("tile_Formula")
    studio.wait(lambda: studio.state["state"] == "ready")
    x, y = studio.where("widget", name="tile_Formula")
    studio.click((x, y + 250), times=10, button=5)
    field = studio.where("widget", name="formula")
    studio.click(field, times=3)
    studio.type("z = sin(4*x) * ")
    studio.where("widget", name="formulaError")
    studio.shot("wrong-formula")
    studio.type("cos(4*y)")
    studio.wait(lambda: not studio.ask("widget", name="formulaError")["visible"])
    studio.press("playButton")
    studio.wait(lambda: studio.state["state"] == "running" and studio.state["step"] > 50)
    studio.shot("formula")
