"""A process that is killed while it trains, restarted by torchrun."""

from __future__ import annotations

import csv
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from nnstudio import cli
from nnstudio.project import project_file
from nnstudio.training.project import Project
from tests.distributed.torchrun import needs_torch, torchrun

pytestmark = [pytest.mark.peers, needs_torch]

# In the middle of the first of two epochs of 12 steps.
KILLED_AT = 5


@dataclass(frozen=True)
class Ended:
    """How a run ended in which one of two processes was killed, and the same run by one process."""

    run: subprocess.CompletedProcess[str]
    folder: Path
    made: Project
    alone: Project


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    folder = tmp_path_factory.mktemp("killed")
    project, alone = folder / "m.nnstudio", folder / "alone.nnstudio"
    assert cli.main(["new", "moons", "-o", str(project)]) == 0
    made = project_file.load(project)
    settings = made.document.training.with_changes(batch_size=20)
    project_file.save(Project(made.document.with_changes(training=settings)), project)
    assert cli.main(["train", str(project), "--epochs", "2", "-o", str(alone)]) == 0
    asked = ("--epochs", 2, "--checkpoint", 0, "--log-dir", "logs")
    run = torchrun(folder, "tests.distributed.killed_worker", KILLED_AT, project, *asked, restarts=2)
    assert run.returncode == 0, run.stderr
    return Ended(run, folder, project_file.load(project), project_file.load(alone))


def test_the_run_goes_on_from_the_last_checkpoint_to_its_end(ended: Ended) -> None:
    assert f"goes on from step {KILLED_AT}," in ended.run.stderr
    assert "done after epoch 2: loss" in ended.run.stdout
    assert ended.made.checkpoint.step == ended.alone.checkpoint.step == 24


def test_the_result_is_that_of_one_process_that_was_never_killed(ended: Ended) -> None:
    made, alone = ended.made.checkpoint, ended.alone.checkpoint
    for name, values in alone.weights.items():
        np.testing.assert_allclose(made.weights[name], values, atol=1e-5, err_msg=name)
    for name, curve in alone.curves.items():
        assert made.curves[name].x.tolist() == curve.x.tolist()
        np.testing.assert_allclose(made.curves[name].y, curve.y, atol=1e-5, err_msg=name)
    assert [moment.step for moment in made.moments.moments] == [moment.step for moment in alone.moments.moments]
    assert (made.run, made.preparation) == (alone.run, alone.preparation)


def test_the_project_keeps_its_own_settings(ended: Ended) -> None:
    assert ended.made.document == ended.alone.document


def test_the_process_left_alone_says_so_in_one_line(ended: Ended) -> None:
    lines = [line for line in ended.run.stderr.splitlines() if "process 0 of 2 ends" in line]
    assert len(lines) == 1
    assert "Traceback" not in ended.run.stderr


def test_no_checkpoints_are_left_and_the_curves_have_each_epoch_once(ended: Ended) -> None:
    assert not [path for path in ended.folder.iterdir() if "checkpoints" in path.name]
    with (ended.folder / "logs" / "m-run-1" / "epochs.csv").open(newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2"]
