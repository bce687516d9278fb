"""Loss landscape view: contours and surface, what is read, zoomed, chosen; empty, refused, divergent."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnstudio.shell.main_window import MainWindow
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.moments import showing
from nnstudio.training.requests.base import Refusal
from nnstudio.training.requests.landscape import LandscapePart, LandscapePlace, LandscapePlane
from nnstudio.training.run import TrainingRun
from nnstudio.ui.inspection import Inspection
from nnstudio.views import LandscapeView
from nnstudio.views.boundary.surface_raster import HEIGHT
from nnstudio.views.landscape.plot import hole_pattern
from nnstudio.views.landscape.progress import LandscapePicture
from nnstudio.views.landscape.relief import lifted
from nnstudio.views.landscape.scale import LossScale
from tests.nnstudio.plane_support import xor
from tests.nnstudio.views_support import hover, shown, themed
from tests.nnstudio.worker_support import run_of


@pytest.fixture(autouse=True, scope="module")
def _light(qapp: QApplication) -> Iterator[None]:
    with themed("light"):
        yield


@pytest.fixture(scope="module")
def run() -> TrainingRun:
    made = run_of(xor())
    for _ in range(40):
        made.step_once()
    return made


class Stage:
    """A view on show and the worker's part."""

    def __init__(self, view: LandscapeView, run: TrainingRun) -> None:
        self.view, self.run = view, run
        view.store.open(run.document)

    def frame(self) -> bool:
        """One frame; False once nothing new is asked for."""
        asked = self.view.requests()
        answers = {
            each: each.answer_with_moments(self.run.network, self.run.split, self.run.moments.log)
            if each.uses_moments
            else each.answer(self.run.network, self.run.split)
            for each in asked
        }
        snapshot = Snapshot(1, RunState.PAUSED, step=self.run.step, data=self.run.split, answers=answers)
        self.view.announce(snapshot)
        self.view.draw_in_time(snapshot)
        return self.view.requests() != asked

    def settle(self) -> LandscapePicture:
        while self.frame():
            pass
        picture = self.view.picture
        assert picture is not None
        return picture

    def show(self, picture: LandscapePicture) -> None:
        """Draw other losses."""
        self.view.answer = self.view.progress.picture = picture
        self.view.progress.version += 1
        self.view.redraw()


@pytest.fixture
def stage(qapp: QApplication, run: TrainingRun) -> Iterator[Stage]:
    with shown(LandscapeView(Store()), 480, 400) as view:
        yield Stage(view, run)


def in_sight_at(view: LandscapeView, x: float, y: float) -> QPoint:
    place: QPoint = view.plot.mapFromScene(view.plot.getViewBox().mapViewToScene(QPointF(x, y)))
    return place


class TestScale:
    def test_a_log_scale_runs_from_the_lowest_to_the_highest_loss(self) -> None:
        losses = np.array([[0.01, 1.0], [100.0, math.inf]])
        scale = LossScale.of(losses, log=True)
        assert (scale.low, scale.high, scale.middle, scale.reach) == (-2, 2, 0, 2)
        np.testing.assert_allclose(scale.values(losses)[0], [-2, 0])
        assert math.isnan(scale.values(losses)[1, 1])

    def test_losses_of_zero_are_drawn_as_the_lowest(self) -> None:
        losses = np.array([[0.0, 0.1], [1.0, 10.0]])
        scale = LossScale.of(losses, log=True)
        assert scale.low == pytest.approx(-1)
        assert scale.values(losses)[0, 0] == pytest.approx(-1)

    @pytest.mark.parametrize("log", [True, False])
    @pytest.mark.parametrize("value", [0.0, 3.0, math.nan, math.inf, 1e-30])
    def test_a_flat_or_empty_landscape_has_a_scale_all_the_same(self, value: float, log: bool) -> None:
        losses = np.full((9, 9), value)
        scale = LossScale.of(losses, log=log)
        assert scale.high > scale.low
        assert scale.contours(losses, (-1.0, -1.0, 1.0, 1.0)) == ()
        assert np.isfinite(lifted(losses, scale)).all()

    def test_contours_are_named_by_their_losses(self) -> None:
        x = np.linspace(-2, 2, 33)
        losses = 10.0 ** np.broadcast_to(x, (33, 33))
        lines = LossScale.of(losses, log=True).contours(losses, (-2.0, 0.0, 2.0, 1.0))
        assert {0.1, 1.0, 10.0} <= {line.level for line in lines}
        for line in lines:
            np.testing.assert_allclose(line.segments[..., 0], math.log10(line.level), atol=1e-9)


