"""Columns of tables: targets, tasks, kinds, gaps, coding, remarks, and other tables coded alike."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from engine.data import Preparation, TableFile
from engine.data.tables.settings import ColumnSetting
from engine.errors import DataError, SpecError
from tests.engine.tables import lines, table


def told(dataset: TableFile) -> str:
    return "\n".join(dataset.remarks())


# Targets


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (['"1,200"', '"3,400"', '"11,000"'], [1200, 3400, 11000]),
        (["$5", "$7.5", "$1"], [5, 7.5, 1]),
        (["12%", "7%", "9.5%"], [12, 7, 9.5]),
        (['"102,50"', '"7,25"', '"9,5"'], [102.5, 7.25, 9.5]),
        (["1 200.5", "3 400", "1"], [1200.5, 3400, 1]),
        (["2020-01-02", "2020-01-05", "2020-02-01"], [18263, 18266, 18293]),
        (["1e3", "-2.5", "+4"], [1000, -2.5, 4]),
        (["−1.5", "€ 2", "3.5"], [-1.5, 2, 3.5]),
    ],
)
def test_numbers_as_people_write_them(tmp_path: Path, words: list[str], numbers: list[float]) -> None:
    for name, inputs in (("y", "a"), ("a", "y")):
        data = table(tmp_path, f"{inputs},{name}\n" + "".join(f"{i},{word}\n" for i, word in enumerate(words))).load()
        values = data.y[:, 0] if name == "y" else data.x[:, 0]
        assert (data.task == "regression") if name == "y" else True
        assert values.tolist() == numbers


def test_a_gap_in_a_numeric_target_leaves_out_its_row(tmp_path: Path) -> None:
    rows = "".join(f"{i},{100000 + i * i * 1000}\n" for i in range(10))
    dataset = table(tmp_path, "a,price\n" + rows + "11,NA\n")
    data = dataset.load()
    assert (data.task, len(data), len(data.skipped)) == ("regression", 10, 1)
    assert "In the column 'price', 1 cell is empty: those rows are left out." in told(dataset)


@pytest.mark.parametrize("name", ["label", "Class", "TARGET", "y", "species"])
def test_a_target_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    found = table(tmp_path, lines((name, "a", "b"), *((i % 3, i * 0.5, 7 - i) for i in range(12)))).load()
    assert found.columns is not None
    assert (found.columns.target_name, found.features, found.classes) == (name, ("a", "b"), ("0", "1", "2"))


def test_digits_with_the_label_first(tmp_path: Path) -> None:
    pixels = [f"pixel{i}" for i in range(784)]
    rows = [[i % 10, *((i * j) % 256 if j < 700 else 0 for j in range(784))] for i in range(60)]
    data = table(tmp_path, lines(["label", *pixels], *rows)).load()
    assert (data.x.shape, data.classes, data.features[0]) == ((60, 784), tuple("0123456789"), "pixel0")
    bare = table(tmp_path, lines(*rows)).load()
    assert (bare.classes, bare.y.tolist()) == (tuple("0123456789"), data.y.tolist())


@pytest.mark.parametrize("text", ["a,y\n1,x\n2,x\n", "a,y\n1,0\n2,0\n3,0\n", "a,b,y\n1,2,0.5\n2,3,0.5\n"])
def test_a_constant_target_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(
        DataError, match=r"the target 'y' is the same in all \d rows.*choose another column as the target"
    ):
        table(tmp_path, text).load()


def test_one_hot_answers_in_several_columns(tmp_path: Path) -> None:
    dataset = table(tmp_path, "a,b,cat,dog,cow\n1,2,1,0,0\n3,4,0,1,0\n5,6,0,0,1\n1,3,1,0,0\n")
    for read in (dataset, dataset.settled()):
        data = read.load()
        assert (data.features, data.classes, data.y.tolist()) == (("a", "b"), ("cat", "dog", "cow"), [0, 1, 2, 0])
    data = table(tmp_path, "a,is_cat,is_dog\n1,1,0\n3,0,1\n5,0,1\n1,1,0\n").load()
    assert data.classes == ("cat", "dog")


def test_several_targets(tmp_path: Path) -> None:
    data = table(tmp_path, "a,b,y1,y2\n1,2,1.5,0\n3,4,0,1.5\n5,6,0,0.5\n1,3,1,0\n").load()
    assert (data.task, data.features, data.y[0].tolist()) == ("regression", ("a", "b"), [1.5, 0])
    # More than one answer may be yes.
    labels = table(tmp_path, "a,p,q\n1,1,1\n3,0,1\n5,0,0\n1,1,0\n", target="p, q").load()
    assert (labels.task, labels.features, labels.y.tolist()) == ("regression", ("a",), [[1, 1], [0, 1], [0, 0], [1, 0]])
    with pytest.raises(DataError, match="are classes only if one of them is 1 in each row"):
        table(tmp_path, "a,p,q\n1,1,1\n3,0,1\n", target="p, q", task="classification").load()


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([18 + i % 21 for i in range(200)], "regression"),  # ages
        ([18 + i % 18 for i in range(200)], "regression"),
        ([1 + i % 26 for i in range(520)], "classification"),  # letters
        ([i % 10 for i in range(30)], "classification"),
        ([i % 2 * 5 + 3 for i in range(10)], "classification"),
        ([3 + i % 6 for i in range(60)], "classification"),  # grades
        ([100_000 + 500 * (i % 40) for i in range(80)], "regression"),
        ([f"{i % 4}.0" for i in range(20)], "classification"),
        ([i / 2 for i in range(20)], "regression"),
    ],
)
def test_the_task_is_guessed_shown_and_chosen(tmp_path: Path, values: list[object], task: str) -> None:
    dataset = table(tmp_path, lines(("a", "t"), *((i / 7, value) for i, value in enumerate(values))))
    assert dataset.load().task == task
    assert f"{task}: t" in dataset.guess_table().words()
    other = "regression" if task == "classification" else "classification"
    assert dataset.with_changes(task=other).load().task == other
    assert ("they are taken for classes" in told(dataset)) == (task == "classification" and len(set(values)) > 2)


# Kinds and coding


MESSY = lines(
    "id,colour,ok,when,size,y",
    *(
        (i, ("red", "green", "blue")[i % 3], ("yes", "no")[i % 2], f"2020-0{1 + i % 9}-11", i / 4, "uv"[i % 2])
        for i in range(24)
    ),
)


def test_words_dates_and_yes_or_no_are_coded_and_told(tmp_path: Path) -> None:
    dataset = table(tmp_path, MESSY)
    found = dataset.guess_table()
    assert found.words()[2:] == (
        "colour: colour_blue, colour_green, colour_red",
        "ok: no is 0, yes is 1",
        "when: days since 1970-01-01",
        "the target is guessed by its name",
    )
    data = dataset.load()
    assert data.features == ("colour_blue", "colour_green", "colour_red", "ok", "when", "size")
    assert data.x[1].tolist() == [0, 1, 0, 0, 18303, 0.25]
    assert data.beside["id"].tolist() == list(range(24))
    assert "The column 'id' only numbers the rows: it is ignored. Take it as an input." in dataset.remarks()


def test_dummies_parts_and_roles_are_chosen(tmp_path: Path) -> None:
    settings = (
        ColumnSetting(name="colour", coding="dummy", reference="red"),
        ColumnSetting(name="when", parts=("year", "month", "weekday")),
        ColumnSetting(name="size", role="ignore"),
        ColumnSetting(name="id", role="input"),
        ColumnSetting(name="ok", kind="ordered", levels=("no", "yes")),
    )
    dataset = table(tmp_path, MESSY).with_columns(settings)
    assert "colour = red is the reference; colour_blue, colour_green" in dataset.guess_table().words()
    for read in (dataset, dataset.settled()):
        data = read.load()
        assert data.features == ("id", "colour_blue", "colour_green", "ok", "when_year", "when_month", "when_weekday")
        assert data.x[2].tolist() == [2, 1, 0, 1, 2020, 3, 3]
        assert (data.y.tolist()[:3], data.classes) == ([0, 1, 0], ("u", "v"))


def test_times_and_coordinates_stay_exact_until_they_are_scaled(tmp_path: Path) -> None:
    start = 1_700_000_000
    data = table(
        tmp_path, lines("t,north,y", *((start + 30 * i, 5_500_000.25 + i / 8, i % 2) for i in range(40)))
    ).load()
    x = Preparation.fit(data, standardise=True).apply(data).x
    assert len(np.unique(x[:, 0])) == len(np.unique(x[:, 1])) == 40
    clock = table(tmp_path, lines("t,y", *((f"2024-05-01 10:{i:02d}:30", i % 2) for i in range(40)))).load()
    np.testing.assert_allclose(np.diff(clock.x[:, 0]), 1 / 1440, rtol=1e-6)


@pytest.mark.parametrize("gap", ["", "?", "NA", "nan", "NaN", "null", " ", "#N/A"])
@pytest.mark.parametrize(("gaps", "value"), [("mean", 10 / 4), ("median", 1.5), ("most_frequent", 1.0), ("drop", None)])
def test_gaps_are_filled_as_chosen_by_the_training_part(
    tmp_path: Path, gap: str, gaps: str, value: float | None
) -> None:
    text = f"a,b,y\n1,0,x\n1,1,z\n2,0,x\n6,1,z\n{gap},0,z\n"
    dataset = table(tmp_path, text, columns=(ColumnSetting(name="a", gaps=gaps),))
    data = dataset.load()
    if value is None:
        assert (len(data), len(data.skipped)) == (4, 1)
        return
    assert math.isnan(data.x[4, 0])
    known = Preparation.fit(data)
    assert known.apply(data).x[4, 0] == value
    # Of the training part alone.
    part = Preparation.fit(data.take(np.array([0, 1, 4])))
    assert part.apply(data).x[4, 0] == 1
    assert Preparation.model_validate_json(part.model_dump_json()) == part


def test_gaps_in_categories(tmp_path: Path) -> None:
    text = "c,a,y\nu,1,0\nv,2,1\nv,3,0\n,4,1\nNA,5,1\n"
    data = table(tmp_path, text).load()
    assert data.features == ("c_u", "c_v", "c_missing", "a")
    assert data.x[3].tolist() == [0, 0, 1, 4]
    dataset = table(tmp_path, text, columns=(ColumnSetting(name="c", gaps="most_frequent"),))
    data = dataset.load()
    assert data.features == ("c_u", "c_v", "a")
    assert Preparation.fit(data).apply(data).x[3].tolist() == [0, 1, 4]
    shares = table(tmp_path, text, columns=(ColumnSetting(name="c", gaps="mean"),)).load()
    np.testing.assert_allclose(Preparation.fit(shares).apply(shares).x[3, :2], [1 / 3, 2 / 3], rtol=1e-6)


def test_some_words_among_numbers_are_gaps_that_are_told(tmp_path: Path) -> None:
    dataset = table(tmp_path, lines("a,b,y", *((i / 2, i * i, i % 2) for i in range(30)), "unknown,3,1"))
    assert "In the column 'a', 1 cell is empty or 'unknown'" in told(dataset)
    assert np.isnan(dataset.load().x[30, 0])
    assert dataset.settled().load().features == ("a", "b")


# Remarks


def remark_on(dataset: TableFile, column: str) -> str:
    return "\n".join(str(remark) for remark in dataset.guess_table().remarks if remark.column == column)


def test_remarks_have_cures_that_work(tmp_path: Path) -> None:
    rows = [(i, 7, i % 2 + 1, 1 + i % 4, "pq"[i % 2], f"n{i}", (i * 37) % 11, "uv"[i % 2]) for i in range(40)]
    dataset = table(tmp_path, lines("nr,same,code,grade,copy,name,a,y", *rows))
    assert "only numbers the rows: it is ignored" in remark_on(dataset, "nr")
    assert "is the same in every row" in remark_on(dataset, "same")
    assert "holds only the numbers 1 to 4" in remark_on(dataset, "grade")
    assert "tells the target 'y' by itself" in remark_on(dataset, "copy")
    assert "holds 40 different words: it is ignored" in remark_on(dataset, "name")
    before = dataset.load().features
    assert before == ("same", "code", "grade", "copy_p", "copy_q", "a")
    found = dataset.guess_table()
    cured = {setting.name: setting for remark in found.remarks for setting in remark.settings}
    after = dataset.with_columns([cured.get(column.name, column) for column in found.columns]).load().features
    assert ("same" in after, "copy_p" in after, "nr" in after, "grade_2" in after) == (False, False, True, True)


def test_rare_classes_and_unclear_dates(tmp_path: Path) -> None:
    rows = [(i * 1.5, f"0{1 + i % 9}/0{1 + i % 3}/2020", "rare" if i == 3 else "uv"[i % 2]) for i in range(40)]
    dataset = table(tmp_path, lines("a,when,y", *rows))
    assert "1 of the 3 classes have fewer than 5 rows (rare)" in told(dataset)
    (remark,) = (remark for remark in dataset.guess_table().remarks if remark.column == "when")
    assert "could have the day or the month first; the day is taken to be" in str(remark)
    other = dataset.with_columns(remark.settings).load()
    assert other.x[1, 1] - other.x[0, 1] == 32  # from 1 January to 2 February


def test_zeros_in_front_are_codes(tmp_path: Path) -> None:
    dataset = table(tmp_path, lines("zip,a,y", *((f"0{10 + i % 3}", i, i % 2) for i in range(12))))
    assert dataset.load().features == ("zip_010", "zip_011", "zip_012", "a")
    assert "has zeros in front" in remark_on(dataset, "zip")


# Other tables


def test_another_table_is_coded_alike(tmp_path: Path) -> None:
    dataset = table(tmp_path, "a;c;y\n1,5;u;x\n2,5;v;z\n;u;x\n4,5;w;z\n").settled()
    data = dataset.load()
    known = Preparation.model_validate_json(Preparation.fit(data, standardise=True).model_dump_json())
    other = table(tmp_path, "more,y,c,a\n9,z,v,2.5\n9,x,new,\n9,x,,1.5\n", "o.csv")
    x, notes = TableFile.read_inputs(other.path, known)
    assert known.features == ("a", "c_u", "c_v", "c_w")
    np.testing.assert_array_equal(x, [[2.5, 0, 1, 0], [np.nan, 0, 0, 0], [1.5, 0, 0, 0]])
    assert any("1 cell of 'c' holds what training had not seen (new)" in note for note in notes)
    assert any("gaps in 1 row were filled as in training" in note for note in notes)
    like = other.load_like(known)
    assert like.y.tolist() == [1, 0, 0]
    np.testing.assert_allclose(like.x[1, 0], 0, atol=1e-6)  # the mean of the training part
    with pytest.raises(DataError, match=r"o\.csv, line 3, column 'a': 'oops' is not a number"):
        TableFile.read_inputs(table(tmp_path, "c,a\nu,1\nu,oops\n", "o.csv").path, known)
    with pytest.raises(DataError, match="has no column 'c', which the network needs"):
        TableFile.read_inputs(table(tmp_path, "a,y\n1,2\n", "o.csv").path, known)


def test_settings_survive_json(tmp_path: Path) -> None:
    dataset = table(tmp_path, MESSY).settled()
    again = TableFile.model_validate_json(dataset.model_dump_json())
    assert again == dataset
    assert json.loads(dataset.model_dump_json())["columns"][0]["name"] == "id"
    assert len(dataset.columns) == 5  # all but the plain number
    assert again.load().features == dataset.load().features


@pytest.mark.parametrize(
    ("words", "thousands", "first", "told"),
    [
        (("1,200", "2,345"), "auto", 1200, "commas between thousands"),
        (("1,200", "2,345"), "comma", 1200, "commas between thousands"),
        (("1,200", "2,345"), "none", 1.2, "decimal comma"),
        (("1.200", "2.345"), "auto", 1.2, ""),
        (("1.200", "2.345"), "point", 1200, "points between thousands"),
        (("1.200,5", "2.345,5"), "auto", 1200.5, "points between thousands"),
        (("1 200", "2 345"), "auto", 1200, "spaces between thousands"),
        (("1\u202f200,5", "2\u202f345,5"), "space", 1200.5, "spaces between thousands"),
        (("1'200.5", "2'345.5"), "auto", 1200.5, "apostrophes between thousands"),
        (("$1,200", "$2,345"), "auto", 1200, "commas between thousands"),
        (("1200", "2345"), "auto", 1200, ""),
    ],
)
def test_thousands_are_guessed_told_and_chosen(
    tmp_path: Path, words: tuple[str, str], thousands: str, first: float, told: str
) -> None:
    rows = [(words[place % 2], "ab"[place % 2]) for place in range(24)]
    dataset = table(tmp_path, "\n".join(["n;t", *(";".join(row) for row in rows)])).with_changes(thousands=thousands)
    layout = dataset.guess_table().layout
    assert told in layout.words()
    assert ("between thousands" in layout.words()) == ("thousands" in told)
    settled = dataset.settled()
    assert isinstance(settled, TableFile)
    assert (dataset.load().x[0, 0], settled.load().x[0, 0]) == (first, first)


def test_a_sign_is_not_decimal_and_between_thousands(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="both a comma; choose another"):
        TableFile(path="a.csv", decimal=",", thousands="comma")


def test_another_file_may_have_its_thousands_as_it_likes(tmp_path: Path) -> None:
    rows = "\n".join(f"{place},{place % 3}.5,{'ab'[place % 2]}" for place in range(1000, 1024))
    data = table(tmp_path, f"n,m,t\n{rows}\n").settled().load()
    other = tmp_path / "other.csv"
    other.write_text("n;m\n1 020;0,5\n1 021;1,5\n", encoding="utf-8")
    x, _ = TableFile.read_inputs(str(other), Preparation.fit(data))
    assert x.tolist() == [[1020, 0.5], [1021, 1.5]]
