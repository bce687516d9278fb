"""Requests that judge: what the worker answers, against the engine and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine import datasets, layers
from engine.data import Data
from engine.data.steps import ScaleTargets
from engine.errors import DataError
from engine.judging import brier_score, errors_of, rank
from engine.losses import CategoricalCrossEntropy, Hinge, MeanSquaredError
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.training.build import build, read_data
from nnstudio.training.requests import judged_part, ranked_samples
from nnstudio.training.requests.calibration_curve import CalibrationCurve
from nnstudio.training.requests.label_figures import LabelFigures
from nnstudio.training.requests.number_errors import NumberErrors
from nnstudio.training.requests.ranked_samples import RankedSamples
from nnstudio.training.requests.score_curves import ScoreCurves
from nnstudio.training.run import TrainingRun
from nnstudio.training.split import Split
from tests.nnstudio.builders import document_of


class Fixed:
    """Network that gives outputs which were written down: those of the samples' own numbers."""

    multiply_adds = 1

    def __init__(self, outputs: np.ndarray) -> None:
        self.outputs, self.output_shape = outputs, outputs.shape[1:]

    def predict(self, x: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.outputs[x[:, 0].astype(int)]
        return found


def labelled(outputs: list[list[float]], labels: list[int], classes: tuple[str, ...]) -> tuple[Fixed, Split]:
    x = np.arange(len(labels), dtype=np.float32)[:, None]
    data = Data(x, np.array(labels), "classification", classes)
    return Fixed(np.array(outputs, np.float32)), Split(data, data)


def numbered(outputs: list[list[float]], targets: list[list[float]]) -> tuple[Fixed, Split]:
    x = np.arange(len(targets), dtype=np.float32)[:, None]
    data = Data(x, np.array(targets, np.float32), "regression")
    return Fixed(np.array(outputs, np.float32)), Split(data, data)


SHARES = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.3, 0.5], [0.0, 0.1, 0.9], [0.6, 0.3, 0.1]]
LABELS = [0, 0, 1, 1, 2]


@pytest.fixture(scope="module")
def run() -> TrainingRun:
    document = edits.set_training(
        document_of(layers.Dense(3), layers.Softmax(), dataset=datasets.Iris(), test=0.2),
        loss=CategoricalCrossEntropy(),
    )
    made = TrainingRun(document, read_data(document.data))
    for _ in range(40):
        made.step_once()
    return made


class TestLabelFigures:
    def test_an_output_above_the_threshold_is_a_yes(self) -> None:
        network, split = numbered([[0.9, 0.2], [0.6, 0.7], [0.1, 0.4]], [[1, 0], [0, 1], [0, 1]])
        found = LabelFigures(0.5).answer(network, split)  # type: ignore[arg-type]
        assert found is not None
        assert (found.report.precision.tolist(), found.report.recall.tolist()) == ([0.5, 1], [1, 0.5])
        assert (found.samples, found.report.accuracy) == (3, pytest.approx(1 / 3))
        other = LabelFigures(0.65).answer(network, split)  # type: ignore[arg-type]
        assert other is not None
        assert other.report.precision.tolist() == [1, 1]

    def test_numbers_other_than_0_and_1_are_refused_in_a_sentence(self) -> None:
        network, split = numbered([[0.9], [0.6]], [[1], [0.5]])
        with pytest.raises(DataError, match="no yes or no"):
            LabelFigures(0.5).answer(network, split)  # type: ignore[arg-type]


