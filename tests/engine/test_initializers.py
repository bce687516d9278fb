"""Initialisers: the statistics they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine import Network, SpecError, layers
from engine.initializers import INITIALIZERS

FAN_IN, FAN_OUT = 400, 300
SPREADS = {
    "glorot_uniform": math.sqrt(2 / (FAN_IN + FAN_OUT)),
    "glorot_normal": math.sqrt(2 / (FAN_IN + FAN_OUT)),
    "he_uniform": math.sqrt(2 / FAN_IN),
    "he_normal": math.sqrt(2 / FAN_IN),
    "lecun_normal": math.sqrt(1 / FAN_IN),
    "normal": 1.0,
    "uniform": 1 / math.sqrt(3 * FAN_IN),
    "orthogonal": 1 / math.sqrt(max(FAN_IN, FAN_OUT)),
    "zeros": 0.0,
    "ones": 0.0,
}


@pytest.mark.parametrize("name", INITIALIZERS)
def test_mean_and_spread(name: str) -> None:
    values = INITIALIZERS[name](np.random.default_rng(0), (FAN_IN, FAN_OUT), FAN_IN, FAN_OUT)
    spread = SPREADS[name]
    assert values.shape == (FAN_IN, FAN_OUT)
    assert values.std() == pytest.approx(spread, rel=0.02)
    # Four standard errors of the mean.
    assert abs(values.mean() - (name == "ones")) <= 4 * spread / math.sqrt(values.size)
    if "uniform" in name:
        assert np.abs(values).max() <= spread * math.sqrt(3)


@pytest.mark.parametrize("shape", [(20, 8), (8, 20), (6, 3, 3, 3), (5,)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    matrix = INITIALIZERS["orthogonal"](np.random.default_rng(0), shape, 1, 1).reshape(shape[0], -1)
    product = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-12)


@pytest.mark.parametrize(
    ("follower", "bound"),
    [
        ([layers.ReLU()], math.sqrt(6 / 100)),
        ([layers.Reshape(shape=(20,)), layers.Dropout(), layers.GELU()], math.sqrt(6 / 100)),
        ([layers.BatchNorm(), layers.ReLU()], math.sqrt(6 / 100)),
        ([layers.Tanh()], math.sqrt(6 / 120)),
        ([layers.Dense(units=5), layers.ReLU()], math.sqrt(6 / 120)),
        ([], math.sqrt(6 / 120)),
    ],
)
def test_auto_looks_at_what_follows(follower: list[layers.Layer], bound: float) -> None:
    network = Network([layers.Dense(units=20), *follower], (100,), seed=0)
    assert np.abs(network.parameters["dense_1.weight"]).max() == pytest.approx(bound, rel=0.02)


def test_a_parameter_follows_from_seed_and_name_alone() -> None:
    short = Network({"a": layers.Dense(units=3), "b": layers.Dense(units=2)}, (4,), seed=5)
    longer = Network(
        {"a": layers.Dense(units=3), "new": layers.Dense(units=3), "b": layers.Dense(units=2)}, (4,), seed=5
    )
    np.testing.assert_array_equal(short.parameters["b.weight"], longer.parameters["b.weight"])
    assert not np.array_equal(short.parameters["a.weight"][:, :2], short.parameters["b.weight"][:4])


def test_a_fresh_seed_is_reported_and_gives_the_network_again() -> None:
    chain = [layers.Dense(units=3)]
    first, second = Network(chain, (4,)), Network(chain, (4,))
    assert first.seed != second.seed
    np.testing.assert_array_equal(Network(chain, (4,), seed=first.seed).parameter_vector, first.parameter_vector)


@pytest.mark.parametrize("seed", [-1, 1.5, "x"])
def test_seeds_that_are_none_are_refused(seed: object) -> None:
    with pytest.raises(SpecError, match="seed"):
        Network([layers.Dense(units=3)], (4,), seed=seed)
