"""Drawings prepared as the samples of their data: measured on real digits, and read by networks trained on them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from engine import Network, Trainer, datasets, layers, optimizers
from engine.data import Data
from engine.data.enlarging import _mix
from engine.data.pictures.drawn import Ground, Placement, prepared
from engine.types import Array

PAD = 280
BLACK = Ground((0.0,), 0.0, 1.0)


def disc(size: int, y: float, x: float, radius: float) -> Array:
    """Disc of ink with sharp edges, (size, size)."""
    rows, columns = np.mgrid[:size, :size] + 0.5
    made: Array = ((rows - y) ** 2 + (columns - x) ** 2 <= radius**2).astype(float)
    return made


def pen(*points: tuple[float, float], width: float = 20.0) -> Array:
    """Line of a round pen through points (x, y) of a pad, (PAD, PAD)."""
    rows, columns = np.mgrid[:PAD, :PAD] + 0.5
    away = np.full((PAD, PAD), np.inf)
    for (x0, y0), (x1, y1) in pairwise(points):
        length = max((x1 - x0) ** 2 + (y1 - y0) ** 2, 1e-9)
        along = np.clip(((columns - x0) * (x1 - x0) + (rows - y0) * (y1 - y0)) / length, 0, 1)
        away = np.minimum(away, np.hypot(columns - x0 - along * (x1 - x0), rows - y0 - along * (y1 - y0)))
    return (away <= width / 2).astype(float)


def replayed(digit: Array, rng: np.random.Generator) -> Array:
    """Digit (height, width) enlarged to the pad's resolution, of another size, at another place: (PAD, PAD)."""
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    own = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    scale = rng.uniform(0.35, 1.0) * PAD / max(own.shape)
    height, width = (max(round(side * scale), 1) for side in own.shape)
    top, left = rng.integers(0, PAD - height + 1), rng.integers(0, PAD - width + 1)
    pad = np.zeros((PAD, PAD))
    pad[top : top + height, left : left + width] = _mix(own.shape[0], height) @ own @ _mix(own.shape[1], width).T
    return pad


def centre(picture: Array) -> tuple[float, float]:
    places = np.arange(picture.shape[-1]) + 0.5
    return float(picture.sum(axis=1) @ places / picture.sum()), float(picture.sum(axis=0) @ places / picture.sum())


class TestGround:
    def test_it_is_found_in_the_corners(self) -> None:
        dark = np.zeros((20, 1, 8, 8))
        dark[:, :, 2:6, 2:6] = 1
        assert Ground.of(dark) == Ground((0.0,), 0.0, 1.0)
        light = Ground.of(255 - 255 * dark)
        assert light == Ground((255.0,), 0.0, 255.0)
        assert light.light
        assert not light.turned(light=False).light
        assert light.turned(light=True) is light

    def test_coloured_grounds_and_pictures_without_a_channel(self) -> None:
        pictures = np.zeros((10, 3, 6, 6))
        pictures[:, 0] = 0.2
        pictures[:, 1, 2:4, 2:4] = 1
        assert Ground.of(pictures).background == pytest.approx((0.2, 0, 0))
        assert Ground.of(np.zeros((4, 6, 6))).background == (0.0,)

    def test_photographs_have_no_plain_one(self) -> None:
        ground = Ground.of(np.random.default_rng(0).random((50, 3, 8, 8)))
        assert not ground.plain
        assert ground.background == pytest.approx((0, 0, 0), abs=0.01)


