"""Training curves of bounded size."""

from __future__ import annotations

import json
import math
import zipfile
from io import BytesIO

import numpy as np
import pytest

from engine.training.history import History
from nnstudio.document.model import Document
from nnstudio.project.project_file import Project, from_bytes, to_bytes
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.curves import CurveBook, CurveLog
from nnstudio.training.recorder import Recorder


def test_keeps_all_values_while_there_is_room() -> None:
    log = CurveLog(most=8)
    for x in range(8):
        log.add(x, x * 10)
    curve = log.curve()
    assert curve.x.tolist() == list(range(8))
    assert curve.y.tolist() == [x * 10 for x in range(8)]


def test_a_full_curve_keeps_its_shape_in_half_the_room() -> None:
    log = CurveLog(most=16)
    for x in range(1000):
        log.add(x, 3.0 * x)
    curve = log.curve()
    assert len(curve.x) <= 16
    assert (np.diff(curve.x) > 0).all()
    # Every point is the mean of a stretch that ends at its x.
    assert np.allclose(curve.y, 3 * (curve.x - (np.diff(curve.x)[0] - 1) / 2))


@pytest.mark.parametrize("at", [7, 16, 17, 40, 200, 333])
def test_a_curve_that_was_full_goes_on_as_if_there_had_been_no_break(at: int) -> None:
    values = np.random.default_rng(0).uniform(0, 9, 500).tolist()
    through, first = CurveLog(most=16), CurveLog(most=16)
    for x, y in enumerate(values):
        through.add(x, y)
    for x, y in enumerate(values[:at]):
        first.add(x, y)
    made = Checkpoint(curves={"loss": first.curve()}, epoch=1, step=1)
    saved = from_bytes(to_bytes(Project(Document(), made)), "p").checkpoint.curves["loss"]
    again = CurveLog(saved, most=16)
    assert again.last == values[at - 1]
    for x, y in enumerate(values[at:], at):
        again.add(x, y)
    one, other = through.curve(), again.curve()
    np.testing.assert_array_equal(one.x, other.x)
    np.testing.assert_array_equal(one.y, other.y)
    assert one.averaging == other.averaging


def test_a_file_tells_of_averages_only_where_there_are_any() -> None:
    log = CurveLog(most=16)
    log.add(1, 2.0)
    files = []
    for _ in range(2):
        data = to_bytes(Project(Document(), Checkpoint(curves={"loss": log.curve()}, epoch=1, step=1)))
        files.append(json.loads(zipfile.ZipFile(BytesIO(data)).read("history.json"))["curves"]["loss"])
        for x in range(2, 20):
            log.add(x, math.nan)
    assert files[0] == {"x": [1.0], "y": [2.0]}
    assert files[1]["averaging"] == {"stride": 2, "waiting": 1}
    # What is not a number is none again.
    loaded = from_bytes(data, "p").checkpoint.curves["loss"].averaging
    assert (loaded.stride, loaded.waiting) == (2, 1)
    assert loaded.last is not None
    assert math.isnan(loaded.last)
    assert math.isnan(loaded.total)


def test_a_book_goes_on_from_saved_curves() -> None:
    book = CurveBook()
    book.add("loss", 1, 0.5)
    again = CurveBook(book.curves())
    again.add("loss", 2, 0.25)
    assert again.curves()["loss"].y.tolist() == [0.5, 0.25]
    assert again.last == {"loss": 0.25}


def epochs_of(batches: list[tuple[float, int]], count: int = 1) -> list[float]:
    """Loss curve of epochs made of these batches: the mean loss of each, and its samples."""
    recorder = Recorder(Checkpoint(), "key")
    recorder.set_up((), len(batches))
    for epoch in range(count):
        for step, (loss, samples) in enumerate(batches, 1):
            due = recorder.add_step(loss, samples)
            if step == len(batches):
                recorder.end_epoch(epoch + 1, History())
            elif due:
                recorder.add_point(epoch + step / len(batches))
    values: list[float] = recorder.curves.curves()["loss"].y.tolist()
    return values


def test_an_epoch_of_one_more_tiny_batch_leaves_no_spike() -> None:
    # A point every second step; the 41st of the epoch has a single sample, which happens to be an easy one.
    curve = epochs_of([(1.0, 32)] * 40 + [(0.001, 1)], 3)
    assert len(curve) == 3 * 21
    assert min(curve) == pytest.approx((64 * 1.0 + 0.001) / 65)


def test_steps_left_at_the_end_of_an_epoch_join_the_last_point() -> None:
    # A point every third step, of as many samples each, and two steps are left.
    losses = [float(step) for step in range(62)]
    curve = epochs_of([(loss, 8) for loss in losses])
    assert curve[:-1] == [np.mean(losses[at : at + 3]) for at in range(0, 60, 3)]
    assert curve[-1] == np.mean(losses[57:])


def test_a_short_epoch_is_the_mean_over_its_samples() -> None:
    assert epochs_of([(1.0, 30), (4.0, 10)], 2) == [1.75, 1.75]


def test_losses_waiting_in_an_older_file_count_as_full_batches() -> None:
    _, old = Recorder.parse({"reached": 1.5, "loss": 6.0, "steps": 3}, 32)
    assert (old.waiting.total / old.waiting.samples, old.waiting.samples, old.steps) == (2.0, 96, 3)
    recorder = Recorder(Checkpoint(), "key")
    recorder.add_step(3.0, 10)
    _, new = Recorder.parse(recorder.state(), 32)
    assert (new.waiting.total, new.waiting.samples, new.steps) == (30.0, 10, 1)
