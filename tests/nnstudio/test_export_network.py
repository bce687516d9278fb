"""Networks of projects exported to other tools: on the command line, in the dialog, and as the contract says."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine import export
from engine.data import Data
from engine.errors import EngineError
from engine.export import FORMATS, Exportable, ExportError
from nnstudio.cli import main
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.export.base import EXPORTERS
from nnstudio.export.dialog import ExportDialog
from nnstudio.headless import finish, start
from nnstudio.project import project_file, templates
from nnstudio.training.build import read_data
from nnstudio.training.project import Project


@pytest.fixture(scope="module")
def trained() -> Project:
    project = Project(edits.set_training(templates.load("xor").document, epochs=3))
    run = start(project)
    run.advance(60, 3, lambda: False)
    return finish(project, run)


def test_a_project_is_what_the_contract_calls_one(trained: Project, tmp_path: Path) -> None:
    assert isinstance(trained, Exportable)
    export.write(trained, tmp_path / "net.py", format="numpy")
    assert (tmp_path / "net.py").read_text().startswith('"""net: a network of nnstudio in plain NumPy.')


def test_every_format_of_the_engine_is_an_exporter() -> None:
    assert FORMATS.keys() <= EXPORTERS.keys()
    for name, kind in FORMATS.items():
        assert EXPORTERS[name].suffix == kind.suffix
        assert EXPORTERS[name].title.partition(":")[2], "the dialog shows what stands before the colon"


@pytest.mark.parametrize("name", ["numpy", "pytorch", "keras", "onnx", "c", "units", "tikz"])
def test_the_command_line_writes_every_format(
    trained: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if FORMATS[name].missing():
        pytest.skip(FORMATS[name].missing())
    monkeypatch.chdir(tmp_path)
    project_file.save(trained, "xor.nnstudio")
    assert main(["export", "xor.nnstudio", "--to", name]) == 0
    assert Path("xor" + FORMATS[name].suffix).stat().st_size > 300


def test_a_script_trains_like_the_project(trained: Project, tmp_path: Path) -> None:
    """In a process of its own: the curve is that of the run, and the exported weights predict as the network does."""
    export.write(trained, tmp_path / "net.py", format="numpy")

    def run(*words: str) -> str:
        command = [sys.executable, str(tmp_path / "net.py"), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout

    losses = [float(number) for number in re.findall(r"loss ([\d.]+)", run())]
    assert losses == pytest.approx(trained.checkpoint.curves["loss"].y.tolist(), rel=0.01)
    subject = trained.export_subject()
    assert subject.training is not None
    expected = subject.network.predict(subject.training.x[:5]).ravel()
    found = [float(number) for number in re.findall(r"\[+\s*([-\d.e]+)", run("predict"))]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_frozen_and_disabled_blocks_and_the_split_go_along() -> None:
    document = templates.load("spiral").document
    first = next(block.name for block in document.blocks if block.layer.type_name() == "Dense")
    document = edits.set_frozen(document, True, first)
    subject = Project(document).export_subject()
    assert subject.network.frozen == {first}
    assert subject.training is not None
    assert subject.training.validation is not None
    split = read_data(document.data)
    assert len(subject.training.x) == len(split.train)
    assert subject.training.epochs == document.training.epochs
    assert subject.preparation == split.preparation


def test_data_that_are_gone_leave_a_trained_network_without_training(
    trained: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> Data:
        raise EngineError("the file is gone")

    monkeypatch.setattr(type(trained.document.data.dataset), "load", gone)
    assert trained.export_subject().training is None
    export.write(trained, tmp_path / "net.py", format="numpy")
    assert "def train" not in (tmp_path / "net.py").read_text()
    with pytest.raises(EngineError, match="the file is gone"):
        Project(trained.document).export_subject()


def test_a_project_without_blocks_is_refused(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = ExportDialog(Project(Document()), "Empty", str(tmp_path), format="keras")
    qtbot.addWidget(dialog)
    assert dialog.exporter.format == "keras"
    assert "no blocks yet" in dialog.exporter.why_not(dialog.project)


def test_without_its_library_the_dialog_says_what_to_install(
    trained: Project, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.export.base.find_spec", lambda name: None)
    dialog = ExportDialog(trained, "XOR", str(tmp_path), format="notebook")
    qtbot.addWidget(dialog)
    assert "pip install 'nnstudio[notebook]'" in dialog.exporter.why_not(trained)
    with pytest.raises(ExportError, match="pip install"):
        export.write(trained, tmp_path / "net.ipynb", format="notebook")


def test_hidden_augmentation_is_told_with_a_way_out(tmp_path: Path) -> None:
    from engine.data.steps import Rotate

    document = templates.load("digits-cnn").document
    data = document.data.with_changes(steps=(*document.data.steps, Rotate()))
    project = replace(templates.load("digits-cnn"), document=document.with_changes(data=data))
    with pytest.raises(ExportError, match="changes the samples anew in every batch"):
        export.write(project, tmp_path / "net.py", format="numpy")
    export.write(project, tmp_path / "net.py", format="numpy", training=False)
