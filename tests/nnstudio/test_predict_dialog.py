"""Dialog of predictions for the samples of a file."""

from __future__ import annotations

import csv
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from engine.data import Preparation, TableFile
from engine.data.file_dataset import ShownColumn
from engine.data.tables.settings import ColumnSetting
from nnstudio import cli, headless
from nnstudio.document import edits
from nnstudio.export.predict_dialog import PredictDialog
from nnstudio.export.prediction_table import prediction_columns
from nnstudio.project.project_file import load
from nnstudio.project.templates import load as template
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.project import Project
from tests.nnstudio.panels_support import assert_named

FLOWERS = "long,wide,kind\n" + "1.5,0.25,rose\n1.25,0.5,rose\n7.5,3.25,lily\n7.25,3.5,lily\n" * 8


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Project:
    """A project that has learnt to tell two flowers apart from a table."""
    monkeypatch.chdir(tmp_path)
    Path("flowers.csv").write_text(FLOWERS)
    Path("new.csv").write_text("wide,long\n0.4,1.4\n3.4,7.4\n")
    assert cli.main(["new", "moons", "--data", "flowers.csv", "-o", "flowers.nnstudio"]) == 0
    assert cli.main(["train", "flowers.nnstudio", "--epochs", "60"]) == 0
    return load("flowers.nnstudio")


def opened(qtbot: QtBot, project: Project, path: str) -> PredictDialog:
    made: Future[Project] = Future()
    made.set_result(project)
    dialog = PredictDialog(made, path)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: "Predicting" not in dialog.summary.text(), timeout=20_000)
    return dialog


def test_predictions_are_shown_and_saved(
    qtbot: QtBot, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = opened(qtbot, project, "new.csv")
    assert dialog.summary.text() == "2 predictions"
    side = Qt.Orientation.Horizontal
    header = [dialog.rows.headerData(place, side) for place in range(dialog.rows.columnCount())]
    # The samples follow as they stand in the file.
    assert header == ["row", "kind", "probability_lily", "probability_rose", "wide", "long"]
    assert [dialog.rows.data(dialog.rows.index(row, 4)) for row in range(2)] == ["0.4", "3.4"]
    assert [dialog.rows.data(dialog.rows.index(row, 1)) for row in range(2)] == ["rose", "lily"]
    assert_named(dialog)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out"), ""))
    with qtbot.waitSignal(dialog.written) as written:
        qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert written.args == [str(tmp_path / "out.csv")]
    with Path("out.csv").open(newline="") as file:
        assert [row["kind"] for row in csv.DictReader(file)] == ["rose", "lily"]


def test_what_the_network_was_not_trained_on_is_explained(qtbot: QtBot, project: Project) -> None:
    Path("other.csv").write_text("long,high\n1,2\n")
    dialog = opened(qtbot, project, "other.csv")
    assert "'wide'" in dialog.summary.text()
    assert not dialog.save.isEnabled()


def test_an_untrained_network_predicts_nothing(qtbot: QtBot, project: Project) -> None:
    dialog = opened(qtbot, template("moons"), "new.csv")
    assert "not trained yet" in dialog.summary.text()


def test_the_samples_are_not_written_over(
    qtbot: QtBot, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: told.append(box.informativeText()))
    dialog = opened(qtbot, project, "new.csv")
    before = Path("new.csv").read_bytes()
    dialog.write(tmp_path / "new.csv")
    assert "another file" in told[0]
    assert Path("new.csv").read_bytes() == before
    assert dialog.isVisible()


def test_the_command_predicts_with_the_network_on_screen(
    qtbot: QtBot, project: Project, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.files.open(str(tmp_path / "flowers.nnstudio"))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "new.csv"), ""))
    action = window.findChild(QAction, "predictFileAction")
    assert action is not None
    action.trigger()
    dialog = window.findChild(PredictDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.predicted is not None, timeout=20_000)
    assert dialog.predicted is not None
    model = headless.trained(project, "flowers")
    expected = headless.predict(model, headless.read_inputs("new.csv", model).x)
    assert [answer["class"] for answer in dialog.predicted.answers] == [answer["class"] for answer in expected]
    dialog.close()


