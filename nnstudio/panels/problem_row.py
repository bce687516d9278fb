"""Row of the problem list: one problem and its fixes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QMenu, QPushButton, QSizePolicy, QVBoxLayout

from nnstudio.document.dismissals import can_dismiss
from nnstudio.document.model import shown_name
from nnstudio.document.problems import Problem
from nnstudio.panels.parts import DismissButton, Picture
from nnstudio.ui.icons import icon, set_icon
from nnstudio.ui.labels import PlainLabel, text_label
from nnstudio.ui.shortcut_text import with_key
from nnstudio.ui.theme import theme

# Below this width, in pixels, a button stands under its sentence.
_NARROW = 460
_KEYS_DOWN = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Home, Qt.Key.Key_End)


class ProblemRow(QFrame):
    """Row of one problem, to fix, dismiss or bring back.

    Signals:
        chosen: it was clicked, or Enter was pressed on it.
        fix_chosen: one of its fixes was chosen, which is passed along.
        put_aside: it is to be dismissed or, once dismissed, to be brought back.
        moved: one of the keys that lead to other rows was pressed.
    """

    chosen = Signal()
    fix_chosen = Signal(object)
    put_aside = Signal()
    moved = Signal(object)

    def __init__(self, *, dismissed: bool = False) -> None:
        super().__init__()
        self.dismissed = dismissed
        self.setObjectName("dismissedRow" if dismissed else "problemRow")
        self.setProperty("role", "finding")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.problem: Problem | None = None
        self._picture = Picture(18)
        self._head = PlainLabel()
        self._head.setTextFormat(Qt.TextFormat.RichText)
        self._sentence = text_label(role="muted" if dismissed else "")
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._head)
        texts.addWidget(self._sentence)
        self.fix = QPushButton()
        self.fix.setObjectName("bringBack" if dismissed else "fix")
        self.fix.setAutoDefault(True)  # Enter presses it too
        self.fix.setCursor(Qt.CursorShape.ArrowCursor)
        self.fix.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        set_icon(self.fix, "undo" if dismissed else "fix")
        self.fix.clicked.connect(self.put_aside if dismissed else self._apply_fix)
        self.dismiss = DismissButton()
        self.dismiss.clicked.connect(self.put_aside)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._body.setSpacing(10)
        self._body.addLayout(texts, 1)
        self._body.addWidget(self.fix, 0, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        row.setContentsMargins(10, 7, 10, 7)
        row.setSpacing(10)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._body, 1)
        row.addWidget(self.dismiss, 0, Qt.AlignmentFlag.AlignTop)

    @property
    def may_go(self) -> bool:
        """True if the problem can be dismissed or brought back."""
        return self.problem is not None and can_dismiss(self.problem)

    def _apply_fix(self) -> None:
        if self.problem is not None:
            self.fix_chosen.emit(self.problem.fix)

    def show_problem(self, problem: Problem) -> None:
        """Show a problem."""
        if problem == self.problem:
            return
        self.problem = problem
        word = problem.severity.value
        place = shown_name(problem.where)
        kind = f"Dismissed {word}" if self.dismissed else word.capitalize()
        name = problem.severity.icon
        self._picture.show_icon(name, lambda: theme().colours.muted if self.dismissed else theme().severity(name))
        self._head.setText(f"<b>{place}</b> &nbsp;·&nbsp; {kind}")
        self._sentence.setText(problem.sentence)
        self.setAccessibleName(f"{kind}, {place}: {problem.sentence}")
        keys = ["Enter goes to the block."]
        if self.may_go:
            keys.append("Delete brings it back." if self.dismissed else "Delete dismisses it.")
        self.setAccessibleDescription(" ".join(keys))
        title = "Bring back" if self.dismissed else problem.fix.title if problem.fix is not None else ""
        self.fix.setVisible(bool(title))
        self.fix.setText(title)
        self.fix.setAccessibleName(f"{title} ({place})")
        self.dismiss.show_problem(problem)
        self.dismiss.setVisible(self.may_go and not self.dismissed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        narrow = event.size().width() < _NARROW
        self._body.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        super().resizeEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        menu.popup(self.mapToGlobal(self.rect().center()) if keyboard else event.globalPos())

    def menu(self) -> QMenu:
        """Menu of the problem's fixes, and of dismissing it."""
        menu = QMenu(self)
        menu.setObjectName("problemMenu")
        if self.problem is None:
            return menu
        place, word = shown_name(self.problem.where), self.problem.severity.value
        menu.addAction(icon("fit"), with_key(f"Show {place}", "Enter"), self.chosen.emit)
        for fix in () if self.dismissed else self.problem.fixes:
            menu.addAction(icon("fix"), fix.title, lambda fix=fix: self.fix_chosen.emit(fix))
        menu.addSeparator()
        if self.dismissed:
            menu.addAction(icon("undo"), with_key(f"Bring this {word} back", "Del"), self.put_aside.emit)
        elif self.may_go:
            menu.addAction(icon("close"), with_key(f"Dismiss this {word}", "Del"), self.put_aside.emit)
        else:
            menu.addAction(f"This {word} cannot be dismissed").setEnabled(False)
        return menu

    def keyPressEvent(self, event: QKeyEvent) -> None:
        buttons = [each for each in (self.fix, self.dismiss) if each.isVisible()]
        here = next((place for place, each in enumerate(buttons) if each.hasFocus()), -1)
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space if here < 0:
                self.chosen.emit()
            case Qt.Key.Key_Delete if self.may_go:
                self.put_aside.emit()
            case Qt.Key.Key_Right if here + 1 < len(buttons):
                buttons[here + 1].setFocus(Qt.FocusReason.TabFocusReason)
            case Qt.Key.Key_Left:
                (buttons[here - 1] if here > 0 else self).setFocus(Qt.FocusReason.TabFocusReason)
            case key if key in _KEYS_DOWN:
                self.moved.emit(key)
            case _:
                super().keyPressEvent(event)
