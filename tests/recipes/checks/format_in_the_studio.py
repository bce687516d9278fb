"""Data format from the recipe, in window and command line. Run in a copy of the repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from engine.data import DATASETS
from nnstudio.cli import main
from nnstudio.shell.main_window import MainWindow

KIND = DATASETS["SvmlightFile"]


def test_a_file_of_it_is_chosen_in_the_data_panel(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "points.svmlight"
    path.write_text("".join(f"{1 if i % 3 else -1} 1:{i / 30} 2:{1 - i / 20}\n" for i in range(30)))
    asked: list[str] = []

    def choose(*words: str) -> tuple[str, str]:
        asked.append(words[-1])
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", choose)
    window.files.open_template("moons")
    window.data_panel.open_file()
    qtbot.waitUntil(lambda: isinstance(window.store.document.data.dataset, KIND), timeout=10_000)
    assert "*.svmlight *.libsvm" in asked[0]
    qtbot.waitUntil(lambda: window.store.analysis.signature is not None, timeout=10_000)
    signature = window.store.analysis.signature
    assert signature is not None
    assert (signature.samples, signature.input_shape, signature.classes) == (30, (2,), ("-1", "1"))
    window.store.undo_stack.undo()
    assert not isinstance(window.store.document.data.dataset, KIND)


def test_the_command_line_trains_on_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, project = tmp_path / "points.svmlight", str(tmp_path / "moons.nnstudio")
    path.write_text("".join(f"{1 if i % 3 else -1} 1:{i / 30} 2:{1 - i / 20}\n" for i in range(30)))
    assert main(["new", "moons", "-o", project]) == 0
    assert main(["train", project, "--data", str(path), "--epochs", "2"]) == 0, capsys.readouterr().err
    assert main(["evaluate", project, "--data", str(path)]) == 0, capsys.readouterr().err
