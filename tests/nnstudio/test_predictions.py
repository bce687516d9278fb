"""Predictions written as a table by `nnstudio predict FILE INPUT -o OUT`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from engine.data import TableFile
from engine.data.tables.settings import ColumnSetting
from nnstudio import cli, headless
from nnstudio.document import edits
from nnstudio.project import templates
from nnstudio.project.project_file import save
from nnstudio.training.project import Project

FLOWERS = [("1.5", "0.25", "rose"), ("1.25", "0.5", "rose"), ("7.5", "3.25", "lily"), ("7.25", "3.5", "lily")] * 8


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _write(name: str, rows: list[tuple[str, ...]]) -> None:
    with Path(name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def _read(name: str) -> list[dict[str, str]]:
    with Path(name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def flowers(capsys: pytest.CaptureFixture[str]) -> str:
    """A project that has learnt to tell two flowers apart from a table."""
    _write("flowers.csv", [("long", "wide", "kind"), *FLOWERS])
    assert cli.main(["new", "moons", "--data", "flowers.csv", "-o", "flowers.nnstudio"]) == 0
    assert cli.main(["train", "flowers.nnstudio", "--epochs", "60"]) == 0
    capsys.readouterr()
    return "flowers.nnstudio"


def test_classes_by_name_with_probabilities(flowers: str, capsys: pytest.CaptureFixture[str]) -> None:
    _write("new.csv", [("wide", "long"), ("0.4", "1.4"), ("3.4", "7.4"), ("0.3", "1.3")])
    assert cli.main(["predict", flowers, "new.csv", "-o", "out.csv"]) == 0
    assert "3 predictions" in capsys.readouterr().out
    rows = _read("out.csv")
    assert [row["row"] for row in rows] == ["1", "2", "3"]
    assert [row["kind"] for row in rows] == ["rose", "lily", "rose"]
    for row in rows:
        assert list(row) == ["row", "kind", "probability_lily", "probability_rose"]
        assert float(row["probability_lily"]) + float(row["probability_rose"]) == pytest.approx(1, abs=1e-4)


def test_the_table_agrees_with_json(flowers: str, capsys: pytest.CaptureFixture[str]) -> None:
    _write("new.csv", [("long", "wide"), ("1.4", "0.4"), ("5", "2")])
    assert cli.main(["predict", flowers, "new.csv", "-o", "out.csv", "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)
    for row, answer in zip(_read("out.csv"), answers, strict=True):
        assert row["kind"] == answer["class"]
        assert float(row["probability_rose"]) == pytest.approx(answer["probabilities"]["rose"], rel=1e-5)


def test_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(f"{i % 7}.5", f"{i % 5}.25", f"{i % 7 * 2 + i % 5}.125") for i in range(35)]
    _write("shop.csv", [("size", "rooms", "cost"), *rows])
    assert cli.main(["new", "regression-plane", "--data", "shop.csv", "-o", "shop.nnstudio"]) == 0
    assert cli.main(["train", "shop.nnstudio", "--epochs", "5"]) == 0
    capsys.readouterr()
    assert cli.main(["predict", "shop.nnstudio", "shop.csv", "-o", "out.csv"]) == 0
    assert cli.main(["predict", "shop.nnstudio", "shop.csv", "--json"]) == 0
    answers = json.loads(capsys.readouterr().out.splitlines()[-1])
    told = [float(row["cost"]) for row in _read("out.csv")]
    np.testing.assert_allclose(told, [answer["output"][0] for answer in answers], rtol=1e-6)


def test_the_samples_themselves_are_not_written_over(flowers: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("flowers.csv").read_bytes()
    assert cli.main(["predict", flowers, "flowers.csv", "-o", "flowers.csv"]) == 1
    assert "another file" in capsys.readouterr().err
    assert Path("flowers.csv").read_bytes() == before


def test_a_place_that_is_not_there(flowers: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["predict", flowers, "1,2", "-o", "gone/out.csv"]) == 1
    assert "gone" in capsys.readouterr().err


@pytest.fixture
def rents(capsys: pytest.CaptureFixture[str]) -> str:
    """A project that has learnt rents from a table with words, dates, gaps and decimal commas."""
    rows = ["Rents of some flats", "", "id;colour;size;since;balcony;rent"]
    for i in range(120):
        colour, size = ("red", "green", "blue")[i % 3], 20 + i * 7 % 60
        cell = "" if i % 17 == 3 else f"{size},5"
        rent = 300 + 9 * size + {"red": 0, "green": 80, "blue": -40}[colour]
        rows.append(f"{1000 + i};{colour};{cell};{i % 28 + 1:02}.03.20{10 + i % 9};{('ja', 'nein')[i % 2]};{rent},25")
    Path("rents.csv").write_bytes("\n".join(rows).encode("cp1252"))
    assert cli.main(["new", "regression-plane", "--data", "rents.csv", "-o", "rents.nnstudio"]) == 0
    assert cli.main(["train", "rents.nnstudio", "--epochs", "300"]) == 0
    capsys.readouterr()
    return "rents.nnstudio"


def test_a_raw_table_in_another_order_and_layout(rents: str, capsys: pytest.CaptureFixture[str]) -> None:
    _write("one.csv", [("since", "rent", "size", "balcony", "colour"), ("05.03.2012", "", "40.5", "ja", "green")])
    Path("two.csv").write_text("colour;size;balcony;since\ngreen;40,5;ja;05.03.2012\n")
    for name in ("one", "two"):
        assert cli.main(["predict", rents, f"{name}.csv", "-o", f"{name}-out.csv"]) == 0
    one, two = _read("one-out.csv"), _read("two-out.csv")
    assert one == two
    assert list(one[0]) == ["row", "rent"]
    # Trained on the raw table: the right size of a rent, in the units of the file.
    assert 300 < float(one[0]["rent"]) < 1200


def test_unknown_categories_and_gaps_are_counted(rents: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("mauve", "40,5"), ("red", ""), ("red", "?"), ("blue", "30,5"), ("pink", "20")]
    lines = [f"{colour};{size};nein;05.03.2012" for colour, size in rows]
    Path("odd.csv").write_text("\n".join(["colour;size;balcony;since", *lines]))
    assert cli.main(["predict", rents, "odd.csv", "-o", "out.csv"]) == 0
    told = capsys.readouterr().err
    assert "gaps in 2 rows were filled as in training" in told
    assert "2 cells of 'colour'" in told
    assert "mauve" in told
    predicted = [float(row["rent"]) for row in _read("out.csv")]
    assert len(predicted) == 5
    assert predicted[1] == predicted[2]
    assert np.isfinite(predicted).all()


@pytest.fixture
def people(capsys: pytest.CaptureFixture[str]) -> str:
    """A project that has learnt from a table whose first column names the rows; gaps in `size` drop a row."""
    sizes = ["" if i == 5 else str(20 + i * 7 % 60) for i in range(60)]
    rows = [(f"flat {i}", size, ("ja", "nein")[i % 2], f"{i % 9}.5") for i, size in enumerate(sizes)]
    _write("flats.csv", [("flat", "size", "lift", "rent"), *rows])
    _write_settings("flats.csv", "flats.nnstudio", size={"gaps": "drop"})
    assert cli.main(["train", "flats.nnstudio", "--epochs", "2"]) == 0
    capsys.readouterr()
    return "flats.nnstudio"


def _write_settings(table: str, project: str, **columns: dict[str, str]) -> None:
    """Make a project of a table with settings of its columns."""
    settings = tuple(ColumnSetting(name=name, **changes) for name, changes in columns.items())
    dataset = TableFile(path=str(Path(table).absolute()), columns=settings).settled()
    document = edits.set_dataset(templates.load("regression-plane").document, dataset)
    save(Project(headless.with_fitting_output(document)), project)


def test_rows_have_the_names_of_their_column(people: str, capsys: pytest.CaptureFixture[str]) -> None:
    _write("new.csv", [("lift", "flat", "size"), ("ja", "attic", "40"), ("nein", "cellar", "31")])
    assert cli.main(["predict", people, "new.csv", "-o", "out.csv", "--json"]) == 0
    shown = capsys.readouterr()
    assert [answer["name"] for answer in json.loads(shown.out)] == ["attic", "cellar"]
    assert "'flat'" not in shown.err
    assert [(row["flat"], float(row["rent"]) > -100) for row in _read("out.csv")] == [("attic", True), ("cellar", True)]
    assert cli.main(["predict", people, "new.csv"]) == 0
    assert [line.split(": ")[0] for line in capsys.readouterr().out.splitlines()] == ["attic", "cellar"]


def test_rows_are_counted_where_their_names_are_not_there(people: str) -> None:
    _write("new.csv", [("lift", "size"), ("ja", "40"), ("nein", "31")])
    assert cli.main(["predict", people, "new.csv", "-o", "out.csv"]) == 0
    assert [row["row"] for row in _read("out.csv")] == ["1", "2"]


def test_a_gap_that_leaves_the_row_out_is_not_filled(people: str, capsys: pytest.CaptureFixture[str]) -> None:
    _write("new.csv", [("flat", "lift", "size"), ("attic", "ja", "40"), ("cellar", "nein", "?"), ("roof", "", "20")])
    assert cli.main(["predict", people, "new.csv", "-o", "out.csv"]) == 0
    shown = capsys.readouterr()
    assert "1 row has no prediction" in shown.err
    assert "row 2, where 'size' is empty" in shown.err
    assert "gaps in 1 row were filled" in shown.err
    assert "wrote 2 predictions" in shown.out
    rows = _read("out.csv")
    assert [(row["flat"], bool(row["rent"])) for row in rows] == [("attic", True), ("cellar", False), ("roof", True)]
    assert cli.main(["predict", people, "new.csv", "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)
    assert answers[1] == {"name": "cellar", "output": None, "reason": "'size' is empty"}
    assert cli.main(["predict", people, "new.csv"]) == 0
    assert "cellar: no prediction, since 'size' is empty" in capsys.readouterr().out


def test_the_own_table_is_judged_without_the_rows_that_training_left_out(
    people: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["evaluate", people, "--data", "flats.csv", "--json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["samples"] == 59
    assert "1 row is left out" in shown.err
