"""Initial weights of a run: kept through edits, undo, reset, and reopened projects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import datasets, layers, losses
from engine.layers.base import Layer
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.project import project_file
from nnstudio.training import weight_transfer
from nnstudio.training.build import build, read_data
from nnstudio.training.commands import Quit, Reset, Restore, SetDocument, Steps
from nnstudio.training.project import Project
from nnstudio.training.requests.weights import WeightPicture, Weights
from nnstudio.training.run import TrainingRun
from nnstudio.training.weight_transfer import hand_over
from tests.nnstudio.builders import document_of
from tests.nnstudio.worker_support import Line, run_of

STEPS = 20


def document(*stack: Layer) -> Document:
    made = document_of(*(stack or (layers.Dense(3), layers.Tanh(), layers.Dense(1), layers.Tanh())))
    made = edits.set_data(made, dataset=datasets.XOR(), validation=0.0)
    return edits.set_training(made, loss=losses.MeanSquaredError(), batch_size=1, epochs=10_000)


def trained(made: Document, steps: int = STEPS) -> TrainingRun:
    run = run_of(made)
    for _ in range(steps):
        run.step_once()
    return run


def values(run: TrainingRun) -> dict[str, np.ndarray]:
    return {name: initial.values for name, initial in run.initial.items()}


def same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        np.testing.assert_array_equal(found[name], array)


def fresh(made: Document) -> dict[str, np.ndarray]:
    """What the parameters of a document begin with, by a network of its own."""
    return {name: array.copy() for name, array in build(made).parameters.items()}


def picture(run: TrainingRun, block: str) -> WeightPicture:
    request = Weights(block, since_start=True)
    answer = request.answer(run.network, run.split)
    assert answer is not None
    return request.compare(answer, run.initial)


def test_training_leaves_them_as_they_were_and_the_change_leads_to_the_weights() -> None:
    made = document()
    run = trained(made)
    same(values(run), fresh(made))
    shown = picture(run, "dense_1")
    assert shown.drift is not None
    assert shown.initial is not None
    for name, array in fresh(made).items():
        block, _, short = name.partition(".")
        if block == "dense_1":
            np.testing.assert_array_equal(shown.drift[short], run.network.parameters[name] - array)
            assert shown.drift[short].any()
            assert (shown.initial[short].step, shown.initial[short].restored) == (0, False)


def test_nobody_can_change_them() -> None:
    initial = run_of(document()).initial["dense_1.weight"]
    with pytest.raises(ValueError, match="read-only"):
        initial.values[:] = 0


def test_without_the_question_no_change_is_computed() -> None:
    run = trained(document())
    request = Weights("dense_1")
    answer = request.answer(run.network, run.split)
    assert answer is not None
    assert request.compare(answer, run.initial).drift is None


def test_an_edit_keeps_those_of_kept_weights_and_begins_anew_with_new_ones() -> None:
    made = document()
    run = trained(made)
    first = values(run)
    run.update(edits.set_field(made, "dense_1", "units", 5))
    # Of the block behind it only the bias still fits.
    np.testing.assert_array_equal(run.initial["dense_2.bias"].values, first["dense_2.bias"])
    assert run.initial["dense_2.bias"].step == 0
    for name in ("dense_1.weight", "dense_1.bias", "dense_2.weight"):
        initial = run.initial[name]
        assert (initial.step, initial.restored) == (STEPS, False)
        np.testing.assert_array_equal(initial.values, run.network.parameters[name])


def test_undo_brings_them_back_with_the_weights() -> None:
    line = Line()
    made = document()
    line.worker.post(SetDocument(made))
    line.worker.post(Steps(STEPS))
    line.worker.post(SetDocument(edits.set_field(made, "dense_1", "units", 5)))
    line.until(lambda snapshot: bool(snapshot.renewed))
    line.worker.post(SetDocument(made))
    line.until(lambda snapshot: not snapshot.renewed)
    assert line.worker._current.run is not None
    same(values(line.worker._current.run), fresh(made))
    assert {initial.step for initial in line.worker._current.run.initial.values()} == {0}
    line.worker.post(Quit())
    line.worker.join(10)


def test_a_renamed_block_takes_them_along() -> None:
    made = document()
    run = trained(made)
    first = values(run)
    run.update(edits.rename(made, "dense_1", "hidden"))
    np.testing.assert_array_equal(run.initial["hidden.weight"].values, first["dense_1.weight"])
    assert "dense_1.weight" not in run.initial


def test_a_disabled_block_has_them_again_when_it_is_enabled() -> None:
    made = document(layers.Dense(2), layers.Tanh(), layers.Dense(1))
    run = trained(made)
    first = values(run)
    off = edits.set_disabled(made, True, "dense_1")
    run.update(off)
    for _ in range(5):
        run.step_once()
    run.update(edits.rename(off, "dense_1", "hidden"))
    run.update(edits.set_disabled(run.document, False, "hidden"))
    np.testing.assert_array_equal(run.initial["hidden.weight"].values, first["dense_1.weight"])
    assert run.initial["hidden.weight"].step == 0


def test_a_reset_begins_anew_and_its_undo_has_the_old_ones() -> None:
    line = Line()
    made = document()
    line.worker.post(SetDocument(made))
    line.worker.post(Steps(STEPS))
    line.worker.post(Reset(1))
    start = line.until(lambda snapshot: snapshot.step == 0, Weights("dense_1", since_start=True))
    drift = start.answers[Weights("dense_1", since_start=True)].drift
    assert not drift["weight"].any()
    line.worker.post(Restore(1))
    ask = Weights("dense_1", since_start=True)
    back = line.until(lambda snapshot: snapshot.step == STEPS, ask).answers[ask]
    np.testing.assert_array_equal(back.drift["weight"], back.parameters["weight"] - fresh(made)["dense_1.weight"])
    assert back.drift["weight"].any()
    line.worker.post(Quit())
    line.worker.join(10)


def test_a_reopened_project_knows_only_what_it_was_opened_with(tmp_path: Path) -> None:
    made = document()
    run = trained(made)
    place = tmp_path / "a.nnstudio"
    project_file.save(Project(made, run.checkpoint()), place)
    opened = project_file.load(place)
    again = TrainingRun(opened.document, read_data(opened.document.data), checkpoint=opened.checkpoint)
    same(values(again), {name: array.copy() for name, array in run.network.parameters.items()})
    assert {(initial.step, initial.restored) for initial in again.initial.values()} == {(STEPS, True)}


def test_a_run_that_begins_with_trained_weights_begins_with_them() -> None:
    made = document()
    run = trained(made)
    larger = run_of(made, hand_over(run.checkpoint()))
    same(values(larger), {name: array.copy() for name, array in run.network.parameters.items()})
    assert {initial.step for initial in larger.initial.values()} == {0}


def test_of_too_many_weights_none_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weight_transfer, "MOST_INITIAL", 5)
    run = trained(document())
    assert run.initial == {}
    assert picture(run, "dense_1").drift is None
