"""Manual step: the run's report, and its display."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from queue import Queue
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from engine import Trainer, layers
from engine.data import XOR, Digits, Moons
from engine.errors import DivergedError
from engine.losses import CategoricalCrossEntropy, MeanSquaredError
from engine.optimizers import SGD, Adam
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.panels.sample_browser import Samples
from nnstudio.shell.status_bar import StatusBar
from nnstudio.store import Store
from nnstudio.training import last_step
from nnstudio.training.build import read_data
from nnstudio.training.checkpoint import Curve
from nnstudio.training.commands import Play, Quit, RequestSnapshot, SetDocument, Steps
from nnstudio.training.messages import RunState, Snapshot, StepReport
from nnstudio.training.requests.weights import WeightPicture, Weights
from nnstudio.training.run import TrainingRun
from nnstudio.training.worker import Worker
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views import BoundaryView, KernelView, LossView
from nnstudio.views.curves.loss import AUTOMATIC, LOG
from nnstudio.views.weights.patches import Patch
from nnstudio.views.weights.step_changes import _texts, cell_marks, signed
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.views_support import shown, themed


@pytest.fixture(autouse=True, scope="module")
def _light(qapp: QApplication) -> Iterator[None]:
    with themed("light"):
        yield


def moons(**training: Any) -> Document:
    document = document_of(
        layers.Dense(4),
        layers.BatchNorm(),
        layers.Tanh(),
        layers.Dense(2),
        layers.Softmax(),
        dataset=Moons(),
        validation=0.2,
    )
    return edits.set_training(
        document, **{"loss": CategoricalCrossEntropy(), "batch_size": 7, "epochs": 50, **training}
    )


def started(document: Document) -> TrainingRun:
    return TrainingRun(document, read_data(document.data))


class TestRun:
    @pytest.mark.parametrize("optimizer", [SGD(0.1), SGD(0.1, momentum=0.9), Adam(0.01)])
    def test_the_change_is_what_comes_after_less_what_was_before(self, optimizer: Any) -> None:
        run = started(moons(optimizer=optimizer))
        for _ in range(5):
            before = {name: array.copy() for name, array in run.network.parameters.items()}
            run.step_by_hand()
            for block in ("dense_1", "batchnorm_1", "dense_2"):
                picture = Weights(block).answer_after_step(run.network, run.split, run.last.before)
                assert picture is not None
                assert picture.change is not None
                assert picture.change.keys() == picture.parameters.keys()
                for name, change in picture.change.items():
                    full = f"{block}.{name}"
                    np.testing.assert_array_equal(change, run.network.parameters[full] - before[full])
                    assert change.any()

    def test_tells_the_samples_that_were_used_their_loss_and_the_rate(self) -> None:
        """Of a network without layers that act differently in training, the loss can be computed again."""
        document = document_of(layers.Dense(4), layers.Tanh(), layers.Dense(1), dataset=Moons(), validation=0.2)
        settings = {"loss": MeanSquaredError(), "batch_size": 7, "optimizer": SGD(0.25)}
        run = started(edits.set_training(document, **settings))
        train, seen = run.split.train, []
        for step in range(1, 30):
            twin = run.network.copy()  # type: ignore[attr-defined]
            run.step_by_hand()
            report = run.last.report
            assert report is not None
            chosen = list(report.samples)
            seen += chosen
            outputs = twin.predict(train.x[chosen])
            wanted = train.y[chosen][:, None]
            assert report.loss == pytest.approx(float(((outputs - wanted) ** 2).mean()), rel=1e-4)
            assert (report.step, report.learning_rate) == (step, 0.25)
        assert sorted(seen[: len(train)]) == list(range(len(train)))

    def test_its_place_is_where_the_curve_has_come_to(self) -> None:
        document = document_of(
            layers.Dense(3), layers.Sigmoid(), layers.Dense(1), layers.Sigmoid(), dataset=XOR(), validation=0.0
        )
        run = started(edits.set_training(document, batch_size=1))
        places = []
        for _ in range(5):
            run.step_by_hand()
            assert run.last.report is not None
            places.append(run.last.report.place)
        assert places == [0.25, 0.5, 0.75, 1.0, 1.25]

    def test_a_hand_made_step_trains_as_any_other(self) -> None:
        by_hand, played = started(moons()), started(moons())
        for _ in range(60):
            by_hand.step_by_hand()
            played.step_once()
        np.testing.assert_array_equal(by_hand.network.state_vector, played.network.state_vector)
        assert played.last.report is None
        assert not played.last.before

    def test_a_changed_network_knows_of_no_step(self) -> None:
        document = moons()
        run = started(document)
        run.step_by_hand()
        run.update(edits.append(document, layers.Dense(2)))
        assert run.last.report is None
        assert not run.last.before

    def test_a_step_that_fails_is_not_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        run = started(moons())
        run.step_by_hand()

        def fail(trainer: Trainer) -> float:
            raise DivergedError("the loss is infinite")

        monkeypatch.setattr(Trainer, "step", fail)
        with pytest.raises(DivergedError):
            run.step_by_hand()
        assert run.last.report is None

    def test_of_huge_networks_no_copy_is_made(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(last_step, "MOST_COMPARED", 5)
        run = started(moons())
        run.step_by_hand()
        assert run.last.report is not None
        assert not run.last.before


class TestWorker:
    @pytest.fixture
    def worker(self) -> Iterator[Worker]:
        self.snapshots: Queue[Snapshot] = Queue()
        made = Worker(self.snapshots.put)
        made.start()
        yield made
        made.post(Quit())
        made.join(timeout=10)

    def next(self, worker: Worker) -> Snapshot:
        worker.post(RequestSnapshot(frozenset({Weights("dense_1")})))
        return self.snapshots.get(timeout=10)

    def change(self, snapshot: Snapshot) -> Any:
        picture = snapshot.answers[Weights("dense_1")]
        assert isinstance(picture, WeightPicture)
        return picture.change

    def test_tells_of_single_steps_alone(self, worker: Worker) -> None:
        worker.post(SetDocument(moons()))
        ready = self.next(worker)
        assert ready.step_report is None
        assert self.change(ready) is None
        worker.post(Steps(1))
        first = self.next(worker)
        assert first.step_report is not None
        assert (first.step_report.step, len(first.step_report.samples)) == (1, 7)
        worker.post(Steps(1))
        second = self.next(worker)
        assert second.step_report is not None
        assert second.step_report.step == 2
        before, after = (s.answers[Weights("dense_1")].parameters["weight"] for s in (first, second))
        np.testing.assert_array_equal(self.change(second)["weight"], after - before)
        worker.post(Steps(epoch=True))
        running = self.next(worker)
        while running.state is RunState.RUNNING:
            assert running.step_report is None
            assert self.change(running) is None
            running = self.next(worker)
        assert running.epoch == 1
        assert running.step_report is None
        assert self.change(running) is None

    def test_play_ends_it(self, worker: Worker) -> None:
        worker.post(SetDocument(moons()))
        worker.post(Steps(1))
        assert self.next(worker).step_report is not None
        worker.post(Play())
        assert self.next(worker).step_report is None

    def test_settings_that_may_change_between_two_steps_do_not_end_it(self, worker: Worker) -> None:
        worker.post(SetDocument(moons()))
        worker.post(Steps(1))
        assert self.next(worker).step_report is not None
        worker.post(SetDocument(moons(optimizer=SGD(0.02))))
        assert self.next(worker).step_report is not None
        worker.post(SetDocument(edits.append(moons(), layers.Dense(2))))
        assert self.next(worker).step_report is None


REPORT = StepReport(step=38, place=9.5, samples=(2,), loss=0.251, learning_rate=0.1)


def step(report: StepReport | None = REPORT, **details: Any) -> Snapshot:
    return Snapshot(1, RunState.PAUSED, step=38, epochs=50, step_report=report, **details)


class TestStatus:
    @pytest.mark.parametrize(("samples", "words"), [((2,), "1 sample"), (tuple(range(1200)), "1,200 samples")])
    def test_tells_the_step(self, qtbot: QtBot, samples: tuple[int, ...], words: str) -> None:
        bar = StatusBar()
        qtbot.addWidget(bar)
        message = bar.findChild(StillLabel, "statusMessage")
        bar.show_snapshot(step(replace(REPORT, samples=samples)))
        assert message.text() == f"Paused · Step 38: {words}, loss 0.251, learning rate 0.1"
        bar.show_snapshot(step(None))
        assert message.text() == "Paused"


class TestBoundary:
    def test_rings_the_samples_that_were_used(self, qapp: QApplication) -> None:
        document = moons()
        store = opened(document)
        split = read_data(document.data)
        with shown(BoundaryView(store)) as view:
            used = (3, 14, 15, 92)
            view.draw(step(replace(REPORT, samples=used), data=split))
            x, y = view.points.rings.getData()
            np.testing.assert_allclose(np.stack([x, y], axis=1), split.train.shown[list(used)], rtol=1e-6)
            view.draw(step(None, data=split))
            assert len(view.points.rings.data) == 0

    def test_other_data_with_fewer_samples_are_ringed_no_more(self, qapp: QApplication) -> None:
        store = opened(moons())
        with shown(BoundaryView(store)) as view:
            view.draw(step(replace(REPORT, samples=(92,)), data=read_data(moons().data)))
            xor = read_data(edits.set_data(Document(), dataset=XOR(), validation=0.0).data)
            view.draw(step(None, data=xor))
            assert len(view.points.rings.data) == 0


class TestLoss:
    def test_shows_the_loss_of_the_step_as_a_dot_within_the_plot(self, qapp: QApplication) -> None:
        with shown(LossView(Store())) as view:
            # Before the first point of the curve there is a loss to see already.
            view.draw(step())
            assert view.pages.hint == ""
            assert (view.step.item.getData()[0], view.step.item.getData()[1]) == ([9.5], [0.251])
            (x0, x1), (y0, y1) = view.plot.getViewBox().viewRange()
            assert x0 < 9.5 < x1
            assert y0 < 0.251 < y1
            assert "Step&nbsp;38&nbsp;0.251" in view.legend.text()
            view.draw(step(None, curves={"loss": Curve(np.array([1.0, 2.0]), np.array([0.3, 0.2]))}))
            assert view.step.item.getData()[0] is None
            assert "Step" not in view.legend.text()

    def test_the_dot_stands_right_on_a_log_scale(self, qapp: QApplication) -> None:
        with shown(LossView(Store())) as view:
            view.choose_scale(LOG)
            view.draw(step(replace(REPORT, loss=0.01)))
            assert view.step.item.getData()[1] == pytest.approx([-2.0])
            view.choose_scale(AUTOMATIC)

    def test_the_loss_of_one_batch_does_not_turn_the_axis(self, qapp: QApplication) -> None:
        with shown(LossView(Store())) as view:
            curves = {"loss": Curve(np.array([1.0, 2.0]), np.array([0.3, 0.2]))}
            view.draw(step(replace(REPORT, loss=1e-8), curves=curves))
            assert not view.log

    def test_without_room_the_legend_leaves_it_out_whole(self, qapp: QApplication) -> None:
        """Half a number reads as another number."""
        with shown(LossView(Store()), 300, 320) as view:
            curves = {name: Curve(np.array([9.0]), np.array([y])) for name, y in (("loss", 0.3), ("val_loss", 0.4))}
            view.draw(step(replace(REPORT, step=40_001, loss=3.453e-8), curves=curves))
            view.grab()
            view.legend.setFixedWidth(120)
            view.grab()
            label = view.legend.findChild(QLabel)
            assert "0.3" in label.text()
            assert "3.453" not in label.text()
            assert label.sizeHint().width() <= view.legend.width()

    def test_the_mouse_reads_it(self, qapp: QApplication) -> None:
        with shown(LossView(Store())) as view:
            view.smoothing = 0.5
            view.draw(step(curves={"loss": Curve(np.array([9.0]), np.array([0.3]))}))
            view.plot.grab()
            spot = view.plot.mapFromScene(view.plot.getViewBox().mapViewToScene(QPointF(9.5, 0.251)))
            text = view.reading(QPointF(spot)).splitlines()
            assert text == ["Epoch 9.5", "Train 0.3, smoothed 0.3 (at epoch 9)", "Step 38 0.251"]


class TestWeights:
    @pytest.fixture
    def view(self, qapp: QApplication) -> Iterator[KernelView]:
        store = opened(moons())
        with shown(KernelView(store), 500, 400) as made:
            yield made

    def show(self, view: KernelView, report: StepReport | None = REPORT) -> None:
        parameters = {"weight": np.array([[0.42, -1.0, 0.0, 2.0], [0.5, 0.5, 0.5, 0.5]]), "bias": np.zeros(4)}
        change = {"weight": np.array([[0.03, -0.5, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]), "bias": np.zeros(4)}
        picture = WeightPicture("dense_1", "Dense", parameters, change)
        view.draw(step(report, answers={Weights("dense_1"): picture}))

    def test_tells_the_change_of_each_cell(self, view: KernelView) -> None:
        self.show(view)
        assert view.info.text() == "Step 38 changed 2 of 12, at most −0.5"
        area = view.canvas.arranged.patches[0].target
        wide, high = area.width() / 2, area.height() / 4
        first = area.topLeft() + QPointF(wide / 2, high / 2)
        assert view.reading(first) == "unit 1, input 1: 0.42\nChanged by +0.03 in step 38"
        assert view.reading(first + QPointF(wide, 0)).endswith("Unchanged in step 38")

    def test_is_seen_until_training_runs_on(self, view: KernelView) -> None:
        self.show(view, None)
        plain = view.canvas.grab().toImage()
        self.show(view)
        assert view.canvas.grab().toImage() != plain
        self.show(view, None)
        assert view.canvas.grab().toImage() == plain
        assert "Step" not in view.info.text()


class TestMarks:
    def marks(self, changes: np.ndarray, cell: float) -> list[Any]:
        rows, columns = changes.shape
        patch = Patch("weight", QRect(0, 0, columns, rows), QRectF(10, 20, columns * cell, rows * cell))
        return cell_marks([patch], {"weight": np.full(changes.shape, 0.42)}, {"weight": changes}, self.metrics)

    @pytest.fixture(autouse=True)
    def _font(self, qapp: QApplication) -> None:
        self.metrics = QFontMetricsF(qapp.font())

    def test_large_cells_say_value_and_change(self) -> None:
        changes = np.array([[0.03, 0.0], [-0.2, 0.1]])
        marks = {(mark.row, mark.column): mark for mark in self.marks(changes, 90.0)}
        assert marks.keys() == {(0, 0), (1, 0), (1, 1)}
        assert marks[0, 0].lines == ("0.42", "+0.03")
        assert marks[1, 0].lines == ("0.42", "−0.2")
        assert marks[1, 0].place == QRectF(10, 110, 90, 90)
        assert marks[1, 1].share == 0.5

    def test_cells_of_one_size_say_alike(self) -> None:
        """One number that needs more room than the others takes the values out of all cells."""
        wide = 1.2 * self.metrics.horizontalAdvance("0.42 +0.03") + 6
        high = 1.5 * self.metrics.lineSpacing()
        short_, long_ = ("0.42", "+0.03"), ("0.42", "+0.00000012345")
        assert _texts([short_, short_], wide, high, self.metrics) == [("0.42 +0.03",)] * 2
        assert _texts([short_, long_], wide, high, self.metrics)[0] == ("+0.03",)

    def test_of_small_cells_the_strongest_are_framed(self) -> None:
        changes = np.arange(10_000.0).reshape(100, 100)
        marks = self.marks(changes, 3.0)
        assert {(mark.row, mark.column) for mark in marks} == {(99, column) for column in range(88, 100)}
        assert marks[-1].share == 1.0
        assert not any(mark.lines for mark in marks)
        assert all(mark.place.width() >= 7 for mark in marks)

    def test_cells_that_change_alike_are_not_all_framed(self) -> None:
        """Adam's first step moves all weights by the same amount."""
        assert len(self.marks(np.full((50, 50), 0.001), 6.0)) == 12

    @pytest.mark.parametrize("changes", [np.zeros((2, 2)), np.full((2, 2), np.nan), np.zeros((0, 3))])
    def test_without_a_change_there_is_no_mark(self, changes: np.ndarray) -> None:
        if changes.size:
            assert self.marks(changes, 50.0) == []
        assert cell_marks([], {}, {"weight": changes}, self.metrics) == []

    def test_changes_carry_their_sign(self) -> None:
        assert [signed(value) for value in (0.031, -0.5, 1e-7)] == ["+0.031", "−0.5", "+1e−7"]


class TestSamples:
    @pytest.mark.parametrize("dataset", [Moons(), Digits()])
    def test_marks_what_was_used_of_the_training_part_alone(self, qtbot: QtBot, dataset: Any) -> None:
        split = read_data(edits.set_data(Document(), dataset=dataset, validation=0.2).data)
        samples = Samples()
        qtbot.addWidget(samples)
        samples.resize(300, 400)
        samples.show()
        samples.show_split(split)
        plain = samples.preview.grab().toImage()
        samples.show_used((1, 4, 1000))
        assert [index for index in samples.preview.marked if index < 1000] == [1, 4]
        assert samples.preview.grab().toImage() != plain
        samples.validation.click()
        assert samples.preview.marked == []
        samples.train.click()
        assert samples.preview.marked[:2] == [1, 4]
        samples.show_used(())
        assert samples.preview.grab().toImage() == plain
