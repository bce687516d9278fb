"""State of layers beside their parameters: BatchNorm's running mean and variance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import Network, Trainer, layers, optimizers


def network(seed: int = 0) -> Network:
    chain = [layers.Dense(units=6), layers.BatchNorm(), layers.ReLU(), layers.Dense(units=2), layers.Softmax()]
    return Network(chain, (3,), seed=seed)


def samples() -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(2, 3, (64, 3)).astype(np.float32)
    return x, (x[:, 0] > x[:, 1]).astype(np.int64)


def trained() -> Network:
    net = network()
    Trainer(net, "categorical_cross_entropy", optimizers.Adam(learning_rate=0.01), batch_size=16, seed=0).fit(
        *samples(), epochs=5
    )
    return net


def test_state_stands_behind_the_parameters() -> None:
    net = network()
    assert list(net.arrays) == [*net.parameters, "batchnorm_1.mean", "batchnorm_1.variance"]
    assert net.state_vector.size == net.parameter_count + 12
    assert np.shares_memory(net.parameter_vector, net.state_vector)
    assert "batchnorm_1.mean" not in net.gradients(*samples(), "categorical_cross_entropy")[1]
    np.testing.assert_array_equal(net.arrays["batchnorm_1.mean"], np.zeros(6))
    np.testing.assert_array_equal(net.arrays["batchnorm_1.variance"], np.ones(6))


def test_training_moves_it_and_nothing_else_does() -> None:
    net = network()
    kept = net.state_vector.copy()
    x, y = samples()
    net.predict(x)
    net.gradients(x, y, "categorical_cross_entropy", training=True)
    Trainer(net, "categorical_cross_entropy").evaluate(x, y)
    np.testing.assert_array_equal(net.state_vector, kept)
    assert (trained().arrays["batchnorm_1.mean"] != 0).all()


def test_the_running_mean_approaches_the_mean_of_the_data() -> None:
    net = Network([layers.BatchNorm(momentum=0.3), layers.Dense(units=1)], (3,), seed=0)
    x, _ = samples()
    still = optimizers.SGD(learning_rate=1e-12)
    Trainer(net, optimizer=still, batch_size=64, seed=0).fit(x, np.zeros((64, 1)), epochs=60)
    np.testing.assert_allclose(net.arrays["batchnorm_1.mean"], x.mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(net.arrays["batchnorm_1.variance"], x.var(axis=0, ddof=1), rtol=1e-4)


def test_it_is_saved_copied_and_taken_over_with_the_parameters(tmp_path: Path) -> None:
    net, (x, _) = trained(), samples()
    net.save(tmp_path / "net.safetensors")
    expected = net.predict(x)
    for twin in (Network.load(tmp_path / "net.safetensors"), net.copy()):
        np.testing.assert_array_equal(twin.state_vector, net.state_vector)
        np.testing.assert_array_equal(twin.predict(x), expected)
    fresh = network(9)
    assert fresh.take_parameters(net.arrays).missed == []
    np.testing.assert_array_equal(fresh.predict(x), expected)
    assert fresh.take_parameters(net.parameters).missed == ["batchnorm_1.mean", "batchnorm_1.variance"]
    # One copy of the memory is a snapshot of it all.
    snapshot = net.state_vector.copy()
    net.initialise(3)
    assert not np.array_equal(net.predict(x), expected)
    net.state_vector[...] = snapshot
    np.testing.assert_array_equal(net.predict(x), expected)


@pytest.mark.parametrize("shape", [(4,), (4, 5, 3)])
def test_training_normalises_with_the_batch(shape: tuple[int, ...]) -> None:
    net = Network([layers.BatchNorm(), layers.Flatten()], shape, seed=0, dtype=np.float64)
    x = np.random.default_rng(0).normal(3, 2, (30, *shape))
    plan = net.plan(30, training=True, keep=True)
    plan.input_rows[...] = x
    plan.run_forward()
    result = plan.values["batchnorm_1"].reshape(4, -1)
    np.testing.assert_allclose(result.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(result.std(axis=1), 1, rtol=1e-4)
