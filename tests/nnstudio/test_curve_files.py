"""Curves of training as CSV files, headless and in the window."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from engine import schedules
from nnstudio import cli
from nnstudio.curve_files.csv_file import CsvFile
from nnstudio.curve_files.curve_folder import EPOCHS, STEPS, CurveFolder
from nnstudio.document import edits
from nnstudio.project import project_file
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.curve_listener import CurvePoint
from nnstudio.training.messages import RunState
from nnstudio.training.project import Project


@pytest.fixture(autouse=True)
def _no_tensorboard(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is where the extra is not installed."""
    # Tests before this one may have loaded its modules.
    for name in [name for name in sys.modules if name.startswith("tensorboardX.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboardX", None)


@pytest.fixture
def moons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "moons", "-o", "m.nnstudio"]) == 0
    capsys.readouterr()
    return "m.nnstudio"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def column(path: Path, name: str) -> list[float]:
    return [float(row[name]) for row in rows(path)]


def test_each_epoch_is_a_row_with_what_the_curves_show(moons: str) -> None:
    project = project_file.load(moons)
    halved = edits.set_training(project.document, schedule=schedules.Exponential(gamma=0.5), epochs=4)
    project_file.save(Project(halved), moons)
    assert cli.main(["train", moons, "--log-dir", "logs"]) == 0
    made, path = project_file.load(moons), Path("logs/m-run-1") / EPOCHS
    for name in ("loss", "val_loss", "accuracy", "val_accuracy"):
        assert column(path, name) == pytest.approx(made.checkpoint.curves[name].y.tolist(), rel=1e-8)
    assert column(path, "epoch") == [1, 2, 3, 4]
    first = halved.training.optimizer.learning_rate
    assert column(path, "learning_rate") == pytest.approx([first, first / 2, first / 4, first / 8])
    assert column(path, "step")[-1] == made.checkpoint.step


def test_long_epochs_have_the_points_of_the_loss_curve(moons: str) -> None:
    project = project_file.load(moons)
    project_file.save(Project(edits.set_training(project.document, batch_size=2, epochs=2)), moons)
    assert cli.main(["train", moons, "--log-dir", "logs"]) == 0
    curve = project_file.load(moons).checkpoint.curves["loss"]
    path = Path("logs/m-run-1") / STEPS
    assert len(curve.x) > 30
    assert column(path, "epoch") == pytest.approx(curve.x.tolist())
    assert column(path, "loss") == pytest.approx(curve.y.tolist(), rel=1e-8)


def test_a_run_that_goes_on_goes_on_in_its_files(moons: str) -> None:
    assert cli.main(["train", moons, "--epochs", "2", "--log-dir", "logs"]) == 0
    assert cli.main(["train", moons, "--epochs", "1", "--log-dir", "logs"]) == 0
    assert column(Path("logs/m-run-1") / EPOCHS, "epoch") == [1, 2, 3]
    assert [path.name for path in Path("logs").iterdir()] == ["m-run-1"]


def test_a_run_of_the_same_name_that_begins_anew_writes_elsewhere(moons: str) -> None:
    for target in ("a", "b"):
        Path(target).mkdir()
        assert cli.main(["train", moons, "--epochs", "2", "-o", f"{target}/m.nnstudio", "--log-dir", "logs"]) == 0
    assert sorted(path.name for path in Path("logs").iterdir()) == ["m-run-1", "m-run-1-2"]
    assert rows(Path("logs/m-run-1") / EPOCHS) == rows(Path("logs/m-run-1-2") / EPOCHS)


def test_each_seed_has_curves_of_its_own(moons: str) -> None:
    assert cli.main(["train", moons, "--epochs", "2", "--seeds", "2", "--log-dir", "logs"]) == 0
    losses = [column(Path("logs") / f"m-run-{number}" / EPOCHS, "loss") for number in (1, 2)]
    assert len(losses[0]) == len(losses[1]) == 2
    assert losses[0] != losses[1]


def test_without_the_package_the_csv_is_written_and_it_is_told(moons: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", moons, "--epochs", "1", "--log-dir", "logs"]) == 0
    told = capsys.readouterr().err
    assert told.count("pip install 'nnstudio[tensorboard]'") == 1
    assert sorted(path.name for path in Path("logs/m-run-1").iterdir()) == [EPOCHS, STEPS]


def test_a_folder_that_cannot_be_made_is_told_before_training(moons: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("logs").write_text("a file")
    assert cli.main(["train", moons, "--epochs", "1", "--log-dir", "logs/here"]) == 1
    assert "logs/here: no folder for curves can be made there" in capsys.readouterr().err
    assert not project_file.load(moons).trained


def test_a_step_back_drops_what_was_written_of_later_steps(tmp_path: Path) -> None:
    folder = CurveFolder(tmp_path, "p", lambda sentence: None)
    for step in (10, 20, 30, 20):
        folder.add("run-1", CurvePoint(step, step / 10, 0.1, 1 / step, {"loss": float(step)}))
    folder.close()
    assert column(tmp_path / "p-run-1" / EPOCHS, "step") == [10, 20]
    assert column(tmp_path / "p-run-1" / STEPS, "loss") == pytest.approx([0.1, 0.05])


def test_a_folder_that_is_gone_ends_the_writing_and_not_the_training(tmp_path: Path) -> None:
    told: list[str] = []
    folder = CurveFolder(tmp_path / "logs", "p", told.append)
    (tmp_path / "logs").rmdir()
    for step in (1, 2):
        folder.add("run-1", CurvePoint(step, step, 0.1, 1.0))
    assert [sentence for sentence in told if "cannot be written" in sentence] == [told[-1]]
    assert "training goes on" in told[-1]


def test_new_metrics_are_new_columns_and_a_row_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "epochs.csv"
    file = CsvFile(path, 1)
    file.add(1, {"loss": 0.5})
    file.add(2, {"loss": 0.25, "accuracy": 1.0})
    file.close()
    path.write_text(path.read_text() + "3,0.1")
    again = CsvFile(path, 4)
    again.add(4, {"loss": 0.1, "top_5": 1.0})
    again.close()
    assert path.read_text() == "step,loss,accuracy,top_5\n1,0.5,,\n2,0.25,1,\n4,0.1,,1\n"


def test_the_window_writes_them_from_then_on(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.files.open_template("moons")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "logs"))
    window.actions_["writeCurves"].trigger()
    document = window.store.document
    window.store.edit("Epochs", edits.set_training(document, epochs=3))
    window.session.play()
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.FINISHED, timeout=20_000)
    path = tmp_path / "logs" / "untitled-run-1" / EPOCHS
    assert column(path, "epoch") == [1, 2, 3]
    curves = window.session.snapshot.curves
    assert column(path, "val_loss") == pytest.approx(curves["val_loss"].y.tolist(), rel=1e-8)
    window.actions_["stopWritingCurves"].trigger()
    window.store.edit("Epochs", edits.set_training(document, epochs=4))
    window.session.play()
    qtbot.waitUntil(
        lambda: window.session.snapshot.epoch == 4 and window.session.snapshot.state is RunState.FINISHED,
        timeout=20_000,
    )
    assert column(path, "epoch") == [1, 2, 3]
