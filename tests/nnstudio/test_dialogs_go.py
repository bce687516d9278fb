"""Questions and messages are gone once they are answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QDialog, QMessageBox

from nnstudio.export.failure import tell_failure
from nnstudio.shell.main_window import MainWindow
from nnstudio.views import RunsView


def test_answered_dialogs_do_not_stay_with_their_window(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in (QDialog, QMessageBox):
        monkeypatch.setattr(kind, "exec", lambda *_: 0)
    runs = window.views["runsView"]
    assert isinstance(runs, RunsView)
    before = window.findChildren(QDialog)
    runs.ask_seeds()
    tell_failure(window, "The film cannot be saved", OSError("the disk is full"))
    (tmp_path / "broken.nnstudio").write_text("no archive", encoding="utf-8")
    window.files.open(tmp_path / "broken.nnstudio")
    assert len(window.findChildren(QDialog)) > len(before)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert len(window.findChildren(QDialog)) == len(before)
