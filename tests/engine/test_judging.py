"""Judging: reports of classes, curves, calibration and errors, by hand and against scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.errors import DataError
from engine.judging import (
    area_under,
    brier_score,
    calibrate,
    class_report,
    class_scores,
    class_shares,
    errors_of,
    is_of_class,
    label_report,
    probabilities,
    rank,
)
from engine.metrics import confusion_matrix


class TestClassReport:
    def test_by_hand(self) -> None:
        report = class_report([[8, 2, 0], [1, 9, 0], [0, 5, 5]])
        np.testing.assert_allclose(report.precision, [8 / 9, 9 / 16, 1])
        np.testing.assert_allclose(report.recall, [0.8, 0.9, 0.5])
        np.testing.assert_allclose(report.f1, [16 / 19, 18 / 26, 10 / 15])
        assert report.support.tolist() == [10, 10, 10]
        assert report.predicted.tolist() == [9, 16, 5]
        assert report.accuracy == pytest.approx(22 / 30)
        assert report.macro.recall == pytest.approx(2.2 / 3)

    def test_what_never_occurs_counts_for_no_average(self) -> None:
        report = class_report([[3, 0, 0], [1, 4, 0], [0, 0, 0]])
        assert report.precision.tolist() == [0.75, 1, 0]
        assert report.macro.precision == pytest.approx(1.75 / 2)
        assert report.weighted.recall == pytest.approx((3 * 1 + 5 * 0.8) / 8)

    def test_without_samples_all_is_zero(self) -> None:
        report = class_report(np.zeros((2, 2), int))
        assert (report.accuracy, report.macro.f1, report.weighted.f1) == (0, 0, 0)


class TestLabelReport:
    def test_by_hand(self) -> None:
        truth = np.array([[1, 0, 1], [1, 1, 0], [0, 1, 1], [0, 0, 1]], bool)
        said = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 1], [0, 0, 1]], bool)
        report = label_report(truth, said)
        np.testing.assert_allclose(report.precision, [2 / 3, 1, 1])
        np.testing.assert_allclose(report.recall, [1, 1 / 2, 2 / 3])
        np.testing.assert_allclose(report.f1, [4 / 5, 2 / 3, 4 / 5])
        assert (report.support.tolist(), report.predicted.tolist()) == ([2, 2, 3], [3, 1, 2])
        assert report.accuracy == 1 / 4

    def test_it_takes_two_tables_of_true_and_false(self) -> None:
        with pytest.raises(DataError, match="row for each sample"):
            label_report(np.zeros((3, 2)), np.zeros((3, 2), bool))
        assert label_report(np.zeros((0, 2), bool), np.zeros((0, 2), bool)).accuracy == 0


class TestRanking:
    def test_by_hand_with_a_tie(self) -> None:
        # Two of equal score are one step: a threshold takes both or neither.
        found = rank([1, 1, 0, 0, 1], [0.9, 0.5, 0.5, 0.2, 0.1])
        assert found.thresholds.tolist() == [0.9, 0.5, 0.2, 0.1]
        assert found.hits.tolist() == [1, 2, 2, 3]
        assert found.false_alarms.tolist() == [0, 1, 2, 2]
        np.testing.assert_allclose(found.roc[0], [0, 0, 0.5, 1, 1])
        np.testing.assert_allclose(found.roc[1], [0, 1 / 3, 2 / 3, 2 / 3, 1])
        # Of six pairs, two above, one and a half more, and none: (2 + 1.5 + 0) / 6.
        assert found.roc_area == pytest.approx(3.5 / 6)
        assert found.average_precision == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)

    def test_counts_above_any_threshold(self) -> None:
        rng = np.random.default_rng(0)
        truth, scores = rng.integers(0, 2, 50), rng.integers(0, 9, 50) / 8
        found = rank(truth, scores)
        for threshold in (-1, 0, 0.25, 0.3, 0.875, 1, 2):
            counts, said = found.above(threshold), scores > threshold
            table = confusion_matrix(said.astype(int), truth)
            assert list(counts) == [table[1, 1], table[0, 1], table[1, 0], table[0, 0]]
            report = class_report(table)
            assert (counts.precision, counts.recall) == (report.precision[1], report.recall[1])
            assert counts.f1 == pytest.approx(report.f1[1])
            assert counts.false_positive_rate == pytest.approx(1 - report.recall[0])

    def test_of_one_kind_alone_some_things_are_unknown(self) -> None:
        found = rank([1, 1], [0.2, 0.3])
        assert np.isnan(found.roc_area)
        assert found.average_precision == 1
        found = rank([0, 0], [0.2, 0.3])
        assert np.isnan(found.average_precision)
        empty = rank(np.zeros(0, int), np.zeros(0))
        assert list(empty.above(0.5)) == [0, 0, 0, 0]
        assert np.isnan(empty.roc_area)
        assert np.isnan(empty.average_precision)

    def test_refuses_what_has_no_order(self) -> None:
        with pytest.raises(DataError, match="NaN or infinity"):
            rank([0, 1], [0.5, np.nan])
        with pytest.raises(DataError, match="both must be"):
            rank([0, 1], [0.5])

    def test_area_of_a_triangle(self) -> None:
        assert area_under([0, 1], [0, 1]) == 0.5


class TestScores:
    def test_one_output_speaks_for_both_classes(self) -> None:
        outputs = np.array([[0.2], [0.7]])
        np.testing.assert_allclose(class_scores(outputs, 1), [0.2, 0.7])
        np.testing.assert_allclose(class_scores(outputs, 0), [0.8, 0.3])
        np.testing.assert_allclose(class_scores(outputs, 0, threshold=0), [-0.2, -0.7])
        np.testing.assert_allclose(class_shares(outputs), [[0.8, 0.2], [0.3, 0.7]])
        np.testing.assert_allclose(class_shares(np.array([[-2.0], [0.1]]), 0), [[1, 0], [0.4, 0.6]])

    def test_shares_of_several_outputs(self) -> None:
        found = class_shares(np.array([[1.0, 3.0, -2.0], [-1.0, -1.0, -1.0]]))
        np.testing.assert_allclose(found, [[0.25, 0.75, 0], [0, 0, 0]])

    def test_labels_and_rows_of_yes_and_no(self) -> None:
        assert is_of_class(np.array([0, 2, 1]), 2).tolist() == [False, True, False]
        assert is_of_class(np.array([[1, 0], [1, 1]]), 1).tolist() == [False, True]
        with pytest.raises(DataError, match="labels"):
            is_of_class(np.array([[0.5, 0.5]]), 0)

    def test_outputs_that_are_no_probabilities_are_refused(self) -> None:
        with pytest.raises(DataError, match="go from -1 to"):
            probabilities(np.array([[-1.0], [0.5]]))
        with pytest.raises(DataError, match="do not sum to 1"):
            probabilities(np.array([[0.5, 0.9]]))
        np.testing.assert_allclose(probabilities(np.array([[0.25]])), [[0.75, 0.25]])
        # As float32 gives them.
        assert probabilities(np.array([[1 + 1e-7, -1e-7]])).tolist() == [[1, 0]]


class TestCalibration:
    def test_by_hand(self) -> None:
        found = calibrate([1, 0, 1, 1], [0.1, 0.2, 0.9, 1.0], bins=2)
        assert found.counts.tolist() == [2, 2]
        np.testing.assert_allclose(found.confidence, [0.15, 0.95])
        np.testing.assert_allclose(found.frequency, [0.5, 1])
        assert found.expected_error == pytest.approx((2 * 0.35 + 2 * 0.05) / 4)

    def test_an_empty_bin_has_no_height_and_no_weight(self) -> None:
        found = calibrate([1, 1], [1.0, 1.0], bins=10)
        assert np.isnan(found.frequency[:9]).all()
        assert found.expected_error == 0

    def test_brier_score_by_hand(self) -> None:
        assert brier_score([1, 0], [[0.2, 0.8], [0.6, 0.4]]) == pytest.approx((0.04 + 0.16) / 2)
        assert brier_score([0], [[0.5, 0.5, 0]]) == pytest.approx(0.5)
        assert brier_score([2], [[1, 0, 0]]) == 2


class TestErrors:
    def test_by_hand(self) -> None:
        found = errors_of([1, 2, 3], [1, 2, 6])
        assert found.residuals.tolist() == [0, 0, -3]
        assert (found.mae, found.bias) == (1, -1)
        assert found.rmse == pytest.approx(3**0.5)
        assert found.r2 == pytest.approx(1 - 9 / 2)

    def test_of_targets_that_are_all_the_same(self) -> None:
        assert errors_of([2, 2], [2, 2]).r2 == 1
        assert errors_of([2, 2], [2, 3]).r2 == 0
        assert np.isnan(errors_of([2], [3]).r2)
        assert np.isnan(errors_of([], []).mae)


@pytest.fixture(scope="module")
def theirs() -> Any:
    return pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed (extra 'peers')")


@pytest.mark.peers
class TestScikitLearn:
    """What scikit-learn computes of the same outputs, ties included."""

    @pytest.mark.parametrize("classes", [2, 5])
    @pytest.mark.parametrize("samples", [3, 40, 300])
    def test_class_report(self, theirs: Any, classes: int, samples: int) -> None:
        rng = np.random.default_rng(samples + classes)
        truth, said = rng.integers(0, classes, (2, samples))
        matrix = confusion_matrix(said, truth)
        np.testing.assert_array_equal(matrix, theirs.confusion_matrix(truth, said, labels=range(len(matrix))))
        report = class_report(matrix)
        expected = theirs.precision_recall_fscore_support(truth, said, labels=range(len(matrix)), zero_division=0)
        for own, other in zip((report.precision, report.recall, report.f1, report.support), expected, strict=True):
            np.testing.assert_allclose(own, other)
        for average in ("macro", "weighted"):
            *expected, _ = theirs.precision_recall_fscore_support(truth, said, average=average, zero_division=0)
            means = getattr(report, average)
            assert (means.precision, means.recall, means.f1) == pytest.approx(tuple(expected))
        assert report.accuracy == pytest.approx(theirs.accuracy_score(truth, said))

    def test_label_report(self, theirs: Any) -> None:
        rng = np.random.default_rng(4)
        truth, said = rng.random((2, 60, 4)) < 0.4
        report = label_report(truth, said)
        expected = theirs.precision_recall_fscore_support(truth, said, zero_division=0)
        for own, other in zip((report.precision, report.recall, report.f1, report.support), expected, strict=True):
            np.testing.assert_allclose(own, other)
        for average in ("macro", "weighted"):
            *expected, _ = theirs.precision_recall_fscore_support(truth, said, average=average, zero_division=0)
            means = getattr(report, average)
            assert (means.precision, means.recall, means.f1) == pytest.approx(tuple(expected))
        assert report.accuracy == pytest.approx(theirs.accuracy_score(truth, said))

    # Of four steps, scores are full of ties; of a million, there are none.
    @pytest.mark.parametrize("steps", [1, 4, 1_000_000])
    @pytest.mark.parametrize("samples", [4, 200])
    def test_curves(self, theirs: Any, steps: int, samples: int) -> None:
        rng = np.random.default_rng(steps + samples)
        truth = np.concatenate([[0, 1], rng.integers(0, 2, samples - 2)])
        scores = (np.round((rng.random(samples) + 0.4 * truth) * steps) / steps).astype(np.float32)
        found = rank(truth, scores)
        x, y, thresholds = theirs.roc_curve(truth, scores, drop_intermediate=False)
        np.testing.assert_allclose(found.roc, (x, y))
        np.testing.assert_array_equal(found.thresholds, thresholds[1:])
        assert found.roc_area == pytest.approx(theirs.roc_auc_score(truth, scores))
        assert area_under(x, y) == pytest.approx(theirs.auc(x, y))
        precision, recall, _ = theirs.precision_recall_curve(truth, scores)
        own_recall, own_precision = found.precision_recall
        # Theirs rises in the threshold, and ends in a point that belongs to none.
        np.testing.assert_allclose(own_precision[::-1], precision[:-1])
        np.testing.assert_allclose(own_recall[::-1], recall[:-1])
        assert found.average_precision == pytest.approx(theirs.average_precision_score(truth, scores))

    def test_one_against_the_rest_and_several_labels_at_once(self, theirs: Any) -> None:
        rng = np.random.default_rng(5)
        labels = np.arange(90) % 3
        outputs = rng.random((90, 3)) + 0.5 * np.eye(3)[labels]
        outputs /= outputs.sum(axis=1, keepdims=True)
        areas = [rank(is_of_class(labels, k), class_scores(outputs, k)).roc_area for k in range(3)]
        assert np.mean(areas) == pytest.approx(theirs.roc_auc_score(labels, outputs, multi_class="ovr"))
        several = rng.integers(0, 2, (90, 3))
        found = [rank(is_of_class(several, k), class_scores(outputs, k)) for k in range(3)]
        assert [each.roc_area for each in found] == pytest.approx(
            theirs.roc_auc_score(several, outputs, average=None).tolist()
        )
        assert [each.average_precision for each in found] == pytest.approx(
            theirs.average_precision_score(several, outputs, average=None).tolist()
        )

    def test_calibration(self, theirs: Any) -> None:
        curves: Any = pytest.importorskip("sklearn.calibration")
        rng = np.random.default_rng(6)
        # On the edges of the bins as well.
        chances = np.round(rng.random(500), 1)
        truth = (rng.random(500) < chances**2).astype(int)
        found = calibrate(truth, chances, bins=10)
        frequency, confidence = curves.calibration_curve(truth, chances, n_bins=10)
        filled = found.counts > 0
        np.testing.assert_allclose(found.frequency[filled], frequency)
        np.testing.assert_allclose(found.confidence[filled], confidence)
        both = np.stack([1 - chances, chances], axis=1)
        assert brier_score(truth, both) == pytest.approx(theirs.brier_score_loss(truth, chances))
        several = rng.dirichlet(np.ones(4), 100)
        labels = rng.integers(0, 4, 100)
        labels[:4] = range(4)
        expected = sum(theirs.brier_score_loss(labels == k, several[:, k]) for k in range(4))
        assert brier_score(labels, several) == pytest.approx(expected)

    def test_errors(self, theirs: Any) -> None:
        rng = np.random.default_rng(7)
        true = rng.normal(1e6, 3, 60)
        said = true + rng.standard_normal(60)
        found = errors_of(true, said)
        assert found.r2 == pytest.approx(theirs.r2_score(true, said))
        assert found.mae == pytest.approx(theirs.mean_absolute_error(true, said))
        assert found.rmse == pytest.approx(theirs.root_mean_squared_error(true, said))