class TestContours:
    def test_the_picture_has_the_losses_in_their_places(self, stage: Stage) -> None:
        view, picture = stage.view, stage.settle()
        assert picture.bounds == (-1.0, -1.0, 1.0, 1.0)
        assert picture.losses.shape == (65, 65)
        x, y = stage.run.split.train.x, stage.run.split.train.y
        assert picture.losses[32, 32] == stage.run.network.trace(x, y, stage.run.document.training.loss).loss
        box = view.plot.image.mapRectToParent(view.plot.image.boundingRect())
        assert (box.center().x(), box.center().y()) == pytest.approx((0, 0), abs=1e-9)
        low, high = view.bar.limits
        assert (low, high) == pytest.approx((picture.losses.min(), picture.losses.max()))
        assert view.plot.lines.labels.texts

    def test_it_says_over_what_and_how_finely(self, stage: Stage) -> None:
        stage.settle()
        assert stage.view.info.text() == "Around step 40 · loss of all 4 training samples · 65 × 65 points"
        assert stage.view.plot.accessibleDescription() == stage.view.info.text()

    def test_on_the_way_it_says_how_much_is_done(self, stage: Stage) -> None:
        while stage.view.picture is None:
            stage.frame()
        assert " of 65 × 65" in stage.view.info.text()

    def test_the_path_ends_at_the_run_s_place(self, stage: Stage) -> None:
        stage.settle()
        x, y = stage.view.plot.path.getData()
        assert (x[-1], y[-1]) == stage.view.plot.spot.place
        np.testing.assert_allclose((x[-1], y[-1]), 0, atol=1e-5)
        assert len(x) == len(stage.run.moments.summary.steps)

    def test_in_the_past_the_way_ends_there_and_the_rest_is_ahead(self, stage: Stage) -> None:
        stage.settle()
        then = stage.run.moments.log.moments[15]
        with showing(stage.run.network, then.vector):
            answers = {
                each: each.answer_with_moments(stage.run.network, stage.run.split, stage.run.moments.log)
                for each in stage.view.requests()
            }
        now = Snapshot(1, RunState.PAUSED, step=stage.run.step, data=stage.run.split, moment=then, answers=answers)
        stage.view.draw_in_time(now)
        path = stage.view.progress.path
        x, y = stage.view.plot.path.getData()
        np.testing.assert_allclose(np.stack([x, y], axis=1), path.places[:16], atol=1e-5)
        x, y = stage.view.plot.ahead.getData()
        np.testing.assert_allclose(np.stack([x, y], axis=1), path.places[15:], atol=1e-5)
        stage.settle()
        assert stage.view.plot.ahead.getData()[0] is None

    def test_places_without_a_finite_loss_are_striped_and_told(self, stage: Stage) -> None:
        picture = stage.settle()
        losses = picture.losses.copy()
        losses[:20, :20], losses[50:, 50:] = math.inf, math.nan
        stage.show(replace(picture, losses=losses))
        pattern = stage.view.plot.holes.image
        assert pattern is not None
        assert pattern[:80, :80, 3].all()
        assert not pattern[100:180, 100:180, 3].any()
        assert len(np.unique(pattern[:80, :80].reshape(-1, 4), axis=0)) == 2
        place = in_sight_at(stage.view, -0.9, -0.9)
        assert stage.view.reading(QPointF(place)).endswith("the loss is infinite here")
        assert stage.view.reading(QPointF(in_sight_at(stage.view, 0.9, 0.9))).endswith("not defined here")

    def test_a_pattern_covers_its_points_alone(self) -> None:
        pattern = hole_pattern(np.array([[True, False], [False, False]]))
        assert pattern.shape == (8, 8, 4)
        assert pattern[:4, :4, 3].all()
        assert not pattern[4:].any()

    def test_drawing_takes_a_moment(self, stage: Stage) -> None:
        picture, taken = stage.settle(), []
        for _ in range(5):
            begin = time.process_time()
            stage.show(replace(picture))
            taken.append(time.process_time() - begin)
        assert min(taken) < 0.015


