"""Inspection with a real mouse: values, copied pictures and numbers, manual steps."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QImage

from engine.data import XOR
from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def begin(start: Callable[..., Studio], name: str) -> Studio:
    """The program with a template open, ready to train."""
    studio = start()
    studio.press(f"template_{name}")
    studio.wait(lambda: studio.state["state"] == "ready")
    return studio


def show(studio: Studio, tab: str) -> None:
    studio.click(studio.where("tab", text=tab))


def seen(studio: Studio) -> dict[str, Any]:
    return studio.ask("seen")


def read(studio: Studio, place: tuple[int, int]) -> str:
    """Moves the mouse to a place, and reads the label that comes up."""
    studio.move((place[0] - 2, place[1]))
    studio.move(place)
    studio.wait(lambda: seen(studio)["read"] != "")
    return str(seen(studio)["read"])


def choose(studio: Studio, place: tuple[int, int], entry: str) -> None:
    """Right click, and a click on an entry."""
    studio.click(place, button=3)
    studio.click(studio.where("menu", text=entry))


def test_a_step_on_xor_shows_what_it_used_and_changed(start: Callable[..., Studio]) -> None:
    studio = begin(start, "xor")
    data = XOR().load()
    used = set()
    for step in range(1, 5):
        studio.press("stepButton")
        studio.wait(lambda step=step: seen(studio)["status"].startswith(f"Paused · Step {step}: 1 sample, loss "))
        (sample,) = seen(studio)["used"]
        used.add(sample)
        studio.wait(lambda sample=sample: seen(studio)["rings"] == [data.x[sample].tolist()])
        assert len(seen(studio)["dot"]) == 1
    assert used == {0, 1, 2, 3}
    studio.shot("ring")
    show(studio, "Weights")
    studio.wait(lambda: seen(studio)["weights"].startswith("Step 4 changed "))
    assert "in step 4" in read(studio, studio.where("cell", row=1, column=0))
    studio.shot("change")
    show(studio, "Data")
    studio.wait(lambda: seen(studio)["marked"] == seen(studio)["used"])
    studio.shot("marked")
    # Training that runs by itself tells of no step.
    studio.press("epochButton")
    studio.wait(lambda: studio.state["epoch"] == 2)
    studio.wait(lambda: seen(studio)["status"] == "Paused")
    assert (seen(studio)["marked"], seen(studio)["dot"]) == ([], [])
    assert "Step" not in seen(studio)["weights"]


def test_a_step_on_digits_marks_the_batch(start: Callable[..., Studio]) -> None:
    studio = begin(start, "digits-cnn")
    studio.press("stepButton")
    studio.wait(lambda: "Step 1: 32 samples, loss " in seen(studio)["status"])
    assert len(set(seen(studio)["used"])) == 32
    studio.wait(lambda: seen(studio)["weights"].startswith("Step 1 changed "))
    show(studio, "Data")
    used = seen(studio)["used"]
    for _ in range(30):
        if seen(studio)["marked"]:
            break
        studio.press("nextSamples")
    assert seen(studio)["marked"]
    assert set(seen(studio)["marked"]) <= set(used)
    studio.shot("batch")


def test_values_are_read_with_the_mouse(start: Callable[..., Studio]) -> None:
    studio = begin(start, "iris")
    studio.press("epochButton")
    studio.wait(lambda: studio.state["epoch"] == 1)
    studio.press("epochButton")
    studio.wait(lambda: studio.state["epoch"] == 2)
    loss = read(studio, studio.where("spot", view="lossView", x=1.9, y=0.3))
    assert loss.splitlines()[0] == "Epoch 2"
    assert [line.split()[0] for line in loss.splitlines()[1:]] == ["Train", "Validation"]
    weight = read(studio, studio.where("cell", row=3, column=2))
    assert weight.startswith("unit 4, input petal length: ")
    studio.shot("weight")
    show(studio, "Confusion")
    cell = read(studio, studio.where("widget", name="confusionCanvas"))
    assert " of 10 (" in cell
    studio.shot("confusion")
    show(studio, "Data")
    row = read(studio, studio.where("widget", name="preview"))
    assert row.startswith("Sample ")
    studio.shot("row")
    # The label goes with the mouse.
    studio.move((5, 5))
    studio.wait(lambda: seen(studio)["read"] == "")


def test_the_plane_is_read_in_the_units_of_the_data(start: Callable[..., Studio]) -> None:
    studio = begin(start, "xor")
    over = read(studio, studio.where("spot", view="boundaryView", x=1, y=0)).splitlines()
    data = XOR().load()
    number = int(np.flatnonzero((data.x == [1, 0]).all(axis=1))[0])
    assert over[:2] == [f"Training sample {number + 1}: class {data.classes[data.y[number]]}", "x₁ 1, x₂ 0"]
    between = read(studio, studio.where("spot", view="boundaryView", x=0.5, y=0.5)).splitlines()
    assert [line.split()[0] for line in between] == ["x₁", "Predicted", "confidence"]
    studio.shot("plane")


def test_numbers_and_pictures_are_taken_along(start: Callable[..., Studio], tmp_path: Path) -> None:
    studio = begin(start, "xor")
    show(studio, "Weights")
    place = studio.where("cell", row=1, column=0)
    choose(studio, place, "Copy numbers")
    studio.wait(lambda: studio.ask("clipboard")["text"].startswith("unit\t"))
    lines = list(csv.reader(io.StringIO(studio.ask("clipboard")["text"]), delimiter="\t"))
    assert lines[0] == ["unit", "x₁", "x₂", "bias"]
    assert len(lines) == 4
    assert studio.state["told"] == "The numbers are on the clipboard; paste them into a spreadsheet."
    choose(studio, place, "Copy picture")
    studio.wait(lambda: studio.ask("clipboard")["picture"][0] > 400)

    path = tmp_path / "weights.png"
    choose(studio, place, "Save picture…")
    studio.type(str(path), into="fileNameEdit")
    studio.key("Return")
    studio.wait(path.is_file)
    assert QImage(str(path)).width() > 400
    studio.focus()

    # The loss by keyboard alone, once the plot has been clicked.
    for epoch in (1, 2):
        studio.press("epochButton")
        studio.wait(lambda epoch=epoch: studio.state["epoch"] == epoch)
    studio.click(studio.where("spot", view="lossView", x=1, y=0.1))
    studio.key("shift+F10")
    studio.wait(lambda: len(seen(studio)["menu"]) >= 5)
    studio.shot("menu")
    # Above the film of the view.
    studio.key("Up", "Up", "Return")
    table = tmp_path / "loss.csv"
    studio.type(str(table), into="fileNameEdit")
    studio.key("Return")
    studio.wait(table.is_file)
    rows = list(csv.reader(io.StringIO(table.read_text("utf-8-sig"))))
    assert [row[0] for row in rows] == ["epoch", "1.0", "2.0"]
    assert float(rows[2][1]) == studio.state["loss"]


def test_the_menu_key_opens_the_menu_of_the_preview(start: Callable[..., Studio]) -> None:
    studio = begin(start, "iris")
    show(studio, "Data")
    studio.click(studio.where("widget", name="preview"))
    studio.key("Menu")
    studio.wait(lambda: "Copy numbers" in seen(studio)["menu"])
    studio.key("Down", "Down", "Return")
    studio.wait(lambda: studio.ask("clipboard")["text"].startswith("sample\tsepal length\t"))
