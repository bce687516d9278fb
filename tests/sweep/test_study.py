"""Studies of one process: reproducible, pruned, refused, and what is wrong told in a sentence."""

from __future__ import annotations

import json
import os
import socket
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.backends.computing import Computing
from engine.errors import EngineError
from nnstudio import cli
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.document.sweep import SweepSettings
from nnstudio.project import project_file, templates
from nnstudio.sweep import living, storage
from nnstudio.sweep.errors import SweepError
from nnstudio.sweep.ranges import parse_range
from nnstudio.sweep.results import StudyTable
from nnstudio.training.build import read_data
from nnstudio.training.split import Split

pytestmark = pytest.mark.peers

RATE, UNITS = "training.learning_rate=1e-3..1e-1 log", "dense_1.units=4..16"


@pytest.fixture(scope="module")
def document() -> Document:
    pytest.importorskip("optuna")
    return edits.set_training(templates.load("moons").document, epochs=3)


@pytest.fixture(scope="module")
def split(document: Document) -> Split:
    return read_data(document.data)


def never() -> bool:
    return False


def search(
    document: Document,
    split: Split,
    place: Path | str,
    *texts: str,
    trials: int = 4,
    stopped: Callable[[], bool] = never,
    study: str = "sweep",
    **settings: Any,
) -> StudyTable:
    from nnstudio.sweep.study import Sweep

    ranges = [parse_range(document, text) for text in texts]
    with Sweep(document, split, SweepSettings(**settings), str(place), study, ranges) as sweep:
        sweep.run(trials, stopped, lambda progress: None)
        return sweep.table


def told(table: StudyTable) -> Sequence[object]:
    return [(row.state, dict(row.parameters), row.value, row.curve) for row in table.rows]


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_the_same_seed_gives_the_same_trials_also_in_two_goes(
    document: Document, split: Split, tmp_path: Path, sampler: str
) -> None:
    whole = search(document, split, tmp_path / "a", RATE, UNITS, sampler=sampler, trials=4, keep=0)
    search(document, split, tmp_path / "b", RATE, UNITS, sampler=sampler, trials=2, keep=0)
    parts = search(document, split, tmp_path / "b", sampler=sampler, trials=4, keep=0)
    assert told(parts) == told(whole)
    assert len({row.value for row in whole.rows}) == 4
    other = search(document, split, tmp_path / "c", RATE, UNITS, sampler=sampler, trials=1, keep=0, seed=1)
    assert told(other) != told(whole)[:1]


def test_a_grid_goes_through_all_combinations_and_ends(document: Document, split: Split, tmp_path: Path) -> None:
    table = search(
        document,
        split,
        tmp_path / "a",
        "dense_1.units=4..8 step 4",
        "training.optimizer=SGD,Adam",
        sampler="grid",
        trials=9,
    )
    assert sorted(tuple(row.parameters.values()) for row in table.rows) == [
        ("Adam", 4),
        ("Adam", 8),
        ("SGD", 4),
        ("SGD", 8),
    ]


@pytest.mark.parametrize("pruner", ["median", "hyperband"])
def test_bad_trials_are_given_up_early(document: Document, split: Split, tmp_path: Path, pruner: str) -> None:
    longer = edits.set_training(document, epochs=9)
    # With the tiniest steps, nothing is learnt.
    choices = "training.learning_rate=1e-9,0.02,0.03,0.01"
    table = search(longer, split, tmp_path / "a", choices, sampler="random", pruner=pruner, trials=14, keep=0)
    pruned = [row for row in table.rows if row.state == "pruned"]
    assert pruned
    assert all(row.epoch < 9 for row in pruned)
    best = table.best()[0].value
    assert best is not None
    assert all(row.value is not None and row.value > best for row in pruned)