class TestPlacement:
    def test_mnist_keeps_proportions_within_20_pixels_and_centres_mass(self, mnist_folder: Path) -> None:
        x = datasets.MNIST(folder=str(mnist_folder), per_class=60).load().x
        found = Placement.of(x, Ground.of(x))
        assert found.box == pytest.approx((20, 20), abs=0.3)
        assert (found.stretched, found.upright, found.centre, found.uniform) == (False, False, "mass", True)
        # Moved by whole pixels towards 14, counted from 0: half a pixel further from the edge on the average.
        assert found.middle == pytest.approx((14.5, 14.5), abs=0.1)
        assert 0.09 < found.stroke < 0.15

    @pytest.mark.parametrize(("size", "box"), [("8x8", (8, 5)), ("28x28", (20, 12.5))])
    def test_the_bundled_digits_were_set_upright_and_stretched(self, size: str, box: tuple[float, float]) -> None:
        x = datasets.Digits(size=size).load().x
        found = Placement.of(x, Ground.of(x))
        assert (found.stretched, found.upright, found.centre, found.uniform) == (True, True, "box", True)
        assert found.box == pytest.approx(box, rel=0.15)

    def test_shapes_of_any_size_and_photographs_tell_none(self) -> None:
        for x in (datasets.Shapes().load().x, np.random.default_rng(0).random((30, 3, 8, 8))):
            assert not Placement.of(x, Ground.of(x)).uniform

    def test_blank_pictures_tell_none(self) -> None:
        x = np.zeros((5, 1, 8, 8))
        assert not Placement.of(x, Ground.of(x)).uniform


class TestPrepared:
    placement = Placement((28, 28), (20.0, 20.0), middle=(14.5, 14.5))

    def test_size_and_place_on_the_pad_do_not_count(self) -> None:
        first = prepared(disc(PAD, 90, 70, 60), BLACK, (1, 28, 28), self.placement)
        other = prepared(disc(PAD, 180, 200, 40), BLACK, (1, 28, 28), self.placement)
        assert first.shape == (1, 28, 28)
        np.testing.assert_allclose(first, other, atol=0.12)
        assert centre(first[0]) == pytest.approx((14, 14), abs=0.51)
        inked = first[0] > 0.02
        assert inked.any(axis=0).sum() == inked.any(axis=1).sum() == 20

    def test_ink_is_averaged_over_each_pixel(self) -> None:
        made = prepared(disc(PAD, 140, 140, 100), BLACK, (28, 28), self.placement)
        assert made.sum() == pytest.approx(np.pi * 10**2, rel=0.01)
        assert set(np.unique(made.round(3))) - {0.0, 1.0}

    def test_proportions_are_kept_or_stretched(self) -> None:
        bar = pen((140, 60), (140, 220), width=60)
        kept = prepared(bar, BLACK, (28, 28), self.placement)
        stretched = prepared(
            bar, BLACK, (28, 28), replace(self.placement, stretched=True, centre="box", middle=(14.0, 14.0))
        )
        assert (kept > 0.5).any(axis=1).sum() == (stretched > 0.5).any(axis=1).sum() == 20
        # A bar stays a bar, of twice the width at most.
        assert (stretched > 0.5).any(axis=0).sum() == pytest.approx(2 * (kept > 0.5).any(axis=0).sum(), abs=1)

    def test_a_slant_is_taken_out(self) -> None:
        upright = replace(self.placement, upright=True, centre="box", middle=(14.0, 14.0))
        straight = prepared(pen((140, 40), (140, 240)), BLACK, (28, 28), upright)
        slanted = prepared(pen((200, 40), (80, 240)), BLACK, (28, 28), upright)
        np.testing.assert_allclose(slanted.sum(axis=1)[6:22], straight.sum(axis=1)[6:22], rtol=0.35)
        assert (slanted > 0.3).any(axis=0).sum() <= (straight > 0.3).any(axis=0).sum() + 2

    def test_as_drawn_it_only_shrinks(self) -> None:
        rng = np.random.default_rng(0)
        cover = (rng.random((PAD, PAD)) > 0.5).astype(float)
        made = prepared(cover, BLACK, (28, 28))
        np.testing.assert_allclose(made, cover.reshape(28, 10, 28, 10).mean(axis=(1, 3)), atol=1e-9)

    def test_grounds_and_colours(self) -> None:
        cover = disc(PAD, 140, 140, 80)
        light = prepared(cover, Ground((255.0,), 0.0, 255.0), (1, 28, 28), self.placement)
        np.testing.assert_allclose(light, 255 - 255 * prepared(cover, BLACK, (1, 28, 28), self.placement), atol=1e-6)
        red = np.zeros((3, PAD, PAD))
        red[0] = 1
        ground = Ground((0.0, 0.0, 1.0), 0.0, 1.0)
        coloured = prepared(cover, ground, (3, 28, 28), self.placement, red)
        assert coloured[:, 14, 14] == pytest.approx((1, 0, 0))
        assert coloured[:, 0, 0] == pytest.approx((0, 0, 1))

    def test_nothing_drawn_is_ground_alone(self) -> None:
        for placement in (None, self.placement, replace(self.placement, upright=True)):
            made = prepared(np.zeros((PAD, PAD)), Ground((0.25,), 0.0, 1.0), (1, 28, 28), placement)
            assert np.all(made == 0.25)

    def test_a_dot_is_enlarged(self) -> None:
        made = prepared(disc(PAD, 30.5, 30.5, 3), BLACK, (28, 28), self.placement)
        assert (made > 0.5).sum() > 200


