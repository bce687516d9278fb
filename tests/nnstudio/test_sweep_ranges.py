"""Ranges of a sweep: derived from declarations, written and read as text, checked; without Optuna."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.declared import describe
from engine.layers import Dense
from engine.optimizers import OPTIMIZERS
from nnstudio import cli
from nnstudio.document import edits
from nnstudio.document.model import Document, TrainingSettings
from nnstudio.document.sweep import SearchRange, SweepSettings
from nnstudio.project import project_file, templates
from nnstudio.sweep.errors import SweepError
from nnstudio.sweep.identity import differences, identity
from nnstudio.sweep.measure import chosen_measure, direction, measures
from nnstudio.sweep.ranges import (
    check_ranges,
    chosen_values,
    grid_of,
    parse_range,
    read_range,
    searchable,
    show_range,
    suggest,
)
from nnstudio.sweep.searchable import searchables, with_values
from nnstudio.training.build import read_data
from nnstudio.training.project import Project


@pytest.fixture(scope="module")
def document() -> Document:
    return templates.load("moons").document


def test_what_can_be_searched_follows_from_what_is_declared(document: Document) -> None:
    found = searchables(document)
    units = next(field for field in describe(Dense) if field.name == "units")
    assert found["dense_1.units"].field == units
    batch = next(field for field in describe(TrainingSettings) if field.name == "batch_size")
    assert found["training.batch_size"].field == batch
    assert found["training.optimizer"].field.choices == tuple(OPTIMIZERS)
    # Every setting of every optimiser that a form could show as a number, a choice or a switch.
    for kind in OPTIMIZERS.values():
        assert {f"training.{field.name}" for field in describe(kind)} <= found.keys()
    # These decide what is measured, or are no settings of a form.
    assert not {"training.loss", "training.epochs", "training.metrics"} & found.keys()
    assert not any(name.endswith((".type", ".device")) for name in found)


def test_every_suggested_range_fits_its_setting_and_can_be_written_and_read(document: Document) -> None:
    for name, setting in searchables(document).items():
        wanted = suggest(setting)
        assert read_range(setting, show_range(wanted)) == wanted, name
        ends = wanted.choices or (wanted.low, wanted.high)
        for value in ends:
            chosen = {**({"training.optimizer": min(setting.only_of)} if setting.only_of else {})}
            chosen |= chosen_values(document, {name: value})
            with_values(document, chosen)


@given(st.floats(1e-6, 1.0), st.floats(1.0, 100.0), st.booleans())
@settings(max_examples=20)
def test_any_range_comes_back_from_its_text(low: float, high: float, log: bool) -> None:
    setting = searchables(templates.load("xor").document)["training.learning_rate"]
    wanted = SearchRange(setting=setting.name, low=low, high=high, log=log)
    assert read_range(setting, show_range(wanted)) == wanted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("training.learning_rate=1e-4..1e-1 log", "0.0001..0.1 log"),
        ("training.learning_rate = 0,01 .. 0,1", "0.01..0.1"),
        ("dense_1.units=8..64 step 8", "8..64 step 8"),
        ("training.optimizer=SGD, adam", "SGD,Adam"),
        ("training.shuffle=yes,no", "on,off"),
        ("training.seed=0..9", "0..9"),
        ("training.batch_size=16,32,64", "16,32,64"),
    ],
)
def test_ranges_are_read_as_people_write_them(document: Document, text: str, shown: str) -> None:
    assert show_range(parse_range(document, text)) == shown


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("dense_1.units", "is no range; write NAME=LOW..HIGH"),
        ("dense_1.unit=1..2", "there are dense_1.units"),
        ("dense_9.units=1..2", "no setting 'dense_9.units'"),
        ("dense_1.units=0..8", "from 1 to 65,536; found “0”"),
        ("dense_1.units=8..1", "ends below its beginning"),
        ("dense_1.units=1.5..8", "a whole number"),
        ("dense_1.units=8..64 step 0.5", "the step must be a whole number above 0"),
        ("training.learning_rate=1e-4..1e-1 log step 0.1", "has no step"),
        ("training.momentum=0..0.9 log", "must begin above 0"),
        ("training.optimizer=SGD,Newton", "found “Newton”"),
        ("training.optimizer=SGD..Adam", "is no number"),
        ("training.optimizer=SGD,SGD", "has a choice twice"),
        ("training.optimizer=,", "nothing to choose from"),
        ("training.shuffle=maybe", "is on or off"),
        ("training.loss=MeanSquaredError", "no setting 'training.loss'"),
    ],
)
def test_a_wrong_range_is_told_in_a_sentence(document: Document, text: str, sentence: str) -> None:
    with pytest.raises(SweepError, match=r".") as found:
        parse_range(document, text)
    assert sentence in str(found.value)


def test_ranges_that_cannot_be_trained_are_refused_before_the_first_trial(document: Document) -> None:
    with pytest.raises(SweepError, match="nothing is to be searched"):
        check_ranges(document, ())
    with pytest.raises(SweepError, match=r"no value of dense_3.units=3..9 can be trained: The network gives 3, but"):
        check_ranges(document, [parse_range(document, "dense_3.units=3..9")])
    with pytest.raises(SweepError, match="momentum is a setting of SGD, but the project trains with Adam"):
        check_ranges(document, [parse_range(document, "training.momentum=0..0.9")])
    check_ranges(
        document, [parse_range(document, text) for text in ("training.momentum=0..0.9", "training.optimizer=SGD,Adam")]
    )


def test_chosen_values_are_set_in_the_document(document: Document) -> None:
    parameters = {"training.optimizer": "SGD", "training.momentum": 0.5, "training.learning_rate": 0.25}
    made = with_values(document, chosen_values(document, {**parameters, "dense_1.units": 5.0, "dense_1.bias": "off"}))
    optimizer = made.training.optimizer
    assert (optimizer.type, optimizer.learning_rate) == ("SGD", 0.25)
    assert getattr(optimizer, "momentum", None) == 0.5
    assert made.block("dense_1").layer == document.block("dense_1").layer.with_changes(units=5, bias=False)
    # A setting of another optimiser is left out.
    assert with_values(document, {"training.momentum": 0.5}) == document


def test_a_grid_has_all_values_and_is_refused_where_it_would_train_the_same_twice(document: Document) -> None:
    texts = ("training.learning_rate=1e-4..1 log", "dense_1.units=8..64 step 8", "training.optimizer=SGD,Adam")
    grid = grid_of(document, [parse_range(document, text) for text in texts])
    assert grid["training.learning_rate"] == pytest.approx([1e-4, 1e-3, 1e-2, 0.1, 1])
    assert grid["dense_1.units"] == [8, 16, 24, 32, 40, 48, 56, 64]
    assert grid["training.optimizer"] == ["SGD", "Adam"]
    both = [parse_range(document, text) for text in ("training.optimizer=SGD,Adam", "training.momentum=0..0.9")]
    with pytest.raises(SweepError, match="choose the sampler tpe or random"):
        grid_of(document, both)


def test_a_project_is_the_same_whatever_searched_settings_it_has_and_another_with_others(document: Document) -> None:
    ranges = [parse_range(document, text) for text in ("dense_1.units=4..64", "training.learning_rate=1e-4..1")]
    split = read_data(document.data)
    known = identity(document, split, ranges)
    chosen = with_values(document, {"dense_1.units": 24, "training.learning_rate": 0.5})
    assert not differences(known, identity(chosen, split, ranges))
    wider = edits.set_field(document, "dense_2", "units", 9)
    assert differences(known, identity(wider, split, ranges)) == ["its network differs"]
    other = edits.set_data(document, validation=0.5)
    assert "its data differ" in differences(known, identity(other, read_data(other.data), ranges))


def test_trials_are_measured_by_curves_with_their_direction(document: Document) -> None:
    split = read_data(document.data)
    assert measures(document, split) == ("val_loss", "val_accuracy", "loss", "accuracy")
    assert chosen_measure(document, split, "") == "val_loss"
    assert (direction("val_loss"), direction("val_accuracy"), direction("mae")) == ("minimize", "maximize", "minimize")
    with pytest.raises(SweepError, match="there are val_loss, val_accuracy, loss, accuracy"):
        chosen_measure(document, split, "val_f1")
    alone = edits.set_data(document, validation=0.0)
    with pytest.raises(SweepError, match="nothing is held out for validation"):
        chosen_measure(alone, read_data(alone.data), "val_loss")


def test_search_settings_are_saved_with_the_project_and_follow_a_renamed_block(
    document: Document, tmp_path: Path
) -> None:
    wanted = SweepSettings(ranges=(parse_range(document, "dense_1.units=4..64 log"),), trials=7, sampler="random")
    path = tmp_path / "p.nnstudio"
    project_file.save(Project(document.with_changes(sweep=wanted)), path)
    found = project_file.load(path).document
    assert found.sweep == wanted
    renamed = edits.rename(found, "dense_1", "hidden")
    assert [each.setting for each in renamed.sweep.ranges] == ["hidden.units"]
    # A block that is gone takes its range with it only as long as it is gone.
    assert edits.remove(found, "dense_1").sweep == wanted


def test_without_optuna_the_command_says_what_to_install(
    document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.nnstudio"
    project_file.save(Project(document), path)
    usual = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name.partition(".")[0] == "optuna":
            raise ModuleNotFoundError("No module named 'optuna'", name="optuna")
        return usual(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    assert cli.main(["sweep", str(path), "--search", "dense_1.units=4..8"]) == 1
    assert "install it with: pip install 'nnstudio[sweep]'" in capsys.readouterr().err
    # What can be searched is told all the same.
    assert cli.main(["sweep", str(path), "--list"]) == 0
    assert "dense_1.units" in capsys.readouterr().out


def test_a_setting_is_found_by_its_name(document: Document) -> None:
    assert searchable(document, "dense_1.units").value == 8
