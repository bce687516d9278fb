"""Command `nnstudio data`, and the options --target and --ignore of other commands."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nnstudio import cli
from nnstudio.project.project_file import load


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.csv").write_text("size,rooms,price\n" + "".join(f"{i}.5,{i % 3},{i * 10.25}\n" for i in range(9)))
    (tmp_path / "flowers.csv").write_text("long,wide,kind\n" + "1,2,rose\n3,4,lily\n5,7,rose\n6,8,lily\n" * 5)


def test_json_has_the_promised_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "flowers.csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "rows": 20,
        "task": "classification",
        "target": ["kind"],
        "inputs": ["long", "wide"],
        "classes": ["lily", "rose"],
        "skipped": [],
        "remarks": [],
    }


def test_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "shop.csv"]) == 0
    out = capsys.readouterr().out
    for line in ("rows     9", "task     regression", "target   price", "inputs   2: size, rooms"):
        assert line in out.splitlines()


def test_columns_are_described(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "shop.csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (size,) = [line.split() for line in lines if line.startswith("size ")]
    assert size[:3] == ["size", "input", "number"]
    assert [float(cell) for cell in size[-4:-1]] == [0.5, 8.5, 4.5]


def test_target(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "shop.csv", "--json", "--target", "size"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["target"], found["inputs"]) == (["size"], ["rooms", "price"])


def test_unknown_target_names_the_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "shop.csv", "--target", "cost"]) == 1
    err = capsys.readouterr().err
    assert "'cost'" in err
    assert "size, rooms, price" in err
    assert len(err.splitlines()) == 1


def test_a_project_shows_its_own_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["new", "iris", "-o", "iris.nnstudio"]) == 0
    capsys.readouterr()
    assert cli.main(["data", "iris.nnstudio", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"], found["classes"]) == (150, ["setosa", "versicolor", "virginica"])
    assert len(found["inputs"]) == 4


def test_arrays_without_names_have_counted_ones(capsys: pytest.CaptureFixture[str]) -> None:
    np.savez("points.npz", x=np.arange(12.0).reshape(4, 3), y=np.array([0, 1, 0, 1]))
    assert cli.main(["data", "points.npz", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["inputs"] == ["x1", "x2", "x3"]


def test_only_tables_have_columns(capsys: pytest.CaptureFixture[str]) -> None:
    np.savez("points.npz", x=np.zeros((4, 3)), y=np.array([0, 1, 0, 1]))
    assert cli.main(["data", "points.npz", "--target", "x1"]) == 1
    assert "only a table has" in capsys.readouterr().err


def test_new_takes_own_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["new", "iris", "--data", "shop.csv", "--target", "size", "-o", "own.nnstudio"]) == 0
    assert "target 'size'" in capsys.readouterr().err
    dataset = load("own.nnstudio").document.data.dataset
    assert dataset.signature().target == "size"
    assert dataset.signature().task == "regression"


def test_train_takes_a_target(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["new", "regression-plane", "-o", "own.nnstudio"]) == 0
    assert cli.main(["train", "own.nnstudio", "--data", "shop.csv", "--target", "size", "--epochs", "1"]) == 0
    assert load("own.nnstudio").document.data.dataset.signature().target == "size"
    capsys.readouterr()


@pytest.mark.parametrize("words", [["new", "iris"], ["train", "own.nnstudio"]])
def test_columns_need_a_table(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["new", "iris", "-o", "own.nnstudio"])
    capsys.readouterr()
    assert cli.main([*words, "--target", "a"]) == 2
    assert "--data" in capsys.readouterr().err


def test_an_empty_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "shop.csv", "--ignore", "size,,price"]) == 2
    assert "names of columns" in capsys.readouterr().err


def test_a_missing_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "gone.csv"]) == 1
    assert "gone.csv does not exist" in capsys.readouterr().err


def test_the_reasons_of_what_was_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    Path("gap.csv").write_text("size,price\n" + "".join(f"{i}.5,{'' if i == 3 else i * 10.25}\n" for i in range(9)))
    assert cli.main(["data", "gap.csv", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["skipped"], found["reasons"]) == (
        ["row 4"],
        {"row 4": "has a gap in the target, or where gaps are dropped"},
    )


def test_all_parts_of_an_array_file_are_described(capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {}
    for part, count in (("train", 30), ("val", 10), ("test", 20)):
        arrays[f"x_{part}"] = random.random((count, 3)) + (part == "test")
        arrays[f"y_{part}"] = np.arange(count) % 3
    np.savez("parts.npz", **arrays)
    assert cli.main(["data", "parts.npz", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"], found["parts"]) == (60, {"train": 30, "validation": 10, "test": 20})
    assert cli.main(["data", "parts.npz"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "rows     60: 30 train, 10 validation, 20 test" in lines
    (first,) = [line.split() for line in lines if line.startswith("x1 ")]
    # The statistics are of all parts: the numbers of the test part are above 1.
    assert float(first[-3]) > 1