class TestReading:
    def test_the_mouse_reads_coordinates_and_loss(self, stage: Stage) -> None:
        picture = stage.settle()
        text = stage.view.reading(QPointF(in_sight_at(stage.view, 0.5, -0.5)))
        place, loss = text.splitlines()
        assert place == "0.5, −0.5"
        assert loss == f"loss {picture.losses[16, 48]:.4g}"

    def test_moments_and_the_run_itself_are_told(self, stage: Stage) -> None:
        stage.settle()
        spot, path = stage.view.progress.spot, stage.view.progress.path
        assert spot is not None
        first = stage.view.reading(QPointF(in_sight_at(stage.view, *path.places[0].tolist())))
        assert first.startswith("step 0, ")
        assert " off the plane" in first
        assert stage.view.reading(QPointF(in_sight_at(stage.view, *spot.place))).startswith("the run: loss ")

    def test_the_table_has_all_points(self, stage: Stage) -> None:
        picture, table = stage.settle(), stage.view.table()
        assert table is not None
        lines = table.text(",").splitlines()
        assert lines[0] == "random direction 1,random direction 2,loss"
        assert len(lines) == 1 + 65 * 65
        assert lines[1] == f"-1.0,-1.0,{picture.losses[0, 0]}"


class TestSurface:
    def test_heights_follow_the_scale_and_divergent_places_are_at_the_ceiling(self) -> None:
        losses = np.array([[0.01, 1.0], [100.0, math.nan]])
        heights = lifted(losses, LossScale.of(losses, log=True))
        np.testing.assert_allclose(heights, [[-HEIGHT / 2, 0], [HEIGHT / 2, HEIGHT / 2]], atol=1e-9)

    def test_it_is_drawn_read_and_turned(self, stage: Stage, qtbot: QtBot) -> None:
        picture, view = stage.settle(), stage.view
        view.controls.kind.setCurrentIndex(1)
        view.controls.kind.activated.emit(1)
        view.grab()
        assert view.surface.isVisible()
        assert not view.plot.isVisible()
        middle = view.surface.rect().center()
        assert view.reading(QPointF(middle)).splitlines()[-1].startswith("loss ")
        fittings = view.surface.fittings
        assert [axis.name for axis in fittings.axes] == ["direction 1", "direction 2", "loss"]
        assert len(fittings.path) > 10
        np.testing.assert_allclose(fittings.path[-1], fittings.probe, atol=1e-6)
        # The path lies on the surface: at the middle, it is as high as the loss there.
        scale = LossScale.of(picture.losses, log=True)
        assert fittings.path[-1][2] == pytest.approx(lifted(picture.losses, scale)[32, 32], abs=1e-3)
        hover(view.surface, middle)
        assert isinstance(view.inspection, Inspection)
        assert view.inspection.readout.isVisible()
        image = view.inspection.picture()
        assert image.height() > view.surface.height()

    def test_a_new_place_moves_the_mark_and_not_the_surface(self, stage: Stage) -> None:
        stage.settle()
        view = stage.view
        view.controls.kind.setCurrentIndex(1)
        view.controls.kind.activated.emit(1)
        view.grab()
        surface, spot = view.surface._surface, view.progress.spot
        assert spot is not None
        view.progress.spot = replace(spot, place=(0.4, 0.4))
        view.progress.version += 1
        view.redraw()
        assert view.surface._surface is surface
        assert view.surface.fittings.probe is not None
        assert view.surface.fittings.probe[:2] == pytest.approx((0.2, 0.2))


