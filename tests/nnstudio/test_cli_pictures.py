"""Folders of pictures on the command line: described, trained on, evaluated, predicted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nnstudio import cli
from nnstudio.project import project_file
from tests.engine.picture_files import bomb, folders, write


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = cli.main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Dark cats and bright dogs, and two files that are no pictures."""
    folder = folders(tmp_path / "pets", each=20)
    (folder / "cat" / "note.png").write_text("no picture")
    bomb(folder / "dog" / "large.png")
    return folder


def test_a_folder_is_described(capsys: pytest.CaptureFixture[str], pets: Path) -> None:
    code, out, _ = run(capsys, "data", pets, "--json")
    assert code == 0
    told = json.loads(out)
    remarks = told.pop("remarks")
    reasons = told.pop("reasons")
    assert list(reasons) == told["skipped"]
    assert reasons["cat/note.png"] == "is no PNG, JPEG, BMP, GIF or WebP picture"
    assert told == {
        "rows": 40,
        "task": "classification",
        "target": ["class"],
        "inputs": [],
        "classes": ["cat", "dog"],
        "skipped": ["cat/note.png", "dog/large.png"],
    }
    assert remarks[0].startswith("2 files left out: cat/note.png is no PNG, JPEG, BMP, GIF or WebP picture; dog/large")


def test_broken_files_are_refused_until_they_are_left_out(
    capsys: pytest.CaptureFixture[str], pets: Path, tmp_path: Path
) -> None:
    project = tmp_path / "pets.nnstudio"
    assert run(capsys, "new", "digits-cnn", "-o", project)[0] == 0
    code, _, err = run(capsys, "train", project, "--data", pets, "--epochs", "1")
    assert code == 1
    assert "2 of 42 pictures cannot be read: cat/note.png is no PNG" in err
    assert "--leave-out does" in err


def test_trained_evaluated_and_predicted(capsys: pytest.CaptureFixture[str], pets: Path, tmp_path: Path) -> None:
    project = tmp_path / "pets.nnstudio"
    code, out, err = run(capsys, "new", "digits-cnn", "--data", pets, "--leave-out", "-o", project)
    assert code == 0, err
    # The template tells ten digits apart; for two classes one unit is enough.
    assert project_file.load(project).document.by_name["dense_2"].layer.units == 1  # type: ignore[attr-defined]
    code, out, err = run(capsys, "train", project, "--epochs", "200")
    assert code == 0, err
    assert "2 files left out" in err
    code, out, _ = run(capsys, "evaluate", project, "--json")
    assert code == 0
    assert json.loads(out)["accuracy"] == 1
    new = tmp_path / "new"
    write(new / "a.png", np.full((30, 40, 3), 45, np.uint8))
    write(new / "b.jpg", np.full((8, 8), 150, np.uint8))
    (new / "c.gif").write_text("no picture")
    code, out, err = run(capsys, "predict", project, new, "--json")
    assert code == 0, err
    assert [(answer["name"], answer["class"]) for answer in json.loads(out)] == [("a.png", "cat"), ("b.jpg", "dog")]
    assert "1 file left out: c.gif is no PNG" in err
    code, out, _ = run(capsys, "predict", project, new, "-o", tmp_path / "out.csv")
    assert code == 0
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [["a.png", "cat"], ["b.jpg", "dog"]]
    code, out, _ = run(capsys, "predict", project, new)
    assert code == 0
    assert [line.partition("%")[0].split()[:2] for line in out.splitlines()] == [["a.png:", "cat"], ["b.jpg:", "dog"]]
    code, out, _ = run(capsys, "predict", project, new / "b.jpg")
    assert code == 0
    assert "dog" in out
    # Another folder is read as the project's own was, also where it lies in parts.
    for label, value in (("cat", 45), ("dog", 150)):
        for number in range(3):
            write(tmp_path / "other" / "test" / label / f"{number}.png", np.full((20, 30), value, np.uint8))
            write(tmp_path / "other" / "train" / label / f"{number}.png", np.full((20, 30), 195 - value, np.uint8))
    code, out, err = run(capsys, "evaluate", project, "--data", tmp_path / "other", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert (told["samples"], told["accuracy"]) == (6, 1)
