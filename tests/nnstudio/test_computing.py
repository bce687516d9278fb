"""Choice of what computes: the panel's section, its reasons, the command line, and what is told where it is missing."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from engine import SpecError, datasets, layers, losses
from engine.backends import presence
from engine.backends.computing import Computing
from nnstudio import cli, headless
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.document.run_settings import settings_of
from nnstudio.panels.training import TrainingPanel
from nnstudio.project import project_file
from nnstudio.store import Store
from nnstudio.training.commands import SetDocument
from nnstudio.training.current_run import CurrentRun
from nnstudio.training.project import Project
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.panels_support import assert_fits, assert_named, last_step, shown

HERE = {"cpu": "", "cuda": "This PyTorch was built without CUDA", "mps": "MPS needs a Mac"}
MISSING = dict.fromkeys(HERE, "PyTorch is not installed: pip install 'nnstudio[torch]'")


def document(**computing: Any) -> Document:
    made = edits.set_data(document_of(layers.Dense(3), layers.Tanh(), layers.Dense(1)), dataset=datasets.XOR())
    made = edits.set_data(made, validation=0.0)
    return edits.set_training(made, loss=losses.MeanSquaredError(), epochs=5, computing=Computing(**computing))


@pytest.fixture
def without_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*sys.modules]:
        if name == "torch" or name.startswith(("torch.", "engine.backends.torch.")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)


def section_of(qtbot: QtBot, store: Store, monkeypatch: pytest.MonkeyPatch, reasons: dict[str, str]) -> Any:
    monkeypatch.setattr(presence, "reason_against", reasons.__getitem__)
    panel = TrainingPanel(store)
    shown(qtbot, panel)
    section = panel.computing_section
    section.button.click()
    qtbot.waitUntil(lambda: section.reasons == reasons)
    assert_named(panel)
    assert_fits(panel)
    return section


def states(section: Any) -> list[tuple[str, bool, str]]:
    model = section.combo.model()
    rows = [model.item(row) for row in range(model.rowCount())]
    return [(row.text(), row.isEnabled(), row.toolTip()) for row in rows]


def test_what_is_not_here_is_disabled_with_the_reason(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    section = section_of(qtbot, opened(document()), monkeypatch, HERE)
    texts, enabled, tips = zip(*states(section), strict=True)
    assert enabled == (True, True, False, False)
    assert texts[2] == "PyTorch on an NVIDIA GPU (CUDA) – not here"
    assert "built without CUDA" in tips[2]
    assert section.missing.text() == "This PyTorch was built without CUDA. MPS needs a Mac."
    assert not section.form.isVisible()


def test_without_pytorch_that_is_said_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    section = section_of(qtbot, opened(document()), monkeypatch, MISSING)
    assert [on for _, on, _ in states(section)] == [True, False, False, False]
    assert section.missing.text() == "PyTorch is not installed: pip install 'nnstudio[torch]'."


def test_a_choice_is_an_undoable_edit(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(document(device="cuda"))
    section = section_of(qtbot, store, monkeypatch, dict.fromkeys(HERE, ""))
    assert section.combo.currentIndex() == 0
    section.combo.activated.emit(2)
    chosen = store.document.training.computing
    assert (chosen.engine, chosen.device) == ("torch", "cuda")
    assert last_step(store) == "Compute with PyTorch on an NVIDIA GPU (CUDA)"
    assert section.form.isVisible()
    section.form.changed.emit("mixed_precision", "bfloat16")
    assert store.document.training.computing.mixed_precision == "bfloat16"
    assert last_step(store) == "Change mixed precision from none to bfloat16"
    assert section._summary.toolTip() == "PyTorch, CUDA, bfloat16"
    section.combo.activated.emit(0)
    # The device is kept for when PyTorch is chosen again.
    assert store.document.training.computing == Computing("numpy", "cuda", "bfloat16")
    assert not section.missing.isVisible()
    for _ in range(3):
        store.undo_stack.undo()
    assert store.document.training.computing == Computing(device="cuda")


def test_a_project_from_another_machine_says_what_it_lacks(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    section = section_of(qtbot, opened(document(engine="torch", device="cuda")), monkeypatch, HERE)
    assert section.combo.currentIndex() == 2
    assert section.missing.text() == "This PyTorch was built without CUDA."


@pytest.mark.usefixtures("without_pytorch")
def test_a_run_without_pytorch_is_told_and_begins_with_this_engine() -> None:
    told: list[str] = []
    current = CurrentRun(lambda: None, told.append)
    current.set_document(SetDocument(document(engine="torch")))
    assert current.run is None
    assert current.hindrance == (
        "PyTorch is not installed: pip install 'nnstudio[torch]'. Choose another under Compute with."
    )
    assert told == ["Loading PyTorch, which takes a few seconds…"]
    current.set_document(SetDocument(document()))
    assert current.run is not None
    assert current.hindrance == ""
    current.run.step_once()
    current.set_document(SetDocument(document(engine="torch", compiled=True)))
    assert current.hindrance.startswith("PyTorch is not installed")
    assert current.run.document.training.computing == Computing()
    current.set_document(SetDocument(document()))
    assert (current.hindrance, current.run.step) == ("", 1)


@pytest.mark.usefixtures("without_pytorch")
def test_a_trained_network_is_used_where_pytorch_is_missing(tmp_path: Path) -> None:
    run = headless.start(Project(document()))
    run.step_once()
    made = headless.finish(Project(document(engine="torch", device="cuda")), run)
    trained = headless.trained(made, "a.nnstudio")
    assert trained.network.predict([[0.0, 1.0]]).shape == (1, 1)
    file = tmp_path / "a.nnstudio"
    project_file.save(made, file)
    again = project_file.load(file)
    assert again.document.training.computing == Computing("torch", "cuda")
    assert cli.main(["summary", str(file)]) == 0


@pytest.mark.usefixtures("without_pytorch")
def test_the_command_line_tells_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.nnstudio"
    project_file.save(Project(document()), file)
    before = file.read_bytes()
    for options, sentence in (
        (["--engine", "torch"], "PyTorch is not installed: pip install 'nnstudio[torch]'"),
        (["--device", "cuda"], "PyTorch is not installed: pip install 'nnstudio[torch]'"),
        (["--engine", "numpy", "--device", "cuda"], "the back end numpy computes on cpu, found the device 'cuda'"),
        (["--engine", "numpy", "--mixed-precision"], "the back end numpy has neither mixed precision nor compiling"),
    ):
        assert cli.main(["train", str(file), *options]) != 0
        assert sentence in capsys.readouterr().err
    assert file.read_bytes() == before
    assert cli.main(["train", str(file), "--epochs", "1", "--engine", "numpy"]) == 0


def test_runs_side_by_side_tell_what_computed_them() -> None:
    settings = settings_of(document(engine="torch"))
    assert settings["Compute with: engine"] == "torch"
    assert settings["Compute with: device"] == "cpu"
    # It is the only one of its kind, so that its own title tells nothing.
    assert "Compute with" not in settings


# Devices, told without an import


@pytest.fixture
def fresh() -> Any:
    presence.reason_against.cache_clear()
    yield
    presence.reason_against.cache_clear()


def installed(monkeypatch: pytest.MonkeyPatch, folder: Path, version: str) -> None:
    (folder / "version.py").write_text(version, encoding="utf-8")
    spec = SimpleNamespace(origin=str(folder / "__init__.py"))
    monkeypatch.setattr(presence, "find_spec", lambda name: spec)


@pytest.mark.usefixtures("fresh")
def test_devices_are_told_without_importing_pytorch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = "torch" in sys.modules
    installed(monkeypatch, tmp_path, "cuda: Optional[str] = None\n")
    assert presence.reason_against("cpu") == ""
    assert presence.reason_against("cuda").startswith("This PyTorch was built without CUDA")
    presence.reason_against.cache_clear()
    installed(monkeypatch, tmp_path, "debug = False\ncuda: Optional[str] = '12.8'\nhip: Optional[str] = None\n")
    monkeypatch.setattr(presence, "_gpus", lambda: 0)
    assert presence.reason_against("cuda") == "No NVIDIA GPU was found, or its driver is missing"
    presence.reason_against.cache_clear()
    monkeypatch.setattr(presence, "_gpus", lambda: 1)
    assert presence.reason_against("cuda") == ""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert presence.reason_against("mps") == ""
    assert ("torch" in sys.modules) == before


@pytest.mark.usefixtures("fresh")
def test_a_missing_pytorch_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "find_spec", lambda name: None)
    assert presence.reason_against("mps") == "PyTorch is not installed: pip install 'nnstudio[torch]'"


def test_a_driver_that_is_not_there_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "_DRIVERS", ("libnothing-of-this-name.so",))
    assert presence._gpus() == 0


def test_a_gpu_is_asked_of_pytorch_alone() -> None:
    with pytest.raises(SpecError, match="device"):
        Computing("torch", "tpu")
