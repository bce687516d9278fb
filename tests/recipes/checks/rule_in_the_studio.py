"""Rule from the recipe, in the problem list. Run in a copy of the repository."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine import EarlyStopping
from nnstudio.document import edits
from nnstudio.shell.main_window import MainWindow


def test_it_is_listed_and_its_button_fixes_it_as_an_undoable_step(window: MainWindow, qtbot: QtBot) -> None:
    store, problems = window.store, window.problems
    window.files.open_template("moons")
    window.docks.all["problemsView"].show()
    window.docks.all["problemsView"].raise_()
    qtbot.waitUntil(problems.isVisible)
    assert not problems.rows
    flawed = edits.set_training(store.document, epochs=40, early_stopping=EarlyStopping(patience=50))
    store.edit("Stop early", flawed)
    qtbot.waitUntil(lambda: [row.isVisible() for row in problems.rows] == [True])
    (row,) = problems.rows
    assert "never stops anything" in row.accessibleName()
    assert row.fix.text() == "Set the patience to 8"
    qtbot.mouseClick(row.fix, Qt.MouseButton.LeftButton)
    assert store.document.training.early_stopping == EarlyStopping(patience=8)
    assert not store.analysis.findings
    store.undo_stack.undo()
    assert store.document == flawed
