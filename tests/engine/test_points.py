"""Painted points: the packed list, its edits, its text, and their lasting split."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data import Circles, Data, Hills, Iris, NoSamplesError, PaintedPoints, Points, split
from engine.data.points import MOST_POINTS
from engine.data.samples import lots
from engine.data.splitting import SplitBy, split_parts
from engine.errors import DataError, SpecError

NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False)
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=30)


def sheet(*rows: tuple[float, float, float]) -> Points:
    return Points.of([row[:2] for row in rows], [row[2] for row in rows])


def painted(count: int, classes: int = 2, seed: int = 0) -> PaintedPoints:
    rng = np.random.default_rng(seed)
    points = Points.of(rng.uniform(-1, 1, (count, 2)), rng.integers(0, classes, count))
    return PaintedPoints(points=points, classes=tuple(map(str, range(classes))))


@dataclass(frozen=True)
class Shares:
    validation: float
    test: float = 0.25
    split_by: SplitBy = "stratified"
    split_column: str = ""
    split_seed: int = 3


class TestList:
    def test_points_are_added_moved_valued_and_removed(self) -> None:
        points = sheet((0, 0, 0), (1, 2, 1)).with_points([[3, 4]], [2])
        np.testing.assert_array_equal(points.xy, [[0, 0], [1, 2], [3, 4]])
        np.testing.assert_array_equal(points.moved(1, -1, -2).xy[1], [-1, -2])
        assert points.valued(0, 5).values.tolist() == [5, 1, 2]
        left = points.without(np.array([1]))
        assert left.values.tolist() == [0, 2]
        assert left.numbers.tolist() == [0, 2]

    def test_a_number_is_never_given_twice_while_its_point_lives(self) -> None:
        points = sheet((0, 0, 0), (1, 1, 0)).without(np.array([0])).with_points([[2, 2]], [0])
        assert points.numbers.tolist() == [1, 2]

    def test_an_edit_leaves_the_old_list_as_it_was(self) -> None:
        points = sheet((0, 0, 0), (1, 1, 1))
        points.moved(0, 5, 5)
        points.valued(0, 5)
        points.without(np.array([True, True]))
        assert points == sheet((0, 0, 0), (1, 1, 1))
        with pytest.raises(ValueError, match="read-only"):
            points.values[0] = 7

    def test_a_copy_of_the_document_shares_them(self) -> None:
        data = painted(5000)
        assert data.with_changes(task="regression").points is data.points

    def test_equal_points_are_equal_whatever_the_sign_of_zero(self) -> None:
        assert sheet((-0.0, 0.0, -0.0)) == sheet((0.0, -0.0, 0.0))
        assert hash(sheet((-0.0, 0, 0))) == hash(sheet((0, 0, 0)))

    @pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e39])
    def test_places_are_finite(self, wrong: float) -> None:
        with pytest.raises(DataError, match="point 1 has a x that is NaN"):
            sheet((wrong, 0, 0))
        with pytest.raises(DataError, match="value"):
            sheet((0, 0, 0)).valued(0, wrong)

    def test_there_is_a_most(self) -> None:
        full = Points.of(np.zeros((MOST_POINTS, 2)), np.zeros(MOST_POINTS))
        with pytest.raises(DataError, match="at most 10,000 points, found 10,001"):
            full.with_points([[0, 0]], [0])


class TestText:
    @given(ROWS)
    def test_what_was_written_is_read_bit_for_bit(self, rows: list[tuple[float, float, float]]) -> None:
        points = sheet(*rows)
        assert Points.parse(points.text()) == points

    def test_short_numbers_stay_short(self) -> None:
        assert sheet((0.1, -0.25, 1), (3, 0, 0)).text() == "0.1 -0.25 1.0 0;3.0 0.0 0.0 1"

    @pytest.mark.parametrize(
        "text",
        ["1 2 3", "1 2 3 4 5", "a 2 3 4", "1 2 3 -1", "1 2 3 4294967296", "1 2 3 0.5", "1 2 3 4;;", "nan 0 0 0", ";"],
    )
    def test_what_is_no_list_of_points_is_refused(self, text: str) -> None:
        with pytest.raises(DataError, match="point"):
            Points.parse(text)

    def test_two_points_of_one_number_are_refused(self) -> None:
        with pytest.raises(DataError, match="same number"):
            Points.parse("0 0 0 1;1 1 1 1")

    @given(st.text(alphabet="0123456789.-e; naif", max_size=60))
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        try:
            points = Points.parse(text)
        except DataError:
            return
        assert Points.parse(points.text()) == points

    def test_a_file_has_them_as_text(self) -> None:
        data = painted(3)
        kept = json.loads(data.model_dump_json())
        assert kept["points"] == data.points.text()
        assert PaintedPoints.model_validate(kept) == data
        with pytest.raises(SpecError, match="must be a text"):
            PaintedPoints(points=[1, 2])  # type: ignore[arg-type]


class TestData:
    def test_values_are_classes_or_heights(self) -> None:
        points = sheet((0, 0, 0), (1, 0, 1), (0, 1, 0.4), (0, 1, 7))
        classes = PaintedPoints(points=points).load()
        assert classes.y.tolist() == [0, 1, 0, 1]
        heights = PaintedPoints(points=points, task="regression").load()
        np.testing.assert_allclose(heights.y, [[0], [1], [0.4], [7]])

    @pytest.mark.parametrize("task", ["classification", "regression"])
    def test_an_empty_sheet_says_what_it_will_hold(self, task: str) -> None:
        empty = PaintedPoints.model_validate({"type": "PaintedPoints", "task": task})
        with pytest.raises(NoSamplesError, match="no points yet"):
            empty.load()
        one = empty.with_changes(points=sheet((0, 0, 0)))
        expected, known = empty.expected_signature(), one.signature()
        assert (expected.input_shape, expected.task, expected.classes, expected.targets) == (
            *(known.input_shape, known.task, known.classes, known.targets),
        )

    @pytest.mark.parametrize("source", [Circles(), Hills(samples=50)])
    def test_a_copy_has_the_samples_of_its_source(self, source: Circles | Hills) -> None:
        data, copy = source.load(), PaintedPoints.of(source.load()).load()
        np.testing.assert_array_equal(copy.x, data.x)
        np.testing.assert_array_equal(copy.y, data.y)
        assert (copy.task, copy.features) == (data.task, data.features)
        assert copy.classes == (("1", "2") if data.classes else ())

    def test_a_copy_keeps_names(self) -> None:
        data = Data(np.zeros((2, 2), np.float32), np.array([0, 1]), "classification", ("cat", "dog"), ("age", "size"))
        assert PaintedPoints.of(data).load().classes == ("cat", "dog")
        assert PaintedPoints.of(data).load().features == ("age", "size")
        assert PaintedPoints.of(data).with_class(3).classes == ("cat", "dog", "3", "4")

    def test_other_data_are_not_copied(self) -> None:
        with pytest.raises(DataError, match="two inputs"):
            PaintedPoints.of(Iris().load())
        with pytest.raises(DataError, match="2 numbers to predict"):
            PaintedPoints.of(Data(np.zeros((2, 2), np.float32), np.zeros((2, 2), np.float32), "regression"))
        names = tuple("abcdefghijk")
        with pytest.raises(DataError, match="11 classes"):
            PaintedPoints.of(Data(np.zeros((2, 2), np.float32), np.zeros(2, np.int64), "classification", names))
        with pytest.raises(DataError, match="20,000 samples"):
            PaintedPoints.of(Circles(samples=20_000).load())


class TestSplit:
    def sides(self, data: PaintedPoints, share: float = 0.2, seed: int = 0) -> tuple[set[int], set[int]]:
        train, held = split(data.load(), share, seed)
        assert train.keys is not None
        if held is None:
            return set(train.keys.tolist()), set()
        assert held.keys is not None
        return set(train.keys.tolist()), set(held.keys.tolist())

    @given(st.integers(10, 200), st.integers(0, 99), st.sampled_from([0.1, 0.2, 0.5, 0.9]))
    def test_points_stay_on_their_side_while_others_come_and_go(self, count: int, seed: int, share: float) -> None:
        before = painted(count, seed=seed)
        rng = np.random.default_rng(seed)
        gone = np.flatnonzero(rng.random(count) < 0.3)
        points = before.points.without(gone).with_points(rng.uniform(-1, 1, (40, 2)), np.zeros(40))
        points = points.moved(0, 9.0, 9.0)
        train, held = self.sides(before, share, seed)
        later_train, later_held = self.sides(before.with_changes(points=points), share, seed)
        # At least one is on each side; that one alone may change it when another one takes its place.
        alone = min(map(len, (train, held, later_train, later_held))) == 1
        assert len(held & later_train) + len(train & later_held) <= alone

    @pytest.mark.parametrize("share", [0.1, 0.2, 0.35, 0.5])
    def test_each_class_has_its_share(self, share: float) -> None:
        for classes in (2, 3, 5):
            count = 60 * classes
            points = Points.of(np.zeros((count, 2)), np.repeat(np.arange(classes), 60))
            data = PaintedPoints(points=points, classes=tuple(map(str, range(classes))))
            _, held = split(data.load(), share, 4)
            assert held is not None
            assert np.abs(np.bincount(held.y, minlength=classes) - 60 * share).max() <= 3

    def test_another_seed_holds_out_others(self) -> None:
        data = painted(60)
        assert self.sides(data, seed=0)[1] != self.sides(data, seed=1)[1]

    def test_at_least_one_stays_on_each_side(self) -> None:
        for count in (2, 3, 5):
            for share in (0.01, 0.9):
                train, held = self.sides(painted(count), share)
                assert train
                assert held
        assert self.sides(painted(1)) == ({0}, set())
        assert self.sides(painted(4), 0.0) == ({0, 1, 2, 3}, set())

    def test_the_test_part_stays_too(self) -> None:
        before = painted(80)
        points = before.points.without(np.arange(0, 80, 3)).with_points(np.zeros((50, 2)), np.zeros(50))

        def parts(data: PaintedPoints, validation: float) -> list[set[int]]:
            found, keys = split_parts(data.load(), Shares(validation)), data.points.numbers
            assert found.validation is not None
            assert found.test is not None
            return [set(keys[part].tolist()) for part in (found.train, found.validation, found.test)]

        old, new = parts(before, 0.2), parts(before.with_changes(points=points), 0.2)
        assert [len(part) for part in old] == pytest.approx([44, 16, 20], abs=3)
        for one in range(3):
            assert not old[one] & (new[one - 1] | new[one - 2])
        assert parts(before, 0.5)[2] == old[2]

    def test_lots_are_the_same_on_every_machine(self) -> None:
        golden = (np.sqrt(5) - 1) / 2
        drawn = lots(np.arange(1000), 3)
        np.testing.assert_allclose((drawn - drawn[0]) % 1, (np.arange(1000) * golden) % 1, atol=1e-6)
        assert ((drawn >= 0) & (drawn < 1)).all()
