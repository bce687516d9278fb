"""Gradient clipping and weight penalties."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Network, SpecError, Trainer, layers, optimizers
from engine.regularisation import Clipping, Penalty


def network() -> Network:
    chain = [layers.Dense(units=5), layers.LayerNorm(), layers.Tanh(), layers.Dense(units=1, bias_init="normal")]
    return Network(chain, (2,), seed=0)


def samples() -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).uniform(-1, 1, (16, 2)).astype(np.float32)
    return x, 3 * x[:, :1] * x[:, 1:]


def one_step(**settings: object) -> tuple[np.ndarray, np.ndarray, Network]:
    """The gradient before, the step over a learning rate of 1, and the network before it."""
    net = network()
    before = net.copy()
    trainer = Trainer(net, optimizer=optimizers.SGD(1.0), batch_size=16, shuffle=False, seed=0, **settings)
    trainer.load(*samples())
    _, gradients = before.gradients(*samples())
    trainer.step()
    return (
        np.concatenate([g.reshape(-1) for g in gradients.values()]),
        before.parameter_vector - net.parameter_vector,
        before,
    )


def test_numbers_are_cut_off() -> None:
    gradient, step, _ = one_step(clipping=Clipping(value=0.05))
    assert np.abs(gradient).max() > 0.05
    np.testing.assert_allclose(step, np.clip(gradient, -0.05, 0.05), atol=1e-6)


def test_a_gradient_that_is_too_long_is_scaled() -> None:
    gradient, step, _ = one_step(clipping=Clipping(norm=0.1))
    length = np.linalg.norm(gradient)
    assert length > 0.1
    np.testing.assert_allclose(step, gradient * 0.1 / length, atol=1e-6)
    gradient, step, _ = one_step(clipping=Clipping(norm=1000))
    np.testing.assert_allclose(step, gradient, atol=1e-6)


def test_both_limits_in_order() -> None:
    gradient, step, _ = one_step(clipping=Clipping(value=0.05, norm=0.08))
    cut = np.clip(gradient, -0.05, 0.05)
    np.testing.assert_allclose(step, cut * 0.08 / np.linalg.norm(cut), atol=1e-6)


@pytest.mark.parametrize("biases", [False, True])
def test_a_penalty_pulls_weights(biases: bool) -> None:
    gradient, step, net = one_step(penalty=Penalty(l1=0.1, l2=0.5, biases=biases), clipping=Clipping(norm=0.01))
    pull = step - gradient * 0.01 / np.linalg.norm(gradient)
    expected = []
    for name, array in net.parameters.items():
        pulled = biases or name in ("dense_1.weight", "dense_2.weight")
        expected.append(((0.1 * np.sign(array) + 0.5 * array) * pulled).reshape(-1))
    np.testing.assert_allclose(pull, np.concatenate(expected), atol=1e-6)


def test_l1_makes_weights_small_where_they_do_not_matter() -> None:
    x = np.random.default_rng(0).standard_normal((200, 6)).astype(np.float32)
    y = 2 * x[:, :1] - x[:, 1:2]

    def fitted(penalty: Penalty | None) -> np.ndarray:
        net = Network([layers.Dense(units=1)], (6,), seed=0)
        Trainer(net, optimizer=optimizers.SGD(0.02), batch_size=200, seed=0, penalty=penalty).fit(x, y, 400)
        return net.parameters["dense_1.weight"][:, 0]

    sparse = fitted(Penalty(l1=0.2))
    assert np.abs(sparse[2:]).max() < 0.01
    # The optimum of the mean of squares with an L1 penalty lies about half the penalty nearer to zero.
    np.testing.assert_allclose(sparse[:2], [1.9, -0.9], atol=0.05)
    np.testing.assert_allclose(fitted(None)[:2], [2, -1], atol=0.01)


def test_both_may_be_changed_between_steps() -> None:
    trainer = Trainer(network(), optimizer=optimizers.SGD(1.0), batch_size=16, seed=0)
    trainer.load(*samples())
    for length in (0.1, 0.01):
        trainer.clipping = Clipping(norm=length)
        before = trainer.network.parameter_vector.copy()
        trainer.step()
        assert np.linalg.norm(before - trainer.network.parameter_vector) == pytest.approx(length, rel=1e-3)
    trainer.penalty = Penalty(l2=1.0, biases=True)
    trainer.step()
    # A pull of all weights by all that they are leaves the clipped step alone.
    assert np.linalg.norm(trainer.network.parameter_vector) == pytest.approx(0.01, rel=1e-3)
    trainer.penalty = trainer.clipping = None
    assert (trainer.penalty, trainer.clipping) == (None, None)
    before = trainer.network.copy()  # type: ignore[assignment]
    trainer.step()
    gradient = np.concatenate([g.reshape(-1) for g in before.gradients(*samples())[1].values()])  # type: ignore[attr-defined]
    np.testing.assert_allclose(before.parameter_vector - trainer.network.parameter_vector, gradient, atol=1e-6)  # type: ignore[attr-defined]


def test_a_state_holds_them() -> None:
    trainer = Trainer(network(), seed=0)
    trainer.load(*samples())
    trainer.clipping, trainer.penalty = Clipping(value=2.0), Penalty(l1=0.1)
    twin = Trainer(network(), seed=0)
    twin.restore(trainer.state())
    assert (twin.clipping, twin.penalty) == (Clipping(value=2.0), Penalty(l1=0.1))


@pytest.mark.parametrize("make", [lambda: Clipping(value=0), lambda: Clipping(norm=-1), lambda: Penalty(l2=-0.1)])
def test_limits_out_of_bounds_are_refused(make: object) -> None:
    with pytest.raises(SpecError, match="greater than"):
        make()  # type: ignore[operator]
