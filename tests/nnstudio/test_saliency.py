"""Saliency: the worker's gradients and Grad-CAM against differences and plain NumPy, and what the view draws."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

from engine import Network, datasets, layers, losses
from engine.data import Data
from nnstudio.document import edits
from nnstudio.document.probe import FIRST, OwnSample, SampleRef
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Refusal
from nnstudio.training.requests.saliency import Saliency, SaliencyPicture, grad_cam
from nnstudio.training.run import TrainingRun
from nnstudio.training.split import Split
from nnstudio.ui.theme import MODES
from nnstudio.ui.value_image import diverging_rgba
from nnstudio.views.saliency.bars import BarSheet
from nnstudio.views.saliency.maps import MapSheet, enlarged, signs, strongest
from nnstudio.views.saliency.view import SaliencyView
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.views_support import shown, themed
from tests.nnstudio.worker_support import run_of

Array = NDArray[np.float64]


def digits_run() -> TrainingRun:
    stack = (
        *(layers.Conv2D(4, 3, padding="same"), layers.ReLU(), layers.MaxPool2D(2), layers.Conv2D(6, 3, padding="same")),
        *(layers.Tanh(), layers.Flatten(), layers.Dense(10), layers.Softmax()),
    )
    document = document_of(*stack, dataset=datasets.Digits())
    run = run_of(edits.set_training(document, loss=losses.get("categorical_cross_entropy")))
    for _ in range(60):
        run.step_once()
    return run


def asked(network: Network, split: Split, **choices: object) -> SaliencyPicture:
    found = Saliency(**{"probe": FIRST, "threshold": 0.5} | choices).answer(network, split)  # type: ignore[arg-type]
    assert isinstance(found, SaliencyPicture)
    return found


def precise(run: TrainingRun) -> tuple[Network, Split]:
    network = run.network
    assert isinstance(network, Network)
    return network.copy(np.float64), run.split


def logit(network: Network, x: Array, output: int) -> float:
    """The score before the Softmax, from a network cut off there."""
    return float(network.trace(x).outputs[network.structure.logits][0, output])


class TestAnswer:
    def test_the_gradient_is_that_of_the_logit_by_differences(self) -> None:
        network, split = precise(digits_run())
        picture = asked(network, split, output=3)
        x = split.train.x[:1].astype(np.float64)
        assert picture.scored == "dense_1"
        assert picture.score == pytest.approx(logit(network, x, 3))
        rng = np.random.default_rng(0)
        for row, column in rng.integers(0, 8, (12, 2)):
            found = []
            for step in (1e-5, -1e-5):
                moved = x.copy()
                moved[0, 0, row, column] += step
                found.append(logit(network, moved, 3))
            assert picture.gradient[0, row, column] == pytest.approx((found[0] - found[1]) / 2e-5, rel=1e-4, abs=1e-7)
        np.testing.assert_allclose(picture.product, picture.gradient * x[0])

    @pytest.mark.parametrize("block", ["conv2d_1", "relu_1", "maxpool2d_1", "conv2d_2", "tanh_1"])
    def test_grad_cam_by_differences_and_plain_loops(self, block: str) -> None:
        """The maps' gradients by moving one whole map: a_k is the mean, which is the change of the score over H * W."""
        network, split = precise(digits_run())
        picture = asked(network, split, output=7, block=block)
        names = list(network.layers)
        # What follows the maps, as a network of its own.
        rest = names[names.index(block) + 1 : names.index("dense_1") + 1]
        maps = network.trace(split.train.x[:1]).outputs[block][0].astype(np.float64)
        tail = Network({name: network.layers[name] for name in rest}, maps.shape, seed=0, dtype=np.float64)
        tail.take_parameters(network.arrays)
        expected = np.zeros(maps.shape[1:])
        for k, channel in enumerate(maps):
            found = []
            for step in (1e-6, -1e-6):
                moved = maps.copy()
                moved[k] += step
                found.append(float(tail.predict(moved[None])[0, 7]))
            expected += (found[0] - found[1]) / 2e-6 / channel.size * channel
        assert picture.block == block
        assert picture.cam is not None
        np.testing.assert_allclose(picture.cam, np.maximum(expected, 0), rtol=1e-3, atol=1e-6)
        assert picture.cam.max() > 0

    def test_by_default_the_predicted_class_and_the_last_convolution_with_its_activation(self) -> None:
        network, split = precise(digits_run())
        picture = asked(network, split)
        assert picture.chosen == picture.predicted == int(network.predict(split.train.x[:1]).argmax())
        assert picture.block == "tanh_1"
        assert picture.blocks == ("conv2d_1", "relu_1", "maxpool2d_1", "conv2d_2", "tanh_1")
        # Of a block that is not there, the default.
        assert asked(network, split, block="gone").block == "tanh_1"

    def test_grad_cam_of_numbers_worked_by_hand(self) -> None:
        maps = np.array([[[1.0, 2.0]], [[3.0, -1.0]]])
        gradients = np.array([[[1.0, 3.0]], [[-1.0, 0.0]]])
        # a = 2, -0.5: 2 * 1 - 0.5 * 3 = 0.5; 2 * 2 + 0.5 = 4.5.
        np.testing.assert_allclose(grad_cam(maps, gradients), [[0.5, 4.5]])
        np.testing.assert_allclose(grad_cam(-maps, gradients), [[0.0, 0.0]])

    @pytest.mark.parametrize(("output", "sign"), [(0, -1), (1, 1), (None, None)])
    def test_one_output_stands_for_two_classes(self, output: int | None, sign: int | None) -> None:
        network = Network([layers.Dense(3), layers.Tanh(), layers.Dense(1), layers.Sigmoid()], (2,), seed=4)
        split = Split(datasets.Moons().load(), None)
        picture = asked(network, split, output=output)
        says = float(network.predict(split.train.x[:1])[0, 0])
        assert picture.predicted == int(says > 0.5)
        sign = sign or (1 if picture.predicted else -1)
        assert picture.score == pytest.approx(sign * np.log(says / (1 - says)), rel=1e-4)
        assert picture.reversed == (sign < 0)
        w1, b1 = network.parameters["dense_1.weight"], network.parameters["dense_1.bias"]
        hidden = np.tanh(split.train.x[0] @ w1 + b1)
        expected = sign * w1 @ ((1 - hidden**2) * network.parameters["dense_2.weight"][:, 0])
        np.testing.assert_allclose(picture.gradient, expected, rtol=1e-4)
        assert picture.cam is None
        assert picture.blocks == ()

    def test_a_regression_has_one_of_its_outputs_as_score(self) -> None:
        network = Network([layers.Dense(2)], (2,), seed=0)
        x = np.ones((4, 2), np.float32)
        split = Split(Data(x, x, "regression"), None)
        picture = asked(network, split, output=1)
        np.testing.assert_allclose(picture.gradient, network.parameters["dense_1.weight"][:, 1])
        assert picture.predicted is None
        assert asked(network, split).chosen == 0

    def test_what_cannot_be_told_is_refused(self) -> None:
        network = Network([layers.Dense(2)], (2,), seed=0)
        split = Split(datasets.XOR().load(), None)
        assert Saliency(SampleRef("validation", 0), 0.5).answer(network, split) == Refusal(
            "The chosen sample is not in these data."
        )
        assert Saliency(FIRST, 0.5, output=2).answer(network, split) == Refusal()
        wide = Network([layers.Reshape(shape=(1, 2))], (2,), seed=0)
        refused = Saliency(FIRST, 0.5).answer(wide, split)
        assert isinstance(refused, Refusal)
        assert "no list of scores" in refused.sentence

    def test_nothing_is_changed_by_asking(self) -> None:
        run = digits_run()
        before = run.network.state_vector.copy()
        Saliency(FIRST, 0.5).answer(run.network, run.split)
        np.testing.assert_array_equal(run.network.state_vector, before)


