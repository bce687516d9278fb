"""Painted points while training goes on: what stays, what begins anew, and what is told."""

from __future__ import annotations

import numpy as np
import pytest

from engine import layers, optimizers
from engine.data import Circles, PaintedPoints, Points
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.commands import Pause, Play, Reset, SetDocument, SetSpeed, Steps
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.pace import Tempo
from tests.nnstudio.builders import document_of
from tests.nnstudio.worker_support import Line

LEFT, RIGHT = [[-0.8, 0.1 * k] for k in range(10)], [[0.8, 0.1 * k] for k in range(10)]


def document(points: Points, classes: int = 2, **training: object) -> Document:
    names = tuple(map(str, range(1, classes + 1)))
    end = [layers.Dense(1), layers.Sigmoid()] if classes == 2 else [layers.Dense(classes), layers.Softmax()]
    made = document_of(layers.Dense(8), layers.Tanh(), *end)
    made = edits.set_dataset(made, PaintedPoints(points=points, classes=names))
    settings = {"epochs": 1_000_000, "batch_size": 4, "optimizer": optimizers.Adam(learning_rate=0.05), **training}
    return edits.set_training(made, **settings)


def painted(old: Document, points: Points) -> Document:
    dataset = old.data.dataset
    assert isinstance(dataset, PaintedPoints)
    return edits.set_dataset(old, dataset.with_changes(points=points))


@pytest.fixture
def points() -> Points:
    return Points.of(LEFT + RIGHT, [0] * 10 + [1] * 10)


def count(snapshot: Snapshot) -> int:
    assert snapshot.data is not None
    held = snapshot.data.validation
    return len(snapshot.data.train) + (0 if held is None else len(held))


def assert_same_network(one: Checkpoint, other: Checkpoint) -> None:
    assert one.weights.keys() == other.weights.keys()
    for name, array in one.weights.items():
        np.testing.assert_array_equal(array, other.weights[name], err_msg=name)


def test_a_running_training_takes_them_without_a_pause(line: Line, points: Points) -> None:
    made = document(points)
    line.worker.post(SetDocument(made))
    line.worker.post(Play())
    before = line.until(lambda snapshot: snapshot.step > 500)
    for extra in range(1, 6):
        more = points.with_points([[0, 0.5]] * extra, [1] * extra)
        line.worker.post(SetDocument(painted(made, more)))
        after = line.until(lambda snapshot, extra=extra: count(snapshot) == 20 + extra)  # type: ignore[misc]
        assert after.state is RunState.RUNNING
        assert after.step >= before.step
        assert after.generation > before.generation
        before = after
    later = line.until(lambda snapshot: snapshot.step > before.step + 100)
    assert later.curves["loss"].x[0] < later.curves["loss"].x[-1]
    assert sum(mark.text == "Samples changed" for mark in later.marks) >= 1
    assert len(later.marks) < 5


def test_they_are_learnt(line: Line, points: Points) -> None:
    """A point of the other class amid one class: the loss rises when it is put there, and falls again."""
    made = document(points, optimizer=optimizers.Adam(learning_rate=0.02))
    line.worker.post(SetDocument(made))
    line.worker.post(Play())
    line.until(lambda snapshot: snapshot.loss is not None and snapshot.loss < 0.01)
    line.worker.post(SetDocument(painted(made, points.with_points([[-0.8, 0.45]] * 8, [1] * 8))))
    line.until(lambda snapshot: count(snapshot) == 28 and (snapshot.loss or 0) > 0.1)
    line.until(lambda snapshot: snapshot.loss is not None and snapshot.loss < 0.06)


