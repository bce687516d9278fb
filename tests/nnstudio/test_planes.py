"""Planes through the space of inputs: frames, values over them, bands, contours."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import Network, layers
from engine.data import XOR, Data, Digits, Iris
from engine.principal_components import principal_components
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.document.probe import OwnSample, Probe, SampleRef, UnitRef
from nnstudio.training.build import read_data
from nnstudio.training.contours import contours, round_levels
from nnstudio.training.plane_values import OutputRef, classify, heights
from nnstudio.training.planes import FeaturePlane, Frame, Plane, PrincipalPlane, completed, frame_of
from nnstudio.training.requests.base import Refusal
from nnstudio.training.requests.grid import BandPicture, Grid, GridBand, GridPicture, grid_points
from nnstudio.training.requests.plane_frame import PlaneFrame
from nnstudio.training.split import Split

BOUNDS = (-1.5, -2.0, 2.5, 3.0)


@pytest.fixture(scope="module")
def iris() -> Split:
    """Four inputs, standardised for the network."""
    document = edits.set_data(Document(), dataset=Iris(standardize=True))
    split = read_data(document.data)
    assert split.preparation is not None
    assert split.preparation.standardisation is not None
    return split


def classifier(inputs: int, classes: int) -> Network:
    return Network([layers.Dense(5), layers.Tanh(), layers.Dense(classes), layers.Softmax()], (inputs,), seed=3)


def frame(plane: Plane, split: Split) -> Frame:
    found = frame_of(plane, split)
    assert found is not None
    return found


def picture(grid: Grid, network: Network, split: Split) -> GridPicture:
    found = grid.answer(network, split)
    assert found is not None
    return found


class TestFrames:
    def test_features_run_along_the_axes_and_the_rest_stays_at_the_mean(self, iris: Split) -> None:
        found = frame(FeaturePlane(2, 0), iris)
        (point,) = found.points(np.array([[4.0, 7.0]]))
        mean = iris.train.shown.mean(axis=0)
        np.testing.assert_allclose(point, [7.0, mean[1], 4.0, mean[3]], rtol=1e-6)
        np.testing.assert_allclose(found.project(iris.train.shown), iris.train.shown[:, [2, 0]], rtol=1e-6)

    def test_the_rest_can_be_that_of_the_probe(self, iris: Split) -> None:
        probe = SampleRef("train", 5)
        shown = iris.train.shown[5]
        (point,) = frame(FeaturePlane(1, 3, probe), iris).points(np.array([[1.0, 2.0]]))
        np.testing.assert_allclose(point, [shown[0], 1.0, shown[2], 2.0])
        assert frame_of(FeaturePlane(1, 3, SampleRef("train", 10_000)), iris) is None

    def test_principal_components_are_those_of_numpy(self, iris: Split) -> None:
        found = frame(PrincipalPlane(), iris)
        # As the network takes the data: standardised.
        x = iris.train.x.astype(np.float64)
        centred = x - x.mean(axis=0)
        _, values, vectors = np.linalg.svd(centred, full_matrices=False)
        scores = found.project(iris.train.shown)
        for place in range(2):
            expected = centred @ vectors[place]
            sign = np.sign(expected @ scores[:, place])
            np.testing.assert_allclose(scores[:, place], sign * expected, atol=1e-5)
        shares = np.square(values) / np.square(values).sum()
        assert found.explained == pytest.approx(tuple(shares[:2]), abs=1e-6)
        # Points of the plane, as the network takes them, lie in the plane of the two vectors.
        inside = iris.scale(found.points(np.array([[0.0, 0.0], [1.0, 2.0], [-3.0, 0.5]]))) - x.mean(axis=0)
        np.testing.assert_allclose(inside @ vectors[2:].T, 0, atol=1e-5)

    @pytest.mark.parametrize("probe", [SampleRef("validation", 3), OwnSample((9.0, 1.0, 2.0, 4.0))])
    def test_a_plane_through_the_probe_holds_it(self, iris: Split, probe: Probe) -> None:
        found = frame(PrincipalPlane(probe), iris)
        sample = iris.sample(probe)
        assert sample is not None
        at = found.project(sample.shown[None])
        np.testing.assert_allclose(found.points(at)[0], sample.shown, rtol=1e-6)
        # It is the same place in the plane through the mean, so that nothing moves when it is switched.
        np.testing.assert_allclose(at, frame(PrincipalPlane(), iris).project(sample.shown[None]), atol=1e-6)

    @pytest.mark.parametrize("samples", [12, 300])
    def test_of_pictures_too_with_few_samples_or_many(self, samples: int) -> None:
        data = Digits().load().take(np.arange(samples))
        found = frame(PrincipalPlane(), Split(data, None))
        flat = data.x.reshape(samples, -1).astype(np.float64)
        _, _, vectors = np.linalg.svd(flat - flat.mean(axis=0), full_matrices=False)
        for place in range(2):
            assert abs(found.axes[place] @ vectors[place]) == pytest.approx(1, abs=1e-6)
        assert found.points(np.zeros((3, 2))).shape == (3, *data.x.shape[1:])

    @pytest.mark.parametrize(
        "x", [np.ones((4, 3)), np.array([[0, 0, 0], [1, 2, 3.0]]), np.zeros((1, 5)), np.array([[0, 1.0], [0, 2.0]])]
    )
    def test_data_without_extent_still_have_two_directions(self, x: NDArray[np.float64]) -> None:
        directions, shares = principal_components(x)
        directions = completed(directions)
        np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-12)
        assert 0 <= sum(shares) <= 1 + 1e-12

    def test_the_plane_of_two_inputs_is_all_of_their_space(self) -> None:
        split = Split(XOR().load(), None)
        found = frame(FeaturePlane(), split)
        assert found.exact
        np.testing.assert_array_equal(found.points(np.array([[0.3, 0.7]])), [[0.3, 0.7]])
        np.testing.assert_array_equal(found.project(split.train.shown), split.train.shown)

    @pytest.mark.parametrize("plane", [FeaturePlane(0, 0), FeaturePlane(0, 4), FeaturePlane(-1, 0)])
    def test_what_is_no_plane_is_refused(self, iris: Split, plane: Plane) -> None:
        assert isinstance(PlaneFrame(plane).answer(classifier(4, 3), iris), Refusal)


class TestGrid:
    @pytest.mark.parametrize(
        "plane",
        [FeaturePlane(0, 1), FeaturePlane(1, 2), FeaturePlane(3, 0, SampleRef("train", 7)), PrincipalPlane()],
        ids=repr,
    )
    def test_values_are_the_network_s_at_the_plane_s_points(self, iris: Split, plane: Plane) -> None:
        network = classifier(4, 3)
        found = picture(Grid(BOUNDS, 9, plane), network, iris)
        axes = frame(plane, iris)
        for row, y in enumerate(np.linspace(BOUNDS[1], BOUNDS[3], 9)):
            for column, x in enumerate(np.linspace(BOUNDS[0], BOUNDS[2], 9)):
                point = axes.origin + x * axes.axes[0] + y * axes.axes[1]
                expected = network.predict(iris.scale(point[None]))[0]
                np.testing.assert_allclose(found.values[:, row, column], expected, atol=1e-6)

    def test_a_unit_is_that_of_the_trace(self, iris: Split) -> None:
        network = classifier(4, 3)
        found = picture(Grid(BOUNDS, 7, PrincipalPlane(), UnitRef("tanh_1", 2)), network, iris)
        x = iris.scale(frame(PrincipalPlane(), iris).points(grid_points(BOUNDS, 7)))
        trace = network.trace(x)
        assert found.unit is not None
        np.testing.assert_allclose(found.unit.ravel(), trace.outputs["tanh_1"][:, 2], atol=1e-6)
        np.testing.assert_allclose(found.values.reshape(3, -1).T, network.predict(x), atol=1e-6)

    @pytest.mark.parametrize("unit", [UnitRef("gone", 0), UnitRef("dense_1", 5)])
    def test_a_unit_that_is_not_there_leaves_the_outputs(self, iris: Split, unit: UnitRef) -> None:
        found = picture(Grid(BOUNDS, 5, PrincipalPlane(), unit), classifier(4, 3), iris)
        assert found.unit is None
        assert found.values.shape == (3, 5, 5)

    def test_bands_make_up_the_whole_grid(self, iris: Split) -> None:
        network = classifier(4, 3)
        grid = Grid(BOUNDS, 60, PrincipalPlane(), UnitRef("dense_1", 4))
        values, units, row = [], [], 0
        while row < 60:
            band = GridBand(grid, row).answer(network, iris)
            assert isinstance(band, BandPicture)
            assert band.unit is not None
            values.append(band.values)
            units.append(band.unit)
            row += band.values.shape[1]
        whole = picture(grid, network, iris)
        np.testing.assert_allclose(np.concatenate(values, axis=1), whole.values, atol=1e-6)
        np.testing.assert_allclose(np.concatenate(units), whole.unit, atol=1e-6)
        assert GridBand(grid, 60).answer(network, iris) is None

    def test_a_large_network_gets_a_coarser_grid(self) -> None:
        network = Network([layers.Dense(3000), layers.ReLU(), layers.Dense(3000), layers.Dense(2)], (2,), seed=0)
        data = Data(np.zeros((3, 2), np.float32), np.zeros(3, np.int64), "classification", ("a", "b"))
        grid = Grid(BOUNDS, 100)
        side = picture(grid, network, Split(data, None)).values.shape[1]
        assert 16 <= side < 100
        assert grid.cost(network, Split(data, None)) == side**2 * network.multiply_adds

    def test_a_network_for_other_data_has_no_picture(self, iris: Split) -> None:
        for plane in (FeaturePlane(), PrincipalPlane()):
            assert Grid(BOUNDS, 5, plane).answer(classifier(3, 3), iris) is None
            assert GridBand(Grid(BOUNDS, 5, plane), 0).answer(classifier(3, 3), iris) is None
        assert Grid(BOUNDS, 5, FeaturePlane(0, 4)).answer(classifier(4, 3), iris) is None


class TestHeights:
    def test_one_output_is_its_own_height_and_several_lead_by_their_margin(self) -> None:
        one = np.array([[[0.2, 0.9]]])
        np.testing.assert_array_equal(heights(one, None, "classes", 0.5), one[0])
        several = np.array([[[0.7, 0.2]], [[0.2, 0.5]], [[0.1, 0.3]]])
        np.testing.assert_allclose(heights(several, None, "margin", 0.5), [[0.5, 0.2]])
        np.testing.assert_allclose(heights(several, None, "classes", 0.5), classify(several, 0.5)[1])
        np.testing.assert_array_equal(heights(several, None, OutputRef(1), 0.5), several[1])
        unit = np.array([[4.0, 5.0]])
        np.testing.assert_array_equal(heights(several, unit, UnitRef("dense_1", 0), 0.5), unit)


class TestContours:
    def test_every_end_lies_on_its_level_by_interpolation(self) -> None:
        values = np.random.default_rng(1).normal(size=(14, 11))
        found = contours(values, BOUNDS, (-0.5, 0.1, 0.8))
        assert [line.level for line in found] == [-0.5, 0.1, 0.8]
        for line in found:
            assert len(line.segments) > 10
            for x, y in line.segments.reshape(-1, 2):
                column = (x - BOUNDS[0]) / (BOUNDS[2] - BOUNDS[0]) * 10
                row = (y - BOUNDS[1]) / (BOUNDS[3] - BOUNDS[1]) * 13
                left, below = min(math.floor(column + 1e-9), 9), min(math.floor(row + 1e-9), 12)
                u, v = column - left, row - below
                # On a side of a cell, so that one of the two is 0 or 1 and the other interpolates between two values.
                assert min(abs(u), abs(1 - u), abs(v), abs(1 - v)) < 1e-6
                corners = values[below : below + 2, left : left + 2]
                value = np.array([1 - v, v]) @ corners @ np.array([1 - u, u])
                assert value == pytest.approx(line.level, abs=1e-6)

    def test_lines_are_closed_or_end_at_the_edge(self) -> None:
        """Every end that is not on the edge of the grid belongs to exactly two segments, in saddles too."""
        values = np.random.default_rng(2).normal(size=(9, 9))
        for line in contours(values, (0.0, 0.0, 8.0, 8.0), (0.0, 0.3)):
            ends, counts = np.unique(line.segments.reshape(-1, 2).round(9), axis=0, return_counts=True)
            edge = np.isclose(ends, 0) | np.isclose(ends, 8)
            assert (counts[edge.any(axis=1)] == 1).all()
            assert (counts[~edge.any(axis=1)] == 2).all()

    def test_a_circle_is_found_where_it_is(self) -> None:
        x, y = np.meshgrid(np.linspace(-2, 2, 80), np.linspace(-2, 2, 80))
        (line,) = contours(x**2 + y**2, (-2.0, -2.0, 2.0, 2.0), (1.0,))
        np.testing.assert_allclose(np.hypot(*line.segments.reshape(-1, 2).T), 1, atol=0.002)
        length = np.linalg.norm(line.segments[:, 1] - line.segments[:, 0], axis=1).sum()
        assert length == pytest.approx(2 * math.pi, rel=0.01)

    def test_a_saddle_is_joined_by_its_mean(self) -> None:
        for low, joined in ((0.3, True), (-0.5, False)):
            # High at the lower left and upper right; with a mean above the level they are connected.
            (line,) = contours(np.array([[1.0, low], [low, 1.0]]), (0.0, 0.0, 1.0, 1.0), (0.5,))
            x, y = line.segments.mean(axis=1).T
            # Lines that cut off the low corners lie off the diagonal on which the high ones are.
            assert (np.abs(x - y) > 0.3).tolist() == [joined, joined]

    def test_what_is_not_finite_is_left_out(self) -> None:
        values = np.broadcast_to(np.arange(5.0), (5, 5)).copy()
        values[2, 2] = np.nan
        (line,) = contours(values, (0.0, 0.0, 4.0, 4.0), (1.5,))
        assert sorted(line.segments[..., 1].mean(axis=1).tolist()) == [0.5, 3.5]
        assert contours(np.full((3, 3), np.inf), BOUNDS, (0.0,)) == ()
        assert contours(np.zeros((1, 5)), BOUNDS, (0.0,)) == ()

    def test_levels_are_round_and_pass_through_what_is_asked(self) -> None:
        assert round_levels(0, 1, 0.5) == (0.1, 0.3, 0.5, 0.7, 0.9)
        assert round_levels(-1, 1) == (-0.5, 0.0, 0.5)
        assert round_levels(-730, 1210) == (-500.0, 0.0, 500.0, 1000.0)
        assert round_levels(0.3, 0.3) == ()
        assert round_levels(0.0, math.inf) == ()
        # Never the ends themselves, where a flat part would be full of lines.
        assert all(0 < level < 0.6 for level in round_levels(0, 0.6))

    def test_the_picture_has_the_lines_of_its_aspect(self, iris: Split) -> None:
        network = classifier(4, 3)
        grid = Grid(BOUNDS, 40, PrincipalPlane(), OutputRef(1), with_contours=True)
        found = picture(grid, network, iris)
        assert found.contours
        axes = frame(PrincipalPlane(), iris)
        for line in found.contours:
            predicted = network.predict(iris.scale(axes.points(line.segments.reshape(-1, 2))))
            np.testing.assert_allclose(predicted[:, 1], line.level, atol=0.01)
        assert picture(Grid(BOUNDS, 10, PrincipalPlane()), network, iris).contours == ()
