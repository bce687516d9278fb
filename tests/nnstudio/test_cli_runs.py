"""Runs on the command line: listed, made with other seeds, and evaluated."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nnstudio import cli
from nnstudio.document import runs
from nnstudio.project import project_file


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "moons", "-o", "m.nnstudio"]) == 0
    assert cli.main(["train", "m.nnstudio", "--epochs", "3"]) == 0
    capsys.readouterr()
    return "m.nnstudio"


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main([*words]) == 0
    return capsys.readouterr().out


def test_seeds_make_runs_that_are_listed_and_evaluated(trained: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = project_file.load(trained)
    told = printed(capsys, "train", trained, "--seeds", "2", "--epochs", "4")
    assert told.startswith("done after 2 runs: loss ")
    assert " ± " in told
    project = project_file.load(trained)
    assert [(run.id, run.document.training.seed, run.checkpoint.epoch) for run in project.runs] == [
        ("run-2", 1, 4),
        ("run-3", 2, 4),
    ]
    assert project.document == before.document
    assert {name: array.tolist() for name, array in project.checkpoint.weights.items()} == {
        name: array.tolist() for name, array in before.checkpoint.weights.items()
    }
    project_file.save(replace(project, document=runs.rename_run(project.document, "run-3", "the best")), trained)
    lines = printed(capsys, "runs", trained).splitlines()
    assert lines[0].split()[:3] == ["run", "steps", "epochs"]
    assert [line.split()[:2] for line in lines[2:5]] == [["Run", "1"], ["Run", "2"], ["the", "best"]]
    assert "(now)" in lines[2]
    listed = json.loads(printed(capsys, "runs", trained, "--json"))
    assert [(each["run"], each["settings"]["Seed"]) for each in listed] == [
        ("run-1", "0"),
        ("run-2", "1"),
        ("run-3", "2"),
    ]
    scores = {
        name: json.loads(printed(capsys, "evaluate", trained, "--part", "validation", "--json", "--run", name))["loss"]
        for name in ("1", "run-2", "the best")
    }
    assert len(set(scores.values())) == 3
    assert scores["run-2"] == pytest.approx(listed[1]["scores"]["val_loss"], rel=1e-5)
    assert scores["1"] == json.loads(printed(capsys, "evaluate", trained, "--part", "validation", "--json"))["loss"]


def test_a_run_that_is_not_there_is_told(trained: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", trained, "--run", "Run 9"]) == 1
    assert capsys.readouterr().err == "nnstudio: m.nnstudio has no run 'Run 9'; its runs are: Run 1\n"


def test_of_a_project_that_has_nothing_but_runs_one_is_to_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "moons", "-o", "m.nnstudio"]) == 0
    assert cli.main(["train", "m.nnstudio", "--seeds", "1", "--epochs", "1"]) == 0
    capsys.readouterr()
    assert cli.main(["evaluate", "m.nnstudio"]) == 1
    assert capsys.readouterr().err.endswith("is not trained, but has runs; choose one with --run: Run 1\n")


def test_a_project_without_runs_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "xor", "-o", "x.nnstudio"]) == 0
    capsys.readouterr()
    assert "no runs yet" in printed(capsys, "runs", "x.nnstudio")
    assert json.loads(printed(capsys, "runs", "x.nnstudio", "--json")) == []


def test_training_goes_on_with_the_runs_kept(trained: str, capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, "train", trained, "--seeds", "1", "--epochs", "1")
    printed(capsys, "train", trained, "--epochs", "1")
    project = project_file.load(trained)
    assert [run.id for run in project.runs] == ["run-2"]
    assert (project.checkpoint.run.id, project.checkpoint.epoch) == ("run-1", 4)
