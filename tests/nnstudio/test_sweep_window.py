"""Window of a sweep without Optuna: ranges that are ticked and typed, trials in a table and as lines."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from nnstudio.document.model import Document
from nnstudio.project import project_file, templates
from nnstudio.shell.commands.base import CommandSpec
from nnstudio.shell.commands.sweep import SWEEP
from nnstudio.shell.main_window import MainWindow
from nnstudio.sweep.ranges import show_range
from nnstudio.sweep.results import StudyTable, TrialRow
from nnstudio.sweep.window import dialog as sweep_dialog
from nnstudio.sweep.window.charts import Axis, ImportanceChart, ParallelCoordinates
from nnstudio.sweep.window.processes import SweepProcesses
from nnstudio.sweep.window.range_form import RangeForm
from nnstudio.sweep.window.trial_table import TrialTable
from nnstudio.training.project import Project
from tests.nnstudio.builders import opened


@pytest.fixture(scope="module")
def document() -> Document:
    return templates.load("moons").document


TABLE = StudyTable(
    "val_loss",
    False,
    ("training.learning_rate=0.0001..0.1 log", "training.optimizer=SGD,Adam"),
    (
        TrialRow(0, "complete", {"training.optimizer": "SGD", "training.learning_rate": 0.001}, 0.5, 9, 2.0),
        TrialRow(1, "failed", {"training.optimizer": "SGD"}, None, 0, 0.1, "the shapes do not fit"),
        TrialRow(2, "complete", {"training.optimizer": "Adam", "training.learning_rate": 0.05}, 0.04, 9, 12.0),
        TrialRow(3, "pruned", {"training.optimizer": "Adam", "training.learning_rate": 0.0002}, 0.7, 1, 0.5),
        TrialRow(4, "running", {"training.optimizer": "Adam"}, None, 0, 0.0),
    ),
    ("training.optimizer", "training.learning_rate"),
)


def test_a_ticked_setting_has_a_range_that_can_be_typed(document: Document, qtbot: QtBot) -> None:
    form = RangeForm()
    qtbot.addWidget(form)
    given: list[tuple[str, str]] = []
    now = document

    def take(name: str, wanted: Any) -> None:
        nonlocal now
        given.append((name, "" if wanted is None else show_range(wanted)))
        now = now.with_changes(sweep=now.sweep.with_range(name, wanted))
        form.show_document(now)

    form.ranged.connect(take)
    form.show_document(now)
    form.show()
    row = form.rows["training.learning_rate"]
    assert not row.line.isEnabled()
    row.box.click()
    assert given == [("training.learning_rate", "0.00001..0.01 log")]
    assert form.owners.item(0).text() == "Training (1)"
    row.line.selectAll()
    QTest.keyClicks(row.line, "0.1..0.01")
    QTest.keyClick(row.line, Qt.Key.Key_Return)
    assert row.error.text() == "The range of training.learning_rate ends below its beginning; swap the bounds"
    assert len(given) == 1
    row.line.selectAll()
    QTest.keyClicks(row.line, "1e-3..1e-1 log")
    QTest.keyClick(row.line, Qt.Key.Key_Return)
    assert given[-1] == ("training.learning_rate", "0.001..0.1 log")
    assert not row.error.isVisible()
    # Taken away and ticked again, the range is the one that was typed.
    row.box.click()
    row.box.click()
    assert given[-2:] == [("training.learning_rate", ""), ("training.learning_rate", "0.001..0.1 log")]
    # The settings of the selected block come to the front.
    form.show_document(now.with_changes(sweep=type(now.sweep)()), "dense_2")
    assert list(form.rows) == ["dense_2.units", "dense_2.bias", "dense_2.weight_init", "dense_2.bias_init"]


def test_trials_are_sorted_as_numbers_and_offered_as_they_can_be_used(qtbot: QtBot) -> None:
    table = TrialTable()
    qtbot.addWidget(table)
    table.show_table(TABLE)
    taken: list[TrialRow] = []
    table.take.connect(taken.append)
    titles = table.model.titles
    assert titles == ("Trial", "val_loss", "State", "training.optimizer", "training.learning_rate", "Epoch", "Took")
    table.sorted.sort(1, Qt.SortOrder.AscendingOrder)
    order = [table.sorted.index(place, 0).data() for place in range(5)]
    # What is missing comes last.
    assert order[:3] == ["2", "0", "3"]
    keep, take, best = (table.findChild(QPushButton, name) for name in ("trialKeep", "trialTake", "trialBest"))
    assert not keep.isEnabled()
    best.click()
    assert [row.number for row in table.chosen] == [2]
    assert keep.isEnabled()
    take.click()
    assert taken == [TABLE.rows[2]]
    table.select(1)
    # One that failed has no weights, but settings.
    assert (keep.isEnabled(), take.isEnabled()) == (False, True)
    place = table.grid.visualRect(table.sorted.mapFromSource(table.model.index(1, 0))).center()
    assert table.reading(QPointF(place)) == "Trial 1, failed\nthe shapes do not fit"
    numbers = table.numbers()
    assert numbers is not None
    assert numbers.text(",").splitlines()[1] == "0,0.5,complete,SGD,0.001,9,2.0 s"
    # Rows that come later do not take the selection away.
    table.show_table(
        StudyTable(
            "val_loss", False, TABLE.ranges, (*TABLE.rows, TrialRow(5, "waiting", {}, None, 0, 0.0)), TABLE.settings
        )
    )
    assert [row.number for row in table.chosen] == [1]
    assert TABLE.done == 4


def test_lines_lead_from_setting_to_setting_and_can_be_read_and_chosen(qtbot: QtBot) -> None:
    chart = ParallelCoordinates()
    qtbot.addWidget(chart)
    chart.resize(600, 300)
    assert chart.table() is None
    chart.show_table(TABLE)
    chart.select(frozenset({0}))
    image = QImage(chart.size(), QImage.Format.Format_RGB32)
    chart.render(image)
    assert len({image.pixel(x, 150) for x in range(600)}) > 5
    numbers = chart.table()
    assert numbers is not None
    # The best one last; what has no measure is no line.
    assert [row[0] for row in numbers.rows()] == [3, 0, 2]
    # The best one ends at the foot of the last axis.
    end = QPointF(chart.width() - 64.0, chart.height() - 22.0)
    assert chart.reading(end).splitlines() == [
        "Trial 2, complete",
        "training.optimizer: Adam",
        "training.learning_rate: 0.05",
        "val_loss: 0.04",
    ]
    chosen: list[int] = []
    chart.chosen.connect(chosen.append)
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=end.toPoint())
    assert chosen == [2]


def test_an_axis_puts_numbers_where_they_belong() -> None:
    assert [Axis("a", [1.0, 3.0, 5.0]).place(value) for value in (1.0, 3.0, 5.0)] == [0.0, 0.5, 1.0]
    assert Axis("a", [1e-4, 1e-2, 1.0]).place(1e-2) == pytest.approx(0.5)
    assert Axis("a", [0.01, 0.1], log=True).place(0.0316227766) == pytest.approx(0.5)
    assert Axis("a", [2, 2]).place(2) == 0.5
    words = Axis("a", ["8", "16", "4"])
    assert [words.place(word) for word in ("4", "8", "16")] == [0.0, 0.5, 1.0]
    assert words.place(None) is None


def test_importance_is_drawn_or_says_what_is_missing(qtbot: QtBot) -> None:
    chart = ImportanceChart()
    qtbot.addWidget(chart)
    chart.resize(500, 200)
    chart.show_shares({}, "importance is measured from 10 trials on")
    assert chart.hint == "Importance is measured from 10 trials on."
    chart.show_shares({"training.learning_rate": 0.8, "dense_1.units": 0.2}, "")
    image = QImage(chart.size(), QImage.Format.Format_RGB32)
    chart.render(image)
    assert chart.reading(QPointF(250, 40)) == "dense_1.units: 20.0%"
    assert chart.reading(QPointF(250, 150)) == ""


def test_without_optuna_entry_and_dialog_say_what_to_install(
    window: MainWindow, document: Document, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, tmp_path: Path
) -> None:
    (entry,) = SWEEP
    usual = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "optuna" else usual(name))
    path = tmp_path / "p.nnstudio"
    project_file.save(Project(document), path)
    window.files.open(path)
    assert isinstance(entry, CommandSpec)
    assert entry.why_not(window) == "sweeps need Optuna; install it with: pip install 'nnstudio[sweep]'"


def test_what_cannot_be_searched_is_said_before_anything_is_begun(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    store = opened(templates.load("moons").document)
    monkeypatch.setattr(sweep_dialog, "require_optuna", lambda: None)
    dialog = sweep_dialog.SearchDialog(store, window.session, SweepProcesses(), "")
    qtbot.addWidget(dialog)
    assert not dialog.search.isEnabled()
    form = dialog.ranges
    form.rows["training.momentum"].box.click()
    assert store.undo_stack.undoText() == "Search training.momentum"
    assert dialog.search.isEnabled()
    dialog.start()
    assert "momentum is a setting of SGD, but the project trains with Adam" in dialog.message.text()
    assert dialog.message.property("role") == "error"
    store.undo_stack.undo()
    assert not store.document.sweep.ranges
    assert not form.rows["training.momentum"].box.isChecked()
    # The options are settings of the document as well.
    dialog.options.changed.emit("trials", 7)
    assert store.document.sweep.trials == 7


def test_a_search_does_not_begin_while_a_range_is_refused(window: MainWindow, qtbot: QtBot) -> None:
    store = opened(templates.load("moons").document)
    dialog = sweep_dialog.SearchDialog(store, window.session, SweepProcesses(), "")
    qtbot.addWidget(dialog)
    row = dialog.ranges.rows["training.learning_rate"]
    row.box.click()
    row.line.setText("1..x")
    row.line.editingFinished.emit()
    sentence = "training.learning_rate: Learning rate must be a number more than 0 and at most 100; found “x”."
    assert row.error.text() == sentence
    dialog.start()
    assert dialog.message.text() == sentence
    assert dialog.tabs.currentIndex() == 0


def test_of_another_study_nothing_is_shown_of_the_one_before(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = sweep_dialog.SearchDialog(opened(templates.load("moons").document), window.session, SweepProcesses(), "")
    qtbot.addWidget(dialog)
    dialog._show_trials(TABLE)
    dialog._refuse("mysql://a@b/c cannot be reached")
    assert dialog.message.text() == "mysql://a@b/c cannot be reached"
    dialog.options.place.setText(str(tmp_path / "other.sweep"))
    dialog.options.place.editingFinished.emit()
    assert dialog.message.text().startswith("Tick the settings")
    assert dialog.message.property("role") == ""
    assert dialog.trials.model.rowCount() == 0
    assert dialog.parallel.table() is None
