"""The command line on tables: `nnstudio data`, and the choice of columns in `new` and `train --data`."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from nnstudio import cli
from nnstudio.project.project_file import load

MESSY = "id;colour;price;ok\n" + "".join(
    f"{i};{('red', 'green', 'blue')[i % 3]};{'' if i == 4 else f'{i},5'};{('ja', 'nein')[i % 2]}\n"
    for i in range(1, 31)
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text(MESSY)


def test_it_tells_how_a_table_would_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "t.csv", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    remarks = found.pop("remarks")
    assert found == {
        "rows": 30,
        "task": "classification",
        "target": ["ok"],
        "inputs": ["colour_blue", "colour_green", "colour_red", "price"],
        "classes": ["ja", "nein"],
        "skipped": [],
    }
    assert any("'id' only numbers the rows" in remark for remark in remarks)
    assert any("In the column 'price', 1 cell is empty" in remark for remark in remarks)


def test_target_and_ignored_columns_are_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "t.csv", "--json", "--target", "price", "--ignore", "ok,id"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"], found["skipped"], found["task"]) == (29, ["row 4"], "regression")
    assert (found["target"], found["classes"]) == (["price"], [])
    assert found["inputs"] == ["colour_blue", "colour_green", "colour_red"]
    assert cli.main(["data", "t.csv", "--target", "nothing"]) == 1
    assert "has no column 'nothing'; it has id, colour, price, ok" in capsys.readouterr().err


def test_it_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "t.csv"]) == 0
    out = capsys.readouterr().out
    assert "target   ok" in out
    assert "columns divided by semicolons, decimal comma, UTF-8, with a header line" in out
    assert "colour: colour_blue, colour_green, colour_red" in out


def test_new_train_and_data_of_a_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["new", "iris", "--data", "t.csv", "--target", "colour", "-o", "p.nnstudio"]) == 0
    dataset = load("p.nnstudio").document.data.dataset
    assert dataset.signature().classes == ("blue", "green", "red")
    assert cli.main(["train", "p.nnstudio", "--epochs", "1"]) == 0
    assert (
        cli.main(["train", "p.nnstudio", "--data", "t.csv", "--target", "colour", "--ignore", "ok", "--epochs", "1"])
        == 1
    )
    assert "weights do not fit" in capsys.readouterr().err
    assert cli.main(["data", "p.nnstudio", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["target"] == ["colour"]
    assert cli.main(["train", "p.nnstudio", "--target", "ok"]) == 2
    assert "choose columns of a table; name it with --data" in capsys.readouterr().err
    assert cli.main(["data", "p.nnstudio", "--target", "price", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["target"] == ["price"]


def test_names_outside_the_terminals_code_page(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("t.csv").write_text("größe;art\n1,5;süß\n2,5;日本\n", encoding="utf-8")
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert cli.main(["data", "t.csv"]) == 0
    stream.flush()
    assert b"inputs   gr??e" in stream.buffer.getvalue()  # type: ignore[attr-defined]


def test_columns_are_those_of_tables(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["new", "xor"])
    assert cli.main(["data", "xor.nnstudio", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["rows"] == 4
    assert cli.main(["data", "xor.nnstudio", "--target", "a"]) == 1
    assert "has no columns to choose; only a table has" in capsys.readouterr().err
