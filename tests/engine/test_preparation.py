"""Preprocessing fitted on training samples: columns, classes, scale, and other samples."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data import Data, Digits, Iris, NpzFile, Preparation, TableFile, split
from engine.data.preparation import Standardisation, fingerprint
from engine.errors import DataError

RNG = np.random.default_rng(3)


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> TableFile:
    lines = [header, *rows] if header else list(rows)
    path.write_text("".join(",".join(map(str, line)) + "\n" for line in lines))
    return TableFile(path=str(path))


@pytest.fixture
def flowers(tmp_path: Path) -> TableFile:
    rows = [(1, 7, "cat"), (3, 7, "ant"), (5, 7, "bee"), (3, 7, "cat")]
    return write(tmp_path / "flowers.csv", ("a", "b", "kind"), rows)


class TestScale:
    def test_it_is_mean_and_spread_by_hand(self, flowers: TableFile) -> None:
        prepared = Preparation.fit(flowers.load(), standardise=True)
        # (1, 3, 5, 3): mean 3, spread sqrt(8 / 4); a constant column is shifted only.
        assert prepared.standardisation == Standardisation(mean=(3.0, 7.0), spread=(2**0.5, 1.0))
        x = prepared.scale(np.array([[5.0, 8.0]]))
        np.testing.assert_allclose(x, [[2**0.5, 1.0]], rtol=1e-6)
        assert x.dtype == np.float32

    def test_a_constant_column_stays_constant_whatever_its_rounding(self) -> None:
        # The mean of these is not quite 0.1 in floating point.
        scale = Standardisation.fit(np.full((10, 1), 0.1))
        np.testing.assert_allclose(scale.apply(np.array([[0.1], [0.3]])), [[0.0], [0.2]], atol=1e-7)

    def test_validation_rows_are_not_seen(self) -> None:
        data = Iris().load()
        train, held = split(data, 0.2, 0)
        prepared = Preparation.fit(train, standardise=True, whole=data)
        np.testing.assert_allclose(prepared.apply(train).x.mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(prepared.apply(train).x.std(axis=0), 1, rtol=1e-5)
        assert held is not None
        assert np.abs(prepared.apply(held).x.mean(axis=0)).max() > 0.005

    @pytest.mark.peers
    def test_it_is_that_of_scikit_learn(self) -> None:
        preprocessing = pytest.importorskip("sklearn.preprocessing")
        data = Iris().load()
        train, held = split(data, 0.3, 1)
        assert held is not None
        scaler = preprocessing.StandardScaler().fit(train.x.astype(np.float64))
        prepared = Preparation.fit(train, standardise=True)
        np.testing.assert_allclose(prepared.apply(held).x, scaler.transform(held.x), rtol=1e-5, atol=1e-6)

    def test_large_and_exact_numbers(self, tmp_path: Path) -> None:
        # Seconds since 1970: 32 bits would round all of them to the same number.
        dataset = write(tmp_path / "t.csv", ("time", "y"), [(1_700_000_001, 0), (1_700_000_003, 1)])
        data = dataset.load()
        assert data.x[:, 0].tolist() == [1_700_000_001, 1_700_000_003]
        np.testing.assert_allclose(Preparation.fit(data, standardise=True).apply(data).x[:, 0], [-1, 1])
        huge = write(tmp_path / "t.csv", ("a", "y"), [("-3e38", 0), ("3e38", 1)]).load()
        np.testing.assert_allclose(Preparation.fit(huge, standardise=True).apply(huge).x[:, 0], [-1, 1])

    def test_what_the_file_says_stays_beside(self, flowers: TableFile) -> None:
        data = flowers.load()
        prepared = Preparation.fit(data, standardise=True).apply(data)
        assert prepared.shown.tolist() == [[1, 7], [3, 7], [5, 7], [3, 7]]
        assert prepared.take(np.array([2])).shown.tolist() == [[5, 7]]

    def test_it_survives_json_to_the_bit(self) -> None:
        prepared = Preparation.fit(Iris().load(), standardise=True)
        assert Preparation.model_validate_json(prepared.model_dump_json()) == prepared

    @pytest.mark.parametrize(
        "change",
        [
            {"standardisation": {"mean": [1.0], "spread": [1.0]}},
            {"standardisation": {"mean": [0.0] * 4, "spread": [1.0, 1.0, 0.0, 1.0]}},
            {"standardisation": {"mean": [0.0] * 3 + [float("inf")], "spread": [1.0] * 4}},
            {"features": ["a"]},
            {"targets": 2},
            {"task": "guessing"},
            {"unknown": 1},
        ],
    )
    def test_damaged_numbers_are_refused(self, change: dict) -> None:  # type: ignore[type-arg]
        fields = json.loads(Preparation.fit(Iris().load(), standardise=True).model_dump_json())
        with pytest.raises(ValueError, match="validation error"):
            Preparation.model_validate_json(json.dumps(fields | change))


class TestOtherTables:
    def test_columns_are_found_by_name_in_any_order(self, flowers: TableFile, tmp_path: Path) -> None:
        known = Preparation.fit(flowers.load())
        other = write(tmp_path / "o.csv", ("kind", "b", "a"), [("bee", 2, 1), ("cat", 4, 3)])
        data = other.load_like(known)
        assert data.x.tolist() == [[1, 2], [3, 4]]
        assert data.y.tolist() == [1, 2]
        assert data.notes == ()

    def test_extra_columns_are_ignored_and_told(self, flowers: TableFile, tmp_path: Path) -> None:
        known = Preparation.fit(flowers.load())
        data = write(tmp_path / "o.csv", ("id", "a", "b", "kind"), [("x1", 1, 2, "cat")]).load_like(known)
        assert data.x.tolist() == [[1, 2]]
        assert data.notes == (f"{tmp_path / 'o.csv'}: ignored id, which the network does not know",)

    @pytest.mark.parametrize(
        ("header", "row", "sentence"),
        [
            (("a", "kind"), (1, "cat"), "has no column 'b', which the network needs; it has a, kind"),
            (("x", "y", "kind"), (1, 2, "cat"), "has no columns a, b, which the network needs"),
            (("a", "b"), (1, 2), "has no column 'kind', which is the target"),
            (("a", "b", "kind"), (1, 2, "dog"), "column 'kind': found the class 'dog', but the network knows ant, bee"),
            ((), (1, 2, 3, "cat"), "found 4 columns, expected the 2 inputs of the network (a, b)"),
            ((), (1, 2, 3, 4), "found 4 columns, expected the 2 inputs"),
        ],
    )
    def test_what_does_not_fit_is_named(
        self, flowers: TableFile, tmp_path: Path, header: tuple[str, ...], row: tuple[object, ...], sentence: str
    ) -> None:
        known = Preparation.fit(flowers.load())
        with pytest.raises(DataError) as caught:
            write(tmp_path / "o.csv", header, [row]).load_like(known)
        assert sentence in str(caught.value)

    def test_without_a_header_columns_go_by_place_and_that_is_told(self, tmp_path: Path) -> None:
        dataset = write(tmp_path / "t.csv", ("kind", "a", "b"), [(0, 1, 2), (1, 3, 4)]).with_changes(target="kind")
        known = Preparation.fit(dataset.load())
        other = write(tmp_path / "o.csv", (), [(1, 5, 6)]).load_like(known)
        assert (other.x.tolist(), other.y.tolist()) == ([[5, 6]], [1])
        (note,) = other.notes
        assert note.endswith("columns are taken by their places: column 2, column 3 as a, b, column 1 as the target")

    def test_tables_that_never_had_names_need_no_word(self, tmp_path: Path) -> None:
        known = Preparation.fit(write(tmp_path / "t.csv", (), [(1, 2, 0), (3, 4, 1)]).load())
        assert write(tmp_path / "o.csv", (), [(5, 6, 1)]).load_like(known).notes == ()

    def test_whole_numbers_stay_numbers_to_predict(self, tmp_path: Path) -> None:
        known = Preparation.fit(write(tmp_path / "t.csv", ("a", "y"), [(i, i + 0.5) for i in range(9)]).load())
        other = write(tmp_path / "o.csv", ("a", "y"), [(i, i % 2) for i in range(8)])
        assert other.load().task == "classification"
        data = other.load_like(known)
        assert (data.task, data.y[:, 0].tolist()) == ("regression", [i % 2 for i in range(8)])

    def test_class_numbers_are_read_by_their_value(self, tmp_path: Path) -> None:
        known = Preparation.fit(write(tmp_path / "t.csv", ("a", "y"), [(1, 3), (2, 5), (3, 3)]).load())
        assert write(tmp_path / "o.csv", ("a", "y"), [(1, "5.0"), (2, "05")]).load_like(known).y.tolist() == [1, 1]

    @settings(max_examples=60, deadline=None)
    @given(data=st.data())
    def test_any_order_any_scale_any_classes(
        self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
    ) -> None:
        folder = tmp_path_factory.mktemp("t")
        width = data.draw(st.integers(1, 5))
        names = [f"c{index}" for index in range(width)]
        scales = [10.0 ** data.draw(st.integers(-6, 8)) for _ in names]
        x = np.round(RNG.normal(size=(12, width)), 4) * scales + np.array(scales) * 7
        numbers = data.draw(st.booleans())
        targets = (RNG.normal(size=12) if numbers else RNG.permutation(["u", "v", "w"] * 4)).tolist()
        rows = [[*map(repr, map(float, row)), target] for row, target in zip(x, targets, strict=True)]
        known = Preparation.fit(write(folder / "t.csv", (*names, "y"), rows).load(), standardise=True)
        as_trained = TableFile(path=str(folder / "t.csv")).load_like(known)
        # The same rows with columns in another order, others between them, and only some of the classes.
        order = data.draw(st.permutations([*names, "y", "extra"]))
        chosen = data.draw(st.lists(st.integers(0, 11), min_size=1, max_size=12))
        place = {name: index for index, name in enumerate([*names, "y"])}
        others = [[rows[sample][place[name]] if name in place else "?" for name in order] for sample in chosen]
        again = write(folder / "o.csv", order, others).load_like(known)
        np.testing.assert_array_equal(again.x, as_trained.x[chosen])
        np.testing.assert_array_equal(again.y, as_trained.y[chosen])
        assert again.classes == as_trained.classes


class TestOtherSources:
    def test_arrays_keep_to_the_task(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "a.npz", x=RNG.random((5, 2)), y=RNG.random(5))
        np.savez(tmp_path / "b.npz", x=RNG.random((3, 2)), y=np.array([10, 20, 30]))
        known = Preparation.fit(NpzFile(path=str(tmp_path / "a.npz")).load())
        other = NpzFile(path=str(tmp_path / "b.npz"))
        assert other.load().task == "classification"
        assert other.load_like(known).y.tolist() == [[10.0], [20.0], [30.0]]

    def test_classes_of_arrays_are_told_apart_by_number(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "a.npz", x=RNG.random((4, 2)), y=np.array([2, 7, 9, 2]))
        np.savez(tmp_path / "b.npz", x=RNG.random((2, 2)), y=np.array([9, 7]))
        np.savez(tmp_path / "c.npz", x=RNG.random((2, 2)), y=np.array([9, 8]))
        known = Preparation.fit(NpzFile(path=str(tmp_path / "a.npz")).load())
        assert NpzFile(path=str(tmp_path / "b.npz")).load_like(known).y.tolist() == [2, 1]
        with pytest.raises(DataError, match=r"found the class '8', but the network knows 2, 7, 9"):
            NpzFile(path=str(tmp_path / "c.npz")).load_like(known)

    def test_bytes_of_pictures_get_the_range_of_training(self, tmp_path: Path) -> None:
        bytes_, floats = np.full((2, 3, 3), 255, np.uint8), np.full((2, 3, 3), 255.0)
        np.savez(tmp_path / "bytes.npz", x=bytes_, y=np.array([0, 1]))
        np.savez(tmp_path / "floats.npz", x=floats, y=np.array([0, 1]))
        of_bytes, of_floats = (NpzFile(path=str(tmp_path / f"{name}.npz")) for name in ("bytes", "floats"))
        assert of_bytes.load_like(Preparation.fit(of_bytes.load())).x.max() == 1
        assert of_bytes.load_like(Preparation.fit(of_floats.load())).x.max() == 255
        # Numbers up to 255 where training saw none above 1 are told of.
        (note,) = of_floats.load_like(Preparation.fit(of_bytes.load())).notes
        assert note.startswith("the inputs go up to 255, those in training up to 1")

    def test_digits_by_the_names_of_their_classes(self) -> None:
        known = Preparation.fit(Digits(classes=(7, 1)).load())
        data = Digits(classes=(1, 7), per_class=3).load_like(known)
        assert [data.classes[label] for label in data.y] == [
            Digits(classes=(1, 7), per_class=3).load().classes[label]
            for label in Digits(classes=(1, 7), per_class=3).load().y
        ]
        with pytest.raises(DataError, match="found the class '3', but the network knows 7, 1"):
            Digits(classes=(1, 3)).load_like(known)

    def test_another_shape_is_refused(self) -> None:
        with pytest.raises(DataError, match="found 1 x 8 x 8 inputs per sample, but the network was trained on 4"):
            Digits().load_like(Preparation.fit(Iris().load()))


def test_a_change_of_the_data_is_noticed_and_an_order_of_columns_is_none(tmp_path: Path) -> None:
    rows = [(1, 7, "x"), (3, 8, "y"), (5, 9, "x")]
    dataset = write(tmp_path / "t.csv", ("a", "b", "k"), rows)
    known = Preparation.fit(dataset.load(), standardise=True)
    assert fingerprint(dataset.load_like(known)) == known.fingerprint
    turned = write(tmp_path / "t.csv", ("b", "k", "a"), [(b, k, a) for a, b, k in rows])
    assert fingerprint(turned.load_like(known)) == known.fingerprint
    for changed in (rows[:2], [*rows, (9, 9, "x")], [(1, 7, "y"), *rows[1:]], [(1.5, 7, "x"), *rows[1:]]):
        other = write(tmp_path / "t.csv", ("a", "b", "k"), changed)
        assert fingerprint(other.load_like(known)) != known.fingerprint


def test_guesses_are_named_once_a_file_is_chosen(tmp_path: Path) -> None:
    dataset = write(tmp_path / "t.csv", ("a", "price"), [(1, 0.5), (2, 1.5)]).settled()
    assert (dataset.target, dataset.task) == ("price", "regression")
    # Later rows and columns change neither.
    write(tmp_path / "t.csv", ("a", "price", "b"), [(1, 2, 0), (2, 1, 0)])
    data = dataset.load()
    assert (data.task, data.y.tolist()) == ("regression", [[2.0], [1.0]])
    assert data.columns is not None
    assert (data.columns.names, data.columns.target_name) == (("a", "price", "b"), "price")
    assert data.features == ("a", "b")


@pytest.mark.parametrize(("task", "classes"), [("classification", ("0.5", "1.5")), ("regression", ())])
def test_the_task_can_be_chosen(tmp_path: Path, task: str, classes: tuple[str, ...]) -> None:
    dataset = write(tmp_path / "t.csv", ("a", "y"), [(1, 0.5), (2, 1.5)]).with_changes(task=task)
    assert dataset.load().classes == classes
    words = write(tmp_path / "w.csv", ("a", "y"), [(1, "u"), (2, "v")]).with_changes(task="regression")
    with pytest.raises(DataError, match="line 2, column 'y': 'u' is not a number"):
        words.load()


def test_describes_tells_whether_what_was_learnt_still_holds() -> None:
    x, y = np.zeros((2, 2), np.float32), np.array([0, 1])
    data = Data(x, y, "classification", ("p", "q"), ("a", "b"))
    known = Preparation.fit(data)
    assert known.describes(data)
    assert known.describes(Data(x, y, "classification", ("p", "q"), ("b", "a")))
    assert not known.describes(Data(x, y, "classification", ("p", "r"), ("a", "b")))
    assert not known.describes(Data(x, y, "classification", ("p", "q"), ("a", "c")))
    assert not known.describes(Data(x, np.zeros((2, 1), np.float32), "regression", (), ("a", "b")))
