"""Problem list: it follows the document, selects blocks, and fixes them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import datasets, layers, losses
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.panels.problem_list import MOST, ProblemCount, ProblemList
from nnstudio.panels.problem_row import ProblemRow
from nnstudio.store import Store
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.panels_support import assert_named, repaint_in_all_themes, shown, visible_text


def flawed(folded: int = 1) -> Document:
    """Digits, with a Dense that folds into the one before it and an end without Softmax."""
    made = document_of(layers.Flatten(), *[layers.Dense(8)] * folded, layers.Dense(10), dataset=datasets.Digits())
    return edits.set_training(made, loss=losses.CategoricalCrossEntropy())


@pytest.fixture
def store(qapp: object) -> Store:
    return opened(flawed())


@pytest.fixture
def problems(store: Store, qtbot: QtBot) -> ProblemList:
    made = ProblemList(store)
    shown(qtbot, made, width=560, height=300)
    return made


def places(problems: ProblemList) -> list[str]:
    return [row.problem.where for row in problems.rows if row.problem is not None]


def test_says_where_how_bad_and_why(problems: ProblemList) -> None:
    assert problems.windowTitle() == "Problems (2)"
    text = visible_text(problems)
    assert "<b>dense_2</b> &nbsp;·&nbsp; Warning" in text
    assert "Nothing non-linear stands between dense_1 and this layer" in text
    assert [row.fix.text() for row in problems.rows] == ["Insert ReLU", "Append Softmax"]
    assert problems.rows[0].accessibleName().startswith("Warning, dense_2: Nothing non-linear")
    assert_named(problems)
    repaint_in_all_themes(problems)


def test_errors_come_first_and_are_called_so(problems: ProblemList, store: Store) -> None:
    store.edit("Remove", edits.remove(store.document, "flatten_1"))
    assert problems.rows[0].accessibleName().startswith("Error, dense_1: Dense needs flat input")
    assert problems.rows[0].fix.text() == "Insert Flatten"


def test_a_click_asks_for_the_block(problems: ProblemList, qtbot: QtBot) -> None:
    with qtbot.waitSignal(problems.chosen) as chosen:
        qtbot.mouseClick(problems.rows[1], Qt.MouseButton.LeftButton)
    assert chosen.args == ["dense_2"]


def test_the_button_mends_as_an_undoable_step(problems: ProblemList, store: Store, qtbot: QtBot) -> None:
    before = store.document
    qtbot.mouseClick(problems.rows[0].fix, Qt.MouseButton.LeftButton)
    assert store.document.chain() == ("flatten_1", "dense_1", "relu_1", "dense_2")
    assert store.undo_stack.undoText() == "Insert ReLU"
    assert places(problems) == ["dense_2"]
    assert problems.windowTitle() == "Problems (1)"
    store.undo_stack.undo()
    assert store.document == before
    assert len(places(problems)) == 2


def test_keys_lead_through_the_list(problems: ProblemList, store: Store, qtbot: QtBot) -> None:
    def focus() -> object:
        return QApplication.focusWidget()

    first, second = problems.rows
    problems.take_focus()
    assert focus() is first
    qtbot.keyClick(first, Qt.Key.Key_Down)
    assert focus() is second
    qtbot.keyClick(second, Qt.Key.Key_Down)
    assert focus() is second
    with qtbot.waitSignal(problems.chosen) as chosen:
        qtbot.keyClick(second, Qt.Key.Key_Return)
    assert chosen.args == ["dense_2"]
    qtbot.keyClick(second, Qt.Key.Key_Home)
    assert focus() is first
    qtbot.keyClick(first, Qt.Key.Key_End)
    qtbot.keyClick(second, Qt.Key.Key_Right)
    assert focus() is second.fix
    qtbot.keyClick(second.fix, Qt.Key.Key_Left)
    assert focus() is second
    qtbot.keyClick(second, Qt.Key.Key_Tab)
    assert focus() is second.fix
    # The row goes; the keyboard goes on at the one that is left.
    qtbot.keyClick(second.fix, Qt.Key.Key_Return)
    assert store.undo_stack.undoText() == "Append Softmax"
    assert focus() is first


def test_without_problems_it_says_so_calmly(problems: ProblemList, store: Store) -> None:
    for _ in range(2):
        problem = problems.rows[0].problem
        assert problem is not None
        store.apply_fix(problem)
    assert problems.windowTitle() == "Problems"
    assert visible_text(problems).startswith("No problems")
    store.open(Document())
    assert "Drag one from the palette" in visible_text(problems)


def test_a_narrow_list_puts_the_button_below(problems: ProblemList) -> None:
    row = problems.rows[1]
    QApplication.processEvents()
    assert row.fix.y() < row.height() / 2
    assert row.fix.x() > row.width() / 2
    problems.resize(300, 400)
    QApplication.processEvents()
    assert row.fix.x() < row.width() / 2
    assert row.fix.y() > row.height() / 2


def test_is_filled_only_where_it_is_seen_and_not_without_end(store: Store, qtbot: QtBot) -> None:
    made = ProblemList(store)
    qtbot.addWidget(made)
    store.open(flawed(MOST + 20))
    assert made.windowTitle() == f"Problems ({MOST + 21})"
    assert made.rows == []
    made.show()
    assert len(made.rows) == MOST
    assert "and 21 more" in visible_text(made)


def test_a_cure_that_no_longer_fits_changes_nothing(store: Store) -> None:
    folded, _ = store.analysis.findings
    store.edit("Remove", edits.remove(store.document, "dense_2"))
    steps = store.undo_stack.count()
    store.apply_fix(folded)
    assert store.undo_stack.count() == steps


def test_the_count_in_the_status_bar(store: Store, qtbot: QtBot) -> None:
    made = ProblemCount(store)
    qtbot.addWidget(made)
    assert made.isHidden()
    made.set_away(False)
    assert not made.isHidden()
    assert made.text() == "2 warnings"
    assert made.accessibleName() == "2 warnings: show the list"
    store.edit("Remove", edits.remove(store.document, "flatten_1"))
    assert made.text().startswith("1 error")
    store.open(Document())
    assert made.isHidden()


def test_a_warning_is_dismissed_and_brought_back(problems: ProblemList, store: Store, qtbot: QtBot) -> None:
    assert not problems.fold.isVisible()
    qtbot.mouseClick(problems.rows[0].dismiss, Qt.MouseButton.LeftButton)
    assert problems.windowTitle() == "Problems (1)"
    assert [row.fix.text() for row in problems.rows] == ["Append Softmax"]
    assert problems.fold.isVisible()
    assert problems.fold.text() == "Show dismissed (1)"
    assert problems.dismissed_rows == []
    qtbot.mouseClick(problems.fold, Qt.MouseButton.LeftButton)
    assert problems.fold.text() == "Hide dismissed (1)"
    (row,) = problems.dismissed_rows
    QApplication.processEvents()
    assert row.accessibleName().startswith("Dismissed warning, dense_2: Nothing non-linear")
    assert row.y() > problems.fold.y() > problems.rows[0].y()
    assert not row.dismiss.isVisible()
    assert_named(problems)
    repaint_in_all_themes(problems)
    qtbot.mouseClick(row.fix, Qt.MouseButton.LeftButton)
    assert problems.windowTitle() == "Problems (2)"
    assert len(problems.rows) == 2
    assert problems.dismissed_rows == []
    assert not problems.fold.isVisible()
    store.undo_stack.undo()
    assert [row.problem for row in problems.dismissed_rows] == list(store.analysis.dismissed)
    store.undo_stack.undo()
    assert problems.dismissed_rows == []
    assert len(problems.rows) == 2


def test_keys_dismiss_and_bring_back(problems: ProblemList, store: Store, qtbot: QtBot) -> None:
    def focus() -> object:
        return QApplication.focusWidget()

    problems.take_focus()
    qtbot.keyClick(problems.rows[0], Qt.Key.Key_Delete)
    assert store.undo_stack.undoText() == "Dismiss 1 warning on dense_2"
    assert focus() is problems.rows[0]
    qtbot.keyClick(problems.rows[0], Qt.Key.Key_Right)
    qtbot.keyClick(problems.rows[0].fix, Qt.Key.Key_Right)
    assert focus() is problems.rows[0].dismiss
    qtbot.keyClick(problems.rows[0].dismiss, Qt.Key.Key_Space)
    # No row is left; the keyboard is where they can be brought back.
    assert problems.rows == []
    assert visible_text(problems) == "No problems except dismissed ones."
    assert focus() is problems.fold
    qtbot.keyClick(problems.fold, Qt.Key.Key_Space)
    assert problems.fold.text() == "Hide dismissed (2)"
    QApplication.processEvents()
    qtbot.keyClick(problems.fold, Qt.Key.Key_Tab)
    assert focus() is problems.dismissed_rows[0]
    qtbot.keyClick(problems.dismissed_rows[0], Qt.Key.Key_Down)
    assert focus() is problems.dismissed_rows[1]
    with qtbot.waitSignal(problems.chosen) as chosen:
        qtbot.keyClick(problems.dismissed_rows[1], Qt.Key.Key_Return)
    assert chosen.args == ["dense_2"]
    qtbot.keyClick(problems.dismissed_rows[1], Qt.Key.Key_Delete)
    assert len(problems.rows) == len(problems.dismissed_rows) == 1
    assert focus() is problems.dismissed_rows[0]


def test_tab_goes_down_the_list(problems: ProblemList, store: Store, qtbot: QtBot) -> None:
    problems.fold.setChecked(True)
    store.dismiss(store.analysis.remarks[0])
    store.edit("Remove", edits.set_training(store.document, batch_size=5000))
    QApplication.processEvents()
    first, second = problems.rows
    problems.take_focus()
    seen = []
    for _ in range(8):
        widget = QApplication.focusWidget()
        seen.append(widget)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    (old,) = problems.dismissed_rows
    assert seen == [first, first.fix, first.dismiss, second, second.fix, second.dismiss, problems.fold, old]


def test_the_menu_of_a_row(problems: ProblemList, store: Store) -> None:
    def texts(row: ProblemRow) -> list[str]:
        return [action.text() for action in row.menu().actions() if action.text()]

    assert texts(problems.rows[0]) == ["Show dense_2\tEnter", "Insert ReLU", "Dismiss this warning\tDel"]
    problems.rows[0].menu().actions()[-1].trigger()
    assert len(store.analysis.dismissed) == 1
    problems.fold.setChecked(True)
    (row,) = problems.dismissed_rows
    assert texts(row) == ["Show dense_2\tEnter", "Bring this warning back\tDel"]
    row.menu().actions()[-1].trigger()
    assert store.analysis.dismissed == ()


def test_errors_cannot_be_dismissed(problems: ProblemList, store: Store, qtbot: QtBot) -> None:
    store.edit("Remove", edits.remove(store.document, "flatten_1"))
    row, steps = problems.rows[0], store.undo_stack.count()
    assert not row.dismiss.isVisible()
    last = row.menu().actions()[-1]
    assert last.text() == "This error cannot be dismissed"
    assert not last.isEnabled()
    problems.take_focus()
    qtbot.keyClick(row, Qt.Key.Key_Delete)
    assert store.undo_stack.count() == steps


def test_many_dismissed_ones_fill_no_window(store: Store, qtbot: QtBot) -> None:
    store.open(flawed(MOST + 20))
    store.dismiss(*store.analysis.remarks)
    made = ProblemList(store)
    shown(qtbot, made, width=560, height=300)
    made.fold.setChecked(True)
    assert made.fold.text() == f"Hide dismissed ({MOST + 21})"
    assert len(made.dismissed_rows) == MOST
