"""Settings changed between two steps, beside those tested elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import EngineError, Network, Trainer, layers, optimizers
from engine.optimizers import Optimizer
from engine.schedules import Exponential, Plateau

KINDS = [optimizers.SGD(0.01), optimizers.SGD(0.01, momentum=0.9), optimizers.Adam(0.002), optimizers.RMSprop(0.002)]


def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((20, 66)).astype(np.float32), rng.integers(0, 3, 20)


def trainer(network: Network | None = None, **settings: Any) -> Trainer:
    # Wide enough that plain SGD leaves gradients as factors.
    stack = [layers.Dense(units=80), layers.Tanh(), layers.Dense(units=3), layers.Softmax()]
    made = Trainer(
        network or Network(stack, (66,), seed=0),
        "categorical_cross_entropy",
        **{"batch_size": 4, "seed": 0, **settings},
    )
    made.load(*data())
    return made


def steps(made: Trainer, count: int = 5) -> Trainer:
    for _ in range(count):
        made.step()
    return made


@pytest.mark.parametrize("second", KINDS, ids=repr)
@pytest.mark.parametrize("first", KINDS, ids=repr)
def test_another_optimiser_goes_on_as_one_made_there_would(first: Optimizer, second: Optimizer) -> None:
    changed = steps(trainer(optimizer=first, shuffle=False))
    twin = Network(changed.network.layers.values(), (66,), seed=1)
    np.copyto(twin.state_vector, changed.network.state_vector)
    changed.optimizer = second
    assert changed.learning_rate == second.learning_rate
    made = trainer(twin, optimizer=second, shuffle=False, start=(1, 5))
    if second.continues(first) and second.descends is first.descends:
        # It is one and the same: it remembers, where the other has just been made.
        return
    np.testing.assert_array_equal(steps(changed, 10).network.parameter_vector, steps(made, 10).network.parameter_vector)


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_the_same_optimiser_once_more_changes_nothing(kind: Optimizer) -> None:
    changed, through = (steps(trainer(optimizer=kind), 7) for _ in range(2))
    changed.optimizer = kind.with_changes()
    np.testing.assert_array_equal(
        steps(changed, 9).network.parameter_vector, steps(through, 9).network.parameter_vector
    )


def test_a_schedule_counts_from_the_first_step_of_all() -> None:
    made = steps(trainer(optimizer=optimizers.SGD(0.1)), 11)
    made.schedule = Exponential(gamma=0.5)
    assert made.current_rate == pytest.approx(0.1 * 0.5**2)
    made.schedule = None
    assert made.current_rate == 0.1
    before = made.network.parameter_vector.copy()
    made.step()
    assert np.abs(made.network.parameter_vector - before).max() > 0
    with pytest.raises(EngineError, match="val_loss"):
        made.schedule = Plateau()
    assert made.schedule is None


def test_weights_of_classes_are_those_that_were_given_last() -> None:
    changed, made = trainer(optimizer=optimizers.Adam()), trainer(optimizer=optimizers.Adam(), class_weight={0: 5.0})
    changed.class_weight = {0: 5.0}
    np.testing.assert_array_equal(steps(changed, 7).network.parameter_vector, steps(made, 7).network.parameter_vector)
    changed.class_weight = None
    made.class_weight = "balanced"
    assert changed.class_weight is None
    assert steps(changed).network.parameter_vector.tolist() != steps(made).network.parameter_vector.tolist()
    with pytest.raises(EngineError, match="class 7"):
        changed.class_weight = {7: 1.0}
    assert changed.class_weight is None


def test_own_weights_of_samples_stay() -> None:
    own = np.linspace(0.1, 2, 20)
    one, two = trainer(), trainer(class_weight="balanced")
    for made in (one, two):
        made.load(*data(), sample_weight=own)
    own[:] = 1
    one.class_weight = "balanced"
    np.testing.assert_array_equal(steps(one).network.parameter_vector, steps(two).network.parameter_vector)


def test_an_order_of_its_own_counts_from_the_next_epoch_on() -> None:
    made = steps(trainer(shuffle=False), 2)
    order = made.state().arrays["order"]
    made.shuffle = True
    assert made.state().arrays["order"].tolist() == order.tolist() == list(range(20))
    steps(made, 3)
    assert made.state().arrays["order"].tolist() != order.tolist()
    made.shuffle = False
    steps(made, 5)
    assert made.state().arrays["order"].tolist() == order.tolist()
