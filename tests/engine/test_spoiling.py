"""Samples spoilt on purpose: by known amounts, the same for the same seed, within the range of the data."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.steps.augmentation.spoiling import Spoiling
from engine.types import Array


def spoil(spoiling: Spoiling, picture: Array, background: float = 0.0) -> Array:
    channels = picture.shape[0] if picture.ndim == 3 else 1
    return spoiling.picture(picture, [background] * channels, 0.0, 1.0)


@pytest.fixture
def picture() -> Array:
    made: Array = np.zeros((1, 9, 9))
    made[0, 2:5, 3:6] = [[1, 0.5, 0.25], [0.8, 0, 0.1], [0.3, 0.6, 0.9]]
    return made


def test_by_nothing_it_stays_as_it_is(picture: Array) -> None:
    assert not Spoiling(seed=5)
    np.testing.assert_array_equal(spoil(Spoiling(seed=5), picture), picture)
    np.testing.assert_array_equal(Spoiling().row(np.array([1.0, 2.0]), np.ones(2)), [1, 2])


def test_a_shift_by_whole_pixels_moves_them_all(picture: Array) -> None:
    moved = spoil(Spoiling(right=2, down=-1), picture)
    np.testing.assert_allclose(moved[0, 1:4, 5:8], picture[0, 2:5, 3:6], atol=1e-6)
    assert moved.sum() == pytest.approx(picture.sum(), abs=1e-5)


def test_what_comes_in_is_background(picture: Array) -> None:
    moved = spoil(Spoiling(right=3), 1 - picture, background=1.0)
    np.testing.assert_allclose(1 - moved, spoil(Spoiling(right=3), picture), atol=1e-6)
    assert np.all(moved[0, :, :3] == pytest.approx(1))


def test_a_quarter_turn_is_exact_and_counterclockwise(picture: Array) -> None:
    np.testing.assert_allclose(spoil(Spoiling(angle=90), picture)[0], np.rot90(picture[0]), atol=1e-5)
    np.testing.assert_allclose(spoil(Spoiling(angle=-180), picture)[0], np.rot90(picture[0], 2), atol=1e-5)


def test_brightness_is_added_within_the_range(picture: Array) -> None:
    np.testing.assert_allclose(spoil(Spoiling(brightness=0.3), picture), (picture + 0.3).clip(0, 1))


def test_noise_has_its_strength_and_its_seed() -> None:
    grey = np.full((3, 64, 64), 0.5)
    noisy = spoil(Spoiling(noise=0.1, seed=1), grey)
    assert (noisy - grey).std() == pytest.approx(0.1, rel=0.05)
    np.testing.assert_array_equal(spoil(Spoiling(noise=0.1, seed=1), grey), noisy)
    assert np.abs(spoil(Spoiling(noise=0.1, seed=2), grey) - noisy).max() > 0.1
    # Stronger noise is the same noise.
    np.testing.assert_allclose(spoil(Spoiling(noise=0.05, seed=1), grey) - grey, (noisy - grey) / 2, atol=1e-12)


def test_a_square_is_covered_somewhere_inside() -> None:
    white = np.ones((20, 20))
    places = set()
    for seed in range(6):
        covered = spoil(Spoiling(covered=0.25, seed=seed), white)
        rows, columns = np.nonzero(covered == 0)
        assert len(rows) == 25
        assert np.ptp(rows) == np.ptp(columns) == 4
        places.add((rows[0], columns[0]))
    assert len(places) > 1
    assert not spoil(Spoiling(covered=1), white).any()


def test_a_row_gets_noise_in_the_deviations_of_its_columns() -> None:
    values, deviations = np.arange(3000.0), np.tile([0.0, 1.0, 100.0], 1000)
    away = Spoiling(noise=0.5, seed=3).row(values, deviations) - values
    assert not away[::3].any()
    assert away[1::3].std() == pytest.approx(0.5, rel=0.1)
    assert away[2::3].std() == pytest.approx(50, rel=0.1)
