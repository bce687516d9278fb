"""Optimisers: first steps by hand, descent into a valley, their state."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine import SpecError, optimizers
from engine.optimizers import OPTIMIZERS, Optimizer

VARIANTS = [
    *(kind() for kind in OPTIMIZERS.values()),
    optimizers.SGD(learning_rate=0.05, momentum=0.9),
    optimizers.SGD(learning_rate=0.05, momentum=0.9, nesterov=True),
]


def ids(optimizer: Optimizer) -> str:
    return repr(optimizer)


@pytest.mark.parametrize("kind", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_every_optimiser_is_fully_declared(kind: type[Optimizer]) -> None:
    for text in (kind.title, kind.help, kind.formula, kind.__doc__):
        assert text


@pytest.mark.parametrize("optimizer", VARIANTS, ids=ids)
def test_walks_down_a_valley(optimizer: Optimizer) -> None:
    target = np.array([1.0, -2.0, 0.5])
    w, g = np.zeros(3), np.zeros(3)
    run, step = optimizer.with_changes(learning_rate=0.05).start(w, g)
    for _ in range(2000):
        g[...] = np.array([1.0, 3.0, 0.3]) * (w - target)
        step()
    assert run.steps == 2000
    assert np.abs(w - target).max() < 0.2
    assert all(len(slot) == 3 for slot in run.slots.values())


@pytest.mark.parametrize("optimizer", VARIANTS, ids=ids)
def test_works_in_place_and_leaves_gradients_alone(optimizer: Optimizer) -> None:
    w, g = np.ones(4, np.float32), np.full(4, 0.5, np.float32)
    run, step = optimizer.start(w, g)
    step()
    assert run.parameters is w
    assert (w < 1).all()
    np.testing.assert_array_equal(g, np.full(4, 0.5))


@pytest.mark.parametrize("optimizer", VARIANTS, ids=ids)
def test_the_learning_rate_can_be_changed_between_steps(optimizer: Optimizer) -> None:
    w, g = np.ones(1), np.ones(1)
    run, step = optimizer.start(w, g)
    run.learning_rate = 1e-12
    step()
    assert w[0] == pytest.approx(1, abs=1e-9)
    run.learning_rate = 0.5
    step()
    assert w[0] < 0.95


def test_first_steps_by_hand() -> None:
    w, g = np.zeros(1), np.array([2.0])
    _, step = optimizers.SGD(learning_rate=0.1).start(w, g)
    step()
    assert w[0] == pytest.approx(-0.2)
    w[...] = 0
    _, step = optimizers.SGD(learning_rate=0.1, momentum=0.5).start(w, g)
    step()
    step()
    assert w[0] == pytest.approx(-0.1 * (2 + 3))
    w[...] = 0
    _, step = optimizers.SGD(learning_rate=0.1, momentum=0.5, nesterov=True).start(w, g)
    step()
    assert w[0] == pytest.approx(-0.1 * (2 + 0.5 * 2))
    # Adam's first step is the learning rate in the gradient's direction, whatever its size.
    w[...] = 0
    _, step = optimizers.Adam(learning_rate=0.1).start(w, g)
    step()
    assert w[0] == pytest.approx(-0.1)
    w[...] = 0
    _, step = optimizers.Adagrad(learning_rate=0.1).start(w, g)
    step()
    step()
    assert w[0] == pytest.approx(-0.1 * (1 + 1 / math.sqrt(2)))
    w[...] = 4
    _, step = optimizers.AdamW(learning_rate=0.1, weight_decay=0.5).start(w, g)
    step()
    assert w[0] == pytest.approx(4 * (1 - 0.1 * 0.5) - 0.1)
    w[...] = 0
    _, step = optimizers.RMSprop(learning_rate=0.1, rho=0.75).start(w, g)
    step()
    assert w[0] == pytest.approx(-0.1 * 2 / math.sqrt(0.25 * 4))


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, 1e9, "fast"])
def test_learning_rates_out_of_bounds_are_refused(value: object) -> None:
    for kind in OPTIMIZERS.values():
        with pytest.raises(SpecError, match="learning_rate"):
            kind(learning_rate=value)


def test_the_hair_of_adam_counts_beside_the_corrected_root() -> None:
    # Kingma and Ba 2015, algorithm 1, by hand; a large epsilon shows where it is added.
    w, g = np.array([1.0, -2.0]), np.empty(2)
    optimizer = optimizers.Adam(learning_rate=0.1, beta1=0.8, beta2=0.9, epsilon=0.5)
    _, step = optimizer.start(w, g)
    expected, mean, square = w.copy(), np.zeros(2), np.zeros(2)
    for time in range(1, 6):
        g[:] = [0.3 * time, -1.0 / time]
        mean, square = 0.8 * mean + 0.2 * g, 0.9 * square + 0.1 * g**2
        expected -= 0.1 * (mean / (1 - 0.8**time)) / (np.sqrt(square / (1 - 0.9**time)) + 0.5)
        step()
        np.testing.assert_allclose(w, expected, rtol=1e-12)


def means(run: optimizers.Run, kind: optimizers.Adam | optimizers.AdamW) -> tuple[float, float]:
    return run.slots["first"][0] * (1 - kind.beta1), run.slots["second"][0] * (1 - kind.beta2)


def test_an_adam_that_takes_over_from_another_goes_on_with_its_means() -> None:
    w, g = np.ones(1), np.ones(1)
    first, second = optimizers.Adam(beta1=0.5, beta2=0.9), optimizers.AdamW(beta1=0.9, beta2=0.99, weight_decay=0)
    run, step = first.start(w, g)
    for slope in (1.0, -2.0, 0.5):
        g[0] = slope
        step()
    before = means(run, first)
    assert second.continues(first)
    second.adopt(run, first)
    assert means(run, second) == pytest.approx(before)
    # From here on by hand, as in the paper.
    m, s, place = *before, w[0]
    step = second.bind(run)
    g[0] = 0.7
    step()
    m, s = 0.9 * m + 0.1 * 0.7, 0.99 * s + 0.01 * 0.7**2
    place -= second.learning_rate * (m / (1 - 0.9**4)) / (math.sqrt(s / (1 - 0.99**4)) + 1e-8)
    assert w[0] == pytest.approx(place)


def test_momentum_that_is_switched_off_leaves_no_speed_for_later() -> None:
    w, g = np.ones(1), np.ones(1)
    fast, plain = optimizers.SGD(momentum=0.9), optimizers.SGD()
    run, step = fast.start(w, g)
    step()
    plain.adopt(run, fast)
    fast.adopt(run, plain)
    fast.bind(run)
    assert run.slots["velocity"][0] == 0


def test_only_what_remembers_the_same_continues() -> None:
    kinds = [kind() for kind in OPTIMIZERS.values()]
    pairs = {(a.type, b.type) for a in kinds for b in kinds if a.continues(b)}
    assert pairs == {(a.type, a.type) for a in kinds} | {("Adam", "AdamW"), ("AdamW", "Adam")}
