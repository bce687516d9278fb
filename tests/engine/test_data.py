"""Data sets: signatures, content, and splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data import (
    DATASETS,
    KMNIST,
    MNIST,
    XOR,
    Checkerboard,
    Circles,
    Data,
    Dataset,
    Digits,
    EMNISTLetters,
    FashionMNIST,
    Gaussians,
    Hills,
    IdxFiles,
    Iris,
    MissingDataError,
    Moons,
    NpzFile,
    PaintedPoints,
    PictureFolder,
    Plane,
    Points,
    Rings,
    Shapes,
    SineCurve,
    Spirals,
    StepCurve,
    TableFile,
    split,
)
from engine.data.samples import as_exact_as_needed
from engine.data.stored_samples import in_memory
from engine.errors import DataError, SpecError
from tests.engine.builders import write_idx
from tests.engine.picture_files import folders

MADE = [XOR, Circles, Gaussians, Moons, Spirals, Checkerboard, Rings, Plane, Hills, SineCurve, StepCurve, Shapes]


@pytest.fixture
def examples(tmp_path: Path) -> dict[str, Dataset]:
    """One of every data set, files of the user included."""
    (tmp_path / "t.csv").write_text("a,b,kind\n1,2,x\n3,4,y\n5,7,x\n")
    np.savez(tmp_path / "a.npz", x=np.ones((4, 1, 5, 6)), y=np.array([0, 1, 2, 1]))
    pictures, labels = np.arange(3 * 4 * 5).reshape(3, 4, 5), np.array([4, 0, 9])
    write_idx(tmp_path, pictures, labels)
    write_idx(tmp_path, pictures, labels + 1, part="emnist-letters-train")
    files = {
        "IdxFiles": IdxFiles(folder=str(tmp_path)),
        "MNIST": MNIST(folder=str(tmp_path)),
        "TableFile": TableFile(path=str(tmp_path / "t.csv")),
        "FashionMNIST": FashionMNIST(folder=str(tmp_path)),
        "KMNIST": KMNIST(folder=str(tmp_path)),
        "EMNISTLetters": EMNISTLetters(folder=str(tmp_path)),
        "NpzFile": NpzFile(path=str(tmp_path / "a.npz")),
        "PictureFolder": PictureFolder(path=str(folders(tmp_path / "pictures"))),
        # A new sheet is empty.
        "PaintedPoints": PaintedPoints(points=Points.of([[0, 0], [1, 0], [0, 2]], [0, 1, 1])),
    }
    return {name: files[name] if name in files else cls() for name, cls in DATASETS.items()}


class TestEveryDataset:
    @pytest.mark.parametrize("name", list(DATASETS))
    def test_signature_is_what_load_gives(self, examples: dict[str, Dataset], name: str) -> None:
        dataset = examples[name]
        data = dataset.load()
        assert dataset.signature() == data.signature
        assert data.x.dtype == (np.float64 if name == "TableFile" else np.float32)
        assert np.isfinite(data.x).all()
        if data.task == "classification":
            assert data.y.dtype == np.int64
            assert data.y.shape == (len(data),)
            assert 0 <= data.y.min() <= data.y.max() < len(data.classes)
        else:
            assert data.y.dtype == np.float32
            assert data.y.shape == (len(data), data.signature.targets)

    @pytest.mark.parametrize("name", list(DATASETS))
    def test_same_settings_give_same_data(self, examples: dict[str, Dataset], name: str) -> None:
        first, second = examples[name].load(), examples[name].load()
        np.testing.assert_array_equal(first.x, second.x)
        np.testing.assert_array_equal(first.y, second.y)

    @pytest.mark.parametrize("name", list(DATASETS))
    def test_says_what_it_is(self, name: str) -> None:
        assert DATASETS[name].title
        assert DATASETS[name].help.endswith(".")
        assert DATASETS[name].seeded == ("seed" in DATASETS[name].model_fields)

    def test_only_files_of_the_user_are_external(self) -> None:
        assert {name for name, cls in DATASETS.items() if cls.external} == {
            *("NpzFile", "TableFile", "IdxFiles", "PictureFolder"),
            *("MNIST", "FashionMNIST", "KMNIST", "EMNISTLetters"),
        }


class TestMade:
    @pytest.mark.parametrize("cls", MADE)
    def test_another_seed_gives_other_points(self, cls: type[Dataset]) -> None:
        settings = {"samples": 40, "noise": 0.1}
        first, second = cls(**settings, seed=1).load(), cls(**settings, seed=2).load()
        assert not np.array_equal(first.x, second.x)

    @pytest.mark.parametrize("cls", MADE)
    def test_number_of_samples(self, cls: type[Dataset]) -> None:
        for samples in (4, 5, 101):
            assert len(cls(samples=samples).load()) == samples

    @pytest.mark.parametrize("cls", [Circles, Gaussians, Moons, Spirals, Checkerboard, Rings])
    def test_noise_is_the_spread_about_the_place(self, cls: type[Dataset]) -> None:
        still, noisy = cls(samples=4000, noise=0).load(), cls(samples=4000, noise=0.25).load()
        distance = in_memory(noisy.x) - in_memory(still.x)
        assert distance.std() == pytest.approx(0.25, rel=0.05)
        assert abs(distance.mean()) < 0.02

    @pytest.mark.parametrize("cls", [Plane, Hills, SineCurve, StepCurve])
    def test_noise_is_the_spread_of_the_heights(self, cls: type[Dataset]) -> None:
        still, noisy = cls(samples=4000, noise=0).load(), cls(samples=4000, noise=0.25).load()
        np.testing.assert_array_equal(noisy.x, still.x)
        assert (noisy.y - still.y).std() == pytest.approx(0.25, rel=0.05)

    @pytest.mark.parametrize("cls", [Circles, Gaussians, Moons, Spirals, Checkerboard])
    def test_classes_are_of_one_size(self, cls: type[Dataset]) -> None:
        counts = np.bincount(cls(samples=100).load().y)
        assert len(counts) == 2
        assert counts.tolist() == [50, 50]

    def test_xor_is_the_truth_table(self) -> None:
        data = XOR().load()
        assert data.x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
        assert data.y.tolist() == [0, 1, 1, 0]

    def test_circles_lie_inside_each_other(self) -> None:
        data = Circles(noise=0).load()
        radius = np.linalg.norm(data.x, axis=1)
        np.testing.assert_allclose(radius[data.y == 0], 0.4, rtol=1e-5)
        np.testing.assert_allclose(radius[data.y == 1], 0.9, rtol=1e-5)

    def test_clouds_and_arms_set_the_classes(self) -> None:
        assert Gaussians(clouds=5).signature().classes == ("0", "1", "2", "3", "4")
        assert set(Spirals(arms=3, samples=30).load().y) == {0, 1, 2}

    def test_heights(self) -> None:
        plane, hills = Plane(noise=0).load(), Hills(noise=0).load()
        np.testing.assert_allclose(plane.y[:, 0], plane.x.sum(axis=1) / 2, atol=1e-6)
        expected = np.sin(np.pi * hills.x[:, 0]) * np.sin(np.pi * hills.x[:, 1])
        np.testing.assert_allclose(hills.y[:, 0], expected, atol=1e-5)

    @pytest.mark.parametrize("settings", [{"samples": 1}, {"noise": -0.1}, {"seed": -1}, {"samples": 10**9}])
    def test_settings_out_of_bounds(self, settings: dict[str, float]) -> None:
        with pytest.raises(SpecError, match=next(iter(settings))):
            Moons(**settings)


class TestBundled:
    def test_iris_is_fishers(self) -> None:
        data = Iris(standardize=False).load()
        assert np.bincount(data.y).tolist() == [50, 50, 50]
        np.testing.assert_allclose(data.x[0], [5.1, 3.5, 1.4, 0.2], rtol=1e-6)
        np.testing.assert_allclose(data.x.mean(axis=0), [5.8433, 3.0573, 3.758, 1.1993], atol=1e-3)

    @pytest.mark.parametrize("standardize", [True, False])
    def test_iris_is_loaded_in_centimetres(self, standardize: bool) -> None:
        np.testing.assert_allclose(Iris(standardize=standardize).load().x[0], [5.1, 3.5, 1.4, 0.2], rtol=1e-6)

    def test_digits_are_the_1797_pictures(self) -> None:
        data = Digits().load()
        assert data.x.shape == (1797, 1, 8, 8)
        assert (data.x.min(), data.x.max()) == (0, 1)
        assert np.bincount(data.y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]

    @pytest.mark.peers
    def test_values_are_those_of_scikit_learn(self) -> None:
        datasets = pytest.importorskip("sklearn.datasets")
        digits, iris = datasets.load_digits(), datasets.load_iris()
        np.testing.assert_array_equal(Digits().load().x[:, 0] * 16, digits.images)
        np.testing.assert_array_equal(Digits().load().y, digits.target)
        np.testing.assert_allclose(Iris(standardize=False).load().x, iris.data, rtol=1e-6)

    def test_chosen_classes_are_counted_anew_in_their_order(self) -> None:
        data = Digits(classes=(7, 1), per_class=5).load()
        assert data.classes == ("7", "1")
        assert np.bincount(data.y).tolist() == [5, 5]
        every = Digits().load()
        seven = every.x[every.y == 7][:5]
        np.testing.assert_array_equal(data.x[data.y == 0], seven)

    def test_signature_of_a_choice(self) -> None:
        dataset = Digits(classes=(7, 1), per_class=5)
        assert dataset.signature() == dataset.load().signature


class TestLarger:
    def test_digits_are_set_as_those_of_mnist(self) -> None:
        small, large = Digits(), Digits(size="28x28")
        pictures, points = large.load().x, small.load().x
        assert large.signature() == large.load().signature
        assert pictures.shape == (1797, 1, 28, 28)
        assert 0 <= pictures.min() < pictures.max() <= 1
        inner = pictures[:, :, 4:24, 4:24]
        assert inner.sum() == pytest.approx(pictures.sum())  # there is nothing on the rim
        assert inner.mean() == pytest.approx(points.mean(), rel=0.03)
        # Corners keep their values, and where two pixels of the source meet is their mean.
        np.testing.assert_allclose(inner[..., 0, 0], points[..., 0, 0], atol=1e-6)
        middle = points[..., 3:5, 3:5].mean(axis=(2, 3))
        np.testing.assert_allclose(inner[..., 9:11, 9:11].mean(axis=(2, 3)), middle, atol=1e-6)

    def test_what_digits_stand_in_for(self, tmp_path: Path) -> None:
        few = Digits(classes=(0, 1), per_class=100, size="28x28")
        real = MNIST(classes=(0, 1), per_class=100)
        assert few.larger() == real
        elsewhere = MNIST(folder=str(tmp_path), part="test")
        assert few.likeness(elsewhere) == real.with_changes(folder=str(tmp_path), part="test")
        assert few.likeness(Digits()) == few
        assert few.likeness(Iris()) is None

    def test_what_goes_on_with_what_was_learnt(self, tmp_path: Path) -> None:
        digits, real = Digits(classes=(0, 1)), MNIST(classes=(0, 1))
        assert real.continues(digits)
        assert real.located(str(tmp_path)).continues(digits)
        assert not digits.continues(real)
        assert not digits.continues(digits)
        assert not MNIST().continues(digits)
        assert not Iris().continues(digits)

    @pytest.mark.parametrize("cls", DATASETS.values(), ids=DATASETS.keys())
    def test_larger_data_can_be_had(self, cls: type[Dataset]) -> None:
        """Else the offer of them would be a button that does nothing."""
        larger = cls().larger()
        if larger is not None:
            assert larger.download_size
            assert larger.expected_signature() is not None
            assert larger.continues(cls())

    def test_what_mnist_will_be(self) -> None:
        expected = MNIST().expected_signature()
        assert (expected.samples, expected.input_shape, expected.classes) == (60_000, (1, 28, 28), tuple("0123456789"))
        assert MNIST(part="test").expected_signature().samples == 10_000
        assert MNIST(classes=(1, 0)).expected_signature().samples == 5923 + 6742
        few = MNIST(part="test", classes=(5, 1), per_class=900).expected_signature()
        assert (few.samples, few.classes) == (892 + 900, ("5", "1"))

    def test_it_is_what_mnist_is(self, mnist_folder: Path) -> None:
        real = MNIST(folder=str(mnist_folder), classes=(0, 1), per_class=50)
        assert real.expected_signature() == real.signature()

    def test_without_its_files_mnist_names_the_digits_that_are_there(self, tmp_path: Path) -> None:
        with pytest.raises(MissingDataError) as caught:
            MNIST(folder=str(tmp_path), classes=(0, 1), per_class=5000).signature()
        assert caught.value.fix is not None
        assert caught.value.fix.dataset == Digits(classes=(0, 1), size="28x28")


class TestSplit:
    @pytest.mark.parametrize("share", [0.1, 0.2, 0.5, 0.9])
    def test_every_sample_is_on_one_side(self, share: float) -> None:
        data = numbered(103)
        train, validation = split(data, share, 0)
        assert validation is not None
        assert len(validation) == round(103 * share)
        assert sorted([*train.x[:, 0], *validation.x[:, 0]]) == list(range(103))

    @pytest.mark.parametrize("seed", range(5))
    def test_classes_keep_their_shares(self, seed: int) -> None:
        y = np.repeat([0, 1, 2], [60, 30, 10])
        data = Data(np.arange(100, dtype=np.float32)[:, None], y, "classification", ("a", "b", "c"))
        train, validation = split(data, 0.2, seed)
        assert validation is not None
        assert np.abs(np.bincount(validation.y) - [12, 6, 2]).max() <= 1
        assert np.abs(np.bincount(train.y) - [48, 24, 8]).max() <= 1

    def test_is_the_same_every_time_and_another_with_another_seed(self) -> None:
        data = Iris().load()
        first, again, other = (split(data, 0.2, seed)[1] for seed in (3, 3, 4))
        assert first is not None
        assert again is not None
        assert other is not None
        np.testing.assert_array_equal(first.x, again.x)
        assert not np.array_equal(first.x, other.x)

    def test_training_part_is_shuffled(self) -> None:
        train, _ = split(Iris().load(), 0.2, 0)
        assert len(set(train.y[:20])) == 3

    def test_no_share_leaves_the_data_as_they_are(self) -> None:
        data = numbered(10)
        assert split(data, 0, 0) == (data, None)

    @pytest.mark.parametrize(("samples", "share"), [(2, 0.01), (2, 0.9), (3, 0.9)])
    def test_a_sample_stays_on_each_side(self, samples: int, share: float) -> None:
        train, validation = split(numbered(samples), share, 0)
        assert validation is not None
        assert len(train) >= 1
        assert len(validation) >= 1

    def test_a_single_sample_is_for_training(self) -> None:
        train, validation = split(numbered(1), 0.5, 0)
        assert (len(train), validation) == (1, None)

    @pytest.mark.parametrize("share", [-0.1, 0.95, 1.0, float("nan")])
    def test_impossible_share(self, share: float) -> None:
        with pytest.raises(DataError, match=r"must lie between 0 and 0\.9"):
            split(numbered(10), share, 0)


def numbered(samples: int) -> Data:
    x = np.arange(samples, dtype=np.float32)[:, None]
    return Data(x, x.copy(), "regression")


class TestData:
    def test_counts_must_agree(self) -> None:
        with pytest.raises(DataError, match="found 3 samples but 2 targets"):
            Data(np.zeros((3, 1), np.float32), np.zeros((2, 1), np.float32), "regression")

    def test_one_axis_is_too_few(self) -> None:
        with pytest.raises(DataError, match=r"at least two axes .* found shape \(3,\)"):
            Data(np.zeros(3, np.float32), np.zeros((3, 1), np.float32), "regression")

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_numbers_must_be_finite(self, bad: float) -> None:
        x = np.zeros((4, 2), np.float32)
        x[2, 1] = bad
        with pytest.raises(DataError, match=r"the samples hold NaN or infinity .*, first in sample 2"):
            Data(x, np.zeros((4, 1), np.float32), "regression")


def test_numbers_keep_the_bits_that_tell_them_apart() -> None:
    stamps = 1_700_000_000 + 30.0 * np.arange(40)[:, None]
    assert as_exact_as_needed(stamps).dtype == np.float64
    assert as_exact_as_needed(stamps.astype(np.int64)).dtype == np.float64
    for numbers in (
        stamps - stamps.mean(),
        np.full((5, 2), 1e9),
        np.arange(6).reshape(3, 2),
        stamps.astype(np.float32),
    ):
        assert as_exact_as_needed(numbers).dtype == np.float32
