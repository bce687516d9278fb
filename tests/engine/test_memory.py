"""Networks that are too large are refused before they take memory."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

from engine import Network, SpecError, Trainer, layers, losses, memory, optimizers
from engine.layers import convolution
from tests.engine.cases import Case, each_case


def test_a_network_that_no_machine_holds_is_refused_at_its_largest_block() -> None:
    stack = {"small": layers.Dense(65536), "large": layers.Dense(65536), "last": layers.Dense(1)}
    tracemalloc.start()
    with pytest.raises(SpecError, match=r"large: .* 4,295,\d{3},\d{3} parameters") as caught:
        Network(stack, input_shape=(2,))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.where == "large"
    assert peak < 10_000_000


def test_training_that_does_not_fit_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "memory_limit", lambda: 24_000_000)
    x, y = np.zeros((300, 1000)), np.zeros((300, 1))
    network = Network([layers.Dense(1000), layers.Dense(1)], (1000,))
    Trainer(network, optimizer=optimizers.SGD(0.1), batch_size=8).load(x, y)
    with pytest.raises(SpecError, match=r"dense_1: .*24.1 MB.*Use fewer units"):
        Trainer(network, optimizer=optimizers.Adam(), batch_size=8).load(x, y)
    # Batches are at most as large as the data.
    Trainer(network, optimizer=optimizers.SGD(0.1), batch_size=65536).load(x, y)
    network = Network([layers.Sine(), layers.Dense(1)], (1000,))
    with pytest.raises(SpecError, match="Use a smaller batch"):
        Trainer(network, batch_size=65536).load(np.zeros((2000, 1000)), np.zeros((2000, 1)))


def test_a_batch_counts_with_the_shorter_one_at_the_end() -> None:
    assert memory.planned(100, 32) == 32 + 4
    assert memory.planned(96, 32) == 32
    assert memory.planned(10, 32) == 10


@each_case()
def test_what_is_foretold_is_about_what_a_plan_takes(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    # Patches that fit a cache are no matter: without them, only what grows with the batch remains.
    monkeypatch.setattr(convolution, "BLOCK", 1)
    monkeypatch.setattr(convolution, "KEPT", 0)
    network = case.network()
    network.plan(1, training=True)  # some modules are loaded only now
    samples = 2000
    foretold = sum(memory.demand(network.reports, vectors=0, samples=samples).values())
    tracemalloc.start()
    network.plan(samples, training=True, loss=losses.get("mse"), gradients=True)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    ends = 4 * samples * (2 * math.prod(network.input_shape) + 3 * math.prod(network.output_shape))
    assert taken < 1.1 * (foretold + ends) + 50_000
    assert foretold < 4 * taken


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_an_optimiser_makes_no_more_vectors_than_it_says(name: str) -> None:
    optimizer = optimizers.OPTIMIZERS[name]()  # type: ignore[call-arg]
    if isinstance(optimizer, optimizers.SGD):
        optimizer = optimizers.SGD(0.1, momentum=0.9, nesterov=True)
    values, slopes = np.zeros(100_000, np.float32), np.zeros(100_000, np.float32)
    tracemalloc.start()
    kept = optimizer.start(values, slopes)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept
    assert taken <= optimizer.vectors * values.nbytes + 20_000
