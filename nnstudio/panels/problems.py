"""The list of all that is wrong with the network or could be better; a click leads to the block, a button mends it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.model import shown_name
from nnstudio.document.problems import Problem, Severity, count
from nnstudio.icons import set_icon
from nnstudio.panels.parts import Picture, text_label
from nnstudio.store import Store
from nnstudio.theme import theme

TITLE = "Problems"
# So many rows can be looked through; the rest shows up as these are mended.
MOST = 60
# Below this width, in pixels, a button stands under its sentence.
_NARROW = 460
_KEYS_DOWN = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Home, Qt.Key.Key_End)


class _Row(QFrame):
    """One problem.

    Signals:
        chosen: it was clicked, or Enter was pressed on it.
        mended: its button was pressed.
        moved: one of the keys that lead to other rows was pressed.
    """

    chosen = Signal()
    mended = Signal()
    moved = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("problemRow")
        self.setProperty("role", "finding")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.problem: Problem | None = None
        self._picture = Picture(18)
        self._head = QLabel()
        self._head.setTextFormat(Qt.TextFormat.RichText)
        self._sentence = text_label()
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._head)
        texts.addWidget(self._sentence)
        self.fix = QPushButton()
        self.fix.setObjectName("fix")
        self.fix.setAutoDefault(True)  # Enter presses it too
        self.fix.setCursor(Qt.CursorShape.ArrowCursor)
        self.fix.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        set_icon(self.fix, "fix")
        self.fix.clicked.connect(self.mended)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._body.setSpacing(10)
        self._body.addLayout(texts, 1)
        self._body.addWidget(self.fix, 0, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        row.setContentsMargins(10, 7, 10, 7)
        row.setSpacing(10)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._body, 1)

    def show_problem(self, problem: Problem) -> None:
        if problem == self.problem:
            return
        self.problem = problem
        word = problem.severity.value
        place = shown_name(problem.where)
        self._picture.show_icon(word, lambda: theme().severity(word))
        self._head.setText(f"<b>{place}</b> &nbsp;·&nbsp; {word.capitalize()}")
        self._sentence.setText(problem.sentence)
        self.setAccessibleName(f"{word.capitalize()}, {place}: {problem.sentence}")
        self.setAccessibleDescription("Enter leads to the block.")
        self.fix.setVisible(problem.remedy is not None)
        if problem.remedy is not None:
            self.fix.setText(problem.remedy.title)
            self.fix.setAccessibleName(f"{problem.remedy.title} ({place})")

    def resizeEvent(self, event: QResizeEvent) -> None:
        narrow = event.size().width() < _NARROW
        self._body.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        super().resizeEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space if not self.fix.hasFocus():
                self.chosen.emit()
            case Qt.Key.Key_Right if self.fix.isVisible():
                self.fix.setFocus(Qt.FocusReason.TabFocusReason)
            case Qt.Key.Key_Left:
                self.setFocus(Qt.FocusReason.TabFocusReason)
            case key if key in _KEYS_DOWN:
                self.moved.emit(key)
            case _:
                super().keyPressEvent(event)


class ProblemList(QWidget):
    """All problems of the store's document, the worst first. Its title says how many there are.

    Signals:
        chosen: the block of a problem (or "input", "output") is asked for.
    """

    chosen = Signal(str)

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problems")
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.store = store
        self.rows: list[_Row] = []
        self._empty = text_label(role="muted")
        self._empty.setObjectName("noProblems")
        self._empty.setContentsMargins(12, 10, 12, 10)
        self._more = text_label(role="muted")
        self._more.setContentsMargins(12, 4, 12, 8)
        content = QWidget()
        content.setObjectName("content")
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(4, 4, 4, 4)
        self._column.setSpacing(0)
        for widget in (self._empty, self._more):
            self._column.addWidget(widget)
        self._column.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidget(content)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._area)
        store.changed.connect(self.refresh)
        self.refresh()

    def sizeHint(self) -> QSize:
        return QSize(420, 200)

    def refresh(self) -> None:
        """Shows what is found in the document as it is now."""
        analysis = self.store.analysis
        found = analysis.findings
        self.setWindowTitle(f"{TITLE} ({len(found)})" if found else TITLE)
        if not self.isVisible():
            return
        focus = QApplication.focusWidget()
        held = [row for row in self.rows if focus is not None and (row is focus or row.isAncestorOf(focus))]
        focused = self.rows.index(held[0]) if held else -1
        shown = found[:MOST]
        while len(self.rows) > len(shown):
            row = self.rows.pop()
            row.hide()
            row.deleteLater()
        while len(self.rows) < len(shown):
            self._add_row()
        for row, problem in zip(self.rows, shown, strict=True):
            row.show_problem(problem)
        self._empty.setVisible(not found)
        self._empty.setText(
            analysis.hindrance
            if analysis.empty
            else "No problems: nothing is wrong with the network, and there is no advice to give."
        )
        self._more.setVisible(len(found) > MOST)
        self._more.setText(f"and {len(found) - MOST:,} more")
        if focused >= len(self.rows) and self.rows:
            # The last row was mended away; the keyboard goes on at the one before.
            self.rows[-1].setFocus(Qt.FocusReason.OtherFocusReason)

    def take_focus(self) -> None:
        """Puts the keyboard on the first row."""
        if self.rows:
            self.rows[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _add_row(self) -> None:
        row = _Row()
        row.chosen.connect(lambda: self._choose(row))
        row.mended.connect(lambda: self._mend(row))
        row.moved.connect(lambda key: self._move(row, key))
        self._column.insertWidget(len(self.rows), row)
        self.rows.append(row)

    def _choose(self, row: _Row) -> None:
        if row.problem is not None:
            self.chosen.emit(row.problem.where)

    def _mend(self, row: _Row) -> None:
        # A button that goes with its row, or hides, hands the keyboard to anyone.
        row.setFocus(Qt.FocusReason.OtherFocusReason)
        if row.problem is not None:
            self.store.mend(row.problem)

    def _move(self, row: _Row, key: Qt.Key) -> None:
        here, last = self.rows.index(row), len(self.rows) - 1
        places = {
            Qt.Key.Key_Up: max(here - 1, 0),
            Qt.Key.Key_Down: min(here + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        target = self.rows[places[key]]
        target.setFocus(Qt.FocusReason.TabFocusReason)
        self._area.ensureWidgetVisible(target, 0, 4)


class ProblemCount(QToolButton):
    """How many problems there are, for the status bar; nothing while there are none, or no project is shown."""

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
        self._refresh()

    def set_away(self, away: bool) -> None:
        """Hides it while the project is not shown."""
        self._away = away
        self._refresh()

    def _refresh(self) -> None:
        found = self._store.analysis.findings
        text = count(found)
        self.setVisible(bool(text) and not self._away)
        if text:
            worst = min((problem.severity for problem in found), key=lambda severity: severity.rank)
            set_icon(self, worst.value, _ROLES[worst])
            self.setText(text)
            self.setAccessibleName(f"{text}: show the list")


# The theme's colour of each.
_ROLES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "accent"}