class TestRankedSamples:
    def test_the_most_confidently_wrong_come_first(self) -> None:
        network, split = labelled(SHARES, LABELS, ("a", "b", "c"))
        found = RankedSamples(0.5).answer(network, split)  # type: ignore[arg-type]
        assert found is not None
        # Leads of the wrong class: 0.7, 0.2, 0.8, 0.5.
        assert found.indices.tolist() == [3, 1, 4, 2]
        assert found.said.tolist() == [2, 1, 0, 2]
        np.testing.assert_allclose(found.confidence, [0.9, 0.8, 0.6, 0.5], rtol=1e-6)
        assert found.own is not None
        np.testing.assert_allclose(found.own, [0.1, 0.1, 0.1, 0.3], rtol=1e-6)
        assert (found.found, found.samples, found.total, found.part) == (4, 5, 5, "validation")

    def test_of_a_cell_the_most_confident_come_first(self) -> None:
        network, split = labelled(SHARES, LABELS, ("a", "b", "c"))
        found = RankedSamples(0.5, (1, 2)).answer(network, split)  # type: ignore[arg-type]
        assert found is not None
        assert found.indices.tolist() == [3, 2]
        right = RankedSamples(0.5, (0, 0)).answer(network, split)  # type: ignore[arg-type]
        assert right is not None
        assert right.indices.tolist() == [0]

    def test_a_single_output_is_read_by_the_threshold(self) -> None:
        network, split = labelled([[-0.4], [0.3], [0.9]], [1, 0, 1], ("no", "yes"))
        found = RankedSamples(Hinge().threshold).answer(network, split)  # type: ignore[arg-type]
        assert found is not None
        assert found.indices.tolist() == [0, 1]
        np.testing.assert_allclose(found.confidence, [0.9, 0.8], rtol=1e-6)

    def test_of_numbers_the_largest_errors_come_first(self) -> None:
        network, split = numbered([[1.0], [2.0], [9.0]], [[1.5], [2.0], [3.0]])
        found = RankedSamples(0.5).answer(network, split)  # type: ignore[arg-type]
        assert found is not None
        assert found.indices.tolist() == [2, 0, 1]
        assert found.confidence.tolist() == [6, 0.5, 0]
        assert found.own is None
        assert RankedSamples(0.5, (0, 1)).answer(network, split) is None  # type: ignore[arg-type]

    def test_of_several_numbers_each_counts_in_its_own_spread(self) -> None:
        # One target a thousand times as large as the other, with errors a thousand times as large.
        network, split = numbered([[1000, 2], [3000, 1], [5000, 3]], [[1000, 1], [5000, 1], [5000, 3]])
        found = RankedSamples(0.5).answer(network, split)  # type: ignore[arg-type]
        assert found is not None
        assert found.indices.tolist() == [0, 1, 2]
        assert found.confidence[0] == pytest.approx(1 / np.std([1, 1, 3]) / 2**0.5)

    def test_names_a_bounded_number(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ranked_samples, "MOST_NAMED", 2)
        network, split = labelled(SHARES, LABELS, ("a", "b", "c"))
        found = RankedSamples(0.5).answer(network, split)  # type: ignore[arg-type]
        assert found is not None
        assert (found.indices.tolist(), found.found) == ([3, 1], 4)