def test_a_trial_that_diverges_is_a_bad_one_and_one_that_cannot_be_trained_says_why(
    document: Document, split: Split, tmp_path: Path
) -> None:
    fast = edits.set_training(edits.set_field(document, "dense_1", "weight_init", "ones"), epochs=30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        table = search(
            fast, split, tmp_path / "a", "training.optimizer=SGD", "training.learning_rate=99,0.01", sampler="grid"
        )
    assert {row.state for row in table.rows} <= {"complete", "diverged"}
    table = search(document, split, tmp_path / "b", "dense_3.units=1,3", sampler="grid")
    failed = next(row for row in table.rows if row.state == "failed")
    assert "The network gives 3, but the data have 2 classes" in failed.reason
    assert table.done == 2
    assert table.best()[0].parameters == {"dense_3.units": "1"}


def test_a_trial_that_is_stopped_is_trained_again_with_the_same_settings(
    document: Document, split: Split, tmp_path: Path
) -> None:
    looks = iter([False, True])
    table = search(document, split, tmp_path / "a", RATE, stopped=lambda: next(looks, True), trials=2, keep=0)
    assert [row.state for row in table.rows] == ["cut off", "waiting"]
    table = search(document, split, tmp_path / "a", trials=2, keep=0)
    assert [row.state for row in table.rows] == ["cut off", "complete", "complete"]
    assert table.rows[0].parameters == table.rows[1].parameters != table.rows[2].parameters


def test_direction_follows_the_metric(document: Document, split: Split, tmp_path: Path) -> None:
    table = search(document, split, tmp_path / "a", "training.learning_rate=1e-9,0.05", metric="val_accuracy", trials=6)
    assert table.maximize
    best = table.best()[0].value
    assert best == max(row.value for row in table.rows if row.value is not None)


def test_the_study_of_another_project_is_refused(document: Document, split: Split, tmp_path: Path) -> None:
    place = tmp_path / "a"
    search(document, split, place, RATE, trials=1)
    wider = edits.set_field(document, "dense_2", "units", 9)
    with pytest.raises(SweepError, match="belongs to another project: its network differs; name another --storage"):
        search(wider, split, place, RATE)
    other = edits.set_data(document, validation=0.5)
    with pytest.raises(SweepError, match="its data differ and its data are prepared or divided in another way"):
        search(other, read_data(other.data), place, RATE)
    with pytest.raises(SweepError, match=r"belongs to another project: the project has no setting 'dense_1.units'"):
        search(edits.rename(search_units(document, split, tmp_path), "dense_1", "hidden"), split, tmp_path / "u")
    with pytest.raises(SweepError, match=r"searches training.learning_rate=0.001..0.1 log, not dense_1.units=4..16"):
        search(document, split, place, UNITS)
    with pytest.raises(SweepError, match="measures val_loss, not val_accuracy"):
        search(document, split, place, metric="val_accuracy")
    # Another name in the same file is another study.
    assert search(wider, split, place, RATE, study="wider", trials=1).done == 1


def search_units(document: Document, split: Split, folder: Path) -> Document:
    search(document, split, folder / "u", UNITS, trials=1)
    return document


def test_a_study_that_is_not_ours_is_left_alone(document: Document, split: Split, tmp_path: Path) -> None:
    optuna = pytest.importorskip("optuna")
    url = f"sqlite:///{tmp_path / 'theirs.db'}"
    storage = optuna.storages.RDBStorage(url)
    study = optuna.create_study(study_name="sweep", storage=storage)
    study.add_trial(optuna.create_trial(value=1.0))
    storage.remove_session()
    storage.engine.dispose()
    with pytest.raises(SweepError, match="was not made by nnstudio"):
        search(document, split, url, RATE)


def test_a_journal_whose_last_line_was_written_by_half_goes_on(
    document: Document, split: Split, tmp_path: Path
) -> None:
    place = tmp_path / "a"
    before = search(document, split, place, RATE, trials=2, keep=0)
    # As a full drive leaves it.
    with place.open("ab") as file:
        file.write(b'{"op_code":4,"worker_id":"x-140","stu')
    after = search(document, split, place, trials=3, keep=0)
    assert told(after)[:2] == told(before)
    assert after.done == 3
    assert b"x-140" not in place.read_bytes()


def test_nothing_is_tried_where_what_is_to_compute_is_missing(document: Document, split: Split, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from engine.backends.torch import devices

    missing = next((name for name in devices.KNOWN if devices.reason_against(name)), None)
    if missing is None:
        pytest.skip("every device is there")
    other = edits.set_training(document, computing=Computing(engine="torch", device=missing))
    with pytest.raises(EngineError, match=f"PyTorch cannot compute on {missing}: "):
        search(other, split, tmp_path / "a", RATE)
    assert search(document, split, tmp_path / "a", RATE, trials=1).done == 1


def test_a_database_that_takes_the_call_and_says_nothing_is_given_up(
    document: Document, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed")
    monkeypatch.setattr(storage, "_CONNECT", 2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        begun = time.monotonic()
        with pytest.raises(SweepError, match=r"cannot be reached: .*time"):
            search(document, split, f"postgresql+psycopg://me@127.0.0.1:{silent.getsockname()[1]}/x", RATE)
        assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("{folder}", "is a folder"),
        ("{folder}/none/study.sweep", "there is no folder"),
        ("{folder}/text.txt", "is no journal of a study"),
        ("{folder}/broken.sweep", "the journal .* is damaged"),
        ("{folder}/bytes.sweep", "the journal .* is damaged"),
        ("{folder}/base.db", "name it as sqlite:///"),
        ("sqlite:////no/such/folder/study.db", "cannot be reached: unable to open database file"),
        ("nodb://somewhere/there", "is no URL of a database|needs a database driver|cannot be used|cannot be reached"),
        ("postgresql+psycopg://me:secret@127.0.0.1:1/x", "cannot be reached|needs a database driver"),
    ],
)
def test_a_dead_storage_is_told_in_a_sentence(
    document: Document, split: Split, tmp_path: Path, place: str, sentence: str
) -> None:
    (tmp_path / "text.txt").write_text("my notes\n")
    (tmp_path / "broken.sweep").write_text('{"op_code":0,"worker_id":"x","study_na\n{"op_code":1}\n')
    (tmp_path / "bytes.sweep").write_bytes(b'{"op_code":0,"worker_id":"\xff"}\n')
    (tmp_path / "base.db").write_bytes(b"SQLite format 3\0")
    with pytest.raises(SweepError, match=sentence) as found:
        search(document, split, place.format(folder=tmp_path), RATE)
    assert "secret" not in str(found.value)
    assert (tmp_path / "text.txt").read_text() == "my notes\n"


def test_a_process_is_dead_when_its_lock_is_free_or_it_gave_no_sign_for_long() -> None:
    with living.Living() as mine:
        notes = {living.PROCESS: mine.note}
        assert not living.is_dead(notes, begun=0.0)
    assert living.is_dead(notes, begun=1e12)
    far = {living.PROCESS: {**mine.note, "host": "elsewhere"}}
    assert not living.is_dead(far, begun=1000.0, now=1100.0)
    assert living.is_dead(far, begun=1000.0, now=1400.0)
    assert not living.is_dead({**far, living.ALIVE: 1300.0}, begun=1000.0, now=1400.0)
    # A path out of a storage leads nowhere else.
    odd = {living.PROCESS: {**mine.note, "lock": "/etc/passwd"}}
    assert not living.is_dead(odd, begun=1000.0, now=1100.0)


def test_the_best_become_runs_whose_weights_give_their_scores_also_when_their_files_are_gone(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sweep", str(project), "--search", RATE, "--search", UNITS, "--trials", "3"]
    assert cli.main([*words, "--keep", "1", "--json"]) == 0
    trials = json.loads(capsys.readouterr().out)["trials"]
    best = trials[0]
    made = project_file.load(project)
    (run,) = made.runs
    assert run.document.training.optimizer.learning_rate == best["parameters"]["training.learning_rate"]
    assert made.document.runs[0].name == f"Trial {best['trial']}"
    assert not made.trained
    assert (
        cli.main(["evaluate", str(project), "--run", f"Trial {best['trial']}", "--part", "validation", "--json"]) == 0
    )
    assert json.loads(capsys.readouterr().out)["loss"] == pytest.approx(best["value"], rel=1e-5)
    # As on another machine: trained again, with the same result; the one that is there stays.
    for path in project.with_suffix(".sweep.trials").iterdir():
        path.unlink()
    assert cli.main([*words, "--keep", "3"]) == 0
    assert "; 2 kept as runs of" in capsys.readouterr().out
    again = project_file.load(project)
    assert len(again.runs) == 3
    values = {run.checkpoint.curves["val_loss"].y[-1] for run in again.runs}
    assert sorted(values) == pytest.approx(sorted(each["value"] for each in trials))
    same = next(each for each in again.runs if each.id == run.id)
    for name, array in run.checkpoint.weights.items():
        np.testing.assert_array_equal(same.checkpoint.weights[name], array)


def test_a_trial_of_the_project_is_no_run_twice_and_equal_sweeps_give_equal_files(project: Path) -> None:
    words = ["--search", RATE, "--trials", "2", "--keep", "2"]
    copies = [project.with_stem(name) for name in ("one", "two")]
    for copy in copies:
        copy.write_bytes(project.read_bytes())
        assert cli.main(["sweep", str(copy), *words]) == 0
    assert copies[0].read_bytes() == copies[1].read_bytes()
    assert cli.main(["sweep", str(copies[0]), *words]) == 0
    assert len(project_file.load(copies[0]).runs) == 2


def test_a_sweep_without_any_good_trial_says_why(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Either is fine alone; the two together are no network.
    known = project_file.load(project)
    split_off = edits.set_field(known.document, "dense_3", "units", 2)
    project_file.save(replace(known, document=split_off), project)
    words = [
        "sweep",
        str(project),
        "--search",
        "dense_3.units=2,3,4",
        "--trials",
        "1",
        "--sampler",
        "grid",
        "--no-runs",
    ]
    for seed in range(20):
        study = ["--study", f"s{seed}", "--seed", str(seed + 1)]
        if cli.main([*words, *study]) == 1:
            break
        capsys.readouterr()
    told = capsys.readouterr()
    assert "no trial was trained to the end: output: The network gives" in told.err
    assert "done after 1 trial" in told.out


def test_the_project_says_what_to_search_where_the_command_does_not(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["sweep", str(project), "--trials", "1"]) == 1
    assert "nothing is to be searched" in capsys.readouterr().err
    known = project_file.load(project)
    wanted = SweepSettings(ranges=(parse_range(known.document, RATE),), trials=1, keep=0)
    project_file.save(replace(known, document=known.document.with_changes(sweep=wanted)), project)
    # The refused one has made an empty file, which is no study of anybody.
    assert cli.main(["sweep", str(project)]) == 0
    assert "done after 1 trial" in capsys.readouterr().out


def test_importance_finds_the_setting_that_matters(
    document: Document, split: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnstudio.sweep.importance import importance_elsewhere
    from nnstudio.sweep.reader import StudyReader
    from nnstudio.sweep.results import importances

    place = tmp_path / "a"
    texts = ("training.learning_rate=1e-6..1e-1 log", "training.shuffle=on,off")
    search(document, split, place, *texts, sampler="random", pruner="none", trials=9, keep=0)
    with StudyReader(str(place), "sweep") as reader:
        study = reader.study
        assert study is not None
        with pytest.raises(SweepError, match="from 10 trials on that were trained to the end; there are 9"):
            importances(study)
    search(document, split, place, sampler="random", pruner="none", trials=24, keep=0)
    # In the other process there is none of what it is said to do without.
    without = tmp_path / "without"
    without.mkdir()
    (without / "sitecustomize.py").write_text("import sys\nsys.modules['sklearn'] = None\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(without), *filter(None, [os.environ.get("PYTHONPATH")])]))
    found = importance_elsewhere(str(place), "sweep")
    assert next(iter(found)) == "training.learning_rate"
    assert sum(found.values()) == pytest.approx(1)


def test_tables_that_another_process_makes_at_the_same_moment_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import optuna
    import sqlalchemy

    begin, tries = optuna.storages.RDBStorage.__init__, []

    def late(*given: Any, **named: Any) -> None:
        tries.append(given)
        if len(tries) == 1:
            raise sqlalchemy.exc.OperationalError("CREATE", {}, Exception("table trial_heartbeats already exists"))
        begin(*given, **named)

    monkeypatch.setattr(optuna.storages.RDBStorage, "__init__", late)
    opened = storage.open_storage(f"sqlite:///{tmp_path / 'a.db'}", create=True)
    assert len(tries) == 2
    storage.close_storage(opened)


def test_errors_of_a_sweep_are_those_of_the_engine() -> None:
    assert issubclass(SweepError, EngineError)
