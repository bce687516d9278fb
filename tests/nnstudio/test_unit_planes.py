"""Unit planes and their images: the worker's numbers against the engine's, and colours against the scale."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from engine import Network, datasets, layers
from engine.types import Array
from nnstudio.training.requests.grid import Grid
from nnstudio.training.requests.unit_planes import MOST_UNITS, UnitPlanePicture, UnitPlanes, strongest
from nnstudio.training.split import Split
from nnstudio.ui.colours import DARK, LIGHT, Colours
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import diverging_rgba, reach_of, value_image

BOUNDS = (-0.25, -1.0, 1.25, 2.0)
XOR = Split(datasets.XOR().load(), None)


def planes(network: Network, units: tuple[tuple[str, tuple[int, ...]], ...] = ()) -> UnitPlanePicture:
    picture = UnitPlanes(BOUNDS, units, 5).answer(network, XOR)
    assert picture is not None
    return picture


def test_the_plane_of_a_unit_is_its_output_at_every_point() -> None:
    network = Network([layers.Dense(3), layers.Tanh(), layers.Dense(1)], (2,), seed=0)
    picture = planes(network)
    assert list(picture.planes) == ["input", "dense_1", "tanh_1", "dense_2"]
    assert picture.units["tanh_1"] == (0, 1, 2)
    for row, y in enumerate(np.linspace(-1.0, 2.0, 5)):
        for column, x in enumerate(np.linspace(-0.25, 1.25, 5)):
            one = network.trace(np.array([[x, y]])).outputs
            for block, values in picture.planes.items():
                assert values.dtype == np.float32
                np.testing.assert_allclose(values[:, row, column], one[block][0], rtol=1e-5, atol=1e-6)
    grid = Grid(BOUNDS, 5).answer(network, XOR)
    assert grid is not None
    np.testing.assert_allclose(picture.planes["dense_2"], grid.values, rtol=1e-5, atol=1e-6)


def test_a_large_block_gives_the_units_asked_for_and_a_picture_none() -> None:
    network = Network(
        [layers.Dense(MOST_UNITS + 2), layers.Dense(4), layers.Reshape((1, 2, 2)), layers.Flatten()], (2,), seed=0
    )
    bare, chosen = planes(network), planes(network, (("dense_1", (3, 129)), ("dense_2", (1,))))
    assert bare.totals == chosen.totals == {"input": 2, "dense_1": 130, "dense_2": 4, "flatten_1": 4}
    assert bare.plane("dense_1", 3) is None
    whole = network.trace(np.array([[1.25, 2.0]])).outputs
    for block, unit in (("dense_1", 3), ("dense_1", 129), ("dense_2", 1)):
        plane = chosen.plane(block, unit)
        assert plane is not None
        assert plane[-1, -1] == pytest.approx(whole[block][0, unit], rel=1e-5)
    assert chosen.plane("dense_2", 0) is None


def test_planes_are_for_two_inputs() -> None:
    assert UnitPlanes(BOUNDS).answer(Network([layers.Dense(1)], (3,), seed=0), XOR) is None


@pytest.mark.parametrize(
    ("values", "most", "expected"),
    [
        ([0.5, -3.0, 1.0, 2.0], 2, (1, 3)),
        ([1.0, 1.0, 1.0], 2, (0, 1)),
        ([1.0, 9.0], 2, (0, 1)),
        ([[0.0, 3.0], [2.0, 2.0], [-4.0, 0.0]], 2, (0, 2)),
        ([0.0, math.nan, 5.0], 1, (1,)),
    ],
)
def test_the_strongest_units_in_their_order(values: list[float], most: int, expected: tuple[int, ...]) -> None:
    assert strongest(np.array(values), most) == expected


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_an_image_has_the_colours_of_the_scale(qapp: QApplication, colours: Colours) -> None:
    values = np.array([[-2.0, -0.3, 0.0], [0.7, 9.0, math.nan]])
    with theme().lent(colours):
        image, upwards = value_image(values, 2.0), value_image(values, 2.0, upwards=True)
        expected: Array = diverging_rgba(values, 0.0, 2.0)
    assert image.pixelColor(0, 0) == QColor(colours.negative)
    assert image.pixelColor(2, 0) == image.pixelColor(2, 1) == QColor(colours.neutral)
    assert image.pixelColor(1, 1) == QColor(colours.positive)
    for row in range(2):
        for column in range(3):
            assert image.pixelColor(column, row).getRgb() == tuple(expected[row, column].tolist())
            assert upwards.pixelColor(column, 1 - row) == image.pixelColor(column, row)


@pytest.mark.parametrize(
    ("values", "reach"), [([0.0, -3.0, 2.0], 3.0), ([0.0, 0.0], 1.0), ([math.nan, math.inf, -0.5], 0.5)]
)
def test_the_scale_ends_at_the_largest_value(values: list[float], reach: float) -> None:
    assert reach_of(np.array(values)) == reach
