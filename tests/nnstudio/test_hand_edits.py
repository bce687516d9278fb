"""Numbers of the network set by hand: exactly that number changes, and taking it back leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from engine import datasets, layers, losses, optimizers
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.document.probe import FIRST
from nnstudio.project.project_file import from_bytes, to_bytes
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.commands import Play, Quit, Reset, Restore, SetDocument, SetParameter, Steps, TakeBack
from nnstudio.training.messages import RunState
from nnstudio.training.parameter_edit import ParameterEdit
from nnstudio.training.project import Project
from nnstudio.training.requests.grid import Grid
from nnstudio.training.requests.probe_trace import ProbeTrace
from nnstudio.training.run import TrainingRun
from tests.nnstudio.builders import document_of
from tests.nnstudio.worker_support import Line, run_of

WEIGHT = ParameterEdit("dense_1.weight", (1, 2), 0.7)
BIAS = ParameterEdit("dense_2.bias", (0,), -3.0)


def xor(**training: object) -> Document:
    made = document_of(layers.Dense(3), layers.Tanh(), layers.Dense(1), layers.Tanh())
    made = edits.set_data(made, dataset=datasets.XOR(), validation=0.0)
    settings = {"loss": losses.MeanSquaredError(), "optimizer": optimizers.Adam(0.05), "epochs": 50} | training
    return edits.set_training(made, **settings)


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    made.worker.post(SetDocument(xor()))
    yield made
    made.worker.post(Quit())
    made.worker.join(timeout=10)


def same(one: Checkpoint, other: Checkpoint) -> bool:
    """True if two checkpoints agree bit for bit, in weights, optimiser and curves."""
    if one.weights.keys() != other.weights.keys() or (one.state is None) != (other.state is None):
        return False
    pairs = [(one.weights[name], other.weights[name]) for name in one.weights]
    if one.state is not None and other.state is not None:
        if one.state.info != other.state.info:
            return False
        pairs += [(one.state.arrays[name], other.state.arrays[name]) for name in one.state.arrays]
    curves = one.curves.keys() == other.curves.keys() and all(
        np.array_equal(one.curves[name].y, other.curves[name].y) for name in one.curves
    )
    rest = (one.epoch, one.step, one.marks, one.measured) == (other.epoch, other.step, other.marks, other.measured)
    return curves and rest and all(a.tobytes() == b.tobytes() for a, b in pairs)


def trained(steps: int = 7) -> TrainingRun:
    run = run_of(xor())
    for _ in range(steps):
        run.step_once()
    return run


def test_one_number_changes_and_the_network_computes_with_it() -> None:
    run = trained()
    before = {name: array.copy() for name, array in run.network.parameters.items()}
    assert run.set_parameter(WEIGHT) is not None
    for name, array in run.network.parameters.items():
        differs = np.argwhere(array != before[name]).tolist()
        assert differs == ([[1, 2]] if name == "dense_1.weight" else [])
    assert run.network.parameters["dense_1.weight"][1, 2] == np.float32(0.7)
    before["dense_1.weight"][1, 2] = 0.7
    x = run.split.train.x
    hidden = np.tanh(x @ before["dense_1.weight"] + before["dense_1.bias"])
    expected = np.tanh(hidden @ before["dense_2.weight"] + before["dense_2.bias"])
    np.testing.assert_allclose(run.network.predict(x), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "index"),
    [("dense_9.weight", (0, 0)), ("dense_1.weight", (0,)), ("dense_1.weight", (2, 0)), ("dense_1.bias", (-1,))],
)
def test_a_number_that_is_not_there_changes_nothing(name: str, index: tuple[int, ...]) -> None:
    run = trained()
    before = run.checkpoint()
    assert run.set_parameter(ParameterEdit(name, index, 1.0)) is None
    assert run.edits == 0
    assert same(run.checkpoint(), before)


def test_taking_back_leaves_no_trace() -> None:
    run = trained()
    run.step_once()
    before, scores = run.checkpoint(), run.scores
    assert scores
    first = run.set_parameter(WEIGHT)
    second = run.set_parameter(BIAS)
    assert first is not None
    assert second is not None
    assert run.scores == {}
    run.take_back(second)
    run.take_back(first)
    assert run.scores == scores
    assert same(run.checkpoint(), before)
    other = trained(8)
    for each in (run, other):
        each.step_once()
    assert same(run.checkpoint(), other.checkpoint())


def test_the_loss_of_the_network_before_is_no_longer_told() -> None:
    run = trained()
    assert run.loss is not None
    run.set_parameter(WEIGHT)
    assert run.loss is None
    run.step_once()
    assert run.loss is not None
    assert run.loss != pytest.approx(trained(8).loss)


def test_training_goes_on_from_the_number_that_was_set() -> None:
    run, other = trained(), trained()
    run.set_parameter(WEIGHT)
    other.network.parameters["dense_1.weight"][1, 2] = 0.7
    for each in (run, other):
        each.step_once()
    np.testing.assert_array_equal(run.network.state_vector, other.network.state_vector)


def test_a_mark_tells_of_it_unless_it_was_taken_back_before_the_next_step() -> None:
    run = trained()
    first = run.set_parameter(WEIGHT)
    assert [mark.text for mark in run.marks.shown] == ["dense_1.weight set by hand"]
    assert first is not None
    run.take_back(first)
    assert run.marks.shown == ()
    run.set_parameter(WEIGHT)
    run.set_parameter(ParameterEdit("dense_1.weight", (0, 0), 1.0))
    run.set_parameter(BIAS)
    run.step_once()
    run.step_once()
    (mark,) = run.marks.shown
    assert (mark.x, mark.text) == (7.0, "dense_1.weight set by hand, dense_2.bias set by hand")


def test_weights_set_before_training_are_part_of_the_project() -> None:
    run = run_of(xor())
    assert not run.checkpoint().weights
    before = run.set_parameter(WEIGHT)
    project = from_bytes(to_bytes(Project(xor(), run.checkpoint())), "xor")
    again = run_of(project.document, project.checkpoint)
    np.testing.assert_array_equal(again.network.state_vector, run.network.state_vector)
    assert again.note == ""
    for each in (run, again):
        each.step_once()
    np.testing.assert_array_equal(again.network.state_vector, run.network.state_vector)
    fresh = run_of(xor())
    first = fresh.set_parameter(WEIGHT)
    assert before is not None
    assert first is not None
    fresh.take_back(first)
    assert not fresh.checkpoint().weights


def test_a_saved_edit_is_there_again() -> None:
    run = trained()
    run.set_parameter(WEIGHT)
    project = from_bytes(to_bytes(Project(xor(), run.checkpoint())), "xor")
    again = run_of(project.document, project.checkpoint)
    assert again.loss is None
    for each in (run, again):
        each.step_once()
    assert same(run.checkpoint(), again.checkpoint())


# The worker


def test_every_answer_follows_an_edit_and_its_undo(line: Line) -> None:
    line.worker.post(Steps(3))
    grid, trace = Grid((-1, -1, 1, 1), 4), ProbeTrace(FIRST, xor().training.loss)
    first = line.until(lambda snapshot: snapshot.step == 3, grid, trace)
    before = line.checkpoint()
    line.worker.post(SetParameter(WEIGHT, 1))
    second = line.next(grid, trace)
    assert second.answers[trace].parameters["dense_1.weight"][1, 2] == np.float32(0.7)
    assert not np.array_equal(second.answers[grid].values, first.answers[grid].values)
    assert (second.state, second.loss, second.generation) == (RunState.PAUSED, None, first.generation)
    line.worker.post(TakeBack(1))
    third = line.next(grid, trace)
    np.testing.assert_array_equal(third.answers[grid].values, first.answers[grid].values)
    assert third.loss == first.loss
    assert same(line.checkpoint(), before)


def test_a_drag_is_taken_back_as_a_whole(line: Line) -> None:
    line.worker.post(Steps(3))
    before = line.checkpoint()
    for value in (0.1, 0.2, 0.3):
        line.worker.post(SetParameter(ParameterEdit("dense_1.weight", (1, 2), value, 1), 1))
    assert line.checkpoint().weights["dense_1.weight"][1, 2] == np.float32(0.3)
    line.worker.post(TakeBack(1))
    assert same(line.checkpoint(), before)


@pytest.mark.parametrize("steps", [0, 3])
def test_undo_after_more_training_goes_back_to_where_it_was(line: Line, steps: int) -> None:
    line.worker.post(Steps(steps))
    before = line.checkpoint()
    line.worker.post(SetParameter(WEIGHT, 1))
    line.worker.post(Steps(4))
    later = line.checkpoint()
    assert later.step == steps + 4
    line.worker.post(TakeBack(1))
    assert same(line.checkpoint(), before)
    # And forth again.
    line.worker.post(SetParameter(WEIGHT, 1))
    line.worker.post(Steps(4))
    assert same(line.checkpoint(), later)


def test_undo_goes_back_through_a_reset(line: Line) -> None:
    line.worker.post(Steps(3))
    before = line.checkpoint()
    line.worker.post(SetParameter(WEIGHT, 1))
    line.worker.post(Reset(2))
    line.worker.post(Steps(2))
    line.worker.post(Restore(2))
    line.worker.post(TakeBack(1))
    assert same(line.checkpoint(), before)


def test_a_finished_run_stays_finished(line: Line) -> None:
    line.worker.post(Play())
    done = line.until(lambda snapshot: snapshot.state is RunState.FINISHED)
    line.worker.post(SetParameter(WEIGHT, 1))
    assert line.next().state is RunState.FINISHED
    assert line.checkpoint().step == done.step
