"""Exporters: one declared class is in the dialog and on the command line; what is refused, and what is written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from pydantic import Field
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from engine import Network
from nnstudio.cli import main
from nnstudio.document import edits
from nnstudio.export.base import EXPORTERS, Exporter, ExportError
from nnstudio.export.diagram_formats import Pdf, Png, Svg
from nnstudio.export.dialog import ExportDialog
from nnstudio.export.registry import export
from nnstudio.export.weights import Safetensors
from nnstudio.files.atomic_write import replace_file
from nnstudio.headless import finish, start
from nnstudio.project import project_file, templates
from nnstudio.training.build import build
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.project import Project
from nnstudio.ui.colours import DARK


@pytest.fixture
def xor() -> Project:
    return templates.load("xor")


@pytest.fixture(scope="module")
def trained() -> Project:
    project = Project(edits.with_epochs(templates.load("xor").document, 3))
    run = start(project)
    run.advance(60, 3, lambda: False)
    return finish(project, run)


@pytest.fixture
def listing() -> Iterator[type[Exporter]]:
    """One exporter more: the names of all blocks, one a line."""

    class Listing(Exporter):
        title: ClassVar[str] = "List: the blocks, one a line"
        help: ClassVar[str] = "For whoever counts blocks."
        format = "list"
        suffix = ".txt"
        separator: str = Field("\n", title="Separator")
        count: int = Field(100, ge=1, title="At most")

        def why_not(self, project: Project) -> str:
            return "" if project.document.blocks else "There is no block to list."

        def write(self, project: Project, path: Path) -> None:
            names = [block.name for block in project.document.blocks][: self.count]
            replace_file(path, self.separator.join(names).encode())

    yield Listing
    del EXPORTERS["list"]


def choose(dialog: ExportDialog, name: str) -> None:
    dialog.format.setCurrentIndex(dialog.format.findData(name))


def save_button(dialog: ExportDialog) -> QPushButton:
    button = dialog.findChild(QPushButton, "exportSave")
    assert button is not None
    return button


# A new exporter


def test_a_declared_exporter_is_in_the_dialog(
    listing: type[Exporter], xor: Project, tmp_path: Path, qtbot: QtBot
) -> None:
    dialog = ExportDialog(xor, "XOR", str(tmp_path))
    qtbot.addWidget(dialog)
    dialog.show()
    choose(dialog, "list")
    assert set(dialog.forms["list"].rows) == {"separator", "count"}
    assert dialog.forms["list"].isVisible()
    assert not dialog.forms["svg"].isVisible()
    dialog.forms["list"].rows["count"].editor.edited.emit(2)
    with qtbot.waitSignal(dialog.written) as told:
        dialog.write(tmp_path / "xor.txt")
    assert told.args == [str(tmp_path / "xor.txt")]
    assert (tmp_path / "xor.txt").read_text() == "dense_1\ntanh_1"


def test_a_declared_exporter_is_on_the_command_line(
    listing: type[Exporter],
    xor: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    project_file.save(xor, "xor.nnstudio")
    assert main(["export", "xor.nnstudio", "--to", "list", "-o", "out.txt", "--set", "separator=,"]) == 0
    assert capsys.readouterr().out == "exported out.txt\n"
    assert Path("out.txt").read_text() == "dense_1,tanh_1,dense_2,tanh_2"
    assert main(["export", "--help"]) == 0
    assert "list (the blocks, one a line; options: separator, count)" in " ".join(capsys.readouterr().out.split())


# On the command line


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--to", "gif"], 2, "invalid choice: 'gif' (choose from"),
        ([], 2, "the following arguments are required: --to"),
        (["--to", "svg", "--set", "colours"], 2, "expected OPTION=VALUE, found 'colours'"),
        (["--to", "svg", "--set", "colours=green"], 2, "colours: input should be 'light' or 'dark'"),
        (["--to", "pdf", "--set", "scale=2"], 2, "scale"),
        (["--to", "safetensors"], 1, "nothing has been trained yet, so there are no weights"),
        (["--to", "svg", "-o", "net.png"], 1, "a file of format svg ends in .svg, but net.png has “.png”"),
        (["--to", "svg", "-o", "away/net.svg"], 1, "there is no folder"),
        (["--to", "png"], 1, "xor.png already exists; to replace it, or to choose another name, use -o FILE"),
    ],
)
def test_what_is_refused(
    xor: Project,
    qapp: object,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    project_file.save(xor, "xor.nnstudio")
    Path("xor.png").write_bytes(b"mine")
    assert main(["export", "xor.nnstudio", *arguments]) == code
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1
    assert sorted(os.listdir()) == ["xor.nnstudio", "xor.png"]


def in_a_process_of_its_own(code: str, folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "QT_QPA_PLATFORM")}
    environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_weights_need_no_qt(trained: Project, tmp_path: Path) -> None:
    project_file.save(trained, tmp_path / "xor.nnstudio")
    found = in_a_process_of_its_own(
        "import sys; from nnstudio.cli import main\n"
        "assert main(['export', 'xor.nnstudio', '--to', 'safetensors']) == 0\n"
        "print([name for name in sys.modules if name.startswith(('PySide6', 'shiboken6', 'pyqtgraph'))])",
        tmp_path,
    )
    assert found == "exported xor.safetensors\n[]\n"


def test_a_diagram_needs_no_screen(xor: Project, tmp_path: Path) -> None:
    project_file.save(xor, tmp_path / "xor.nnstudio")
    code = (
        "from nnstudio.cli import main\n"
        "for name in ('svg', 'pdf', 'png'):\n"
        "    assert main(['export', 'xor.nnstudio', '--to', name, '--set', 'colours=dark']) == 0"
    )
    in_a_process_of_its_own(code, tmp_path)
    assert "dense_1" in (tmp_path / "xor.svg").read_text()
    assert (tmp_path / "xor.pdf").read_bytes().startswith(b"%PDF")
    assert QImage(str(tmp_path / "xor.png")).pixelColor(0, 0) == QColor(DARK.canvas)


# The trained network


def test_the_exported_network_is_the_trained_one(trained: Project, tmp_path: Path) -> None:
    path = tmp_path / "xor.safetensors"
    export(Safetensors(), trained, path)
    loaded, here = Network.load(path), build(trained.document, weights=trained.checkpoint.weights)
    assert loaded.spec() == here.spec()  # type: ignore[attr-defined]
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    np.testing.assert_array_equal(loaded.predict(x), here.predict(x))


def test_weights_of_a_network_that_was_changed_since_are_refused(trained: Project, tmp_path: Path) -> None:
    document = edits.set_field(trained.document, "dense_1", "units", 5)
    changed = Project(document, trained.checkpoint).fitted()
    with pytest.raises(Exception, match="the saved weights do not fit: those of dense_1"):
        export(Safetensors(), changed, tmp_path / "xor.safetensors")
    assert not os.listdir(tmp_path)


# The dialog


def test_the_dialog_shows_what_matters_and_writes(xor: Project, qapp: object, tmp_path: Path, qtbot: QtBot) -> None:
    dialog = ExportDialog(xor, "My net", str(tmp_path))
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.exporter == Svg()
    assert dialog.forms["svg"].rows["transparent"].isVisible()
    choose(dialog, "pdf")
    assert dialog.exporter == Pdf()
    choose(dialog, "png")
    assert dialog.forms["png"].rows["scale"].isVisible()
    dialog.forms["png"].rows["colours"].editor.edited.emit("dark")
    assert dialog.exporter == Png(colours="dark", scale=2)
    with qtbot.waitSignal(dialog.written) as told:
        dialog.write(tmp_path / "net.png")
    assert told.args == [str(tmp_path / "net.png")]
    assert QImage(str(tmp_path / "net.png")).pixelColor(0, 0) == QColor(DARK.canvas)


def test_the_dialog_says_what_went_wrong_and_stays(
    trained: Project, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = ExportDialog(trained, "My net", str(tmp_path))
    qtbot.addWidget(dialog)
    dialog.show()
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: said.append(f"{box.text()}: {box.informativeText()}"))
    for name in ("svg", "safetensors"):
        choose(dialog, name)
        dialog.write(tmp_path / "away" / f"net.{name}")
        qtbot.waitUntil(save_button(dialog).isEnabled)
    assert said == [
        f"SVG cannot be exported: there is no folder {tmp_path / 'away'}",
        f"Safetensors cannot be exported: there is no folder {tmp_path / 'away'}",
    ]
    assert dialog.isVisible()


def test_weights_can_be_exported_as_soon_as_they_are_there(trained: Project, tmp_path: Path, qtbot: QtBot) -> None:
    dialog = ExportDialog(Project(trained.document), "XOR", str(tmp_path))
    qtbot.addWidget(dialog)
    dialog.show()
    made: Future[Project] = Future()
    dialog.complete(made)
    choose(dialog, "safetensors")
    assert not save_button(dialog).isEnabled()
    made.set_result(trained)
    qtbot.waitUntil(save_button(dialog).isEnabled)
    with qtbot.waitSignal(dialog.written):
        dialog.write(tmp_path / "xor.safetensors")
    assert Network.load(tmp_path / "xor.safetensors").output_shape == (1,)


def test_an_untrained_project_has_no_weights_to_export(xor: Project, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="nothing has been trained yet"):
        export(Safetensors(), Project(xor.document, Checkpoint()), tmp_path / "xor.safetensors")