class TestParts:
    def test_each_part_is_judged_by_itself(self, run: TrainingRun) -> None:
        for part, count in (("train", 90), ("validation", 30), ("test", 30)):
            found = ScoreCurves(0.5, 1, part=part).answer(run.network, run.split)  # type: ignore[arg-type]
            assert found is not None
            assert (found.part, found.samples, found.total) == (part, count, count)
            data = run.split.part(part)  # type: ignore[arg-type]
            assert data is not None
            expected = rank(data.y == 1, run.network.predict(data.x)[:, 1])
            assert found.areas == (expected.roc_area, expected.average_precision)

    def test_without_the_part_the_training_data_are_judged(self) -> None:
        network, split = labelled(SHARES, LABELS, ("a", "b", "c"))
        found = RankedSamples(0.5, part="test").answer(network, split)  # type: ignore[arg-type]
        assert found is not None
        assert (found.part, found.unseen) == ("train", False)

    def test_of_very_many_an_evenly_spaced_part_must_do(
        self, run: TrainingRun, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(judged_part, "_MOST_WORK", 1)
        monkeypatch.setattr(judged_part, "_FEWEST", 10)
        for request in (RankedSamples(0.5), ScoreCurves(0.5, 1), CalibrationCurve(0.5)):
            found = request.answer(run.network, run.split)
            assert found is not None
            assert (found.samples, found.total) == (10, 30)
            assert request.cost(run.network, run.split) == 1

    def test_pictures_as_outputs_have_no_answer(self) -> None:
        document = document_of(layers.Conv2D(1), dataset=datasets.Digits(), validation=0.0)
        data = read_data(document.data)

        class Pictures(Fixed):
            output_shape = (1, 6, 6)

        network = Pictures(np.zeros((2, 1)))
        network.output_shape = (1, 6, 6)
        for request in (RankedSamples(0.5), ScoreCurves(0.5, 1), CalibrationCurve(0.5)):
            assert request.answer(network, data) is None  # type: ignore[arg-type]


class TestScoreCurves:
    def test_curves_of_the_yes_and_of_the_no(self) -> None:
        network, split = labelled([[0.9], [0.2], [0.6], [0.4]], [1, 0, 1, 1], ("no", "yes"))
        yes, no = (ScoreCurves(0.5, label).answer(network, split) for label in (1, 0))  # type: ignore[arg-type]
        assert yes is not None
        assert no is not None
        assert yes.ranking.positives == no.ranking.negatives == 3
        assert yes.areas[0] == no.areas[0] == 1
        assert list(yes.ranking.above(0.5)) == [2, 0, 1, 1]
        # The same samples are a no.
        assert list(no.ranking.above(0.5)) == [1, 1, 0, 2]
        np.testing.assert_allclose(yes.roc, [[0, 0, 0, 0, 1], [0, 1 / 3, 2 / 3, 1, 1]])
        assert yes.span == pytest.approx((0.2, 0.9))

    def test_several_labels_at_once(self) -> None:
        network, split = numbered([[0.9, 0.1], [0.2, 0.3], [0.6, 0.8]], [[1, 0], [0, 1], [1, 1]])
        for place, area in ((0, 1.0), (1, 1.0)):
            found = ScoreCurves(0.5, place).answer(network, split)  # type: ignore[arg-type]
            assert found is not None
            assert found.areas[0] == area
        assert ScoreCurves(0.5, 2).answer(network, split) is None  # type: ignore[arg-type]

    def test_numbers_are_no_yes_or_no(self) -> None:
        network, split = numbered([[0.9]], [[1.5]])
        with pytest.raises(DataError, match="no yes or no"):
            ScoreCurves(0.5, 0).answer(network, split)  # type: ignore[arg-type]

    def test_long_curves_are_drawn_with_fewer_points_but_count_all(self) -> None:
        rng = np.random.default_rng(0)
        scores = rng.random(5000)
        network, split = labelled(
            scores[:, None].tolist(), (rng.random(5000) < scores).astype(int).tolist(), ("n", "y")
        )
        found = ScoreCurves(0.5, 1).answer(network, split)  # type: ignore[arg-type]
        assert found is not None
        assert len(found.ranking.thresholds) > 4900
        for x, y in (found.roc, found.precision_recall):
            assert len(x) == len(y) < 700
            assert (np.diff(x) >= 0).all()
        assert (found.roc[0][-1], found.roc[1][-1]) == (1, 1)


class TestCalibration:
    def test_of_one_class_and_of_the_predicted_one(self) -> None:
        network, split = labelled(SHARES, LABELS, ("a", "b", "c"))
        found = CalibrationCurve(0.5, bins=2).answer(network, split)  # type: ignore[arg-type]
        assert found is not None
        # One half is in the lower bin.
        assert found.calibration.counts.tolist() == [1, 4]
        np.testing.assert_allclose(found.calibration.frequency, [0, 0.25])
        np.testing.assert_allclose(found.calibration.confidence, [0.5, 0.75], rtol=1e-6)
        assert found.brier == pytest.approx(brier_score(LABELS, SHARES), rel=1e-6)
        one = CalibrationCurve(0.5, 2, bins=2).answer(network, split)  # type: ignore[arg-type]
        assert one is not None
        assert one.calibration.counts.tolist() == [4, 1]
        assert one.brier == pytest.approx((0.01 + 0.01 + 0.25 + 0.81 + 0.81) / 5, rel=1e-6)

    def test_other_outputs_are_refused_in_a_sentence(self) -> None:
        network, split = labelled([[-0.4], [0.9]], [1, 0], ("no", "yes"))
        with pytest.raises(DataError, match="no probabilities"):
            CalibrationCurve(0.0).answer(network, split)  # type: ignore[arg-type]
        network, split = numbered([[0.4]], [[0.2]])
        assert CalibrationCurve(0.5).answer(network, split) is None  # type: ignore[arg-type]


class TestNumberErrors:
    def document(self) -> Document:
        made = document_of(layers.Dense(1), dataset=datasets.Diabetes(), steps=(ScaleTargets(),))
        return edits.set_training(made, loss=MeanSquaredError())

    def test_is_in_the_units_of_the_data(self) -> None:
        document = self.document()
        network, split = build(document), read_data(document.data)
        found = NumberErrors().answer(network, split)
        held = split.validation
        assert found is not None
        assert held is not None
        assert np.abs(held.y).max() < 5  # as the network learns them
        true, said = held.shown_y[:, 0], split.outputs(network.predict(held.x))[:, 0]
        assert true.min() > 20  # as a person reads them
        np.testing.assert_allclose(found.true, true)
        np.testing.assert_allclose(found.said, said)
        assert found.errors.rmse == errors_of(true, said).rmse
        assert found.bars.sum() == len(held)

    def test_draws_a_bounded_number_of_all(self) -> None:
        count = 5000
        network, split = numbered([[0.0]] * count, [[float(place)] for place in range(count)])
        found = NumberErrors().answer(network, split)  # type: ignore[arg-type]
        assert found is not None
        assert len(found.indices) == 2000
        assert found.true.tolist() == found.indices.tolist()
        assert len(found.errors.residuals) == count

    def test_of_classes_and_of_outputs_that_do_not_fit_there_is_none(self) -> None:
        network, split = labelled(SHARES, LABELS, ("a", "b", "c"))
        assert NumberErrors().answer(network, split) is None  # type: ignore[arg-type]
        network, split = numbered([[1.0, 2.0]], [[1.0]])
        assert NumberErrors().answer(network, split) is None  # type: ignore[arg-type]
        with pytest.raises(DataError, match="NaN or infinity"):
            NumberErrors().answer(*numbered([[np.nan]], [[1.0]]))  # type: ignore[arg-type]
