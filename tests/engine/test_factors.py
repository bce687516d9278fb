"""Factored gradients give the same training as full ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import DivergedError, Network, Trainer, layers, optimizers
from engine.backends.numpy.gradient_factors import Factors, squares, written
from engine.regularisation import Clipping, Penalty

# A limit that no gradient reaches; but with it, gradients must be there to be looked at.
IDLE = Clipping(norm=1e30)


def chain(dtype: type[np.floating] = np.float32) -> Network:
    stack = [layers.Dense(units=70), layers.Tanh(), layers.Dense(units=65, bias=False), layers.ReLU()]
    return Network(
        [*stack, layers.Dense(units=80), layers.Sigmoid(), layers.Dense(units=2)], (66,), seed=0, dtype=dtype
    )


def residual() -> Network:
    """Gradients that go two ways, and layers that write over what they were given."""
    nodes = {
        "a": layers.Dense(units=72),
        "b": layers.Dense(units=72),
        "tanh": layers.Tanh(),
        "add": layers.Add(),
        "reshape": layers.Reshape(shape=(2, 6, 6)),
        "conv": layers.Conv2D(filters=3, kernel_size=3),
        "relu": layers.ReLU(),
        "flatten": layers.Flatten(),
        "end": layers.Dense(units=2),
    }
    edges = [("input", "a"), ("a", "tanh"), ("tanh", "b"), ("b", "add"), ("a", "add"), ("add", "reshape")]
    edges += [("reshape", "conv"), ("conv", "relu"), ("relu", "flatten"), ("flatten", "end")]
    return Network.graph(nodes, edges, (66,), seed=0)


def samples(count: int = 21) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((count, 66)).astype(np.float32), rng.standard_normal((count, 2)).astype(np.float32)


def factored(trainer: Trainer) -> int:
    """How many gradients the last step left as factors."""
    assert trainer._plan is not None
    return len(trainer._plan.factors)


@pytest.mark.parametrize("batch_size", [1, 4, 8])
@pytest.mark.parametrize("make", [chain, residual, lambda: chain(np.float64)], ids=["chain", "residual", "float64"])
def test_training_is_the_same(make: object, batch_size: int) -> None:
    plain, looked_at = (
        Trainer(make(), optimizer=optimizers.SGD(0.005), batch_size=batch_size, seed=1, clipping=clipping)  # type: ignore[operator]
        for clipping in (None, IDLE)
    )
    plain.load(*samples())
    looked_at.load(*samples())
    for _ in range(60):
        assert plain.step() == pytest.approx(looked_at.step(), rel=1e-4)
    assert factored(plain) > 0
    assert factored(looked_at) == 0
    np.testing.assert_allclose(plain.network.parameter_vector, looked_at.network.parameter_vector, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("optimizer", [optimizers.SGD(0.05, momentum=0.5), optimizers.Adam()])
def test_optimisers_that_remember_gradients_get_them(optimizer: optimizers.Optimizer) -> None:
    trainer = Trainer(chain(), optimizer=optimizer, batch_size=1, seed=1)
    trainer.load(*samples())
    trainer.step()
    assert factored(trainer) == 0


def test_whatever_looks_at_gradients_may_be_switched_on_and_off() -> None:
    plain, other = (Trainer(chain(), optimizer=optimizers.SGD(0.05), batch_size=4, seed=1) for _ in range(2))
    plain.load(*samples())
    other.load(*samples())
    for step in range(30):
        if step % 6 == 2:
            other.clipping = IDLE
        elif step % 6 == 3:
            other.penalty = Penalty(l2=1e-12)
        elif step % 6 == 5:
            other.clipping = other.penalty = None
        assert other.step() == pytest.approx(plain.step(), rel=1e-4)
        assert (factored(other) == 0) == (other.clipping is not None or other.penalty is not None)
    assert not np.array_equal(plain.network.parameter_vector, chain().parameter_vector)
    np.testing.assert_allclose(plain.network.parameter_vector, other.network.parameter_vector, rtol=1e-4, atol=2e-5)


def test_clipping_limits_what_would_have_been_factors() -> None:
    trainer = Trainer(chain(), optimizer=optimizers.SGD(1.0), batch_size=4, seed=1)
    trainer.load(*samples())
    trainer.step()
    before = trainer.network.parameter_vector.copy()
    trainer.clipping = Clipping(norm=0.001)
    trainer.step()
    assert np.linalg.norm(trainer.network.parameter_vector - before) == pytest.approx(0.001, rel=0.01)


def test_layers_may_be_frozen_between_two_steps() -> None:
    trainer = Trainer(chain(), optimizer=optimizers.SGD(0.05), batch_size=4, seed=1)
    trainer.load(*samples())
    trainer.step()
    trainer.network.freeze("dense_2")
    kept = trainer.network.parameters["dense_2.weight"].copy()
    moved = trainer.network.parameters["dense_1.weight"].copy()
    trainer.step()
    np.testing.assert_array_equal(trainer.network.parameters["dense_2.weight"], kept)
    assert not np.array_equal(trainer.network.parameters["dense_1.weight"], moved)
    trainer.network.unfreeze()
    trainer.step()
    assert factored(trainer) == 3
    assert not np.array_equal(trainer.network.parameters["dense_2.weight"], kept)


def test_a_run_goes_on_bit_for_bit(tmp_path: Path) -> None:
    whole = Trainer(chain(), optimizer=optimizers.SGD(0.05), batch_size=4, seed=1)
    whole.load(*samples())
    for _ in range(8):
        whole.step()
    whole.save(tmp_path / "run.safetensors")
    other = Trainer(chain(), optimizer=optimizers.SGD(0.05), batch_size=4, seed=2)
    other.resume(tmp_path / "run.safetensors")
    other.load(*samples())
    for _ in range(9):
        assert whole.step() == other.step()
    np.testing.assert_array_equal(whole.network.state_vector, other.network.state_vector)


def test_a_state_with_clipping_taken_over_in_the_middle_clips() -> None:
    first, second = (Trainer(chain(), optimizer=optimizers.SGD(0.05), batch_size=4, seed=1) for _ in range(2))
    for trainer in (first, second):
        trainer.load(*samples())
        trainer.step()
    first.clipping = Clipping(norm=0.01)
    second.restore(first.state())
    first.step()
    second.step()
    np.testing.assert_array_equal(first.network.state_vector, second.network.state_vector)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_does_not_get_into_the_weights(bad: float) -> None:
    x, y = samples()
    trainer = Trainer(chain(), optimizer=optimizers.SGD(0.05), batch_size=3, shuffle=False, seed=1)
    trainer.load(x, y)
    trainer.step()
    # Samples are looked at when they are loaded, not at every step.
    x[3:6] = bad
    with pytest.raises(DivergedError) as caught:
        trainer.step()
    assert caught.value.where == "dense_1"
    # The last weights that are known to be good are those of the start.
    np.testing.assert_array_equal(trainer.network.parameter_vector, chain().parameter_vector)


def test_a_large_gradient_that_still_is_one_is_taken() -> None:
    """The bound on its size is beyond what numbers hold, the gradient is not."""
    left, right = np.zeros((80, 2), np.float32), np.zeros((2, 80), np.float32)
    left[0, 0], right[1, 0] = 1e15, 1e15
    gradient = np.full((80, 80), np.nan, np.float32)
    factors = Factors(np.zeros_like(gradient), gradient, left, right)
    with np.errstate(over="ignore"):
        assert factors.square() > 1e38
    factors.write()
    assert not gradient.any()


def test_sums_of_squares_are_no_less_than_those_of_the_gradients() -> None:
    rng = np.random.default_rng(0)
    values, gradients = rng.standard_normal((2, 10 + 6400 + 3 + 6400)).astype(np.float32)
    places = [slice(10, 6410), slice(6413, 12813)]
    before, factors = values.copy(), []
    for place in reversed(places):
        left, right = (rng.standard_normal(shape).astype(np.float32) for shape in ((80, 3), (3, 80)))
        factors.append(Factors(values[place].reshape(80, 80), gradients[place].reshape(80, 80), left, right))
    assert written(gradients, factors) == [slice(0, 10), slice(6410, 6413)]
    bound = squares(gradients, factors)()
    for each in factors:
        each.write()
    actual = squares(gradients, [])()
    assert actual <= bound < 10 * actual
    for each in factors:
        each.add(-0.5)
    expected = before - 0.5 * gradients
    for place in places:
        np.testing.assert_allclose(values[place], expected[place], rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(values[:10], before[:10])
