"""Problem list of the network: a click selects the block, a button fixes it.

Warnings and hints can be dismissed. They stay at the end of the list, folded away, from where they can be brought back.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QToolButton, QVBoxLayout, QWidget

from engine.errors import Fix
from nnstudio.document.problems import Problem, Severity, count
from nnstudio.panels.problem_row import ProblemRow
from nnstudio.store import Store
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import text_label
from nnstudio.ui.scroll_column import ScrollColumn

TITLE = "Problems"
# So many rows can be looked through; the rest shows up as these are fixed.
MOST = 60
_NOTHING = "No problems: the network has no errors, warnings or hints."
_ALL_DISMISSED = "No problems except dismissed ones."


class ProblemList(QWidget):
    """Problems of the document, the worst first, with their number in the title.

    Signals:
        chosen: the user asks for the block of a problem (or "input", "output").
    """

    chosen = Signal(str)

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problems")
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.store = store
        self.rows: list[ProblemRow] = []
        self.dismissed_rows: list[ProblemRow] = []
        self._empty = text_label(role="muted")
        self._empty.setObjectName("noProblems")
        self._empty.setContentsMargins(12, 10, 12, 10)
        self._more = text_label(role="muted")
        self._more.setContentsMargins(12, 4, 12, 8)
        self.fold = QToolButton()
        self.fold.setObjectName("showDismissed")
        self.fold.setProperty("role", "heading")
        self.fold.setCheckable(True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setIconSize(QSize(14, 14))
        self.fold.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.fold.toggled.connect(self.refresh)
        content = QWidget()
        content.setObjectName("content")
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(4, 4, 4, 4)
        self._column.setSpacing(0)
        for widget in (self._empty, self._more, self.fold):
            self._column.addWidget(widget)
        self._column.addStretch(1)
        self._area = ScrollColumn(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._area)
        store.changed.connect(self.refresh)
        store.alarms_changed.connect(self.refresh)
        self.refresh()

    def sizeHint(self) -> QSize:
        return QSize(420, 200)

    def refresh(self) -> None:
        """Show the problems of the present document."""
        analysis = self.store.analysis
        found = analysis.findings
        self.setWindowTitle(f"{TITLE} ({len(found)})" if found else TITLE)
        if not self.isVisible():
            return
        focus = QApplication.focusWidget()
        every = self._every
        held = [row for row in every if focus is not None and (row is focus or row.isAncestorOf(focus))]
        focused = every.index(held[0]) if held else -1
        dismissed = analysis.dismissed
        self._show(self.rows, found[:MOST])
        self._show(self.dismissed_rows, dismissed[:MOST] if self.fold.isChecked() else ())
        if self._every != every:
            self._order_tabs()
        self._empty.setVisible(not found)
        self._empty.setText(analysis.hindrance if analysis.empty else _ALL_DISMISSED if dismissed else _NOTHING)
        self._more.setVisible(len(found) > MOST)
        self._more.setText(f"and {len(found) - MOST:,} more")
        self.fold.setVisible(bool(dismissed))
        self.fold.setText(f"{'Hide' if self.fold.isChecked() else 'Show'} dismissed ({len(dismissed)})")
        self.fold.setAccessibleName(self.fold.text())
        set_icon(self.fold, "chevron-down" if self.fold.isChecked() else "chevron-right", "muted")
        if held and held[0] not in self._every:
            # The row is gone; the keyboard goes on at the one that follows, or else at the last.
            left = [*self._every, *([self.fold] if dismissed else [])]
            if left:
                left[min(focused, len(left) - 1)].setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def _every(self) -> list[ProblemRow]:
        return [*self.rows, *self.dismissed_rows]

    def _order_tabs(self) -> None:
        """Lets Tab go down the list, whatever was added when."""
        order: list[QWidget] = []
        for row in (*self.rows, None, *self.dismissed_rows):
            order += [row, row.fix, row.dismiss] if row is not None else [self.fold]
        for one, following in pairwise(order):
            QWidget.setTabOrder(one, following)

    def _show(self, rows: list[ProblemRow], problems: Sequence[Problem]) -> None:
        while len(rows) > len(problems):
            row = rows.pop()
            row.hide()
            row.deleteLater()
        while len(rows) < len(problems):
            self._add_row(rows)
        for row, problem in zip(rows, problems, strict=True):
            row.show_problem(problem)

    def take_focus(self) -> None:
        """Put the keyboard focus on the first row."""
        if self.rows:
            self.rows[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _add_row(self, rows: list[ProblemRow]) -> None:
        dismissed = rows is self.dismissed_rows
        row = ProblemRow(dismissed=dismissed)
        row.chosen.connect(lambda: self._choose(row))
        row.fix_chosen.connect(lambda fix: self._apply_fix(row, fix))
        row.put_aside.connect(lambda: self._put_aside(row))
        row.moved.connect(lambda key: self._move(row, key))
        self._column.insertWidget(self._column.indexOf(self.fold) + 1 + len(rows) if dismissed else len(rows), row)
        rows.append(row)

    def _choose(self, row: ProblemRow) -> None:
        if row.problem is not None:
            self.chosen.emit(row.problem.where)

    def _put_aside(self, row: ProblemRow) -> None:
        """Dismisses a problem, or brings it back."""
        row.setFocus(Qt.FocusReason.OtherFocusReason)
        if row.problem is not None:
            (self.store.bring_back if row.dismissed else self.store.dismiss)(row.problem)

    def _apply_fix(self, row: ProblemRow, fix: Fix) -> None:
        # A button that goes with its row, or hides, hands the keyboard to anyone.
        row.setFocus(Qt.FocusReason.OtherFocusReason)
        if row.problem is not None:
            self.store.apply_fix(row.problem, fix)

    def _move(self, row: ProblemRow, key: Qt.Key) -> None:
        every = self._every
        if row not in every:
            # It goes as its problem is solved, and still had the keyboard.
            return
        here, last = every.index(row), len(every) - 1
        places = {
            Qt.Key.Key_Up: max(here - 1, 0),
            Qt.Key.Key_Down: min(here + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        target = every[places[key]]
        target.setFocus(Qt.FocusReason.TabFocusReason)
        self._area.ensureWidgetVisible(target, 0, 4)


class ProblemCount(QToolButton):
    """Number of problems for the status bar; hidden when there are none."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problemCount")
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setToolTip("Show the list of problems")
        self.setAccessibleName("No problems")
        self._store = store
        self._away = True
        store.changed.connect(self._refresh)
        store.alarms_changed.connect(self._refresh)
        self._refresh()

    def set_away(self, away: bool) -> None:
        """Hide it while no project is shown."""
        self._away = away
        self._refresh()

    def _refresh(self) -> None:
        found = self._store.analysis.findings
        text = count(found)
        self.setVisible(bool(text) and not self._away)
        if text:
            worst = min((problem.severity for problem in found), key=lambda severity: severity.rank)
            set_icon(self, worst.icon, _ROLES[worst])
            self.setText(text)
            self.setAccessibleName(f"{text}: show the list")


# The theme's colour of each.
_ROLES = {
    Severity.ERROR: "error",
    Severity.NEXT: "accent",
    Severity.WARNING: "warning",
    Severity.HINT: "accent",
}
