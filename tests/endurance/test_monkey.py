"""Random actions on the main window, as many as `NNSTUDIO_ACTIONS` says."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from nnstudio.shell.main_window import MainWindow
from tests.endurance import monkey
from tests.nnstudio.shared_choices import shared_choices_kept

ACTIONS = int(os.environ.get("NNSTUDIO_ACTIONS", "250"))
SEED = int(os.environ.get("NNSTUDIO_SEED", "1"))


def test_random_actions_end_in_no_fault(qtbot: QtBot, tmp_path: Path) -> None:
    window = MainWindow()
    window.resize(1280, 800)
    window.show()
    window.files.open_template("xor")
    # It chooses themes as well, and the tests that follow in this process count on theirs.
    with shared_choices_kept():
        try:
            report = monkey.run(window, SEED, ACTIONS, tmp_path)
        finally:
            window.session.close()
            window.hide()
            window.deleteLater()
    assert not report.faults
    assert not report.warnings
    assert len(report.done) == ACTIONS
    dialog = QDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.wait(250)
    assert dialog.isVisible()
