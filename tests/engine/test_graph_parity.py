"""Random graphs with branches and merges, against PyTorch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine import Network, layers
from tests.engine.random_graphs import Drawn, chains, graphs

compare: Any = pytest.importorskip("tests.engine.torch_comparison", reason="PyTorch is not installed").compare
pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning"),
]


def check(drawn: Drawn, count: int, seed: int, dtype: type[np.floating], tolerance: float) -> None:
    nodes, edges, shape = drawn
    network = Network.graph(nodes, edges, shape, seed=seed, dtype=dtype)
    rng = np.random.default_rng(seed)
    # Numbers that are all different, so that no pooling window has two largest ones at the start.
    samples = rng.permutation(count * math.prod(shape)).reshape(count, *shape) / (count * math.prod(shape)) * 3 - 1.5
    # Some sums vanish, such as the gradient of what shifts all numbers that go into a LayerNorm: of them only the
    # rounding of numbers around 1 is left.
    least = 0.03 if dtype == np.float32 else 1e-3
    targets = rng.standard_normal((count, *network.output_shape))
    assume(is_smooth(network, samples, targets))
    compare(network, samples, targets, tolerance=tolerance, least=least)


def is_smooth(network: Network, x: np.ndarray, y: np.ndarray) -> bool:
    """Whether gradients nearly stay where all weights are nudged.

    At a kink they do not, and rounding decides which of them counts: the mean of what LayerNorm makes is nothing but
    that, and ReLU takes it for a number.
    """
    x, y = x.astype(network.dtype), y.astype(network.dtype)
    nudge, most = (1e-5, 1e-2) if network.dtype == np.float32 else (1e-8, 1e-5)

    def gradients() -> np.ndarray:
        found = network.gradients(x, y, "mse", input_gradient=True)[1]
        return np.concatenate([gradient.ravel() for gradient in found.values()])

    weights, rng = network.state_vector[: network.parameter_count], np.random.default_rng(0)
    before, here = weights.copy(), gradients()
    size = max(np.abs(here).max(initial=0), 1e-3)
    for _ in range(8):
        weights[:] = before + nudge * rng.standard_normal(len(before))
        moved = np.abs(gradients() - here).max(initial=0)
        weights[:] = before
        if moved > most * size:
            return False
    return True


def test_a_kink_is_no_place_to_compare_gradients() -> None:
    """Found at random: the input of ReLU is the rounding of a mean that is 0."""
    nodes = {
        "a": layers.LayerNorm(),
        "b": layers.GlobalAvgPool2D(),
        "c": layers.Dense(1, bias=False),
        "d": layers.ReLU(),
    }
    edges = [("input", "a"), ("a", "b"), ("b", "c"), ("c", "d")]
    x = np.arange(25.0).reshape(1, 1, 5, 5)
    assert not is_smooth(Network.graph(nodes, edges, (1, 5, 5), seed=0, dtype=np.float64), x, np.ones((1, 1)))
    nodes["d"] = layers.Tanh()
    assert is_smooth(Network.graph(nodes, edges, (1, 5, 5), seed=0, dtype=np.float64), x, np.ones((1, 1)))


@settings(max_examples=60, deadline=None)
@given(chains(exact=False), st.integers(1, 5), st.integers(0, 1000))
def test_random_deep_chains(drawn: Drawn, count: int, seed: int) -> None:
    check(drawn, count, seed, np.float32, 1e-4)


@settings(max_examples=60, deadline=None)
@given(chains(exact=True), st.integers(1, 5), st.integers(0, 1000))
def test_random_deep_chains_in_64_bits(drawn: Drawn, count: int, seed: int) -> None:
    check(drawn, count, seed, np.float64, 1e-8)


@settings(max_examples=100, deadline=None)
@given(graphs(exact=False), st.integers(1, 5), st.integers(0, 1000))
def test_random_graphs(drawn: Drawn, count: int, seed: int) -> None:
    check(drawn, count, seed, np.float32, 1e-4)


@settings(max_examples=100, deadline=None)
@given(graphs(exact=True), st.integers(1, 5), st.integers(0, 1000))
def test_random_graphs_in_64_bits(drawn: Drawn, count: int, seed: int) -> None:
    check(drawn, count, seed, np.float64, 1e-8)
