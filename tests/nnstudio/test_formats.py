"""Migrations: files of older formats open complete, newer ones are refused.

`data/` holds a file of each format as it was written then. They are never written anew.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import layers
from nnstudio import headless
from nnstudio.document.analysis import analyse
from nnstudio.document.model import FORMAT, Document
from nnstudio.project import migrations, project_file
from nnstudio.project.migrations import brought_up
from nnstudio.project.project_file import ProjectError
from nnstudio.project.templates import TEMPLATES
from tests.nnstudio.project_support import refusal, zipped

DATA = Path(__file__).parent / "data"
SAMPLES = sorted(DATA.glob("*.nnstudio"))
# What has another name since.
RENAMED = {"CsvFile": "TableFile"}


def written(path: Path) -> dict:  # type: ignore[type-arg]
    return json.loads(zipfile.ZipFile(path).read("project.json"))  # type: ignore[no-any-return]


def assert_holds(fields: Any, old: Any) -> None:
    """All that was there is there still; settings that came later may stand beside it."""
    if isinstance(old, dict):
        for name, value in old.items():
            assert_holds(fields[name], value)
    elif isinstance(old, list):
        for field, value in zip(fields, old, strict=True):
            assert_holds(field, value)
    else:
        assert fields == RENAMED.get(old, old)


def test_there_is_a_file_of_every_format() -> None:
    assert {written(path)["format"] for path in SAMPLES} == set(range(1, FORMAT + 1))
    assert set(migrations._STEPS) == set(range(1, FORMAT))
    assert all(path.stat().st_size < 10_000 for path in SAMPLES)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_it_opens_with_all_that_is_in_it_and_is_saved_in_the_present_format(path: Path, tmp_path: Path) -> None:
    # Alone, since data beside it would be found there, wherever they were.
    alone = tmp_path / "alone" / path.name
    alone.parent.mkdir()
    alone.write_bytes(path.read_bytes())
    loaded = project_file.load(alone)
    fields = json.loads(loaded.document.model_dump_json())
    assert fields.pop("format") == FORMAT
    old = written(path)
    del old["format"]
    assert_holds(fields, old)
    if not loaded.document.data.dataset.external:
        assert not analyse(loaded.document).problems
    project_file.save(loaded, tmp_path / "saved.nnstudio")
    assert written(tmp_path / "saved.nnstudio")["format"] == FORMAT
    assert project_file.load(tmp_path / "saved.nnstudio").document == loaded.document


def test_what_was_trained_goes_on_from_where_it_was() -> None:
    loaded = project_file.load(DATA / "format-1-last.nnstudio")
    document = loaded.document
    assert [block.name for block in document.blocks if block.frozen] == ["dense_2"]
    assert document.training.weight_of("1") == 2.0
    assert [mark.rule for mark in document.dismissed] == ["rate_too_high"]
    run = headless.start(loaded)
    assert run.note == ""
    assert (run.epoch, loaded.trained) == (3, True)
    before = run.network.parameter_vector.copy()  # type: ignore[attr-defined]
    run.step_once()
    assert np.abs(run.network.parameter_vector - before).max() > 0  # type: ignore[attr-defined]


def test_runs_and_their_moments_are_there() -> None:
    loaded = project_file.load(DATA / "format-5-runs.nnstudio")
    (run,) = loaded.runs
    assert (run.checkpoint.run.id, run.checkpoint.epoch, loaded.checkpoint.epoch) == ("run-1", 3, 3)
    assert len(run.checkpoint.moments.moments) > 1
    assert (run.document.training.seed, loaded.document.training.seed) == (1, 0)
    assert set(loaded.checkpoint.weights) == set(run.checkpoint.weights)
    assert headless.start(loaded).note == ""


def test_the_first_files_of_all_had_no_schedule_and_no_groups() -> None:
    document = project_file.load(DATA / "format-1-first.nnstudio").document
    assert isinstance(document.blocks[0].layer, layers.Conv2D)
    assert document.training.schedule is None
    assert document.groups == ()


def test_steps_are_taken_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def step(number: int) -> dict:  # type: ignore[type-arg]
        return {number: lambda fields: taken.append(fields["format"]) or fields}

    monkeypatch.setattr(migrations, "FORMAT", 9)
    monkeypatch.setattr(migrations, "_STEPS", {number: step(number)[number] for number in range(1, 9)})
    assert json.loads(brought_up(b'{"format": 6}')) == {"format": 9}
    assert taken == [6, 7, 8]
    assert brought_up(b'{"format": 9, "x": NaN}') == b'{"format": 9, "x": NaN}'


def test_arrays_are_read_as_they_were() -> None:
    old = {"type": "NpzFile", "path": "a.npz"}
    for task, now in (("auto", "by_type"), ("regression", "regression")):
        text = json.dumps({"format": 3, "data": {"dataset": {**old, "task": task}, "validation": 0.5}}).encode()
        found = json.loads(brought_up(text))["data"]
        assert found == {"dataset": {**old, "task": now, "layout": "as_stored"}, "validation": 0.5}
    other = {"format": 3, "data": {"dataset": {"type": "Circles"}}}
    assert json.loads(brought_up(json.dumps(other).encode())) == {**other, "format": FORMAT}


@pytest.mark.parametrize("text", [b'{"format": 1, "x": ' + b"1" * 5000 + b"}", b'{"format": 1, "blocks": 3}'])
def test_a_damaged_file_of_an_older_format_is_refused_in_words(text: bytes) -> None:
    assert 10 < len(refusal(zipped(project=text))) < 300


def test_a_newer_format_says_so_whatever_else_is_in_it() -> None:
    with pytest.raises(ProjectError, match="newer nnstudio"):
        brought_up(json.dumps({"format": FORMAT + 5, "blocks": "of another kind"}).encode())


def test_templates_are_of_the_present_format() -> None:
    assert json.loads(Document().model_dump_json())["format"] == FORMAT
    for template in TEMPLATES:
        path = Path(__file__).parents[2] / "resources" / "templates" / f"{template.name}.nnstudio"
        assert written(path)["format"] == FORMAT, template.name
