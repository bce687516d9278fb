"""Worker: its handling of commands, and its replies."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path
from queue import Empty

import numpy as np
import pytest

from engine import datasets, layers, losses, optimizers
from engine.backends.computing import Computing
from engine.layers.base import Layer
from engine.schedules import Exponential
from engine.training.early_stopping import EarlyStopping
from nnstudio.document import edits
from nnstudio.document.analysis import analyse
from nnstudio.document.model import Document
from nnstudio.training import current_run, worker
from nnstudio.training.build import read_data
from nnstudio.training.checkpoint import Checkpoint, Mark
from nnstudio.training.commands import (
    Pause,
    Play,
    RequestSnapshot,
    Reset,
    Restore,
    SetDocument,
    Steps,
)
from nnstudio.training.messages import RunState
from nnstudio.training.requests.base import Refusal
from nnstudio.training.requests.grid import Grid
from nnstudio.training.requests.weights import Weights
from nnstudio.training.run import TrainingRun
from tests.nnstudio.builders import document_of
from tests.nnstudio.worker_support import Line


def document(*stack: Layer, **training: object) -> Document:
    made = document_of(*stack)
    made = edits.set_data(made, dataset=datasets.XOR(), validation=0.0)
    return edits.set_training(made, **{"loss": losses.MeanSquaredError(), "batch_size": 1, "epochs": 50, **training})


def xor(**training: object) -> Document:
    return document(layers.Dense(3), layers.Tanh(), layers.Dense(1), layers.Tanh(), **training)


def test_what_the_window_has_analysed_is_not_analysed_again(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    made = xor()
    longer = edits.insert(made, layers.ReLU(), made.wires[1])
    told = [SetDocument(each, analyse(each)) for each in (made, longer, Document())]
    missing = told[2].analysis.hindrance  # type: ignore[union-attr]

    def refuse(*_: object) -> None:
        raise AssertionError("it was analysed already")

    monkeypatch.setattr("nnstudio.training.current_run.analyse", refuse)
    monkeypatch.setattr("nnstudio.training.build.analyse", refuse)
    line.worker.post(told[0])
    line.worker.post(Steps(3))
    assert line.until(lambda s: s.step == 3).state is RunState.PAUSED
    line.worker.post(told[1])
    assert line.next().message == ""
    line.worker.post(Reset(1))
    assert line.until(lambda s: s.step == 0).state is RunState.READY
    line.worker.post(told[2])
    stopped = line.until(lambda s: s.state is RunState.EMPTY)
    assert stopped.message == missing


def test_plays_to_the_last_epoch_and_stops(line: Line) -> None:
    line.worker.post(SetDocument(xor()))
    assert line.next().state is RunState.READY
    line.worker.post(Play())
    done = line.until(lambda s: s.state is RunState.FINISHED)
    assert (done.epoch, done.step) == (50, 200)
    assert len(done.curves["loss"].x) == 50
    assert done.curves["loss"].x[-1] == 50
    assert done.loss == done.curves["loss"].y[-1]


def test_a_finished_run_grows_with_its_setting_alone(line: Line) -> None:
    line.worker.post(SetDocument(xor()))
    line.worker.post(Play())
    assert line.until(lambda s: s.state is RunState.FINISHED).portion == 50
    line.worker.post(Play())
    still = line.next(Weights("dense_1"))
    assert (still.state, still.epoch, still.epochs) == (RunState.FINISHED, 50, 50)
    line.worker.post(SetDocument(xor(epochs=100)))
    line.worker.post(Play())
    done = line.until(lambda s: s.state is RunState.FINISHED and s.epoch > 50)
    # It is gone on with for as long as it was meant to be at first, not for twice as long.
    assert (done.epoch, done.epochs, done.portion) == (100, 100, 50)
    line.worker.post(SetDocument(xor(epochs=130)))
    assert line.until(lambda s: s.epochs == 130).portion == 130


def test_steps_by_hand_do_not_make_a_finished_run_longer(line: Line) -> None:
    line.worker.post(SetDocument(xor()))
    line.worker.post(Play())
    line.until(lambda s: s.state is RunState.FINISHED)
    line.worker.post(Steps(1))
    one = line.until(lambda s: s.step == 201)
    assert (one.state, one.epoch, one.epochs) == (RunState.FINISHED, 50, 50)
    line.worker.post(Steps(epoch=True))
    epoch = line.until(lambda s: s.epoch == 51 and s.state is not RunState.RUNNING)
    assert (epoch.state, epoch.step, epoch.epochs) == (RunState.FINISHED, 204, 50)


def test_what_is_changed_while_it_trains_is_marked(line: Line) -> None:
    line.worker.post(SetDocument(xor(epochs=10_000_000)))
    line.worker.post(Steps(8))
    assert line.until(lambda s: s.step == 8).marks == ()
    # An edit that is taken back before training goes on leaves none; of several, one tells all.
    line.worker.post(SetDocument(xor(epochs=10_000_000, batch_size=2)))
    assert line.until(lambda s: bool(s.marks)).marks == (Mark(2.0, "Batch size 1 → 2"),)
    line.worker.post(SetDocument(xor(epochs=10_000_000)))
    assert line.until(lambda s: not s.marks).restructured is None
    wide = document(layers.Dense(5), layers.Tanh(), layers.Dense(1), layers.Tanh(), epochs=10_000_000)
    line.worker.post(SetDocument(wide))
    changed = line.until(lambda s: bool(s.marks))
    assert (changed.marks, changed.restructured) == ((Mark(2.0, "dense_1: units 3 → 5"),), 8)
    assert changed.note == "The network has changed: it goes on with the weights that still fit"
    line.worker.post(Steps(4))
    line.worker.post(SetDocument(edits.set_training(wide, optimizer=optimizers.SGD(0.05))))
    line.worker.post(Steps(1))
    marks = line.until(lambda s: s.step == 13).marks
    assert [mark.x for mark in marks] == [2.0, 3.0]
    assert marks[1].text == "Optimiser Adam → SGD"
    assert line.checkpoint().marks == marks
    line.worker.post(Reset(1))
    fresh = line.until(lambda s: s.step == 0)
    assert (fresh.marks, fresh.restructured) == ((Mark(0.0, "Reset"),), None)
    line.worker.post(Restore(1))
    assert line.until(lambda s: s.step == 13).marks == marks


def test_pause_is_heard_at_once(line: Line) -> None:
    line.worker.post(SetDocument(xor(epochs=10_000_000)))
    line.worker.post(Play())
    line.until(lambda s: s.step > 100)
    begin = time.monotonic()
    line.worker.post(Pause())
    paused = line.until(lambda s: s.state is RunState.PAUSED)
    assert time.monotonic() - begin < 0.1
    time.sleep(0.05)
    line.worker.post(Steps(1))
    assert line.until(lambda s: s.step > paused.step).step == paused.step + 1


def test_training_rests_while_the_window_draws(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_LONGEST_HOLD", 10.0)
    line.worker.post(SetDocument(xor(epochs=10_000_000)))
    line.worker.post(Play())
    line.until(lambda snapshot: snapshot.step > 0)
    run = line.worker._current.run
    assert run is not None
    line.worker.hold()
    # The burst under way is made.
    time.sleep(0.2)
    held = run.step
    time.sleep(0.2)
    assert run.step == held
    line.worker.release()
    assert line.until(lambda snapshot: snapshot.step > held + 100).state is RunState.RUNNING


def test_a_drawing_that_never_ends_holds_nothing_up(line: Line) -> None:
    line.worker.post(SetDocument(xor(epochs=10_000_000)))
    line.worker.post(Play())
    line.worker.hold()
    before = line.next().step
    assert line.until(lambda snapshot: snapshot.step > before + 10).state is RunState.RUNNING
    line.worker.post(Pause())
    line.until(lambda snapshot: snapshot.state is RunState.PAUSED)


def test_an_idle_worker_answers_only_when_something_is_new(line: Line) -> None:
    line.worker.post(SetDocument(xor()))
    line.next()
    line.worker.post(RequestSnapshot(frozenset()))
    with pytest.raises(Empty):
        line.snapshots.get(timeout=0.2)
    # Other needs are news.
    line.worker.post(RequestSnapshot(frozenset({Weights("dense_1")})))
    assert Weights("dense_1") in line.snapshots.get(timeout=5).answers


def test_answers_what_the_views_need(line: Line) -> None:
    line.worker.post(SetDocument(xor()))
    grid, weights = Grid((0.0, 0.0, 1.0, 1.0), 5), Weights("dense_1")
    answers = line.next(grid, weights, Weights("gone")).answers
    assert set(answers) == {grid, weights, Weights("gone")}
    assert answers[Weights("gone")] == Refusal()
    assert answers[grid].values.shape == (1, 5, 5)
    assert answers[weights].parameters["weight"].shape == (2, 3)


def test_the_grid_runs_from_left_to_right_and_from_bottom_to_top(line: Line) -> None:
    line.worker.post(SetDocument(document(layers.Dense(1, weight_init="ones"))))
    picture = line.next(Grid((0.0, 0.0, 1.0, 10.0), 3)).answers[Grid((0.0, 0.0, 1.0, 10.0), 3)].values[0]
    assert np.allclose(picture, [[0, 0.5, 1], [5, 5.5, 6], [10, 10.5, 11]])


def test_one_step_and_one_epoch(line: Line) -> None:
    line.worker.post(SetDocument(xor()))
    line.worker.post(Steps(1))
    stepped = line.until(lambda s: s.step > 0)
    assert (stepped.step, stepped.epoch, stepped.state) == (1, 0, RunState.PAUSED)
    line.worker.post(Steps(epoch=True))
    done = line.until(lambda s: s.epoch == 1 and s.state is RunState.PAUSED)
    assert done.step == 4


def test_the_learning_rate_changes_without_a_break(line: Line) -> None:
    before = xor(epochs=10_000_000)
    line.worker.post(SetDocument(before))
    line.worker.post(Play())
    seen = line.until(lambda s: s.step > 0)
    line.worker.post(SetDocument(edits.set_training(before, optimizer=optimizers.SGD(0.03))))
    after = line.until(lambda s: s.learning_rate == 0.03)
    assert after.state is RunState.RUNNING
    assert after.step >= seen.step


def test_a_run_in_training_goes_on_once_a_library_is_loaded(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    before = xor(epochs=10_000_000)
    line.worker.post(SetDocument(before))
    line.worker.post(Play())
    seen = line.until(lambda s: s.step > 0)
    # Its loading is told, whether it needs any or not.
    monkeypatch.setattr(current_run, "loaded", lambda engine, *, compiled=False: False)
    monkeypatch.setattr(current_run, "DEFAULT", "")
    line.worker.post(SetDocument(edits.set_training(before, optimizer=optimizers.SGD(0.03))))
    loading = line.until(lambda s: s.state is not RunState.RUNNING or s.learning_rate == 0.03)
    assert (loading.state, loading.message) == (RunState.EMPTY, "Loading this engine, which takes a few seconds…")
    after = line.until(lambda s: s.learning_rate == 0.03)
    assert (after.state, after.message) == (RunState.RUNNING, "")
    assert line.until(lambda s: s.step > seen.step).state is RunState.RUNNING


def test_compiling_is_told_before_the_first_step_alone(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    # This engine's trainer stands for one that compiles.
    monkeypatch.setattr(Computing, "compiles", True)
    line.worker.post(SetDocument(xor(epochs=10_000_000)))
    line.until(lambda s: s.state is RunState.READY)
    line.worker.post(Play())
    told = line.until(lambda s: s.state is not RunState.READY)
    assert (told.state, told.step) == (RunState.EMPTY, 0)
    assert told.message == "Compiling the network, which may take a minute or two…"
    seen = line.until(lambda s: s.step > 0)
    assert (seen.state, seen.message) == (RunState.RUNNING, "")
    line.worker.post(Pause())
    paused = line.until(lambda s: s.state is RunState.PAUSED)
    line.worker.post(Steps(1))
    assert line.until(lambda s: s.state is not RunState.PAUSED or s.step > paused.step).step == paused.step + 1


def test_weights_of_untouched_blocks_survive_an_edit(line: Line) -> None:
    before = xor()
    line.worker.post(SetDocument(before))
    line.worker.post(Play())
    line.until(lambda s: s.state is RunState.FINISHED)
    trained = line.checkpoint().weights["dense_1.weight"]
    line.worker.post(SetDocument(edits.set_field(before, "dense_2", "bias_init", "ones")))
    line.worker.post(SetDocument(edits.insert(before, layers.ReLU(), before.wires[2])))
    assert np.array_equal(line.checkpoint().weights["dense_1.weight"], trained)


def test_what_begins_anew_is_noted_until_training_goes_on(line: Line) -> None:
    made = xor(optimizer=optimizers.Adam(0.01))
    line.worker.post(SetDocument(made))
    line.worker.post(Steps(3))
    line.until(lambda s: s.step == 3)
    line.worker.post(SetDocument(edits.set_training(made, optimizer=optimizers.SGD(0.2, momentum=0.9))))
    noted = line.until(lambda s: s.note != "")
    assert "with a fresh state" in noted.note
    assert (noted.state, noted.message) == (RunState.PAUSED, "")
    line.worker.post(Steps(1))
    assert line.until(lambda s: s.step == 4).note == ""


def test_the_loss_of_another_network_is_not_told(line: Line) -> None:
    sound = xor()
    line.worker.post(SetDocument(sound))
    line.worker.post(Play())
    before = line.until(lambda s: s.state is RunState.FINISHED).loss
    line.worker.post(SetDocument(edits.set_disabled(sound, True, "tanh_1")))
    other = line.until(lambda s: s.loss is None)
    assert other.state is RunState.FINISHED
    assert len(other.curves["loss"].x) == 50, "the curve is the course of all that was"
    line.worker.post(SetDocument(edits.set_field(sound, "dense_2", "units", 3)))
    assert line.until(lambda s: s.state is RunState.EMPTY).loss is None
    line.worker.post(SetDocument(sound))
    assert line.until(lambda s: s.state is RunState.FINISHED).loss == before
    line.worker.post(SetDocument(edits.set_field(sound, "dense_2", "units", 3)))
    assert line.until(lambda s: s.state is RunState.EMPTY).loss is None, "what cannot be built has no loss"


def test_undo_of_a_resized_block_brings_its_weights_back(line: Line) -> None:
    before = xor()
    line.worker.post(SetDocument(before))
    line.worker.post(Play())
    line.until(lambda s: s.state is RunState.FINISHED)
    trained = line.checkpoint().weights
    line.worker.post(SetDocument(edits.set_field(before, "dense_1", "units", 5)))
    assert line.checkpoint().weights["dense_1.weight"].shape == (2, 5)
    line.worker.post(SetDocument(before))
    again = line.checkpoint().weights
    assert all(np.array_equal(trained[name], again[name]) for name in trained)


def test_a_broken_network_says_why_and_keeps_what_was_learnt(line: Line) -> None:
    sound = xor()
    line.worker.post(SetDocument(sound))
    line.worker.post(Steps(3))
    trained = line.checkpoint().weights
    line.worker.post(SetDocument(edits.set_field(sound, "dense_2", "units", 3)))
    broken = line.until(lambda s: s.state is RunState.EMPTY)
    assert "3" in broken.message
    line.worker.post(Play())
    line.worker.post(SetDocument(sound))
    assert line.until(lambda s: s.state is not RunState.EMPTY).step == 3
    assert all(np.array_equal(trained[name], array) for name, array in line.checkpoint().weights.items())


@pytest.mark.parametrize("end", [(), (layers.ReLU(),), (layers.Tanh(),)])
def test_a_loss_for_probabilities_says_so_and_what_is_offered_mends_it(line: Line, end: tuple[Layer, ...]) -> None:
    made = document(layers.Dense(3), layers.Tanh(), layers.Dense(2), *end, loss=losses.CategoricalCrossEntropy())
    line.worker.post(SetDocument(made))
    line.worker.post(Play())
    failed = line.until(lambda s: s.state is RunState.FAILED)
    last = made.blocks[-1]
    assert failed.message.startswith(f"{last.name}: Categorical cross-entropy needs outputs from 0 to 1, but ")
    assert failed.message.endswith("with Softmax." if end else "Append Softmax.")
    assert not failed.diverged
    problem = next(each for each in analyse(made).remarks if each.where == last.name)
    assert problem.fix is not None
    assert f"{problem.fix.title}." in failed.message
    line.worker.post(SetDocument(edits.apply_fix(made, last.name, problem.fix)))
    line.worker.post(Play())
    assert line.until(lambda s: s.state is RunState.FINISHED).epoch >= made.training.epochs


def test_other_data_start_a_new_run_and_the_old_one_comes_back_with_its_document(line: Line) -> None:
    first = xor()
    line.worker.post(SetDocument(first))
    line.worker.post(Play())
    line.until(lambda s: s.state is RunState.FINISHED)
    trained = line.checkpoint()
    line.worker.post(SetDocument(edits.set_data(first, dataset=datasets.XOR(samples=8))))
    assert line.until(lambda s: s.state is RunState.READY).step == 0
    line.worker.post(SetDocument(first))
    back = line.until(lambda s: s.step > 0)
    assert back.epoch == 50
    again = line.checkpoint()
    assert all(np.array_equal(trained.weights[name], again.weights[name]) for name in trained.weights)
    assert np.array_equal(trained.curves["loss"].y, again.curves["loss"].y)


def test_batch_sizes_on_the_way_to_another_leave_nothing_behind() -> None:
    first = xor(batch_size=1)
    run = TrainingRun(first, read_data(first.data))
    run.step_once()
    tracemalloc.start()
    for batch_size in range(1000, 1008):
        run.update(edits.set_training(first, batch_size=batch_size))
        run.network.plan(100 * batch_size)  # type: ignore[attr-defined]
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    # Two numbers in, three and three in the middle, one and one out; twice that leaves room for one plan only.
    assert taken < 2 * 4 * 100 * 1008 * 10


def test_what_was_trained_waits_until_its_data_are_there(line: Line, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    made = edits.set_data(document(layers.Dense(1)), dataset=datasets.TableFile(path=str(path)))
    kept = Checkpoint({"dense_1.weight": np.full((1, 1), 3, np.float32)}, epoch=4, step=12)
    line.worker.post(SetDocument(made, checkpoint=kept))
    assert (line.until(lambda s: s.step == 12).state, line.checkpoint()) == (RunState.EMPTY, kept)
    line.worker.post(SetDocument(edits.set_data(made, dataset=datasets.XOR())))
    assert line.until(lambda s: s.step == 0).state is RunState.READY
    line.worker.post(SetDocument(made))
    assert line.until(lambda s: s.step == 12).state is RunState.EMPTY
    # The same data at another place.
    (tmp_path / "u.csv").write_text("a,y\n1,0\n2,1\n3,1\n")
    line.worker.post(SetDocument(edits.set_data(made, dataset=datasets.TableFile(path=str(tmp_path / "u.csv")))))
    assert line.until(lambda s: s.state is RunState.PAUSED).step == 12
    assert line.checkpoint().weights["dense_1.weight"] == 3


def test_files_that_changed_are_read_again_and_nothing_learnt_is_lost(line: Line, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,y\n1,0\n2,1\n3,1\n")
    first = edits.set_data(document(layers.Dense(1), batch_size=2), dataset=datasets.TableFile(path=str(path)))
    line.worker.post(SetDocument(first))
    line.worker.post(Steps(5))
    assert line.until(lambda s: s.step == 5).state is RunState.PAUSED
    learnt = line.checkpoint().weights
    path.write_text("a,b,y\n1,5,0\n2,5,1\n3,6,1\n4,6,0\n")
    line.worker.post(SetDocument(edits.set_training(first, batch_size=1)))
    fresh = line.until(lambda s: s.data is not None and s.data.train.x.shape[1:] == (2,))
    assert (fresh.state, fresh.step) == (RunState.PAUSED, 5)
    weights = line.checkpoint().weights
    assert weights["dense_1.weight"].shape == (2, 1)
    assert np.array_equal(weights["dense_1.bias"], learnt["dense_1.bias"])
    path.unlink()
    line.worker.post(Steps(3))
    assert line.until(lambda s: s.step == 8).state is RunState.PAUSED


def test_the_loss_curve_never_runs_back(line: Line) -> None:
    long = edits.set_data(xor(epochs=10), dataset=datasets.XOR(samples=400))
    line.worker.post(SetDocument(long))
    line.worker.post(Steps(230))
    # Another batch size makes a new trainer, which begins its epoch from the start.
    line.worker.post(SetDocument(edits.set_training(long, batch_size=2)))
    line.worker.post(Steps(60))
    curve = line.until(lambda s: s.step == 290).curves["loss"]
    assert len(curve.x) > 12
    assert (np.diff(curve.x) >= 0).all()


def test_a_reset_can_be_undone(line: Line) -> None:
    line.worker.post(SetDocument(xor()))
    line.worker.post(Steps(5))
    trained = line.checkpoint().weights
    line.worker.post(Reset(1))
    assert line.until(lambda s: s.state is RunState.READY).step == 0
    assert not line.checkpoint().weights
    line.worker.post(Restore(1))
    assert line.until(lambda s: s.step == 5).state is RunState.PAUSED
    assert all(np.array_equal(trained[name], array) for name, array in line.checkpoint().weights.items())


def test_after_an_undone_reset_training_goes_on_as_if_nothing_had_been(line: Line) -> None:
    made = xor(optimizer=optimizers.Adam(0.02))
    line.worker.post(SetDocument(made))
    line.worker.post(Steps(7))
    line.worker.post(Reset(1))
    line.worker.post(Steps(3))
    line.worker.post(Restore(1))
    line.worker.post(Steps(30))
    again = line.checkpoint()
    through = TrainingRun(made, read_data(made.data))
    for _ in range(37):
        through.step_once()
    assert again.step == 37
    for name, array in through.checkpoint().weights.items():
        assert np.array_equal(array, again.weights[name])


def test_the_same_seed_gives_the_same_run(line: Line) -> None:
    line.worker.post(SetDocument(xor(seed=3)))
    line.worker.post(Play())
    line.until(lambda s: s.state is RunState.FINISHED)
    first = line.checkpoint().weights
    line.worker.post(Reset(1))
    line.worker.post(Play())
    line.until(lambda s: s.state is RunState.FINISHED)
    assert all(np.array_equal(first[name], array) for name, array in line.checkpoint().weights.items())


def test_early_stopping_finishes_with_a_sentence_and_play_goes_on(line: Line) -> None:
    stopping = EarlyStopping(patience=3, min_delta=100.0, monitor="loss")
    line.worker.post(SetDocument(xor(early_stopping=stopping)))
    line.worker.post(Play())
    done = line.until(lambda s: s.state is RunState.FINISHED)
    assert done.epoch == 4
    assert done.message.startswith("Stopped after epoch 4: loss was best in epoch 1")
    line.worker.post(Play())
    again = line.until(lambda s: s.state is RunState.FINISHED and s.epoch > 4)
    assert again.epoch == 8
    # Without it, what is left of the epochs is trained.
    line.worker.post(SetDocument(xor()))
    assert line.until(lambda s: s.state is RunState.PAUSED).message == ""
    line.worker.post(Play())
    assert line.until(lambda s: s.state is RunState.FINISHED).epoch == 50


def test_a_schedule_is_followed_and_its_rate_shown(line: Line) -> None:
    made = xor(epochs=20, optimizer=optimizers.SGD(0.5), schedule=Exponential(gamma=0.5))
    line.worker.post(SetDocument(made))
    assert line.next().learning_rate == 0.5
    line.worker.post(Play())
    assert line.until(lambda s: s.state is RunState.FINISHED).learning_rate == pytest.approx(0.5**21)


def test_blocks_are_frozen_while_it_trains(line: Line) -> None:
    made = xor(epochs=10_000_000)
    line.worker.post(SetDocument(made))
    line.worker.post(Play())
    seen = line.until(lambda s: s.step > 10)
    line.worker.post(SetDocument(edits.set_frozen(made, True, "dense_1")))
    first = line.checkpoint().weights
    line.until(lambda s: s.step > seen.step + 50)
    second = line.checkpoint().weights
    assert np.array_equal(first["dense_1.weight"], second["dense_1.weight"])
    assert not np.array_equal(first["dense_2.weight"], second["dense_2.weight"])
    line.worker.post(Pause())
    assert line.until(lambda s: s.state is RunState.PAUSED).step > seen.step + 50


def test_what_the_data_cannot_give_is_said_before_training(line: Line) -> None:
    line.worker.post(SetDocument(xor(early_stopping=EarlyStopping())))
    told = line.until(lambda s: s.state is RunState.EMPTY)
    assert "early stopping monitors the validation loss, but no data are held out" in told.message
    line.worker.post(SetDocument(xor(early_stopping=EarlyStopping(monitor="loss"))))
    assert line.until(lambda s: s.state is RunState.READY).message == ""


def test_divergence_is_told_and_the_worker_lives_on(line: Line) -> None:
    wild = document(layers.Dense(8), layers.Dense(1), loss=losses.MeanSquaredError(), optimizer=optimizers.SGD(100.0))
    line.worker.post(SetDocument(wild))
    line.worker.post(Play())
    failed = line.until(lambda s: s.state is RunState.FAILED)
    assert "learning rate" in failed.message
    assert failed.diverged
    line.worker.post(SetDocument(xor()))
    assert line.until(lambda s: s.state is not RunState.FAILED).state is RunState.PAUSED


def test_a_checkpoint_from_a_file_goes_on_where_it_was(line: Line) -> None:
    made = xor()
    line.worker.post(SetDocument(made))
    line.worker.post(Play())
    line.until(lambda s: s.state is RunState.FINISHED)
    saved = line.checkpoint()
    line.worker.post(SetDocument(made, checkpoint=saved))
    opened = line.until(lambda s: s.step == saved.step)
    assert opened.state is RunState.FINISHED
    assert np.array_equal(opened.curves["loss"].y, saved.curves["loss"].y)
    assert all(np.array_equal(saved.weights[name], array) for name, array in line.checkpoint().weights.items())


def test_long_epochs_draw_points_on_the_way(line: Line) -> None:
    long = edits.set_data(xor(epochs=1), dataset=datasets.XOR(samples=400))
    line.worker.post(SetDocument(long))
    line.worker.post(Play())
    curve = line.until(lambda s: s.state is RunState.FINISHED).curves["loss"]
    assert len(curve.x) == 20
    assert np.allclose(curve.x, np.arange(1, 21) / 20)
