"""Data from files: tables, arrays and images of the user, intact and broken."""

from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data import MNIST, MissingDataError, NpzFile, TableFile, open_path
from engine.data.idx import read_idx
from engine.errors import DataError
from tests.engine.builders import write_idx

RNG = np.random.default_rng(0)


def table(folder: Path, text: str, **settings: Any) -> TableFile:
    path = folder / "t.csv"
    path.write_bytes(text.encode())
    return TableFile(path=str(path), **{"standardize": False, **settings})


def arrays(folder: Path, **named: Any) -> NpzFile:
    np.savez(folder / "a.npz", **named)
    return NpzFile(path=str(folder / "a.npz"))


class TestTables:
    def test_words_are_classes(self, tmp_path: Path) -> None:
        data = table(tmp_path, "a,b,kind\n1,2,cat\n3,4.5,ant\n-5,6e1,cat\n").load()
        assert data.x.tolist() == [[1, 2], [3, 4.5], [-5, 60]]
        assert (data.classes, data.y.tolist(), data.features) == (("ant", "cat"), [1, 0, 1], ("a", "b"))

    def test_whole_numbers_are_classes(self, tmp_path: Path) -> None:
        data = table(tmp_path, "a,y\n1,3\n2,5\n3,3\n").load()
        assert (data.task, data.classes, data.y.tolist()) == ("classification", ("3", "5"), [0, 1, 0])

    def test_other_numbers_are_to_be_predicted(self, tmp_path: Path) -> None:
        data = table(tmp_path, "a,y\n1,0.5\n2,1.5\n").load()
        assert (data.task, data.y.tolist()) == ("regression", [[0.5], [1.5]])

    def test_many_whole_numbers_are_to_be_predicted(self, tmp_path: Path) -> None:
        lines = "".join(f"{number},{number}\n" for number in range(50))
        assert table(tmp_path, "a,y\n" + lines).load().task == "regression"

    def test_target_by_name(self, tmp_path: Path) -> None:
        data = table(tmp_path, "kind,a,b\nx,1,2\ny,3,4\n", target="kind").load()
        assert data.x.tolist() == [[1, 2], [3, 4]]
        assert data.features == ("a", "b")

    def test_first_line_of_numbers_is_a_sample(self, tmp_path: Path) -> None:
        data = table(tmp_path, "1,2,0\n3,4,1\n").load()
        assert data.x.tolist() == [[1, 2], [3, 4]]
        assert data.features == ("column 1", "column 2")

    @pytest.mark.parametrize(
        ("text", "named", "samples"),
        [
            ("5.1,3.5,setosa\n4.9,3.0,setosa\n7.0,3.2,versicolor\n", False, 3),
            ("5.1,setosa\n", False, 1),
            ("2019,2020,sort\n1,2,a\n", False, 2),
            ("a,2020,sort\n1,2,x\n", True, 1),
            ("a,b\nu,v\n", True, 1),
        ],
    )
    def test_a_first_line_with_numbers_where_the_second_has_is_a_sample(
        self, tmp_path: Path, text: str, named: bool, samples: int
    ) -> None:
        found = table(tmp_path, text).guess_table()
        assert (found.layout.named, found.rows) == (named, samples)
        assert table(tmp_path, text, header="no").guess_table().rows == text.count("\n")

    def test_a_missing_header_is_told_and_can_be_set(self, tmp_path: Path) -> None:
        (note,) = table(tmp_path, "1,2,a\n3,4,b\n").load().notes
        assert note.endswith("t.csv has no header line: its first line, 1, 2, a, is taken for a sample")
        dataset = table(tmp_path, "2019,2020,sort\n1,2,a\n3,4,b\n", header="yes")
        assert (dataset.load().features, dataset.load().notes) == (("2019", "2020"), ())

    def test_marks_of_spreadsheets(self, tmp_path: Path) -> None:
        data = table(tmp_path, '\ufeff"a","y"\r\n"1","x"\r\n\r\n"2","y"\r\n').load()
        assert (data.features, data.x.tolist(), data.classes) == (("a",), [[1], [2]], ("x", "y"))

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "is empty"),
            ("\n\n", "is empty"),
            ("a,y\n", "has a header line but no values"),
            ("a\n1\n", "has one column, 'a'"),
            ("a,a,y\n1,2,x\n", "has 2 columns called 'a'"),
            ("a,b,y\n1,inf,x\n", "line 2, column 'b': 'inf' is not finite, or too large"),
            ("a,b,y\n1,2,x\n\n1,-1e39,x\n", "line 4, column 'b': '-1e+39' is not finite, or too large"),
            ("a,b,y\n1,2\n", "line 2: found 2 values, expected 3"),
            ("a,b,y\n1,2,x\n1,2,3,4\n", "line 3: found 4 values, expected 3"),
            ('a,b,y\n1,2,"x\ny"\n1e39,2,x\n', "line 4, column 'a': '1e+39' is not finite"),
            ("a,y\n1,inf\n2,1.5\n", "line 2, column 'y': 'inf' is not finite"),
            ("a,y\n" + "".join(f"1,w{number}\n" for number in range(101)), "has 101 different words"),
        ],
    )
    def test_faults_are_placed(self, tmp_path: Path, text: str, sentence: str) -> None:
        with pytest.raises(DataError) as caught:
            table(tmp_path, text).load()
        assert sentence in str(caught.value)
        assert "t.csv" in str(caught.value)

    def test_targets_too_large_for_32_bits(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=r"line 2, column 'y': '1e\+300' is not finite, or too large"):
            table(tmp_path, "a,y\n1,1e300\n2,1.5\n").load()

    def test_whole_numbers_that_floats_cannot_tell_apart_are_no_classes(self, tmp_path: Path) -> None:
        assert table(tmp_path, "a,y\n1,1e20\n2,1\n").load().task == "regression"

    @pytest.mark.parametrize("path", ["x" * 4000 + ".csv", "a\0b.csv"])
    def test_paths_that_cannot_be(self, path: str) -> None:
        with pytest.raises(DataError, match="does not exist"):
            TableFile(path=path).signature()
        with pytest.raises(MissingDataError):
            MNIST(folder=path).signature()
        with pytest.raises(DataError, match="does not exist"):
            open_path(path)

    def test_a_file_that_changes_is_read_again(self, tmp_path: Path) -> None:
        dataset = table(tmp_path, "a,y\n1,2\n")
        before = dataset.stamps()
        assert dataset.signature().samples == 1
        table(tmp_path, "a,y\n1,2\n3,4\n")
        assert dataset.stamps() != before
        assert dataset.signature().samples == 2

    def test_unknown_target(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="no column 'kind'; it has a, y"):
            table(tmp_path, "a,y\n1,2\n", target="kind").load()

    @pytest.mark.parametrize("text", [b"\x00\x01\x02,1\n", b"PK\x03\x04" + bytes(200)])
    def test_no_table_at_all(self, tmp_path: Path, text: bytes) -> None:
        (tmp_path / "t.csv").write_bytes(text)
        with pytest.raises(DataError, match="cannot be read as a table"):
            TableFile(path=str(tmp_path / "t.csv")).load()

    def test_signature_is_read_once_until_the_file_changes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dataset = table(tmp_path, "a,y\n1,x\n2,y\n")
        reads: list[str] = []
        read = TableFile.read
        monkeypatch.setattr(TableFile, "read", lambda self: (reads.append(self.path), read(self))[1])
        assert [dataset.signature().samples for _ in range(3)] == [2, 2, 2]
        assert len(reads) == 1
        table(tmp_path, "a,y\n1,x\n2,y\n3,x\n")
        os.utime(tmp_path / "t.csv", ns=(1, 1))
        assert dataset.signature().samples == 3


