"""Tests of the table of runs: their order, and what can be done with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from pytestqt.qtbot import QtBot

from nnstudio.store import Store
from nnstudio.training.checkpoint import RunOrigin
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.run_table import RunRow, RunTable
from nnstudio.ui.colours import class_colour
from nnstudio.ui.theme import theme
from nnstudio.views import RunsView
from nnstudio.views.runs.model import NAME, RunModel, SortedRuns

NAN = float("nan")


def _row(number: int, scores: dict[str, float], settings: dict[str, str]) -> RunRow:
    name = f"run-{number}"
    return RunRow(name, number, name, "", False, settings, RunOrigin(id=name), 10, 1, 1.0, scores)


@pytest.mark.parametrize("values", [(None, 0.5, None, 2, NAN, 0.1), (NAN, None, NAN, 0.5, 0.1, 2), (None,) * 6])
def test_runs_without_a_score_stand_last(qtbot: QtBot, values: tuple[float | None, ...]) -> None:
    """A run may have no score, or one that is not a number: both can be compared with any other."""
    rows = [_row(place + 1, {} if value is None else {"loss": value}, {}) for place, value in enumerate(values)]
    assert _sorted_by("Loss", rows) == sorted(found for found in values if found is not None and found == found)


def test_settings_that_are_numbers_stand_before_words(qtbot: QtBot) -> None:
    rows = [_row(place + 1, {}, {"Batch": text}) for place, text in enumerate(("all", "32", "nan", "4", "", "8"))]
    assert _sorted_by("Batch", rows) == [4.0, 8.0, 32.0]


def _sorted_by(title: str, rows: list[RunRow]) -> list[float]:
    """Numbers of the column at the top of the table, once it is sorted; the rest have none."""
    model = RunModel(_nothing, _nothing, _nothing)
    model.show_table(RunTable(tuple(rows), ("loss",), ("Batch",)))
    in_order = SortedRuns(model)
    place = next(place for place, found in enumerate(model.titles) if found.startswith(title))
    in_order.sort(place, Qt.SortOrder.AscendingOrder)
    found = [in_order.index(row, place).data(Qt.ItemDataRole.UserRole) for row in range(in_order.rowCount())]
    able = [isinstance(value, int | float) and value == value for value in found]
    assert able == sorted(able, reverse=True)
    return [value for value, fits in zip(found, able, strict=True) if fits]


def _nothing(*_: Any) -> None:
    pass


def test_what_can_be_done_follows_the_selection_also_when_the_rows_go(qtbot: QtBot) -> None:
    """Qt tells nothing of a selection that goes with its rows, and a button without a run has nothing to work on."""
    view = RunsView(Store())
    qtbot.addWidget(view)
    rows = (_row(1, {}, {}), _row(2, {}, {}))
    view.model.show_table(RunTable(rows, (), ()))
    view.grid.selectRow(0)
    assert view.restore.isEnabled()
    assert view.delete.isEnabled()
    view.model.show_table(RunTable(rows[1:], (), ()))
    assert not view.chosen
    actions = (view.restore, view.compare, view.rename, view.note, view.draw_curves, view.delete)
    assert not any(action.isEnabled() for action in actions)


def test_the_colour_of_a_run_is_the_same_in_a_selected_row(qtbot: QtBot) -> None:
    model = RunModel(_nothing, _nothing, _nothing)
    model.show_table(RunTable((_row(1, {}, {}),), (), ()))
    model.show_chosen(("run-1",))
    icon = model.index(0, NAME).data(Qt.ItemDataRole.DecorationRole)
    wanted = class_colour(theme().colours, 0).name()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        assert icon.pixmap(QSize(16, 16), mode).toImage().pixelColor(8, 8).name() == wanted


def test_no_two_columns_have_one_title(qtbot: QtBot) -> None:
    """Runs of other length differ in the epochs that they had, and in those that they were to have."""
    model = RunModel(_nothing, _nothing, _nothing)
    model.show_table(RunTable((_row(1, {}, {"Epochs": "5"}), _row(2, {}, {"Epochs": "9"})), ("loss",), ("Epochs",)))
    assert [title for title in model.titles if "Epochs" in title] == ["Epochs", "Epochs set"]


def test_a_note_has_room_and_gets_more(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    view = RunsView(Store())
    qtbot.addWidget(view)
    widths = []
    for note in ("", "with the learning rate of last week"):
        table = RunTable((replace(_row(1, {}, {}), note=note), _row(2, {}, {})), (), ())
        monkeypatch.setattr(view._tables, "table", lambda *_, table=table: table)
        view.draw(Snapshot(1, RunState.PAUSED))
        widths.append(view.grid.columnWidth(view.model.columnCount() - 1))
    assert widths[0] >= 120
    assert widths[1] >= view.grid.fontMetrics().horizontalAdvance(note) > widths[0]


def test_the_keyboard_sorts_by_the_column_of_the_current_cell(qtbot: QtBot) -> None:
    view = RunsView(Store())
    qtbot.addWidget(view)
    view.pages.show_content()
    view.show()
    view.model.show_table(RunTable(tuple(_row(place, {"loss": 4 - place}, {}) for place in (1, 2, 3)), ("loss",), ()))
    place = view.model.titles.index("Loss")
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    view.grid.setFocus()
    view.grid.setCurrentIndex(view.sorted.index(0, place))
    alt, seen = Qt.KeyboardModifier.AltModifier, []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
        qtbot.keyClick(view.grid, key, alt)
        seen.append([view.sorted.index(row, place).data() for row in range(3)])
    assert seen == [["1", "2", "3"], ["3", "2", "1"]]
    # The run that was chosen stays chosen.
    assert [row.number for row in view.chosen] == [1]


def test_space_draws_curves_wherever_the_cell_is(qtbot: QtBot) -> None:
    """In the column of the notes, too, where any other key begins to write one."""
    store = Store()
    view = RunsView(store)
    qtbot.addWidget(view)
    view.pages.show_content()
    view.show()
    view.model.show_table(RunTable((_row(1, {}, {}), _row(2, {}, {})), (), ()))
    view.grid.setFocus()
    for place in (NAME, 1, view.model.columnCount() - 1):
        view.grid.setCurrentIndex(view.sorted.index(1, place))
        for compared in (("run-2",), ()):
            qtbot.keyClick(view.grid, Qt.Key.Key_Space)
            assert store.comparison.runs == compared
    # Of several, those that are not drawn yet come to the others.
    view.grid.selectAll()
    for all_ in (("run-1", "run-2"), ()):
        qtbot.keyClick(view.grid, Qt.Key.Key_Space)
        assert store.comparison.runs == all_


def test_in_a_file_numbers_are_numbers(qtbot: QtBot) -> None:
    view = RunsView(Store())
    qtbot.addWidget(view)
    row = replace(_row(1, {"loss": 0.25, "accuracy": 0.984375}, {"Batch": "32"}), step=6000, seconds=200.0, note="a, b")
    view.model.show_table(RunTable((row,), ("loss", "accuracy"), ("Batch",)))
    table = view.table()
    assert table is not None
    assert table.header == ("Run", "Steps", "Epochs", "Loss", "Accuracy", "Batch", "Trained for (s)", "Begun", "Note")
    assert list(table.rows()) == [["run-1", 6000, 1, 0.25, 0.984375, 32.0, 200.0, "", "a, b"]]
