"""Early stopping."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from engine import Network, SpecError, Trainer, layers, optimizers
from engine.training.early_stopping import EarlyStopping, Stopper


def samples(count: int = 12, seed: int = 0, noise: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Mostly noise, so that a network that learns it by heart does worse on other samples."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (count, 2)).astype(np.float32)
    return x, (x[:, :1] + noise * rng.standard_normal((count, 1))).astype(np.float32)


def trainer(early_stopping: EarlyStopping | None) -> Trainer:
    net = Network([layers.Dense(units=64), layers.BatchNorm(), layers.Tanh(), layers.Dense(units=1)], (2,), seed=0)
    return Trainer(net, optimizer=optimizers.Adam(0.02), batch_size=4, seed=0, early_stopping=early_stopping)


def test_it_stops_and_takes_the_best_weights_back() -> None:
    data, held = samples(), samples(50, 1, noise=0)
    it = trainer(EarlyStopping(patience=5))
    kept: list[np.ndarray] = []
    history = it.fit(*data, 500, held, after_epoch=lambda it: kept.append(it.network.state_vector.copy()))
    best = int(np.argmin(history.val_loss))
    assert it.epoch == best + 1 + 5 < 500
    np.testing.assert_array_equal(it.network.state_vector, kept[best])
    assert it.evaluate(*held)["loss"] == pytest.approx(history.val_loss[best], rel=1e-6)
    assert history.stopped is not None
    for text in (f"after epoch {it.epoch}", "val_loss", f"best in epoch {best + 1}", "were restored"):
        assert text in history.stopped


def test_the_weights_may_stay_as_they_are() -> None:
    it = trainer(EarlyStopping(patience=3, restore_best=False))
    kept: list[np.ndarray] = []

    def keep(it: Trainer) -> None:
        kept.append(it.network.state_vector.copy())

    twin = trainer(None)
    history = it.fit(*samples(), 500, samples(50, 1, noise=0))
    twin.fit(*samples(), it.epoch, samples(50, 1, noise=0), after_epoch=keep)
    np.testing.assert_array_equal(it.network.state_vector, kept[-1])
    assert history.stopped is not None
    assert "were restored" not in history.stopped
    assert twin.history.stopped is None


def test_when_to_stop_by_hand() -> None:
    memory = np.zeros(2)
    stopper = Stopper(EarlyStopping(patience=2, min_delta=0.1, monitor="loss"), memory)
    reasons = []
    for epoch, loss in enumerate((1.0, 0.95, 0.8, math.nan, 0.75), start=1):
        memory[...] = epoch
        reasons.append(stopper.after_epoch(epoch, {"loss": loss}))
    assert reasons[:4] == [None] * 4
    assert reasons[4] is not None
    np.testing.assert_array_equal(memory, [3, 3])


def test_a_loss_that_never_is_a_number_stops_it_too() -> None:
    memory = np.ones(1)
    stopper = Stopper(EarlyStopping(patience=1), memory)
    assert "never finite" in (stopper.after_epoch(1, {"val_loss": math.nan}) or "")
    np.testing.assert_array_equal(memory, [1])


def test_another_fit_goes_on_with_new_patience() -> None:
    it = trainer(EarlyStopping(patience=2))
    held = samples(50, 1, noise=0)
    it.fit(*samples(), 500, held)
    stopped = it.epoch
    it.fit(*samples(), 2, held)
    assert it.epoch >= stopped + 2


def test_it_needs_what_it_watches() -> None:
    with pytest.raises(SpecError, match=r"early stopping monitors val_loss.*no validation data"):
        trainer(EarlyStopping()).fit(*samples())
    trainer(EarlyStopping(monitor="loss")).fit(*samples())
    with pytest.raises(SpecError, match="patience"):
        EarlyStopping(patience=0)


@pytest.mark.parametrize("restore_best", [True, False])
def test_a_resumed_run_stops_at_the_same_epoch(tmp_path: Path, restore_best: bool) -> None:
    data, held = samples(), samples(50, 1, noise=0)
    kept = tmp_path / "run.safetensors"
    through = trainer(EarlyStopping(patience=6, restore_best=restore_best))
    epochs = trainer(EarlyStopping(patience=6)).fit(*data, 500, held).val_loss
    middle = len(epochs) - 3
    through.fit(*data, 500, held, after_epoch=lambda it: it.save(kept) if it.epoch == middle else None)
    resumed = trainer(EarlyStopping(patience=6, restore_best=restore_best))
    resumed.resume(kept)
    resumed.fit(*data, 500, held)
    assert resumed.history == through.history
    np.testing.assert_array_equal(resumed.network.state_vector, through.network.state_vector)
    # A run that was saved after it had stopped stays stopped.
    through.save(kept)
    resumed.resume(kept)
    assert resumed.fit(*data, 500, held) == through.history


def test_it_may_be_set_changed_and_taken_back_between_two_steps() -> None:
    it, data, held = trainer(None), samples(), samples(50, 1, noise=0)
    it.fit(*data, 3, held)
    it.early_stopping = EarlyStopping(patience=1, min_delta=100.0)
    while it.history.stopped is None:
        it.step()
    # The first epoch is the best, since it is the first; the next one is no better by so much.
    assert it.epoch == 5
    it.go_on()
    assert it.history.stopped is None
    it.early_stopping = None
    for _ in range(9):
        it.step()
    assert (it.epoch, it.history.stopped) == (8, None)
    bare = trainer(None)
    bare.load(*data)
    with pytest.raises(SpecError, match="no validation data"):
        bare.early_stopping = EarlyStopping()
    assert bare.early_stopping is None
