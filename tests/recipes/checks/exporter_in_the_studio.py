"""Exporter from the recipe, in the export dialog. Run in a copy of the repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from nnstudio.cli import main
from nnstudio.export.dialog import ExportDialog
from nnstudio.project import templates


def test_it_is_in_the_dialog_with_its_option_and_writes(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = ExportDialog(templates.load("xor"), "XOR", str(tmp_path))
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.format.setCurrentIndex(dialog.format.findData("markdown"))
    form = dialog.forms["markdown"]
    assert form.isVisible()
    assert set(form.rows) == {"parameters"}
    form.rows["parameters"].editor.edited.emit(False)
    with qtbot.waitSignal(dialog.written):
        dialog.write(tmp_path / "xor.md")
    assert (tmp_path / "xor.md").read_text(encoding="utf-8").startswith("| Block | Type | Output |\n")


def test_the_command_line_tells_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--help"]) == 0
    assert "markdown (a table of the network; options: parameters)" in " ".join(capsys.readouterr().out.split())
