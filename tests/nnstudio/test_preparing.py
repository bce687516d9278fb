"""Preparation of a document's data: steps and parts in training, evaluation, prediction and views."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from engine import Network, Trainer, datasets, layers, losses, optimizers
from engine.data import Preparation, open_path, split
from engine.data.describe import input_names
from engine.data.steps import (
    Balance,
    LabelNoise,
    PointFeatures,
    PolynomialFeatures,
    ScaleInputs,
    ScaleTargets,
    Step,
    Subsample,
)
from engine.errors import DataError
from nnstudio import headless
from nnstudio.cli import main
from nnstudio.document import edits, step_edits
from nnstudio.document.analysis import analyse
from nnstudio.document.model import INPUT, DataSettings, Document
from nnstudio.document.preparing import prepared, trained_samples
from nnstudio.document.probe import OwnSample, SampleRef
from nnstudio.export.weights import Safetensors
from nnstudio.project import project_file
from nnstudio.training.build import read_data
from nnstudio.training.data_facts import duplicates, summary
from nnstudio.training.planes import WHOLE, PrincipalPlane, frame_of
from nnstudio.training.project import Project
from nnstudio.training.requests.confusion import Confusion, ConfusionPicture
from nnstudio.training.requests.grid import Grid, GridPicture, grid_points
from nnstudio.training.requests.probe_trace import ProbePicture, ProbeTrace
from nnstudio.training.requests.unit_planes import UnitPlanePicture, UnitPlanes
from nnstudio.training.sample_text import target_of
from tests.nnstudio.builders import document_of

DATA = Path(__file__).parent / "data"
MSE = losses.MeanSquaredError()


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """Prices of about 300,000, nearly linear in three columns."""
    rng = np.random.default_rng(0)
    path = tmp_path / "prices.csv"
    lines = ["area,rooms,age,price"]
    for _ in range(200):
        area, rooms, age = rng.uniform(30, 200), rng.integers(1, 8), rng.integers(0, 90)
        price = 60_000 + 2400 * area + 9000 * rooms - 700 * age + rng.normal(0, 4000)
        lines.append(f"{area:.1f},{rooms},{age},{price:.0f}")
    path.write_text("\n".join(lines) + "\n")
    return path


def regressor(path: Path) -> Document:
    made = document_of(layers.Dense(8), layers.ReLU(), layers.Dense(1))
    made = headless.with_data(made, str(path))
    return edits.set_training(made, optimizer=optimizers.Adam(learning_rate=0.01), epochs=60, batch_size=16)


def trained(document: Document) -> Project:
    run = headless.start(Project(document))
    while not run.finished:
        run.step_once()
    return headless.finish(Project(document), run)


def with_steps(document: Document, *steps: Step) -> Document:
    return edits.set_data(document, steps=steps)


class TestOldProjects:
    """What was saved before there were steps is trained as it was then."""

    @pytest.mark.parametrize("dataset", [datasets.Iris(), datasets.Spirals()], ids=["standardised", "as it is"])
    def test_training_is_that_of_the_engine_alone_bit_for_bit(self, dataset: datasets.Dataset) -> None:
        last = (layers.Dense(len(dataset.signature().classes)), layers.Softmax())
        document = document_of(layers.Dense(5), layers.Tanh(), *last, dataset=dataset, split_seed=3)
        document = edits.set_training(document, loss=losses.CategoricalCrossEntropy(), seed=7)
        run = headless.start(Project(document))
        for _ in range(30):
            run.step_once()
        data = dataset.load()
        known = Preparation.fit(split(data, 0.2, 3)[0], standardise=dataset.standardised, whole=data)
        train, held = split(known.apply(data), 0.2, 3)
        network = Network([layers.Dense(5), layers.Tanh(), *last], train.x.shape[1:], seed=7)
        settings = document.training
        trainer = Trainer(network, settings.loss, settings.optimizer, settings.batch_size, seed=7)
        assert held is not None
        trainer.load(train.x, train.y, (held.x, held.y))
        for _ in range(30):
            trainer.step()
        np.testing.assert_array_equal(run.network.parameter_vector, network.parameter_vector)  # type: ignore[attr-defined]
        assert run.scores["val_loss"] == trainer.history.val_loss[-1]

    def test_a_project_of_format_3_goes_on_without_new_steps(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("format-3-table.nnstudio", "format-3-table.csv"):
            shutil.copy(DATA / name, tmp_path / name)
        monkeypatch.chdir(tmp_path)
        project = project_file.load("format-3-table.nnstudio")
        assert project.document.data.steps == ()
        run = headless.start(project)
        assert run.note == ""
        assert run.step == 15
        run.step_once()
        # Saved by the format's own program, which gave its errors in the units of the file.
        model = headless.trained(project, "format-3-table.nnstudio")
        scores, count, notes = headless.evaluate(model)
        assert notes == ()
        assert count == 6
        assert scores["mae"] == pytest.approx(project.checkpoint.curves["val_mae"].y[-1], rel=1e-5)

    def test_the_same_table_from_another_place_gets_no_new_steps(self, prices: Path, tmp_path: Path) -> None:
        document = with_steps(regressor(prices))
        shutil.copy(prices, tmp_path / "moved.csv")
        assert headless.with_data(document, str(tmp_path / "moved.csv")).data.steps == ()


class TestTargets:
    def test_prices_are_learnt_and_errors_are_in_their_units(self, prices: Path) -> None:
        document = regressor(prices)
        assert document.data.steps == (ScaleTargets(),)
        project = trained(document)
        model = headless.trained(project, "x")
        scores, _, _ = headless.evaluate(model)
        assert 3000 < scores["mae"] < 30_000
        assert scores["loss"] < 0.1
        curve = project.checkpoint.curves["val_mae"].y
        assert scores["mae"] == pytest.approx(curve[-1], rel=1e-5)
        x = headless.read_inputs("100,4,20", model)[0]
        (answer,) = headless.predict(model, x)
        # 60,000 + 240,000 + 36,000 - 14,000
        assert answer["output"][0] == pytest.approx(322_000, rel=0.1)

    def test_without_scaling_they_are_not(self, prices: Path) -> None:
        project = trained(with_steps(regressor(prices)))
        scores, _, _ = headless.evaluate(headless.trained(project, "x"))
        assert scores["mae"] > 200_000

    def test_mae_is_the_mean_difference_in_the_units_of_the_source(self, prices: Path) -> None:
        project = trained(edits.set_training(regressor(prices), epochs=3))
        model = headless.trained(project, "x")
        data = read_data(project.document.data, model.preparation).validation
        assert data is not None
        said = np.array([answer["output"] for answer in headless.predict(model, data.x)])
        scores, _, _ = headless.evaluate(model)
        assert scores["mae"] == pytest.approx(np.abs(said - data.shown_y).mean(), rel=1e-4)

    def test_views_show_them_in_these_units(self, prices: Path) -> None:
        document = edits.set_training(regressor(prices), epochs=3)
        run = headless.start(Project(document))
        run.step_once()
        data = run.split.train
        frame = frame_of(PrincipalPlane(), run.split)
        assert frame is not None
        picture = Grid((-1, -1, 1, 1), 8, PrincipalPlane()).answer(run.network, run.split)
        assert isinstance(picture, GridPicture)
        # Untrained outputs are about 0, which is the mean price.
        assert 100_000 < picture.values.mean() < 600_000
        traced = ProbeTrace(SampleRef("train", 0), MSE).answer(run.network, run.split)
        assert isinstance(traced, ProbePicture)
        assert traced.sample.shown_y is not None
        assert traced.sample.shown_y[0, 0] == data.shown_y[0, 0] > 50_000
        assert 100_000 < traced.shown_prediction[0] < 600_000
        assert abs(traced.prediction[0]) < 10
        assert float(target_of(data, 0)) == data.shown_y[0, 0]

    def test_they_are_scaled_by_default_only_where_that_helps(self, prices: Path) -> None:
        document = edits.choose_data(Document(), datasets.Hills())
        assert document.data.steps == ()
        document = edits.choose_data(document, open_path(prices).settled())
        assert document.data.steps == (ScaleTargets(),)
        assert edits.choose_data(document, datasets.Moons()).data.steps == ()

    def test_who_takes_the_step_out_does_not_get_it_back(self, prices: Path) -> None:
        document = with_steps(regressor(prices))
        changed = edits.set_dataset(document, document.data.dataset.with_changes(standardize=False))
        assert changed.data.steps == ()

    def test_it_goes_on_where_it_was_saved(self, prices: Path, tmp_path: Path) -> None:
        document = edits.set_training(regressor(prices), epochs=4)
        whole = headless.start(Project(document))
        while not whole.finished:
            whole.step_once()
        half = headless.start(Project(document))
        while half.epoch < 2:
            half.step_once()
        project_file.save(headless.finish(Project(document), half), tmp_path / "half.nnstudio")
        again = headless.start(project_file.load(tmp_path / "half.nnstudio"))
        assert again.note == ""
        while not again.finished:
            again.step_once()
        np.testing.assert_array_equal(
            again.network.parameter_vector,  # type: ignore[attr-defined]
            whole.network.parameter_vector,  # type: ignore[attr-defined]
        )
        assert again.scores == whole.scores

    def test_an_exported_network_comes_with_its_preparation(self, prices: Path, tmp_path: Path) -> None:
        project = trained(edits.set_training(regressor(prices), epochs=5))
        path = tmp_path / "prices.safetensors"
        Safetensors().write(project, path)
        with safe_open(path, "numpy") as file:
            known = Preparation.model_validate_json(file.metadata()["preparation"])
        network = Network.load(path)
        x = np.array([[100.0, 4, 20]])
        model = headless.trained(project, "x")
        inputs = headless.read_inputs("100,4,20", model)[0]
        (answer,) = headless.predict(model, inputs)
        assert known.outputs(network.predict(known.scale(x))).ravel().tolist() == answer["output"]


class TestTestPart:
    def test_it_is_neither_trained_on_nor_validated(self) -> None:
        document = document_of(layers.Dense(3), layers.Softmax(), dataset=datasets.Iris(), test=0.2)
        data = read_data(document.data)
        assert [len(part) for part in data.parts] == [90, 30, 30]
        rows = [{tuple(row) for row in part.shown.tolist()} for part in data.parts]
        assert data.test is not None
        run = headless.start(Project(document))
        assert run.split.test is not None
        assert run.trainer.steps_per_epoch == 6
        # Iris has one flower twice, or so; all others are in one part.
        assert len(rows[0] & rows[2]) <= 2

    def test_the_scale_is_that_of_the_training_part(self) -> None:
        data = read_data(document_of(dataset=datasets.Iris(), test=0.3, steps=(ScaleInputs(),)).data)
        np.testing.assert_allclose(data.train.x.mean(axis=0), 0, atol=1e-5)
        assert data.test is not None
        assert np.abs(data.test.x.mean(axis=0)).max() > 1e-3

    def test_evaluate_judges_by_it(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        document = document_of(layers.Dense(3), layers.Softmax(), dataset=datasets.Iris(), test=0.2)
        document = edits.set_training(document, epochs=2, loss=losses.CategoricalCrossEntropy())
        path = str(tmp_path / "iris.nnstudio")
        project_file.save(trained(document), path)
        for options, count in (([], 30), (["--part", "train"], 90), (["--part", "test"], 30)):
            assert main(["evaluate", path, "--json", *options]) == 0
            out, err = capsys.readouterr()
            assert json.loads(out)["samples"] == count
            assert ("test split" in err) is (options == [])

    def test_a_part_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        document = document_of(layers.Dense(3), layers.Softmax(), dataset=datasets.Iris())
        document = edits.set_training(document, epochs=1, loss=losses.CategoricalCrossEntropy())
        model = headless.trained(trained(document), "x")
        with pytest.raises(DataError, match="no samples are held out for test"):
            headless.evaluate(model, part="test")

    def test_the_confusion_matrix_counts_it(self) -> None:
        document = document_of(layers.Dense(3), layers.Softmax(), dataset=datasets.Iris(), test=0.2)
        run = headless.start(Project(edits.set_training(document, loss=losses.CategoricalCrossEntropy())))
        for part, count in (("validation", 30), ("test", 30), ("train", 90)):
            picture = Confusion(0.5, part=part).answer(run.network, run.split)  # type: ignore[arg-type]
            assert isinstance(picture, ConfusionPicture)
            assert (picture.part, int(picture.counts.sum())) == (part, count)


class TestFeatures:
    STEP = PointFeatures(x_squared=True, y_squared=True, product=True)

    def document(self) -> Document:
        return document_of(layers.Dense(1), layers.Sigmoid(), dataset=datasets.Circles(), steps=(self.STEP,))

    def test_one_unit_separates_circles_with_the_squares(self) -> None:
        document = edits.set_training(self.document(), optimizer=optimizers.Adam(learning_rate=0.1), epochs=60)
        scores, _, _ = headless.evaluate(headless.trained(trained(document), "x"))
        assert scores["accuracy"] == 1.0
        plain = with_steps(document)
        scores, _, _ = headless.evaluate(headless.trained(trained(plain), "x"))
        assert scores["accuracy"] < 0.8

    def test_the_plane_is_that_of_the_points(self) -> None:
        run = headless.start(Project(self.document()))
        bounds = (-1.0, -1.0, 1.0, 1.0)
        picture = Grid(bounds, 5).answer(run.network, run.split)
        assert isinstance(picture, GridPicture)
        points = grid_points(bounds, 5)
        expected = run.network.predict(self.STEP.inputs(points, {}).astype(np.float32))
        np.testing.assert_allclose(picture.values.ravel(), expected.ravel(), atol=1e-6)
        planes = UnitPlanes(bounds, resolution=5).answer(run.network, run.split)
        assert isinstance(planes, UnitPlanePicture)
        # What the network gets: the plane of the first input, that of the square, ...
        np.testing.assert_allclose(planes.planes["input"][2].ravel(), points[:, 0] ** 2, atol=1e-6)

    def test_own_values_are_points(self) -> None:
        run = headless.start(Project(self.document()))
        sample = run.split.sample(OwnSample((0.5, -2.0)))
        assert sample is not None
        np.testing.assert_allclose(sample.x, [[0.5, -2.0, 0.25, 4.0, -1.0]])
        assert sample.shown.tolist() == [0.5, -2.0]
        assert input_names(run.split.train) == ("x₁", "x₂")

    def test_predict_takes_points(self) -> None:
        model = headless.trained(trained(edits.set_training(self.document(), epochs=1)), "x")
        x = headless.read_inputs("0.5,-2", model)[0]
        np.testing.assert_allclose(x, [[0.5, -2.0, 0.25, 4.0, -1.0]])
        with pytest.raises(DataError, match="found 3 per sample, but the network takes 2"):
            headless.read_inputs("1,2,3", model)

    def test_shapes_follow(self) -> None:
        analysis = analyse(self.document())
        assert analysis.ok
        assert analysis.signature is not None
        assert (analysis.signature.input_shape, analysis.signature.shown_shape) == ((5,), (2,))
        assert analysis.reports["dense_1"].parameters == 6

    def test_a_step_that_does_not_fit_is_a_problem_with_a_cure(self) -> None:
        document = edits.choose_data(self.document(), datasets.Iris())
        problem = analyse(document).problems[INPUT]
        assert "two inputs, found 4" in problem.sentence
        assert problem.fix is not None
        cured = edits.apply_fix(document, INPUT, problem.fix)
        assert cured.data.steps == ()
        assert INPUT not in analyse(cured).problems

    def test_the_principal_plane_of_polynomials_is_among_the_inputs(self) -> None:
        document = document_of(
            layers.Dense(3), layers.Softmax(), dataset=datasets.Iris(), steps=(PolynomialFeatures(),)
        )
        data = read_data(document.data)
        assert data.train.x.shape[1] == 14
        frame = frame_of(PrincipalPlane(), data)
        assert frame is not None
        assert frame.points(np.zeros((1, 2))).shape == (1, 4)
        np.testing.assert_allclose(frame.duals @ frame.axes.T, np.eye(2), atol=1e-6)

    def test_the_principal_plane_of_scaled_inputs_is_that_of_standardised_ones(self) -> None:
        own = read_data(document_of(dataset=datasets.Iris()).data)
        step = read_data(document_of(dataset=datasets.Iris(standardize=False), steps=(ScaleInputs(),)).data)
        one, two = (frame_of(PrincipalPlane(), data) for data in (own, step))
        assert one is not None
        assert two is not None
        np.testing.assert_allclose(one.axes, two.axes, rtol=1e-3, atol=1e-5)

    def test_two_inputs_have_one_plane(self) -> None:
        frame = frame_of(WHOLE, read_data(self.document().data))
        assert frame is not None
        assert frame.exact


class TestTrainingSamples:
    def test_only_the_training_part_is_changed(self) -> None:
        plain = read_data(document_of(dataset=datasets.Iris(), test=0.2).data)
        steps = (Subsample(share=0.5), LabelNoise(amount=0.4), Balance())
        data = read_data(document_of(dataset=datasets.Iris(), test=0.2, steps=steps).data)
        assert len(data.train) != len(plain.train)
        for name in ("validation", "test"):
            ours, other = data.part(name), plain.part(name)  # type: ignore[arg-type]
            assert ours is not None
            assert other is not None
            np.testing.assert_array_equal(ours.shown, other.shown)
            np.testing.assert_array_equal(ours.y, other.y)

    def test_what_each_did_is_recorded(self) -> None:
        steps = (LabelNoise(amount=0.25), Balance(), Subsample(share=0.5))
        noise, balance, subsample = read_data(document_of(dataset=datasets.Moons(), steps=steps).data).resampled
        assert noise.changed == 40
        assert sum(noise.before) == sum(noise.after) == 160
        assert len(set(balance.after)) == 1
        assert sum(subsample.after) == pytest.approx(sum(subsample.before) / 2, abs=1)

    def test_the_same_seeds_give_the_same(self) -> None:
        steps = (Subsample(share=0.7), LabelNoise(amount=0.4), Balance())
        one, two = (read_data(document_of(dataset=datasets.Iris(), steps=steps).data).train for _ in range(2))
        np.testing.assert_array_equal(one.x, two.x)
        np.testing.assert_array_equal(one.y, two.y)

    def test_their_number_is_known_before(self) -> None:
        document = document_of(dataset=datasets.Circles(), test=0.1, steps=(Subsample(share=0.5),))
        assert trained_samples(document.data, 200) == len(read_data(document.data).train) == 70


class TestSteps:
    def test_switched_off_they_do_nothing(self) -> None:
        off = tuple(step.with_changes(enabled=False) for step in (ScaleInputs(), LabelNoise(), PointFeatures()))
        one = read_data(document_of(dataset=datasets.Circles(), steps=off).data)
        two = read_data(document_of(dataset=datasets.Circles()).data)
        np.testing.assert_array_equal(one.train.x, two.train.x)
        assert one.preparation == two.preparation

    def test_others_than_those_trained_with_are_fitted_anew_and_told(self) -> None:
        document = document_of(dataset=datasets.Circles(), steps=(ScaleInputs(),))
        known = read_data(document.data).preparation
        data = read_data(with_steps(document, ScaleInputs(method="robust")).data, known)
        assert "were fitted again" in data.notes[-1]
        assert read_data(document.data, known).notes == ()

    def test_they_are_saved_with_the_project(self, tmp_path: Path) -> None:
        steps = (ScaleInputs(method="robust"), PointFeatures(product=True), Balance(seed=4), Subsample(share=0.9))
        document = document_of(layers.Dense(1), layers.Sigmoid(), dataset=datasets.Moons(), steps=steps, test=0.1)
        project = trained(edits.set_training(document, epochs=1))
        project_file.save(project, tmp_path / "x.nnstudio")
        again = project_file.load(tmp_path / "x.nnstudio")
        assert again.document == document.with_changes(training=again.document.training)
        assert again.checkpoint.preparation == project.checkpoint.preparation
        x = np.array([[0.3, 0.4]])
        answers = [headless.predict(headless.trained(each, "x"), _scaled(each, x)) for each in (project, again)]
        assert answers[0] == answers[1]

    def test_edits_keep_the_order(self) -> None:
        document = document_of(dataset=datasets.Moons(), steps=(ScaleInputs(), Balance()))
        added = step_edits.add(document, LabelNoise(), 1)
        assert added.data.steps == (ScaleInputs(), LabelNoise(), Balance())
        assert step_edits.move(added, 0, 1).data.steps == (LabelNoise(), ScaleInputs(), Balance())
        assert step_edits.move(added, 0, -1) is added
        assert step_edits.take_out(added, 1) == document
        assert step_edits.change(document, 0, method="robust").data.steps[0] == ScaleInputs(method="robust")

    def test_what_cannot_be_added_says_why(self) -> None:
        document, source = document_of(dataset=datasets.Iris()), datasets.Iris().signature()
        assert "two inputs" in step_edits.unfit(document, PointFeatures, source)
        assert "have classes" in step_edits.unfit(document, ScaleTargets, source)
        assert step_edits.unfit(document, Balance, source) == ""
        pictures = datasets.Digits().signature()
        assert step_edits.beginning(ScaleInputs, pictures) == ScaleInputs(method="min_max", per="all")

    def test_shares_that_leave_nothing_are_refused(self) -> None:
        with pytest.raises(ValueError, match="too little to train on"):
            edits.set_data(Document(), validation=0.6, test=0.6)

    def test_prepared_goes_step_by_step(self) -> None:
        document = document_of(dataset=datasets.Moons(), steps=(PointFeatures(product=True), PolynomialFeatures()))
        assert prepared(document.data, datasets.Moons().signature()).input_shape == (9,)


def _scaled(project: Project, x: np.ndarray) -> np.ndarray:
    known = project.checkpoint.preparation
    assert known is not None
    return known.scale(x)


def test_a_column_names_the_samples_that_stay_together(prices: Path) -> None:
    document = edits.set_data(regressor(prices), split_by="column", split_column="rooms", test=0.2)
    data = read_data(document.data)
    rooms = [set(part.shown[:, 1].tolist()) for part in data.parts]
    assert len(rooms) == 3
    assert sum(map(len, rooms)) == len(set.union(*rooms))


def test_time_stamps_of_a_file_stay_different(tmp_path: Path) -> None:
    path = tmp_path / "stamps.npz"
    stamps = 1_700_000_000 + 30.0 * np.arange(40)
    np.savez(path, x=np.stack([stamps, stamps % 7], axis=1), y=np.linspace(-1, 1, 40))
    document = edits.set_data(Document(), dataset=open_path(path).settled(), steps=(ScaleInputs(),), validation=0.0)
    assert len(np.unique(read_data(document.data).train.x[:, 0])) == 40


def test_damaged_numbers_of_a_step_are_refused() -> None:
    document = document_of(layers.Dense(1), layers.Sigmoid(), dataset=datasets.Moons(), steps=(ScaleInputs(),))
    project = trained(edits.set_training(document, epochs=1))
    known = project.checkpoint.preparation
    assert known is not None
    broken = known.model_dump_json().replace('"shift":[', '"shift":[0.5,')
    with pytest.raises(ValueError, match="'shift': 3"):
        Preparation.model_validate_json(broken)


def test_statistics_of_samples_on_disk_are_those_of_some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).random((200, 4), np.float32)
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(200) % 2)
    monkeypatch.setattr("engine.data.storing.memory_bound", lambda: 100)
    split = read_data(DataSettings(dataset=datasets.NpzFile(path=str(tmp_path / "a.npz"))))
    assert summary(split).samples == 200
    assert duplicates(split)["validation"].limit > 0
    monkeypatch.setattr("nnstudio.training.data_facts._MOST_NUMBERS", 400)
    assert summary(split).samples == 100
    assert summary(split).columns[0].mean == pytest.approx(0.5, abs=0.1)
    # To find nearly equal ones among so many would take too long.
    assert duplicates(split)["validation"].limit == 0
