"""Divergence to NaN and infinity: origin reported, weights kept."""

from __future__ import annotations

import numpy as np
import pytest

from engine import DivergedError, Network, Trainer, layers, losses, optimizers
from engine.layers import Layer
from engine.regularisation import Clipping


def samples() -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).uniform(-1, 1, (16, 2)).astype(np.float32)
    return x, x[:, :1] * x[:, 1:]


def broken(chain: list[Layer], name: str, value: float, loss: str = "mse") -> tuple[Trainer, DivergedError]:
    """A trainer whose network has one parameter spoilt, and what its first step raises."""
    net = Network(chain, (2,), seed=0)
    net.parameters[name][...] = value
    trainer = Trainer(net, loss, optimizers.SGD(0.1), batch_size=16, seed=0)
    trainer.load(*samples())
    with pytest.raises(DivergedError) as caught:
        trainer.step()
    return trainer, caught.value


CHAIN: list[Layer] = [
    layers.Dense(units=4),
    layers.Tanh(),
    layers.Dense(units=4),
    layers.ReLU(),
    layers.Dropout(rate=0.5),
    layers.Dense(units=1),
]


@pytest.mark.parametrize("name", ["dense_1", "dense_2", "dense_3"])
def test_the_first_layer_with_nan_is_named(name: str) -> None:
    _, error = broken(CHAIN, f"{name}.bias", np.nan)
    assert error.where == name
    assert str(error).startswith(f"{name}: the output of this layer became NaN")


def test_an_overflow_is_named_where_it_happens() -> None:
    wide = layers.Dense(units=64, weight_init="normal")
    _, error = broken([layers.Dense(units=4), wide, layers.Dense(units=1)], "dense_1.bias", 3e38)
    assert error.where == "dense_2"
    assert "overflowed" in str(error)
    for fix in ("learning rate", "scale the data", "clip the gradients", "smaller weights"):
        assert fix in str(error)


def test_in_a_graph_too() -> None:
    nodes = {"left": layers.Dense(2), "right": layers.Dense(2), "sum": layers.Add(), "end": layers.Dense(1)}
    edges = [("input", "left"), ("input", "right"), ("left", "sum"), ("right", "sum"), ("sum", "end")]
    net = Network.graph(nodes, edges, (2,), seed=0)
    net.parameters["right.weight"][0, 0] = np.nan
    with pytest.raises(DivergedError) as caught:
        Trainer(net, seed=0).fit(*samples())
    assert caught.value.where == "right"


def test_a_loss_that_overflows_has_no_layer() -> None:
    _, error = broken([layers.Dense(units=1)], "dense_1.bias", 1e30)
    assert error.where is None
    assert "the loss became inf" in str(error)


def test_gradients_that_overflow_are_named() -> None:
    # The output is small, but steep: 1e-25 through 1e30.
    net = Network([layers.Dense(units=1), layers.Dense(units=1)], (2,), seed=0)
    net.parameters["dense_1.weight"][...] = 0
    net.parameters["dense_2.weight"][...] = 1e30
    trainer = Trainer(net, "mae", optimizers.SGD(0.1), batch_size=16, seed=0)
    trainer.load(*samples())
    with pytest.raises(DivergedError, match="gradients overflowed") as caught:
        trainer.step()
    assert caught.value.where == "dense_1"


def test_what_was_learnt_is_kept() -> None:
    chain = [layers.Dense(units=4), layers.BatchNorm(), layers.Tanh(), layers.Dropout(rate=0.5), layers.Dense(units=1)]
    net = Network(chain, (2,), seed=0)
    trainer = Trainer(net, optimizer=optimizers.Adam(0.01), batch_size=16, seed=0)
    x, y = samples()
    trainer.fit(x, y, 3)
    before, state = net.state_vector.copy(), trainer.state()
    trainer.load(x * 1e38, y)
    net.parameters["dense_1.weight"][...] *= 100
    before[:8] = net.state_vector[:8]
    for _ in range(2):
        with pytest.raises(DivergedError) as caught:
            trainer.step()
        assert caught.value.where == "dense_1"
        np.testing.assert_array_equal(net.state_vector, before)
    for name in ("optimizer.first", "optimizer.second"):
        np.testing.assert_array_equal(trainer.state().arrays[name], state.arrays[name])
    # With sound data it goes on.
    trainer.restore(state)
    trainer.load(x, y)
    assert np.isfinite(trainer.step())


def test_clipping_helps_as_the_error_says() -> None:
    x = np.linspace(-1, 1, 20, dtype=np.float32)[:, None] * 30
    chain = [layers.Dense(units=8), layers.ReLU(), layers.Dense(units=1)]

    def train(clipping: object) -> list[float]:
        net = Network(chain, (1,), seed=0)
        trainer = Trainer(net, losses.get("mse"), optimizers.SGD(0.1), batch_size=20, seed=0, clipping=clipping)
        return trainer.fit(x, x**2, 30).loss

    with pytest.raises(DivergedError):
        train(None)
    assert np.isfinite(train(Clipping(norm=1.0))).all()
