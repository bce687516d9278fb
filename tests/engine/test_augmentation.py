"""Augmentation: which pixels go where, and that the same seed gives the same pictures."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data import Digits
from engine.data.samples import Data, Signature
from engine.data.steps import STEPS, Augmentation, Elastic, Erase, Flip, Noise, Rotate, Shift, Zoom
from engine.data.steps.augmentation.base import augment, augmentations, generator
from engine.data.steps.augmentation.geometric import rotations
from engine.data.steps.augmentation.source import AugmentedSource
from engine.data.steps.augmentation.warping import between, shifted, turned
from engine.data.stored_samples import in_memory
from engine.errors import SpecError
from engine.source import Source

KINDS = [kind for kind in STEPS.values() if issubclass(kind, Augmentation)]
STILL: dict[str, Augmentation] = {
    "Shift": Shift(across=0, down=0),
    "Rotate": Rotate(angle=0),
    "Zoom": Zoom(least=1, most=1),
    "Flip": Flip(left_right=False, up_down=False),
    "Elastic": Elastic(strength=0),
    "Noise": Noise(spread=0),
    "Erase": Erase(chance=0),
}


@pytest.fixture
def pictures() -> np.ndarray:
    return np.random.default_rng(0).random((40, 3, 7, 9), np.float32)


@pytest.mark.parametrize("kind", KINDS)
class TestEvery:
    def test_keeps_shape_and_type_and_what_it_was_given(self, kind: type[Augmentation], pictures: np.ndarray) -> None:
        before = pictures.copy()
        changed = kind().change(pictures, generator(0, 0))
        assert (changed.shape, changed.dtype) == (pictures.shape, np.float32)
        assert np.isfinite(changed).all()
        np.testing.assert_array_equal(pictures, before)
        assert not np.array_equal(changed, pictures)

    def test_the_same_seed_and_step_give_the_same(self, kind: type[Augmentation], pictures: np.ndarray) -> None:
        first, second = (kind().change(pictures, generator(3, 5)) for _ in range(2))
        np.testing.assert_array_equal(first, second)
        for other in (generator(3, 6), generator(4, 5)):
            assert not np.array_equal(first, kind().change(pictures, other))

    def test_pictures_are_changed_differently(self, kind: type[Augmentation], pictures: np.ndarray) -> None:
        changed = kind().change(np.repeat(pictures[:1], 40, 0), generator(0, 0))
        assert len(np.unique(changed.reshape(40, -1), axis=0)) > 1

    def test_without_strength_nothing_changes(self, kind: type[Augmentation], pictures: np.ndarray) -> None:
        np.testing.assert_array_equal(STILL[kind.__name__].change(pictures, generator(0, 0)), pictures)

    def test_only_for_pictures(self, kind: type[Augmentation]) -> None:
        kind().check(Signature((1, 8, 8), "classification", ("a", "b"), 0, 10))
        kind().check(Signature((8, 8), "classification", ("a", "b"), 0, 10))
        with pytest.raises(SpecError, match="found 2 plain inputs per sample, expected pictures"):
            kind().check(Signature((2,), "classification", ("a", "b"), 0, 10))

    def test_says_what_it_does(self, kind: type[Augmentation]) -> None:
        assert kind.title
        assert kind.help.endswith(".")
        assert kind().summary


class TestShift:
    def test_whole_pixels(self) -> None:
        picture = np.arange(12, dtype=np.float32).reshape(1, 1, 3, 4)
        down, right = np.array([1]), np.array([-1])
        np.testing.assert_array_equal(
            shifted(picture, down, right, "zero")[0, 0], [[0, 0, 0, 0], [1, 2, 3, 0], [5, 6, 7, 0]]
        )
        np.testing.assert_array_equal(
            shifted(picture, down, right, "edge")[0, 0], [[1, 2, 3, 3], [1, 2, 3, 3], [5, 6, 7, 7]]
        )

    def test_suits_the_size_of_the_pictures(self) -> None:
        for side, pixels in ((8, 1), (28, 2), (64, 4)):
            signature = Signature((1, side, 2 * side), "classification", ("a", "b"), 0, 10)
            assert Shift.suited(signature) == Shift(across=2 * side // 14, down=pixels)

    def test_each_shift_is_within_its_bounds_and_as_frequent(self) -> None:
        dot = np.zeros((20_000, 1, 9, 9), np.float32)
        dot[:, 0, 4, 4] = 1
        changed = Shift(across=2, down=1, outside="zero").change(dot, generator(0, 0))
        shares = changed.mean(axis=0)[0]
        np.testing.assert_allclose(shares[3:6, 2:7], 1 / 15, atol=0.01)
        assert shares[3:6, 2:7].sum() == pytest.approx(1)


class TestTurned:
    def test_quarter_turns(self, pictures: np.ndarray) -> None:
        square = pictures[..., :7]
        for quarters in (1, 2, 3):
            angles = np.full(len(square), quarters * np.pi / 2)
            found = turned(square, rotations(angles), "edge")
            np.testing.assert_allclose(found, np.rot90(square, quarters, (2, 3)), atol=1e-5)

    def test_twice_as_large(self) -> None:
        picture = np.zeros((1, 1, 8, 8), np.float32)
        picture[:, :, 3:5, 3:5] = 1
        found = Zoom(least=2, most=2).change(picture, generator(0, 0))
        np.testing.assert_allclose(
            found[0, 0, 2:6, 2:6],
            [[0.5625, 0.75, 0.75, 0.5625], [0.75, 1, 1, 0.75]] * 1 + [[0.75, 1, 1, 0.75], [0.5625, 0.75, 0.75, 0.5625]],
        )
        assert found.sum() == pytest.approx(4 * picture.sum())

    def test_half_as_large_shows_what_is_outside(self, pictures: np.ndarray) -> None:
        small = Zoom(least=0.5, most=0.5, outside="zero").change(pictures, generator(0, 0))
        assert (small[:, :, 0] == 0).all()
        edge = Zoom(least=0.5, most=0.5).change(pictures, generator(0, 0))
        np.testing.assert_array_equal(edge[:, :, 0, 0], pictures[:, :, 0, 0])

    def test_between_pixels_as_scipy_has_it(self, pictures: np.ndarray) -> None:
        from scipy.ndimage import map_coordinates

        rng = np.random.default_rng(1)
        rows = rng.uniform(-3, 10, (40, 7, 9)).astype(np.float32)
        columns = rng.uniform(-3, 12, (40, 7, 9)).astype(np.float32)
        for outside, mode in (("edge", "nearest"), ("zero", "grid-constant")):
            found = between(pictures, rows, columns, outside)  # type: ignore[arg-type]
            wanted = np.array(
                [
                    [map_coordinates(plane, (rows[k], columns[k]), order=1, mode=mode) for plane in pictures[k]]
                    for k in range(40)
                ]
            )
            np.testing.assert_allclose(found, wanted, atol=1e-5)


class TestFlip:
    def test_half_of_them_exactly_reflected(self, pictures: np.ndarray) -> None:
        changed = Flip(left_right=True).change(pictures, generator(0, 0))
        flipped = np.array(
            [np.array_equal(one, other[..., ::-1]) for one, other in zip(changed, pictures, strict=True)]
        )
        same = np.array([np.array_equal(one, other) for one, other in zip(changed, pictures, strict=True)])
        assert (flipped ^ same).all()
        assert 10 < flipped.sum() < 30

    def test_up_and_down(self, pictures: np.ndarray) -> None:
        changed = Flip(left_right=False, up_down=True).change(pictures, generator(0, 0))
        flipped = [np.array_equal(one, other[:, ::-1]) for one, other in zip(changed, pictures, strict=True)]
        assert 10 < sum(flipped) < 30


class TestPixels:
    def test_noise_has_its_spread(self) -> None:
        noise = Noise(spread=0.25).change(np.zeros((50, 1, 28, 28), np.float32), generator(0, 0))
        assert noise.std() == pytest.approx(0.25, rel=0.02)
        assert abs(noise.mean()) < 0.01

    @pytest.mark.parametrize("fill", ["zero", "mean"])
    def test_one_rectangle_is_erased(self, pictures: np.ndarray, fill: str) -> None:
        changed = Erase(size=0.3, chance=1, fill=fill).change(pictures, generator(0, 0))  # type: ignore[arg-type]
        for one, other in zip(changed, pictures, strict=True):
            rows, columns = np.nonzero((one != other).all(axis=0))
            assert (np.ptp(rows) + 1, np.ptp(columns) + 1, len(rows)) == (2, 3, 6)
            value = other.mean(axis=(1, 2)) if fill == "mean" else np.zeros(3)
            np.testing.assert_allclose(one[:, rows[0], columns[0]], value, atol=1e-6)

    def test_half_of_them(self, pictures: np.ndarray) -> None:
        changed = Erase(chance=0.5).change(pictures, generator(0, 0))
        assert 10 < (changed != pictures).any(axis=(1, 2, 3)).sum() < 30

    def test_all_of_it_can_be_erased(self, pictures: np.ndarray) -> None:
        assert (Erase(size=1, chance=1).change(pictures, generator(0, 0)) == 0).all()


class TestElastic:
    def test_shifts_are_as_strong_as_told(self) -> None:
        # On a ramp, the value of a pixel tells where it comes from.
        columns = np.broadcast_to(np.arange(64, dtype=np.float32), (200, 1, 64, 64))
        shift = (Elastic(strength=1.5, smoothness=5).change(columns, generator(0, 0)) - columns)[..., 10:-10]
        assert np.sqrt((shift**2).mean()) == pytest.approx(1.5, rel=0.05)
        # Smooth: neighbours go almost the same way.
        assert np.abs(np.diff(shift, axis=2)).mean() < 0.4


class TestSource:
    @pytest.fixture
    def data(self) -> Data:
        return Digits(per_class=10).load()

    def test_without_steps_samples_are_as_they_are(self, data: Data) -> None:
        source = AugmentedSource(data, (), lambda x: x, 0, lambda: 0)
        assert isinstance(source, Source)
        assert (len(source), source.sample_shape) == (100, (1, 8, 8))
        out = np.empty((3, 1, 8, 8), np.float32)
        source.take(np.array([5, 2, 99]), out)
        np.testing.assert_array_equal(out, data.x[[5, 2, 99]])

    def test_follows_from_seed_and_step_alone(self, data: Data) -> None:
        step = 0
        source = AugmentedSource(data, (Shift(), Noise()), lambda x: x, 7, lambda: step)
        chosen = np.array([5, 2, 99])
        seen = []
        for step in (0, 1, 0):  # noqa: B007 - the clock reads it
            out = np.empty((3, 1, 8, 8), np.float32)
            source.take(chosen, out)
            seen.append(out)
        np.testing.assert_array_equal(seen[0], seen[2])
        assert not np.array_equal(seen[0], seen[1])
        np.testing.assert_array_equal(seen[1], augment((Shift(), Noise()), data.x[chosen], generator(7, 1)))

    def test_works_in_the_units_of_the_source(self, data: Data) -> None:
        from dataclasses import replace

        scaled = replace(data, x=in_memory(data.x) * 4 - 2, source=data.x)
        source = AugmentedSource(scaled, (Erase(size=1, chance=1),), lambda x: x * 4 - 2, 0, lambda: 0)
        out = np.empty((1, 1, 8, 8), np.float32)
        source.take(np.array([0]), out)
        # Black is black before it is scaled.
        assert (out == -2).all()

    def test_pictures_without_channels(self) -> None:
        x = np.random.default_rng(0).random((5, 7, 9), np.float32)
        changed = augment((Flip(), Shift()), x, generator(0, 0))
        assert changed.shape == x.shape
        np.testing.assert_array_equal(changed, augment((Flip(), Shift()), x[:, None], generator(0, 0))[:, 0])

    def test_steps_that_are_off_or_of_another_kind(self) -> None:
        from engine.data.steps import ScaleInputs

        assert augmentations((Shift(enabled=False), ScaleInputs(), Flip())) == (Flip(),)
