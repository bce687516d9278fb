"""MNIST's kin and IDX files of one's own: which data set a file opens, labels, types, turned pictures."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from engine.data import KMNIST, MNIST, Digits, EMNISTLetters, FashionMNIST, IdxFiles, MissingDataError, open_path
from engine.data.idx import read_idx
from engine.data.preparation import Preparation
from engine.errors import DataError
from tests.engine.builders import write_idx

RNG = np.random.default_rng(0)
KIN = [FashionMNIST, KMNIST, EMNISTLetters]


def write_typed(folder: Path, code: int, pictures: np.ndarray) -> None:
    """Pictures in another type than bytes, and their labels 0, 1, 0, ..."""
    write_idx(folder, np.zeros((len(pictures), 1, 1)), np.arange(len(pictures)) % 2)
    head = bytes((0, 0, code, 3)) + b"".join(size.to_bytes(4, "big") for size in pictures.shape)
    (folder / "train-images-idx3-ubyte").write_bytes(head + pictures.astype(pictures.dtype.newbyteorder(">")).tobytes())


class TestKin:
    @pytest.mark.parametrize("kind", KIN)
    def test_what_it_will_be(self, kind: type[FashionMNIST]) -> None:
        train, test = kind().expected_signature(), kind(part="test").expected_signature()
        assert train is not None
        assert test is not None
        assert (train.samples, test.samples) == ((124_800, 20_800) if kind is EMNISTLetters else (60_000, 10_000))
        assert train.classes == kind.names
        few = kind(classes=(3, 1), per_class=7).expected_signature()
        assert few is not None
        assert (few.samples, few.classes) == (14, (kind.names[3], kind.names[1]))

    @pytest.mark.parametrize("kind", KIN)
    def test_what_to_do_without_its_files(
        self, kind: type[FashionMNIST], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        with pytest.raises(MissingDataError) as caught:
            kind().signature()
        assert caught.value.message == (
            f"{kind.title} is not on this computer yet. Download {kind.title} in the data panel, "
            "or choose the folder that has its four files."
        )
        assert caught.value.fix is None  # digits stand in for no clothes

    @pytest.mark.parametrize("kind", KIN)
    def test_is_no_relative_of_the_digits(self, kind: type[FashionMNIST]) -> None:
        assert not kind().continues(Digits())
        assert kind().larger() is None

    def test_letters_stand_upright_and_count_from_a(self, tmp_path: Path) -> None:
        pictures = RNG.integers(0, 256, (3, 4, 5))
        write_idx(tmp_path, pictures, np.array([1, 26, 2]), part="emnist-letters-test")
        dataset = open_path(tmp_path)
        assert dataset == EMNISTLetters(folder=str(tmp_path), part="test")
        data = dataset.load()
        np.testing.assert_allclose(data.x[:, 0], pictures.transpose(0, 2, 1) / 255, atol=1e-6)
        assert [data.classes[label] for label in data.y] == ["A", "Z", "B"]
        assert dataset.signature() == data.signature
        few = dataset.with_changes(classes=(25, 0)).load()
        assert [few.classes[label] for label in few.y] == ["A", "Z"]
        known = Preparation.fit(data)
        inputs, _ = IdxFiles.read_inputs(str(tmp_path / "emnist-letters-test-images-idx3-ubyte"), known)
        np.testing.assert_allclose(inputs, data.x[:, 0], atol=1e-6)

    def test_a_label_beyond_the_last(self, tmp_path: Path) -> None:
        write_idx(tmp_path, np.zeros((2, 2, 2)), np.array([3, 10]))
        expected = r"has a label 10; those of KMNIST run from 0 to 9\. For other pictures, .* IDX files"
        with pytest.raises(DataError, match=expected):
            KMNIST(folder=str(tmp_path)).load()
        write_idx(tmp_path, np.zeros((2, 2, 2)), np.array([3, 0]), part="emnist-letters-train")
        with pytest.raises(DataError, match="has a label 0; those of EMNIST letters run from 1 to 26"):
            EMNISTLetters(folder=str(tmp_path)).load()


class TestOpening:
    @pytest.mark.parametrize("kind", [FashionMNIST, KMNIST])
    def test_files_of_the_authors_are_known_by_their_size(self, kind: type[FashionMNIST], tmp_path: Path) -> None:
        """They have the names of MNIST's."""
        write_idx(tmp_path, RNG.integers(0, 256, (2, 28, 28)), np.array([1, 2]))
        for path in list(tmp_path.iterdir()):
            packed = gzip.compress(path.read_bytes())
            path.with_name(f"{path.name}.gz").write_bytes(packed)
            path.unlink()
        assert open_path(tmp_path) == MNIST(folder=str(tmp_path))
        assert kind.release is not None
        images = tmp_path / kind.release.files[0].name
        with images.open("ab") as file:
            file.truncate(kind.release.files[0].size)
        assert open_path(tmp_path) == kind(folder=str(tmp_path))
        assert open_path(images) == kind(folder=str(tmp_path))

    @pytest.mark.parametrize("labels", [[0, 11], [200, 3]])
    def test_other_labels_are_files_of_ones_own(self, tmp_path: Path, labels: list[int]) -> None:
        write_idx(tmp_path, RNG.integers(0, 256, (2, 3, 3)), np.array(labels))
        dataset = open_path(tmp_path)
        assert dataset == IdxFiles(folder=str(tmp_path))
        data = dataset.load()
        assert [data.classes[label] for label in data.y] == [str(label) for label in labels]
        assert data.classes == tuple(map(str, sorted(labels)))
        assert dataset.signature() == data.signature

    def test_chosen_labels(self, tmp_path: Path) -> None:
        write_idx(tmp_path, np.zeros((5, 2, 2)), np.array([30, 4, 30, 7, 4]))
        data = IdxFiles(folder=str(tmp_path), classes=(30, 7), per_class=1).load()
        assert (data.classes, data.y.tolist()) == (("30", "7"), [0, 1])
        with pytest.raises(DataError, match=r"no samples of the chosen classes; the labels are 4, 7, 30"):
            IdxFiles(folder=str(tmp_path), classes=(30, 8)).load()

    def test_no_folder(self) -> None:
        with pytest.raises(MissingDataError, match=r"no folder is chosen yet\. Choose the folder that has the files"):
            IdxFiles().signature()

    def test_one_file_is_missing(self, tmp_path: Path) -> None:
        write_idx(tmp_path, np.zeros((1, 2, 2)), np.array([30]))
        (tmp_path / "train-labels-idx1-ubyte").unlink()
        with pytest.raises(MissingDataError, match=r"has no train-labels-idx1-ubyte\.gz\. Choose the folder"):
            IdxFiles(folder=str(tmp_path)).load()


