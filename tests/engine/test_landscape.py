"""Loss landscape: directions, planes, and the loss over them."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Network, SpecError, layers
from engine.landscape import Landscape, path_plane, random_plane
from engine.losses import BinaryCrossEntropy, MeanSquaredError

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
Y = np.array([0, 1, 1, 0])


@pytest.fixture
def dense() -> Network:
    return Network([layers.Dense(3), layers.Tanh(), layers.Dense(1), layers.Sigmoid()], (2,), seed=1)


@pytest.fixture(scope="module")
def mixed() -> Network:
    stack = [layers.Conv2D(filters=3), layers.BatchNorm(), layers.ReLU(), layers.Flatten(), layers.Dense(2)]
    return Network(stack, (2, 6, 6), seed=2)


class TestRandomDirections:
    def test_every_filter_and_unit_has_the_norm_of_its_own_weights(self, mixed: Network) -> None:
        plane = random_plane(mixed, 5)
        for direction in plane.directions:
            twin = mixed.copy()
            twin.parameter_vector[...] = direction
            kernel, dense = twin.parameters["conv2d_1.weight"], twin.parameters["dense_1.weight"]
            for index in range(3):
                wanted = np.linalg.norm(mixed.parameters["conv2d_1.weight"][index])
                assert np.linalg.norm(kernel[index]) == pytest.approx(wanted, rel=1e-5)
            # A unit of a dense layer is a column: axis 1 counts the units of its output.
            own = np.linalg.norm(mixed.parameters["dense_1.weight"], axis=0)
            np.testing.assert_allclose(np.linalg.norm(dense, axis=0), own, rtol=1e-5)

    def test_biases_and_normalisation_stay(self, mixed: Network) -> None:
        twin = mixed.copy()
        twin.parameter_vector[...] = random_plane(mixed, 5).directions[0]
        still = [name for name, array in twin.parameters.items() if not array.any()]
        assert still == ["conv2d_1.bias", "batchnorm_1.weight", "batchnorm_1.bias", "dense_1.bias"]

    def test_the_seed_alone_decides(self, dense: Network) -> None:
        one, same, other = random_plane(dense, 1), random_plane(dense, 1), random_plane(dense, 2)
        np.testing.assert_array_equal(one.directions, same.directions)
        assert not np.allclose(one.directions, other.directions)
        assert not np.allclose(one.directions[0], one.directions[1])

    def test_scaled_weights_behind_a_normalisation_give_the_same_landscape(self, mixed: Network) -> None:
        """The reason for the normalisation: ten times the weights are the same function, and so the same picture."""
        scaled = mixed.copy()
        state = {"mean": 10.0, "variance": 100.0}
        for name in ("conv2d_1.weight", "conv2d_1.bias"):
            scaled.parameters[name][...] *= 10
        for key, factor in state.items():
            scaled.arrays[f"batchnorm_1.{key}"][...] = mixed.arrays[f"batchnorm_1.{key}"] * factor
        x = np.random.default_rng(0).standard_normal((6, 2, 6, 6)).astype(np.float32)
        y = np.random.default_rng(1).standard_normal((6, 2)).astype(np.float32)
        places = np.array([[0.0, 0.0], [0.5, -0.3], [1.0, 1.0]])
        found = [
            Landscape(net, MeanSquaredError(), x, y).losses_at(random_plane(net, 3), places) for net in (mixed, scaled)
        ]
        np.testing.assert_allclose(found[0], found[1], rtol=1e-3)

    def test_a_network_of_zeros_has_no_direction(self, dense: Network) -> None:
        dense.parameter_vector[...] = 0
        with pytest.raises(SpecError, match="no weights other than zero"):
            random_plane(dense, 0)


class TestPathDirections:
    def test_a_path_in_a_plane_lies_in_it(self, dense: Network) -> None:
        rng = np.random.default_rng(0)
        basis = np.linalg.qr(rng.standard_normal((dense.parameter_count, 2)))[0].T
        turns = np.linspace(0, 5, 20)
        coordinates = np.stack([3 * np.cos(turns), np.sin(turns)], axis=1)
        path = list((dense.parameter_vector + coordinates @ basis).astype(np.float32))
        dense.parameter_vector[...] = path[-1]
        plane = path_plane(dense, path)
        assert plane.shares is not None
        assert sum(plane.shares) == pytest.approx(1, abs=1e-6)
        np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-5)
        places, distances = plane.project(path)
        np.testing.assert_allclose(distances, 0, atol=1e-4)
        np.testing.assert_allclose(places[-1], 0, atol=1e-6)
        steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
        np.testing.assert_allclose(steps, np.linalg.norm(np.diff(coordinates, axis=0), axis=1), rtol=1e-3)

    @pytest.mark.parametrize("moments", [0, 1, 2, 5])
    def test_a_straight_path_is_refused(self, dense: Network, moments: int) -> None:
        path = [dense.parameter_vector + np.float32(step) for step in range(moments)]
        with pytest.raises(SpecError, match="too short for a plane"):
            path_plane(dense, path)


class TestPlane:
    def test_projection_finds_coordinates_along_oblique_directions(self, mixed: Network) -> None:
        plane = random_plane(mixed, 0)
        wanted = np.array([[0.0, 0.0], [1.0, -2.0], [0.25, 0.5]])
        places, distances = plane.project([plane.at(*place) for place in wanted.tolist()])
        np.testing.assert_allclose(places, wanted, atol=1e-5)
        np.testing.assert_allclose(distances, 0, atol=1e-4)

    def test_the_distance_is_that_to_the_nearest_point(self, mixed: Network) -> None:
        plane = random_plane(mixed, 0)
        wide = plane.directions.astype(np.float64)
        away = np.random.default_rng(1).standard_normal(mixed.parameter_count)
        away -= np.linalg.pinv(wide.T) @ away @ wide
        (place,), (distance,) = plane.project([plane.origin + away])
        np.testing.assert_allclose(place, 0, atol=1e-6)
        assert distance == pytest.approx(np.linalg.norm(away), rel=1e-5)


class TestLosses:
    def test_they_are_those_of_a_network_with_these_parameters(self, dense: Network) -> None:
        plane, loss = random_plane(dense, 4), BinaryCrossEntropy()
        landscape = Landscape(dense, loss, X, Y)
        (here, there) = landscape.losses_at(plane, np.array([[0.0, 0.0], [0.7, -0.4]]))
        assert here == dense.trace(X, Y, loss).loss
        other = dense.copy()
        other.parameter_vector[...] = plane.at(0.7, -0.4)
        assert there == other.trace(X, Y, loss).loss
        assert there != here

    def test_the_network_is_never_touched(self, dense: Network) -> None:
        before = dense.state_vector.copy()
        landscape = Landscape(dense, BinaryCrossEntropy(), X, Y)
        landscape.losses_at(random_plane(dense, 4), np.ones((3, 2)))
        with pytest.raises(ValueError, match="broadcast"):
            landscape.loss_of(np.zeros(3, np.float32))
        assert dense.state_vector.tobytes() == before.tobytes()

    def test_running_statistics_stay_as_they_were(self, mixed: Network) -> None:
        x, y = np.ones((2, 2, 6, 6), np.float32), np.zeros((2, 2), np.float32)
        landscape = Landscape(mixed, MeanSquaredError(), x, y)
        before = landscape.loss_of(mixed.parameter_vector)
        moved = mixed.state_vector.copy()
        moved[mixed.parameter_count :] = 3.0
        assert landscape.loss_with_state(moved) != before
        assert landscape.loss_of(mixed.parameter_vector) == before

    def test_what_is_beyond_all_bounds_is_infinite_and_what_is_undefined_is_not_a_number(self, dense: Network) -> None:
        regression = Network([layers.Dense(1)], (2,), seed=0)
        landscape = Landscape(regression, MeanSquaredError(), X, Y)
        assert landscape.loss_of(np.full(3, 1e25, np.float32)) == np.inf
        assert np.isnan(landscape.loss_of(np.full(3, np.nan, np.float32)))
        # Outputs of a Dense layer are no probabilities.
        assert np.isnan(Landscape(regression, BinaryCrossEntropy(), X, Y).loss_of(np.full(3, 5, np.float32)))