class TestChoosing:
    def test_other_directions_another_seed_and_a_new_plane_ask_anew(self, stage: Stage) -> None:
        stage.settle()
        view, wanted = stage.view, []
        view.requests_changed.connect(lambda: wanted.append(view.requests()))
        view.controls.dice.click()
        view.controls.here.click()
        view.controls.directions_box.setCurrentIndex(1)
        view.controls.directions_box.activated.emit(1)
        loss = stage.run.document.training.loss
        assert wanted == [
            {LandscapePlane(loss, "random", 1, 0)},
            {LandscapePlane(loss, "random", 1, 1)},
            {LandscapePlane(loss, "path", 0, 1)},
        ]
        assert view.pages.hint.startswith("Computing")
        assert not view.controls.dice.isVisible()
        picture = stage.settle()
        assert picture.ground.plane.shares is not None
        assert view.plot.getAxis("bottom").labelText.startswith("PC 1 (")
        # All of the path is in the picture.
        x0, y0, x1, y1 = picture.bounds
        places = view.progress.path.places
        assert ((places > (x0, y0)) & (places < (x1, y1))).all()

    def test_another_extent_is_computed_over_the_same_plane(self, stage: Stage) -> None:
        before, view = stage.settle(), stage.view
        view.controls.extent_box.setCurrentText("2 ×")
        view.controls.extent_box.activated.emit(view.controls.extent_box.currentIndex())
        (part,) = [each for each in view.requests() if isinstance(each, LandscapePart)]
        assert part.bounds == (-2.0, -2.0, 2.0, 2.0)
        assert view.picture is before
        after = stage.settle()
        assert after.ground is before.ground
        assert after.losses[32, 32] == before.losses[32, 32]
        np.testing.assert_allclose(after.losses[24, 24], before.losses[16, 16])

    def test_a_zoom_with_the_mouse_computes_what_is_seen(self, stage: Stage, qtbot: QtBot) -> None:
        stage.settle()
        view = stage.view
        view.plot.getViewBox().setRange(xRange=(0, 0.5), yRange=(-0.25, 0.25), padding=0)
        view.plot.getViewBox().sigRangeChangedManually.emit([True, True])
        qtbot.waitUntil(lambda: any(isinstance(each, LandscapePart) for each in view.requests()))
        stage.settle()
        assert view.picture is not None
        assert view.picture.bounds == pytest.approx((0, -0.25, 0.5, 0.25))

    def test_a_linear_scale_is_a_choice(self, stage: Stage) -> None:
        picture = stage.settle()
        stage.view.controls.log.setChecked(False)
        middle = (picture.losses.min() + picture.losses.max()) / 2
        assert stage.view.bar._value(0) == pytest.approx(middle)

    def test_another_loss_makes_another_landscape(self, stage: Stage) -> None:
        stage.settle()
        training = stage.run.document.training
        other = training.with_changes(loss={"type": "mse"})
        stage.view.store.edit("Loss", stage.run.document.with_changes(training=other))
        (request,) = stage.view.requests()
        assert isinstance(request, LandscapePlane)
        assert request.loss == other.loss


class TestEmpty:
    def test_without_a_network_it_says_what_is_missing(self, qapp: QApplication) -> None:
        with shown(LandscapeView(Store())) as view:
            assert view.pages.hint == view.waiting
            view.draw(Snapshot(1, RunState.EMPTY, message="The network has a problem. Fix it."))
            assert view.pages.hint == "The network has a problem."
            assert not view.controls.isVisible()
            assert view.table() is None
            assert view.reading(QPointF(50, 50)) == ""

    def test_a_path_too_short_is_told(self, stage: Stage) -> None:
        view = stage.view
        view.controls.directions_box.setCurrentIndex(1)
        view.controls.directions_box.activated.emit(1)
        (request,) = view.requests()
        sentence = "The path of this run is still too short for a plane; train a few more steps."
        view.draw(Snapshot(1, RunState.READY, answers={request: Refusal(sentence)}))
        assert view.pages.hint == sentence
        # The way back to other directions stays in sight.
        assert view.controls.isVisible()
        stage.settle()
        assert view.pages.hint == ""

    def test_another_project_takes_the_picture_away(self, stage: Stage) -> None:
        stage.settle()
        stage.view.store.open(xor())
        assert stage.view.picture is None
        assert stage.view.pages.hint == stage.view.waiting


def test_in_the_window_it_refines_while_training_runs_and_stops_when_hidden(window: MainWindow, qtbot: QtBot) -> None:
    document = xor()
    window.store.open(document.with_changes(training=document.training.with_changes(epochs=1_000_000)))
    window.pages.show_project()
    view, dock = window.views["landscapeView"], window.docks.all["landscapeView"]
    assert isinstance(view, LandscapeView)
    assert dock.isHidden()
    dock.toggleViewAction().trigger()
    window.session.finish()
    qtbot.waitUntil(lambda: view.picture is not None and len(view.picture.losses) >= 17, timeout=20_000)
    assert window.session.snapshot.state is RunState.RUNNING
    # While training runs, a view asks when it is about to be drawn.
    qtbot.waitUntil(lambda: any(isinstance(each, LandscapePlace) for each in window.session.requests()))
    dock.close()
    assert not any(isinstance(each, LandscapePlace | LandscapePart) for each in window.session.requests())
    window.session.pause()
