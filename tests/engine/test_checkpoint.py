"""Checkpoints: resumed runs give the same numbers as uninterrupted ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import DataError, EngineError, Network, SpecError, Trainer, layers, optimizers
from engine.optimizers import OPTIMIZERS
from engine.training.checkpoint import TrainerState

VALIDATION_SEED = 7


def samples(count: int = 50, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(seed).uniform(-1, 1, (count, 3)).astype(np.float32)
    return x, (x[:, 0] > x[:, 1]).astype(np.int64)


def network(seed: int = 0, units: int = 12) -> Network:
    chain = [
        layers.Dense(units=units),
        layers.BatchNorm(),
        layers.ReLU(),
        layers.Dropout(rate=0.3),
        layers.Dense(units=2),
        layers.Softmax(),
    ]
    return Network(chain, (3,), seed=seed)


def trainer(net: Network, seed: int = 5, **settings: Any) -> Trainer:
    settings = {"optimizer": optimizers.Adam(learning_rate=0.01), "batch_size": 8, **settings}
    return Trainer(net, "categorical_cross_entropy", seed=seed, **settings)


def train(it: Trainer, steps: int) -> list[float]:
    return [it.step() for _ in range(steps)]


def same(left: Trainer, right: Trainer) -> None:
    np.testing.assert_array_equal(left.network.state_vector, right.network.state_vector)
    assert left.history == right.history
    first, second = left.state(), right.state()
    assert first.info == second.info
    assert first.arrays.keys() == second.arrays.keys()
    for name, array in first.arrays.items():
        np.testing.assert_array_equal(array, second.arrays[name])


@pytest.mark.parametrize("optimizer", [kind() for kind in OPTIMIZERS.values()] + [optimizers.SGD(0.1, momentum=0.9)])
@pytest.mark.parametrize("loaded_first", [True, False])
def test_a_resumed_run_equals_an_uninterrupted_one(
    tmp_path: Path, optimizer: optimizers.Optimizer, loaded_first: bool
) -> None:
    data, held = samples(), samples(20, VALIDATION_SEED)
    through = trainer(network(), optimizer=optimizer)
    through.load(*data, held)
    # 7 steps an epoch: this stops in the middle of the third one.
    train(through, 17)
    through.save(tmp_path / "run.safetensors")
    expected = train(through, 40)

    resumed = trainer(network(seed=9), seed=1, optimizer=optimizer)
    if loaded_first:
        resumed.load(*data, held)
        train(resumed, 3)
    resumed.resume(tmp_path / "run.safetensors")
    if not loaded_first:
        resumed.load(*data, held)
    assert train(resumed, 40) == expected
    same(through, resumed)


def test_fit_goes_on_in_the_middle_of_an_epoch(tmp_path: Path) -> None:
    data, held = samples(), samples(20, VALIDATION_SEED)
    through = trainer(network())
    through.fit(*data, epochs=5, validation=held)
    stopped = trainer(network())
    stopped.load(*data, held)
    train(stopped, 10)
    stopped.save(tmp_path / "run.safetensors")
    resumed = trainer(network(seed=4), seed=0)
    resumed.resume(tmp_path / "run.safetensors")
    resumed.fit(*data, epochs=4, validation=held)
    same(through, resumed)
    # Once steps were made, data that are loaded start a new epoch, as ever.
    train(resumed, 2)
    resumed.load(*data, held)
    assert resumed.state().info["position"] == 0


def test_a_state_is_a_copy_to_which_one_can_go_back() -> None:
    it = trainer(network())
    it.load(*samples())
    train(it, 5)
    kept = it.state()
    first = train(it, 10)
    it.restore(kept)
    assert train(it, 10) == first


@pytest.mark.parametrize("loaded_first", [True, False])
def test_a_run_without_data_yet_can_be_taken_over_too(loaded_first: bool) -> None:
    fresh = trainer(network())
    state = fresh.state()
    twin = trainer(network(seed=3), seed=9)
    if loaded_first:
        twin.load(*samples())
    twin.restore(state)
    if not loaded_first:
        twin.load(*samples())
    fresh.load(*samples())
    assert train(fresh, 10) == train(twin, 10)
    assert fresh.history == twin.history


def test_what_may_change_while_training_is_taken_over() -> None:
    it = trainer(network())
    it.load(*samples())
    it.learning_rate, it.batch_size = 0.25, 5
    twin = trainer(network())
    twin.restore(it.state())
    assert (twin.learning_rate, twin.batch_size, twin.seed) == (0.25, 5, 5)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: trainer(network(units=11)), "different network"),
        (lambda: trainer(network(), optimizer=optimizers.SGD()), "different optimizer: .*Adam.* there, .*SGD.* here"),
        (lambda: trainer(network(), optimizer=optimizers.Adam(beta1=0.5)), "different optimizer"),
        (lambda: trainer(network(), shuffle=False), "different shuffle: True there, False here"),
        (lambda: Trainer(network(), "mse", optimizers.Adam()), "different loss"),
    ],
)
def test_other_settings_are_refused_by_name(make: Callable[[], Trainer], text: str) -> None:
    it = trainer(network())
    it.load(*samples())
    other = make()
    before = other.network.state_vector.copy()
    with pytest.raises(SpecError, match=text):
        other.restore(it.state())
    np.testing.assert_array_equal(other.network.state_vector, before)


def test_other_data_are_refused() -> None:
    it = trainer(network())
    it.load(*samples())
    twin = trainer(network())
    twin.restore(it.state())
    with pytest.raises(DataError, match="trained on 50 samples, found 40"):
        twin.load(*samples(40))
    with pytest.raises(DataError, match="no data"):
        twin.step()
    twin = trainer(network())
    twin.load(*samples(40))
    with pytest.raises(DataError, match="trained on 50 samples, but 40 are loaded"):
        twin.restore(it.state())


def test_files_that_are_no_runs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    it = trainer(network())
    it.load(*samples())
    state = it.state()
    with pytest.raises(DataError, match="cannot be read as a saved training run"):
        it.resume(path)
    path.write_bytes(b"nonsense")
    with pytest.raises(DataError, match="cannot be read as a saved training run"):
        it.resume(path)
    it.network.save(path)
    with pytest.raises(DataError, match=r"no training run; expected a file written by Trainer\.save"):
        it.resume(path)
    TrainerState({**state.info, "version": 99}, state.arrays).save(path)
    with pytest.raises(DataError, match="has format 99"):
        it.resume(path)


@pytest.mark.parametrize(
    "broken",
    [
        {"orders": {"bit_generator": "PCG64", "state": 3}},
        {"choices": None},
        {"history": {"loss": [], "nonsense": 1}},
        {"score": {}},
        {"steps": "many"},
        {"position": -1},
        {"position": 50},
        {"batch_size": 0},
        {"history": {"loss": ["a"], "val_loss": [], "metrics": {}, "stopped": None}},
        {"history": {"loss": [], "val_loss": [], "metrics": [], "stopped": None}},
        {"frozen": ["dense_9"]},
        {"learning_rate": -1.0},
        {"penalty": {"l1": -1}},
        {"clipping": {"nonsense": 1}},
        {"settings": {}},
        {"settings": None},
        {"learning_rate": None},
        {"epoch": -1},
        {"epoch": math.inf},
        {"steps": -1},
        {"optimizer_steps": -1},
        {"optimizer_steps": 10**30},
        {"batch_size": math.inf},
        {"orders": {**np.random.default_rng(0).bit_generator.state, "uinteger": -1}},
        {"score": {"samples": 4, "weight": 4, "loss": 1.0, "totals": {"accuracy": []}}},
    ],
)
def test_broken_states_are_refused_and_change_nothing(broken: dict[str, Any]) -> None:
    it = trainer(network())
    it.load(*samples())
    state = it.state()
    train(it, 3)
    before = it.state()
    with pytest.raises(EngineError):
        it.restore(replace(state, info={**state.info, **broken}))
    for name, array in before.arrays.items():
        np.testing.assert_array_equal(it.state().arrays[name], array)
    assert it.state().info == before.info


@pytest.mark.parametrize("name", ["network", "order", "optimizer.first"])
def test_broken_arrays_are_refused(name: str) -> None:
    it = trainer(network())
    it.load(*samples())
    state = it.state()
    for array in (np.zeros(3, state.arrays[name].dtype), np.full_like(state.arrays[name], -1)[:-1]):
        with pytest.raises(DataError):
            it.restore(TrainerState(state.info, {**state.arrays, name: array}))
    with pytest.raises(DataError):
        it.restore(TrainerState(state.info, {key: array for key, array in state.arrays.items() if key != name}))


def test_a_save_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.safetensors"
    it = trainer(network())
    it.load(*samples())
    it.save(path)
    kept = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(DataError, match="no space"):
        it.save(path)
    assert path.read_bytes() == kept
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.safetensors"]