class TestArrays:
    def test_whole_numbers_are_classes(self, tmp_path: Path) -> None:
        data = arrays(tmp_path, x=RNG.random((3, 4)), y=np.array([7, 2, 7])).load()
        assert (data.x.dtype, data.classes, data.y.tolist()) == (np.float32, ("2", "7"), [1, 0, 1])

    def test_one_column_of_whole_numbers_too(self, tmp_path: Path) -> None:
        data = arrays(tmp_path, x=RNG.random((3, 4)), y=np.array([[7], [2], [7]])).load()
        assert data.y.tolist() == [1, 0, 1]

    @pytest.mark.parametrize("kind", [int, float])
    def test_one_hot_rows_are_classes(self, tmp_path: Path, kind: type) -> None:
        data = arrays(tmp_path, x=RNG.random((3, 4)), y=np.eye(3, dtype=kind)[[2, 0, 2]]).load()
        assert (data.classes, data.y.tolist()) == (("0", "1", "2"), [2, 0, 2])

    def test_floats_are_to_be_predicted(self, tmp_path: Path) -> None:
        data = arrays(tmp_path, x=RNG.random(3), y=RNG.random((3, 2))).load()
        assert data.signature.input_shape == (1,)
        assert (data.task, data.signature.targets) == ("regression", 2)

    def test_bytes_of_pictures_are_scaled(self, tmp_path: Path) -> None:
        data = arrays(tmp_path, x=np.full((2, 3, 3), 255, np.uint8), y=np.array([0, 1])).load()
        assert (data.x == 1).all()

    @pytest.mark.parametrize(
        ("named", "sentence"),
        [
            ({"a": [1]}, "has no array 'x'; found a"),
            ({"x": [[1]]}, "has no array 'y'; found x"),
            ({"x": [["a"]], "y": [1]}, "x must be an array of numbers, one or more per sample; found words"),
            ({"x": [[1j]], "y": [1]}, "x holds complex numbers"),
            ({"x": 1.0, "y": [1]}, "has no array 'x'; found x, y"),
            ({"x": np.zeros((0, 3)), "y": np.zeros(0, int)}, "x is empty, its shape is (0, 3)"),
            ({"x": np.zeros((2, 3)), "y": np.zeros(0)}, "y is empty"),
            ({"x": np.zeros((2, 3)), "y": [1, 2, 3]}, "found 2 samples in x but 3 targets in y"),
            ({"x": [[np.nan]], "y": [1]}, "the samples hold NaN"),
        ],
    )
    def test_faults(self, tmp_path: Path, named: dict[str, Any], sentence: str) -> None:
        with pytest.raises(DataError) as caught:
            arrays(tmp_path, **named).load()
        assert sentence in str(caught.value)

    def test_pickles_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="x holds Python objects, which are never read"):
            arrays(tmp_path, x=np.array([{"a": 1}]), y=np.array([1])).load()

    def test_bombs_are_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("engine.data.damage.LARGEST", 1_000_000)
        np.savez_compressed(tmp_path / "a.npz", x=np.zeros((1000, 1000)), y=np.zeros(1000))
        with pytest.raises(DataError, match=r"x announces 8,000,000 bytes; at most 1,000,000 are read"):
            NpzFile(path=str(tmp_path / "a.npz")).load()

    def test_numbers_too_large_for_32_bits(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="samples hold NaN or infinity"):
            arrays(tmp_path, x=np.full((3, 2), 1e300), y=np.zeros(3)).load()

    def test_members_that_are_no_arrays(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
            archive.writestr("x.npy", b"hello")
            archive.writestr("y.npy", b"")
        with pytest.raises(DataError, match="x is not a NumPy array: it starts with 68 65 6c 6c 6f"):
            NpzFile(path=str(tmp_path / "a.npz")).load()

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (b"", r"a\.npz is not a NumPy array: it starts with nothing"),
            (b"PK\x03\x04 no more", r"a\.npz is only a part of a \.npz file, or is damaged"),
            (b"\x93NUMPY", r"a\.npz is not a NumPy array: it starts with 93 4e 55 4d 50 59"),
            (b"\x93NUMPY\1\0\x20\0{'descr'", r"a\.npz has a damaged header"),
        ],
    )
    def test_no_archive_at_all(self, tmp_path: Path, data: bytes, sentence: str) -> None:
        (tmp_path / "a.npz").write_bytes(data)
        with pytest.raises(DataError, match=sentence):
            NpzFile(path=str(tmp_path / "a.npz")).load()


