"""Loss landscape in the worker: plane, grid in parts, the run's place; and training untouched by it."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from engine import Network, layers
from engine.data import Digits
from engine.landscape import Landscape
from engine.losses import BinaryCrossEntropy, CategoricalCrossEntropy
from nnstudio.training.answering import Answering
from nnstudio.training.commands import Pause, Play, Quit, SetDocument
from nnstudio.training.contours import log_levels
from nnstudio.training.landscape_grid import SIDES, new_points, refined
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.moments import Moment, MomentLog
from nnstudio.training.requests.base import Refusal
from nnstudio.training.requests.landscape import (
    MOST_PARAMETERS,
    LandscapeGround,
    LandscapePart,
    LandscapePlace,
    LandscapePlane,
    LandscapeSpot,
    LandscapeValues,
)
from nnstudio.training.run import TrainingRun
from nnstudio.views.landscape.progress import LandscapeProgress
from tests.nnstudio.builders import document_of
from tests.nnstudio.plane_support import xor
from tests.nnstudio.worker_support import Line, run_of

SQUARE = (-1.0, -1.0, 1.0, 1.0)
PLANE = LandscapePlane(BinaryCrossEntropy())


@pytest.fixture(scope="module")
def run() -> TrainingRun:
    """A short run whose loss is binary cross-entropy, with its moments."""
    made = run_of(xor())
    for _ in range(60):
        made.step_once()
    return made


@pytest.fixture(scope="module")
def ground(run: TrainingRun) -> LandscapeGround:
    return ground_of(run, PLANE)


def ground_of(run: TrainingRun, plane: LandscapePlane) -> LandscapeGround:
    found = plane.answer_with_moments(run.network, run.split, run.moments.log)
    assert isinstance(found, LandscapeGround)
    return found


def whole(part: LandscapePart, run: TrainingRun) -> np.ndarray:
    """All losses at the new points of a grid, part by part."""
    found: list[np.ndarray] = []
    done = 0
    while done < len(new_points(part.bounds, part.side)):
        answer = replace(part, first=done).answer(run.network, run.split)
        assert (answer.side, answer.first) == (part.side, done)
        assert len(answer.losses)
        found.append(answer.losses)
        done += len(answer.losses)
    return np.concatenate(found)


class TestGrid:
    def test_grids_are_nested_and_no_point_is_computed_twice(self) -> None:
        seen: set[tuple[float, float]] = set()
        for side in SIDES:
            points = {(round(x, 9), round(y, 9)) for x, y in new_points((-1.0, 0.0, 3.0, 2.0), side).tolist()}
            assert not points & seen
            seen |= points
            assert len(seen) == side**2

    def test_a_grid_is_put_together_row_by_row(self) -> None:
        bounds, grid = (0.0, 0.0, 8.0, 16.0), None
        for side in SIDES:
            points = new_points(bounds, side)
            grid = refined(grid, side, points[:, 0] + 100 * points[:, 1])
        assert grid is not None
        x, y = np.linspace(0, 8, 65), np.linspace(0, 16, 65)
        np.testing.assert_allclose(grid, x[None, :] + 100 * y[:, None])

    @pytest.mark.parametrize(
        ("low", "high", "levels"),
        [
            (0.09, 2.1, (0.1, 0.2, 0.5, 1.0, 2.0)),
            (1e-9, 1.0, (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)),
            (1.0, 1.0, ()),
            (0.0, 1.0, ()),
            (1.0, float("inf"), ()),
        ],
    )
    def test_log_levels_are_round(self, low: float, high: float, levels: tuple[float, ...]) -> None:
        assert log_levels(low, high) == levels

    def test_less_than_a_decade_has_levels_in_equal_steps(self) -> None:
        assert log_levels(0.5, 1.2, about=4) == (0.6, 0.8, 1.0)


class TestRequests:
    def test_the_middle_is_the_run_s_own_loss_and_all_points_are_those_of_the_plane(
        self, run: TrainingRun, ground: LandscapeGround
    ) -> None:
        losses = refined(None, SIDES[0], whole(LandscapePart(ground, SQUARE, SIDES[0]), run))
        x, y = run.split.train.x, run.split.train.y
        assert losses[4, 4] == run.network.trace(x, y, BinaryCrossEntropy()).loss
        twin = Network.graph(run.network.structure, input_shape=(2,), seed=0)
        twin.parameter_vector[...] = ground.plane.at(0.5, -0.25)
        assert losses[3, 6] == twin.trace(x, y, BinaryCrossEntropy()).loss
        assert (ground.samples, ground.total) == (len(x), len(x))

    def test_a_grid_in_parts_is_the_grid_at_once(self, run: TrainingRun, ground: LandscapeGround) -> None:
        points = new_points(SQUARE, 17)
        at_once = ground.landscape.losses_at(ground.plane, points)
        np.testing.assert_array_equal(whole(LandscapePart(ground, SQUARE, 17), run), at_once)

    def test_samples_are_bounded_by_the_work_and_evenly_chosen(self) -> None:
        convolution = layers.Conv2D(filters=8, kernel_size=5)
        stack = (convolution, layers.ReLU(), layers.Flatten(), layers.Dense(10), layers.Softmax())
        document = document_of(*stack, dataset=Digits())
        made = run_of(document)
        found = ground_of(made, LandscapePlane(CategoricalCrossEntropy()))
        assert 64 <= found.samples < found.total

    def test_the_path_is_that_of_the_moments(self, run: TrainingRun) -> None:
        found = ground_of(run, replace(PLANE, directions="path"))
        assert found.path.steps.tolist() == run.moments.summary.steps.tolist()
        assert found.plane.shares is not None
        assert 0.5 < sum(found.plane.shares) <= 1 + 1e-9
        np.testing.assert_allclose(found.path.places[-1], 0, atol=1e-5)
        # What the two components leave over is what lies off the plane.
        assert found.path.distances.max() < np.linalg.norm(found.path.places[0])

    def test_the_place_follows_the_run_and_brings_new_moments_only(self, run: TrainingRun) -> None:
        found = ground_of(run, replace(PLANE, directions="path"))
        known = int(found.path.steps[-4])
        moved = run.moments.log.moments[10]
        twin = Network.graph(run.network.structure, input_shape=(2,), seed=0)
        twin.state_vector[...] = moved.vector
        spot = LandscapePlace(found, known).answer_with_moments(twin, run.split, run.moments.log)
        assert isinstance(spot, LandscapeSpot)
        np.testing.assert_allclose(spot.place, found.path.places[10], atol=1e-6)
        assert spot.loss == twin.trace(run.split.train.x, run.split.train.y, BinaryCrossEntropy()).loss
        assert spot.path.steps.tolist() == found.path.steps[-3:].tolist()

    def test_many_moments_are_thinned(self, run: TrainingRun) -> None:
        (first, *_) = run.moments.log.moments
        many = MomentLog(None, tuple(replace(first, step=step) for step in range(1500)))
        found = PLANE.answer_with_moments(run.network, run.split, many)
        assert isinstance(found, LandscapeGround)
        assert len(found.path.steps) == 400
        assert (found.path.steps[0], found.path.steps[-1]) == (0, 1499)

    def test_networks_too_large_or_without_parameters_are_refused_in_a_sentence(self, run: TrainingRun) -> None:
        class Large:
            parameter_count = MOST_PARAMETERS + 1

        found = PLANE.answer(Large(), run.split)  # type: ignore[arg-type]
        assert isinstance(found, Refusal)
        assert "16,777,217 parameters" in found.sentence
        empty = PLANE.answer(Network([layers.Tanh()], (2,), seed=0), run.split)
        assert isinstance(empty, Refusal)
        assert "no parameters" in empty.sentence

    def test_parameters_that_exploded_have_no_landscape_and_no_place(
        self, run: TrainingRun, ground: LandscapeGround
    ) -> None:
        twin = Network.graph(run.network.structure, input_shape=(2,), seed=0)
        twin.state_vector[0] = np.nan
        found = PLANE.answer(twin, run.split)
        assert isinstance(found, Refusal)
        assert found.sentence.startswith("The parameters are not finite.")
        assert LandscapePlace(ground).answer(twin, run.split) is None
        exploded = Moment(10_000, 1, 1.0, twin.state_vector, run.document.training)
        log = MomentLog(None, (*run.moments.log.moments, exploded))
        for directions in ("random", "path"):
            found = replace(PLANE, directions=directions).answer_with_moments(run.network, run.split, log)
            assert isinstance(found, LandscapeGround)
            assert found.path.steps[-1] == run.step

    def test_far_out_the_loss_is_infinite_or_undefined_and_never_an_error(
        self, run: TrainingRun, ground: LandscapeGround
    ) -> None:
        losses = LandscapePart(ground, (-3e38, -3e38, 3e38, 3e38), 9).answer(run.network, run.split).losses
        assert not np.isfinite(losses[0])


class TestPace:
    def test_parts_of_one_grid_keep_to_one_share_of_the_time(self, run: TrainingRun, ground: LandscapeGround) -> None:
        """Each part is another request: without their series, each would be computed at once."""
        answering, part, taken = Answering(), LandscapePart(ground, SQUARE, 33), 0
        assert part == replace(part, seconds=9.0), "the patience is no part of the question"
        begin = time.perf_counter()
        for step in range(10):
            found = answering.answer([part], step, run.network, run.split, {}, running=True).get(part)
            if isinstance(found, LandscapeValues):
                part, taken = replace(part, first=part.first + len(found.losses)), taken + 1
        passed = time.perf_counter() - begin
        assert 1 <= taken <= 2 + passed * part.share / 0.012


class TestProgress:
    def frame(self, ground: LandscapeGround) -> tuple[float, float, float, float]:
        return SQUARE

    def follow(self, progress: LandscapeProgress, run: TrainingRun, frames: int = 10_000) -> None:
        for _ in range(frames):
            asked = progress.requests()
            answers = {
                each: each.answer_with_moments(run.network, run.split, run.moments.log)
                if each.uses_moments
                else each.answer(run.network, run.split)
                for each in asked
            }
            progress.follow(Snapshot(1, RunState.PAUSED, step=run.step, answers=answers))
            if progress.requests() == asked:
                return

    def test_it_refines_to_the_end_and_then_asks_for_the_place_alone(self, run: TrainingRun) -> None:
        progress = LandscapeProgress(self.frame)
        progress.want(PLANE)
        sides = []
        for _ in range(1000):
            self.follow(progress, run, 1)
            if progress.picture is not None and len(progress.picture.losses) not in sides:
                sides.append(len(progress.picture.losses))
            if progress.share == 1:
                break
        assert sides == list(SIDES)
        assert [type(each) for each in progress.requests()] == [LandscapePlace]
        picture = progress.picture
        assert picture is not None
        assert picture.losses[32, 32] == picture.losses[picture.nearest(0, 0) or (0, 0)]
        np.testing.assert_allclose(picture.place(32, 48), (0.5, 0))
        assert picture.nearest(1.2, 0) is None

    def test_another_plane_and_another_part_give_up_what_was_begun(self, run: TrainingRun) -> None:
        progress = LandscapeProgress(self.frame)
        progress.want(PLANE)
        self.follow(progress, run, 3)
        before = progress.picture
        progress.look((0.0, 0.0, 2.0, 2.0))
        (part,) = [each for each in progress.requests() if isinstance(each, LandscapePart)]
        assert (part.side, part.first, part.bounds) == (9, 0, (0.0, 0.0, 2.0, 2.0))
        assert progress.picture is before
        progress.want(replace(PLANE, seed=1))
        assert (progress.ground, progress.picture) == (None, None)
        assert progress.requests() == {replace(PLANE, seed=1)}

    def test_another_network_takes_the_landscape_along(self, run: TrainingRun) -> None:
        progress = LandscapeProgress(self.frame)
        progress.want(PLANE)
        self.follow(progress, run, 3)
        assert progress.ground is not None
        progress.follow(Snapshot(2, RunState.READY))
        assert progress.ground is None

    def test_a_refusal_is_told_until_there_is_a_plane(self, run: TrainingRun) -> None:
        progress, plane = LandscapeProgress(self.frame), replace(PLANE, directions="path")
        progress.want(plane)
        progress.follow(Snapshot(1, RunState.READY, answers={plane: Refusal("Train a little.")}))
        assert progress.refusal == "Train a little."
        self.follow(progress, run, 1)
        assert progress.refusal == ""
        assert progress.ground is not None

    def test_a_run_taken_back_goes_another_way_from_there(self, run: TrainingRun) -> None:
        progress = LandscapeProgress(self.frame)
        progress.want(PLANE)
        self.follow(progress, run)
        ground = progress.ground
        assert ground is not None
        assert progress.path.steps[-1] > 20
        (request,) = progress.requests()
        spot = LandscapePlace(ground).answer_with_moments(run.network, run.split, run.moments.log.until(20))
        progress.follow(Snapshot(1, RunState.PAUSED, step=20, answers={request: spot}))
        assert progress.path.steps[-1] == 20


class TestTraining:
    def test_it_trains_to_the_same_bits_with_and_without_a_landscape(self) -> None:
        ends = []
        for watched in (False, True):
            line = Line()
            document = xor()
            document = document.with_changes(training=document.training.with_changes(epochs=400))
            line.worker.post(SetDocument(document))
            progress = LandscapeProgress(lambda ground: SQUARE)
            progress.want(LandscapePlane(document.training.loss) if watched else None)
            line.until(lambda snapshot: snapshot.state is RunState.READY)
            line.worker.post(Play())
            state = RunState.RUNNING
            while state is not RunState.FINISHED:
                snapshot = line.next(*progress.requests())
                progress.follow(snapshot)
                state = snapshot.state
            ends.append(line.checkpoint())
            assert (progress.picture is not None) == watched
            line.worker.post(Quit())
        for name, array in ends[0].weights.items():
            assert array.tobytes() == ends[1].weights[name].tobytes()

    def test_an_error_in_the_midst_leaves_the_network_as_it_was(
        self, run: TrainingRun, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before, made = run.network.state_vector.tobytes(), ground_of(run, PLANE)
        monkeypatch.setattr(Landscape, "_measure", lambda self: 1 / 0)
        part = LandscapePart(made, SQUARE, 9)
        with pytest.raises(ZeroDivisionError):
            part.answer(run.network, run.split)
        assert run.network.state_vector.tobytes() == before

    def test_the_worker_asks_moments_of_the_run(self) -> None:
        line = Line()
        document = xor()
        line.worker.post(SetDocument(document))
        plane = LandscapePlane(document.training.loss, "path")
        first = line.until(lambda snapshot: plane in snapshot.answers, plane)
        assert isinstance(first.answers[plane], Refusal)
        line.worker.post(Play())
        line.until(lambda snapshot: snapshot.step > 50)
        line.worker.post(Pause())
        found = line.until(lambda snapshot: isinstance(snapshot.answers.get(plane), LandscapeGround), plane)
        assert found.answers[plane].path.steps[0] == 0
        line.worker.post(Quit())
