"""Duplicates between parts: all equal samples, nearly all near ones, and none by chance."""

from __future__ import annotations

import numpy as np
import pytest

from engine import datasets
from engine.data import Data, split
from engine.data.duplicates import find_duplicates, repeats
from engine.data.steps import DropDuplicates
from engine.data.stored_samples import in_memory
from engine.errors import DataError


def samples(x: np.ndarray) -> Data:
    return Data(x.astype(np.float32), np.zeros(len(x), np.int64), "classification", ("a",))


def cloud(count: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, width))


class TestEqual:
    def test_each_is_named_with_its_first_equal(self) -> None:
        train = cloud(500, 6)
        train[7] = train[3]
        held = cloud(60, 6, 1)
        held[[4, 9]] = train[[3, 400]]
        found = find_duplicates(samples(train), samples(held))
        assert list(zip(found.held[:2].tolist(), found.train[:2].tolist(), strict=True)) == [(4, 3), (9, 400)]
        assert (found.equal, found.near, found.samples) == (2, 0, 60)

    def test_minus_zero_is_zero(self) -> None:
        found = find_duplicates(samples(np.array([[0.0, 1.0], [2.0, 5.0]])), samples(np.array([[-0.0, 1.0]])))
        assert (found.equal, found.train.tolist()) == (1, [0])

    def test_all_combinations_of_few_values_are_found(self) -> None:
        rng = np.random.default_rng(3)
        train, held = rng.integers(0, 2, (5000, 4)), rng.integers(0, 2, (1000, 4))
        found = find_duplicates(samples(train), samples(held))
        assert found.equal == 1000
        np.testing.assert_array_equal(train[found.train], held[found.held])

    def test_iris_has_one_flower_twice(self) -> None:
        # Fisher's table: two virginica with 5.8, 2.7, 5.1, 1.9.
        train, held = split(datasets.Iris().load(), 0.2, 0)
        assert held is not None
        expected = sum((train.x == row).all(axis=1).any() for row in held.x)
        assert find_duplicates(train, held).equal == expected


class TestRepeats:
    def test_they_are_the_training_samples_of_all_pairs(self) -> None:
        train, held = cloud(2000, 8), cloud(300, 8, 1)
        train[[5, 900]] = held[7]
        train[40] = held[9] + 0.003
        one, other = samples(train), samples(held)
        assert repeats(one, other).tolist() == [5, 40, 900]
        assert repeats(one, other, nearly=False).tolist() == [5, 900]

    def test_the_step_leaves_them_out(self) -> None:
        train, held = cloud(500, 8), cloud(100, 8, 1)
        train[3], train[4] = held[7], held[8] + 0.003
        made = DropDuplicates().resample_beside(samples(train), [samples(held[:50]), samples(held[50:])])
        np.testing.assert_array_equal(made.x, samples(np.delete(train, [3, 4], axis=0)).x)
        assert DropDuplicates().resample_beside(made, [samples(held)]) is made
        assert len(DropDuplicates(nearly=False).resample_beside(samples(train), [samples(held)])) == 499

    def test_a_step_that_leaves_nothing_says_so(self) -> None:
        with pytest.raises(DataError, match="leaves none; take the step out"):
            DropDuplicates().resample_beside(samples(np.zeros((3, 2))), [samples(np.zeros((1, 2)))])

    def test_gaps_that_are_not_filled_yet_do_no_harm(self) -> None:
        train, held = cloud(500, 8), cloud(100, 8, 1)
        train[3] = held[7]
        one, other = samples(train), samples(held)
        x, others = in_memory(one.x), in_memory(other.x)
        x[3, 2] = others[7, 2] = x[9, 1] = np.nan
        assert repeats(one, other).tolist() == [3]


class TestNear:
    @pytest.mark.parametrize(("width", "shift"), [(20, 0.02), (784, 0.01), (6, 0.005)])
    def test_shifted_samples_are_found_whatever_the_scale_of_columns(self, width: int, shift: float) -> None:
        train, held = cloud(4000, width), cloud(800, width, 1)
        held[:100] = train[1000:1100] + shift * cloud(100, width, 2)
        scale = np.logspace(-3, 3, width)
        found = find_duplicates(samples(train * scale), samples(held * scale))
        assert found.equal == 0
        pairs = dict(zip(found.held.tolist(), found.train.tolist(), strict=True))
        assert sum(pairs.get(index) == 1000 + index for index in range(100)) >= 97
        assert set(pairs) <= set(range(100))
        assert (found.distances <= found.limit).all()
        assert (np.diff(found.distances) >= 0).all()

    def test_pictures_are_compared_as_they_are(self) -> None:
        # A pixel at the rim that is hardly ever lit counts no more than the others.
        rng = np.random.default_rng(0)
        train, held = rng.random((600, 1, 8, 8)), rng.random((100, 1, 8, 8))
        train[:, 0, 0, 0] = 0
        train[5, 0, 0, 0] = 1e-3
        held[:, 0, 0, 0] = 0
        held[3] = np.clip(train[5] + 0.01, 0, 1)
        found = find_duplicates(samples(train), samples(held))
        assert (found.held.tolist(), found.train.tolist()) == ([3], [5])

    @pytest.mark.parametrize("width", [1, 2, 3, 10])
    def test_dense_data_are_near_by_chance_and_nothing_is_said(self, width: int) -> None:
        found = find_duplicates(samples(cloud(20_000, width)), samples(cloud(4000, width, 1)))
        assert found.near <= 2

    def test_the_same_data_give_the_same_answer(self) -> None:
        train, held = cloud(1000, 8), cloud(200, 8, 1)
        held[:50] = train[:50] + 0.01
        one, other = (find_duplicates(samples(train), samples(held)) for _ in range(2))
        np.testing.assert_array_equal(one.held, other.held)
        np.testing.assert_array_equal(one.distances, other.distances)

    def test_distances_are_those_between_the_rows(self) -> None:
        train, held = cloud(1000, 5), cloud(50, 5, 1)
        held[0] = train[10] + 0.001
        found = find_duplicates(samples(train), samples(held))
        assert found.held.tolist() == [0]
        spread = samples(train).x.std(axis=0, dtype=np.float64)
        expected = np.linalg.norm((samples(train).x[10] - samples(held).x[0]) / spread)
        assert found.distances[0] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("held", [np.ones((1, 2)), np.zeros((3, 2))])
def test_constant_data_break_nothing(held: np.ndarray) -> None:
    found = find_duplicates(samples(np.zeros((4, 2))), samples(held))
    assert found.equal == (0 if held.any() else 3)