def test_weights_and_optimiser_stay_bit_for_bit(line: Line, points: Points) -> None:
    made = document(points)
    line.worker.post(SetDocument(made))
    line.worker.post(Steps(7))
    line.until(lambda snapshot: snapshot.step == 7)
    before = line.checkpoint()
    line.worker.post(SetDocument(painted(made, points.with_points([[0, 0]], [1]))))
    shown = line.until(lambda snapshot: count(snapshot) == 21)
    after = line.checkpoint()
    assert (shown.state, shown.step, after.step, after.epoch) == (RunState.PAUSED, 7, 7, before.epoch)
    assert shown.loss is None  # the last one was measured on other points
    assert_same_network(before, after)
    assert before.state is not None
    assert after.state is not None
    moments = [name for name in before.state.arrays if name not in ("order", "best")]
    assert moments
    for name in moments:
        np.testing.assert_array_equal(before.state.arrays[name], after.state.arrays[name], err_msg=name)


def test_the_same_points_give_the_same_run_after_a_reset(line: Line, points: Points) -> None:
    """What was painted meanwhile leaves no trace in a run that begins with the document as it is."""
    made = document(points)
    line.worker.post(SetDocument(made))
    line.worker.post(Steps(20))
    fresh = line.checkpoint()
    line.worker.post(SetDocument(painted(made, points.with_points([[0, 0]], [1]))))
    line.worker.post(Steps(5))
    line.worker.post(SetDocument(made))
    line.worker.post(Reset(1))
    line.worker.post(Steps(20))
    assert_same_network(fresh, line.checkpoint())


def test_another_class_begins_anew_and_undo_brings_the_run_back(line: Line, points: Points) -> None:
    made = document(points, classes=3)
    line.worker.post(SetDocument(made))
    line.worker.post(Steps(7))
    before = line.checkpoint()
    more = document(points.with_points([[0, 0]], [3]), classes=4)
    line.worker.post(SetDocument(more))
    assert line.until(lambda snapshot: count(snapshot) == 21).step == 0
    line.worker.post(SetDocument(made))
    assert line.until(lambda snapshot: count(snapshot) == 20).step == 7
    assert_same_network(before, line.checkpoint())


def test_without_points_the_weights_wait(line: Line, points: Points) -> None:
    made = document(points)
    line.worker.post(SetDocument(made))
    line.worker.post(Steps(7))
    before = line.checkpoint()
    line.worker.post(SetDocument(painted(made, Points())))
    empty = line.until(lambda snapshot: snapshot.state is RunState.EMPTY)
    assert "no points yet" in empty.message
    line.worker.post(Play())
    line.worker.post(SetDocument(painted(made, Points.of([[1, 1]], [1]))))
    one = line.until(lambda snapshot: snapshot.state is not RunState.EMPTY)
    assert (one.step, count(one), one.message) == (7, 1, "")
    assert_same_network(before, line.checkpoint())
    # Back to the points of before, with nothing else in between.
    line.worker.post(SetDocument(painted(made, Points())))
    line.until(lambda snapshot: snapshot.state is RunState.EMPTY)
    line.worker.post(SetDocument(painted(made, Points.of([[1, 1]], [1]))))
    assert line.until(lambda snapshot: snapshot.state is not RunState.EMPTY).step == 7


def test_an_empty_sheet_can_be_trained_from_its_first_point_on(line: Line) -> None:
    made = document(Points())
    line.worker.post(SetDocument(made))
    line.until(lambda snapshot: snapshot.state is RunState.EMPTY)
    line.worker.post(SetDocument(painted(made, Points.of([[1, 1]], [1]))))
    line.until(lambda snapshot: snapshot.state is RunState.READY)
    line.worker.post(SetSpeed(Tempo()))
    line.worker.post(Play())
    assert line.until(lambda snapshot: snapshot.step > 20).state is RunState.RUNNING
    line.worker.post(Pause())


def test_an_opened_project_takes_points_before_its_next_step(line: Line, points: Points) -> None:
    made = document(points)
    line.worker.post(SetDocument(made))
    line.worker.post(Steps(7))
    saved = line.checkpoint()
    line.worker.post(SetDocument(made, checkpoint=saved))
    line.worker.post(SetDocument(painted(made, points.with_points([[0, 0]], [1]))))
    shown = line.until(lambda snapshot: count(snapshot) == 21)
    assert (shown.step, shown.note) == (7, "")
    line.worker.post(Steps(3))
    assert line.until(lambda snapshot: snapshot.step == 10).state is RunState.PAUSED


