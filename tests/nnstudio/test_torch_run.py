"""Runs of the studio on PyTorch: the same curves, answers and moments, and a change of the back end in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import datasets, layers, losses, optimizers, threads
from engine.backends.computing import Computing
from nnstudio import cli, headless
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.document.probe import SampleRef
from nnstudio.project import project_file
from nnstudio.training.build import read_data
from nnstudio.training.moments import showing
from nnstudio.training.parameter_edit import ParameterEdit
from nnstudio.training.project import Project
from nnstudio.training.requests.confusion import Confusion
from nnstudio.training.requests.gradient_check import GradientCheck
from nnstudio.training.requests.grid import Grid
from nnstudio.training.requests.probe_trace import ProbeTrace
from nnstudio.training.requests.weights import Weights
from nnstudio.training.run import TrainingRun
from tests.nnstudio.builders import document_of

pytest.importorskip("torch", reason="PyTorch is not installed (extra 'torch')")
pytestmark = pytest.mark.peers


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = threads.count()
    threads.use(1)
    yield
    threads.use(before)


def document(engine: str = "torch", **training: Any) -> Document:
    made = document_of(layers.Dense(6, bias=False), layers.BatchNorm(), layers.Tanh(), layers.Dense(1))
    made = edits.set_data(made, dataset=datasets.Moons(samples=60), validation=0.25)
    settings: dict[str, Any] = {"loss": losses.MeanSquaredError(), "batch_size": 7, "epochs": 6}
    settings |= {"optimizer": optimizers.Adam(0.01), "computing": Computing(engine), **training}
    return edits.set_training(made, **settings)


def run_of(made: Document, checkpoint: Any = None) -> TrainingRun:
    return TrainingRun(
        made, read_data(made.data, None if checkpoint is None else checkpoint.preparation), None, checkpoint
    )


def train(run: TrainingRun, steps: int) -> TrainingRun:
    for _ in range(steps):
        run.step_once()
    return run


def test_curves_moments_and_weights_are_those_of_the_engine() -> None:
    one, other = (train(run_of(document(engine)), 20) for engine in ("numpy", "torch"))
    assert type(other.network) is not type(one.network)
    for name, curve in one.curves.curves().items():
        np.testing.assert_allclose(other.curves.curves()[name].y, curve.y, rtol=1e-3, atol=1e-4, err_msg=name)
    moments = one.moments.log.moments, other.moments.log.moments
    assert [moment.step for moment in moments[0]] == [moment.step for moment in moments[1]]
    for early, same in zip(*moments, strict=True):
        np.testing.assert_allclose(same.vector, early.vector, atol=1e-4)


def test_requests_are_answered_alike_now_and_in_the_past() -> None:
    runs = [train(run_of(document(engine)), 20) for engine in ("numpy", "torch")]
    past = [run.moments.log.moments[0].vector for run in runs]
    requests = [
        Confusion(0.5),
        Grid((-1, -1, 1, 1), 5),
        Weights("dense_1"),
        ProbeTrace(SampleRef("train", 0), losses.MeanSquaredError()),
    ]
    for run, vector in zip(runs, past, strict=True):
        before = run.network.state_vector.copy()
        with showing(run.network, vector):
            np.testing.assert_array_equal(run.network.state_vector, vector)
        np.testing.assert_array_equal(run.network.state_vector, before)
    for request in requests:
        one, other = (request.answer(run.network, run.split) for run in runs)
        alike(one, other)
    check = GradientCheck(SampleRef("train", 0), losses.MeanSquaredError()).answer(runs[1].network, runs[1].split)
    assert check.worst < 1e-4  # type: ignore[union-attr]


def alike(one: Any, other: Any) -> None:
    """Equal up to rounding, however they are nested."""
    assert type(one) is type(other)
    if isinstance(one, np.ndarray | float):
        np.testing.assert_allclose(other, one, atol=1e-3)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            alike(one[name], other[name])
    elif isinstance(one, list | tuple):
        for left, right in zip(one, other, strict=True):
            alike(left, right)
    elif hasattr(one, "__dict__"):
        alike(vars(one), vars(other))


def test_it_is_saved_and_gone_on_with_bit_for_bit() -> None:
    run = train(run_of(document()), 11)
    saved = project_file.to_bytes(Project(document(), run.checkpoint()).fitted())
    loaded = project_file.from_bytes(saved, "p")
    again = run_of(loaded.document, loaded.checkpoint)
    assert again.note == ""
    for one in (run, again):
        train(one, 9)
    np.testing.assert_array_equal(again.network.state_vector, run.network.state_vector)


def test_the_back_end_changes_between_two_steps() -> None:
    run, plain = (train(run_of(document("numpy")), 9) for _ in range(2))
    curves = len(run.curves.curves()["loss"].x)
    moments = len(run.moments.log.moments)
    for engine in ("torch", "numpy", "torch"):
        before = run.network
        run.update(document(engine))
        assert type(run.network) is not type(before)
        assert (run.note, run.step, run.untrained) == ("", plain.step, frozenset())
        train(run, 3)
        train(plain, 3)
    assert len(run.curves.curves()["loss"].x) > curves
    assert len(run.moments.log.moments) > moments
    np.testing.assert_allclose(run.network.state_vector, plain.network.state_vector, atol=1e-4)
    assert [mark.text for mark in run.marks.shown][:1] == ["Compute with: engine numpy → torch"]


def test_steps_and_numbers_by_hand() -> None:
    run = train(run_of(document()), 3)
    run.step_by_hand()
    assert run.last.report is not None
    before, after = run.last.before["dense_1.weight"], run.network.parameters["dense_1.weight"]
    assert not np.array_equal(before, after)
    kept = run.set_parameter(ParameterEdit("dense_1.weight", (0, 0), 3.0))
    assert kept is not None
    assert run.network.parameters["dense_1.weight"][0, 0] == 3
    run.take_back(kept)
    assert run.network.parameters["dense_1.weight"][0, 0] == after[0, 0]
    frozen = edits.set_frozen(document(), True, "dense_1")
    run.update(frozen)
    held = run.network.parameters["dense_1.weight"].copy()
    train(run, 2)
    np.testing.assert_array_equal(run.network.parameters["dense_1.weight"], held)


def test_the_command_line_trains_with_it_and_leaves_the_project_its_choice(tmp_path: Path) -> None:
    file = tmp_path / "a.nnstudio"
    project_file.save(Project(document("numpy")), file)
    assert cli.main(["train", str(file), "--epochs", "2", "--engine", "torch", "--mixed-precision"]) == 0
    made = project_file.load(file)
    assert made.document.training.computing == Computing()
    assert made.checkpoint.epoch == 2
    assert cli.main(["train", str(file), "--epochs", "1", "--seeds", "2", "--engine", "torch"]) == 0
    made = project_file.load(file)
    assert made.document.training.computing == Computing()
    assert [run.document.training.computing.engine for run in made.runs[-2:]] == ["torch", "torch"]
    assert headless.start(made).epoch == 2