class TestPictures:
    @pytest.mark.parametrize("names", ["{}-ubyte", "{}-ubyte.gz"])
    def test_pictures_and_labels(self, tmp_path: Path, names: str) -> None:
        pictures = RNG.integers(0, 256, (5, 3, 4))
        write_idx(tmp_path, pictures, np.array([3, 1, 3, 0, 1]))
        if names.endswith(".gz"):
            for path in list(tmp_path.iterdir()):
                path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
                path.unlink()
        data = MNIST(folder=str(tmp_path)).load()
        np.testing.assert_allclose(data.x[:, 0], pictures / 255, atol=1e-6)
        assert data.y.tolist() == [3, 1, 3, 0, 1]
        assert data.classes == tuple("0123456789")
        few = MNIST(folder=str(tmp_path), classes=(3, 1), per_class=1).load()
        assert (few.y.tolist(), few.classes) == ([0, 1], ("3", "1"))
        np.testing.assert_allclose(few.x[:, 0], pictures[:2] / 255, atol=1e-6)

    def test_other_names_of_the_test_part(self, tmp_path: Path) -> None:
        write_idx(tmp_path, np.zeros((2, 3, 3)), np.array([1, 2]), part="t10k")
        for path in list(tmp_path.iterdir()):
            path.rename(path.with_name(path.name.replace("-idx", ".idx")))
        assert MNIST(folder=str(tmp_path), part="test").load().y.tolist() == [1, 2]

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (b"", "is not an IDX file with 3 axes: it starts with , expected 00 00 08 03"),
            (b"hello world, here I am", "it starts with 68 65 6c 6c, expected 00 00 08 03"),
            (bytes((0, 0, 8, 1)) + bytes(20), "it starts with 00 00 08 01"),
            (bytes((0, 0, 10, 3)) + bytes(20), "it starts with 00 00 0a 03"),
            (bytes((0, 0, 8, 3, 0, 0)), "is not an IDX file"),
            (bytes((0, 0, 8, 3)) + b"\xff" * 12, "announces 79,228,162,458,924,105,385,300,197,375 bytes; at most"),
            (bytes((0, 0, 8, 3)) + bytes((0, 0, 0, 2)) * 3, "announces 8 bytes but holds only 0"),
            (bytes((0, 0, 8, 3)) + bytes((0, 0, 0, 2)) * 3 + bytes(9), "announces 8 bytes but holds more"),
            (bytes((0, 0, 8, 3)) + bytes(12), "is empty: it announces 0 x 0 x 0 numbers"),
        ],
    )
    @pytest.mark.parametrize("packed", [False, True])
    def test_broken_files(self, tmp_path: Path, data: bytes, sentence: str, packed: bool) -> None:
        path = tmp_path / ("p.gz" if packed else "p")
        path.write_bytes(gzip.compress(data) if packed else data)
        with pytest.raises(DataError) as caught:
            read_idx(path, 3)
        assert sentence in str(caught.value)

    @pytest.mark.parametrize("cut", [3, 12, 20, -9])
    def test_broken_gzip(self, tmp_path: Path, cut: int) -> None:
        data = bytes((0, 0, 8, 1, 0, 0, 1, 0)) + RNG.integers(0, 256, 256, np.uint8).tobytes()
        path = tmp_path / "p.gz"
        path.write_bytes(gzip.compress(data)[:cut])
        with pytest.raises(DataError, match=r"p\.gz is damaged, or is not an IDX file; use an intact copy"):
            read_idx(path, 1)

    def test_bomb_is_not_unpacked(self, tmp_path: Path) -> None:
        path = tmp_path / "p.gz"
        path.write_bytes(gzip.compress(bytes((0, 0, 8, 1, 0, 0, 0, 9)) + bytes(50_000_000)))
        with pytest.raises(DataError, match="announces 9 bytes but holds more"):
            read_idx(path, 1)

    def test_counts_must_agree(self, tmp_path: Path) -> None:
        write_idx(tmp_path, np.zeros((3, 2, 2)), np.array([1, 2]))
        with pytest.raises(DataError, match="has 3 images but train-labels-idx1-ubyte 2 labels"):
            MNIST(folder=str(tmp_path)).load()

    def test_label_that_is_no_digit(self, tmp_path: Path) -> None:
        write_idx(tmp_path, np.zeros((1, 2, 2)), np.array([11]))
        with pytest.raises(DataError, match="has a label 11"):
            MNIST(folder=str(tmp_path)).signature()

    def test_no_picture_of_the_chosen_classes(self, tmp_path: Path) -> None:
        write_idx(tmp_path, np.zeros((1, 2, 2)), np.array([5]))
        with pytest.raises(DataError, match="no samples of the chosen classes"):
            MNIST(folder=str(tmp_path), classes=(0, 1)).load()

    def test_missing_files(self, tmp_path: Path) -> None:
        with pytest.raises(
            MissingDataError, match=r"has no t10k-images-idx3-ubyte.gz. Download MNIST in the data panel, or"
        ):
            MNIST(folder=str(tmp_path), part="test").signature()

    def test_default_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("NNSTUDIO_MNIST", raising=False)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        assert MNIST.release is not None
        assert MNIST.release.folder.name == "mnist"
        monkeypatch.setenv("NNSTUDIO_MNIST", str(tmp_path))
        assert MNIST.release.folder == tmp_path

    def test_real_digits(self, mnist_folder: Path) -> None:
        data = MNIST(folder=str(mnist_folder), part="test").load()
        assert data.x.shape[1:] == (1, 28, 28)
        assert set(data.y) == set(range(10))
        assert 0.1 < data.x.mean() < 0.2


