"""Preprocessing kept in the project, whatever becomes of the data file."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine import layers, losses, optimizers
from engine.data import TableFile, split
from nnstudio import headless
from nnstudio.cli import main
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.project import project_file
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.build import read_data
from nnstudio.training.project import Project
from nnstudio.training.run import TrainingRun
from nnstudio.training.sample_text import exact
from nnstudio.training.split_cache import SplitCache
from tests.nnstudio.builders import document_of

DATA = Path(__file__).parent / "data"


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> object:
        return json.loads(self.out)


Call = Callable[..., Result]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.chdir(tmp_path)

    def called(*words: str) -> Result:
        code = main(words)
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return called


def people(count: int = 40, seed: int = 5) -> tuple[list[str], list[list[str]]]:
    """Ages and incomes, and who buys: a line through the plane tells them apart."""
    rng = np.random.default_rng(seed)
    rows = []
    for age, income in zip(rng.uniform(20, 70, count), rng.uniform(2e4, 9e4, count), strict=True):
        rows.append([f"{age:.0f}", f"{income:.0f}", "yes" if age * 1500 + income > 120_000 else "no"])
    return ["age", "income", "bought"], rows


def write(path: str, header: list[str], rows: list[list[str]], order: list[str] | None = None) -> None:
    places = [header.index(name) for name in order or header]
    lines = [",".join(line[place] for place in places) for line in ([header] if header else []) + rows]
    Path(path).write_text("\n".join(lines) + "\n")


def classifier(path: str, classes: int = 2) -> Document:
    document = document_of(layers.Dense(units=8), layers.Tanh(), layers.Dense(units=classes), layers.Softmax())
    document = edits.set_data(document, dataset=TableFile(path=path).settled())
    return edits.set_training(
        document, loss=losses.CategoricalCrossEntropy(), optimizer=optimizers.Adam(learning_rate=0.05), epochs=60
    )


def regressor(path: str) -> Document:
    document = edits.append(Document(), layers.Dense(units=1))
    document = edits.set_data(document, dataset=TableFile(path=path).settled())
    return edits.set_training(
        document, loss=losses.MeanSquaredError(), optimizer=optimizers.Adam(learning_rate=0.3), epochs=200
    )


@pytest.fixture
def bought(call: Call) -> str:
    """A trained project over a table of people."""
    write("people.csv", *people())
    project_file.save(project_file.Project(classifier("people.csv")), "p.nnstudio")
    assert call("train", "p.nnstudio").code == 0
    return "p.nnstudio"


ASKED = "50,60000; 25,30000; 40,61000"


@pytest.mark.parametrize("change", ["appended", "taken away", "gone", "scaled", "sorted", "a class gone"])
def test_what_becomes_of_the_file_changes_no_prediction(call: Call, bought: str, change: str) -> None:
    before = call("predict", bought, ASKED, "--json")
    header, rows = people()
    match change:
        case "appended":
            write("people.csv", header, [*rows, ["9000", "1e9", "yes"], ["-500", "0", "no"]])
        case "taken away":
            write("people.csv", header, rows[:7])
        case "gone":
            Path("people.csv").unlink()
        case "scaled":
            write("people.csv", header, [[age, f"{float(income) / 1000}", kind] for age, income, kind in rows])
        case "sorted":
            write("people.csv", header, sorted(rows))
        case "a class gone":
            write("people.csv", header, [row for row in rows if row[2] == "yes"])
    after = call("predict", bought, ASKED, "--json")
    assert (after.code, after.out, after.err) == (0, before.out, "")


def test_the_scale_is_that_of_the_training_rows(call: Call, bought: str) -> None:
    loaded = project_file.load(bought)
    data = loaded.document.data
    train, held = split(data.dataset.load(), data.validation, data.split_seed)
    assert held is not None
    assert len(held) == 8
    assert loaded.checkpoint.preparation is not None
    scale = loaded.checkpoint.preparation.standardisation
    assert scale is not None
    np.testing.assert_allclose(scale.mean, train.x.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(scale.spread, train.x.std(axis=0), rtol=1e-12)


@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize(
    "order", [None, ["income", "age", "bought"], ["bought", "age", "income"], ["income", "bought", "age"]]
)
def test_other_tables_are_read_by_the_names_of_their_columns(
    call: Call, bought: str, order: list[str] | None, gone: bool
) -> None:
    header, rows = people(60, seed=8)
    write("straight.csv", header, rows)
    expected = call("evaluate", bought, "--data", "straight.csv", "--json").json
    assert expected["accuracy"] > 0.9  # type: ignore[index]
    expected_answers = call("predict", bought, "straight.csv", "--json").json
    if gone:
        Path("people.csv").unlink()
    write("other.csv", header, rows, order)
    result = call("evaluate", bought, "--data", "other.csv", "--json")
    assert (result.json, result.err) == (expected, "")
    answers = call("predict", bought, "other.csv", "--json")
    assert (answers.json, answers.err) == (expected_answers, "")


def test_its_own_scale_never_counts(call: Call, bought: str) -> None:
    """A table of old and rich people only: most of them buy, which a scale of its own would hide."""
    header, rows = people(400, seed=9)
    rich = [row for row in rows if float(row[0]) > 45 and float(row[1]) > 60_000]
    write("rich.csv", header, rich)
    Path("people.csv").unlink()
    assert call("evaluate", bought, "--data", "rich.csv", "--json").json["accuracy"] > 0.9  # type: ignore[index]


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_extra_columns_are_told_and_missing_ones_named(call: Call, bought: str, command: str) -> None:
    words = ["--data", "other.csv"] if command == "evaluate" else ["other.csv"]
    header, rows = people(5, seed=1)
    write("other.csv", ["id", *header], [["anna", *row] for row in rows])
    result = call(command, bought, *words)
    assert result.code == 0
    assert result.err == "nnstudio: other.csv: ignored id, which the network does not know\n"
    write("other.csv", ["age", "wage", "bought"], rows)
    result = call(command, bought, *words)
    assert result.code == 1
    assert "other.csv has no column 'income', which the network needs; it has age, wage, bought" in result.err


@pytest.mark.parametrize("gone", [False, True])
def test_unknown_classes_are_refused_by_name(call: Call, bought: str, gone: bool) -> None:
    write("other.csv", *(people()[0], [["30", "40000", "maybe"], ["30", "40000", "yes"]]))
    if gone:
        Path("people.csv").unlink()
    result = call("evaluate", bought, "--data", "other.csv")
    assert (result.code, result.out) == (1, "")
    assert "other.csv, column 'bought': found the class 'maybe', but the network knows no, yes" in result.err


@pytest.mark.parametrize("count", [8, 60])
@pytest.mark.parametrize("whole", [False, True])
def test_numbers_stay_numbers(call: Call, count: int, whole: bool) -> None:
    """y = 3 a - 2 b + 10; judged on few whole numbers, which look like classes."""
    rng = np.random.default_rng(0)
    rows = [[f"{a:.2f}", f"{b:.2f}", f"{3 * a - 2 * b + 10:.3f}"] for a, b in rng.uniform(0, 50, (80, 2))]
    write("train.csv", ["a", "b", "y"], rows)
    project_file.save(project_file.Project(regressor("train.csv")), "r.nnstudio")
    call("train", "r.nnstudio")
    others = [
        [f"{a}", f"{b}", f"{3 * a - 2 * b + 10 + (0 if whole else 0.5)}"] for a, b in rng.integers(0, 50, (count, 2))
    ]
    write("test.csv", ["y", "a", "b"], [[y, a, b] for a, b, y in others])
    scores = call("evaluate", "r.nnstudio", "--data", "test.csv", "--json").json
    answers = call("predict", "r.nnstudio", "test.csv", "--json").json
    errors = [answer["output"][0] - float(row[2]) for answer, row in zip(answers, others, strict=True)]  # type: ignore[call-overload]
    assert set(scores) == {"loss", "mae", "samples"}  # type: ignore[call-overload]
    assert scores["loss"] == pytest.approx(np.mean(np.square(errors)), rel=1e-3)  # type: ignore[index]
    assert scores["mae"] == pytest.approx(np.mean(np.abs(errors)), rel=1e-3)  # type: ignore[index]
    assert scores["mae"] < 2  # type: ignore[index]


def test_the_projects_own_data_are_judged_as_they_were_trained(call: Call, bought: str) -> None:
    before = call("evaluate", bought, "--json")
    assert (before.err, before.json["samples"]) == ("", 8)  # type: ignore[index]
    header, rows = people()
    write("people.csv", header, [*rows, ["9000", "1e9", "yes"]])
    after = call("evaluate", bought, "--json")
    assert "the data have changed since training (41 samples, 40 then)" in after.err
    Path("people.csv").unlink()
    gone = call("evaluate", bought)
    assert gone.code == 1
    assert "people.csv does not exist; choose a table. On the command line, name their place with --data" in gone.err
    summary = call("summary", bought)
    assert (summary.code, "dense_2" in summary.out) == (0, True)


def test_training_on_keeps_the_scale_of_the_first_time(call: Call, bought: str) -> None:
    first = project_file.load(bought).checkpoint.preparation
    header, rows = people()
    write("people.csv", header, [*rows, ["9000", "1e9", "yes"]], ["income", "bought", "age"])
    result = call("train", bought, "--epochs", "1")
    assert "differ from those trained on (found 41 samples, 40 then); columns, classes and scale stay" in result.err
    assert project_file.load(bought).checkpoint.preparation == first
    # A column more is other data: the network's first layer begins anew, and so does the scale.
    write("people.csv", ["tall", *header], [["1.8", *row] for row in rows])
    loaded = project_file.load(bought)
    split = read_data(loaded.document.data, loaded.checkpoint.preparation)
    assert split.preparation is not None
    assert split.preparation.features == ("tall", "age", "income")
    assert split.notes == (
        "The columns or classes differ from those the weights were trained on; the scale was fitted again",
    )


def test_other_training_data_are_told_as_they_are_taken(call: Call, bought: str) -> None:
    write("later.csv", *people(30, seed=2))
    result = call("train", bought, "--epochs", "1", "--data", "later.csv", "-o", "q.nnstudio")
    assert (
        "training on Table (CSV, Excel, Parquet…): 30 samples, classification; target 'bought'; classes no, yes"
        in result.err
    )
    write("prices.csv", ["rooms", "size", "price"], [["1", "2", "0.5"], ["2", "3", "0.75"]])
    other = headless.with_data(project_file.load(bought).document, "prices.csv").data.dataset
    assert isinstance(other, TableFile)
    assert (other.target, other.task) == ("price", "regression")


def test_stopped_and_gone_on_is_as_one_run_though_the_scale_is_read_from_the_project(call: Call) -> None:
    write("people.csv", *people())
    document = classifier("people.csv")
    through = TrainingRun(document, read_data(document.data))
    through.advance(60, 10, lambda: False)
    half = TrainingRun(document, read_data(document.data))
    half.advance(60, 4, lambda: False)
    project_file.save(headless.finish(Project(document), half), "half.nnstudio")
    again = headless.start(project_file.load("half.nnstudio"))
    again.advance(60, 10, lambda: False)
    np.testing.assert_array_equal(again.network.parameter_vector, through.network.parameter_vector)  # type: ignore[attr-defined]
    assert again.note == ""


class TestOldProjects:
    """Format 2 kept no scale; it was that of all rows, validation included."""

    @pytest.fixture(autouse=True)
    def _files(self, call: Call) -> None:
        shutil.copy(DATA / "format-2-table.nnstudio", "old.nnstudio")
        shutil.copy(DATA / "format-2-table.csv", "table.csv")

    def test_the_scale_is_taken_once_kept_and_told(self, call: Call) -> None:
        first = call("predict", "old.nnstudio", "30,40000", "--json")
        # What the release that wrote the file said.
        assert first.json[0]["probabilities"]["no"] == pytest.approx(0.99177696, abs=1e-6)  # type: ignore[index]
        assert "without the scale of its data; it was fitted on the data file, and is kept in it" in first.err
        text = Path("table.csv").read_text()
        Path("table.csv").write_text(text + "5000,9000000,yes\n")
        again = call("predict", "old.nnstudio", "30,40000", "--json")
        assert (again.out, again.err) == (first.out, "")
        kept = project_file.load("old.nnstudio").checkpoint.preparation
        assert kept is not None
        assert kept.standardisation is not None
        rows = np.array([line.split(",")[:2] for line in text.splitlines()[1:]], float)
        np.testing.assert_allclose(kept.standardisation.mean, rows.mean(axis=0))
        np.testing.assert_allclose(kept.standardisation.spread, rows.std(axis=0))

    def test_without_its_file_it_is_refused_in_a_sentence(self, call: Call) -> None:
        Path("table.csv").unlink()
        result = call("predict", "old.nnstudio", "30,40000")
        assert (result.code, result.err.count("\n")) == (1, 1)
        assert "without the scale of its data, which is needed once more: table.csv does not exist" in result.err

    def test_where_it_cannot_be_kept_that_is_told(self, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise project_file.ProjectError("the disk is full")

        monkeypatch.setattr(project_file, "save", refuse)
        result = call("predict", "old.nnstudio", "30,40000")
        assert result.code == 0
        assert "could not be kept: the disk is full" in result.err

    def test_training_goes_on_with_it(self, call: Call) -> None:
        run = headless.start(project_file.load("old.nnstudio"))
        assert run.note == (
            "The project had no scale of its data; it was fitted on the file once, and is kept from now on."
        )
        assert run.split.preparation is not None
        assert run.checkpoint().preparation == run.split.preparation


class TestCache:
    def test_the_same_data_are_read_once(self, call: Call) -> None:
        write("people.csv", *people())
        settings = classifier("people.csv").data
        cache = SplitCache()
        fresh = cache.read(settings)
        assert cache.read(settings) is fresh
        assert cache.read(settings, fresh.preparation) is fresh

    def test_what_was_kept_is_no_fit_of_a_fresh_run(self, call: Call) -> None:
        write("people.csv", *people())
        settings = classifier("people.csv").data
        cache = SplitCache()
        known = cache.read(settings).preparation
        header, rows = people()
        write("people.csv", header, [*rows, ["9000", "1e9", "yes"]])
        kept = cache.read(settings, known)
        fresh = cache.read(settings)
        assert kept.preparation == known
        assert fresh.preparation != known
        old = cache.read(settings, trained=True)
        assert old.preparation not in (known, fresh.preparation)
        assert cache.read(settings, old.preparation) is old


def test_a_damaged_preparation_is_refused_by_its_field(call: Call, bought: str) -> None:
    with zipfile.ZipFile(bought) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    fields = json.loads(entries["preparation.json"])
    fields["standardisation"]["spread"][1] = -1
    entries["preparation.json"] = json.dumps(fields).encode()
    with zipfile.ZipFile(bought, "w") as file:
        for name, data in entries.items():
            file.writestr(name, data)
    result = call("predict", bought, ASKED)
    assert result.code == 1
    assert "preparation.json: standardisation.spread.1: input should be greater than 0, found -1" in result.err


class TestWindow:
    def test_a_saved_project_keeps_its_scale_through_the_window(
        self, call: Call, bought: str, window: MainWindow, qtbot: QtBot
    ) -> None:
        before = call("predict", bought, ASKED, "--json").out
        scale = project_file.load(bought).checkpoint.preparation
        header, rows = people()
        write("people.csv", header, [*rows, ["9000", "1e9", "yes"]])
        window.files.open(bought)
        qtbot.waitUntil(lambda: "found 41 samples, 40 then" in window.session.snapshot.note, timeout=10_000)
        assert window.session.snapshot.data.preparation == scale  # type: ignore[union-attr]
        assert "differ from those trained on" in window.data_panel._notes.text()
        window.store.edit("Rename", edits.rename(window.store.document, "dense_1", "first"))
        assert window.files.save()
        assert call("predict", bought, ASKED, "--json").out == before

    def test_without_the_file_shapes_and_weights_stay_and_it_can_be_found_again(
        self, call: Call, bought: str, window: MainWindow, qtbot: QtBot
    ) -> None:
        kept = project_file.load(bought)
        before = call("predict", bought, ASKED, "--json").out
        shutil.move("people.csv", "elsewhere.csv")
        window.files.open(bought)
        qtbot.waitUntil(lambda: "people.csv does not exist" in window.store.analysis.hindrance)
        analysis = window.store.analysis
        assert list(analysis.problems) == ["input"]
        assert analysis.reports["dense_1"].output == (8,)
        window.store.edit("Move", edits.place(window.store.document, "dense_1", 40.0, 300.0))
        assert window.files.save()
        assert call("predict", bought, ASKED, "--json").out == before
        found = window.store.document.data.dataset.with_changes(path="elsewhere.csv")
        window.store.edit("Choose file", edits.set_data(window.store.document, dataset=found))
        qtbot.waitUntil(lambda: window.session.snapshot.step == kept.checkpoint.step, timeout=10_000)
        qtbot.waitUntil(lambda: window.session.snapshot.data is not None, timeout=10_000)
        assert window.session.snapshot.note == ""
        assert window.session.collect().checkpoint.preparation == kept.checkpoint.preparation

    def test_the_preview_shows_what_the_file_says(self, call: Call, window: MainWindow, qtbot: QtBot) -> None:
        write(
            "exact.csv",
            ["seconds", "weight", "size", "kind"],
            [["1700000001", "0.1", "12.5", "a"]] * 6 + [["1700000003", "0.2", "1e-7", "b"]] * 6,
        )
        window.data_panel.take_path("exact.csv")
        qtbot.waitUntil(
            lambda: window.session.snapshot.data is not None and window.session.snapshot.data.train.columns is not None
        )
        data = window.session.snapshot.data.train  # type: ignore[union-attr]
        shown = {tuple(exact(value) for value in row) for row in data.shown}
        assert shown == {("1700000001", "0.1", "12.5"), ("1700000003", "0.2", "1e−07")}
        assert np.abs(data.x).max() < 3
