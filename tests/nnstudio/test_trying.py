"""Try it: drawings and rows become the probe, are answered, and spoilt on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import datasets, layers, losses
from engine.data import Data, Dataset, Hills, Iris, TableFile
from engine.data.enlarging import enlarged
from engine.data.pictures.drawn import prepared
from engine.data.steps import ScaleInputs, ScaleTargets
from engine.data.steps.augmentation.spoiling import Spoiling
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.document.probe import OwnSample, SampleRef
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Refusal
from nnstudio.training.requests.tried import Tried
from nnstudio.training.run import TrainingRun
from nnstudio.training.split import Split
from nnstudio.views.trying.answers import Answer, foremost
from nnstudio.views.trying.facts import PictureFacts, why_not
from nnstudio.views.trying.pad import SIDE, Pad
from nnstudio.views.trying.view import TryView
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.views_support import shown, themed
from tests.nnstudio.worker_support import run_of

LEFT = Qt.MouseButton.LeftButton


def classifier(dataset: Dataset, outputs: int) -> Document:
    document = document_of(layers.Flatten(), layers.Dense(outputs), layers.Softmax(), dataset=dataset, validation=0.2)
    return edits.set_training(document, loss=losses.get("categorical_cross_entropy"))


class Bench:
    """A view, its store, and a run that answers it."""

    def __init__(self, document: Document, epochs: int = 0) -> None:
        self.store = opened(document)
        self.run: TrainingRun = run_of(document)
        if epochs:
            self.run.advance(60.0, epochs, lambda: False)
        self.view = TryView(self.store)

    @property
    def split(self) -> Split:
        return self.run.split

    def draw(self, *, answered: bool = True) -> None:
        for _ in range(2):
            # Data are measured in a thread, which is waited for; then there is something to ask.
            request = self.view.request()
            answers = {} if request is None or not answered else {request: request.answer(self.run.network, self.split)}
            self.view.draw(Snapshot(1, RunState.READY, answers=answers, data=self.split))
            for _ in range(100):
                if self.view.fact is not None:
                    break
                QTest.qWait(10)

    def settle(self) -> None:
        """Waits until the newest change has become the probe."""
        for _ in range(300):
            if not self.view._news:
                return
            QTest.qWait(10)
        raise AssertionError("a change was not sent")

    def expected(self, values: np.ndarray) -> np.ndarray:
        outputs: np.ndarray = self.run.network.predict(self.split.scale(values[None]))[0]
        return outputs

    def said(self) -> list[float]:
        return [answer.value for answer in self.view.bars.answers]


def line(pad: Pad, *points: tuple[float, float]) -> None:
    """Stroke of the mouse through places of the pad, as shares of its sides."""
    sheet = pad.sheet()
    places = [(sheet.topLeft() + QPointF(x * sheet.width(), y * sheet.height())).toPoint() for x, y in points]
    QTest.mousePress(pad, LEFT, pos=places[0])
    for place in places[1:]:
        QTest.mouseMove(pad, place)
        QTest.qWait(0)
    QTest.mouseRelease(pad, LEFT, pos=places[-1])


def replay(pad: Pad, digit: np.ndarray) -> None:
    """Stroke of the mouse along every stretch of ink in the rows of a digit, (8, 8), as a bitmap of 32 x 32."""
    bitmap = enlarged(digit[None, None], 32, 0)[0, 0] > 0.5
    height, width = bitmap.shape
    scale = 0.75
    pad.pen_width = SIDE * scale / height * 1.1
    for row in range(height):
        inked = np.flatnonzero(np.diff(np.concatenate([[0], bitmap[row], [0]]).astype(int)))
        for start, end in inked.reshape(-1, 2):
            y = 0.05 + scale * (row + 0.5) / height
            line(pad, (0.2 + scale * (start + 0.5) / width, y), (0.2 + scale * (end - 0.5) / width, y))


@pytest.fixture(scope="module")
def trained_digits() -> TrainingRun:
    stack = (layers.Conv2D(16, 3, padding="same"), layers.ReLU(), layers.Flatten(), layers.Dense(10), layers.Softmax())
    document = document_of(*stack, dataset=datasets.Digits(), validation=0.2)
    run = run_of(edits.set_training(document, loss=losses.get("categorical_cross_entropy")))
    run.advance(60.0, 6, lambda: False)
    return run


@pytest.fixture
def digits(qapp: QApplication) -> Iterator[Bench]:
    bench = Bench(classifier(datasets.Digits(), 10))
    with shown(bench.view, 320, 700):
        bench.draw()
        yield bench


@pytest.fixture
def iris(qapp: QApplication) -> Iterator[Bench]:
    bench = Bench(classifier(Iris(), 3))
    with shown(bench.view, 320, 700):
        bench.draw()
        yield bench


class TestPad:
    @pytest.fixture
    def pad(self, qapp: QApplication) -> Iterator[Pad]:
        with shown(Pad(), 284, 284) as pad:
            yield pad

    def test_a_stroke_is_where_the_mouse_was(self, pad: Pad) -> None:
        pad.pen_width = 20
        line(pad, (0.25, 0.5), (0.75, 0.5))
        cover = pad.cover()
        assert cover.shape == (SIDE, SIDE)
        rows, columns = np.nonzero(cover > 0.5)
        assert (rows.min(), rows.max()) == pytest.approx((130, 149), abs=2)
        assert (columns.min(), columns.max()) == pytest.approx((60, 220), abs=3)

    def test_strokes_are_taken_back_one_by_one_and_clearing_too(self, pad: Pad) -> None:
        line(pad, (0.2, 0.2), (0.8, 0.2))
        one = pad.cover()
        line(pad, (0.2, 0.8), (0.8, 0.8))
        two = pad.cover()
        pad.clear()
        assert pad.empty
        assert not pad.cover().any()
        for expected in (two, one):
            pad.undo()
            np.testing.assert_array_equal(pad.cover(), expected)
        pad.undo()
        assert pad.empty
        assert not pad.can_undo

    def test_the_eraser_takes_ink_away(self, pad: Pad) -> None:
        line(pad, (0.1, 0.5), (0.9, 0.5))
        inked = pad.cover().sum()
        pad.erasing = True
        line(pad, (0.5, 0.1), (0.5, 0.9))
        assert 0 < pad.cover().sum() < inked
        assert pad.cover()[SIDE // 2, SIDE // 2] == 0

    def test_it_is_drawn_on_with_keys(self, pad: Pad) -> None:
        changes: list[None] = []
        pad.changed.connect(lambda: changes.append(None))
        QTest.keyClick(pad, Qt.Key.Key_Left)
        assert pad.empty
        QTest.keyClick(pad, Qt.Key.Key_Space)
        for _ in range(10):
            QTest.keyClick(pad, Qt.Key.Key_Down)
        QTest.keyClick(pad, Qt.Key.Key_Space)
        QTest.keyClick(pad, Qt.Key.Key_Right)
        (stroke,) = pad.strokes
        assert stroke.points[-1].y() - stroke.points[0].y() == 70
        assert stroke.points[-1].x() == stroke.points[0].x()
        assert changes
        width = pad.pen_width
        QTest.keyClicks(pad, "++-")
        assert pad.pen_width == width + 2
        QTest.keyClicks(pad, "e")
        assert pad.erasing
        QTest.keyClick(pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert pad.empty

    def test_what_is_drawn_follows_the_ground(self, pad: Pad) -> None:
        line(pad, (0.2, 0.5), (0.8, 0.5))
        assert pad.grab().toImage().pixelColor(142, 142).lightness() > 200
        pad.set_colours(pad.colour.fromRgb(255, 255, 255), pad.colour.fromRgb(0, 0, 0))
        image = pad.grab().toImage()
        assert image.pixelColor(142, 142).lightness() < 60
        assert image.pixelColor(142, 30).lightness() > 200

    def test_outside_of_its_sheet_nothing_is_drawn(self, pad: Pad) -> None:
        pad.set_proportions(10, 20)
        assert pad.cover().shape == (SIDE // 2, SIDE)
        QTest.mouseClick(pad, LEFT, pos=QPoint(142, 10))
        assert pad.empty


class TestDrawing:
    def test_a_drawing_becomes_the_probe_as_the_data_are(self, digits: Bench) -> None:
        line(digits.view.pad, (0.3, 0.2), (0.7, 0.3), (0.4, 0.8))
        digits.settle()
        probe, facts = digits.store.probe, digits.view.fact
        assert isinstance(probe, OwnSample)
        assert isinstance(facts, PictureFacts)
        expected = prepared(digits.view.pad.cover(), facts.ground, (1, 8, 8), facts.placement)
        np.testing.assert_allclose(probe.values, expected.ravel(), atol=1e-6)
        np.testing.assert_array_equal(digits.view.seen.pictures[0], np.reshape(probe.values, (1, 8, 8)))
        digits.draw()
        assert digits.said() == pytest.approx(digits.expected(np.reshape(probe.values, (1, 8, 8))), abs=1e-5)
        assert [answer.name for answer in digits.view.bars.answers] == list(digits.split.train.classes)
        assert digits.view.name.text() == "Your drawing"

    def test_as_drawn_and_on_a_light_ground(self, digits: Bench) -> None:
        view = digits.view
        line(view.pad, (0.1, 0.1), (0.3, 0.1))
        digits.settle()
        view.tools.place.setCurrentIndex(1)
        view.tools.place.activated.emit(1)
        digits.settle()
        small = np.reshape(digits.store.probe.values, (8, 8))  # type: ignore[union-attr]
        assert small[4:].max() == 0
        view.tools.ground.setCurrentIndex(1)
        view.tools.ground.activated.emit(1)
        digits.settle()
        np.testing.assert_allclose(np.reshape(digits.store.probe.values, (8, 8)), 1 - small, atol=1e-6)  # type: ignore[union-attr]

    def test_coloured_pictures_are_drawn_in_colours(self, qtbot: QtBot) -> None:
        x = np.zeros((20, 3, 16, 16), np.float32)
        x[:, 2] = 1
        x[:, 0, 4:12, 4:12] = 1
        data = Data(x, np.arange(20) % 2, "classification", ("a", "b"))
        with shown(TryView(opened(classifier(Iris(), 2))), 320, 700) as view:
            snapshot = Snapshot(1, RunState.EMPTY, data=Split(data, None))
            view.draw(snapshot)
            qtbot.waitUntil(lambda: view.fact is not None)
            view.draw(snapshot)
            assert view.tools.ink.isVisible()
            assert view.pad.grab().toImage().pixelColor(20, 20).name() == "#0000ff"
            view.tools.ink.setCurrentText("Yellow")
            view.tools.ink.activated.emit(view.tools.ink.currentIndex())
            line(view.pad, (0.2, 0.2), (0.8, 0.8), (0.2, 0.8))
            view._give_up_waiting()
            (picture,) = view.seen.pictures
            assert picture[:, 0, 0].tolist() == [0, 0, 1]
            inked = picture[:, picture[0] > 0.9]
            assert inked.shape[1] > 5
            np.testing.assert_allclose(inked.mean(axis=1), np.array([0xFD, 0xD8, 0x35]) / 255, atol=0.06)

    def test_the_pen_begins_as_wide_as_the_strokes_of_the_data(self, digits: Bench) -> None:
        facts = digits.view.fact
        assert isinstance(facts, PictureFacts)
        assert digits.view.pad.pen_width == pytest.approx(facts.placement.stroke * 0.7 * SIDE, abs=1)
        assert digits.view.tools.placed
        assert not digits.view.tools.light
        assert "centre of mass" not in digits.view.tools.place.toolTip()

    def test_clearing_goes_back_to_the_sample_and_undo_to_the_drawing(self, digits: Bench) -> None:
        digits.store.choose_sample(SampleRef("train", 3))
        line(digits.view.pad, (0.3, 0.2), (0.3, 0.8))
        digits.settle()
        drawing = digits.store.probe
        digits.view.pad.clear()
        digits.settle()
        assert digits.store.probe == SampleRef("train", 3)
        digits.view.pad.undo()
        digits.settle()
        assert digits.store.probe == drawing

    def test_another_sample_puts_the_drawing_away(self, digits: Bench) -> None:
        line(digits.view.pad, (0.3, 0.2), (0.3, 0.8))
        digits.settle()
        digits.store.choose_sample(SampleRef("train", 5))
        assert digits.view.pad.empty
        assert digits.view.tools.undo.isEnabled()
        assert not digits.view.tools.clear.isEnabled()
        digits.draw()
        assert "true class" in digits.view.verdict.text()
        assert digits.said() == pytest.approx(digits.expected(digits.split.train.shown[5]), abs=1e-5)

    def test_changes_wait_for_the_answer_to_the_last(self, digits: Bench, qtbot: QtBot) -> None:
        view, chosen = digits.view, []
        digits.store.sample_changed.connect(lambda: chosen.append(digits.store.probe))
        sheet = view.pad.sheet()
        QTest.mousePress(view.pad, LEFT, pos=sheet.center().toPoint())
        for step in range(5):
            QTest.mouseMove(view.pad, (sheet.center() + QPointF(5 * step, 0)).toPoint())
        assert len(chosen) == 1
        digits.draw()
        qtbot.waitUntil(lambda: len(chosen) == 2)
        QTest.mouseRelease(view.pad, LEFT, pos=sheet.center().toPoint())
        # Where no answer comes, the newest drawing is not lost.
        view.pad.clear()
        qtbot.waitUntil(lambda: not isinstance(digits.store.probe, OwnSample), timeout=2000)

    def test_held_out_digits_replayed_as_strokes_are_read(self, trained_digits: TrainingRun, qtbot: QtBot) -> None:
        bench = Bench(classifier(datasets.Digits(), 10))
        bench.run = trained_digits
        held = trained_digits.split.validation
        assert held is not None
        direct = trained_digits.network.predict(held.x).argmax(axis=1)
        chosen = [int(np.flatnonzero((held.y == digit) & (direct == digit))[0]) for digit in range(10)]
        right = 0
        with shown(bench.view, 320, 700) as view:
            bench.draw()
            for index in chosen:
                view.pad.forget()
                replay(view.pad, held.x[index, 0])
                bench.settle()
                bench.draw()
                right += int(view.verdict.text().startswith(f"Predicted: {held.classes[held.y[index]]},"))
        # Strokes of one width and colour are coarser than pixels of 17 shades.
        assert right >= 8


class TestRows:
    def test_fields_begin_with_the_sample_and_make_another(self, iris: Bench) -> None:
        iris.store.choose_sample(SampleRef("train", 7))
        row = iris.view.rows.rows[1]
        before = iris.split.train.shown[7].astype(float)
        assert row.box is not None
        assert row.slider is not None
        assert row.box.value() == pytest.approx(before[1], abs=0.01)
        row.slider.setValue(row.slider.maximum())
        probe = iris.store.probe
        assert isinstance(probe, OwnSample)
        expected = [before[0], iris.split.train.shown[:, 1].max(), *before[2:]]
        assert probe.values == pytest.approx(expected, abs=0.005)
        # What was not touched is as exact as it was.
        assert probe.values[0] == before[0]
        iris.draw()
        assert iris.said() == pytest.approx(iris.expected(np.array(probe.values)), abs=1e-5)
        quartiles = np.percentile(iris.split.train.shown[:, 1], (25, 50, 75))
        low, high = iris.split.train.shown[:, 1].min(), iris.split.train.shown[:, 1].max()
        np.testing.assert_allclose(row.slider.marks, (quartiles - low) / (high - low), atol=1e-6)

    def test_columns_have_the_words_of_the_table(self, qapp: QApplication, tmp_path: Path) -> None:
        path = tmp_path / "people.csv"
        lines = [f"{20 + k},{('red', 'green', 'blue')[k % 3]},{('no', 'yes')[k % 2]},{k / 8}" for k in range(60)]
        path.write_text("age,colour,smokes,score\n" + "\n".join(lines) + "\n")
        dataset = TableFile(path=str(path)).settled()
        document = document_of(layers.Dense(1), dataset=dataset, steps=(ScaleInputs(),))
        bench = Bench(edits.set_training(document, loss=losses.get("mse")))
        with shown(bench.view, 320, 600) as view:
            bench.draw()
            rows = {row.field.name: row for row in view.rows.rows}
            assert set(rows) == {"age", "colour", "smokes"}
            colour, smokes = rows["colour"].choice, rows["smokes"].check
            assert colour is not None
            assert smokes is not None
            names = bench.split.train.shown_features
            first = dict(zip(names, bench.split.train.shown[0], strict=True))
            assert first[f"colour_{colour.currentText()}"] == 1
            assert smokes.isChecked() == bool(first["smokes"])
            colour.setCurrentText("blue")
            colour.activated.emit(colour.currentIndex())
            bench.settle()
            smokes.click()
            bench.settle()
            probe = bench.store.probe
            assert isinstance(probe, OwnSample)
            values = dict(zip(names, probe.values, strict=True))
            assert [values[f"colour_{name}"] for name in ("red", "green", "blue")] == [0, 0, 1]
            assert values["smokes"] == 1 - first["smokes"]
            assert values["age"] == first["age"]
            bench.draw()
            # In the target's own units, though the inputs are standardised.
            assert bench.said() == pytest.approx(bench.expected(np.array(probe.values)), rel=1e-5)
            assert view.bars.answers[0].name == "score"
            assert (view.bars.answers[0].low, view.bars.answers[0].high) == pytest.approx((0, 59 / 8))

    def test_a_scaled_target_is_told_in_its_own_units(self, qapp: QApplication) -> None:
        document = document_of(layers.Dense(1), dataset=Hills(), steps=(ScaleTargets(),))
        bench = Bench(edits.set_training(document, loss=losses.get("mse")))
        with shown(bench.view, 320, 600):
            bench.draw()
            outputs = bench.run.network.predict(bench.split.train.x[:1])
            assert bench.said() == pytest.approx(bench.split.outputs(outputs)[0].tolist())
            assert bench.said() != pytest.approx(outputs[0].tolist())


class TestSpoiling:
    def test_the_answer_before_and_after_stand_side_by_side(self, digits: Bench) -> None:
        digits.store.choose_sample(SampleRef("train", 4))
        view = digits.view
        view.spoiler.findChild(type(view.tools.width_), "trySpoilAngle").setValue(90)
        probe = digits.store.probe
        assert isinstance(probe, OwnSample)
        sample = digits.split.train.shown[4]
        turned = Spoiling(angle=90).picture(sample, (0.0,), 0.0, 1.0)
        np.testing.assert_allclose(probe.values, turned.ravel(), atol=1e-6)
        digits.draw()
        assert digits.said() == pytest.approx(digits.expected(turned), abs=1e-5)
        before = [answer.before for answer in view.bars.answers]
        assert before == pytest.approx(digits.expected(sample).tolist(), abs=1e-5)
        assert " → " in view.verdict.text()
        assert "true class" in view.verdict.text()
        assert len(view.seen.pictures) == 2
        table = view.table()
        assert table is not None
        rows = [tuple(row) for row in table.rows()]
        assert tuple(table.header) == ("kind", "name", "before", "spoilt")
        assert len(rows) == 64 + 10
        view.spoiler.clear()
        digits.settle()
        assert digits.store.probe == SampleRef("train", 4)
        assert len(view.seen.pictures) == 1

    def test_again_gives_other_noise_and_another_sample_none(self, iris: Bench) -> None:
        spoiler = iris.view.spoiler
        assert not spoiler.again.isEnabled()
        slider = spoiler.findChild(type(iris.view.tools.width_), "trySpoilNoise")
        slider.setValue(100)
        first = iris.store.probe
        iris.draw()
        spoiler.again.click()
        second = iris.store.probe
        assert first != second
        deviations = iris.split.train.shown.astype(float).std(axis=0)
        expected = Spoiling(noise=1.0, seed=1).row(iris.split.train.shown[0].astype(float), deviations)
        assert isinstance(second, OwnSample)
        assert second.values == pytest.approx(expected)
        # The fields show what it was before.
        assert iris.view.rows.rows[0].box.value() == pytest.approx(iris.split.train.shown[0, 0], abs=0.01)  # type: ignore[union-attr]
        iris.store.choose_sample(SampleRef("train", 9))
        assert not spoiler.spoiling
        assert slider.value() == 0

    def test_rows_are_offered_noise_alone(self, iris: Bench) -> None:
        spoiler = iris.view.spoiler
        kind = type(iris.view.tools.width_)
        offered = {slider.objectName() for slider in spoiler.findChildren(kind) if slider.isVisible()}
        assert offered == {"trySpoilNoise"}


class TestEmpty:
    @pytest.mark.parametrize(
        ("shape", "part"),
        [((5, 8, 8), "5 channels"), ((3, 600, 600), "too large"), ((2, 3, 4, 5), "neither"), ((5000,), "5,000 inputs")],
    )
    def test_data_that_nobody_can_draw_say_so(self, qapp: QApplication, shape: tuple[int, ...], part: str) -> None:
        data = Data(np.zeros((4, *shape), np.float32), np.array([0, 1, 0, 1]), "classification", ("a", "b"))
        with shown(TryView(opened(classifier(Iris(), 3))), 300, 300) as view:
            view.draw(Snapshot(1, RunState.READY, data=Split(data, None)))
            assert part in view.pages.currentWidget().text()  # type: ignore[attr-defined]
            assert view.request() is None

    def test_what_suits_has_no_reason(self) -> None:
        assert all(not why_not(shape) for shape in ((2,), (28, 28), (1, 28, 28), (3, 128, 128), (784,)))

    def test_it_asks_once_the_data_are_measured(self, iris: Bench, qtbot: QtBot) -> None:
        with shown(TryView(iris.store), 320, 600) as view:
            asked: list[object] = []
            view.requests_changed.connect(lambda: asked.append(view.request()))
            view.draw(Snapshot(1, RunState.READY, data=iris.split))
            qtbot.waitUntil(lambda: bool(asked))
            assert asked[-1] == Tried((SampleRef("train", 0),), 0.5)

    def test_before_there_is_an_answer_it_says_so(self, digits: Bench, qtbot: QtBot) -> None:
        with shown(TryView(digits.store), 320, 600) as view:
            snapshot = Snapshot(1, RunState.EMPTY, data=digits.split)
            view.draw(snapshot)
            qtbot.waitUntil(lambda: view.fact is not None)
            view.draw(snapshot)
            assert not view.bars.answers
            assert "ready to train" in view._legend.text()


class TestRequest:
    def test_a_sample_that_the_data_do_not_have_is_refused(self, iris: Bench) -> None:
        for missing in (SampleRef("test", 0), OwnSample((1.0, 2.0))):
            answer = Tried((SampleRef("train", 0), missing), 0.5).answer(iris.run.network, iris.split)
            assert answer == Refusal("The chosen sample is not in these data.")

    def test_a_single_output_tells_both_classes(self) -> None:
        run = run_of(document_of(layers.Dense(1), layers.Sigmoid(), dataset=datasets.Moons()))
        answers = Tried((SampleRef("train", 0), SampleRef("train", 1)), 0.5).answer(run.network, run.split)
        assert not isinstance(answers, Refusal)
        yes = run.network.predict(run.split.train.x[:2])[:, 0]
        for answer, share in zip(answers, yes, strict=True):
            assert answer.values == pytest.approx((1 - share, share), abs=1e-6)
            assert answer.label == int(share > 0.5)


def test_fields_of_former_data_change_nothing_of_the_new_ones(iris: Bench) -> None:
    """A number is committed, or a slider moved, while other data, with fewer columns, are still looked through."""
    box = iris.view.rows.rows[3].box
    assert box is not None
    box.setFocus()
    box.lineEdit().setText("2.5")
    other = run_of(classifier(datasets.XOR(), 2)).split
    iris.view._take(other)
    assert iris.view.fact is None
    before = iris.view.base
    iris.view.rows.changed.emit(3, 0.5)
    assert iris.view.base == before
    iris.view.fact = iris.view.measure()(other)  # type: ignore[misc]
    iris.view.show_data(other)
    assert len(iris.view.rows.rows) == 2
    assert not isinstance(iris.view.base, OwnSample)


def test_many_classes_leave_the_small_ones_out() -> None:
    answers = tuple(Answer(str(place), place / 100, colour=place) for place in range(40))
    assert [answer.name for answer in foremost(answers)] == [str(place) for place in range(30, 40)]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(300, 640), (900, 300)])
def test_it_is_drawn_narrow_and_wide(digits: Bench, mode: str, width: int, height: int) -> None:
    with themed(mode):  # type: ignore[arg-type]
        digits.view.resize(width, height)
        digits.view.spoiler.findChild(type(digits.view.tools.width_), "trySpoilNoise").setValue(30)
        digits.draw()
        image = digits.view.grab().toImage()
        assert image.width() == width
        beside = (
            digits.view.bars.mapTo(digits.view, QPoint()).x() > digits.view.pad.mapTo(digits.view, QPoint()).x() + 100
        )
        assert beside == (width == 900)