class TestTypes:
    @pytest.mark.parametrize(
        ("code", "pictures", "expected"),
        [
            (0x0B, np.array([[[0, 32767]], [[16383, 1]]], np.int16), [[0, 1], [0.49998, 3.05e-5]]),
            (0x0C, np.array([[[0, 2**31 - 1]], [[2**30, 0]]], np.int32), [[0, 1], [0.5, 0]]),
            (0x0D, np.array([[[0.25, -3]], [[7, 0]]], np.float32), [[0.25, -3], [7, 0]]),
            (0x0E, np.array([[[0.25, -3]], [[7, 0]]], np.float64), [[0.25, -3], [7, 0]]),
            (0x09, np.array([[[127, 0]], [[-127, 0]]], np.int8), [[1, 0], [-1, 0]]),
        ],
        ids=["16 bit", "32 bit", "float", "double", "signed"],
    )
    def test_pictures_of_other_types(
        self, tmp_path: Path, code: int, pictures: np.ndarray, expected: list[list[float]]
    ) -> None:
        write_typed(tmp_path, code, pictures)
        dataset = open_path(tmp_path)
        assert isinstance(dataset, IdxFiles)
        data = dataset.load()
        np.testing.assert_allclose(data.x.reshape(2, 2), expected, rtol=1e-2)
        assert data.x.dtype == np.float32
        known = Preparation.fit(data)
        inputs, _ = IdxFiles.read_inputs(str(tmp_path / "train-images-idx3-ubyte"), known)
        np.testing.assert_allclose(inputs.reshape(2, 2), data.x.reshape(2, 2) if known.largest <= 1 else expected)

    def test_a_header_tells_size_and_type_alone(self, tmp_path: Path) -> None:
        write_typed(tmp_path, 0x0B, np.zeros((2, 3, 4), np.int16))
        sizes, nothing = read_idx(tmp_path / "train-images-idx3-ubyte", 3, header_only=True)
        assert (sizes, nothing.size, nothing.dtype.itemsize) == ((2, 3, 4), 0, 2)

    def test_sizes_count_in_bytes_of_the_type(self, tmp_path: Path) -> None:
        path = tmp_path / "x"
        path.write_bytes(bytes((0, 0, 0x0E, 1, 0, 0, 0, 2)) + bytes(8))
        with pytest.raises(DataError, match="announces 16 bytes but holds only 8"):
            read_idx(path, 1)

    def test_too_many_labels_for_classes(self, tmp_path: Path) -> None:
        write_idx(tmp_path, np.zeros((2000, 1, 1)), np.zeros(2000))
        head = bytes((0, 0, 0x0C, 1)) + (2000).to_bytes(4, "big")
        (tmp_path / "train-labels-idx1-ubyte").write_bytes(head + np.arange(2000).astype(">i4").tobytes())
        with pytest.raises(DataError, match="has 2,000 different labels; at most 1,000 are classes"):
            IdxFiles(folder=str(tmp_path)).load()
