"""Arrays in NumPy's files: names, shapes, labels and parts, as people save them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from engine.data import NpzFile, Preparation, open_path
from engine.data.arrays import loading
from engine.data.arrays.array_file import list_arrays
from engine.data.arrays.layouts import guess_layout
from engine.data.arrays.roles import role_of
from engine.data.progress import CancelledError, Progress, watched
from engine.data.splitting import split_parts
from engine.data.stored_samples import StoredSamples, in_memory
from engine.data.target_encoding import are_classes
from engine.errors import DataError
from nnstudio.document.model import DataSettings

RNG = np.random.default_rng(5)


def saved(folder: Path, **named: Any) -> NpzFile:
    np.savez(folder / "a.npz", **named)
    return NpzFile(path=str(folder / "a.npz"))


class TestNames:
    @pytest.mark.parametrize(
        ("x", "y"),
        [
            ("x", "y"),
            ("X", "Y"),
            ("data", "target"),
            ("data", "labels"),
            ("images", "labels"),
            ("features", "targets"),
            ("inputs", "outputs"),
            ("X_train", "y_train"),
            ("train_images", "train_labels"),
            ("train_data", "train_data_labels"),
            ("trainX", "trainY"),
            ("xtrain", "ytrain"),
            ("x", "t"),
            ("arr_0", "arr_1"),
            ("a", "b"),
        ],
    )
    def test_pairs_are_found(self, tmp_path: Path, x: str, y: str) -> None:
        samples, labels = RNG.random((6, 3)), np.array([0, 1, 2, 0, 1, 2])
        data = saved(tmp_path, **{y: labels, x: samples}).load()
        np.testing.assert_array_equal(data.x, samples.astype(np.float32))
        assert data.y.tolist() == labels.tolist()

    def test_names_that_tell_about_others_are_no_arrays_of_samples(self, tmp_path: Path) -> None:
        data = saved(
            tmp_path,
            data=RNG.random((4, 2)),
            target=np.array([0, 1, 0, 1]),
            target_names=np.array(["no", "yes"]),
            feature_names=np.array(["a", "b"]),
        ).load()
        assert data.signature.input_shape == (2,)

    @pytest.mark.parametrize(
        ("name", "role"),
        [
            ("x_train", ("x", "train", ())),
            ("kmnist-test-labels", ("y", "test", ("kmnist",))),
            ("val_images", ("x", "validation", ())),
            ("target_names", ("", None, ("names",))),
            ("arr_0", ("", None, ("arr", "0"))),
        ],
    )
    def test_roles(self, name: str, role: tuple[str, str | None, tuple[str, ...]]) -> None:
        found = role_of(name)
        assert (found.kind, found.part, found.rest) == role

    def test_unknown_names_are_told(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="has no array 'x'; found a, b, c"):
            saved(tmp_path, a=[1], b=[2], c=[3]).load()
        with pytest.raises(DataError, match="has no array 'y_train'; found x_train"):
            saved(tmp_path, x_train=RNG.random((3, 2))).load()


class TestParts:
    @pytest.fixture
    def dataset(self, tmp_path: Path) -> NpzFile:
        return saved(
            tmp_path,
            x_train=np.full((6, 2), 1.0),
            y_train=np.array([0, 1, 2, 0, 1, 2]),
            x_test=np.full((3, 2), 2.0),
            y_test=np.array([2, 1, 0]),
            x_val=np.full((2, 2), 3.0),
            y_val=np.array([1, 1]),
        )

    def test_each_serves_its_purpose(self, dataset: NpzFile) -> None:
        settled = dataset.settled()
        assert (settled.part, settled.split_column) == ("all", "part")
        data = settled.load()
        parts = split_parts(data, DataSettings(split_by="column", split_column="part"))
        assert parts.validation is not None
        assert parts.test is not None
        assert (data.x[parts.train] == 1).all()
        assert (data.x[parts.validation] == 3).all()
        assert (data.x[parts.test] == 2).all()
        assert data.y[parts.test].tolist() == [2, 1, 0]
        assert data.classes == ("0", "1", "2")

    def test_validation_gets_its_share_of_the_training_part_where_it_has_none(self, tmp_path: Path) -> None:
        y = np.arange(100) % 2
        data = (
            saved(tmp_path, x_train=np.ones((100, 1)), y_train=y, x_test=np.zeros((9, 1)), y_test=y[:9])
            .settled()
            .load()
        )
        parts = split_parts(data, DataSettings(split_by="column", split_column="part", validation=0.2))
        assert parts.validation is not None
        assert parts.test is not None
        assert sorted([*parts.train, *parts.validation]) == list(range(100))
        assert (len(parts.validation), data.y[parts.validation].sum(), len(parts.test)) == (20, 10, 9)

    def test_without_a_choice_no_test_sample_is_trained_on(self, dataset: NpzFile) -> None:
        data = dataset.load()
        assert (len(data), data.beside) == (6, {})
        assert any("x_val, x_test is a part of its own, kept apart where Part is all" in note for note in data.notes)

    @pytest.mark.parametrize(("part", "value", "samples"), [("train", 1, 6), ("test", 2, 3), ("validation", 3, 2)])
    def test_one_can_be_chosen(self, dataset: NpzFile, part: str, value: int, samples: int) -> None:
        data = dataset.with_changes(part=part).load()
        assert (len(data), data.x.max()) == (samples, value)

    def test_evaluation_prefers_the_test_part(self, dataset: NpzFile) -> None:
        assert len(open_path(dataset.path, prefer="test").load()) == 3

    def test_a_file_without_parts_is_read_whatever_is_preferred(self, tmp_path: Path) -> None:
        dataset = saved(tmp_path, x=RNG.random((4, 2)), y=np.array([0, 1, 0, 1]))
        assert len(dataset.with_changes(part="test").load()) == 4
        assert dataset.settled().part == "auto"
        assert dataset.settled().split_column == ""

    def test_a_part_without_targets_is_left_out_and_told(self, tmp_path: Path) -> None:
        dataset = saved(tmp_path, x_train=np.ones((4, 2, 2)), y_train=[0, 1, 0, 1], x_test=np.ones((2, 2, 2)))
        assert any(
            "x_test has no targets and is left out" in note for note in dataset.with_changes(part="all").load().notes
        )

    def test_parts_of_different_shapes(self, tmp_path: Path) -> None:
        dataset = saved(tmp_path, x_train=np.ones((4, 2)), y_train=[0, 1, 0, 1], x_test=np.ones((2, 3)), y_test=[0, 1])
        with pytest.raises(DataError, match="x_train and x_test have samples of the shapes"):
            dataset.with_changes(part="all").load()


class TestLayouts:
    def test_channels_last_are_turned(self, tmp_path: Path) -> None:
        pictures = RNG.integers(0, 256, (5, 32, 32, 3), np.uint8)
        dataset = saved(tmp_path, x_train=pictures, y_train=np.arange(5) % 2)
        data = dataset.load()
        assert data.signature.input_shape == (3, 32, 32)
        np.testing.assert_allclose(data.x, np.moveaxis(pictures, -1, 1) / 255, atol=1e-7)
        assert any("channels last" in note for note in data.notes)
        assert dataset.settled().layout == "channels_last"
        assert dataset.with_changes(layout="as_stored").load().signature.input_shape == (32, 32, 3)

    def test_grey_pictures_get_their_channel(self, tmp_path: Path) -> None:
        data = saved(tmp_path, x=np.zeros((4, 28, 28), np.uint8), y=[0, 1, 0, 1]).load()
        assert data.signature.input_shape == (1, 28, 28)

    @pytest.mark.parametrize(
        ("shape", "of_bytes", "layout"),
        [
            ((32, 32, 3), False, "channels_last"),
            ((28, 28, 1), False, "channels_last"),
            ((3, 32, 32), True, "as_stored"),
            ((1, 8, 8), True, "as_stored"),
            ((3, 4, 3), True, "as_stored"),
            ((28, 28), False, "grey"),
            ((28, 20), True, "grey"),
            ((128, 9), False, "as_stored"),
            ((50,), True, "as_stored"),
        ],
    )
    def test_guesses(self, shape: tuple[int, ...], of_bytes: bool, layout: str) -> None:
        assert guess_layout(shape, of_bytes=of_bytes) == layout

    def test_a_layout_that_cannot_be(self, tmp_path: Path) -> None:
        dataset = saved(tmp_path, x=np.zeros((4, 5)), y=[0, 1, 0, 1]).with_changes(layout="channels_last")
        with pytest.raises(DataError, match="set Axes to automatic, or as stored"):
            dataset.load()

    def test_a_trained_network_gets_its_own_layout(self, tmp_path: Path) -> None:
        dataset = saved(tmp_path, x=RNG.random((4, 8, 8, 3)), y=[0, 1, 0, 1])
        known = Preparation.fit(dataset.load())
        first = RNG.random((2, 3, 8, 8)).astype(np.float32)
        for name, array in (("first", first), ("last", np.moveaxis(first, 1, -1))):
            np.save(tmp_path / f"{name}.npy", array)
            inputs, _ = NpzFile.read_inputs(str(tmp_path / f"{name}.npy"), known)
            np.testing.assert_array_equal(inputs, first)
        turned = saved(tmp_path, x=np.moveaxis(first, 1, -1), y=[0, 1]).load_like(known)
        np.testing.assert_array_equal(turned.x, first)


class TestTargets:
    def test_float_labels_are_classes(self, tmp_path: Path) -> None:
        y = np.repeat(np.arange(10.0), 4)
        dataset = saved(tmp_path, x=RNG.random((40, 3)), y=y)
        data = dataset.load()
        assert (data.classes, data.y.tolist()) == (tuple("0123456789"), y.astype(int).tolist())
        assert any("10 different whole numbers, which are taken for classes" in note for note in data.notes)
        assert dataset.settled().task == "classification"
        assert dataset.with_changes(task="regression").load().task == "regression"

    def test_prices_in_whole_numbers_are_numbers(self, tmp_path: Path) -> None:
        prices = RNG.permutation(np.arange(40) * 7_350 + 120_000)
        dataset = saved(tmp_path, x=RNG.random((40, 3)), y=prices)
        data = dataset.load()
        assert (data.task, data.y[:, 0].tolist()) == ("regression", prices.tolist())
        assert any("40 different whole numbers, which are taken for numbers" in note for note in data.notes)
        assert len(dataset.with_changes(task="by_type").load().classes) == 40

    @pytest.mark.parametrize(
        ("values", "classes"),
        [
            (np.array([-1, 1, -1]), True),
            (np.arange(1, 27).repeat(3), True),
            (np.arange(100).repeat(2), True),
            (np.arange(100), False),
            (np.array([2, 7, 9, 2]), True),
            (np.array([True, False]), True),
            (np.arange(18, 39), False),
            (np.array([200_000, 350_000, 410_000]), False),
            (np.array([1.0, 2.0, 3.0]), False),
            (np.array([0.0, 0.0, 0.0]), False),
            (np.array([0.0, 1.0, 0.0, 1.0]), True),
            (np.array([0.5, 1.0, 0.5, 1.0]), False),
            (np.array([1e20, 0, 1e20, 0]), False),
            (np.array([np.nan, 1, 1, 1]), False),
        ],
    )
    def test_codes_of_classes(self, values: np.ndarray, classes: bool) -> None:
        assert are_classes(values) is classes

    @pytest.mark.parametrize("words", [np.array(["owl", "æble", "owl"]), np.array([b"owl", "æble".encode(), b"owl"])])
    def test_words_are_classes(self, tmp_path: Path, words: np.ndarray) -> None:
        dataset = saved(tmp_path, x=RNG.random((3, 2)), y=words)
        data = dataset.load()
        assert (data.classes, data.y.tolist()) == (("owl", "æble"), [0, 1, 0])
        known = Preparation.fit(data)
        assert dataset.load_like(known).y.tolist() == [0, 1, 0]

    def test_one_hot_rows_are_classes_or_answers_of_their_own(self, tmp_path: Path) -> None:
        dataset = saved(tmp_path, x=RNG.random((3, 2)), y=np.eye(3)[[2, 0, 2]])
        data = dataset.load()
        assert (data.classes, data.y.tolist()) == (("0", "1", "2"), [2, 0, 2])
        assert any("a single 1 in each row" in note for note in data.notes)
        assert dataset.with_changes(task="regression").load().y.shape == (3, 3)

    def test_several_ones_in_a_row_are_answers_of_their_own(self, tmp_path: Path) -> None:
        dataset = saved(tmp_path, x=RNG.random((3, 2)), y=np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0]]))
        data = dataset.load()
        assert (data.task, data.y.tolist()) == ("regression", [[1, 1, 0], [0, 1, 0], [0, 0, 0]])
        assert any("multi-label" in note for note in data.notes)
        with pytest.raises(DataError, match="has the shape"):
            dataset.with_changes(task="classification").load()

    def test_gaps_in_labels_are_told(self, tmp_path: Path) -> None:
        dataset = saved(tmp_path, x=RNG.random((3, 2)), y=[0, np.nan, 1]).with_changes(task="classification")
        with pytest.raises(DataError, match="holds NaN or infinity"):
            dataset.load()


class TestPlainFiles:
    def test_a_table_has_its_target_last(self, tmp_path: Path) -> None:
        table = RNG.random((5, 4))
        table[:, 3] = [0, 1, 0, 1, 1]
        np.save(tmp_path / "table.npy", table)
        dataset = open_path(tmp_path / "table.npy")
        data = dataset.load()
        np.testing.assert_array_equal(data.x, table[:, :3].astype(np.float32))
        assert (data.classes, data.y.tolist()) == (("0", "1"), [0, 1, 0, 1, 1])
        first = dataset.with_changes(column=1).load()
        np.testing.assert_allclose(first.y[:, 0], table[:, 0], rtol=1e-6)
        np.testing.assert_array_equal(first.x, table[:, 1:].astype(np.float32))
        with pytest.raises(DataError, match="has 4 columns; column 5 cannot be the target"):
            dataset.with_changes(column=5).load()

    @pytest.mark.parametrize("opened", ["X_train.npy", "y_train.npy"])
    def test_targets_lie_beside_the_inputs(self, tmp_path: Path, opened: str) -> None:
        for part, samples in (("train", 4), ("test", 2)):
            np.save(tmp_path / f"X_{part}.npy", np.full((samples, 3), samples))
            np.save(tmp_path / f"y_{part}.npy", np.arange(samples) % 2)
        np.save(tmp_path / "other_X_train.npy", np.ones((9, 9)))
        data = open_path(tmp_path / opened).settled().load()
        assert data.beside["part"].tolist() == ["train"] * 4 + ["test"] * 2
        assert data.x[:, 0].tolist() == [4] * 4 + [2] * 2

    def test_a_change_beside_it_is_noticed(self, tmp_path: Path) -> None:
        np.save(tmp_path / "x.npy", np.ones((2, 3)))
        np.save(tmp_path / "y.npy", np.array([0, 1]))
        dataset = NpzFile(path=str(tmp_path / "x.npy"))
        before = dataset.stamps()
        np.save(tmp_path / "y.npy", np.array([0, 1, 1, 1, 1, 1, 1, 1, 1, 1]))
        assert dataset.stamps() != before

    def test_files_of_one_array_each_go_by_their_own_names(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "k49-train-imgs.npz", np.zeros((3, 28, 28), np.uint8))
        np.savez(tmp_path / "k49-train-labels.npz", np.array([0, 48, 1]))
        dataset = open_path(tmp_path / "k49-train-imgs.npz").with_changes(task="classification")
        assert dataset.load().classes == ("0", "1", "48")

    def test_inputs_alone_are_told(self, tmp_path: Path) -> None:
        np.save(tmp_path / "X.npy", np.ones((2, 3)))
        with pytest.raises(DataError, match=r"holds inputs without targets; save these as y\.npy beside it"):
            open_path(tmp_path / "X.npy").load()

    def test_predictions_take_inputs_alone_and_leave_a_target_out(self, tmp_path: Path) -> None:
        known = Preparation.fit(saved(tmp_path, x=RNG.random((4, 3)), y=[0, 1, 0, 1]).load())
        x = RNG.random((5, 3)).astype(np.float32)
        np.save(tmp_path / "new.npy", x)
        np.testing.assert_array_equal(NpzFile.read_inputs(str(tmp_path / "new.npy"), known)[0], x)
        np.save(tmp_path / "table.npy", np.column_stack([x, np.ones(5)]))
        inputs, notes = NpzFile.read_inputs(str(tmp_path / "table.npy"), known)
        np.testing.assert_array_equal(inputs, x)
        assert "the last column is taken for the target" in notes[0]
        np.save(tmp_path / "one.npy", x[0])
        np.testing.assert_array_equal(NpzFile.read_inputs(str(tmp_path / "one.npy"), known)[0], x[:1])


class TestReading:
    @pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
    @pytest.mark.parametrize("block", [1, 100, 1 << 20])
    @pytest.mark.parametrize("order", ["C", "F"])
    def test_blocks_of_any_size_give_the_same(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, save: Any, block: int, order: str
    ) -> None:
        monkeypatch.setattr("engine.data.arrays.array_file._BLOCK", block)
        x = RNG.random((37, 5, 2)).astype(np.dtype(">f4"), order="F" if order == "F" else "C")
        save(tmp_path / "a.npz", x=x, y=np.arange(37) % 3)
        np.save(tmp_path / "a.npy", x)
        for name in ("a.npz", "a.npy"):
            entry = list_arrays(tmp_path / name, name)[0]
            np.testing.assert_array_equal(entry.read(), x)

    @given(
        arrays_of.arrays(
            st.sampled_from(["|b1", "<i2", ">i8", "|u1", "<f4", ">f8", "<U3", "|S4", "<f2"]),
            arrays_of.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4),
        ),
        st.booleans(),
    )
    def test_what_numpy_writes_is_read(
        self, tmp_path_factory: pytest.TempPathFactory, array: np.ndarray, fortran: bool
    ) -> None:
        path = tmp_path_factory.mktemp("numpy") / "a.npy"
        written = np.asfortranarray(array) if fortran else array
        np.save(path, written)
        if array.dtype.kind == "U" and any(
            "\ud800" <= letter <= "\udfff" for word in array.ravel().tolist() for letter in word
        ):
            return
        np.testing.assert_array_equal(list_arrays(path, "a")[0].read(), np.load(path))

    def test_headers_of_other_programs(self, tmp_path: Path) -> None:
        body = np.arange(6, dtype="<f8").tobytes()
        for text in (
            "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
            "{'shape': (2L, 3L), 'fortran_order': False, 'descr': '<f8'}\n",
            '{"descr": "<f8", "fortran_order": False, "shape": (2,3)}  ',
        ):
            head = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()
            (tmp_path / "a.npy").write_bytes(head + body)
            assert list_arrays(tmp_path / "a.npy", "a")[0].read().tolist() == [[0, 1, 2], [3, 4, 5]]

    def test_few_samples_are_spread_over_all(self, tmp_path: Path) -> None:
        dataset = saved(tmp_path, x=np.arange(100.0)[:, None], y=np.arange(100) // 50)
        data = dataset.with_changes(samples=4).load()
        assert data.x[:, 0].tolist() == [0, 25, 50, 75]
        assert data.y.tolist() == [0, 0, 1, 1]
        assert len(dataset.with_changes(samples=4).whole().load()) == 100

    def test_reading_tells_how_far_it_is_and_can_be_cancelled(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("engine.data.arrays.array_file._BLOCK", 1000)
        dataset = saved(tmp_path, x=RNG.random((1000, 8)), y=np.arange(1000) % 2)
        progress = Progress()
        with watched(progress):
            dataset.load()
        assert progress.total == 64_000
        assert 60_000 < progress.done < 64_000
        progress.cancel()
        with watched(progress), pytest.raises(CancelledError):
            dataset.load()

    def test_large_arrays_stay_on_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("engine.data.storing.memory_bound", lambda: 1000)
        monkeypatch.setattr(loading, "_MOST_LOADED", 1000)
        x = RNG.random((100, 8)).astype(np.float32)
        dataset = saved(tmp_path, x=x, y=np.arange(100) % 2)
        data = dataset.load()
        np.testing.assert_array_equal(data.x[:], x)
        assert isinstance(data.x, StoredSamples)
        packed = dataset.with_changes(layout="channels_last")
        np.savez_compressed(tmp_path / "a.npz", x=x, y=np.arange(100) % 2)
        with pytest.raises(DataError, match="set Samples to 31 or fewer"):
            packed.with_changes(layout="auto").load()
        assert len(dataset.with_changes(samples=31).load()) == 31

    def test_steps_that_float32_cannot_tell_are_kept(self, tmp_path: Path) -> None:
        times = 1.7e9 + 30.0 * np.arange(40)
        dataset = saved(tmp_path, x=times[:, None], y=np.arange(40) % 2)
        assert len(np.unique(dataset.load().x)) == 40
        scaled = Preparation.fit(dataset.load(), standardise=True).apply(dataset.load())
        assert len(np.unique(scaled.x)) == 40

    def test_two_arrays_of_one_name(self, tmp_path: Path) -> None:
        plain = io.BytesIO()
        np.save(plain, np.ones(3))
        with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
            archive.writestr("x.npy", plain.getvalue())
            with pytest.warns(UserWarning, match="Duplicate name"):
                archive.writestr("x.npy", plain.getvalue())
        with pytest.raises(DataError, match="two arrays of one name"):
            NpzFile(path=str(tmp_path / "a.npz")).load()


class TestBitsOfPictures:
    @pytest.mark.parametrize(
        ("largest", "white"), [(200, 255), (900, 1023), (3900, 4095), (4096, 16383), (65535, 65535)]
    )
    def test_white_is_the_largest_number_of_the_bits_in_use(self, tmp_path: Path, largest: int, white: int) -> None:
        x = RNG.integers(0, largest, (20, 8, 8)).astype(np.uint16)
        x[0, 0, 0] = largest
        dataset = saved(tmp_path, x=x, y=np.arange(20) % 2)
        settled = dataset.settled()
        assert settled.white == white
        np.testing.assert_array_equal(settled.load().x[:, 0], (x / np.float32(white)).astype(np.float32))
        # What an older version has settled is taken as it was.
        np.testing.assert_array_equal(dataset.load().x[:, 0], x)

    def test_it_can_be_changed_and_holds_for_files_to_predict(self, tmp_path: Path) -> None:
        x = RNG.integers(0, 4000, (20, 8, 8)).astype(np.uint16)
        dataset = saved(tmp_path, x=x, y=np.arange(20) % 2).settled().with_changes(white=8000)
        data = dataset.load()
        assert in_memory(data.x).max() <= 0.5
        np.save(tmp_path / "new.npy", x[:3])
        np.save(tmp_path / "one.npy", x[:1])
        known = Preparation.fit(data)
        for name, count in (("new.npy", 3), ("one.npy", 1)):
            found = dataset.read_named_inputs(str(tmp_path / name), known).x
            np.testing.assert_array_equal(found, in_memory(data.x)[:count])

    def test_other_whole_numbers_are_no_pictures(self, tmp_path: Path) -> None:
        assert (
            saved(tmp_path, x=RNG.integers(0, 99, (20, 4)).astype(np.uint16), y=np.arange(20) % 2).settled().white
            is None
        )
        assert saved(tmp_path, x=RNG.integers(0, 99, (20, 9, 8)), y=np.arange(20) % 2).settled().white is None