def trained(data: Data, epochs: int) -> Network:
    stack = [layers.Conv2D(8, 5, stride=2), layers.ReLU(), layers.Flatten(), layers.Dense(10), layers.Softmax()]
    if data.x.shape[-1] < 28:
        stack = [layers.Conv2D(16, 3, padding="same"), *stack[1:]]
    network = Network(stack, data.x.shape[1:], seed=0)
    adam = optimizers.Adam(learning_rate=0.003)
    trainer = Trainer(network, loss="categorical_cross_entropy", optimizer=adam, batch_size=32, seed=0)
    trainer.fit(data.x, data.y, epochs=epochs)
    return network


def test_mnist_s_held_out_digits_are_read_after_the_pad(mnist_folder: Path) -> None:
    data = datasets.MNIST(folder=str(mnist_folder), per_class=300).load()
    held = datasets.MNIST(folder=str(mnist_folder), part="test", per_class=20).load()
    network, rng = trained(data, 4), np.random.default_rng(1)
    ground = Ground.of(data.x)
    placement = Placement.of(data.x, ground)
    pads = [replayed(digit[0], rng) for digit in held.x]
    made = np.stack([prepared(pad, ground, (1, 28, 28), placement) for pad in pads]).astype(np.float32)
    right = network.predict(made).argmax(axis=1) == held.y
    # 191 of 200, as many as without the way over the pad; as they are drawn, hardly any.
    assert right.mean() >= 0.9
    unprepared = np.stack([prepared(pad, ground, (1, 28, 28)) for pad in pads]).astype(np.float32)
    assert np.mean(network.predict(unprepared).argmax(axis=1) == held.y) < 0.5


def test_digits_of_mnist_are_read_by_a_network_of_8x8_digits_only_as_those_were_prepared(mnist_folder: Path) -> None:
    data = datasets.Digits().load()
    held = datasets.MNIST(folder=str(mnist_folder), part="test", per_class=30).load()
    network, rng = trained(data, 6), np.random.default_rng(1)
    ground = Ground.of(data.x)
    placement = Placement.of(data.x, ground)
    pads = [replayed(digit[0], rng) for digit in held.x]

    def accuracy(placement: Placement) -> float:
        made = np.stack([prepared(pad, ground, (1, 8, 8), placement) for pad in pads]).astype(np.float32)
        return float(np.mean(network.predict(made).argmax(axis=1) == held.y))

    # Other writers, another pen, another continent; as MNIST was prepared, half of them at most.
    assert accuracy(placement) > 0.68
    plain = replace(placement, stretched=False, upright=False, box=(8.0, 8.0))
    assert accuracy(placement) > accuracy(plain) + 0.1
