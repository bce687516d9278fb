"""Trainer: epochs, steps, validation, history, repeatability, divergence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine import DataError, DivergedError, Network, ShapeError, SpecError, Trainer, layers, optimizers


def network(seed: int = 0) -> Network:
    return Network([layers.Dense(units=8), layers.Tanh(), layers.Dense(units=1)], (2,), seed=seed)


def samples(count: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(seed).uniform(-1, 1, (count, 2)).astype(np.float32)
    return x, (x[:, :1] * x[:, 1:]).astype(np.float32)


def test_history_has_one_value_per_epoch() -> None:
    x, y = samples()
    trainer = Trainer(network(), "mse", optimizers.SGD(learning_rate=0.1), batch_size=8, seed=0)
    seen = []
    history = trainer.fit(x, y, 5, validation=samples(10, 1), after_epoch=lambda it: seen.append(it.epoch))
    assert history is trainer.history
    assert len(history.loss) == len(history.val_loss) == 5
    assert {name: len(values) for name, values in history.metrics.items()} == {"mae": 5, "val_mae": 5}
    assert (trainer.epoch, trainer.steps, seen) == (5, 25, [1, 2, 3, 4, 5])
    trainer.fit(x, y, 2)
    assert len(history.loss) == 7
    assert len(history.val_loss) == 5
    assert trainer.fit(x, y, 0) is history
    assert len(history.loss) == 7


def test_training_learns() -> None:
    x, y = samples(200)
    history = Trainer(network(), optimizer=optimizers.Adam(learning_rate=0.02), batch_size=16, seed=0).fit(x, y, 60)
    assert history.loss[-1] < 0.1 * history.loss[0]


@pytest.mark.parametrize("batch_size", [1, 3, 16, 100])
@pytest.mark.parametrize("shuffle", [False, True])
def test_an_epoch_sees_every_sample_once(batch_size: int, shuffle: bool) -> None:
    count = 10
    x = np.zeros((count, 2), np.float32)
    y = np.arange(count, dtype=np.float32)[:, None]
    still = network()
    still.parameter_vector[...] = 0
    # With all weights zero and next to no steps, the epoch's loss is the mean of the squared targets.
    trainer = Trainer(
        still, optimizer=optimizers.SGD(learning_rate=1e-9), batch_size=batch_size, shuffle=shuffle, seed=0
    )
    trainer.load(x, y)
    steps = math.ceil(count / batch_size)
    losses = [trainer.step() for _ in range(steps)]
    assert trainer.epoch == 1
    assert trainer.history.loss[0] == pytest.approx(float((y**2).mean()), rel=1e-5)
    sizes = [min(batch_size, count - batch_size * index) for index in range(steps)]
    assert np.average(losses, weights=sizes) == pytest.approx(float((y**2).mean()), rel=1e-5)
    if not shuffle and batch_size == 1:
        assert losses == pytest.approx((y[:, 0] ** 2).tolist(), rel=1e-4)


@pytest.mark.parametrize("batch_size", [1, 7, 40, 100])
def test_the_last_batch_is_told(batch_size: int) -> None:
    x, y = samples()
    trainer = Trainer(network(), "mse", optimizers.SGD(learning_rate=0.1), batch_size=batch_size, seed=0)
    trainer.load(x, y)
    assert trainer.last_batch.tolist() == []
    seen: list[int] = []
    while trainer.epoch < 2:
        expected = trainer.network.copy().predict(x), trainer.epoch
        loss = trainer.step()
        last = trainer.last_batch
        # The loss of the batch is that of these samples, with the weights before the step.
        assert loss == pytest.approx(float(((expected[0][last] - y[last]) ** 2).mean()), rel=1e-5)
        seen += last.tolist()
        last[...] = 0
    assert sorted(seen[:40]) == sorted(seen[40:]) == list(range(40))


def test_a_step_is_what_it_says() -> None:
    x, y = samples(6)
    net = network()
    before = net.parameter_vector.copy()
    value, gradients = net.gradients(x, y)
    flat = np.concatenate([gradients[name].reshape(-1) for name in net.parameters])
    trainer = Trainer(net, optimizer=optimizers.SGD(learning_rate=0.5), batch_size=6, shuffle=False, seed=0)
    trainer.load(x, y)
    assert trainer.step() == pytest.approx(value)
    np.testing.assert_allclose(net.parameter_vector, before - 0.5 * flat, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("make", [optimizers.SGD, optimizers.Adam, optimizers.RMSprop])
def test_the_same_seed_gives_the_same_result_bit_for_bit(make: type[optimizers.Optimizer]) -> None:
    x, y = samples()

    def run(seed: int) -> tuple[np.ndarray, list[float]]:
        net = Network([layers.Dense(units=6), layers.ReLU(), layers.Dropout(), layers.Dense(units=1)], (2,), seed=3)
        trainer = Trainer(net, optimizer=make(), batch_size=7, seed=seed)
        history = trainer.fit(x, y, 4, validation=(x, y))
        return net.parameter_vector, [*history.loss, *history.val_loss]

    values, losses = run(1)
    again, same = run(1)
    np.testing.assert_array_equal(values, again)
    assert losses == same
    assert not np.array_equal(values, run(2)[0])


def test_looking_on_does_not_change_the_training() -> None:
    x, y = samples()
    left, right = network(), network()
    Trainer(left, batch_size=8, seed=0).fit(x, y, 3)
    watched = Trainer(right, batch_size=8, seed=0)
    watched.load(x, y)
    while watched.epoch < 3:
        watched.step()
        right.predict(x)
        right.gradients(x, y)
        watched.evaluate(x, y)
    np.testing.assert_array_equal(left.parameter_vector, right.parameter_vector)


def test_fresh_seeds_are_reported() -> None:
    x, y = samples()
    first = Trainer(network(), batch_size=8)
    loss = first.fit(x, y, 2).loss
    assert Trainer(network(), batch_size=8, seed=first.seed).fit(x, y, 2).loss == loss


def test_evaluate_agrees_with_the_formulas() -> None:
    x, y = samples(600)
    net = network()
    result = Trainer(net).evaluate(x, y)
    distance = net.predict(x).astype(float) - y
    assert result == pytest.approx({"loss": (distance**2).mean(), "mae": np.abs(distance).mean()}, rel=1e-4)
    labels = np.random.default_rng(0).integers(0, 3, 600)
    shares = Network([layers.Dense(units=3), layers.Softmax()], (2,), seed=0)
    result = Trainer(shares, "categorical_cross_entropy").evaluate(x, labels)
    predicted = shares.predict(x)
    assert result["accuracy"] == pytest.approx((predicted.argmax(axis=1) == labels).mean())
    assert result["loss"] == pytest.approx(-np.log(predicted[np.arange(600), labels]).mean(), rel=1e-4)
    yes = Network([layers.Dense(units=1), layers.Sigmoid()], (2,), seed=0)
    result = Trainer(yes, "binary_cross_entropy").evaluate(x, labels > 0)
    assert result["accuracy"] == pytest.approx(((yes.predict(x)[:, 0] > 0.5) == (labels > 0)).mean())
    assert Trainer(net).evaluate(x[:0], y[:0]) == {"loss": 0.0, "accuracy": 0.0}


def test_metrics_can_be_chosen() -> None:
    x, y = samples()
    assert set(Trainer(network(), metrics=["mae", "r2"]).evaluate(x, y)) == {"loss", "mae", "r2"}
    assert set(Trainer(network(), metrics=[]).fit(x, y).metrics) == set()
    for call in ("load", "evaluate"):
        with pytest.raises(SpecError, match="no metric 'rmse'; choose from accuracy, mae"):
            getattr(Trainer(network(), metrics=["rmse"]), call)(x, y)


def test_the_learning_rate_can_be_changed_while_training() -> None:
    x, y = samples()
    net = network()
    trainer = Trainer(net, optimizer=optimizers.SGD(learning_rate=0.1), batch_size=8, seed=0)
    trainer.fit(x, y, 1)
    trainer.learning_rate = 1e-12
    kept = net.parameter_vector.copy()
    trainer.fit(x, y, 1)
    np.testing.assert_allclose(net.parameter_vector, kept, atol=1e-7)
    trainer.learning_rate = 0.2
    assert trainer.learning_rate == 0.2
    trainer.fit(x, y, 1)
    assert not np.allclose(net.parameter_vector, kept, atol=1e-3)
    for value in (0, -1, math.nan, math.inf, 1e300, "0.1", None):
        with pytest.raises(SpecError, match="learning rate must be above zero"):
            trainer.learning_rate = value  # type: ignore[assignment]


def test_the_batch_size_can_be_changed_while_training() -> None:
    x, y = samples(20)
    trainer = Trainer(network(), batch_size=8, seed=0)
    trainer.load(x, y)
    trainer.step()
    trainer.batch_size = 3
    steps = 1
    while trainer.epoch == 0:
        trainer.step()
        steps += 1
    # 8 and then 12 in threes: every sample is seen once.
    assert (steps, trainer.batch_size) == (5, 3)
    with pytest.raises(SpecError, match="batch_size"):
        trainer.batch_size = 0
    assert trainer.batch_size == 3


@pytest.mark.parametrize("make", [optimizers.SGD, optimizers.RMSprop, optimizers.Adam])
def test_divergence_leaves_the_last_finite_parameters(make: type[optimizers.Optimizer]) -> None:
    x, y = samples()
    net = Network([layers.Dense(units=8), layers.ReLU(), layers.Dense(units=8), layers.Dense(units=1)], (2,), seed=0)
    trainer = Trainer(net, optimizer=make(learning_rate=100), batch_size=8, seed=0)
    trainer.load(x * 1e15, y)
    kept = net.parameter_vector.copy()

    def train() -> None:
        for _ in range(20_000):
            kept[...] = net.parameter_vector
            trainer.step()

    with pytest.raises(DivergedError, match=r"in epoch \d+, step \d+\. Use a smaller learning rate"):
        train()
    np.testing.assert_array_equal(net.parameter_vector, kept)
    assert np.isfinite(net.parameter_vector).all()


@pytest.mark.parametrize(
    ("x", "y", "kind", "text"),
    [
        (np.zeros((0, 2)), np.zeros((0, 1)), DataError, "no samples"),
        (np.zeros((3, 2)), np.zeros((2, 1)), DataError, "3 samples but 2 targets"),
        (np.zeros((3, 3)), np.zeros((3, 1)), ShapeError, "takes samples of shape"),
        (np.zeros((3, 2)), np.zeros((3, 2)), DataError, "do not fit the network's output"),
        (np.array([[1, 2], [math.nan, 0]]), np.zeros(2), DataError, "samples hold NaN or infinity, first in sample 1"),
        (np.zeros((2, 2)), np.array([math.inf, 0]), DataError, "targets hold NaN or infinity, first in sample 0"),
    ],
)
def test_data_that_cannot_be_trained_on_are_refused(
    x: np.ndarray, y: np.ndarray, kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=text):
        Trainer(network()).fit(x, y)


def test_wrong_use_is_refused() -> None:
    with pytest.raises(DataError, match="call load"):
        Trainer(network()).step()
    for size in (0, -1, 1.5, True, "8"):
        with pytest.raises(SpecError, match="batch_size"):
            Trainer(network(), batch_size=size)
    with pytest.raises(SpecError, match="no loss"):
        Trainer(network(), "nonsense")
    with pytest.raises(SpecError, match="seed"):
        Trainer(network(), seed=-1)


def test_pauses_are_offered_while_evaluating() -> None:
    calls = []
    trainer = Trainer(network(), pause=lambda: calls.append(1))
    trainer.evaluate(*samples(1000))
    assert len(calls) >= 4


def test_the_callers_data_are_left_alone() -> None:
    x, y = samples()
    kept = x.copy(), y.copy()
    Trainer(network(), batch_size=8, seed=0).fit(x, y, 2)
    np.testing.assert_array_equal(x, kept[0])
    np.testing.assert_array_equal(y, kept[1])


def test_heavy_networks_are_evaluated_in_small_parts() -> None:
    net = Network([layers.Conv2D(filters=64, kernel_size=5), layers.GlobalAvgPool2D()], (8, 40, 40), seed=0)
    calls = []
    rows = np.random.default_rng(0).standard_normal((40, 8, 40, 40))
    result = Trainer(net, pause=lambda: calls.append(1)).evaluate(rows, np.zeros((40, 64)))
    assert net.multiply_adds == 64 * 8 * 25 * 36 * 36
    assert len(calls) == 2
    assert result["loss"] == pytest.approx(float((net.predict(rows).astype(float) ** 2).mean()), rel=1e-4)


@pytest.mark.parametrize("optimizer", ["sgd", optimizers.SGD, 0.1])
def test_what_is_no_optimiser_is_refused(optimizer: Any) -> None:
    with pytest.raises(SpecError, match=r"the optimiser must be one of engine\.optimizers"):
        Trainer(Network([layers.Dense(1)], (2,)), optimizer=optimizer)


def test_targets_too_large_for_32_bits_are_refused() -> None:
    trainer = Trainer(Network([layers.Dense(1)], (2,)))
    with pytest.raises(DataError, match="the targets hold NaN or infinity, first in sample 0"):
        trainer.load(np.zeros((2, 2)), np.full((2, 1), 1e300))
