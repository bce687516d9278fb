"""Memory limit: oversized networks are refused before they allocate."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

from engine import DataError, Network, SpecError, Trainer, layers, losses, memory_budget, optimizers
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
    monkeypatch.setattr(memory_budget, "memory_limit", lambda: 24_000_000)
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
    assert memory_budget.planned(100, 32) == 32 + 4
    assert memory_budget.planned(96, 32) == 32
    assert memory_budget.planned(10, 32) == 10
    assert memory_budget.planned(33, 32, even=True) == 17 + 16
    assert memory_budget.planned(96, 32, even=True) == 32
    assert memory_budget.planned(10, 32, even=True) == 10


@each_case()
def test_what_is_foretold_is_about_what_a_plan_takes(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    # Patches that fit a cache are no matter: without them, only what grows with the batch remains.
    monkeypatch.setattr(convolution, "BLOCK", 1)
    monkeypatch.setattr(convolution, "KEPT", 0)
    network = case.network()
    network.plan(1, training=True)  # some modules are loaded only now
    samples = 2000
    foretold = sum(memory_budget.demand(network.reports, vectors=0, samples=samples).values())
    tracemalloc.start()
    network.plan(samples, training=True, loss=losses.get("mse"), gradients=True)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    ends = 4 * samples * (2 * math.prod(network.input_shape) + 3 * math.prod(network.output_shape))
    assert taken < 1.1 * (foretold + ends) + 50_000
    assert foretold < 4 * taken


def wide() -> Network:
    """A picture made large and small again: a quarter of a million numbers per layer, of which one comes out."""
    return Network(
        [layers.Upsample2D(size=16), layers.Tanh(), layers.GlobalAvgPool2D()],
        (1, 32, 32),
        seed=0,
    )


def test_any_number_of_predictions_stays_within_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    network = wide()
    network.predict(np.zeros((1, 1, 32, 32), np.float32))  # some modules are loaded only now
    network.release()
    each = memory_budget.demand(network.reports, vectors=0, samples=1)
    limit = 2 * sum(each.values())
    monkeypatch.setattr(memory_budget, "memory_limit", lambda: limit)
    x = np.random.default_rng(0).standard_normal((7, 1, 32, 32)).astype(np.float32)
    assert network.chunk == 2
    tracemalloc.start()
    result = network.predict(x)
    network.gradients(x[:1], result[:1], input_gradient=True)
    network.predict(x[:1])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < limit
    np.testing.assert_allclose(result[:, 0], np.tanh(x).mean(axis=(1, 2, 3)), atol=1e-4)


def test_what_finds_no_room_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    network = wide()
    each = sum(memory_budget.demand(network.reports, vectors=0, samples=1).values())
    monkeypatch.setattr(memory_budget, "memory_limit", lambda: each // 2)
    with pytest.raises(SpecError, match=r"tanh_1: .* of memory") as caught:
        network.predict(np.zeros((1, 1, 32, 32)))
    assert caught.value.where == "tanh_1"
    monkeypatch.setattr(memory_budget, "memory_limit", lambda: 4 * each)
    with pytest.raises(SpecError, match="smaller batch"):
        network.gradients(np.zeros((5, 1, 32, 32)), np.zeros((5, 1)))
    # Of one line that is shown many times, no memory is taken before it is known that the outputs would not fit.
    picture = Network([layers.Upsample2D(size=2)], (1, 8, 8), seed=0)
    monkeypatch.setattr(memory_budget, "memory_limit", lambda: 1_000_000)
    with pytest.raises(DataError, match=r"The outputs for 1,000 samples would take 1.0 MB .* fewer samples"):
        picture.predict(np.broadcast_to(np.float32(0), (1000, 1, 8, 8)))


def test_plans_are_let_go_of_before_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    network = wide()
    each = sum(memory_budget.demand(network.reports, vectors=0, samples=1).values())
    monkeypatch.setattr(memory_budget, "memory_limit", lambda: 6 * each)
    first, second = network.plan(2), network.plan(3)
    assert network.plan(2) is first
    network.plan(4)  # not beside the three, which were used before the two
    assert network.plan(2) is first
    assert network.plan(3) is not second


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_an_optimiser_makes_no_more_vectors_than_it_says(name: str) -> None:
    optimizer = optimizers.OPTIMIZERS[name]()  # type: ignore[call-arg]
    if isinstance(optimizer, optimizers.SGD):
        optimizer = optimizers.SGD(0.1, momentum=0.9, nesterov=True)
    values, gradients = np.zeros(100_000, np.float32), np.zeros(100_000, np.float32)
    tracemalloc.start()
    kept = optimizer.start(values, gradients)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept
    assert taken <= optimizer.vectors * values.nbytes + 20_000
