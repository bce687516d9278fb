"""3-D surface: heights, what hides what, turning, reading, clicking."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine import layers
from engine.data import Hills
from nnstudio.document.probe import OwnSample, SampleRef, UnitRef
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.grid import Grid
from nnstudio.ui.colours import DARK, LIGHT
from nnstudio.views import SurfaceView
from nnstudio.views.boundary.surface_canvas import SurfaceCanvas
from nnstudio.views.boundary.surface_raster import HEIGHT, Camera, Raster, SurfaceRaster
from nnstudio.views.boundary.surface_view import RESOLUTION
from tests.nnstudio.builders import document_of
from tests.nnstudio.plane_support import Stage, digits, iris, xor
from tests.nnstudio.views_support import hover, shown, themed


@pytest.fixture(autouse=True, scope="module")
def _light(qapp: QApplication) -> Iterator[None]:
    with themed("light"):
        yield


@pytest.fixture
def stage(qapp: QApplication) -> Iterator[Stage[SurfaceView]]:
    with shown(SurfaceView(Store()), 420, 420) as view:
        made = Stage(view, xor())
        made.settle()
        view.grab()
        yield made


def heights_in_box(view: SurfaceView) -> np.ndarray:
    surface = view.canvas._surface
    assert surface is not None
    return surface[0]


class TestHeights:
    def test_heights_are_the_network_s_outputs_between_floor_and_ceiling(self, stage: Stage[SurfaceView]) -> None:
        view = stage.view
        (request,) = view.requests()
        assert isinstance(request, Grid)
        x0, y0, x1, y1 = request.bounds
        x, y = np.meshgrid(np.linspace(x0, x1, RESOLUTION), np.linspace(y0, y1, RESOLUTION))
        outputs = stage.network.predict(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(RESOLUTION, RESOLUTION)
        low, high = view._levels
        assert (low, high) == (0.0, 1.0)
        np.testing.assert_allclose(heights_in_box(view), (outputs - 0.5) * HEIGHT, atol=1e-6)

    def test_samples_stand_at_their_targets_with_a_line_to_the_surface(self, stage: Stage[SurfaceView]) -> None:
        marks = stage.view.canvas.fittings.marks
        train = stage.split.train
        assert stage.view.canvas.fittings.stems
        np.testing.assert_allclose(marks.places[:, 2], (train.y - 0.5) * HEIGHT)
        predicted = stage.network.predict(train.x)[:, 0]
        np.testing.assert_allclose(marks.feet, (predicted - 0.5) * HEIGHT, atol=0.02)
        assert [colour.name() for colour in marks.colours] == [LIGHT.classes[label] for label in train.y]

    def test_a_unit_has_no_targets_and_its_own_name_at_the_axis(self, stage: Stage[SurfaceView]) -> None:
        stage.store.choose_unit(UnitRef("tanh_1", 1))
        stage.settle()
        view = stage.view
        marks = view.canvas.fittings.marks
        np.testing.assert_array_equal(marks.places[:, 2], marks.feet)
        assert view.canvas.fittings.axes[2].name == "tanh_1, unit 2"
        low, high = view._levels
        trace = stage.network.trace(stage.split.train.x).outputs["tanh_1"][:, 1]
        np.testing.assert_allclose((marks.feet / HEIGHT + 0.5) * (high - low) + low, trace, atol=0.1)

    def test_numbers_stand_at_their_targets_coloured_as_in_the_plane(self, qapp: QApplication) -> None:
        with shown(SurfaceView(Store()), 420, 420) as view:
            stage = Stage(view, document_of(layers.Dense(4), layers.Tanh(), layers.Dense(1), dataset=Hills()))
            stage.settle()
            low, high = view._levels
            marks = view.canvas.fittings.marks
            targets = np.concatenate(
                [stage.split.part(sample.part).y[[sample.index], 0] for sample in view._samples]  # type: ignore[union-attr]
            )
            assert low <= targets.min() < targets.max() <= high
            np.testing.assert_allclose((marks.places[:, 2] / HEIGHT + 0.5) * (high - low) + low, targets, atol=1e-5)
            assert view.canvas.fittings.axes[2].ticks

    def test_of_several_classes_the_margin_is_the_height(self, qapp: QApplication) -> None:
        for document in (iris(), digits()):
            with shown(SurfaceView(Store()), 420, 420) as view:
                stage = Stage(view, document)
                stage.settle()
                assert view.picture is not None
                two = np.sort(view.picture.values, axis=0)[-2:]
                low, high = view._levels
                expected = ((two[1] - two[0] - low) / (high - low) - 0.5) * HEIGHT
                np.testing.assert_allclose(heights_in_box(view), expected, atol=1e-6)
                view.aspects.setCurrentIndex(2)
                stage.settle()
                marks = view.canvas.fittings.marks
                assert len(np.unique(marks.places[:, 2].round(6))) == 2
                view.grab()

    @pytest.mark.parametrize("value", [np.nan, np.inf, 3e38, 0.0])
    def test_odd_outputs_are_drawn(self, stage: Stage[SurfaceView], value: float) -> None:
        for array in stage.network.parameters.values():
            array[...] = value
        stage.answers.clear()
        with np.errstate(all="ignore"):
            stage.frame()
        stage.view.grab()
        assert np.isfinite(heights_in_box(stage.view)).all()


def flat(level: float, side: int = 12) -> tuple[np.ndarray, np.ndarray]:
    return np.full((side, side), level), np.full((side, side, 4), 200, np.uint8)


def drawn(heights: np.ndarray, camera: Camera, size: tuple[int, int] = (300, 240)) -> Raster:
    raster = SurfaceRaster(97, 200)
    raster.set_surface(heights, np.full((*heights.shape, 4), 200, np.uint8))
    return raster.draw(camera, *size, 150.0, size[1] / 2)


class TestRaster:
    @pytest.mark.parametrize("camera", [Camera(), Camera(123, 60), Camera(-170, 10), Camera(45, 85)])
    def test_a_pixel_shows_the_nearest_piece_of_the_surface_on_its_line_of_sight(self, camera: Camera) -> None:
        """Against every point of a fine mesh, projected by the camera: the nearest to the eye at that pixel."""
        u = np.linspace(-0.5, 0.5, 40)
        x, y = np.meshgrid(u, u)
        heights = 0.3 * np.sin(5 * x) * np.cos(7 * y)
        raster = drawn(heights, camera)
        fine = np.linspace(-0.5, 0.5, 700)
        across, up = np.meshgrid(fine, fine)
        level = 0.3 * np.sin(5 * across) * np.cos(7 * up)
        points = np.stack([across.ravel(), up.ravel(), level.ravel()], axis=1)
        right, down, away = camera.project(points).T
        columns, rows = np.floor(150 + 150 * right).astype(int), np.floor(120 + 150 * down).astype(int)
        order = np.argsort(-away)
        inside = (columns >= 0) & (columns < 300) & (rows >= 0) & (rows < 240)
        order = order[inside[order]]
        nearest = np.full((300, 240), -1)
        nearest[columns[order], rows[order]] = order
        compared = off = 0
        for column in range(20, 280, 7):
            for row in range(5, 235, 5):
                expected, found = nearest[column, row], raster.place(column, row)
                if expected < 0 or found is None:
                    # The outline may differ by a pixel.
                    off += (expected < 0) != (found is None)
                    compared += 1
                    continue
                away_from = math.hypot(found[0] - 0.5 - points[expected, 0], found[1] - 0.5 - points[expected, 1])
                off += away_from > 0.06
                compared += 1
        assert compared > 1000
        assert off < 0.03 * compared

    def test_a_thing_behind_the_surface_is_hidden_and_one_before_it_is_not(self) -> None:
        camera = Camera(0, 20)
        u = np.linspace(-0.5, 0.5, 40)
        # A wall across the middle.
        heights = np.where(np.abs(u[:, None]) < 0.06, 0.3, -0.3) + np.zeros((40, 40))
        raster = drawn(heights, camera)
        for v, hidden in ((0.2, True), (-0.3, False)):
            right, down, away = camera.project(np.array([[0.0, v, -0.25]]))[0]
            assert raster.hides(round(150 + 150 * right), round(120 + 150 * down), away) is hidden

    def test_the_underside_is_darker(self) -> None:
        camera = Camera(0, 10)
        u = np.linspace(-0.5, 0.5, 40)
        # It falls away from the eye more steeply than one looks down.
        falling = np.broadcast_to(-0.6 * u[:, None], (40, 40))
        rising = -falling
        shades = []
        for heights in (rising, falling):
            raster = SurfaceRaster(97, 96)
            raster.set_surface(heights, np.full((40, 40, 4), 200, np.uint8))
            picture = raster.draw(camera, 300, 240, 150.0, 120.0)
            shades.append(np.median(picture.pixels[picture.pixels > 0] & 255))
        assert shades[1] < shades[0] - 20

    def test_nothing_is_drawn_beside_the_surface(self) -> None:
        raster = drawn(flat(0.0)[0], Camera(0, 88))
        assert raster.place(5, 5) is None
        assert raster.place(150, 120) == pytest.approx((0.5, 0.5), abs=0.02)
        assert raster.place(-1, 0) is None
        assert not raster.hides(5, 5, 10.0)

    def test_the_camera_stays_above_the_floor(self) -> None:
        assert Camera().turned(0, 500).elevation < 90
        assert Camera().turned(0, -500).elevation > 0
        assert Camera(170).turned(20, 0).azimuth == pytest.approx(-170)
        assert Camera().zoomed(100).zoom == 4
        assert Camera().zoomed(0.01).zoom == 0.5


class TestTurning:
    def drag(self, canvas: SurfaceCanvas, start: QPoint, end: QPoint) -> None:
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
        for step in range(1, 6):
            place = start + (end - start) * step / 5
            hover_with_button(canvas, place)
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)

    def test_dragging_turns_it_and_chooses_nothing(self, stage: Stage[SurfaceView]) -> None:
        canvas = stage.view.canvas
        before = canvas.camera
        picture = canvas.grab().toImage()
        self.drag(canvas, QPoint(200, 200), QPoint(240, 220))
        assert canvas.camera.azimuth == pytest.approx(before.azimuth - 20)
        assert canvas.camera.elevation == pytest.approx(before.elevation + 10)
        assert stage.store.sample is None
        assert canvas.grab().toImage() != picture
        QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(5, 5))
        assert canvas.camera == before

    def test_keys_turn_zoom_and_reset(self, stage: Stage[SurfaceView]) -> None:
        canvas = stage.view.canvas
        first = canvas.camera
        QTest.keyClick(canvas, Qt.Key.Key_Left)
        QTest.keyClick(canvas, Qt.Key.Key_Up)
        assert canvas.camera.azimuth == pytest.approx(first.azimuth - 5)
        assert canvas.camera.elevation == pytest.approx(first.elevation + 5)
        QTest.keyClick(canvas, Qt.Key.Key_Plus)
        assert canvas.camera.zoom > 1
        QTest.keyClick(canvas, Qt.Key.Key_Home)
        assert canvas.camera == first

    def test_the_wheel_zooms(self, stage: Stage[SurfaceView]) -> None:
        canvas, none = stage.view.canvas, Qt.MouseButton.NoButton
        at = QPointF(100, 100)
        for turn, larger in ((120, True), (-240, False)):
            event = QWheelEvent(
                at,
                canvas.mapToGlobal(at),
                QPoint(),
                QPoint(0, turn),
                none,
                Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            QApplication.sendEvent(canvas, event)
            assert (canvas.camera.zoom > 1) is larger

    def test_at_rest_it_is_drawn_more_finely(self, stage: Stage[SurfaceView]) -> None:
        canvas = stage.view.canvas
        canvas.resize(500, 400)
        stage.frame(RunState.RUNNING)
        canvas.grab()
        assert canvas._raster is not None
        coarse = canvas._raster.side
        stage.view.draw(Snapshot(1, RunState.PAUSED, data=stage.split, answers=stage.answers))
        canvas.grab()
        assert canvas._raster.side > coarse


def hover_with_button(canvas: SurfaceCanvas, place: QPoint) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    at = QPointF(place)
    left = Qt.MouseButton.LeftButton
    move = QMouseEvent(
        QEvent.Type.MouseMove, at, canvas.mapToGlobal(at), Qt.MouseButton.NoButton, left, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(canvas, move)


class TestReading:
    def test_place_and_output_are_read_under_the_mouse(self, stage: Stage[SurfaceView]) -> None:
        view = stage.view
        x, y = 0.3, 0.2
        (request,) = view.requests()
        assert isinstance(request, Grid)
        x0, y0, x1, y1 = request.bounds
        output = stage.network.predict(np.array([[x, y]]))[0, 0]
        corner = ((x - x0) / (x1 - x0) - 0.5, (y - y0) / (y1 - y0) - 0.5, (output - 0.5) * HEIGHT)
        spot, _ = view.canvas.sight.to_screen(corner)
        hover(view.canvas, spot.toPoint())
        assert view.inspection is not None
        place, _, said = view.inspection.readout.text().splitlines()
        found = [float(part.split()[1].replace("−", "-")) for part in place.split(", ")]
        assert found == pytest.approx([x, y], abs=0.04)
        assert float(said.rpartition(" ")[2]) == pytest.approx(output, abs=0.03)

    def test_a_mark_tells_its_sample(self, stage: Stage[SurfaceView]) -> None:
        view = stage.view
        spot, _ = view.canvas.sight.to_screen(tuple(view.canvas.fittings.marks.places[2].tolist()))
        text = view.reading(spot)
        assert text.startswith(f"Training sample 3: class {stage.split.train.y[2]}")
        assert view.reading(QPointF(1, 1)) == ""

    def test_the_numbers_are_taken_along(self, stage: Stage[SurfaceView]) -> None:
        table = stage.view.table()
        assert table is not None
        assert table.header == ("x₁", "x₂", "output")
        assert len(list(table.rows())) == RESOLUTION**2


class TestProbe:
    def test_a_click_on_the_surface_makes_it_the_probe(self, stage: Stage[SurfaceView]) -> None:
        view = stage.view
        corner = (-0.1, -0.2, float(heights_in_box(view)[12, 16]))
        spot, _ = view.canvas.sight.to_screen(corner)
        QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot.toPoint())
        sample = stage.store.sample
        assert isinstance(sample, OwnSample)
        (request,) = view.requests()
        assert isinstance(request, Grid)
        x0, y0, x1, y1 = request.bounds
        assert sample.values == pytest.approx((x0 + 0.4 * (x1 - x0), y0 + 0.3 * (y1 - y0)), abs=0.08)
        probe = view.canvas.fittings.probe
        assert probe is not None
        expected = stage.network.predict(np.array([sample.values]))[0, 0]
        assert probe[2] == pytest.approx((expected - 0.5) * HEIGHT, abs=0.02)
        assert view.canvas.accessibleDescription().startswith("Probe: Own values (")

    def test_a_click_on_a_mark_chooses_the_sample(self, stage: Stage[SurfaceView]) -> None:
        view = stage.view
        spot, _ = view.canvas.sight.to_screen(tuple(view.canvas.fittings.marks.places[1].tolist()))
        QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot.toPoint())
        assert stage.store.sample == SampleRef("train", 1)

    def test_a_double_click_chooses_nothing(self, stage: Stage[SurfaceView]) -> None:
        canvas = stage.view.canvas
        left, none, middle = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, canvas.rect().center()
        QTest.mouseClick(canvas, left, none, middle)
        assert stage.store.sample is not None
        QTest.mouseDClick(canvas, left, none, middle)
        assert stage.store.sample is None

    def test_beside_the_surface_a_click_chooses_nothing(self, stage: Stage[SurfaceView]) -> None:
        QTest.mouseClick(stage.view.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(4, 4))
        assert stage.store.sample is None


def test_it_follows_the_theme(stage: Stage[SurfaceView]) -> None:
    def ground() -> str:
        return QColor(stage.view.canvas.grab().toImage().pixel(3, 3)).name()

    assert ground() == LIGHT.canvas
    with themed("dark"):
        assert ground() == DARK.canvas


def test_before_there_is_a_network_it_says_so(qapp: QApplication) -> None:
    with shown(SurfaceView(Store()), 420, 420) as view:
        assert "ready to train" in view.pages.hint
        view.draw(Snapshot(1, RunState.EMPTY, message="The file is gone."))
        assert view.pages.hint == "The file is gone."
        assert view.requests() == frozenset()
