"""Moments of a run: kept while training, exact, within their bound; and training that goes on from them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import datasets, layers, losses, optimizers
from engine.training.checkpoint import TrainerState
from nnstudio.document import edits
from nnstudio.document.identity_keys import structure_key
from nnstudio.document.model import Document, TrainingSettings
from nnstudio.training.moments import LIMIT, Moment, MomentBook, MomentLog, showing
from nnstudio.training.run import TrainingRun
from tests.nnstudio.builders import document_of
from tests.nnstudio.worker_support import run_of

STACK = (layers.Dense(6), layers.BatchNorm(), layers.Tanh(), layers.Dropout(0.2), layers.Dense(1))


def document(**training: Any) -> Document:
    made = edits.set_data(document_of(*STACK), dataset=datasets.Moons(samples=80), validation=0.25)
    return edits.set_training(made, **{"loss": losses.MeanSquaredError(), "batch_size": 7, "epochs": 90, **training})


def recorded(run: TrainingRun, steps: int) -> dict[int, np.ndarray[Any, Any]]:
    """The state vector after each of so many steps."""
    found = {run.step: run.network.state_vector.copy()}
    for _ in range(steps):
        run.step_once()
        found[run.step] = run.network.state_vector.copy()
    return found


def moment(step: int, size: int = 10) -> Moment:
    return Moment(step, step // 4, step / 4, np.full(size, step, np.float32), TrainingSettings())


def test_moments_are_what_the_parameters_were() -> None:
    run = run_of(document())
    seen = recorded(run, 700)
    steps = run.moments.summary.steps
    assert steps[:129].tolist() == list(range(129))
    assert 129 + 100 < len(steps) < 400
    assert np.diff(steps).max() <= 7
    for step in steps:
        kept = run.moments.at(int(step))
        assert kept is not None
        np.testing.assert_array_equal(kept.vector, seen[int(step)])
        assert kept.epoch == int(step) // run.steps_per_epoch
        assert kept.place == pytest.approx(int(step) / run.steps_per_epoch, abs=0.5 / run.steps_per_epoch)


@pytest.mark.parametrize(
    "optimizer", [optimizers.Adam(learning_rate=0.01), optimizers.SGD(learning_rate=0.05, momentum=0.9)]
)
def test_training_goes_on_from_a_moment_with_a_state_bit_for_bit(optimizer: optimizers.Optimizer) -> None:
    made = document(optimizer=optimizer)
    run = run_of(made)
    seen = recorded(run, 300)
    summary = run.moments.summary
    for step in summary.steps[summary.exact][[0, 1, 5, -1]].tolist():
        branch = run_of(made, run.checkpoint_at(step))
        assert (branch.step, branch.note) == (step, "")
        again = recorded(branch, 40 if step else 20)
        for at, vector in again.items():
            if at in seen:
                np.testing.assert_array_equal(vector, seen[at])
        assert branch.moments.summary.steps[0] == 0


def test_without_a_state_the_weights_are_those_and_the_optimizer_is_fresh() -> None:
    made = document()
    run = run_of(made)
    seen = recorded(run, 60)
    step = int(run.moments.summary.steps[~run.moments.summary.exact][20])
    branch = run_of(made, run.checkpoint_at(step))
    np.testing.assert_array_equal(branch.network.state_vector, seen[step])
    assert branch.step == step
    assert branch.curves.curves()["loss"].x[-1] <= step / run.steps_per_epoch
    branch.step_once()


def test_curves_end_at_the_moment_and_go_on() -> None:
    made = document()
    run = run_of(made)
    recorded(run, 200)
    summary = run.moments.summary
    step = int(summary.steps[summary.exact][5])
    branch = run_of(made, run.checkpoint_at(step))
    curve, whole = branch.curves.curves()["val_loss"], run.curves.curves()["val_loss"]
    np.testing.assert_array_equal(curve.y, whole.y[: len(curve.y)])
    assert curve.x[-1] == step // run.steps_per_epoch
    assert "val_loss" in branch.scores


def test_the_network_of_now_is_untouched_by_a_look_back() -> None:
    run = run_of(document())
    seen = recorded(run, 30)
    kept = run.moments.at(3)
    assert kept is not None

    def look() -> None:
        with showing(run.network, kept.vector):
            np.testing.assert_array_equal(run.network.state_vector, seen[3])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        look()
    np.testing.assert_array_equal(run.network.state_vector, seen[30])


def test_another_network_begins_with_no_past_and_another_name_keeps_it() -> None:
    made = document()
    run = run_of(made)
    recorded(run, 20)
    name = made.blocks[0].name
    renamed = edits.rename(made, name, "first")
    run.update(renamed)
    assert run.moments.summary.steps.tolist() == list(range(21))
    run.update(edits.set_field(renamed, "first", "units", 7))
    assert run.moments.summary.steps.tolist() == [20]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.integers(1, 3000))
def test_moments_stay_within_their_bound(most: int, steps: int) -> None:
    book = MomentBook("net", 10, MomentLog(), most * 40)
    for step in range(steps + 1):
        if step >= book.due:
            book.add(moment(step))
            assert book.summary.nbytes <= most * 40
    kept = book.summary.steps.tolist()
    assert kept == sorted(set(kept))
    if most >= 20:
        assert kept[0] == 0
        assert len(kept) >= min(steps, most) / 4
        # Nowhere a hole that is large beside how long ago it is.
        assert all(after - before <= 1 + before for before, after in pairwise(kept) if before)


def test_a_log_is_thinned_to_a_size_and_taken_over_by_its_own_network_alone() -> None:
    log = MomentLog("net", tuple(moment(step) for step in range(200)))
    thin = log.within(2000)
    assert thin.nbytes <= 2000
    assert thin.moments[0].step == 0
    assert len(thin.moments) > 20
    assert log.within(1 << 20).moments == log.moments
    assert log.within(10).moments == ()
    assert len(MomentBook("net", 10, log).log.moments) == 200
    assert MomentBook("another", 10, log).log.moments == ()
    assert MomentBook("net", 11, log).log.moments == ()


def test_the_structure_ignores_names_but_not_layers_or_wires() -> None:
    made = document()
    assert structure_key(made) == structure_key(edits.rename(made, made.blocks[1].name, "other"))
    changed = document_of(*STACK[:2], layers.ReLU(), *STACK[3:])
    changed = made.with_changes(blocks=changed.blocks, wires=changed.wires)
    assert structure_key(made) != structure_key(changed)


def test_a_million_steps_take_few_moments() -> None:
    book = MomentBook("net", 10, MomentLog(), LIMIT)
    step = 0
    while step < 1_000_000:
        book.add(moment(step))
        step = book.due
    assert 1000 < len(book.log.moments) < 1500


def test_the_run_of_an_hour_stays_within_the_bound_of_memory() -> None:
    """A network of 20,000 parameters with Adam, at 300 steps a second and 45 steps an epoch."""
    limit, hour, epoch = 64 << 20, 300 * 3600, 45
    book, step, largest = MomentBook("net", 20_000, MomentLog(), limit), 0, 0
    order = np.zeros(1437, np.int32)
    while step <= hour:
        if step % epoch == 0:
            order = np.full(1437, step, np.int32)
        state = None
        if book.wants_state():
            means = np.full((2, 20_000), step, np.float32)
            state = TrainerState({}, {"first": means[0], "second": means[1], "order": order})
        vector = np.full(20_000, step, np.float32)
        book.add(Moment(step, step // epoch, step / epoch, vector, TrainingSettings(), state))
        kept = {id(array): array.nbytes for moment in book.log.moments for array in moment.arrays}
        assert book.summary.nbytes == sum(kept.values()) <= limit
        largest = max(largest, book.summary.nbytes)
        step = book.due
    summary = book.summary
    # It uses the room it has, reaches over the whole hour, and can be gone on from all along.
    assert largest > limit / 2
    assert summary.nbytes > limit / 4
    assert len(summary.steps) > 200
    assert (summary.steps[0], bool(summary.exact[0])) == (0, True)
    assert summary.steps[-1] > 0.98 * hour
    exact = summary.steps[summary.exact]
    assert len(exact) > len(summary.steps) / 12
    assert np.diff(exact).max() < hour / 4
    assert all(moment.vector[0] == moment.step for moment in book.log.moments)
