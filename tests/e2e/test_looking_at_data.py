"""Views of the data with a real mouse: table, correlations, scatter plot, duplicates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine import layers
from engine.data import NpzFile
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.project.project_file import save
from nnstudio.training.project import Project
from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def open_view(studio: Studio, title: str, name: str) -> None:
    studio.click(studio.where("menu", text="View"))
    studio.click(studio.where("menu", text="Data"))
    studio.click(studio.where("menu", text=title))
    studio.wait(lambda: studio.state["views"].get(name) == title)


def test_a_row_becomes_the_probe_and_a_pair_of_columns_is_drawn(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_iris")
    studio.wait(lambda: studio.state["state"] == "ready")
    open_view(studio, "Table", "tableView")
    left, top, _, _ = studio.ask("widget", name="sampleTable")["rect"]
    # The third row, below the names of the columns.
    studio.click((left + 90, top + 73))
    studio.wait(lambda: studio.state["probe"] == "Probe: Training sample 3 · virginica")
    studio.key("Down")
    studio.wait(lambda: studio.state["probe"] == "Probe: Training sample 4 · versicolor")
    studio.press("tablePredictions")
    studio.press("playButton")
    studio.wait(lambda: studio.state["step"] > 100)
    studio.shot("table")
    open_view(studio, "Correlations", "correlationsView")
    studio.click(studio.where("widget", name="correlationCanvas"))
    studio.wait(lambda: studio.state["views"].get("scatterView") == "Scatter")
    studio.shot("scatter")
    studio.press("pauseButton")
    assert "Traceback" not in studio.errors()


def test_own_data_with_duplicates_are_warned_of_and_cured(start: Callable[..., Studio], tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(600, 3)).astype(np.float32)
    x[300:] = x[:300]
    np.savez(tmp_path / "twice.npz", x=x, y=(x[:, 0] > 0).astype(np.int64))
    document = edits.choose_data(Document(), NpzFile(path=str(tmp_path / "twice.npz"), task="classification"))
    document = edits.append(edits.append(document, layers.Dense(1)), layers.Sigmoid())
    save(Project(document), tmp_path / "twice.nnstudio")
    studio = start(str(tmp_path / "twice.nnstudio"))
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.press("problemCount")
    studio.click(studio.where("row", index=0))
    studio.shot("duplicates")
    studio.click(studio.where("fix", name="input"))
    studio.wait(lambda: studio.state["undo"] == "Drop them from training")
    studio.wait(lambda: not studio.ask("row", index=0)["visible"])
    studio.shot("cured")
    studio.wait(lambda: studio.state["state"] == "ready")
    assert "Traceback" not in studio.errors()
