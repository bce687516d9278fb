"""Network view with a real mouse: units chosen, weights typed, dragged and undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nnstudio.project import project_file
from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def begin(start: Callable[..., Studio], path: Path) -> Studio:
    """XOR in the window, trained a little, paused, and saved to a file; with the views for understanding."""
    studio = start()
    studio.press("template_xor")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.key("alt+3")
    studio.wait(lambda: "networkView" in studio.state["views"] and "boundaryView" in studio.state["views"])
    for step in range(1, 4):
        studio.press("stepButton")
        studio.wait(lambda step=step: studio.state["step"] == step)
    studio.key("ctrl+s")
    studio.type(str(path), into="fileNameEdit")
    studio.key("Return")
    studio.wait(lambda: studio.state["title"] == f"{path.stem} — nnstudio")
    studio.focus()
    return studio


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def read(studio: Studio, place: tuple[int, int], start: str) -> dict[str, str]:
    """What the label beside the mouse says there, by the first words of its lines."""
    studio.move((place[0] - 2, place[1]))
    studio.move(place)
    studio.wait(lambda: studio.ask("seen")["read"].startswith(start))
    lines = studio.ask("seen")["read"].splitlines()
    return {line.rpartition(" ")[0]: line.rpartition(" ")[2] for line in lines[1:]}


def test_a_weight_is_typed_and_dragged_and_both_are_undone(start: Callable[..., Studio], tmp_path: Path) -> None:
    path = tmp_path / "edited.nnstudio"
    studio = begin(start, path)
    before, weight = studio.ask("weights"), project_file.load(path).checkpoint.weights["dense_1.weight"]
    wire = studio.where("link", target="dense_1", source=1, unit=0)
    told = read(studio, wire, "x₂ → dense_1, unit 1")
    assert number(told["Weight"]) == pytest.approx(float(weight[1, 0]), rel=1e-3)
    studio.shot("hover")
    # Typed
    studio.click(wire)
    studio.wait(lambda: studio.ask("widget", name="valueBox")["visible"])
    studio.shot("box")
    studio.key("ctrl+a")
    studio.type("2.5")
    studio.key("Return")
    studio.wait(lambda: studio.state["undo"] == "Set weight of dense_1")
    studio.wait(lambda: not studio.ask("widget", name="valueBox")["visible"])
    assert number(read(studio, wire, "x₂ → dense_1, unit 1")["Weight"]) == 2.5
    typed = studio.ask("weights")
    assert {name for name in before if before[name] != typed[name]} == {"dense_1.weight"}
    place = np.ravel_multi_index((1, 0), weight.shape) + 1
    change = (2.5 - float(weight[1, 0])) * place
    assert typed["dense_1.weight"] - before["dense_1.weight"] == pytest.approx(change, abs=1e-5)
    assert studio.state["marks"][-1][1] == "dense_1.weight set by hand"
    # Dragged
    studio.click(studio.where("unit", block="dense_2", unit=0, bias=True))
    slider = studio.ask("widget", name="valueSlider")
    x, y = studio.where("widget", name="valueSlider")
    value = before["dense_2.bias"]
    left, width = slider["rect"][0], slider["rect"][2]
    # The slider's ends are at twice the largest, at least at 2.
    reach = max(2.0, 2 * abs(value))
    handle = round(left + 8 + (width - 16) * (value / reach + 1) / 2)
    studio.drag((handle, y), (x + width // 4, y))
    studio.wait(lambda: studio.state["undo"] == "Set bias of dense_2")
    dragged = studio.ask("weights")
    assert {name for name in typed if typed[name] != dragged[name]} == {"dense_2.bias"}
    studio.shot("dragged")
    studio.key("Escape")
    # One step each
    studio.press("undoButton")
    studio.wait(lambda: studio.ask("weights") == typed)
    studio.press("undoButton")
    studio.wait(lambda: studio.ask("weights") == before)
    assert not studio.state["title"].startswith("*")
    assert studio.state["marks"] == []
    studio.press("redoButton")
    studio.wait(lambda: studio.ask("weights") == typed)
    # Training goes on from there, and its undo leads back before the weight was set.
    studio.press("stepButton")
    studio.wait(lambda: studio.state["step"] == 4)
    studio.press("undoButton")
    studio.wait(lambda: studio.state["step"] == 3 and studio.ask("weights") == before)


def test_a_unit_is_chosen_by_a_click_and_the_keyboard_moves_among_them(
    start: Callable[..., Studio], tmp_path: Path
) -> None:
    studio = begin(start, tmp_path / "units.nnstudio")
    told = read(studio, studio.where("unit", block="tanh_1", unit=1), "tanh_1, unit 2")
    assert -1 <= number(told["Output"]) <= 1
    studio.click(studio.where("unit", block="tanh_1", unit=1))
    studio.wait(lambda: studio.state["unit"] == "tanh_1, unit 2")
    assert studio.state["selected"] == "tanh_1"
    # The decision boundary shows it.
    studio.wait(lambda: studio.ask("plane")["unit"] == "tanh_1, unit 2")
    studio.shot("chosen")
    studio.key("Up", "Left", "space")
    studio.wait(lambda: studio.state["unit"] == "dense_1, unit 1")
    studio.key("Return")
    studio.wait(lambda: studio.ask("widget", name="valueBox")["visible"])
    studio.shot("by-key")
    studio.key("ctrl+a")
    studio.type("0.5")
    studio.key("Return")
    studio.wait(lambda: studio.state["undo"] == "Set bias of dense_1")
    studio.key("Escape", "ctrl+z")
    studio.wait(lambda: studio.state["undo"] != "Set bias of dense_1")
