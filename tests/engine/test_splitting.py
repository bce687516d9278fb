"""Train, validation and test split: stratified, at random, by a column, in order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from engine.data import Data, split
from engine.data.splitting import Parts, SplitBy, check_parts, part_sizes, split_parts
from engine.errors import DataError


@dataclass(frozen=True)
class Settings:
    validation: float = 0.2
    test: float = 0.1
    split_by: SplitBy = "stratified"
    split_column: str = ""
    split_seed: int = 0


def samples(counts: tuple[int, ...] = (60, 30, 10), **beside: Any) -> Data:
    labels = np.repeat(np.arange(len(counts)), counts)
    x = np.arange(2.0 * sum(counts)).reshape(-1, 2)
    return Data(x, labels, "classification", ("a", "b", "c"), ("u", "v"), beside=beside)


def whole(parts: Parts) -> list[int]:
    return sorted(int(i) for part in (parts.train, parts.validation, parts.test) if part is not None for i in part)


KINDS: tuple[Settings, ...] = (
    Settings(),
    Settings(split_by="random"),
    Settings(split_by="order"),
    Settings(split_by="order", split_column="v"),
    Settings(split_by="column", split_column="group"),
)


@pytest.mark.parametrize("settings", KINDS, ids=lambda settings: f"{settings.split_by}-{settings.split_column}")
class TestAnySplit:
    DATA = samples(group=np.arange(100) // 5)

    def test_every_sample_is_in_one_part(self, settings: Settings) -> None:
        parts = split_parts(self.DATA, settings)
        assert whole(parts) == list(range(100))
        assert parts.validation is not None
        assert parts.test is not None
        assert (len(parts.train), len(parts.validation), len(parts.test)) == (70, 20, 10)

    def test_the_same_seed_gives_the_same(self, settings: Settings) -> None:
        one, two = (split_parts(self.DATA, settings) for _ in range(2))
        np.testing.assert_array_equal(one.train, two.train)
        np.testing.assert_array_equal(one.test, two.test)

    def test_without_shares_all_is_for_training(self, settings: Settings) -> None:
        parts = split_parts(self.DATA, replace(settings, validation=0.0, test=0.0))
        assert len(parts.train) == 100
        assert parts.validation is None
        assert parts.test is None


def test_without_a_test_part_it_is_the_split_of_before_bit_for_bit() -> None:
    data = samples()
    for seed in (0, 5):
        parts = split_parts(data, Settings(0.25, 0.0, split_seed=seed))
        train, held = split(data, 0.25, seed)
        assert held is not None
        np.testing.assert_array_equal(data.take(parts.train).x, train.x)
        assert parts.validation is not None
        np.testing.assert_array_equal(data.take(parts.validation).x, held.x)


def test_stratified_parts_hold_the_classes_in_their_shares() -> None:
    data = samples()
    parts = split_parts(data, Settings())
    for part, expected in ((parts.train, [42, 21, 7]), (parts.validation, [12, 6, 2]), (parts.test, [6, 3, 1])):
        assert part is not None
        np.testing.assert_allclose(np.bincount(data.y[part]), expected, atol=1)


@pytest.mark.peers
def test_shares_are_those_of_scikit_learn() -> None:
    theirs: Any = pytest.importorskip("sklearn.model_selection", reason="scikit-learn is not installed")
    data = samples((600, 300, 100))
    parts = split_parts(data, Settings(0.25, 0.0))
    assert parts.validation is not None
    train, held = theirs.train_test_split(np.arange(1000), test_size=0.25, stratify=data.y, random_state=0)
    for ours, other in ((parts.train, train), (parts.validation, held)):
        np.testing.assert_allclose(np.bincount(data.y[ours]), np.bincount(data.y[other]), atol=1)


def test_the_test_part_does_not_depend_on_the_share_for_validation() -> None:
    data = samples()
    one, two = (split_parts(data, Settings(validation=share)).test for share in (0.1, 0.3))
    np.testing.assert_array_equal(one, two)


def test_in_order_the_last_ones_are_held_out() -> None:
    parts = split_parts(samples(), Settings(split_by="order"))
    assert parts.train.tolist() == list(range(70))
    assert parts.validation is not None
    assert parts.validation.tolist() == list(range(70, 90))
    assert parts.test is not None
    assert parts.test.tolist() == list(range(90, 100))


def test_by_time_means_in_the_order_of_a_column() -> None:
    time = np.random.default_rng(0).permutation(100)
    parts = split_parts(samples(time=time), Settings(split_by="order", split_column="time"))
    assert parts.test is not None
    assert parts.validation is not None
    assert time[parts.train].max() < time[parts.validation].min()
    assert time[parts.validation].max() < time[parts.test].min()


def test_equal_values_of_a_column_stay_together() -> None:
    patient = np.random.default_rng(0).integers(0, 12, 100)
    parts = split_parts(samples(patient=patient), Settings(split_by="column", split_column="patient"))
    found = [set(patient[part]) for part in (parts.train, parts.validation, parts.test) if part is not None]
    assert len(found) == 3
    assert sum(map(len, found)) == len(set(patient))


def test_a_column_may_name_the_parts_itself() -> None:
    part = np.array(["train", "Val", "test", "train"] * 25)
    parts = split_parts(samples(part=part), Settings(split_by="column", split_column="part"))
    assert set(part[parts.train]) == {"train"}
    assert set(part[parts.validation]) == {"Val"}
    assert set(part[parts.test]) == {"test"}


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    data = samples(group=np.arange(100))
    with pytest.raises(DataError, match="there is no column 'nobody'; choose one of group, u, v"):
        split_parts(data, Settings(split_by="column", split_column="nobody"))
    with pytest.raises(DataError, match="no column is chosen"):
        split_parts(data, Settings(split_by="column"))


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_of_few_samples_one_stays_to_train_on(count: int) -> None:
    trained, held, tested = part_sizes(count, 0.2, 0.2)
    assert trained >= 1
    assert trained + held + tested == count


def test_shares_must_leave_something_to_train_on() -> None:
    check_parts(0.5, 0.45)
    with pytest.raises(ValueError, match="too little to train on"):
        check_parts(0.6, 0.5)