class TestOpening:
    def test_by_kind(self, tmp_path: Path) -> None:
        write_idx(tmp_path, np.zeros((1, 2, 2)), np.array([5]))
        write_idx(tmp_path, np.zeros((1, 2, 2)), np.array([6]), part="t10k")
        folder = str(tmp_path)
        for name in ("t.csv", "a.npz", "B.NPZ"):
            (tmp_path / name).write_bytes(b"")
        assert open_path(tmp_path) == MNIST(folder=folder)
        assert open_path(tmp_path, prefer="test") == MNIST(folder=folder, part="test")
        assert open_path(tmp_path / "t10k-images-idx3-ubyte") == MNIST(folder=folder, part="test")
        assert open_path(tmp_path / "train-labels-idx1-ubyte") == MNIST(folder=folder)
        assert open_path(tmp_path / "t.csv") == TableFile(path=str(tmp_path / "t.csv"))
        assert open_path(tmp_path / "B.NPZ") == NpzFile(path=str(tmp_path / "B.NPZ"))

    def test_folder_without_pictures(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=r"expected images in IDX files such as train-images-idx3-ubyte\.gz"):
            open_path(tmp_path)

    def test_unknown_kind(self, tmp_path: Path) -> None:
        (tmp_path / "a.log").write_text("1")
        with pytest.raises(
            DataError, match=r"expected a \.npz or \.npy file of arrays, a table \(.*\) or images in IDX"
        ):
            open_path(tmp_path / "a.log")

    def test_nothing_there(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="does not exist"):
            open_path(tmp_path / "a.csv")

    @pytest.mark.parametrize("dataset", [TableFile(), NpzFile()])
    def test_nothing_chosen(self, dataset: TableFile | NpzFile) -> None:
        with pytest.raises(DataError, match="no file is chosen yet"):
            dataset.signature()
