"""Decision boundary beyond two inputs' classes: units, planes, the probe, lines, the finer picture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine import layers
from engine.data import Hills
from nnstudio.document import edits
from nnstudio.document.probe import OwnSample, SampleRef, UnitRef
from nnstudio.store import Store
from nnstudio.training.contours import contours
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.plane_values import OutputRef, heights
from nnstudio.training.planes import FeaturePlane, PrincipalPlane, frame_of
from nnstudio.training.requests import grid as grid_requests
from nnstudio.training.requests.grid import Grid, GridBand, GridPicture
from nnstudio.training.requests.plane_frame import PlaneFrame
from nnstudio.ui.value_image import diverging_rgba
from nnstudio.views import BoundaryView
from nnstudio.views.boundary.refinement import RESOLUTION
from tests.nnstudio.builders import document_of
from tests.nnstudio.plane_support import Stage, click_on_plane, digits, iris, xor
from tests.nnstudio.views_support import shown, themed


@pytest.fixture(autouse=True, scope="module")
def _light(qapp: QApplication) -> Iterator[None]:
    with themed("light"):
        yield


@pytest.fixture
def stage(qapp: QApplication) -> Iterator[Stage[BoundaryView]]:
    with shown(BoundaryView(Store()), 420, 420) as view:
        yield Stage(view, xor())


@pytest.fixture
def flowers(qapp: QApplication) -> Iterator[Stage[BoundaryView]]:
    with shown(BoundaryView(Store()), 420, 420) as view:
        yield Stage(view, iris())


def drawn(view: BoundaryView) -> np.ndarray:
    return view.image.image  # type: ignore[no-any-return]


class TestAspects:
    def test_a_chosen_unit_is_drawn_on_the_diverging_scale_with_its_name(self, stage: Stage[BoundaryView]) -> None:
        stage.settle()
        view, unit = stage.view, UnitRef("tanh_1", 2)
        stage.store.choose_unit(unit)
        stage.settle()
        picture = view.picture
        assert picture is not None
        assert view.aspects.currentText() == "tanh_1, unit 3"
        assert "tanh_1, unit 3" in view.note.text()
        assert view.note.isVisible()
        side = picture.values.shape[1]
        x0, y0, x1, y1 = picture.bounds
        x, y = np.meshgrid(np.linspace(x0, x1, side), np.linspace(y0, y1, side))
        trace = stage.network.trace(np.stack([x.ravel(), y.ravel()], axis=1))
        expected = trace.outputs["tanh_1"][:, 2].reshape(side, side)
        # Tanh runs from -1 to 1, so that its colours mean the same all through training.
        np.testing.assert_array_equal(drawn(view), diverging_rgba(expected, 0.0, 1.0))
        assert view.bar.isVisible()
        assert view.bar.limits == (-1.0, 1.0)

    def test_its_value_is_read_under_the_mouse_and_taken_along(self, stage: Stage[BoundaryView]) -> None:
        stage.store.choose_unit(UnitRef("dense_1", 1))
        stage.settle()
        view = stage.view
        spot = view.plot.mapFromScene(view.plot.getViewBox().mapViewToScene(QPointF(1, 0)))
        lines = view.reading(QPointF(spot)).splitlines()
        value = stage.network.trace(np.array([[1.0, 0.0]])).outputs["dense_1"][0, 1]
        (line,) = [line for line in lines if line.startswith("dense_1, unit 2: ")]
        assert float(line.rpartition(" ")[2].replace("−", "-")) == pytest.approx(value, abs=0.05)
        assert any(line.startswith("Predicted class") for line in lines)
        table = view.table()
        assert table is not None
        assert table.header == ("x₁", "x₂", "output", "dense_1, unit 2")

    @pytest.mark.parametrize("way", ["box", "button"])
    def test_there_is_a_way_back_to_the_classes(self, stage: Stage[BoundaryView], way: str) -> None:
        stage.settle()
        classes = drawn(stage.view).copy()
        stage.store.choose_unit(UnitRef("tanh_1", 0))
        stage.settle()
        assert stage.view.back.isVisible()
        if way == "box":
            stage.view.aspects.setCurrentIndex(0)
        else:
            stage.view.back.click()
        stage.settle()
        assert stage.store.unit is None
        assert stage.view.aspect == "classes"
        assert not stage.view.back.isVisible()
        assert stage.view.note.text() == ""
        np.testing.assert_array_equal(drawn(stage.view), classes)

    def test_a_unit_goes_with_its_block(self, stage: Stage[BoundaryView]) -> None:
        stage.store.choose_unit(UnitRef("dense_1", 2))
        stage.settle()
        document = stage.store.document
        stage.store.edit("Fewer", edits.set_field(document, "dense_1", "units", 2))
        assert stage.view.aspect == "classes"
        assert stage.view.aspects.findText("dense_1, unit 3") == -1

    def test_a_feature_map_is_no_flat_unit(self, qapp: QApplication) -> None:
        with shown(BoundaryView(Store()), 420, 420) as view:
            stage = Stage(view, digits())
            stage.store.choose_unit(UnitRef("conv2d_1", 1))
            stage.settle()
            assert view.aspect == "classes"
            stage.store.choose_unit(UnitRef("dense_1", 1))
            assert view.aspect == UnitRef("dense_1", 1)

    def test_two_classes_are_offered_as_the_network_gives_them(self, stage: Stage[BoundaryView]) -> None:
        stage.settle()

        def entries() -> list[str]:
            box = stage.view.aspects
            return [box.itemText(place) for place in range(box.count())]

        assert entries() == ["Classes", "Output"]
        stage.store.edit("Two", edits.set_field(stage.store.document, "dense_2", "units", 2))
        assert entries() == ["Classes", "Output of 0", "Output of 1", "Margin"]

    def test_one_class_and_the_margin_are_drawn_as_numbers(self, flowers: Stage[BoundaryView]) -> None:
        flowers.settle()
        view = flowers.view
        for entry, aspect in (("Output of versicolor", OutputRef(1)), ("Margin", "margin")):
            view.aspects.setCurrentText(entry)
            assert view.aspect == aspect
            flowers.settle()
            picture = view.picture
            assert picture is not None
            shown_values = heights(picture.values, None, view.aspect, 0.5)
            scale = (0.5, 0.5) if isinstance(aspect, OutputRef) else (0.0, 1.0)
            np.testing.assert_array_equal(drawn(view), diverging_rgba(shown_values, *scale))


class TestPlanes:
    def test_the_first_plane_is_that_of_principal_components_and_says_so(self, flowers: Stage[BoundaryView]) -> None:
        asked = flowers.frame()
        assert asked == frozenset()
        assert flowers.frame() == {PlaneFrame(PrincipalPlane())}
        flowers.settle()
        view = flowers.view
        frame = frame_of(PrincipalPlane(), flowers.split)
        assert frame is not None
        assert frame.explained is not None
        assert (
            view.note.text()
            == f"PCA plane through the mean, {sum(frame.explained):.0%} of the variance; points projected."
        )
        x, y = view.points.train.getData()
        np.testing.assert_allclose(np.stack([x, y], axis=1), frame.project(flowers.split.train.shown), atol=1e-6)
        picture = view.picture
        assert picture is not None
        x0, y0, _, _ = picture.bounds
        corner = frame.points(np.array([[x0, y0]]))
        expected = flowers.network.predict(flowers.split.scale(corner))[0]
        np.testing.assert_allclose(picture.values[:, 0, 0], expected, atol=1e-5)

    def test_two_features_are_chosen_and_can_pass_through_the_probe(self, flowers: Stage[BoundaryView]) -> None:
        flowers.settle()
        view = flowers.view
        view.planes.kind.setCurrentText("Features")
        view.planes.first.setCurrentText("petal length")
        view.planes.second.setCurrentText("petal width")
        flowers.settle()
        assert view.plane == FeaturePlane(2, 3)
        assert view.names == ("petal length", "petal width")
        assert view.note.text() == "Other 2 inputs at the mean; points projected."
        x, y = view.points.train.getData()
        np.testing.assert_allclose(np.stack([x, y], axis=1), flowers.split.train.shown[:, 2:], atol=1e-5)
        view.planes.rest.setCurrentText("at probe")
        flowers.store.choose_sample(SampleRef("train", 9))
        flowers.settle()
        assert view.plane == FeaturePlane(2, 3, SampleRef("train", 9))
        assert "at the probe" in view.note.text()
        picture = view.picture
        assert picture is not None
        x0, y0, _, _ = picture.bounds
        point = flowers.split.train.shown[9].copy()
        point[2:] = x0, y0
        expected = flowers.network.predict(flowers.split.scale(point[None]))[0]
        np.testing.assert_allclose(picture.values[:, 0, 0], expected, atol=1e-5)

    def test_a_plane_has_two_different_features(self, flowers: Stage[BoundaryView]) -> None:
        flowers.settle()
        planes = flowers.view.planes
        planes.kind.setCurrentText("Features")
        planes.second.setCurrentText("sepal length")
        assert planes.first.currentText() != planes.second.currentText() == "sepal length"
        planes.first.setCurrentText("sepal length")
        assert planes.second.currentText() != planes.first.currentText() == "sepal length"

    def test_pictures_have_principal_components_alone(self, qapp: QApplication) -> None:
        with shown(BoundaryView(Store()), 420, 420) as view:
            stage = Stage(view, digits())
            stage.settle()
            assert view.picture is not None
            assert view.picture.values.shape[0] == 10
            assert not view.planes.kind.isVisible()
            assert view.planes.rest.isVisible()
            view.grab()

    def test_two_inputs_have_nothing_to_choose(self, stage: Stage[BoundaryView]) -> None:
        stage.settle()
        planes = stage.view.planes
        assert not any(box.isVisible() for box in (planes.kind, planes.first, planes.second, planes.rest))
        assert planes.plane(SampleRef("train", 0)) == FeaturePlane(0, 1)


class TestProbe:
    def test_a_click_between_the_points_makes_a_sample_of_one_s_own(self, stage: Stage[BoundaryView]) -> None:
        stage.settle()
        click_on_plane(stage.view, 0.42, 0.61)
        sample = stage.store.sample
        assert isinstance(sample, OwnSample)
        assert sample.values == pytest.approx((0.42, 0.61), abs=0.01)
        assert stage.view.probe_mark.place == pytest.approx(sample.values)
        x, y = stage.view.probe_mark.getData()
        assert (x[0], y[0]) == pytest.approx(sample.values)

    def test_a_click_near_a_point_chooses_that_sample(self, stage: Stage[BoundaryView]) -> None:
        stage.settle()
        train = stage.split.train
        index = int(np.flatnonzero((train.x == [1, 0]).all(axis=1))[0])
        across, up = stage.view.plot.getViewBox().viewPixelSize()
        click_on_plane(stage.view, 1 - 6 * across, 0 + 6 * up)
        assert stage.store.sample == SampleRef("train", index)
        assert stage.view.plot.accessibleDescription() == f"Probe: Training sample {index + 1} · class 1, at x₁ 1, x₂ 0"
        # Not so near any more.
        click_on_plane(stage.view, 1 - 30 * across, 0 + 30 * up)
        assert isinstance(stage.store.sample, OwnSample)

    def test_the_right_button_and_a_drag_choose_nothing(self, stage: Stage[BoundaryView]) -> None:
        stage.settle()
        click_on_plane(stage.view, 0.5, 0.5, button=Qt.MouseButton.RightButton)
        assert stage.store.sample is None
        for menu in QApplication.topLevelWidgets():
            if menu.objectName() == "viewMenu":
                menu.close()

    def test_a_double_click_shows_everything_again_and_chooses_nothing(self, stage: Stage[BoundaryView]) -> None:
        stage.settle()
        stage.store.choose_sample(SampleRef("train", 2))
        plot = stage.view.plot
        spot = plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(0.5, 0.5)))
        plot.getViewBox().scaleBy((0.5, 0.5))
        plot.getViewBox().sigRangeChangedManually.emit([True, True])
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        chosen = []
        stage.store.sample_changed.connect(lambda: chosen.append(stage.store.sample))
        # From a hand it comes after a click, and ends as one.
        QTest.mouseClick(plot.viewport(), left, none, spot)
        QTest.mouseDClick(plot.viewport(), left, none, spot)
        QTest.mouseRelease(plot.viewport(), left, none, spot)
        assert [type(sample) for sample in chosen] == [OwnSample, SampleRef]
        assert stage.store.sample == SampleRef("train", 2)
        assert plot.following

    def test_what_is_chosen_elsewhere_is_marked(self, flowers: Stage[BoundaryView]) -> None:
        flowers.settle()
        flowers.store.choose_sample(SampleRef("validation", 4))
        frame = frame_of(PrincipalPlane(), flowers.split)
        assert frame is not None
        assert flowers.split.validation is not None
        expected = frame.project(flowers.split.validation.shown[4:5])[0]
        assert flowers.view.probe_mark.place == pytest.approx(tuple(expected))
        assert flowers.view.plot.accessibleDescription().startswith(
            "Probe: Validation sample 5 · virginica, at component 1 "
        )

    def test_a_click_among_many_inputs_gives_all_of_them(self, flowers: Stage[BoundaryView]) -> None:
        flowers.settle()
        view = flowers.view
        picture = view.picture
        assert picture is not None
        x0, y0, x1, y1 = picture.bounds
        place = x0 + 0.06 * (x1 - x0), y0 + 0.06 * (y1 - y0)
        click_on_plane(view, *place)
        sample = flowers.store.sample
        assert isinstance(sample, OwnSample)
        frame = frame_of(PrincipalPlane(), flowers.split)
        assert frame is not None
        expected = frame.points(np.array([place]))[0]
        np.testing.assert_allclose(sample.values, expected, atol=0.05 * np.abs(expected).max())
        assert view.probe_mark.place == pytest.approx(place, abs=0.05 * (x1 - x0))

    def test_arrow_keys_move_the_probe(self, stage: Stage[BoundaryView]) -> None:
        stage.settle()
        stage.store.choose_sample(OwnSample((0.5, 0.5)))
        for key, way in ((Qt.Key.Key_Right, (1, 0)), (Qt.Key.Key_Up, (0, 1)), (Qt.Key.Key_Left, (-1, 0))):
            before = stage.view.probe_place()
            QTest.keyClick(stage.view.plot, key)
            after = stage.view.probe_place()
            assert before is not None
            assert after is not None
            moved = np.subtract(after, before)
            assert np.sign(np.round(moved, 9)).tolist() == list(way)


class TestLines:
    def test_lines_are_those_of_the_answer_and_each_label_stands_on_its_line(self, stage: Stage[BoundaryView]) -> None:
        stage.settle(RunState.PAUSED)
        view = stage.view
        picture = view.picture
        assert picture is not None
        assert picture.contours
        total = sum(len(line.segments) for line in picture.contours)
        assert view.lines._thin.elementCount() + view.lines._wide.elementCount() == 2 * total
        assert view.lines.labels.texts
        for place, text in view.lines.labels.texts:
            value = stage.network.predict(np.array([[place.x(), place.y()]]))[0, 0]
            assert value == pytest.approx(float(text.replace("−", "-")), abs=0.02)

    def test_lines_of_another_output_are_not_drawn_meanwhile(self, flowers: Stage[BoundaryView]) -> None:
        flowers.settle(RunState.PAUSED)
        view = flowers.view
        assert view.lines.labels.texts
        view.aspects.setCurrentText("Output of setosa")
        assert view.lines.labels.texts == []
        flowers.settle(RunState.PAUSED)
        assert isinstance(view.answer, GridPicture)
        assert view.answer.aspect == OutputRef(0)
        assert bool(view.lines.labels.texts) == bool(view.answer.contours)


class TestRefinement:
    def test_a_network_at_rest_is_drawn_more_finely_in_bands(
        self, stage: Stage[BoundaryView], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # As on a slow machine: no time for a second piece.
        monkeypatch.setattr(grid_requests, "_BAND_SECONDS", 0.0)
        stage.frame()
        stage.frame()
        assert not any(isinstance(request, GridBand) for request in stage.view.requests())
        assert drawn(stage.view).shape[:2] == (100, 100)
        stage.frame(RunState.PAUSED)
        assert any(isinstance(request, GridBand) for request in stage.view.requests())
        stage.settle(RunState.PAUSED)
        assert drawn(stage.view).shape[:2] == (RESOLUTION, RESOLUTION)
        picture = stage.view.picture
        assert picture is not None
        grid = Grid(picture.bounds, RESOLUTION)
        whole = grid.answer(stage.network, stage.split)
        assert whole is not None
        np.testing.assert_allclose(picture.values, whole.values, atol=1e-6)
        # So are its lines, put together from those of the bands.
        levels = tuple(line.level for line in picture.contours)
        assert levels
        for line, expected in zip(picture.contours, contours(whole.values[0], picture.bounds, levels), strict=True):
            ends, wanted = (np.sort(found.segments.reshape(-1, 2), axis=0) for found in (line, expected))
            np.testing.assert_allclose(ends, wanted, atol=1e-6)
        # Then there is peace: the same as before, which the worker answers with nothing.
        assert stage.view.requests() == stage.frame(RunState.PAUSED)

    def test_other_weights_make_it_begin_anew(self, stage: Stage[BoundaryView]) -> None:
        stage.settle(RunState.PAUSED)
        stage.train()
        stage.frame(RunState.PAUSED)
        assert drawn(stage.view).shape[:2] == (100, 100)
        picture = stage.view.picture
        assert picture is not None
        x0, y0, _, _ = picture.bounds
        expected = stage.network.predict(np.array([[x0, y0]]))[0, 0]
        assert picture.values[0, 0, 0] == pytest.approx(expected, abs=1e-5)
        stage.settle(RunState.PAUSED)
        assert drawn(stage.view).shape[:2] == (RESOLUTION, RESOLUTION)
        stage.train()
        stage.frame(RunState.RUNNING)
        assert drawn(stage.view).shape[:2] == (100, 100)

    def test_a_zoom_is_refined_too(self, stage: Stage[BoundaryView]) -> None:
        stage.settle(RunState.PAUSED)
        before = stage.view.picture
        stage.view.plot.getViewBox().scaleBy((0.5, 0.5))
        # What is on show stays until the other part is there.
        stage.view.draw(Snapshot(1, RunState.PAUSED, data=stage.split, answers={}))
        assert stage.view.picture is before
        stage.settle(RunState.PAUSED)
        after = stage.view.picture
        assert before is not None
        assert after is not None
        assert after.values.shape[1] == RESOLUTION
        assert after.bounds[2] - after.bounds[0] < 0.6 * (before.bounds[2] - before.bounds[0])


def test_numbers_are_read_and_marked_too(qapp: QApplication) -> None:
    with shown(BoundaryView(Store()), 420, 420) as view:
        stage = Stage(view, document_of(layers.Dense(4), layers.Tanh(), layers.Dense(1), dataset=Hills()))
        stage.settle()
        assert view.aspect == OutputRef(0)
        assert not view.aspects.isVisible()
        stage.store.choose_unit(UnitRef("dense_1", 3))
        stage.settle()
        assert view.aspects.isVisible()
        assert view.note.text() == "Output of dense_1, unit 4."
