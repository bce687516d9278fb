"""Trying a network with a real mouse: digits drawn on the pad, a row typed in, samples spoilt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine import datasets, layers, losses
from engine.data.enlarging import enlarged
from nnstudio.document import edits
from nnstudio.project import project_file
from nnstudio.training.build import read_data
from nnstudio.training.project import Project
from nnstudio.training.run import TrainingRun
from tests.e2e.studio import Studio
from tests.nnstudio.builders import document_of

pytestmark = pytest.mark.e2e

# Digits that are drawn: few, since a hand takes its time.
DIGITS = (0, 3, 7)


def trying(studio: Studio) -> Studio:
    studio.wait(lambda: studio.state["state"] in ("ready", "paused"))
    studio.press("canvas")
    studio.key("alt+3")
    studio.wait(lambda: studio.state["arrangement"] == "understand")
    studio.click(studio.where("tab", text="Try it"))
    studio.wait(lambda: bool(studio.ask("tried")["answers"]))
    return studio


def draw(studio: Studio, digit: np.ndarray) -> None:
    """Replays a digit, (8, 8), as strokes along the rows of a bitmap of 32 x 32, as it was scanned."""
    bitmap = enlarged(digit[None, None], 32, 0)[0, 0] > 0.5
    x, y, width, height = studio.ask("tried")["rect"]
    words: list[str | int] = []
    for row in range(32):
        inked = np.flatnonzero(np.diff(np.concatenate([[0], bitmap[row], [0]]).astype(int)))
        for start, end in inked.reshape(-1, 2):
            down = round(y + height * (0.1 + 0.8 * (row + 0.5) / 32))
            left, right = (round(x + width * (0.1 + 0.8 * place / 32)) for place in (start + 0.5, end - 0.5))
            words += ["mousemove", left, down, "mousedown", 1, "mousemove", right, down, "mouseup", 1, "sleep", "0.01"]
    studio._xdotool(*words)


def test_held_out_digits_are_drawn_and_read(start: Callable[..., Studio], tmp_path: Path) -> None:
    stack = (layers.Conv2D(16, 3, padding="same"), layers.ReLU(), layers.Flatten(), layers.Dense(10), layers.Softmax())
    document = edits.tidy(document_of(*stack, dataset=datasets.Digits(), validation=0.2))
    document = edits.set_training(document, loss=losses.get("categorical_cross_entropy"))
    run = TrainingRun(document, read_data(document.data))
    run.advance(60.0, 6, lambda: False)
    held = run.split.validation
    assert held is not None
    said = run.network.predict(held.x)
    # Those that it reads best: what is tested here is the way there, by pad and worker.
    best = {digit: int(np.argmax(np.where(held.y == digit, said[:, digit], -1))) for digit in DIGITS}
    path = tmp_path / "digits.nnstudio"
    project_file.save(Project(document, run.checkpoint()).fitted(), path)

    studio = trying(start(str(path)))
    # The pen as narrow as a row: the first positions of its slider are those of the finest pens.
    x, y, width, height = studio.ask("widget", name="tryWidth")["rect"]
    studio.click((x + round(0.1 * width), y + height // 2))
    for digit, index in best.items():
        draw(studio, held.x[index, 0])
        studio.wait(lambda digit=digit: studio.ask("tried")["verdict"].startswith(f"Predicted: {digit},"))
        assert studio.ask("tried")["name"] == "Your drawing"
        studio.shot(f"drawn-{digit}")
        studio.press("tryClear")
        studio.wait(lambda: studio.ask("tried")["name"].startswith("Training sample"))
    # A stroke that was cleared comes back, and goes again, by the pad's own undo.
    studio.press("tryUndo")
    studio.wait(lambda: studio.ask("tried")["name"] == "Your drawing")
    strokes = studio.ask("tried")["strokes"]
    studio.press("tryPad")
    studio.wait(lambda: studio.ask("tried")["strokes"] == strokes + 1)
    studio.key("BackSpace", "ctrl+z")
    studio.wait(lambda: studio.ask("tried")["strokes"] == strokes - 1)
    assert studio.state["undo"] == ""
    studio.press("tryNextSampleButton")
    studio.wait(lambda: studio.ask("tried")["name"].startswith("Training sample 2"))
    assert studio.ask("tried")["strokes"] == 0


def test_a_row_is_set_by_sliders_and_spoilt(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_iris")
    trying(studio)
    before = studio.ask("tried")
    x, y, width, height = studio.ask("widget", name="tryField3")["rect"]
    studio.click((x + width - 5, y + height // 2))
    studio.wait(lambda: studio.ask("tried")["answers"] != before["answers"])
    assert studio.ask("tried")["name"].startswith("Own values (")
    x, y, width, height = studio.ask("widget", name="trySpoilNoise")["rect"]
    studio.click((x + width // 2, y + height // 2))
    studio.wait(lambda: " → " in studio.ask("tried")["verdict"])
    first = studio.ask("tried")["answers"]
    studio.press("trySpoilAgain")
    studio.wait(lambda: studio.ask("tried")["answers"] != first)
    second = studio.ask("tried")["answers"]
    assert [pair[0] for pair in second.values()] == [pair[0] for pair in first.values()]
    studio.press("trySpoilReset")
    studio.wait(lambda: " → " not in studio.ask("tried")["verdict"])
    studio.press("tryBack")
    studio.wait(lambda: studio.ask("tried")["answers"] == before["answers"])
