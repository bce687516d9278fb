"""Spaces: the worker's places against the trace and a singular value decomposition, and what the view draws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import Network, datasets, layers, losses
from engine.data import Data
from engine.principal_components import principal_plane
from nnstudio.document import edits
from nnstudio.document.probe import FIRST, OwnSample, Part, Probe, SampleRef
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests import space
from nnstudio.training.requests.base import Refusal
from nnstudio.training.requests.space import ALONG, LINES, Space, SpacePicture, affordable, evenly, grid_points
from nnstudio.training.run import TrainingRun
from nnstudio.training.split import Split
from nnstudio.ui.colours import LIGHT, class_colour
from nnstudio.ui.theme import MODES
from nnstudio.ui.value_image import diverging_rgba
from nnstudio.views.spaces.view import SpacesView
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.views_support import shown, themed
from tests.nnstudio.worker_support import run_of

Array = NDArray[Any]
BOUNDS = (-1.0, -2.0, 1.0, 2.0)


def spiral(*stack: layers.Layer) -> TrainingRun:
    ends = stack or (layers.Dense(2), layers.Tanh(), layers.Dense(5), layers.Tanh(), layers.Dense(1), layers.Sigmoid())
    document = document_of(*ends, dataset=datasets.Spirals(), validation=0.2)
    run = run_of(edits.set_training(document, loss=losses.get("binary_cross_entropy")))
    for _ in range(100):
        run.step_once()
    return run


def asked(run: TrainingRun, block: str, part: Part = "train", probe: Probe = FIRST, **more: Any) -> SpacePicture:
    found = Space(block, part, probe, 0.5, **more).answer(run.network, run.split)
    assert isinstance(found, SpacePicture)
    return found


def by_svd(values: Array) -> tuple[Array, Array]:
    """The places along the first two right singular vectors, and the fractions of the variance."""
    centred = values.astype(np.float64) - values.mean(axis=0, dtype=np.float64)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    return u[:, :2] * s[:2], s[:2] ** 2 / (s**2).sum()


class TestComponents:
    @pytest.mark.parametrize("shape", [(40, 3), (40, 40), (30, 200)])
    def test_they_are_those_of_a_singular_value_decomposition(self, shape: tuple[int, int]) -> None:
        rng = np.random.default_rng(1)
        values = (rng.standard_normal(shape) * np.linspace(3, 0.5, shape[1]) + 5).astype(np.float32)
        places, shares = principal_plane(values, len(values))
        expected, fractions = by_svd(values)
        np.testing.assert_allclose(np.abs(places), np.abs(expected), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(shares, fractions, rtol=1e-6)
        # And the signs: of each component, its largest number is positive.
        centred = values - values.mean(axis=0)
        for index in range(2):
            loading = centred.T @ places[:, index]
            assert loading[np.abs(loading).argmax()] > 0

    def test_further_rows_are_placed_by_the_components_of_the_fitted_ones(self) -> None:
        values = np.random.default_rng(2).standard_normal((50, 6))
        places, shares = principal_plane(values, 30)
        alone, same = principal_plane(values[:30], 30)
        np.testing.assert_allclose(places[:30], alone, atol=1e-12)
        assert shares == pytest.approx(same)
        # The projection is affine: the place of the middle of two is the middle of their places.
        middle = np.concatenate([values[:30], (values[30:31] + values[31:32]) / 2])
        np.testing.assert_allclose(principal_plane(middle, 30)[0][30], places[30:32].mean(axis=0), atol=1e-12)

    def test_equal_rows_and_a_single_direction(self) -> None:
        places, shares = principal_plane(np.full((10, 4), 7.0), 10)
        np.testing.assert_array_equal(places, np.zeros((10, 2)))
        assert shares == (0, 0)
        line = np.outer(np.arange(10), [0.0, 3.0, 4.0])
        places, shares = principal_plane(line, 10)
        np.testing.assert_allclose(places[:, 0], 5 * (np.arange(10) - 4.5), atol=1e-9)
        np.testing.assert_allclose(places[:, 1], 0, atol=1e-9)
        assert shares == pytest.approx((1, 0))
        assert principal_plane(np.array([[1.0, 2.0, 3.0]]), 1)[1] == (0, 0)


class TestAnswer:
    def test_two_units_are_the_trace_s(self) -> None:
        run = spiral()
        picture = asked(run, "tanh_1", probe=SampleRef("train", 7))
        trace = run.network.trace(run.split.train.x)
        np.testing.assert_array_equal(picture.samples, np.arange(len(run.split.train)))
        np.testing.assert_allclose(picture.points, trace.outputs["tanh_1"], rtol=1e-6)
        assert picture.shares is None
        np.testing.assert_array_equal(picture.targets, run.split.train.y)
        predicted = trace.outputs["sigmoid_1"][:, 0] > 0.5
        assert picture.wrong is not None
        np.testing.assert_array_equal(picture.wrong, predicted != run.split.train.y)
        assert 0 < picture.wrong.sum() < len(picture.wrong)
        assert picture.probe is not None
        np.testing.assert_array_equal(picture.probe, picture.points[7])
        assert picture.grid is None

    def test_more_units_are_their_principal_components(self) -> None:
        run = spiral()
        picture = asked(run, "tanh_2", probe=OwnSample((0.1, 0.2)))
        values = run.network.trace(run.split.train.x).outputs["tanh_2"]
        expected, fractions = by_svd(values)
        np.testing.assert_allclose(np.abs(picture.points), np.abs(expected), rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(picture.shares, fractions, rtol=1e-4)
        assert picture.probe is not None

    def test_feature_maps_count_with_all_their_numbers(self) -> None:
        run = run_of(document_of(layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(10), dataset=datasets.Digits()))
        picture = asked(run, "conv2d_1")
        assert picture.units == 2 * 6 * 6
        values = run.network.trace(run.split.train.x[picture.samples]).outputs["conv2d_1"].reshape(-1, 72)
        np.testing.assert_allclose(np.abs(picture.points), np.abs(by_svd(values)[0]), rtol=1e-3, atol=1e-4)
        assert len(picture.samples) == 1000 < picture.total == len(run.split.train)
        assert (picture.samples[0], picture.samples[-1]) == (0, picture.total - 1)

    def test_one_unit_and_the_data_themselves(self) -> None:
        run = spiral()
        one = asked(run, "dense_3")
        values = run.network.trace(run.split.train.x).outputs["dense_3"]
        np.testing.assert_allclose(one.points[:, 0], values[:, 0], rtol=1e-5, atol=1e-6)
        assert one.units == 1
        np.testing.assert_array_equal(asked(run, "input").points, run.split.train.x)

    def test_the_grid_is_the_input_s_plane_pushed_through(self) -> None:
        run = spiral()
        picture = asked(run, "tanh_1", bounds=BOUNDS)
        assert picture.grid is not None
        weight, bias = run.network.parameters["dense_1.weight"], run.network.parameters["dense_1.bias"]
        for line, place in enumerate(np.linspace(0, 1, LINES)):
            for point, along in ((0, 0.0), (ALONG // 2, 0.5), (ALONG - 1, 1.0)):
                across = np.array([-1 + 2 * along, -2 + 4 * place])
                np.testing.assert_allclose(
                    picture.grid[line, point], np.tanh(across @ weight + bias), rtol=1e-4, atol=1e-6
                )
                upwards = np.array([-1 + 2 * place, -2 + 4 * along])
                found = picture.grid[LINES + line, point]
                np.testing.assert_allclose(found, np.tanh(upwards @ weight + bias), rtol=1e-4, atol=1e-6)
        assert asked(run, "tanh_2", bounds=BOUNDS).grid is None
        assert asked(run, "dense_3", bounds=BOUNDS).grid is None

    def test_the_grid_is_scaled_like_the_data(self) -> None:
        run = spiral()
        scaled = Split(run.split.train, None, run.split.preparation)
        grid = Space("input", "train", FIRST, 0.5, BOUNDS).answer(run.network, scaled)
        assert isinstance(grid, SpacePicture)
        assert grid.grid is not None
        np.testing.assert_allclose(grid.grid.reshape(-1, 2), scaled.scale(grid_points(BOUNDS)), rtol=1e-6)

    def test_validation_data(self) -> None:
        run = spiral()
        held = run.split.validation
        assert held is not None
        picture = asked(run, "tanh_1", "validation", SampleRef("train", 3))
        np.testing.assert_array_equal(picture.targets, held.y)
        np.testing.assert_allclose(picture.points, run.network.trace(held.x).outputs["tanh_1"], rtol=1e-6)
        expected = run.network.trace(run.split.train.x[3:4]).outputs["tanh_1"][0]
        assert picture.probe is not None
        np.testing.assert_allclose(picture.probe, expected, rtol=1e-6)
        refused = Space("tanh_1", "validation", FIRST, 0.5).answer(run.network, Split(run.split.train, None))
        assert isinstance(refused, Refusal)
        assert refused.sentence.startswith("No data are held out")

    def test_a_probe_that_is_not_there_has_no_place(self) -> None:
        run = spiral()
        assert asked(run, "tanh_1", probe=SampleRef("train", 10_000)).probe is None
        assert asked(run, "tanh_2", probe=SampleRef("train", 10_000)).probe is None

    def test_what_cannot_be_drawn_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        run = spiral()
        assert Space("gone", "train", FIRST, 0.5).answer(run.network, run.split) is None
        monkeypatch.setattr(space, "MOST_UNITS", 4)
        refused = Space("tanh_2", "train", FIRST, 0.5).answer(run.network, run.split)
        assert isinstance(refused, Refusal)
        assert refused.sentence == "tanh_2 gives 5 numbers for each sample: too many to draw. Choose a later block."
        run.network.take_parameters({"dense_1.bias": np.full(2, np.nan, np.float32)})
        refused = Space("tanh_1", "train", FIRST, 0.5).answer(run.network, run.split)
        assert isinstance(refused, Refusal)
        assert "not finite" in refused.sentence

    def test_the_work_is_bounded(self) -> None:
        assert affordable(1, 2) == 1000
        assert affordable(10**7, 10) == 200
        assert affordable(10**12, 10) == 50
        assert affordable(1, 5000) == 300
        assert affordable(1, 1 << 17) == 50
        assert evenly(3, 1000).tolist() == [0, 1, 2]
        assert len(evenly(100_000, 1000)) == 1000
        slow = Network([layers.Dense(2000), layers.Dense(2000), layers.Dense(2)], (2,), seed=0)
        x = np.zeros((1000, 2), np.float32)
        picture = Space("dense_3", "train", FIRST, 0.5, BOUNDS).answer(slow, Split(Data(x, x, "regression"), None))
        assert isinstance(picture, SpacePicture)
        assert picture.grid is None
        assert len(picture.samples) == 499


@pytest.fixture(scope="module")
def run() -> TrainingRun:
    return spiral()


@pytest.fixture
def view(qapp: QApplication, run: TrainingRun) -> Iterator[SpacesView]:
    with shown(SpacesView(opened(run.document)), 560, 420) as made:
        feed(made, run)
        yield made


def feed(view: SpacesView, run: TrainingRun, generation: int = 1) -> None:
    """One snapshot as the worker gives it, with the answers that the view asks for."""
    view.draw(Snapshot(generation, RunState.PAUSED, data=run.split))
    answers = {request: request.answer(run.network, run.split) for request in view.requests()}
    view.draw(Snapshot(generation, RunState.PAUSED, data=run.split, answers=answers))
    view.grab()


def choose(view: SpacesView, run: TrainingRun, block: str) -> SpacePicture:
    view.choice.choose(block)
    feed(view, run)
    assert view.picture is not None
    return view.picture


def on_plot(view: SpacesView, x: float, y: float) -> QPoint:
    place: QPoint = view.plot.mapFromScene(view.plot.getViewBox().mapViewToScene(QPointF(x, y)))
    return place


def drawn(item: Any) -> Array:
    return np.stack([item.data["x"], item.data["y"]], axis=1)


class TestView:
    def test_at_first_the_space_that_the_last_layer_cuts(self, view: SpacesView) -> None:
        assert view.block == view.choice.currentText() == "tanh_2"
        assert [view.choice.itemText(index) for index in range(3)] == ["data", "dense_1", "tanh_1"]

    def test_the_drawn_points_are_the_answer_s(self, view: SpacesView, run: TrainingRun) -> None:
        picture = choose(view, run, "tanh_1")
        np.testing.assert_allclose(drawn(view.plot.points), picture.points, rtol=1e-6)
        assert picture.wrong is not None
        np.testing.assert_allclose(drawn(view.plot.wrong), picture.points[picture.wrong], rtol=1e-6)
        assert picture.probe is not None
        np.testing.assert_allclose(drawn(view.plot.probe), [picture.probe], rtol=1e-6)
        for index in (0, 50):
            brush = view.plot.points.data["brush"][index]
            assert brush.color().name() == class_colour(LIGHT, int(picture.targets[index])).name()
        assert f"{picture.wrong.sum()} wrong" in view.info.text()
        assert view.info.text().startswith("The two outputs of tanh_1 as they are")

    def test_the_warped_grid_is_drawn_as_lines(self, view: SpacesView, run: TrainingRun) -> None:
        assert not any(item.isVisible() for item in view.plot.grid)
        picture = choose(view, run, "tanh_1")
        assert picture.grid is not None
        for item, lines in zip(view.plot.grid, np.split(picture.grid, 2), strict=True):
            assert item.isVisible()
            x, y = item.getData()
            assert np.isnan(x).sum() == LINES
            np.testing.assert_allclose(np.stack([x, y], axis=1)[~np.isnan(x)], lines.reshape(-1, 2), rtol=1e-6)
        # All of it is in sight.
        (x0, x1), (y0, y1) = view.plot.getViewBox().viewRange()
        flat = picture.grid.reshape(-1, 2)
        assert x0 < flat[:, 0].min()
        assert flat[:, 0].max() < x1
        assert y0 < flat[:, 1].min()
        assert flat[:, 1].max() < y1

    def test_a_click_on_a_point_sets_the_probe(self, view: SpacesView, run: TrainingRun, qtbot: QtBot) -> None:
        picture = choose(view, run, "input")
        index = int(picture.points[:, 0].argmax())
        qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.LeftButton, pos=on_plot(view, *picture.points[index]))
        assert view.store.sample == SampleRef("train", index)
        feed(view, run)
        np.testing.assert_allclose(drawn(view.plot.probe)[0], picture.points[index], rtol=1e-6)
        # Beside all points, it stays.
        qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.LeftButton, pos=on_plot(view, 0.95, 0.95))
        assert view.store.sample == SampleRef("train", index)

    def test_values_are_read_at_a_point(self, view: SpacesView, run: TrainingRun) -> None:
        picture = choose(view, run, "input")
        index = int(picture.points[:, 0].argmax())
        text = view.reading(QPointF(on_plot(view, *picture.points[index]))).splitlines()
        predicted = int(run.network.predict(run.split.train.x[index : index + 1])[0, 0] > 0.5)
        assert text[0] == f"Training sample {index + 1}: class {picture.targets[index]}, predicted as {predicted}"
        assert float(text[1].split()[-1].replace("−", "-")) == pytest.approx(float(picture.points[index, 0]), rel=1e-3)
        assert "sample" not in view.reading(QPointF(on_plot(view, 0.95, 0.95)))

    def test_one_unit_is_spread_by_class(self, view: SpacesView, run: TrainingRun) -> None:
        picture = choose(view, run, "dense_3")
        places = drawn(view.plot.points)
        np.testing.assert_allclose(places[:, 0], picture.points[:, 0], rtol=1e-6)
        np.testing.assert_array_equal(places[:, 1].round(), picture.targets)
        np.testing.assert_allclose(drawn(view.plot.probe), places[:1], rtol=1e-6)
        assert view.info.text().startswith("The one output of dense_3 as it is")

    def test_the_canvas_chooses_the_layer(self, view: SpacesView, run: TrainingRun) -> None:
        view.store.select("dense_2")
        assert view.choice.currentText() == "dense_2"
        view.store.select("output")
        assert view.block == "dense_2"
        view.store.select("input")
        feed(view, run)
        assert view.picture is not None
        assert view.picture.block == "input"

    def test_the_validation_data(self, view: SpacesView, run: TrainingRun) -> None:
        held = run.split.validation
        assert held is not None
        view.part.setCurrentIndex(1)
        view.part.activated.emit(1)
        feed(view, run)
        assert view.picture is not None
        np.testing.assert_array_equal(view.picture.targets, held.y)
        assert len(drawn(view.plot.points)) == len(held)

    def test_the_picture_does_not_turn_over_from_frame_to_frame(self, view: SpacesView, run: TrainingRun) -> None:
        picture = view.picture
        assert picture is not None
        assert picture.shares is not None
        before = drawn(view.plot.points)
        request = view.request()
        assert request is not None
        for signs in ([-1, 1], [1, -1], [-1, -1], [1, 1]):
            moved = picture.points * signs + 0.01
            turned = SpacePicture(**{**vars(picture), "points": moved, "probe": moved[0]})
            view.draw(Snapshot(1, RunState.PAUSED, data=run.split, answers={request: turned}))
            assert np.abs(drawn(view.plot.points) - before).max() < 0.05
            assert np.abs(drawn(view.plot.probe) - before[0]).max() < 0.05

    def test_points_are_styled_anew_only_when_their_colours_change(
        self, view: SpacesView, run: TrainingRun, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls = []
        monkeypatch.setattr(view.plot.points, "setData", lambda **given: calls.append(given))
        picture, request = view.picture, view.request()
        assert picture is not None
        assert request is not None
        moved = SpacePicture(**{**vars(picture), "points": picture.points * 1.01})
        view.draw(Snapshot(1, RunState.PAUSED, data=run.split, answers={request: moved}))
        np.testing.assert_allclose(drawn(view.plot.points), picture.points * 1.01, rtol=1e-6)
        assert calls == []

    def test_the_numbers_are_given(self, view: SpacesView, run: TrainingRun) -> None:
        table, picture = view.table(), view.picture
        assert table is not None
        assert picture is not None
        header, *rows = [line.split(",") for line in table.text(",").splitlines()]
        assert header == ["sample", "component 1", "component 2", "target", "output"]
        assert len(rows) == len(run.split.train)
        np.testing.assert_allclose(
            [[float(cell) for cell in row[1:3]] for row in rows], drawn(view.plot.points), rtol=1e-6
        )
        assert [int(row[3]) for row in rows] == run.split.train.y.tolist()

    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize("size", [(900, 260), (330, 420), (90, 60)])
    def test_it_is_drawn_in_any_size_and_theme(self, view: SpacesView, mode: str, size: tuple[int, int]) -> None:
        view.resize(*size)
        with themed(mode):  # type: ignore[arg-type]
            assert not view.grab().isNull()


def test_targets_that_are_numbers_are_drawn_on_the_scale(qapp: QApplication) -> None:
    document = document_of(layers.Dense(4), layers.Tanh(), layers.Dense(1), dataset=datasets.Hills())
    run = run_of(edits.set_training(document, loss=losses.get("mse")))
    with shown(SpacesView(opened(run.document))) as view:
        feed(view, run)
        assert view.picture is not None
        assert view.picture.wrong is None
        assert view.bar.isVisible()
        low, high = view.bar.limits
        reach = (high - low) / 2
        y = run.split.train.y
        colour = diverging_rgba(y[5], (low + high) / 2, reach)[0]
        assert view.plot.points.data["brush"][5].color().getRgb()[:3] == tuple(colour[:3])
        assert high >= y.max()


def test_without_data_or_blocks_there_is_a_hint(qapp: QApplication) -> None:
    with shown(SpacesView(Store())) as view:
        assert view.pages.hint == view.waiting
        assert view.requests() == frozenset()
        assert view.table() is None
        bare = Split(datasets.XOR().load(), None)
        view.draw(Snapshot(1, RunState.EMPTY, data=bare))
        assert view.pages.hint == "Add a block to see what it makes of the data."
