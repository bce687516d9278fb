"""Arithmetic of a window: every output pixel of every sliding layer, put together from its taps."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Network, layers
from engine.errors import SpecError
from engine.layers import REGISTRY, Layer
from engine.types import Shape
from engine.window_arithmetic import compute, compute_all, largest_window, margins, slides
from tests.engine.cases import CASES, Case, each_case

SLIDING = {"Convolution", "Pooling"}
IMAGE = (2, 5, 4)


def short_names(network: Network) -> dict[str, np.ndarray]:
    """Parameters of the only layer of a network."""
    return {name.partition(".")[2]: array for name, array in network.parameters.items()}


@each_case(only=lambda case: case.layer.category in SLIDING)
def test_every_pixel_is_the_network_s(case: Case) -> None:
    network, x = case.network(), case.samples(1).astype(np.float32)
    (name,) = network.layers
    output = network.trace(x).outputs[name][0]
    made = compute_all(case.layer, x[0], short_names(network))
    assert made.shape == output.shape
    np.testing.assert_allclose(made, output, rtol=1e-5, atol=1e-5)


def test_all_that_slides_is_declared_and_nothing_else() -> None:
    declared = {case.layer.type_name() for case in CASES if slides(case.layer, case.inputs[0])}
    assert declared == {name for name, kind in REGISTRY.items() if kind.category in SLIDING}


def test_the_parts_add_up_to_the_pixel() -> None:
    layer = layers.Conv2D(filters=2, kernel_size=3, padding="same", dilation=2, bias="per_position", bias_init="normal")
    network = Network([layer], IMAGE, seed=3)
    x = np.random.default_rng(0).standard_normal(IMAGE).astype(np.float32)
    weight, bias = network.parameters["conv2d_1.weight"], network.parameters["conv2d_1.bias"]
    taps = layer.taps((1, 0, 3), IMAGE)
    assert taps is not None
    assert (taps.rows.pixels, taps.columns.pixels) == ((-2, 0, 2), (1, 3, 5))
    found = compute(taps, x, {"weight": weight, "bias": bias})
    np.testing.assert_array_equal(found.taps.inside, [[0, 0, 0], [1, 1, 0], [1, 1, 0]])
    np.testing.assert_array_equal(found.patch[1], [[0, 0, 0], [x[1, 0, 1], x[1, 0, 3], 0], [x[1, 2, 1], x[1, 2, 3], 0]])
    np.testing.assert_array_equal(found.kernel, weight[1])
    np.testing.assert_allclose(found.products, found.patch * weight[1].astype(float))
    assert found.sums.tolist() == pytest.approx([found.products[0].sum(), found.products[1].sum()])
    assert found.bias == float(bias[1, 0, 3])
    assert found.total == pytest.approx(found.sums.sum() + found.bias)
    assert (found.count, found.winner) == (4, None)


def test_groups_read_their_own_channels_only() -> None:
    layer = layers.Conv2D(filters=6, groups=3)
    read = [taps.channels for unit in range(6) if (taps := layer.taps((unit, 0, 0), (6, 5, 5))) is not None]
    assert read == [range(2), range(2), range(2, 4), range(2, 4), range(4, 6), range(4, 6)]


def test_a_transposed_convolution_turns_the_window_round() -> None:
    """Pixel i of the input is placed on pixels 2 i to 2 i + 2 of the output."""
    layer = layers.ConvTranspose2D(filters=1, kernel_size=3, stride=2)
    taps = [layer.taps((0, row, 0), (1, 3, 3)) for row in range(7)]
    rows = [list(zip(tap.rows.pixels, tap.rows.elements, strict=True)) for tap in taps if tap is not None]
    assert rows == [
        [(-1, 2), (0, 0)],
        [(0, 1)],
        [(0, 2), (1, 0)],
        [(1, 1)],
        [(1, 2), (2, 0)],
        [(2, 1)],
        [(2, 2), (3, 0)],
    ]


def test_the_first_of_equal_largest_pixels_wins_and_padding_never_does() -> None:
    layer = layers.MaxPool2D(pool_size=2, padding="same")
    x = np.array([[[-3, -1, -5], [-1, -2, -4], [-9, -7, -8]]], np.float32)
    taps = layer.taps((0, 0, 0), x.shape)
    assert taps is not None
    found = compute(taps, x, {})
    assert (found.winner, found.total) == ((0, 0, 1), -1)
    corner = layer.taps((0, 1, 1), x.shape)
    assert corner is not None
    assert (compute(corner, x, {}).winner, compute(corner, x, {}).total) == ((0, 0, 0), -8)


def test_a_mean_does_not_count_padding() -> None:
    layer = layers.AvgPool2D(pool_size=2, padding="same")
    x = np.arange(9, dtype=np.float32).reshape(1, 3, 3)
    corner = layer.taps((0, 1, 1), x.shape)
    edge = layer.taps((0, 0, 1), x.shape)
    assert corner is not None
    assert edge is not None
    assert [compute(taps, x, {}).total for taps in (corner, edge)] == [8, (2 + 5) / 2]
    assert [compute(taps, x, {}).count for taps in (corner, edge)] == [1, 2]


@pytest.mark.parametrize(
    ("layer", "shape", "before", "after"),
    [
        (layers.Conv2D(kernel_size=3), (1, 7, 6), (0, 0), (0, 0)),
        (layers.Conv2D(kernel_size=3, padding="same"), (1, 7, 6), (1, 1), (1, 1)),
        (layers.Conv2D(kernel_size=(2, 4), padding="same"), (1, 7, 6), (0, 1), (1, 2)),
        (layers.Conv2D(kernel_size=3, dilation=2, padding="full"), (1, 7, 6), (4, 4), (4, 4)),
        # The last window of stride 2 ends one pixel before the padding does.
        (layers.Conv2D(kernel_size=3, stride=2, padding=1), (1, 6, 5), (1, 1), (0, 1)),
        (layers.ConvTranspose2D(kernel_size=3), (1, 4, 4), (2, 2), (2, 2)),
        (layers.MaxPool2D(pool_size=2, padding="same"), (1, 5, 4), (0, 0), (1, 0)),
        (layers.GlobalAvgPool2D(), (3, 5, 4), (0, 0), (0, 0)),
        (layers.ZeroPad2D(padding=(1, 2)), (3, 5, 4), (1, 2), (1, 2)),
        (layers.ReLU(), (3, 5, 4), (0, 0), (0, 0)),
    ],
)
def test_margins_are_the_padding_that_windows_read(
    layer: Layer, shape: Shape, before: tuple[int, int], after: tuple[int, int]
) -> None:
    assert margins(layer, shape) == (before, after)


@pytest.mark.parametrize(
    ("layer", "largest"),
    [
        (layers.Conv2D(kernel_size=(3, 2), dilation=2, padding="full"), (3, 2)),
        (layers.ConvTranspose2D(kernel_size=3, stride=2), (2, 2)),
        (layers.ConvTranspose2D(kernel_size=(2, 5), stride=(3, 2), padding="same"), (1, 3)),
        (layers.GlobalAvgPool2D(), (5, 4)),
        (layers.ReLU(), (0, 0)),
    ],
)
def test_the_largest_window_of_all_pixels(layer: Layer, largest: tuple[int, int]) -> None:
    assert largest_window(layer, (1, 5, 4)) == largest


def test_numbers_that_are_not_finite_pass_through() -> None:
    x = np.full((1, 3, 3), np.nan, np.float32)
    taps = layers.MaxPool2D(pool_size=3).taps((0, 0, 0), x.shape)
    assert taps is not None
    assert np.isnan(compute(taps, x, {}).total)
    x[:] = -np.inf
    assert compute(taps, x, {}).total == -np.inf
    assert compute(taps, x, {}).winner == (0, 0, 0)


def test_a_layer_without_a_window_is_refused() -> None:
    with pytest.raises(SpecError, match="ReLU slides no window"):
        compute_all(layers.ReLU(), np.zeros((1, 2, 2), np.float32), {})
