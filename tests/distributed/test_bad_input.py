"""Bad input of `python -m nnstudio.distributed`: a sentence each, and an exit code."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import backends, datasets, layers, losses, optimizers
from nnstudio import cli
from nnstudio.distributed.__main__ import main
from nnstudio.document import edits
from nnstudio.project import project_file
from nnstudio.training.project import Project
from tests.distributed.torchrun import needs_torch
from tests.nnstudio.builders import document_of

pytestmark = [pytest.mark.peers, needs_torch]

_SET = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "LOCAL_RANK", "LOCAL_WORLD_SIZE")


@pytest.fixture(autouse=True)
def _own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a group is left to other tests."""
    monkeypatch.setitem(backends.BACKENDS, "torch", backends.BACKENDS["torch"])
    for name in _SET:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def moons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "moons", "-o", "m.nnstudio"]) == 0
    capsys.readouterr()
    return "m.nnstudio"


def failed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that is printed, but for how to start several processes."""
    assert main(arguments) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "trains as one process" not in line]
    assert len(lines) == 1, lines
    return lines[0].removeprefix("nnstudio.distributed: ")


def test_without_torchrun_one_process_trains_and_says_how_several_do(
    moons: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([moons, "--epochs", "1"]) == 0
    told = capsys.readouterr()
    assert "trains as one process; several do by: torchrun --standalone --nproc-per-node 2 -m" in told.err
    assert told.out.startswith("done after epoch 1: loss ")
    assert project_file.load(moons).checkpoint.epoch == 1


def test_it_goes_on_where_it_ended(moons: str, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main([moons, "--epochs", "1"]) == 0
    assert "done after epoch 2" in capsys.readouterr().out
    assert cli.main(["train", moons, "--epochs", "3", "-o", "plain.nnstudio"]) == 0
    assert project_file.load("plain.nnstudio").checkpoint.epoch == 5


def test_a_polite_kill_stops_and_saves(
    moons: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnstudio.distributed.trainer import DistributedTrainer

    filled = DistributedTrainer._filled

    def asked_to_end(self: DistributedTrainer, chosen: Any) -> Any:
        if self.steps == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return filled(self, chosen)

    monkeypatch.setattr(DistributedTrainer, "_filled", asked_to_end)
    assert main([moons, "--epochs", "2"]) == 0
    assert capsys.readouterr().out.startswith("stopped after epoch 0")
    assert 4 <= project_file.load(moons).checkpoint.step <= 5
    assert not Path("m.nnstudio.checkpoints").exists()


def test_a_checkpoint_of_another_project_is_left_alone(moons: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path("m.nnstudio.checkpoints/step-000000000007")
    folder.mkdir(parents=True)
    (folder / "about.json").write_text('{"source": "another", "epochs": null, "until": 3}')
    assert main([moons, "--epochs", "1"]) == 0
    assert "goes on" not in capsys.readouterr().err


def test_a_damaged_checkpoint_is_told(moons: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path("m.nnstudio.checkpoints/step-000000000007")
    folder.mkdir(parents=True)
    digest = hashlib.sha256(Path(moons).read_bytes()).hexdigest()
    (folder / "about.json").write_text(json.dumps({"source": digest, "epochs": None, "until": 3}))
    (folder / "shard-00001-model-00001-of-00001.safetensors").write_bytes(b"damaged")
    told = failed(capsys, moons)
    assert told.startswith("m.nnstudio.checkpoints/step-000000000007 cannot be read")
    assert told.endswith("delete m.nnstudio.checkpoints to begin from the project's own state")


def test_without_pytorch_it_says_what_to_install(
    moons: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("nnstudio.distributed.")]:
        if not name.endswith(("__main__", "arguments")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert failed(capsys, moons) == "PyTorch is not installed, which trains here: pip install 'nnstudio[torch]'"


def test_a_file_that_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert failed(capsys, "none.nnstudio") == "none.nnstudio does not exist; check the name"


def has_gpu() -> bool:
    from torch import cuda

    return bool(cuda.is_available())


def test_on_a_gpu_the_result_is_that_of_the_processor(moons: str, capsys: pytest.CaptureFixture[str]) -> None:
    if not has_gpu():
        pytest.skip("no NVIDIA GPU is here, or this PyTorch does without")
    for device in ("cpu", "cuda"):
        assert main([moons, "--epochs", "2", "--device", device, "-o", f"{device}.nnstudio"]) == 0
    ours, expected = (project_file.load(f"{device}.nnstudio").checkpoint.weights for device in ("cuda", "cpu"))
    for name, values in expected.items():
        np.testing.assert_allclose(ours[name], values, atol=1e-4, err_msg=name)


def test_a_device_that_is_missing(moons: str, capsys: pytest.CaptureFixture[str]) -> None:
    if has_gpu():
        pytest.skip("there is a GPU")
    assert "PyTorch cannot compute on cuda" in failed(capsys, moons, "--device", "cuda")


def test_a_target_that_cannot_be_written(moons: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot be saved" in failed(capsys, moons, "-o", "nowhere/m.nnstudio")


def test_another_project_or_other_data_where_another_process_runs(
    moons: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnstudio.distributed.group import Group

    table = tmp_path / "t.csv"
    table.write_text("a,b,target\n" + "0.5,1.5,yes\n1.5,0.5,no\n" * 20)
    assert cli.main(["new", "moons", "-o", "t.nnstudio", "--data", str(table), "--target", "target"]) == 0
    capsys.readouterr()
    plain = Group.gather
    for project, known, named in ((moons, str, moons), ("t.nnstudio", list, str(table))):

        def beside(self: Group, value: Any, known: type = known) -> list[Any]:
            return [*plain(self, value), *([known()] if isinstance(value, known) else [])]

        with monkeypatch.context() as other:
            other.setattr(Group, "gather", beside)
            told = failed(capsys, project, "--epochs", "1")
        assert told == f"{named} differs where process 1 runs; copy it to all machines"


def test_a_port_at_which_nobody_answers(
    moons: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, value in (("RANK", "1"), ("WORLD_SIZE", "2"), ("MASTER_ADDR", "127.0.0.1"), ("MASTER_PORT", str(port))):
        monkeypatch.setenv(name, value)
    told = failed(capsys, moons, "--timeout", "1")
    assert told.startswith(f"process 1 of 2 found no others at 127.0.0.1:{port} within 1 s")


def test_a_setting_of_torchrun_that_is_missing(
    moons: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "0")
    assert failed(capsys, moons).startswith("RANK is set, but not WORLD_SIZE, MASTER_ADDR, MASTER_PORT; torchrun sets")


def test_a_loss_that_explodes_is_told(moons: str, capsys: pytest.CaptureFixture[str]) -> None:
    document = document_of(layers.Dense(8), layers.Dense(1), dataset=datasets.SineCurve())
    fast = edits.set_training(document, loss=losses.get("mse"), optimizer=optimizers.SGD(100.0))
    project_file.save(Project(fast), moons)
    assert main([moons, "--epochs", "5"]) == 1
    assert "Use a smaller learning rate" in capsys.readouterr().err.splitlines()[-1]


def test_wrong_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["m.nnstudio", "--epochs", "none"]) == 2
    assert "expected a whole number of 1 or more" in capsys.readouterr().err
