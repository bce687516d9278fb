"""Column statistics and correlations of data, compared with NumPy's own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine import datasets
from engine.data import Columns, Data, describe, split
from engine.data.correlation import correlations
from engine.data.describe import BINS, describe_data


def table(x: np.ndarray, y: np.ndarray | None = None, features: tuple[str, ...] = ()) -> Data:
    targets = np.zeros((len(x), 1), np.float32) if y is None else y
    return Data(x, targets, "regression", features=features)


class TestColumns:
    def test_numbers_are_those_of_numpy_whatever_the_blocks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rng = np.random.default_rng(0)
        data = table(rng.normal(1e6, 3, (1000, 3)), rng.normal(size=(1000, 2)).astype(np.float32))
        monkeypatch.setattr(describe, "_BLOCK", 100)
        found = describe_data(data).columns
        assert [(each.name, each.role) for each in found] == [
            *((f"x{index}", "input") for index in (1, 2, 3)),
            *((f"target {index}", "target") for index in (1, 2)),
        ]
        for each, column in zip(found, [*data.x.T, *data.y.T], strict=True):
            assert (each.minimum, each.maximum, each.values, each.gaps) == (column.min(), column.max(), 1000, 0)
            assert each.mean == pytest.approx(column.mean(dtype=np.float64), rel=1e-12)
            assert each.deviation == pytest.approx(column.std(dtype=np.float64), rel=1e-9)
            np.testing.assert_array_equal(each.counts, np.histogram(column.astype(np.float64), BINS)[0])

    def test_parts_are_described_as_if_they_were_whole(self) -> None:
        whole = datasets.Iris().load()
        train, held = split(whole, 0.3, 0)
        assert held is not None
        one, both = describe_data(whole), describe_data(train, held)
        assert both.samples == one.samples == 150
        for a, b in zip(one.columns, both.columns, strict=True):
            assert (a.name, a.kind, a.counts, a.minimum, a.maximum) == (b.name, b.kind, b.counts, b.minimum, b.maximum)
            assert math.isnan(a.mean) == math.isnan(b.mean)
            assert math.isnan(a.mean) or a.mean == pytest.approx(b.mean)

    @pytest.mark.parametrize(
        ("column", "kind"),
        [
            ([0.1, 0.2, 3.0], "number"),
            ([1.0, 2.0, 3.0], "whole number"),
            ([0.0, 1.0, 1.0], "0 or 1"),
            ([0.1, 0.1, 0.1], "constant"),
        ],
    )
    def test_kinds(self, column: list[float], kind: str) -> None:
        (found, _) = describe_data(table(np.array(column)[:, None])).columns
        assert found.kind == kind
        assert sum(found.counts) == 3
        if kind == "constant":
            assert (found.mean, found.deviation) == (0.1, 0.0)

    def test_gaps_are_counted_and_left_out(self) -> None:
        x = np.array([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0]])
        data = table(x)
        # As a table with gaps keeps them beside its numbers.
        object.__setattr__(data, "source", np.array([[1.0, np.nan], [np.nan, np.nan], [4.0, np.nan]]))
        first, second, _ = describe_data(data).columns
        assert (first.values, first.gaps, first.mean, first.minimum, first.maximum) == (2, 1, 2.5, 1.0, 4.0)
        assert (second.kind, second.values, second.gaps, second.counts) == ("empty", 0, 3, ())

    def test_classes_are_counted_by_name(self) -> None:
        found = describe_data(datasets.Iris().load()).columns[-1]
        assert (found.kind, found.classes, found.counts) == ("class", ("setosa", "versicolor", "virginica"), (50,) * 3)

    def test_the_target_of_a_table_has_its_own_name(self) -> None:
        data = Data(
            np.zeros((2, 1)),
            np.zeros((2, 1), np.float32),
            "regression",
            columns=Columns(names=("a", "price"), target=1),
        )
        assert describe_data(data).columns[-1].name == "price"

    def test_pictures_have_a_column_for_each_pixel(self) -> None:
        data = Data(np.zeros((4, 1, 2, 3), np.float32), np.zeros(4, np.int64), "classification", ("a",))
        names = [each.name for each in describe_data(data).columns]
        assert names == [f"row {row} column {column}" for row in (1, 2) for column in (1, 2, 3)] + ["class"]

    def test_lines_say_all_of_it_as_text(self) -> None:
        lines = list(describe_data(datasets.Iris().load()).lines())
        assert lines[0].split() == ["column", "role", "kind", "values", "gaps", "min", "max", "mean", "sd"]
        assert " ".join(lines[1].split()) == "sepal length input number 150 0 4.3 7.9 5.84333 0.825301"
        assert lines[-1] == "classes: setosa 50, versicolor 50, virginica 50"


class TestCorrelations:
    def test_they_are_those_of_numpy(self) -> None:
        rng = np.random.default_rng(1)
        x = rng.normal(1e5, 1, (500, 4))
        data = table(x, (x[:, :1] + rng.normal(size=(500, 1))).astype(np.float32))
        found = correlations(data)
        assert found.names == ("x1", "x2", "x3", "x4", "target")
        np.testing.assert_allclose(found.values, np.corrcoef(np.column_stack([x, data.y]).T), atol=1e-9)

    def test_parts_count_together(self) -> None:
        whole = datasets.Iris().load()
        train, held = split(whole, 0.3, 0)
        assert held is not None
        np.testing.assert_allclose(correlations(train, held).values, correlations(whole).values, atol=1e-9)

    def test_a_class_is_a_column_and_two_classes_are_one(self) -> None:
        three = correlations(datasets.Iris().load())
        assert three.names[4:] == ("class = setosa", "class = versicolor", "class = virginica")
        assert three.inputs == 4
        data = datasets.Moons().load()
        two = correlations(data)
        assert len(two.names) == 3
        assert two.values[2, 1] == pytest.approx(np.corrcoef(data.x[:, 1], data.y)[0, 1], abs=1e-6)

    def test_a_constant_column_has_none(self) -> None:
        x = np.column_stack([np.full(50, 0.1), np.arange(50.0)])
        found = correlations(table(x)).values
        assert np.isnan(found[0]).all()
        assert found[1, 1] == pytest.approx(1)

    def test_gaps_leave_out_their_own_pairs_only(self) -> None:
        pandas = pytest.importorskip("pandas")
        rng = np.random.default_rng(2)
        x = rng.normal(size=(200, 3)) @ rng.normal(size=(3, 3))
        data = table(x, rng.normal(size=(200, 1)).astype(np.float32))
        holes = np.where(rng.random(x.shape) < 0.2, np.nan, x)
        object.__setattr__(data, "source", holes)
        expected = pandas.DataFrame(np.column_stack([holes, data.y])).corr().to_numpy()
        np.testing.assert_allclose(correlations(data).values, expected, atol=1e-9)
