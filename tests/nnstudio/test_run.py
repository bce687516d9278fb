"""Training run: changes between steps, new trainers, and resuming."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine import datasets, layers, losses, optimizers
from engine.errors import EngineError
from engine.regularisation import Clipping, Penalty
from engine.schedules import Cosine, Exponential, OneCycle, Plateau
from engine.training.checkpoint import TrainerState
from engine.training.early_stopping import EarlyStopping
from nnstudio.document import edits
from nnstudio.document.model import ClassWeight, Document
from nnstudio.document.training_checks import steps_per_epoch
from nnstudio.project import project_file
from nnstudio.training.build import class_weight_of
from nnstudio.training.curves import CurveLog
from nnstudio.training.project import Project
from nnstudio.training.run import TrainingRun
from tests.nnstudio.builders import document_of
from tests.nnstudio.worker_support import run_of


def document(*stack: layers.Layer, validation: float = 0.25, **training: Any) -> Document:
    made = document_of(
        *(stack or (layers.Dense(6), layers.BatchNorm(), layers.Tanh(), layers.Dropout(0.2), layers.Dense(1)))
    )
    made = edits.set_data(made, dataset=datasets.Moons(samples=80), validation=validation)
    # It ends without an output function, which only the squared error takes as it is.
    return edits.set_training(made, **{"loss": losses.MeanSquaredError(), "batch_size": 7, "epochs": 30, **training})


def train(run: TrainingRun, steps: int) -> TrainingRun:
    for _ in range(steps):
        run.step_once()
    return run


def reopened(made: Document, run: TrainingRun) -> TrainingRun:
    """The run as it is after saving, closing and opening."""
    was = run.checkpoint()
    loaded = project_file.from_bytes(project_file.to_bytes(Project(made, was).fitted()), "p")
    assert loaded.trained
    return run_of(loaded.document, loaded.checkpoint)


def same(one: TrainingRun, other: TrainingRun) -> None:
    first, second = one.checkpoint(), other.checkpoint()
    assert (first.epoch, first.step) == (second.epoch, second.step)
    assert first.state is not None
    assert second.state is not None
    assert first.state.info == second.state.info
    for arrays, twins in ((first.weights, second.weights), (first.state.arrays, second.state.arrays)):
        assert arrays.keys() == twins.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, twins[name])
    for name, curve in first.curves.items():
        np.testing.assert_array_equal(curve.y, second.curves[name].y)


COURSES: dict[str, dict[str, Any]] = {
    "Adam": {"optimizer": optimizers.Adam(0.01)},
    "momentum with a schedule of steps": {
        "optimizer": optimizers.SGD(0.1, momentum=0.9),
        "schedule": OneCycle(total=300, warmup=5),
    },
    "all at once": {
        "schedule": Plateau(patience=2),
        "clipping": Clipping(norm=0.5),
        "penalty": Penalty(l1=1e-4, l2=1e-3),
        "early_stopping": EarlyStopping(patience=25),
        "class_weight": "balanced",
        "metrics": ("f1", "recall"),
    },
    "weights by hand": {
        "class_weight": "by_hand",
        "class_weights": (ClassWeight(name="1", weight=3.0), ClassWeight(name="unknown", weight=0.0)),
    },
}


@pytest.mark.parametrize("settings", COURSES.values(), ids=COURSES)
@pytest.mark.parametrize("steps", [1, 9, 23, 40])
def test_a_reopened_run_equals_an_uninterrupted_one(settings: dict[str, Any], steps: int) -> None:
    made = document(**settings)
    through = train(run_of(made), steps)
    again = reopened(made, through)
    assert again.note == ""
    same(train(through, 50), train(again, 50))


def test_a_reopened_run_goes_on_with_the_averages_of_its_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CurveLog.__init__, "__defaults__", (None, 8))
    made = document(batch_size=20)
    through = train(run_of(made), 3 * 20)
    again = reopened(made, through)
    assert again.curves.last == through.curves.last
    same(train(through, 30), train(again, 30))
    assert len(again.curves.curves()["loss"].x) <= 8


def test_a_run_that_was_told_to_go_on_still_is() -> None:
    made = document(epochs=2)
    run = run_of(made)
    run.advance(10, run.target, lambda: False)
    assert run.finished
    run.extend()
    train(run, 3)
    assert reopened(made, run).target == run.target == 4


def test_without_a_state_the_optimiser_starts_anew_from_the_weights() -> None:
    made = document()
    run = train(run_of(made), 12)
    bare = run_of(made, replace(run.checkpoint(), state=None))
    assert (bare.note, bare.step, bare.epoch) == ("", 12, 1)
    np.testing.assert_array_equal(bare.network.state_vector, run.network.state_vector)


@pytest.mark.parametrize(
    "change", [{"optimizer": optimizers.SGD(0.1)}, {"schedule": Cosine()}, {"early_stopping": EarlyStopping()}]
)
def test_a_state_that_does_not_fit_is_left_out_and_told_of(change: dict[str, Any]) -> None:
    made = document()
    run = train(run_of(made), 12)
    other = run_of(edits.set_training(made, **change), run.checkpoint())
    assert "does not fit" in other.note
    assert other.step == 12
    np.testing.assert_array_equal(other.network.state_vector, run.network.state_vector)
    train(other, 3)


@pytest.mark.parametrize("bad", [None, -1, float("inf"), "x", [], {}, 10**30])
@pytest.mark.parametrize(
    "field", ["epoch", "steps", "position", "optimizer_steps", "orders", "choices", "run", "score"]
)
def test_whatever_a_state_holds_training_goes_on(field: str, bad: object) -> None:
    made = document()
    was = train(run_of(made), 12).checkpoint()
    assert was.state is not None
    odd = replace(was, state=TrainerState({**was.state.info, field: bad}, was.state.arrays))
    run = run_of(made, odd)
    assert "does not fit" in run.note
    assert train(run, 12).step == 24


def test_a_state_of_other_data_is_left_out() -> None:
    made = document()
    made_of_more = edits.set_data(made, dataset=datasets.Moons(samples=120))
    other = run_of(made_of_more, train(run_of(made), 12).checkpoint())
    assert "120" in other.note or "90" in other.note
    train(other, 20)


LIVE: dict[str, dict[str, Any]] = {
    "learning rate": {"optimizer": optimizers.Adam(0.003)},
    "batch size": {"batch_size": 20},
    "clipping": {"clipping": Clipping(value=0.01)},
    "penalty": {"penalty": Penalty(l2=0.1)},
    "metrics": {"metrics": ("precision",)},
    "early stopping": {"early_stopping": EarlyStopping(patience=50)},
    "epochs": {"epochs": 99},
    "how slowly the mean forgets": {"optimizer": optimizers.Adam(0.01, epsilon=1e-4)},
    "decay": {"optimizer": optimizers.AdamW(0.01)},
    "schedule": {"schedule": Exponential(gamma=0.9)},
    "shuffle": {"shuffle": False},
    "balanced classes": {"class_weight": "balanced"},
    "classes by hand": {"class_weight": "by_hand", "class_weights": (ClassWeight(name="1", weight=3.0),)},
}


@pytest.mark.parametrize("change", LIVE.values(), ids=LIVE)
def test_what_changes_between_two_steps_keeps_the_optimiser(change: dict[str, Any]) -> None:
    made = document(optimizer=optimizers.Adam(0.01))
    run = train(run_of(made), 12)
    before = run.checkpoint().state
    run.update(edits.set_training(made, **change))
    after = run.checkpoint().state
    assert before is not None
    assert after is not None
    for name in ("position", "epoch", "steps", "optimizer_steps", "orders"):
        assert before.info[name] == after.info[name]
    moments = [name for name in before.arrays if name.startswith("optimizer")]
    assert moments
    for name in (*moments, "order"):
        np.testing.assert_array_equal(before.arrays[name], after.arrays[name])
    assert run.note == ""
    train(run, 15)
    again = reopened(run.document, run)
    assert again.note == ""
    same(train(run, 25), train(again, 25))


def test_what_changes_between_two_steps_takes_effect() -> None:
    made = document(layers.Dense(4), layers.Tanh(), layers.Dense(1), optimizer=optimizers.SGD(0.1))
    plain, clipped, pulled = (run_of(made) for _ in range(3))
    clipped.update(edits.set_training(made, clipping=Clipping(value=1e-6)))
    pulled.update(edits.set_training(made, penalty=Penalty(l2=5.0)))
    first = plain.network.parameter_vector.copy()  # type: ignore[attr-defined]
    for run in (plain, clipped, pulled):
        train(run, 3)
    assert (
        np.abs(clipped.network.parameter_vector - first).max()  # type: ignore[attr-defined]
        < 1e-5
        < np.abs(plain.network.parameter_vector - first).max()  # type: ignore[attr-defined]
    )
    assert np.square(pulled.network.parameter_vector).sum() < np.square(plain.network.parameter_vector).sum()  # type: ignore[attr-defined]


def test_another_batch_size_holds_from_the_next_step_on() -> None:
    made = document(batch_size=10)
    run = train(run_of(made), 2)
    run.update(edits.set_training(made, batch_size=40))
    # 60 samples: 20 are done, 40 are left.
    train(run, 1)
    assert (run.epoch, run.step) == (1, 3)
    assert run.curves.curves()["loss"].x.tolist() == [1.0]


def test_weights_of_classes_are_found_by_their_names() -> None:
    made = document(class_weight="by_hand")
    first, second = made.data.dataset.signature().classes
    for name, weight in ((second, 4.0), ("of other data", 9.0), (first, 1.0)):
        made = edits.set_class_weight(made, name, weight)
    assert class_weight_of(made, (first, second)) == {0: 1.0, 1: 4.0}
    even = document()
    assert class_weight_of(even, (first, second)) is None
    # All the same as far as they do not differ from each other.
    alike = edits.set_training(edits.set_class_weight(made, first, 4.0), batch_size=7)
    np.testing.assert_array_equal(
        train(run_of(alike), 12).network.parameter_vector,  # type: ignore[attr-defined]
        train(run_of(even), 12).network.parameter_vector,  # type: ignore[attr-defined]
    )
    assert not np.array_equal(
        train(run_of(made), 12).network.parameter_vector,  # type: ignore[attr-defined]
        train(run_of(even), 12).network.parameter_vector,  # type: ignore[attr-defined]
    )


def test_weights_that_do_not_count_leave_the_trainer_alone() -> None:
    made = document(optimizer=optimizers.Adam(0.01))
    (name, _) = made.data.dataset.signature().classes
    run, other = train(run_of(made), 20), train(run_of(made), 20)
    run.update(edits.set_class_weight(made, name, 5.0))
    same(train(run, 10), train(other, 10))
    run.update(edits.set_class_weight(edits.set_training(made, class_weight="by_hand"), name, 5.0))
    assert not np.array_equal(train(run, 5).network.parameter_vector, train(other, 5).network.parameter_vector)  # type: ignore[attr-defined]
    assert (run.epoch, run.step) == (other.epoch, other.step)


@pytest.mark.parametrize("change", [{"schedule": Exponential(gamma=0.9)}, {"class_weight": "balanced"}])
def test_what_changes_counts_on(change: dict[str, Any]) -> None:
    made = document(optimizer=optimizers.SGD(0.5))
    run = train(run_of(made), 20)
    assert run.epoch == 2
    run.update(edits.set_training(made, **change))
    assert run.learning_rate == pytest.approx(0.5 * (0.9**2 if "schedule" in change else 1))
    train(run, 9)
    assert (run.epoch, run.step) == (3, 29)


def test_class_weights_by_hand_can_be_given_and_forgotten_on_the_way() -> None:
    made = document(optimizer=optimizers.Adam(0.01))
    (name, _) = made.data.dataset.signature().classes
    run, other = train(run_of(made), 20), train(run_of(made), 20)
    run.update(edits.set_class_weight(edits.set_training(made, class_weight="by_hand"), name, 5.0))
    run.update(made)
    same(train(run, 10), train(other, 10))


def test_what_begins_anew_is_said() -> None:
    made = document(optimizer=optimizers.Adam(0.01))
    run = run_of(made)
    run.update(edits.set_training(made, loss=losses.Hinge()))
    assert run.note == "", "before the first step nothing is lost"
    run.update(made)
    train(run, 12)
    position = run._trainer.progress
    run.update(edits.set_training(made, optimizer=optimizers.SGD(0.2, momentum=0.9)))
    assert "with a fresh state" in run.note
    assert run.learning_rate == 0.2
    assert run._trainer.progress == position, "the epoch goes on"
    train(run, 10)
    assert "optimizer.velocity" in run.checkpoint().state.arrays  # type: ignore[union-attr]
    assert "optimizer.first" not in run.checkpoint().state.arrays  # type: ignore[union-attr]
    run.update(edits.set_training(run.document, loss=losses.Hinge()))
    assert "optimiser starts with a fresh state" in run.note
    run.update(edits.set_training(run.document, batch_size=9))
    assert run.note == ""


def test_the_loss_is_that_of_the_network_on_show() -> None:
    made = document()
    run = train(run_of(made), 20)
    before = run.loss
    assert before == run.curves.last["loss"]
    other = edits.set_disabled(made, True, "batchnorm_1")
    run.update(other)
    assert run.loss is None, "it was measured on another network"
    run.update(edits.rename(other, "dense_1", "first"))
    assert run.loss is None
    run.update(made)
    assert run.loss == before, "an undo makes it hold again"
    renamed = edits.rename(made, "dense_1", "first")
    run.update(renamed)
    run.update(edits.set_training(renamed, batch_size=9))
    assert run.loss == before, "it is the same network by another name"
    run.update(edits.set_training(renamed, loss=losses.Hinge()))
    assert run.loss is None
    train(run, 20)
    assert run.loss == run.curves.last["loss"]


NAMES = {"loss", "val_loss", "accuracy", "val_accuracy"}


def test_no_score_is_that_of_another_network() -> None:
    made = document()
    run = train(run_of(made), 20)
    before = run.scores
    assert before.keys() == NAMES
    run.update(edits.set_field(made, "dense_1", "units", 9))
    assert run.scores == {}
    run.update(made)
    assert run.scores == before
    # Many steps in an epoch: the loss is measured within it, the metrics at its end.
    made = document(layers.Dense(6), layers.Tanh(), layers.Dense(1), batch_size=1)
    run = train(run_of(made), 60)
    other = edits.set_field(made, "dense_1", "units", 9)
    run.update(other)
    train(run, 10)
    assert run.scores.keys() == {"loss"}
    assert run.scores["loss"] == run.curves.last["loss"]
    train(run, 50)
    assert run.scores.keys() == NAMES


def test_an_undo_after_a_step_brings_no_score_back() -> None:
    """The weights that fit both networks have moved on."""
    made = document()
    run = train(run_of(made), 20)
    run.update(edits.set_field(made, "dense_1", "units", 9))
    run.step_once()
    run.update(made)
    assert run.scores == {}


def test_a_metric_that_is_chosen_again_is_measured_again() -> None:
    made = document(metrics=("f1",))
    run = train(run_of(made), 20)
    assert {"f1", "val_f1"} <= run.scores.keys()
    run.update(document())
    train(run, 20)
    assert run.scores.keys() == NAMES
    run.update(made)
    assert run.scores.keys() == NAMES
    # The epoch under way ends as it began.
    train(run, 18)
    assert {"f1", "val_f1"} <= run.scores.keys()


def test_what_a_score_is_of_is_saved() -> None:
    made = document()
    run = train(run_of(made), 20)
    assert reopened(made, run).scores == run.scores
    assert run.scores.keys() == NAMES
    other = edits.set_field(made, "dense_1", "units", 9)
    run.update(other)
    again = reopened(other, run)
    assert again.scores == {}
    assert again.curves.curves().keys() == NAMES, "the curves themselves stay"
    assert train(again, 20).scores.keys() == NAMES
    # A network that is being rebuilt when it is saved, and is whole again later.
    run = train(run_of(made), 20)
    broken = edits.remove(made, "dense_2")
    loaded = project_file.from_bytes(project_file.to_bytes(Project(broken, run.checkpoint()).fitted()), "p")
    assert run_of(made, loaded.checkpoint).scores == {}


def test_a_change_that_cannot_be_leaves_the_run_as_it_was() -> None:
    made = document(validation=0.0)
    run = train(run_of(made), 5)
    for change in ({"early_stopping": EarlyStopping()}, {"schedule": Plateau()}):
        with pytest.raises(EngineError, match="val_loss"):
            run.update(edits.set_training(made, **change))
        assert run.document == made
    same(train(run, 5), train(run_of(made), 10))


def test_it_stops_early_says_so_and_goes_on_when_asked() -> None:
    made = document(early_stopping=EarlyStopping(patience=2, min_delta=10.0), epochs=50)
    run = run_of(made)
    run.advance(10, run.target, lambda: False)
    assert run.epoch == 3
    assert run.finished
    assert run.stopped.startswith("Stopped after epoch 3: validation loss was best in epoch 1")
    assert reopened(made, run).stopped == run.stopped
    run.extend()
    assert (run.finished, run.stopped, run.target) == (False, "", 50)
    run.advance(10, run.target, lambda: False)
    assert run.epoch == 6


def test_early_stopping_speaks_of_the_epochs_on_show() -> None:
    made = document(epochs=50)
    run = train(run_of(made), 36)
    assert run.epoch == 4
    stopping = EarlyStopping(patience=2, min_delta=10.0)
    run.update(edits.set_training(made, early_stopping=stopping, shuffle=False))
    run.advance(10, run.target, lambda: False)
    assert "best in epoch 5" in run.stopped


def test_a_frozen_block_keeps_its_weights_between_any_two_steps() -> None:
    made = document()
    run = train(run_of(made), 4)
    held = edits.set_frozen(made, True, "dense_1", "batchnorm_1")
    run.update(held)
    before = {name: array.copy() for name, array in run.network.arrays.items()}
    train(run, 12)
    for name, array in run.network.arrays.items():
        assert np.array_equal(array, before[name]) is name.startswith(("dense_1", "batchnorm_1")), name
    assert reopened(held, run).network.frozen == {"dense_1", "batchnorm_1"}
    run.update(made)
    train(run, 1)
    assert not np.array_equal(run.network.arrays["dense_1.weight"], before["dense_1.weight"])


def test_metrics_are_those_that_suit_the_targets() -> None:
    run = run_of(document(metrics=("r2", "f1", "top_3", "accuracy")))
    assert run.metrics == ("accuracy", "f1", "top_3")
    train(run, 9)
    assert {"accuracy", "val_accuracy", "f1", "val_f1", "top_3"} <= run.curves.curves().keys()
    hills = edits.set_data(document(), dataset=datasets.Hills())
    assert run_of(edits.set_training(hills, loss=losses.MeanSquaredError(), metrics=("f1", "r2"))).metrics == (
        "mae",
        "r2",
    )


def test_a_metric_chosen_in_the_middle_of_an_epoch_is_measured_from_there() -> None:
    made = document()
    run = train(run_of(made), 3)
    run.update(edits.set_training(made, metrics=("recall",)))
    train(run, 6)
    assert len(run.curves.curves()["val_recall"].x) == 1
    train(run, 9)
    assert len(run.curves.curves()["recall"].x) == 1


@pytest.mark.parametrize("norm", [layers.BatchNorm(), layers.LayerNorm()], ids=lambda norm: norm.type)
@pytest.mark.parametrize("batch_size", [2, 3, 7, 32, 50, 1000])
def test_the_steps_of_an_epoch_are_foretold(batch_size: int, norm: layers.Layer) -> None:
    """What the preview of the rate, the progress bar and the curves count on; 75 samples leave one over by 2."""
    made = document(layers.Dense(4), norm, layers.Dense(1), batch_size=batch_size)
    made = edits.set_data(made, dataset=datasets.Moons(samples=100))
    run = run_of(made)
    while run.epoch < 2:
        run.step_once()
    assert run.step == 2 * run.steps_per_epoch
    assert run.steps_per_epoch == steps_per_epoch(made, made.data.dataset.signature())
