"""Judging view: its tabs have the numbers of the worker, and samples that become the probe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import datasets, layers
from engine.data import NpzFile
from engine.judging import class_report
from engine.losses import BinaryCrossEntropy, CategoricalCrossEntropy, MeanSquaredError
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.document.probe import SampleRef
from nnstudio.store import Store
from nnstudio.training.build import read_data
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Refusal
from nnstudio.training.requests.confusion import Confusion
from nnstudio.training.requests.ranked_samples import RankedSamples
from nnstudio.training.run import TrainingRun
from nnstudio.ui.theme import Mode
from nnstudio.views import ConfusionView, JudgingView
from nnstudio.views.judging.calibration import CalibrationPage
from nnstudio.views.judging.class_table import AVERAGES, ClassTablePage, LabelTablePage
from nnstudio.views.judging.curves import CurvesPage
from nnstudio.views.judging.most_wrong import MostWrongPage
from nnstudio.views.judging.numbers import PredictedPage, ResidualsPage
from nnstudio.views.judging.page import JudgingPage
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.views_support import shown, themed
from tests.nnstudio.worker_support import run_of


def document(kind: str) -> Document:
    if kind == "iris":
        made = document_of(layers.Dense(3), layers.Softmax(), dataset=datasets.Iris(), test=0.2)
        return edits.set_training(made, loss=CategoricalCrossEntropy())
    if kind == "digits":
        made = document_of(layers.Flatten(), layers.Dense(10), layers.Softmax(), dataset=datasets.Digits())
        return edits.set_training(made, loss=CategoricalCrossEntropy())
    if kind == "moons":
        made = document_of(layers.Dense(1), layers.Sigmoid(), dataset=datasets.Moons())
        return edits.set_training(made, loss=BinaryCrossEntropy())
    made = document_of(layers.Dense(1), dataset=datasets.Diabetes())
    return edits.set_training(made, loss=MeanSquaredError())


class Judged:
    """View on a run, which answers what the view asks for as the worker does."""

    def __init__(self, run: TrainingRun, view: JudgingView) -> None:
        self.run, self.view = run, view
        self.draw()

    def draw(self) -> None:
        # What the view wants follows from the first snapshot, which has the data.
        for _ in range(2):
            answers = {request: request.answer(self.run.network, self.run.split) for request in self.view.requests()}
            self.view.draw(Snapshot(1, RunState.PAUSED, step=5, answers=answers, data=self.run.split))

    def turn(self, kind: type[JudgingPage]) -> Any:
        place = next(place for place, page in enumerate(self.view.judging) if isinstance(page, kind))
        assert self.view.tabs.isTabVisible(place)
        self.view.tabs.setCurrentIndex(place)
        self.draw()
        assert self.view.pages.hint == ""
        return self.view.page


@pytest.fixture(scope="module")
def runs() -> dict[str, TrainingRun]:
    """A run of each kind of data, after a few steps."""
    made = {}
    for kind in ("iris", "digits", "moons", "numbers"):
        settings = document(kind)
        made[kind] = TrainingRun(settings, read_data(settings.data))
        for _ in range(30):
            made[kind].step_once()
    return made


@pytest.fixture
def judged(request: pytest.FixtureRequest, qapp: QApplication, runs: dict[str, TrainingRun]) -> Iterator[Judged]:
    with shown(JudgingView(opened(document(request.param))), 700, 360) as view:
        yield Judged(runs[request.param], view)


def titles(view: JudgingView) -> list[str]:
    return [view.tabs.tabText(place) for place in range(view.tabs.count()) if view.tabs.isTabVisible(place)]


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        ("iris", ["Mistakes", "Classes", "ROC", "Calibration"]),
        ("numbers", ["Predicted", "Residuals", "Mistakes"]),
    ],
    indirect=["judged"],
)
def test_the_tabs_suit_the_data(judged: Judged, expected: list[str]) -> None:
    assert titles(judged.view) == expected
    for place in range(judged.view.tabs.count()):
        if judged.view.tabs.isTabVisible(place):
            assert judged.view.tabs.tabToolTip(place)
    judged.view.store.open(document("numbers" if "ROC" in expected else "iris"))
    assert titles(judged.view) != expected
    assert judged.view.tabs.isTabVisible(judged.view.tabs.currentIndex())


@pytest.mark.parametrize("judged", ["iris"], indirect=True)
def test_only_the_tab_in_front_asks(judged: Judged) -> None:
    for kind in (MostWrongPage, ClassTablePage, CurvesPage, CalibrationPage):
        page = judged.turn(kind)
        assert judged.view.requests() == {page.request()}


@pytest.mark.parametrize("judged", ["iris"], indirect=True)
def test_one_choice_of_the_part_for_all_views(judged: Judged) -> None:
    view, store = judged.view, judged.view.store
    judged.turn(ClassTablePage)
    assert [view.part.itemText(place) for place in range(view.part.count())] == ["Validation", "Test", "Training"]
    with shown(ConfusionView(store)) as confusion:
        confusion.draw(Snapshot(1, RunState.PAUSED, data=judged.run.split))
        assert not confusion.part.isHidden()
        confusion.part.setCurrentIndex(1)
        confusion.part.activated.emit(1)
        assert store.judged_part == "test"
        assert view.part.currentText() == "Test"
        assert view.requests() == confusion.requests() == {Confusion(0.5, part="test")}
    judged.draw()
    assert "30 test samples" in view.page.info.text()
    # Another project is judged by its own validation data again.
    store.open(document("iris"))
    assert store.judged_part == "validation"


def test_data_in_one_part_leave_no_choice(qapp: QApplication) -> None:
    whole = edits.set_data(document("iris"), validation=0.0, test=0.0)
    with shown(JudgingView(opened(whole))) as view:
        judged = Judged(TrainingRun(whole, read_data(whole.data)), view)
        judged.turn(ClassTablePage)
        assert view.part.isHidden()
        assert "150 training samples" in view.page.info.text()
        assert "was trained on these samples" in view.page.info.toolTip()


class TestClasses:
    @pytest.mark.parametrize("judged", ["iris"], indirect=True)
    def test_table_and_csv_have_the_figures(self, judged: Judged) -> None:
        page = judged.turn(ClassTablePage)
        picture = Confusion(0.5).answer(judged.run.network, judged.run.split)
        assert picture is not None
        report = class_report(picture.counts)
        model = page.model
        assert [model.text(line, 0) for line in range(model.rowCount())] == [
            "setosa",
            "versicolor",
            "virginica",
            *AVERAGES,
        ]
        for line in range(3):
            assert model.text(line, 1) == f"{report.precision[line]:.3f}"
            assert model.text(line, 4) == f"{report.support[line]}"
        assert model.text(3, 3) == f"{report.macro.f1:.3f}"
        table = judged.view.table()
        assert table is not None
        lines = table.for_file().decode("utf-8-sig").splitlines()
        assert lines[0] == "class,precision,recall,f1,support,predicted"
        assert lines[2].startswith(f"versicolor,{report.precision[1]},{report.recall[1]}")
        assert f"Accuracy {report.accuracy:.1%}" in page.info.text()

    @pytest.mark.parametrize("judged", ["digits"], indirect=True)
    def test_a_click_on_a_heading_sorts_the_classes_above_the_means(self, judged: Judged) -> None:
        page = judged.turn(ClassTablePage)
        header, model = page.grid.horizontalHeader(), page.model
        place = QPoint(header.sectionViewportPosition(2) + header.sectionSize(2) // 2, header.height() // 2)
        for falling in (False, True):
            QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
            recall = [model.values(line)[2] for line in range(10)]
            assert recall == sorted(recall, reverse=falling)
            assert [model.text(line, 0) for line in (10, 11)] == list(AVERAGES)
        # New counts keep the order that was chosen.
        judged.run.step_once()
        judged.draw()
        recall = [model.values(line)[2] for line in range(10)]
        assert recall == sorted(recall, reverse=True)


class TestMostWrong:
    @pytest.mark.parametrize("judged", ["digits"], indirect=True)
    def test_a_click_on_a_picture_makes_it_the_probe(self, judged: Judged) -> None:
        page = judged.turn(MostWrongPage)
        wall, ranking = page.samples.wall, page.samples.model.ranking
        assert wall.count == len(ranking.indices) == ranking.found > 3
        QTest.mouseClick(wall.viewport(), Qt.MouseButton.LeftButton, pos=wall.box(2).center())
        assert judged.view.store.probe == SampleRef("validation", int(ranking.indices[2]))
        assert wall.current == 2
        QTest.keyClick(wall, Qt.Key.Key_Right)
        assert judged.view.store.probe == SampleRef("validation", int(ranking.indices[3]))
        text = page.reading(QPointF(wall.box(0).center()))
        assert text.startswith(f"Validation sample {int(ranking.indices[0]) + 1}")
        assert f"predicted as {int(ranking.said[0])} with {ranking.confidence[0]:.1%}" in text

    @pytest.mark.parametrize("judged", ["numbers"], indirect=True)
    def test_rows_of_numbers_have_their_errors(self, judged: Judged) -> None:
        page = judged.turn(MostWrongPage)
        model = page.samples.model
        assert model.header[:5] == ("Sample", "True", "Predicted", "Error", "age")
        held = judged.run.split.validation
        assert held is not None
        errors = np.abs(held.shown_y - judged.run.split.outputs(judged.run.network.predict(held.x)))[:, 0]
        assert model.text(0, 0) == f"{int(errors.argmax()) + 1}"
        QTest.mouseClick(
            page.samples.grid.viewport(),
            Qt.MouseButton.LeftButton,
            pos=page.samples.grid.visualRect(model.index(1, 2)).center(),
        )
        assert judged.view.store.probe == model.ref(1)
        table = judged.view.table()
        assert table is not None
        assert table.header == ("part", "sample", "true", "predicted", "error")
        assert next(iter(table.rows()))[4] == pytest.approx(errors.max())

    @pytest.mark.parametrize("judged", ["digits"], indirect=True)
    def test_other_data_are_let_go(self, judged: Judged) -> None:
        page = judged.turn(MostWrongPage)
        judged.view.announce(Snapshot(2, RunState.READY))
        assert page.samples.model.data_ is None
        assert page.split is None
        assert page.samples.wall.count == 0
        assert judged.view.requests() == frozenset()


class TestCurves:
    @pytest.mark.parametrize("judged", ["moons"], indirect=True)
    def test_the_slider_tries_a_threshold(self, judged: Judged) -> None:
        page = judged.turn(CurvesPage)
        assert page.names == ("class 0", "class 1")
        assert page.label == 1
        held = judged.run.split.validation
        assert held is not None
        scores = judged.run.network.predict(held.x)[:, 0]
        confusion = Confusion(0.5).answer(judged.run.network, judged.run.split)
        assert confusion is not None
        # At first it is the threshold of the loss: the matrix is that of the confusion view.
        np.testing.assert_array_equal(page.matrix.counts, confusion.counts)
        page.slider.setValue(300)
        said = scores > 0.3
        found = int(np.count_nonzero(said & (held.y == 1)))
        alarms = int(np.count_nonzero(said & (held.y == 0)))
        assert page.matrix.counts[:, 1].tolist() == [alarms, found]
        assert page.counts.text().startswith(f"{found} of {np.count_nonzero(held.y == 1)} found (recall ")
        assert f"{alarms} false alarms" in page.counts.text()
        assert page.value.text() == "Above 0.3"
        # Further answers leave the threshold alone.
        judged.draw()
        assert page.shown_cut == pytest.approx(0.3)
        dot = page.roc.dot.getData()
        assert (dot[0][0], dot[1][0]) == (
            pytest.approx(alarms / np.count_nonzero(held.y == 0)),
            pytest.approx(found / np.count_nonzero(held.y == 1)),
        )

    @pytest.mark.parametrize("judged", ["iris"], indirect=True)
    def test_a_point_of_the_curve_has_its_threshold(self, judged: Judged) -> None:
        page = judged.turn(CurvesPage)
        for plot in (page.roc, page.precision):
            for index in range(1, len(plot.x) - 1, 7):
                cut = page._threshold_at(plot, QPointF(plot.x[index], plot.y[index]))
                assert cut is not None
                counts = page.picture.ranking.above(np.nextafter(cut, -np.inf))
                got = (counts.false_positive_rate, counts.recall)
                if plot is page.precision:
                    got = (counts.recall, counts.precision)
                assert got == pytest.approx((plot.x[index], plot.y[index]))

    @pytest.mark.parametrize("judged", ["iris"], indirect=True)
    def test_another_class_is_asked_for(self, judged: Judged) -> None:
        page = judged.turn(CurvesPage)
        assert not page.choice.isHidden()
        page.choice.setCurrentIndex(2)
        page.choice.activated.emit(2)
        assert page.request().label == 2
        judged.draw()
        assert page.picture.label == 2
        assert "virginica: area under ROC" in page.info.text()
        table = judged.view.table()
        assert table is not None
        assert len(list(table.rows())) == len(page.picture.ranking.thresholds)


@pytest.mark.parametrize("judged", ["moons"], indirect=True)
def test_calibration_tells_each_bin(judged: Judged) -> None:
    page = judged.turn(CalibrationPage)
    assert page.choice.currentText() == "class 1"
    found = page.picture.calibration
    assert f"Expected calibration error {found.expected_error:.3f}" in page.info.text()
    number = int(found.counts.argmax())
    place = page.plot.mapFromScene(page.plot.getViewBox().mapViewToScene(QPointF((number + 0.5) / 10, 0.5)))
    text = page.reading(QPointF(place))
    assert f"{int(found.counts[number])} samples" in text
    assert f"{found.frequency[number]:.1%} came true" in text
    page.choice.setCurrentIndex(0)
    page.choice.activated.emit(0)
    judged.draw()
    assert page.picture.label is None


class TestNumbers:
    @pytest.mark.parametrize("judged", ["numbers"], indirect=True)
    def test_predicted_against_true(self, judged: Judged, qtbot: QtBot) -> None:
        page = judged.turn(PredictedPage)
        held = judged.run.split.validation
        assert held is not None
        assert page.plot.places[:, 0].tolist() == held.shown_y[:, 0].tolist()
        assert "R²" in page.info.text()
        page.plot.clicked.emit(3)
        assert judged.view.store.probe == SampleRef("validation", 3)
        place = page.plot.mapFromScene(page.plot.getViewBox().mapViewToScene(QPointF(*page.plot.places[3])))
        text = page.reading(QPointF(place))
        assert "residual" in text
        assert "Click to make it the probe" in text

    @pytest.mark.parametrize("judged", ["numbers"], indirect=True)
    def test_residuals_come_from_the_same_answer(self, judged: Judged) -> None:
        judged.turn(PredictedPage)
        # Turned to without a further snapshot: the answer is there already.
        place = next(place for place, page in enumerate(judged.view.judging) if isinstance(page, ResidualsPage))
        judged.view.tabs.setCurrentIndex(place)
        page = judged.view.page
        assert isinstance(page, ResidualsPage)
        assert judged.view.pages.hint == ""
        assert page.picture is not None
        true, said = page.picture.true, page.picture.said
        np.testing.assert_allclose(page.plot.places, np.stack([said, true - said], axis=1))
        assert f"RMSE {page.picture.errors.rmse:.3g}" in page.info.text()


def test_a_refusal_is_told_under_the_tabs(qapp: QApplication, runs: dict[str, TrainingRun]) -> None:
    with shown(JudgingView(opened(document("iris")))) as view:
        judged = Judged(runs["iris"], view)
        judged.turn(CalibrationPage)
        answers = {view.page.request(): Refusal("The outputs are no probabilities.")}
        view.draw(Snapshot(1, RunState.PAUSED, answers=answers, data=runs["iris"].split))
        assert view.pages.hint == "The outputs are no probabilities."
        judged.turn(ClassTablePage)
        assert view.pages.hint == ""
        # A network that gives pictures, for example.
        answers = {view.page.request(): Refusal()}
        view.draw(Snapshot(1, RunState.PAUSED, answers=answers, data=runs["iris"].split))
        assert "nothing to judge" in view.pages.hint


def test_a_hint_stands_until_there_is_an_answer(qapp: QApplication) -> None:
    with shown(JudgingView(Store())) as view:
        assert "ready to train" in view.pages.hint
        assert view.requests() == frozenset()
        view.draw(Snapshot(1, RunState.EMPTY, message="Something is wrong."))
        assert view.pages.hint == "Something is wrong."


@pytest.mark.parametrize(
    ("judged", "size"), [("iris", (300, 200)), ("iris", (900, 500)), ("numbers", (330, 700))], indirect=["judged"]
)
def test_all_tabs_are_drawn_at_all_sizes(judged: Judged, size: tuple[int, int]) -> None:
    judged.view.resize(*size)
    pages = [page for place, page in enumerate(judged.view.judging) if judged.view.tabs.isTabVisible(place)]
    modes: tuple[Mode, ...] = ("light", "dark")
    pictures: dict[Mode, list[QImage]] = {mode: [] for mode in modes}
    for mode in modes:
        with themed(mode):
            for page in pages:
                judged.turn(type(page))
                pictures[mode].append(judged.view.grab().toImage())
                for inspection in page.inspections:
                    assert not inspection.picture().isNull()
                assert judged.view.minimumSizeHint().width() <= 330
    assert all(light != dark for light, dark in zip(*pictures.values(), strict=True))


@pytest.mark.parametrize("judged", ["iris"], indirect=True)
def test_samples_of_a_cell_go_with_the_matrix(judged: Judged) -> None:
    store, run = judged.view.store, judged.run
    with shown(ConfusionView(store), 700, 300) as view:

        def draw() -> None:
            answers = {request: request.answer(run.network, run.split) for request in view.requests()}
            view.draw(Snapshot(1, RunState.PAUSED, answers=answers, data=run.split))

        draw()
        assert view.picture is not None
        row, column = (int(place) for place in np.argwhere(view.picture.counts > 0)[0])
        view.canvas.chosen.emit(row, column)
        assert RankedSamples(0.5, (row, column)) in view.requests()
        draw()
        assert view.samples.list.model.rowCount() == view.picture.counts[row, column]
        # Side by side where there is room, else the samples alone.
        assert view.canvas.isVisible()
        view.resize(400, 300)
        assert not view.canvas.isVisible()
        view.samples.back.click()
        assert view.canvas.isVisible()
        assert view.samples.list.model.rowCount() == 0
        assert view.requests() == {view.request()}


def test_labels_of_which_several_may_hold_have_a_table(qapp: QApplication, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(80, 4)).astype(np.float32)
    np.savez(tmp_path / "a.npz", x=x, y=x[:, :3] > 0)
    dataset = NpzFile(path=str(tmp_path / "a.npz")).settled()
    made = edits.set_training(
        document_of(layers.Dense(3), layers.Sigmoid(), dataset=dataset), loss=BinaryCrossEntropy()
    )
    run = run_of(made)
    for _ in range(30):
        run.step_once()
    with shown(JudgingView(opened(made)), 620, 320) as view:
        judged = Judged(run, view)
        page = judged.turn(LabelTablePage)
        # It comes first: a plot of predicted against true tells little of a yes or no.
        assert view.tabs.currentIndex() == 0
        table = page.table()
        assert table is not None
        assert table.header[0] == "label"
        lines = list(table.rows())
        assert [line[0] for line in lines] == ["target 1", "target 2", "target 3", *AVERAGES]
        part = run.split.validation
        assert part is not None
        truth, said = part.y == 1, run.network.predict(part.x) > 0.5
        for place, line in enumerate(lines[:3]):
            hits = (truth[:, place] & said[:, place]).sum()
            assert line[1] == pytest.approx(hits / said[:, place].sum())
            assert line[2] == pytest.approx(hits / truth[:, place].sum())
        assert page.info.text().startswith(f"All labels right {(truth == said).all(axis=1).mean():.1%}")
