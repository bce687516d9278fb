"""Preparation steps: scaling, features, balancing, noise and subsampling, fitted on the training part."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from engine.data import Data, Preparation
from engine.data.samples import Signature
from engine.data.steps import (
    STEPS,
    Balance,
    LabelNoise,
    PointFeatures,
    PolynomialFeatures,
    ScaleInputs,
    ScaleTargets,
    Step,
    Subsample,
)
from engine.declared import describe
from engine.errors import DataError, SpecError

METHODS = ("standard", "min_max", "robust")


def table(rows: int = 40, columns: int = 3, seed: int = 0) -> Data:
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (rows, columns)) * [1, 1000, 1e-3][:columns] + [5, -200, 0][:columns]
    y = 300_000 + 50_000 * rng.normal(0, 1, (rows, 1))
    return Data(x, y.astype(np.float32), "regression", (), ("a", "b", "c")[:columns])


def points(rows: int = 60, classes: tuple[int, ...] = (40, 15, 5)) -> Data:
    rng = np.random.default_rng(1)
    y = np.repeat(np.arange(len(classes)), classes)
    names = tuple("abc"[: len(classes)])
    return Data(rng.uniform(-1, 1, (sum(classes), 2)).astype(np.float32), y, "classification", names, ("x₁", "x₂"))


def applied(data: Data, *steps: Step) -> Data:
    return Preparation.fit(data, steps=steps).apply(data)


@pytest.mark.parametrize("kind", STEPS.values(), ids=lambda kind: kind.__name__)
def test_every_step_says_what_it_is(kind: type[Step]) -> None:
    assert kind.title
    assert kind.help.endswith(".")
    assert all(field.help.endswith(".") for field in describe(kind))
    assert isinstance(kind().summary, str)


class TestScaling:
    @pytest.mark.peers
    @pytest.mark.parametrize("method", METHODS)
    def test_inputs_and_targets_are_those_of_scikit_learn(self, method: str) -> None:
        theirs: Any = pytest.importorskip("sklearn.preprocessing", reason="scikit-learn is not installed")
        scaler = {"standard": "StandardScaler", "min_max": "MinMaxScaler", "robust": "RobustScaler"}[method]
        data, later = table(), table(seed=9)
        known = Preparation.fit(data, steps=[ScaleInputs(method=method), ScaleTargets(method=method)])
        for found, old, new in ((known.exact, data.x, later.x), (known.exact_targets, data.y, later.y)):
            expected = getattr(theirs, scaler)().fit(old.astype(float)).transform(new.astype(float))
            np.testing.assert_allclose(found(new), expected, rtol=1e-9, atol=1e-12)

    def test_known_numbers(self) -> None:
        x = np.array([[0.0, 7], [2, 7], [4, 7], [10, 7]])
        data = Data(x, np.array([0, 1, 0, 1]), "classification", ("a", "b"))
        np.testing.assert_allclose(applied(data, ScaleInputs(method="min_max")).x, [[0, 0], [0.2, 0], [0.4, 0], [1, 0]])
        # Quartiles of 0, 2, 4, 10 are 1.5, 3 and 5.5.
        np.testing.assert_allclose(applied(data, ScaleInputs(method="robust")).x[:, 0], (x[:, 0] - 3) / 4)

    def test_a_constant_column_becomes_0(self) -> None:
        data = Data(np.full((5, 1), 0.1), np.arange(5.0)[:, None], "regression")
        for method in METHODS:
            assert not applied(data, ScaleInputs(method=method)).x.any()

    def test_per_channel_and_all_alike(self) -> None:
        rng = np.random.default_rng(0)
        x = rng.uniform(0, 255, (20, 3, 4, 4)).astype(np.float32) * np.array([1, 2, 3], np.float32)[:, None, None]
        data = Data(x, np.arange(20) % 2, "classification", ("a", "b"))
        channels = applied(data, ScaleInputs(per="channel")).x
        np.testing.assert_allclose(channels.mean(axis=(0, 2, 3)), 0, atol=1e-5)
        np.testing.assert_allclose(channels.std(axis=(0, 2, 3)), 1, atol=1e-5)
        together = applied(data, ScaleInputs(method="min_max", per="all")).x
        assert (together.min(), together.max()) == (0, 1)
        np.testing.assert_allclose(together, (x - x.min()) / (x.max() - x.min()), atol=1e-6)

    def test_channels_need_pictures(self) -> None:
        with pytest.raises(SpecError, match="channels are those of pictures"):
            Preparation.fit(table(), steps=[ScaleInputs(per="channel")])

    @pytest.mark.parametrize("method", METHODS)
    def test_outputs_are_the_inverse_of_targets(self, method: str) -> None:
        data = table()
        known = Preparation.fit(data, steps=[ScaleTargets(method=method)])
        prepared = known.apply(data)
        assert np.abs(prepared.y).max() < 5
        assert prepared.y.dtype == np.float32
        assert prepared.shown_y is data.y
        np.testing.assert_allclose(known.outputs(known.exact_targets(data.y)), data.y, rtol=1e-12)
        scale = known.target_scale
        assert scale is not None
        # The size of 1 of an output: what a difference of 1 comes to in the units of the source.
        np.testing.assert_allclose(np.diff(known.outputs(np.array([[0.0], [1.0]])), axis=0)[0], scale)

    def test_classes_cannot_be_scaled(self) -> None:
        with pytest.raises(SpecError, match="have classes"):
            Preparation.fit(points(), steps=[ScaleTargets()])

    def test_time_stamps_30_seconds_apart_and_northings_stay_different(self) -> None:
        stamps = 1_700_000_000 + 30.0 * np.arange(40)
        northings = 5_400_000 + 0.01 * np.arange(40)
        data = Data(np.stack([stamps, northings], axis=1), np.arange(40.0)[:, None], "regression")
        for step in (ScaleInputs(), ScaleInputs(method="min_max"), ScaleInputs(method="robust")):
            x = applied(data, step).x
            assert [len(np.unique(column)) for column in x.T] == [40, 40]
            np.testing.assert_allclose(x[:, 0], x[:, 1], atol=1e-5)


class TestFeatures:
    def test_those_of_the_playground(self) -> None:
        step = PointFeatures(x_squared=True, y_squared=True, product=True, sin_x=True, sin_y=True)
        data = points()
        made = applied(data, step)
        x, y = data.x.astype(float).T
        expected = np.stack([x, y, x**2, y**2, x * y, np.sin(x), np.sin(y)], axis=1)
        np.testing.assert_allclose(made.x, expected, atol=1e-6)
        assert made.features == ("x₁", "x₂", "x₁²", "x₂²", "x₁ x₂", "sin x₁", "sin x₂")
        assert np.shares_memory(made.shown, data.x)
        assert made.shown_features == data.features

    def test_chosen_one_by_one(self) -> None:
        made = applied(points(), PointFeatures(x=False, y=False, product=True))
        assert made.x.shape == (60, 1)
        with pytest.raises(SpecError, match="at least one feature"):
            PointFeatures(x=False, y=False)

    def test_they_need_two_inputs(self) -> None:
        with pytest.raises(SpecError, match="made of two inputs, found 3"):
            Preparation.fit(table(), steps=[PointFeatures()])

    @pytest.mark.peers
    @pytest.mark.parametrize("degree", [2, 3])
    @pytest.mark.parametrize("interactions", [False, True])
    def test_polynomials_are_those_of_scikit_learn(self, degree: int, interactions: bool) -> None:
        theirs: Any = pytest.importorskip("sklearn.preprocessing", reason="scikit-learn is not installed")
        x = table().x
        made = PolynomialFeatures(degree=degree, interactions_only=interactions).inputs(x, {})
        other = theirs.PolynomialFeatures(degree, interaction_only=interactions, include_bias=False)
        np.testing.assert_allclose(made, other.fit_transform(x), rtol=1e-12)

    def test_polynomials_are_named(self) -> None:
        made = applied(table(columns=2), ScaleInputs(), PolynomialFeatures(degree=3))
        assert made.features == ("a", "b", "a²", "a b", "b²", "a³", "a² b", "a b²", "b³")
        assert made.x.shape == (40, 9)

    def test_too_many_products_are_refused(self) -> None:
        signature = Signature((784,), "classification", ("a", "b"), 0, 10)
        with pytest.raises(SpecError, match="784 inputs have 308,504 products"):
            PolynomialFeatures().changed(signature)


class TestTrainingSamples:
    def test_oversampling_repeats_the_rare_ones(self) -> None:
        data = points()
        made = Balance().resample(data)
        assert np.bincount(made.y).tolist() == [40, 40, 40]
        for label, count in enumerate((40, 15, 5)):
            rows, times = np.unique(made.x[made.y == label], axis=0, return_counts=True)
            assert len(rows) == count
            assert times.max() - times.min() <= 1

    def test_undersampling_leaves_some_of_the_frequent_ones_out(self) -> None:
        made = Balance(method="under").resample(points())
        assert np.bincount(made.y).tolist() == [5, 5, 5]
        assert len(np.unique(made.x, axis=0)) == 15

    def test_subsampling_keeps_the_shares_of_the_classes(self) -> None:
        made = Subsample(share=0.2).resample(points())
        assert np.bincount(made.y).tolist() == [8, 3, 1]

    @pytest.mark.parametrize("amount", [0.0, 0.25, 1.0])
    def test_label_noise_makes_just_so_many_labels_wrong(self, amount: float) -> None:
        data = points()
        made = LabelNoise(amount=amount).resample(data)
        assert np.count_nonzero(made.y != data.y) == round(60 * amount)
        assert set(np.unique(made.y)) <= {0, 1, 2}
        np.testing.assert_array_equal(made.x, data.x)

    def test_noise_on_numbers_is_in_shares_of_their_spread(self) -> None:
        data = table(rows=2000)
        added = LabelNoise(amount=0.5).resample(data).y - data.y
        assert added.std() == pytest.approx(0.5 * data.y.std(), rel=0.05)

    @pytest.mark.parametrize("step", [Balance(), Balance(method="under"), Subsample(), LabelNoise(amount=0.3)])
    def test_the_same_seed_draws_the_same(self, step: Step) -> None:
        data = points()
        one, two = (step.resample(data) for _ in range(2))  # type: ignore[attr-defined]
        other = step.with_changes(seed=5).resample(data)  # type: ignore[attr-defined]
        np.testing.assert_array_equal(one.y, two.y)
        np.testing.assert_array_equal(one.x, two.x)
        assert not (np.array_equal(one.y, other.y) and np.array_equal(one.x, other.x))


class TestPreparation:
    STEPS = (ScaleInputs(), PolynomialFeatures(), ScaleInputs(method="min_max"), ScaleTargets())

    def test_each_step_is_fitted_to_what_those_before_it_leave(self) -> None:
        made = applied(table(), *self.STEPS)
        assert made.x.shape == (40, 9)
        np.testing.assert_allclose([made.x.min(axis=0), made.x.max(axis=0)], [[0] * 9, [1] * 9], atol=1e-6)

    def test_a_step_sees_the_samples_that_are_left_to_it(self) -> None:
        data = points()
        over = Preparation.fit(data, steps=[Balance(), ScaleInputs()])
        expected = Balance().resample(data).x.mean(axis=0, dtype=np.float64)
        np.testing.assert_allclose(over.steps[0].numbers["shift"], expected)
        plain = Preparation.fit(data, steps=[ScaleInputs(), Balance()])
        np.testing.assert_allclose(plain.steps[0].numbers["shift"], data.x.mean(axis=0, dtype=np.float64))

    def test_it_is_kept_as_plain_numbers_and_read_again(self) -> None:
        data = table()
        known = Preparation.fit(data, standardise=True, steps=self.STEPS)
        text = known.model_dump_json(exclude_none=True)
        again = Preparation.model_validate_json(text)
        assert again == known
        later = table(seed=4)
        np.testing.assert_array_equal(again.apply(later).x, known.apply(later).x)
        numbers = json.loads(text)["steps"][0]["numbers"]
        assert all(math.isfinite(number) for number in numbers["shift"])

    def test_numbers_that_do_not_belong_to_their_step_are_refused(self) -> None:
        fields = json.loads(Preparation.fit(table(), steps=[ScaleInputs()]).model_dump_json())
        fields["steps"][0]["numbers"]["shift"] = [0.0]
        with pytest.raises(ValueError, match="'shift': 1"):
            Preparation.model_validate_json(json.dumps(fields))

    def test_blocks_make_no_difference(self) -> None:
        x = np.random.default_rng(0).normal(0, 1, (9000, 2))
        data = Data(x, np.arange(9000) % 2, "classification", ("a", "b"))
        known = Preparation.fit(data, steps=[PolynomialFeatures(degree=3), ScaleInputs()])
        np.testing.assert_array_equal(known.scale(x), known.exact(x).astype(np.float32))

    def test_without_steps_nothing_changes(self) -> None:
        data = points()
        assert Preparation.fit(data) == Preparation.fit(data, steps=())
        assert np.shares_memory(applied(data).x, data.x)

    def test_what_grows_beyond_all_bounds_is_refused(self) -> None:
        data = Data(np.full((3, 2), 1e20), np.arange(3) % 2, "classification", ("a", "b"))
        with pytest.raises(DataError, match="NaN or infinity"):
            applied(data, PolynomialFeatures())