def test_points_and_settings_may_change_between_two_looks(line: Line, points: Points) -> None:
    """Documents that follow each other fast are passed over: then both have changed at once."""
    made = document(points)
    line.worker.post(SetDocument(made))
    line.worker.post(Steps(7))
    other = painted(made, points.with_points([[0, 0]], [1]))
    other = edits.set_training(other, optimizer=optimizers.SGD(0.1))
    other = edits.set_field(other, "dense_1", "units", 5)
    line.worker.post(SetDocument(other))
    shown = line.until(lambda snapshot: count(snapshot) == 21)
    assert shown.step == 7
    assert line.checkpoint().weights["dense_1.weight"].shape == (2, 5)
    line.worker.post(Steps(1))
    assert line.until(lambda snapshot: snapshot.step == 8).message == ""


def test_balanced_class_weights_follow_the_points(line: Line, points: Points) -> None:
    lopsided = points.with_points([[0.8, 0.5]] * 80, [1] * 80)
    whole = {"class_weight": "balanced", "batch_size": 1000, "optimizer": optimizers.SGD(0.5)}
    line.worker.post(SetDocument(painted(document(points, **whole), lopsided)))
    line.worker.post(Steps(1))
    fresh = line.checkpoint()
    line.worker.post(SetDocument(document(points, **whole), checkpoint=Checkpoint()))
    line.until(lambda snapshot: count(snapshot) == 20)
    line.worker.post(SetDocument(painted(document(points, **whole), lopsided)))
    line.worker.post(Steps(1))
    later = line.checkpoint()
    for name, array in fresh.weights.items():
        np.testing.assert_allclose(later.weights[name], array, rtol=1e-5, atol=1e-7, err_msg=name)


def test_a_copy_of_other_points_goes_on_with_what_was_learnt_of_them(line: Line, points: Points) -> None:
    old = edits.set_dataset(document(points), Circles(samples=40))
    line.worker.post(SetDocument(old))
    line.worker.post(Steps(7))
    before = line.checkpoint()
    copy = PaintedPoints.of(Circles(samples=40).load())
    line.worker.post(SetDocument(edits.begin_painting(old, copy)))
    shown = line.until(lambda snapshot: count(snapshot) == 40 and snapshot.step == 0)
    assert "starting from the weights trained so far" in shown.note
    assert_same_network(before, line.checkpoint())
    # Other points are another problem.
    line.worker.post(SetDocument(old))
    line.until(lambda snapshot: snapshot.step == 7)
    line.worker.post(SetDocument(edits.begin_painting(old, copy.with_changes(points=points))))
    assert line.until(lambda snapshot: count(snapshot) == 20).note == ""
    assert not line.checkpoint().weights


def test_a_class_that_is_named_is_the_same_class(line: Line, points: Points) -> None:
    """Nothing is learnt anew, and no sample changes: only what is written beside them."""
    made = document(points)
    line.worker.post(SetDocument(made))
    line.worker.post(Steps(25))
    before = line.until(lambda snapshot: snapshot.step == 25)
    named = edits.name_class(made, 1, "right")
    line.worker.post(SetDocument(named))
    after = line.until(lambda snapshot: snapshot.data is not None and snapshot.data.train.classes == ("1", "right"))
    assert (after.step, after.loss, after.epoch) == (25, before.loss, before.epoch)
    assert not after.marks
    made_of = line.checkpoint()
    assert made_of.preparation is not None
    assert made_of.preparation.classes == ("1", "right")
    # Points that come later, and an undo, find it so.
    line.worker.post(SetDocument(painted(named, points.with_points([[0, 0.5]], [1]))))
    later = line.until(lambda snapshot: count(snapshot) == 21)
    assert later.step == 25
    line.worker.post(SetDocument(made))
    line.until(lambda snapshot: snapshot.data is not None and snapshot.data.train.classes == ("1", "2"))
    line.worker.post(Steps(1))
    assert line.until(lambda snapshot: snapshot.step == 26).data is not None
