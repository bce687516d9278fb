"""Weight transfer after edits: kept weights, and reports of what started anew."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine import datasets, layers, losses, optimizers
from engine.layers.base import Layer
from nnstudio.document import edits, replacing
from nnstudio.document.model import Document, Wire
from nnstudio.training.build import read_data
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.commands import Quit, SetDocument, Steps
from nnstudio.training.run import TrainingRun
from nnstudio.training.run_base import NEW_FOR
from tests.nnstudio.builders import document_of
from tests.nnstudio.worker_support import Line


def document(*stack: Layer) -> Document:
    made = document_of(*(stack or (layers.Dense(3), layers.Tanh(), layers.Dense(1), layers.Tanh())))
    made = edits.set_data(made, dataset=datasets.XOR(), validation=0.0)
    return edits.set_training(made, loss=losses.MeanSquaredError(), batch_size=1, epochs=10_000)


def run_of(made: Document, steps: int = 20) -> TrainingRun:
    run = TrainingRun(made, read_data(made.data))
    for _ in range(steps):
        run.step_once()
    return run


def weights(run: TrainingRun) -> dict[str, np.ndarray]:
    return {name: array.copy() for name, array in run.network.arrays.items()}


def assert_kept(before: dict[str, np.ndarray], run: TrainingRun, *blocks: str, **renamed: str) -> None:
    """The blocks have just the weights they had; `renamed` gives old names by new ones."""
    pairs = {block: block for block in blocks} | renamed
    for now, was in pairs.items():
        for key in ("weight", "bias"):
            np.testing.assert_array_equal(run.network.arrays[f"{now}.{key}"], before[f"{was}.{key}"])


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: edits.insert(d, layers.Dropout(), d.wires[2]),
        lambda d: edits.move_into(d, "tanh_1", Wire(source="dense_2", target="tanh_2")),
        lambda d: edits.remove(d, "tanh_1"),
        lambda d: replacing.replace(d, "tanh_1", layers.ReLU)[0],
        lambda d: edits.set_disabled(d, True, "tanh_1"),
    ],
    ids=["insert", "move", "remove", "replace", "disable"],
)
def test_all_others_keep_their_weights(edit: Callable[[Document], Document]) -> None:
    made = document()
    run = run_of(made)
    before = weights(run)
    run.update(edit(made))
    assert_kept(before, run, "dense_1", "dense_2")
    assert run.untrained == frozenset()


def test_a_renamed_block_keeps_its_weights() -> None:
    made = document()
    run = run_of(made)
    before = weights(run)
    run.update(edits.rename(made, "dense_1", "hidden"))
    assert_kept(before, run, "dense_2", hidden="dense_1")
    assert run.untrained == frozenset()
    run.update(made)
    assert_kept(before, run, "dense_1", "dense_2")


@pytest.mark.parametrize("optimizer", [optimizers.SGD(0.01, momentum=0.9), optimizers.Adam(0.01)], ids=["sgd", "adam"])
def test_training_goes_on_after_a_rename_as_if_nothing_had_been(optimizer: optimizers.Optimizer) -> None:
    made = edits.set_training(document(layers.Dense(3), layers.Dropout(), layers.Dense(1)), optimizer=optimizer)
    run, other = run_of(made, steps=21), run_of(made, steps=21)
    run.update(edits.rename(made, "dense_1", "hidden"))
    assert run.note == ""
    for _ in range(10):
        run.step_once()
        other.step_once()
    assert (run.epoch, run.step) == (other.epoch, other.step) == (7, 31)
    assert_kept(weights(other), run, "dense_2", hidden="dense_1")
    np.testing.assert_array_equal(run.curves.curves()["loss"].y, other.curves.curves()["loss"].y)


def test_a_rename_along_with_another_optimiser_starts_that_anew_and_one_with_other_settings_does_not() -> None:
    made = document()
    run = run_of(made)
    before = weights(run)
    other = edits.set_training(edits.rename(made, "dense_1", "hidden"), optimizer=optimizers.SGD(0.1, momentum=0.5))
    run.update(other)
    assert_kept(before, run, "dense_2", hidden="dense_1")
    assert "with a fresh state" in run.note
    run.step_once()
    state = run.checkpoint().state
    assert state is not None
    run.update(edits.set_training(edits.rename(other, "hidden", "dense_1"), batch_size=5))
    after = run.checkpoint().state
    assert after is not None
    assert run.note == ""
    np.testing.assert_array_equal(state.arrays["optimizer.velocity"], after.arrays["optimizer.velocity"])


def test_a_changed_block_starts_anew_where_it_does_not_fit_and_says_so_until_it_is_trained() -> None:
    made = document()
    run = run_of(made)
    before = weights(run)
    run.update(edits.set_field(made, "dense_1", "units", 5))
    # The block behind it has other inputs now, but its bias still fits.
    np.testing.assert_array_equal(run.network.arrays["dense_2.bias"], before["dense_2.bias"])
    assert run.untrained == {"dense_1", "dense_2"}
    renamed = edits.rename(run.document, "dense_1", "hidden")
    run.update(renamed)
    assert run.untrained == {"hidden", "dense_2"}
    for _ in range(NEW_FOR - 1):
        run.step_once()
    assert run.untrained == {"hidden", "dense_2"}
    run.step_once()
    assert run.untrained == frozenset()


def test_before_the_first_step_nothing_starts_anew() -> None:
    made = document()
    run = run_of(made, steps=0)
    run.update(edits.set_field(made, "dense_1", "units", 5))
    assert run.untrained == frozenset()


def test_a_new_block_with_an_old_name_does_not_take_the_old_weights() -> None:
    # A BatchNorm learns nothing from a single sample.
    made = edits.set_training(document(layers.Dense(2), layers.Tanh(), layers.Dense(1)), batch_size=2)
    run = run_of(made)
    before = weights(run)
    other, name = replacing.replace(edits.rename(made, "tanh_1", "own"), "own", layers.LayerNorm)
    assert name == "own"
    run.update(other)
    replaced, _ = replacing.replace(other, "own", layers.BatchNorm)
    run.update(replaced)
    assert "own" in run.untrained
    assert_kept(before, run, "dense_1", "dense_2")


def test_a_disabled_block_gets_its_weights_back_however_often_it_was_renamed() -> None:
    made = document(layers.Dense(2), layers.Tanh(), layers.Dense(1))
    run = run_of(made)
    before = weights(run)
    off = edits.set_disabled(made, True, "dense_1")
    run.update(off)
    assert "dense_1.weight" not in run.network.arrays
    for _ in range(10):
        run.step_once()
    renamed = edits.rename(off, "dense_1", "hidden")
    run.update(renamed)
    run.update(edits.set_disabled(renamed, False, "hidden"))
    assert_kept(before, run, hidden="dense_1")
    assert run.untrained == frozenset()


def test_weights_of_a_disabled_block_are_part_of_a_checkpoint() -> None:
    made = document(layers.Dense(2), layers.Tanh(), layers.Dense(1))
    run = run_of(made)
    before = weights(run)
    off = edits.set_disabled(made, True, "dense_1")
    run.update(off)
    saved = run.checkpoint()
    np.testing.assert_array_equal(saved.weights["dense_1.weight"], before["dense_1.weight"])
    again = TrainingRun(off, read_data(off.data), checkpoint=saved)
    again.update(made)
    assert_kept(before, again, "dense_1")


class TestWorker:
    """The same through the worker, where several edits may arrive at once."""

    def trained(self, made: Document) -> tuple[Line, Checkpoint]:
        line = Line()
        line.worker.post(SetDocument(made))
        line.worker.post(Steps(20))
        return line, line.checkpoint()

    def after(self, line: Line, *documents: Document) -> Checkpoint:
        """What was trained, after edits that arrive one right behind the other."""
        # The worker takes all that waits at once, so only the last document is built.
        line.worker._waiting.extend(SetDocument(each) for each in documents)
        made = line.checkpoint()
        line.worker.post(Quit())
        line.worker.join(10)
        return made

    def test_a_rename_and_a_change_at_once(self) -> None:
        made = document()
        line, before = self.trained(made)
        renamed = edits.rename(made, "dense_1", "hidden")
        last = edits.insert(renamed, layers.Dropout(), renamed.wires[2])
        after = self.after(line, renamed, edits.set_field(renamed, "hidden", "bias", False), renamed, last)
        np.testing.assert_array_equal(after.weights["hidden.weight"], before.weights["dense_1.weight"])
        assert set(after.weights) == {"hidden.weight", "hidden.bias", "dense_2.weight", "dense_2.bias"}
        assert after.renewed == {}

    def test_names_swapped_at_once(self) -> None:
        made = document(layers.Dense(2), layers.Tanh(), layers.Dense(2), layers.Tanh(), layers.Dense(1))
        line, before = self.trained(made)
        steps = [made]
        for old, new in (("dense_1", "x"), ("dense_2", "dense_1"), ("x", "dense_2")):
            steps.append(edits.rename(steps[-1], old, new))
        after = self.after(line, *steps[1:])
        np.testing.assert_array_equal(after.weights["dense_1.weight"], before.weights["dense_2.weight"])
        np.testing.assert_array_equal(after.weights["dense_2.weight"], before.weights["dense_1.weight"])

    def test_what_is_saved_of_a_network_that_is_being_rebuilt_bears_the_new_names(self) -> None:
        made = document()
        line, before = self.trained(made)
        renamed = edits.rename(made, "dense_1", "hidden")
        broken = edits.set_field(renamed, "dense_2", "units", 7)
        after = self.after(line, renamed, broken)
        np.testing.assert_array_equal(after.weights["hidden.weight"], before.weights["dense_1.weight"])

    def test_a_rename_while_the_network_is_unsound(self) -> None:
        made = document()
        line, before = self.trained(made)
        broken = edits.set_field(made, "dense_2", "units", 7)
        line.worker.post(SetDocument(broken))
        renamed = edits.rename(broken, "dense_1", "hidden")
        line.worker.post(SetDocument(renamed))
        line.until(lambda snapshot: snapshot.message != "")
        after = self.after(line, edits.set_field(renamed, "dense_2", "units", 1))
        np.testing.assert_array_equal(after.weights["hidden.weight"], before.weights["dense_1.weight"])
        np.testing.assert_array_equal(after.weights["dense_2.weight"], before.weights["dense_2.weight"])

    def test_the_window_is_told_which_blocks_started_anew(self) -> None:
        made = document()
        line, _ = self.trained(made)
        line.worker.post(SetDocument(edits.set_field(made, "dense_1", "units", 5)))
        snapshot = line.until(lambda snapshot: bool(snapshot.renewed))
        assert snapshot.renewed == {"dense_1", "dense_2"}
        line.worker.post(SetDocument(made))
        assert line.until(lambda snapshot: not snapshot.renewed).step == 20
        self.after(line)
