"""Own table, as untidy as they come: dropped, trained, saved, reopened, predicted with. With a real mouse."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data import TableFile
from nnstudio.cli import main
from nnstudio.project import project_file
from tests.e2e.gestures import drop_file, save_as
from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e

HEADER = ("Name", "Temperatur, °C", "Feuchte", "Datum", "Farbe", "Zustand")
COLOURS = ("rot", "grün", "blau")


def rows(count: int, seed: int) -> list[dict[str, str]]:
    """Rows as a spreadsheet in German writes them, with gaps."""
    rng = np.random.default_rng(seed)
    made = []
    for index in range(count):
        heat, wet = rng.uniform(-8, 32), rng.uniform(20, 95)
        state = "kalt" if heat < 8 else "schwül" if wet > 55 else "warm"
        day = date(2024, 3, 1) + timedelta(days=int(rng.integers(300)))
        numbers = (f"{heat:.1f}".replace(".", ","), f"{wet:.0f}" if rng.random() > 0.08 else ("", "NA")[index % 2])
        colour = COLOURS[rng.integers(3)]
        cells = (f'Messung "{index}"; Hof', *numbers, day.strftime("%d.%m.%Y"), colour, state)
        made.append(dict(zip(HEADER, cells, strict=True)))
    return made


def write(path: Path, columns: tuple[str, ...], samples: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="cp1252", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(columns)
        table.writerows([sample[name] for name in columns] for sample in samples)
    return path


def settings_of(studio: Studio) -> dict[str, Any]:
    told = ("layers", "dataset", "training", "wires", "step", "epoch", "loss", "validation_accuracy", "problems")
    return {name: studio.state[name] for name in told} | studio.ask("digest")


def test_an_untidy_table_is_learnt_and_new_rows_are_predicted(start: Callable[..., Studio], tmp_path: Path) -> None:
    table = write(tmp_path / "Messungen.csv", HEADER, rows(240, 0))
    path = tmp_path / "Wetter.nnstudio"
    studio = start()
    studio.press("template_iris")
    studio.wait(lambda: studio.state["state"] == "ready")
    drop_file(studio, table, studio.where("widget", name="canvas"), lambda: studio.state["dataset"] == "TableFile")

    # The import page: the colour is coded as regression does it.
    studio.where("widget", name="importPage")
    studio.click(studio.where("header", text="Farbe"))
    studio.choose("coding", "dummy variables")
    studio.wait(lambda: "blau is the reference" in studio.ask("widget", name="columnWords").get("text", ""))
    studio.shot("import")
    studio.press("importUse")
    studio.wait(lambda: not studio.ask("widget", name="importPage")["visible"])
    studio.focus()
    studio.wait(lambda: studio.state["state"] == "ready")
    assert studio.state["undo"] == "Open data Messungen.csv"
    assert studio.state["problems"] == {}
    studio.press("playButton")
    studio.wait(lambda: studio.state["validation_accuracy"] > 0.85)
    studio.press("pauseButton")
    studio.wait(lambda: studio.state["state"] == "paused")
    studio.shot("trained")
    save_as(studio, path)
    before = settings_of(studio)
    studio.focus()
    studio.key("ctrl+q")
    assert studio.ended() == 0
    dataset = project_file.load(path).document.data.dataset
    assert isinstance(dataset, TableFile)
    assert {column.name: column.coding for column in dataset.columns}["Farbe"] == "dummy"

    studio = start(str(path))
    studio.wait(lambda: studio.state["state"] == "paused")
    assert settings_of(studio) == before
    # Other rows: columns shuffled, the target absent, a colour nobody has seen.
    fresh = rows(40, 1)
    fresh[7]["Farbe"] = "violett"
    new = write(tmp_path / "neu.csv", ("Farbe", "Datum", "Name", "Feuchte", "Temperatur, °C"), fresh)
    studio.click(studio.where("menu", text="File"))
    studio.click(studio.where("menu", text="Predict a file…"))
    studio.type(str(new), into="fileNameEdit")
    studio.key("Return")
    studio.wait(lambda: bool(studio.ask("widget", name="predictSave").get("enabled")))
    studio.shot("predicted")
    studio.press("predictSave")
    studio.type(str(tmp_path / "window.csv"), into="fileNameEdit", anew=True)
    studio.key("Return")
    studio.wait((tmp_path / "window.csv").is_file)
    assert main(["predict", str(path), str(new), "-o", str(tmp_path / "command.csv")]) == 0
    found = (tmp_path / "window.csv").read_text()
    assert found == (tmp_path / "command.csv").read_text()
    predicted = list(csv.DictReader(found.splitlines()))
    right = [row["Zustand"] == sample["Zustand"] for row, sample in zip(predicted, fresh, strict=True)]
    assert np.mean(right) > 0.8