def words(dialog: PredictDialog, title: str) -> list[str]:
    side = Qt.Orientation.Horizontal
    header = [dialog.rows.headerData(place, side) for place in range(dialog.rows.columnCount())]
    place = header.index(title)
    return [dialog.rows.data(dialog.rows.index(row, place)) for row in range(dialog.rows.rowCount())]


def click_header(qtbot: QtBot, dialog: PredictDialog, place: int) -> None:
    header = dialog.view.horizontalHeader()
    at = QPoint(header.sectionViewportPosition(place) + 20, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_a_click_on_a_header_sorts_numbers_as_numbers(qtbot: QtBot, project: Project) -> None:
    Path("new.csv").write_text("wide,long,who\n0.4,10.4,b\n3.4,9.4,C\n3,100,a\n")
    dialog = opened(qtbot, project, "new.csv")
    assert words(dialog, "long") == ["10.4", "9.4", "100"]
    click_header(qtbot, dialog, 5)
    assert words(dialog, "long") == ["9.4", "10.4", "100"]
    assert words(dialog, "row") == ["2", "1", "3"]
    click_header(qtbot, dialog, 5)
    assert words(dialog, "long") == ["100", "10.4", "9.4"]
    click_header(qtbot, dialog, 5)
    assert words(dialog, "row") == ["1", "2", "3"]
    click_header(qtbot, dialog, 6)
    assert words(dialog, "who") == ["a", "b", "C"]
    # What is saved stays in the order of the file.
    dialog.write(Path("out.csv").absolute())
    with Path("out.csv").open(newline="") as file:
        assert [row["row"] for row in csv.DictReader(file)] == ["1", "2", "3"]


def test_rows_without_a_prediction_are_empty_last_and_explained(qtbot: QtBot, project: Project) -> None:
    dataset = project.document.data.dataset
    assert isinstance(dataset, TableFile)
    chosen = (ColumnSetting(name="long", gaps="drop"), ColumnSetting(name="kind", role="target"))
    document = edits.set_dataset(project.document, dataset.with_changes(columns=chosen))
    run = headless.start(Project(document))
    run.advance(5, 1, lambda: False)
    Path("new.csv").write_text("wide,long,kind\n0.4,,lily\n3.4,9.4,rose\n3,100,lily\n")
    dialog = opened(qtbot, headless.finish(Project(document), run), "new.csv")
    assert dialog.summary.text() == "2 predictions"
    assert "1 row has no prediction" in dialog.notes.text()
    assert "row 1, where 'long' is empty" in dialog.notes.text()
    assert words(dialog, "kind (predicted)")[0] == ""
    assert words(dialog, "kind") == ["lily", "rose", "lily"]
    assert "'long' is empty" in dialog.rows.data(dialog.rows.index(0, 1), Qt.ItemDataRole.ToolTipRole)
    for order in Qt.SortOrder:
        dialog.view.sortByColumn(2, order)
        assert words(dialog, "row")[-1] == "1"


def test_pictures_are_called_by_their_files() -> None:
    known = Preparation(input_shape=(1, 2, 2), task="classification", classes=("cat", "dog"))
    answers = [
        {"name": name, "class": "dog", "probabilities": {"cat": 0.25, "dog": 0.75}, "output": [0.75]}
        for name in ("pets/b.png", "pets/a.png")
    ]
    columns = prediction_columns(answers, "name", known, (), 10)
    assert [column.name for column in columns] == ["name", "class", "probability_cat", "probability_dog"]
    assert columns[0].words == ("pets/b.png", "pets/a.png")
    assert [column.keys is None for column in columns] == [True, True, False, False]


def test_names_that_are_numbers_are_sorted_as_numbers() -> None:
    known = Preparation(input_shape=(1,), task="regression", targets=1)
    answers = [{"name": name, "output": [1.5]} for name in ("10", "9", "100")]
    samples = (ShownColumn("nr", ("10", "9", "100"), np.array([10.0, 9, 100])), ShownColumn("size", ("1", "2", "3")))
    columns = prediction_columns(answers, "nr", known, samples, 10)
    assert [column.name for column in columns] == ["nr", "output", "size"]
    assert columns[0].keys is not None
    assert columns[0].keys.tolist() == [10, 9, 100]
