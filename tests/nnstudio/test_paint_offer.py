"""Painting offered by the data panel; painted points in project files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from engine.data import Circles, Digits, Formula, Hills, Iris, PaintedPoints, Points, TableFile
from nnstudio.document import edits
from nnstudio.document.model import DataSettings, Document
from nnstudio.panels.data import DataPanel
from nnstudio.project import project_file
from nnstudio.project.project_file import Project
from nnstudio.store import Store
from tests.nnstudio.panels_support import shown


@pytest.fixture
def store(qapp: QApplication) -> Store:
    return Store()


@pytest.fixture
def panel(qtbot: QtBot, store: Store) -> DataPanel:
    made = DataPanel(store)
    shown(qtbot, made, 300, 600)
    return made


def offer(panel: DataPanel) -> QPushButton:
    found = panel.findChild(QPushButton, "editPoints")
    assert isinstance(found, QPushButton)
    return found


def test_choosing_it_opens_an_empty_sheet(qtbot: QtBot, store: Store, panel: DataPanel) -> None:
    with qtbot.waitSignal(panel.painting_wanted):
        panel.choose("PaintedPoints")
    assert store.document.data.dataset == PaintedPoints()
    assert store.document.training.epochs == edits.PAINTING_EPOCHS
    assert store.undo_stack.text(0) == "Change data from Circles to Paint your own"
    store.undo_stack.undo()
    assert store.document == Document()


def test_it_comes_back_with_its_points(store: Store, panel: DataPanel) -> None:
    panel.choose("PaintedPoints")
    kept = PaintedPoints(points=Points.of([[0, 0]], [1]))
    store.edit("Paint", edits.set_dataset(store.document, kept))
    panel.choose("Moons")
    panel.choose("PaintedPoints")
    assert store.document.data.dataset == kept


@pytest.mark.parametrize("source", [Circles(), Hills(samples=30), Formula(formula="x > 0; y > 0")])
def test_points_of_other_data_are_copied(
    qtbot: QtBot, store: Store, panel: DataPanel, source: Circles | Hills | Formula
) -> None:
    store.open(Document(data=DataSettings(dataset=source)))
    assert offer(panel).isVisible()
    assert offer(panel).text() == "Edit these points"
    with qtbot.waitSignal(panel.painting_wanted):
        qtbot.mouseClick(offer(panel), Qt.MouseButton.LeftButton)
    copy = store.document.data.dataset
    assert isinstance(copy, PaintedPoints)
    np.testing.assert_array_equal(copy.load().x, source.load().x)
    np.testing.assert_array_equal(copy.load().y, source.load().y)
    assert store.undo_stack.count() == 1
    assert offer(panel).text() == "Paint in the boundary view"


def test_a_table_with_two_columns_is_copied(qtbot: QtBot, store: Store, panel: DataPanel, tmp_path: Path) -> None:
    table = tmp_path / "pets.csv"
    table.write_text("age,size,pet\n1,20,cat\n2,60,dog\n3,25,cat\n4,70,dog\n")
    store.open(Document(data=DataSettings(dataset=TableFile(path=str(table)))))
    qtbot.waitUntil(lambda: offer(panel).isVisible())
    with qtbot.waitSignal(panel.painting_wanted):
        offer(panel).click()
    copy = store.document.data.dataset
    assert isinstance(copy, PaintedPoints)
    assert (copy.classes, copy.axes) == (("cat", "dog"), ("age", "size"))
    assert copy.points.xy.tolist() == [[1, 20], [2, 60], [3, 25], [4, 70]]


@pytest.mark.parametrize("source", [Iris(), Digits(), Circles(samples=10_001)])
def test_what_cannot_be_painted_is_not_offered(store: Store, panel: DataPanel, source: Iris | Digits | Circles) -> None:
    store.open(Document(data=DataSettings(dataset=source)))
    assert not offer(panel).isVisible()


def test_points_are_saved_in_the_project(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    points = Points.of(rng.normal(size=(10_000, 2)), rng.integers(0, 10, 10_000)).without(np.arange(0, 10_000, 7))
    dataset = PaintedPoints(points=points, classes=tuple("abcdefghij"), axes=("left", "right"))
    document = Document(data=DataSettings(dataset=dataset))
    path = tmp_path / "painted.nnstudio"
    project_file.save(Project(document), path)
    opened = project_file.load(path).document
    assert opened == document
    assert project_file.to_bytes(Project(opened)) == path.read_bytes()
    assert path.stat().st_size < 250_000


def test_a_damaged_list_of_points_is_refused_with_its_place(tmp_path: Path) -> None:
    document = Document(data=DataSettings(dataset=PaintedPoints(points=Points.of([[0, 0], [1, 1]], [0, 1]))))
    text = document.model_dump_json()
    assert "0.0 0.0 0.0 0;1.0 1.0 1.0 1" in text
    with pytest.raises(ValueError, match=r"point 2 is '1\.0 x 1\.0 1'"):
        Document.model_validate_json(text.replace("1.0 1.0 1.0 1", "1.0 x 1.0 1"))
