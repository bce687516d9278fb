"""Events of TensorBoard, read back with TensorBoard's own reader."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from nnstudio import cli
from nnstudio.curve_files.curve_folder import CurveFolder
from nnstudio.training.curve_listener import CurvePoint

pytestmark = [
    pytest.mark.peers,
    # Of the reader and its protocol buffers, not of what is written.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    read = accumulator.EventAccumulator(str(folder))
    read.Reload()
    return {tag: [(each.step, each.value) for each in read.Scalars(tag)] for tag in read.Tags()["scalars"]}


def test_tensorboard_reads_the_curves_of_a_run_that_went_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tensorboardX")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "moons", "-o", "m.nnstudio"]) == 0
    for _ in range(2):
        assert cli.main(["train", "m.nnstudio", "--epochs", "2", "--log-dir", "logs"]) == 0
    assert "tensorboardX" not in capsys.readouterr().err
    found = scalars(Path("logs/m-run-1"))
    assert set(found) == {
        "loss/train",
        "loss/validation",
        "accuracy/train",
        "accuracy/validation",
        "learning_rate",
        "steps/loss",
    }
    with Path("logs/m-run-1/epochs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    for tag, name in (("loss/train", "loss"), ("accuracy/validation", "val_accuracy"), ("learning_rate", None)):
        assert [step for step, _ in found[tag]] == [int(row["step"]) for row in rows]
        expected = [float(row[name or "learning_rate"]) for row in rows]
        assert [value for _, value in found[tag]] == pytest.approx(expected, rel=1e-6)


def test_steps_that_are_trained_again_replace_those_before(tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX")
    for last, loss in ((5, 1.0), (4, 2.0)):
        # As after a kill: another process goes on from step 3.
        folder = CurveFolder(tmp_path, "p", pytest.fail)
        for step in range(1 if loss == 1.0 else 3, last + 1):
            folder.add("run-1", CurvePoint(step, step / 2, 0.1, loss))
        folder.close()
    assert scalars(tmp_path / "p-run-1")["steps/loss"] == [(1, 1.0), (2, 1.0), (3, 2.0), (4, 2.0)]