@pytest.fixture(scope="module")
def run() -> TrainingRun:
    return digits_run()


@pytest.fixture
def view(qapp: QApplication, run: TrainingRun) -> Iterator[SaliencyView]:
    with shown(SaliencyView(opened(run.document)), 720, 300) as made:
        feed(made, run)
        yield made


def feed(view: SaliencyView, run: TrainingRun) -> None:
    """One snapshot as the worker gives it, with the answers that the view asks for."""
    view.draw(Snapshot(1, RunState.PAUSED, data=run.split))
    answers = {request: request.answer(run.network, run.split) for request in view.requests()}
    view.draw(Snapshot(1, RunState.PAUSED, data=run.split, answers=answers))


def maps_of(view: SaliencyView) -> MapSheet:
    assert isinstance(view.canvas.sheet, MapSheet)
    return view.canvas.sheet


def bars_of(view: SaliencyView) -> BarSheet:
    assert isinstance(view.canvas.sheet, BarSheet)
    return view.canvas.sheet


def rows_of(view: SaliencyView) -> list[list[str]]:
    table = view.table()
    assert table is not None
    return [line.split("\t") for line in io.StringIO(table.for_clipboard()).read().splitlines()]


class TestPictures:
    def test_the_maps_are_the_answer_s_numbers(self, view: SaliencyView) -> None:
        picture = view.picture
        assert picture is not None
        assert picture.cam is not None
        sample, gradient, product, cam = (each.values for each in maps_of(view).maps)
        np.testing.assert_array_equal(sample, picture.sample.shown[0])
        np.testing.assert_array_equal(gradient, picture.gradient[0])
        np.testing.assert_allclose(product, picture.gradient[0] * picture.sample.x[0, 0])
        np.testing.assert_allclose(cam, enlarged(picture.cam, (8, 8)))
        assert picture.cam.shape == (4, 4)
        # What is drawn: the scale's colours over the picture, and at full opacity these alone.
        view.strength.setValue(100)
        drawn = maps_of(view).maps[1]
        reach = np.abs(gradient).max()
        np.testing.assert_array_equal(drawn.pixels, diverging_rgba(gradient, 0.0, reach)[:, :, :3])
        assert drawn.limits == (-reach, reach)
        view.strength.setValue(0)
        np.testing.assert_array_equal(maps_of(view).maps[1].pixels, maps_of(view).maps[0].pixels)

    def test_values_are_read_in_the_pixel_under_the_mouse(self, view: SaliencyView) -> None:
        sheet, canvas = maps_of(view), view.canvas
        line = QFontMetricsF(canvas.font()).height()
        for place in sheet.places(QSizeF(canvas.size()), line):
            spot = QPointF(place.left() + 5.5 / 8 * place.width(), place.top() + 2.5 / 8 * place.height())
            text = view.reading(spot).splitlines()
            assert text[0].startswith("Row 3, column 6: ")
            assert len(text) == 4
            value = float(text[1].removeprefix("Gradient ").replace("−", "-"))
            assert value == pytest.approx(float(sheet.maps[1].values[2, 5]), rel=1e-3)
        assert view.reading(QPointF(1, 1)) == ""

    def test_it_says_whose_score_it_is(self, view: SaliencyView, run: TrainingRun) -> None:
        picture = view.picture
        assert picture is not None
        assert f"Class {picture.chosen}, the predicted one: score " in view.info.text()
        assert "(dense_1, before Softmax) · Training sample 1" in view.info.text()
        other = (picture.chosen + 1) % 10
        view.output.setCurrentIndex(other + 1)
        view.output.activated.emit(other + 1)
        feed(view, run)
        assert view.picture is not None
        assert view.picture.chosen == other
        assert view.info.text().startswith(f"Class {other}; predicted is {picture.chosen}: score ")

    def test_another_block_for_grad_cam(self, view: SaliencyView, run: TrainingRun) -> None:
        assert view.block.itemText(0) == "conv2d_1"
        assert view.block.currentText() == "tanh_1"
        view.block.setCurrentText("relu_1")
        view.block.textActivated.emit("relu_1")
        feed(view, run)
        assert view.picture is not None
        assert view.picture.block == "relu_1"
        assert maps_of(view).maps[-1].title == "Grad-CAM, relu_1"

    def test_the_probe_is_what_is_explained(self, view: SaliencyView, run: TrainingRun) -> None:
        view.store.choose_sample(SampleRef("train", 5))
        feed(view, run)
        np.testing.assert_array_equal(maps_of(view).maps[0].values, run.split.train.shown[5, 0])
        assert maps_of(view).maps[0].title == "Training sample 6"
        assert maps_of(view).maps[0].note == f"class {run.split.train.y[5]}"

    def test_large_pictures_are_coloured_more_coarsely_but_read_in_full(
        self, view: SaliencyView, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fine = maps_of(view).maps
        monkeypatch.setattr("nnstudio.views.saliency.view.MOST_DRAWN", 16)
        view.redraw()
        for before, after in zip(fine[1:], maps_of(view).maps[1:], strict=True):
            np.testing.assert_array_equal(after.pixels, before.pixels[::2, ::2])
            np.testing.assert_array_equal(after.values, before.values)

    def test_the_numbers_are_given(self, view: SaliencyView) -> None:
        header, *rows = rows_of(view)
        assert header == ["row", "column", "value", "Gradient", "Gradient × input", "Grad-CAM, tanh_1"]
        assert len(rows) == 64
        np.testing.assert_allclose([float(row[3]) for row in rows], maps_of(view).maps[1].values.ravel(), rtol=1e-6)

    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize("size", [(720, 300), (300, 500), (90, 60)])
    def test_it_is_drawn_in_any_size_and_theme(self, view: SaliencyView, mode: str, size: tuple[int, int]) -> None:
        view.resize(*size)
        with themed(mode):  # type: ignore[arg-type]
            assert not view.grab().isNull()

    def test_maps_lie_side_by_side_within_the_canvas(self, view: SaliencyView) -> None:
        sheet = maps_of(view)
        for width, height in ((900, 200), (300, 500), (500, 480)):
            places = sheet.places(QSizeF(width, height), 15)
            for index, place in enumerate(places):
                assert place.left() >= 0
                assert place.right() <= width
                assert place.top() >= 0
                assert place.bottom() <= height
                assert not any(place.intersects(other) for other in places[:index])


class TestBars:
    def test_signed_bars_with_names_and_values(self, qapp: QApplication) -> None:
        document = document_of(
            layers.Dense(5), layers.Tanh(), layers.Dense(3), layers.Softmax(), dataset=datasets.Iris()
        )
        run = run_of(document)
        with shown(SaliencyView(opened(document)), 560, 300) as view:
            feed(view, run)
            picture, sheet = view.picture, bars_of(view)
            assert picture is not None
            assert sheet.names == ("sepal length", "sepal width", "petal length", "petal width")
            np.testing.assert_array_equal(sheet.shown, run.split.train.shown[0])
            np.testing.assert_array_equal(sheet.gradient, picture.gradient)
            np.testing.assert_allclose(sheet.product, picture.gradient * picture.sample.x[0])
            assert not view.block.isVisible()
            assert not view.strength.isVisible()
            line = QFontMetricsF(view.canvas.font()).height()
            size = QSizeF(view.canvas.size())
            found = [sheet.row_at(QPointF(50, y), size, line) for y in range(view.canvas.height())]
            assert [*dict.fromkeys(found)] == [None, 0, 1, 2, 3]
            text = view.reading(QPointF(50, found.index(2) + 3))
            assert text.splitlines()[0].startswith("petal length ")
            assert "(the network gets " in text
            header, *rows = rows_of(view)
            assert header == ["input", "value", "network's value", "gradient", "gradient × input"]
            assert [row[0] for row in rows] == list(sheet.names)

    def test_a_bar_s_side_and_colour_are_its_sign(self, view: SaliencyView) -> None:
        one, nothing = np.array([1.0, -1.0]), np.zeros(2)
        view.canvas.resize(400, 200)
        view.canvas.show_sheet(BarSheet(("a", "b"), one, one, nothing))
        image = view.canvas.grab().toImage()
        ratio, size = image.devicePixelRatio(), QSizeF(view.canvas.size())
        line = QFontMetricsF(view.canvas.font()).height()
        sheet = bars_of(view)
        rows = [[y for y in range(200) if sheet.row_at(QPointF(9, y), size, line) == index] for index in (0, 1)]
        tones = [[image.pixelColor(x, int(row[len(row) // 2] * ratio)) for x in range(image.width())] for row in rows]
        blue = [x for x, tone in enumerate(tones[0]) if tone.blue() > tone.red() + 50]
        orange = [x for x, tone in enumerate(tones[1]) if tone.red() > tone.blue() + 50]
        # As long as each other, on either side of a line.
        assert len(blue) > 50
        assert abs(len(blue) - len(orange)) <= 2
        assert 0 < blue[0] - orange[-1] <= 3 * ratio

    def test_of_many_inputs_the_strongest_are_drawn_in_their_order(self) -> None:
        product = np.array([0.1, -9.0, 0.2, 8.0, 0.0, 7.0, 0.3, 0.4])
        sheet = BarSheet([f"x{index}" for index in range(8)], product, product, product)
        assert sheet.rows(1000, 20) == list(range(8))
        # Room for a head, three bars and the note.
        assert sheet.rows(16 + 5 * 20, 20) == [1, 3, 5]


def test_the_strongest_channel_keeps_its_sign() -> None:
    gradient = np.array([[[1.0, -2.0]], [[-3.0, 1.5]]])
    np.testing.assert_array_equal(strongest(gradient), [[-3.0, -2.0]])


def test_signs_stand_on_strong_values_so_that_colour_does_not_tell_alone() -> None:
    values = np.array([[1.0, -0.1], [-0.8, 0.0]])
    lines = signs(values, QRectF(0, 0, 40, 40))
    centres = [(line.center().x(), line.center().y()) for line in lines]
    # A plus of two lines, a minus of one; nothing where the value is weak.
    assert centres == [(10, 10), (10, 10), (10, 30)]
    assert [line.dx() == 0 for line in lines] == [False, True, False]
    # Of pixels smaller than a sign, the strongest of four by four has it.
    fine = np.zeros((8, 8))
    fine[1, 2], fine[6, 7], fine[7, 7] = -5.0, 2.0, 1.0
    small = signs(fine, QRectF(0, 0, 20, 20))
    assert [(line.center().x(), line.center().y()) for line in small] == [(6.25, 3.75), (18.75, 16.25), (18.75, 16.25)]


def test_maps_are_enlarged_between_the_centres_of_their_cells() -> None:
    np.testing.assert_allclose(enlarged(np.array([[0.0, 4.0]]), (2, 4)), [[0, 1, 3, 4]] * 2)
    values = np.random.default_rng(0).random((3, 5))
    np.testing.assert_allclose(enlarged(values, (3, 5)), values)
    # Up and down before left and right is as good as all four corners at once.
    for row, column in np.ndindex(7, 9):
        y, x = ((place + 0.5) * old / new - 0.5 for place, old, new in ((row, 3, 7), (column, 5, 9)))
        y, x = min(max(y, 0), 2), min(max(x, 0), 4)
        top, left = min(int(y), 1), min(int(x), 3)
        (a, b), (c, d) = values[top : top + 2, left : left + 2]
        expected = (a * (left + 1 - x) + b * (x - left)) * (top + 1 - y) + (c * (left + 1 - x) + d * (x - left)) * (
            y - top
        )
        assert enlarged(values, (7, 9))[row, column] == pytest.approx(expected)


def test_without_data_there_is_a_hint(qapp: QApplication) -> None:
    with shown(SaliencyView(Store())) as view:
        assert view.pages.hint == view.waiting
        view.draw(Snapshot(0, RunState.EMPTY, message="a.csv is not there: find it. Then go on."))
        assert view.pages.hint
        assert view.reading(QPointF(5, 5)) == ""
        assert view.table() is None


def test_own_values_are_explained_too(qapp: QApplication) -> None:
    network = Network([layers.Dense(1), layers.Tanh()], (2,), seed=0)
    picture = asked(network, Split(datasets.XOR().load(), None), probe=OwnSample((0.5, -0.25)))
    np.testing.assert_array_equal(picture.sample.x, [[0.5, -0.25]])
    assert picture.scored == "tanh_1"
