"""Training on augmented pictures: reproducible, changed without a break, and never seen by validation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import datasets, layers
from engine.data.steps import AnyStep, Elastic, Erase, Flip, Noise, Rotate, ScaleInputs, Shift, Zoom
from engine.data.steps.augmentation.base import augment, generator
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.project import project_file
from nnstudio.training.commands import SetDocument
from nnstudio.training.current_run import Change, CurrentRun
from nnstudio.training.project import Project
from nnstudio.training.run import TrainingRun
from tests.nnstudio.builders import document_of
from tests.nnstudio.worker_support import run_of

ALL = (Shift(), Rotate(), Zoom(), Flip(), Noise(), Erase(), Elastic(strength=0.5, smoothness=2))


def document(*steps: AnyStep, **training: Any) -> Document:
    made = document_of(
        layers.Conv2D(4, 3), layers.ReLU(), layers.Flatten(), layers.Dropout(0.1), layers.Dense(10), layers.Softmax()
    )
    made = edits.set_data(made, dataset=datasets.Digits(per_class=8), validation=0.25, steps=steps)
    return edits.set_training(made, **{"batch_size": 7, "epochs": 6, **training})


def train(run: TrainingRun, steps: int) -> TrainingRun:
    for _ in range(steps):
        run.step_once()
    return run


def numbers(run: TrainingRun) -> bytes:
    return b"".join(np.ascontiguousarray(array).tobytes() for array in run.network.arrays.values())


def seen(run: TrainingRun) -> np.ndarray:
    """Pictures that the next step will see."""
    batch = run.trainer.next_batch
    out = np.empty((len(batch), 1, 8, 8), np.float32)
    run._pictures.take(batch, out)
    return out


def test_the_same_seed_gives_the_same_run() -> None:
    made = document(*ALL)
    first, second = train(run_of(made), 20), train(run_of(made), 20)
    assert numbers(first) == numbers(second)
    assert numbers(train(run_of(document(*ALL, seed=1)), 20)) != numbers(first)
    assert numbers(train(run_of(document()), 20)) != numbers(first)


@pytest.mark.parametrize("steps", [3, 9, 14])
def test_a_saved_run_goes_on_as_if_it_had_never_stopped(steps: int) -> None:
    made = document(*ALL)
    whole = train(run_of(made), 25)
    begun = train(run_of(made), steps)
    saved = project_file.to_bytes(Project(made, begun.checkpoint()).fitted())
    loaded = project_file.from_bytes(saved, "p")
    assert loaded.document.data.augmentations == ALL
    resumed = train(run_of(loaded.document, loaded.checkpoint), 25 - steps)
    assert numbers(resumed) == numbers(whole)
    assert resumed.scores == whole.scores


def test_a_preview_sees_the_pictures_of_its_step() -> None:
    run = train(run_of(document(*ALL)), 5)
    preview = run.trainer.preview("conv2d_1")
    assert run.step_once() == pytest.approx(preview.loss, rel=1e-6)


def test_every_batch_is_changed_anew() -> None:
    run = run_of(document(Shift()))
    first = seen(run)
    chosen = run.trainer.next_batch
    np.testing.assert_array_equal(first, augment((Shift(),), run.split.train.x[chosen], generator(0, 0)))
    train(run, 9)
    assert run.trainer.epoch == 1
    assert not np.array_equal(seen(run), run.split.train.x[run.trainer.next_batch])


def test_validation_and_evaluation_never_see_it() -> None:
    # Nothing is left of the pictures that are trained on.
    blind = run_of(document(Erase(size=1, chance=1)))
    plain = run_of(document())
    assert (seen(blind) == 0).all()
    assert blind.split.validation is not None
    assert plain.split.validation is not None
    np.testing.assert_array_equal(blind.split.validation.x, plain.split.validation.x)
    x, y = blind.split.validation.x, blind.split.validation.y
    assert blind.trainer.evaluate(x, y) == plain.trainer.evaluate(x, y)


def test_a_changed_step_goes_on_with_the_run() -> None:
    current = CurrentRun(lambda: None)
    first, second = document(Shift(across=1)), document(Shift(across=2))
    assert current.set_document(SetDocument(first)) is Change.BEGUN
    run = current.run
    assert run is not None
    train(run, 12)
    split = run.split
    assert current.set_document(SetDocument(second)) is Change.UPDATED
    assert current.run is run
    assert run.split is split
    assert run.step == 12
    chosen = run.trainer.next_batch
    np.testing.assert_array_equal(
        seen(run), augment((Shift(across=2),), run.split.train.x[chosen], generator(0, run.trainer.steps))
    )
    assert [mark.text for mark in run.marks.shown] == ["Shift: across 1 → 2"]
    assert current.set_document(SetDocument(document())) is Change.UPDATED
    np.testing.assert_array_equal(seen(run), run.split.train.x[chosen])
    # Other steps decide on the samples themselves.
    assert current.set_document(SetDocument(document(ScaleInputs()))) is Change.BEGUN
