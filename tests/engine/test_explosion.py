"""Exploding finite losses: detected, explained, and earlier weights restored."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from engine import DivergedError, Network, Trainer, layers, losses, optimizers, schedules
from engine.layers import Layer
from engine.training.divergence import EXPLOSION, FIRST_SAMPLES, KEPT_EVERY, Guard


def trainer(chain: list[Layer], optimizer: optimizers.Optimizer, batch: int = 20, **settings: object) -> Trainer:
    return Trainer(Network(chain, (1,), seed=0), "mse", optimizer, batch_size=batch, seed=0, **settings)


def line(count: int = 20) -> tuple[np.ndarray, np.ndarray]:
    x = np.linspace(-1, 1, count, dtype=np.float32)[:, None]
    return x, 2 * x + 1


def run_off(it: Trainer, rate: float) -> DivergedError:
    """Trains with too large a learning rate until it is refused."""
    it.learning_rate = rate
    try:
        for _ in range(5000):
            it.step()
    except DivergedError as error:
        return error
    return pytest.fail("went on for 5000 steps")


DEEP: list[Layer] = [layers.Dense(units=4), layers.Dense(units=4), layers.Dense(units=1)]


def test_a_loss_that_explodes_is_stopped_while_it_is_a_number() -> None:
    it = trainer([layers.Dense(units=1)], optimizers.SGD(0.1))
    it.load(*line())
    for _ in range(50):
        it.step()
    error = run_off(it, 1.3)
    assert "the loss to" in str(error)
    assert error.where == "dense_1"
    assert "Use a smaller learning rate" in str(error)
    assert str(error).endswith("The weights from before were taken back.")
    # Of 100 million times the first losses, not of what numbers hold.
    assert it.history.loss[-1] < 1e12
    good = it.evaluate(*line())["loss"]
    assert good <= it.history.loss[KEPT_EVERY - 2]
    # With a smaller rate it goes on as if nothing had been.
    it.learning_rate = 0.1
    for _ in range(20):
        it.step()
    assert it.history.loss[-1] < good


def test_weights_are_taken_back_that_an_overflow_follows_at_once() -> None:
    it = trainer(DEEP, optimizers.Adam(0.01))
    it.load(*line())
    for _ in range(200):
        it.step()
    good = it.evaluate(*line())["loss"]
    error = run_off(it, 1e12)
    assert error.where is not None
    assert it.evaluate(*line())["loss"] <= 2 * good
    it.learning_rate = 0.01
    for _ in range(100):
        it.step()
    assert it.evaluate(*line())["loss"] < 1e-4
    assert np.isfinite(it.network.state_vector).all()


def test_the_layer_that_grew_most_is_named() -> None:
    it = trainer(DEEP, optimizers.SGD(1e-4))
    it.load(*line())
    for _ in range(5):
        it.step()
    it.network.parameters["dense_2.weight"][...] *= 1e7
    with pytest.raises(DivergedError, match=r"dense_2: the output of this layer grew to 1\.\de\+07 times") as caught:
        it.step()
    assert caught.value.where == "dense_2"


def test_what_layers_remember_is_taken_back_too() -> None:
    chain = [layers.Dense(units=4), layers.BatchNorm(), layers.Dense(units=1)]
    it = trainer(chain, optimizers.SGD(1e-3))
    x, y = line()
    it.load(x, y)
    first = it.network.state_vector.copy()
    for _ in range(5):
        it.step()
    it.network.parameters["dense_2.weight"][...] *= 1e7
    with pytest.raises(DivergedError):
        it.step()
    np.testing.assert_array_equal(it.network.state_vector, first)


def test_good_weights_are_those_that_gave_a_good_loss() -> None:
    it = trainer(DEEP, optimizers.SGD(0.05))
    it.load(*line())
    for _ in range(3 * KEPT_EVERY):
        it.step()
    good = it.evaluate(*line())["loss"]
    # The last step of an epoch threw the weights off; only the next batch tells.
    it.network.parameter_vector[...] = 1e18
    with pytest.raises(DivergedError):
        it.step()
    assert it.evaluate(*line())["loss"] < 3 * good + 1e-9


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e3, 1e6])
@pytest.mark.parametrize("batch", [1, 20])
def test_unscaled_targets_are_no_explosion(scale: float, batch: int) -> None:
    it = trainer([layers.Dense(units=8), layers.Tanh(), layers.Dense(units=1)], optimizers.SGD(0.005), batch)
    x, y = line(200)
    y = y * scale
    y[:100] = 0  # first batches that are all but right
    it.shuffle = False
    assert np.isfinite(it.fit(x, y, 30).loss).all()


def test_a_peak_from_which_training_recovers_is_no_explosion() -> None:
    it = trainer([layers.Dense(units=1)], optimizers.SGD(0.1))
    it.load(*line())
    for _ in range(100):
        it.step()
    it.network.parameters["dense_1.weight"][...] = 1000
    assert it.step() > 1e5
    assert it.evaluate(*line())["loss"] > 1e5


def test_a_loss_is_measured_against_what_is_usual() -> None:
    memory = np.zeros(3, np.float32)
    guard = Guard(memory)
    guard.start(losses.get("mse"), np.array([[3.0], [-5.0]]))
    for step in range(4):
        assert guard.limit == 0
        assert guard.allows(2.0 * step, FIRST_SAMPLES // 4, None)
    assert guard.limit == EXPLOSION * 25
    assert guard.allows(guard.limit, 1, None)
    assert not guard.allows(guard.limit * 1.01, 1, None)
    assert not guard.allows(math.nan, 1, None)
    assert guard.good(30.0) is not None
    assert guard.good(20.0) is None
    for name in losses.LOSSES:
        guard.start(losses.get(name), np.eye(3))
        assert guard.allows(1e5, 1, None)


def test_copies_are_made_seldom_and_of_good_weights_only() -> None:
    memory = np.zeros(3, np.float32)
    guard = Guard(memory)

    def epoch(number: int, loss: float, first: float) -> float:
        """The first of the numbers kept, after an epoch of 20 steps and the first batch of the next one."""
        memory[...] = number
        guard.after_epoch(loss, 20 * number)
        guard.allows(first, 20, None)
        kept = guard.good(math.inf)
        assert kept is not None
        return float(kept[0])

    guard.allows(1.0, FIRST_SAMPLES, None)
    assert epoch(1, 1.0, 1.0) == 0  # too soon
    assert epoch(2, 0.9, 1.0) == 2
    assert epoch(4, 5.0, 1.0) == 2  # a bad epoch
    assert epoch(6, 1.0, 50.0) == 2  # a good one whose last step went off
    assert epoch(8, 1.0, 1.5) == 8


def test_the_schedule_goes_on_where_the_optimiser_begins_anew() -> None:
    it = trainer(DEEP, optimizers.Adam(0.01), schedule=schedules.Exponential(gamma=0.9, unit="step"))
    it.load(*line())
    for _ in range(10):
        it.step()
    rate = it.current_rate
    it.network.parameter_vector[...] = 1e18
    with pytest.raises(DivergedError):
        it.step()
    assert it.current_rate == rate
    assert not any(slot.any() for name, slot in it.state().arrays.items() if name.startswith("optimizer."))


def test_a_run_that_was_taken_up_again_stops_at_the_same_loss(tmp_path: Path) -> None:
    def make() -> Trainer:
        return trainer([layers.Dense(units=1)], optimizers.SGD(1.3))

    whole = make()
    whole.load(*line())
    for _ in range(15):
        whole.step()
    whole.save(tmp_path / "run.safetensors")
    again = make()
    again.resume(tmp_path / "run.safetensors")
    again.load(*line())
    places = [str(run_off(it, 1.3)).partition(" in epoch ")[2] for it in (whole, again)]
    assert places[0] == places[1]
    assert whole.steps == again.steps
