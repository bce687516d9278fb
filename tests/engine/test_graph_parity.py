"""Random graphs with branches and merges, against PyTorch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Network
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
    compare(network, samples, rng.standard_normal((count, *network.output_shape)), tolerance=tolerance, least=least)


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
