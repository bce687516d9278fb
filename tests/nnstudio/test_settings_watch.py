"""Settings that cannot be kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from nnstudio.shell.main_window import MainWindow


@pytest.fixture
def unwritable(tmp_path: Path) -> Iterator[Path]:
    """Place of settings whose folder cannot be made; that holds for an administrator, too."""
    before = Path(QSettings().fileName()).parent.parent
    (tmp_path / "file").write_text("")
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "file"))
    yield tmp_path / "file"
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(before))


def test_settings_that_cannot_be_kept_are_told_once(window: MainWindow, unwritable: Path) -> None:
    window.files.open_template("xor")
    told = window.status.currentMessage()
    assert told.startswith("Theme, docks and recent files are not kept for the next start: ")
    assert str(unwritable) in told
    window.status.clearMessage()
    window.files.open_template("moons")
    assert "not kept" not in window.status.currentMessage()


def test_of_others_nothing_is_said(window: MainWindow) -> None:
    window.files.open_template("xor")
    assert "not kept" not in window.status.currentMessage()
