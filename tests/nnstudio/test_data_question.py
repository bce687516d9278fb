"""Question for data that are gone when their project is opened."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from engine.data import open_path
from nnstudio import headless
from nnstudio.document import edits
from nnstudio.project import templates
from nnstudio.project.data_place import place_of
from nnstudio.project.project_file import Project, load, save
from nnstudio.shell.main_window import MainWindow


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that was trained for three epochs, and lies apart from its data."""
    data = tmp_path / "data" / "points.npz"
    data.parent.mkdir()
    x = np.random.default_rng(0).normal(size=(40, 2))
    np.savez(data, x=x, y=(x[:, 0] > 0).astype(int))
    document = edits.choose_data(templates.load("xor").document, open_path(data).settled())
    run = headless.start(Project(document))
    run.target = 3
    while not run.finished:
        run.advance(1, 3, lambda: False)
    path = tmp_path / "projects" / "p.nnstudio"
    path.parent.mkdir()
    save(headless.finish(Project(document), run), path)
    return path


def question(window: MainWindow) -> QMessageBox | None:
    boxes = window.findChildren(QMessageBox, "missingDataQuestion")
    return next((box for box in boxes if box.isVisible()), None)


def press(qtbot: QtBot, box: QMessageBox | None, text: str) -> None:
    assert box is not None
    button = next(button for button in box.findChildren(QPushButton) if button.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_data_that_are_chosen_are_trained_on_with_the_weights_there_were(
    window: MainWindow, qtbot: QtBot, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = tmp_path / "elsewhere" / "points.npz"
    moved.parent.mkdir()
    (tmp_path / "data" / "points.npz").rename(moved)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(moved), ""))
    window.files.open(project)
    qtbot.waitUntil(lambda: question(window) is not None)
    box = question(window)
    assert box is not None
    assert box.text() == "The data of this project, “points.npz”, are not there any more."
    assert str(tmp_path / "data") in box.informativeText()
    press(qtbot, box, "Choose…")
    assert place_of(window.store.document.data.dataset) == str(moved)
    qtbot.waitUntil(lambda: window.session.snapshot.epoch == 3, timeout=10_000)
    assert window.store.undo_stack.undoText() == "Find data points.npz"
    assert window.files.save()
    assert place_of(load(project).document.data.dataset) == str(moved)


def test_it_comes_up_once_and_can_wait(window: MainWindow, qtbot: QtBot, project: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "points.npz").unlink()
    window.files.open(project)
    qtbot.waitUntil(lambda: question(window) is not None)
    press(qtbot, question(window), "Not now")
    qtbot.waitUntil(lambda: question(window) is None)
    window.store.reanalyse()
    qtbot.wait(200)
    assert question(window) is None


def test_nobody_is_asked_where_they_moved_together(
    window: MainWindow, qtbot: QtBot, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "data" / "points.npz").rename(project.parent / "points.npz")
    window.files.open(project)
    qtbot.waitUntil(lambda: window.session.snapshot.epoch == 3, timeout=10_000)
    assert question(window) is None


def test_nobody_is_asked_for_an_example(window: MainWindow, qtbot: QtBot) -> None:
    window.files.open_template("mnist-tutorial")
    qtbot.wait(200)
    assert question(window) is None
