"""Built-in data sets: cards, patterns, curves, shapes, and tables as they were published."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data import (
    DATASETS,
    BreastCancer,
    Checkerboard,
    Dataset,
    Diabetes,
    Rings,
    Shapes,
    SineCurve,
    StepCurve,
    Wine,
)
from engine.data.bundled_tables import BundledTable
from engine.data.card import COMPUTED, OWN
from engine.data.shapes import SHAPES
from engine.data.stored_samples import in_memory

TABLES = {name: kind for name, kind in DATASETS.items() if issubclass(kind, BundledTable)}


class TestCards:
    @pytest.mark.parametrize("kind", DATASETS.values(), ids=DATASETS)
    def test_every_data_set_has_one(self, kind: type[Dataset]) -> None:
        card = kind.card
        for text in (card.size, card.source, card.licence):
            assert text
            assert text == text.strip().rstrip(".")
        assert not card.address or card.address.startswith("https://")

    @pytest.mark.parametrize("kind", DATASETS.values(), ids=DATASETS)
    def test_data_of_others_name_their_authors(self, kind: type[Dataset]) -> None:
        """What comes with the program, or is downloaded, has a source with a page and a year."""
        others = kind.release is not None or (not kind.external and not kind.seeded and kind.card is not OWN)
        if others and kind.card is not COMPUTED:
            assert kind.card.address
            assert any(character.isdigit() for character in kind.card.source)

    @pytest.mark.parametrize("kind", TABLES.values(), ids=TABLES)
    def test_tables_have_the_size_that_stands_there(self, kind: type[BundledTable]) -> None:
        assert kind.card.size.startswith(f"{len(kind().load())} ")  # type: ignore[call-arg]


class TestPatterns:
    @pytest.mark.parametrize("squares", [2, 3, 4, 7])
    def test_checkerboard(self, squares: int) -> None:
        data = Checkerboard(samples=2000, squares=squares).load()
        assert np.abs(data.x).max() <= 1
        place = np.minimum((in_memory(data.x) + 1) / 2 * squares, squares - 1e-6).astype(int)
        assert (place.sum(axis=1) % 2 == data.y).all()
        assert len({tuple(square) for square in place.tolist()}) == squares**2  # none of them is empty

    @pytest.mark.parametrize("rings", [2, 3, 8])
    def test_rings(self, rings: int) -> None:
        data = Rings(samples=400, noise=0, rings=rings).load()
        radius = np.hypot(*data.x.T)
        np.testing.assert_allclose(radius, 0.95 * (data.y + 1) / rings, rtol=1e-5)
        assert data.classes == tuple(str(number) for number in range(rings))


class TestCurves:
    def test_sine(self) -> None:
        data = SineCurve(noise=0, periods=2.5).load()
        assert data.x.shape[1:] == (1,)
        np.testing.assert_allclose(data.y, np.sin(2 * np.pi * 2.5 * in_memory(data.x) / 2), atol=1e-5)
        # So many full waves from -1 to 1.
        assert np.count_nonzero(np.diff(np.sign(data.y[np.argsort(data.x[:, 0]), 0]))) in (4, 5)

    @pytest.mark.parametrize("steps", [2, 5])
    def test_steps(self, steps: int) -> None:
        data = StepCurve(noise=0, steps=steps, samples=500).load()
        np.testing.assert_allclose(np.unique(data.y), np.linspace(-1, 1, steps), atol=1e-6)
        ordered = data.y[np.argsort(data.x[:, 0]), 0]
        assert (np.diff(ordered) >= 0).all()
        # Flat pieces are equally wide.
        edges = [data.x[data.y == value].max() for value in np.unique(data.y)]
        np.testing.assert_allclose(edges, np.arange(1, steps + 1) * 2 / steps - 1, atol=0.05)


class TestShapes:
    def test_areas_are_those_of_geometry(self) -> None:
        """Pixels on an edge are covered for a part, so that sums are areas at any size."""
        data = Shapes(samples=120, shapes=6, noise=0, size=48).load()
        fine = Shapes(samples=120, shapes=6, noise=0, size=64).load()
        share = data.x.sum(axis=(1, 2, 3)) / 48**2
        np.testing.assert_allclose(share, fine.x.sum(axis=(1, 2, 3)) / 64**2, rtol=0.02)
        bright = data.x.max(axis=(1, 2, 3))
        radius = np.random.default_rng(0).uniform(0.45, 0.8, 120)  # what the seed draws first
        area = {"circle": np.pi * 0.9**2, "square": 4 * 0.68**2, "triangle": 3 * np.sqrt(3) * 0.48**2}
        area |= {"cross": 4 * 0.28 * (2 * 0.95 - 0.28), "ring": np.pi * (0.9**2 - 0.5**2), "bar": 4 * 0.95 * 0.28}
        expected = np.array([area[data.classes[label]] for label in data.y]) * radius**2 / 4 * bright
        np.testing.assert_allclose(share, expected, rtol=0.03)

    def test_edges_are_soft_and_the_rest_is_flat(self) -> None:
        data = Shapes(samples=40, noise=0, size=32).load()
        light = data.x / data.x.max(axis=(1, 2, 3), keepdims=True)
        between = (light > 0.01) & (light < 0.99)
        assert (between.sum(axis=(1, 2, 3)) > 10).all()
        assert between.mean() < 0.2

    def test_shapes_are_whole_and_at_any_place(self) -> None:
        data = Shapes(samples=200, noise=0, size=32, shapes=6).load()
        assert data.x[..., 0, :].max() < 0.8
        assert data.x[..., :, -1].max() < 0.8
        across = np.arange(32)
        middle = (data.x[:, 0].sum(axis=1) * across).sum(axis=1) / data.x[:, 0].sum(axis=(1, 2))
        assert middle.std() > 2

    def test_upright_ones_do_not_turn(self) -> None:
        data = Shapes(samples=100, noise=0, size=32, shapes=2, turned=False).load()
        squares = data.x[data.y == 1, 0]
        rows = (squares.max(axis=2) > 0.5).sum(axis=1)
        columns = (squares.max(axis=1) > 0.5).sum(axis=1)
        assert np.abs(rows - columns).max() <= 1
        filled = (squares > 0.3).sum(axis=(1, 2)) / (rows * columns)
        assert filled.min() > 0.95  # nothing of a square's frame is empty, as it would be if it stood on a corner

    def test_noise_stays_within_the_range_of_pixels(self) -> None:
        still, noisy = Shapes(samples=60, noise=0).load(), Shapes(samples=60, noise=0.2).load()
        pictures, changed = in_memory(still.x), in_memory(noisy.x)
        assert (changed.min(), changed.max()) == (0, 1)
        inside = (pictures > 0.4) & (pictures < 0.6)
        assert (changed - pictures)[inside].std() == pytest.approx(0.2, rel=0.2)

    def test_names_are_those_of_the_shapes(self) -> None:
        assert Shapes(shapes=3).signature().classes == ("circle", "square", "triangle")
        assert Shapes(shapes=len(SHAPES)).load().classes == tuple(SHAPES)

    def test_more_than_are_drawn_at_a_time(self) -> None:
        many = Shapes(samples=1200).load()
        assert np.bincount(many.y).tolist() == [300] * 4
        assert (many.x.max(axis=(1, 2, 3)) > 0.5).all()


class TestTables:
    def test_first_rows_are_the_published_ones(self) -> None:
        wine, cancer, diabetes = (kind().load() for kind in (Wine, BreastCancer, Diabetes))
        np.testing.assert_allclose(wine.x[0, [0, 1, 12]], [14.23, 1.71, 1065], rtol=1e-6)
        np.testing.assert_allclose(cancer.x[0, [0, 3, 29]], [17.99, 1001, 0.1189], rtol=1e-6)
        np.testing.assert_allclose(diabetes.x[0], [59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87], rtol=1e-6)
        assert np.bincount(wine.y).tolist() == [59, 71, 48]
        assert np.bincount(cancer.y).tolist() == [212, 357]
        assert (cancer.classes[cancer.y[0]], diabetes.y[:3, 0].tolist()) == ("malignant", [151, 75, 141])
        assert (diabetes.signature.target_range, Diabetes().signature().target_range) == ((25, 346), (25, 346))

    @pytest.mark.peers
    @pytest.mark.parametrize(
        ("kind", "loader"), [(Wine, "wine"), (BreastCancer, "breast_cancer"), (Diabetes, "diabetes")]
    )
    def test_values_are_those_of_scikit_learn(self, kind: type[Dataset], loader: str) -> None:
        datasets = pytest.importorskip("sklearn.datasets")
        options = {"scaled": False} if loader == "diabetes" else {}
        theirs, ours = getattr(datasets, f"load_{loader}")(**options), kind().load()  # type: ignore[call-arg]
        np.testing.assert_array_equal(ours.x, theirs.data.astype(np.float32))
        np.testing.assert_array_equal(ours.y.ravel(), theirs.target)
        assert len(ours.features) == len(theirs.feature_names)
