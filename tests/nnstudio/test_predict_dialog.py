"""Dialog of predictions for the samples of a file."""

from __future__ import annotations

import csv
from concurrent.futures import Future
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from nnstudio import cli, headless
from nnstudio.export.predict_dialog import PredictDialog
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
    assert header == ["row", "kind", "probability_lily", "probability_rose"]
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
