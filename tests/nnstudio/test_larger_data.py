"""From bundled digits to full data: weights carry over, undo reverts all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import datasets, layers
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.headless import start
from nnstudio.project import project_file
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.commands import Reset, Restore, SetDocument, Steps
from nnstudio.training.messages import RunState
from nnstudio.training.project import Project
from tests.engine.builders import write_idx
from tests.nnstudio.builders import document_of
from tests.nnstudio.worker_support import Line


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures in MNIST's format."""
    write_idx(tmp_path, np.random.default_rng(0).integers(0, 256, (4, 28, 28)), np.array([0, 1, 1, 0]))
    return tmp_path


def digits(size: str = "28x28") -> Document:
    made = document_of(layers.Conv2D(2), layers.ReLU(), layers.Flatten(), layers.Dense(1), layers.Sigmoid())
    made = edits.set_data(made, dataset=datasets.Digits(classes=(0, 1), per_class=20, size=size), validation=0.0)
    return edits.set_training(made, epochs=3, batch_size=4)


def enlarged(document: Document, folder: Path) -> Document:
    larger = document.data.dataset.larger()
    assert larger is not None
    return edits.set_data(document, dataset=larger.located(str(folder)))


def same(one: Checkpoint, other: Checkpoint) -> bool:
    return one.weights.keys() == other.weights.keys() and all(
        np.array_equal(array, other.weights[name]) for name, array in one.weights.items()
    )


def test_weights_go_along_and_the_run_begins_anew(line: Line, folder: Path) -> None:
    small = digits()
    line.worker.post(SetDocument(small))
    line.worker.post(Steps(20))
    learnt = line.checkpoint()
    line.worker.post(SetDocument(enlarged(small, folder)))
    new = line.until(lambda s: s.data is not None and len(s.data.train) == 4)
    assert (new.state, new.epoch, new.step, new.loss) == (RunState.READY, 0, 0, None)
    assert not new.curves.get("loss") or not len(new.curves["loss"].x)
    assert new.note == "A new run, starting from the weights trained so far"
    assert new.renewed == frozenset()
    assert same(line.checkpoint(), learnt)
    line.worker.post(Steps(1))
    assert line.until(lambda s: s.step == 1).state is RunState.PAUSED
    assert not same(line.checkpoint(), learnt)


def test_undo_brings_the_old_run_back_and_redo_the_new_one(line: Line, folder: Path) -> None:
    small = digits()
    large = enlarged(small, folder)
    line.worker.post(SetDocument(small))
    line.worker.post(Steps(20))
    learnt = line.checkpoint()
    line.worker.post(SetDocument(large))
    line.worker.post(SetDocument(small))
    back = line.until(lambda s: s.step == 20)
    assert (back.epoch, back.state, back.note) == (2, RunState.PAUSED, "")
    assert same(line.checkpoint(), learnt)
    line.worker.post(SetDocument(large))
    assert line.until(lambda s: s.step == 0).state is RunState.READY
    assert same(line.checkpoint(), learnt)
    line.worker.post(Steps(2))
    further = line.checkpoint()
    line.worker.post(SetDocument(small))
    line.until(lambda s: s.step == 20)
    line.worker.post(SetDocument(large))
    assert line.until(lambda s: s.step == 2).state is RunState.PAUSED
    assert same(line.checkpoint(), further)


def test_weights_that_do_not_fit_start_anew_and_say_so(line: Line, folder: Path) -> None:
    small = digits("8x8")
    line.worker.post(SetDocument(small))
    line.worker.post(Steps(20))
    learnt = line.checkpoint().weights
    line.worker.post(SetDocument(enlarged(small, folder)))
    new = line.until(lambda s: s.step == 0)
    assert new.note == (
        "A new run, starting from the weights trained so far, except in dense_1, where they do not fit these data"
    )
    assert new.renewed == {"dense_1"}
    weights = line.checkpoint().weights
    assert np.array_equal(weights["conv2d_1.weight"], learnt["conv2d_1.weight"])
    assert weights["dense_1.weight"].shape == (2 * 26 * 26, 1)


def test_where_nothing_was_learnt_nothing_is_said(line: Line, folder: Path) -> None:
    small = digits("8x8")
    line.worker.post(SetDocument(small))
    line.worker.post(SetDocument(enlarged(small, folder)))
    new = line.until(lambda s: s.data is not None and len(s.data.train) == 4)
    assert (new.note, new.renewed) == ("", frozenset())
    assert line.checkpoint() == Checkpoint()


def test_other_data_begin_with_fresh_weights(line: Line, folder: Path) -> None:
    small = digits()
    line.worker.post(SetDocument(small))
    line.worker.post(Steps(20))
    other = datasets.MNIST(folder=str(folder), classes=(1, 0), per_class=20)
    line.worker.post(SetDocument(edits.set_data(small, dataset=other)))
    assert line.until(lambda s: s.step == 0).note == ""
    assert line.checkpoint() == Checkpoint()


def test_an_unfit_network_keeps_what_was_learnt_until_it_is_mended(line: Line, folder: Path) -> None:
    small = edits.insert(digits("8x8"), layers.Reshape(shape=(72,)), digits().wires[2])
    line.worker.post(SetDocument(small))
    line.worker.post(Steps(20))
    learnt = line.checkpoint().weights
    large = enlarged(small, folder)
    line.worker.post(SetDocument(large))
    line.until(lambda s: s.state is RunState.EMPTY)
    line.worker.post(SetDocument(edits.set_field(large, "reshape_1", "shape", (1352,))))
    fixed = line.until(lambda s: s.state is RunState.READY)
    assert fixed.renewed == {"dense_1"}
    assert np.array_equal(line.checkpoint().weights["conv2d_1.weight"], learnt["conv2d_1.weight"])
    line.worker.post(SetDocument(small))
    line.until(lambda s: s.step == 20)


def test_a_reset_gives_fresh_weights_and_can_be_undone(line: Line, folder: Path) -> None:
    small = digits()
    line.worker.post(SetDocument(small))
    line.worker.post(Steps(20))
    learnt = line.checkpoint()
    line.worker.post(SetDocument(enlarged(small, folder)))
    line.worker.post(Reset(7))
    assert line.checkpoint() == Checkpoint()
    line.worker.post(Restore(7))
    assert same(line.checkpoint(), learnt)


def test_what_goes_along_is_saved_before_the_first_step(line: Line, folder: Path) -> None:
    small = digits()
    large = enlarged(small, folder)
    line.worker.post(SetDocument(small))
    line.worker.post(Steps(20))
    learnt = line.checkpoint()
    line.worker.post(SetDocument(large))
    made = Project(large, line.checkpoint()).fitted()
    again = project_file.from_bytes(project_file.to_bytes(made), "t")
    run = start(again)
    assert (run.epoch, run.step) == (0, 0)
    assert same(run.checkpoint(), learnt)


def test_an_edit_before_the_first_step_tells_what_starts_anew(line: Line, folder: Path) -> None:
    small = digits()
    line.worker.post(SetDocument(small))
    line.worker.post(Steps(20))
    large = enlarged(small, folder)
    line.worker.post(SetDocument(large))
    line.worker.post(SetDocument(edits.set_field(large, "conv2d_1", "filters", 3)))
    assert line.until(lambda s: bool(s.renewed)).renewed == {"conv2d_1", "dense_1"}
