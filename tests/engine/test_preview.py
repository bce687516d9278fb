"""Preview of the next step: it tells what the step will do, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from engine import Clipping, DataError, Network, Penalty, SpecError, Trainer, layers, optimizers, schedules
from engine.optimizers import Optimizer
from engine.training.preview import NextStep

OPTIMIZERS = [
    pytest.param(optimizers.SGD(learning_rate=0.1), id="sgd"),
    pytest.param(optimizers.SGD(learning_rate=0.1, momentum=0.9), id="momentum"),
    pytest.param(optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True), id="nesterov"),
    pytest.param(optimizers.RMSprop(learning_rate=0.01), id="rmsprop"),
    pytest.param(optimizers.Adagrad(learning_rate=0.05), id="adagrad"),
    pytest.param(optimizers.Adam(learning_rate=0.01), id="adam"),
    pytest.param(optimizers.AdamW(learning_rate=0.01, weight_decay=0.3), id="adamw"),
]
SETTINGS: list[Any] = [
    pytest.param({}, id="plain"),
    pytest.param({"clipping": Clipping(value=0.02, norm=0.05)}, id="clipped"),
    pytest.param({"penalty": Penalty(l1=0.01, l2=0.1)}, id="penalised"),
    pytest.param({"class_weight": {0: 1.0, 1: 7.0}}, id="weighted"),
    pytest.param({"schedule": schedules.Exponential(gamma=0.5)}, id="scheduled"),
]


def network() -> Network:
    chain = [
        layers.Dense(units=6),
        layers.BatchNorm(),
        layers.Tanh(),
        layers.Dropout(rate=0.5),
        layers.Dense(units=2),
        layers.Softmax(),
    ]
    return Network(chain, (3,), seed=1)


def trainer_of(optimizer: Optimizer, **settings: Any) -> Trainer:
    x = np.random.default_rng(0).normal(1, 2, (23, 3)).astype(np.float32)
    y = (x[:, 0] > x[:, 1]).astype(np.int64)
    trainer = Trainer(network(), "categorical_cross_entropy", optimizer, batch_size=5, seed=3, **settings)
    trainer.load(x, y)
    return trainer


def updated(optimizer: Optimizer, name: str, w: np.ndarray, foreseen: NextStep) -> np.ndarray:
    """Parameter after the update, by the optimiser's readable steps."""
    known: dict[str, Any] = {**foreseen.state[name], "w": w, "g": foreseen.taken[name]}
    known |= {"learning_rate": foreseen.learning_rate, "step": foreseen.count}
    for step in optimizer.mathematics():
        known[step.name] = step.function(**{each: known[each] for each in step.needs})
    result: np.ndarray = known["w"]
    return result


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_step_does_what_was_foretold(optimizer: Optimizer, settings: Mapping[str, Any]) -> None:
    trainer = trainer_of(optimizer, **settings)
    for _ in range(12):
        before = {name: array.copy() for name, array in trainer.network.parameters.items()}
        foreseen = trainer.preview(*trainer.network.layers)
        assert set(foreseen.taken) == set(before)
        told = {name: updated(optimizer, name, w, foreseen) for name, w in before.items()}
        assert trainer.step() == pytest.approx(foreseen.loss, rel=1e-6)
        assert trainer.last_batch.tolist() == foreseen.batch.tolist()
        for name, w in trainer.network.parameters.items():
            np.testing.assert_allclose(w, told[name], rtol=1e-6, atol=1e-6 * np.abs(before[name] - w).max() + 1e-7)
    assert trainer.epoch == 2


@pytest.mark.parametrize("shuffle", [True, False])
def test_a_preview_changes_nothing(shuffle: bool) -> None:
    looked, plain = (trainer_of(optimizers.Adam(learning_rate=0.01), shuffle=shuffle) for _ in range(2))
    for step in range(14):
        told = looked.next_batch
        looked.preview("dense_1")
        looked.preview("dense_2", "batchnorm_1")
        told[...] = looked.next_batch
        assert looked.step() == plain.step()
        # Also over the end of an epoch, after steps 5 and 10.
        assert told.tolist() == looked.last_batch.tolist() == plain.last_batch.tolist(), step
    for one, other in zip(looked.state().arrays.values(), plain.state().arrays.values(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert looked.state().info == plain.state().info


def test_factored_gradients_stay_as_they_are() -> None:
    made = []
    for looks in (True, False):
        x = np.random.default_rng(0).standard_normal((8, 300)).astype(np.float32)
        chain = [layers.Dense(units=200), layers.ReLU(), layers.Dense(units=1)]
        trainer = Trainer(Network(chain, (300,), seed=0), "mse", optimizers.SGD(learning_rate=0.01), 4, seed=0)
        trainer.load(x, x[:, :1])
        for _ in range(5):
            if looks:
                trainer.preview("dense_1")
            trainer.step()
        made.append(trainer)
    np.testing.assert_array_equal(made[0].network.parameter_vector, made[1].network.parameter_vector)


def test_frozen_layers_are_left_out() -> None:
    trainer = trainer_of(optimizers.SGD(learning_rate=0.1))
    trainer.network.freeze("dense_1")
    assert set(trainer.preview("dense_1", "dense_2").taken) == {"dense_2.weight", "dense_2.bias"}


def test_the_next_batch_follows_the_batch_size() -> None:
    trainer = trainer_of(optimizers.SGD(learning_rate=0.1))
    trainer.step()
    trainer.batch_size = 9
    told = trainer.next_batch
    trainer.step()
    assert told.tolist() == trainer.last_batch.tolist()
    assert len(told) == 9


def test_without_data_there_is_no_next_step() -> None:
    trainer = Trainer(network(), "categorical_cross_entropy")
    assert trainer.next_batch.tolist() == []
    with pytest.raises(DataError, match="call load"):
        trainer.preview("dense_1")
    with pytest.raises(SpecError, match="no layer"):
        trainer_of(optimizers.SGD()).preview("dense_9")
