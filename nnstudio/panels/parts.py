"""Shared parts of panels: labels, drawings, problem boxes, columns of facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.data import Signature
from nnstudio.document.dismissals import can_dismiss
from nnstudio.document.model import shown_name
from nnstudio.document.problems import Problem, Severity
from nnstudio.panels.form import LABEL_WIDTH
from nnstudio.ui.icons import pixmap, set_icon
from nnstudio.ui.labels import PlainLabel, text_label
from nnstudio.ui.theme import theme

SPACING = 10


@dataclass(frozen=True)
class FixAction:
    """Button for one fix of a problem."""

    title: str
    run: Callable[[], None]
    icon: str = "fix"


class Formula(PlainLabel):
    """Formula, one line per step."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setProperty("role", "formula")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def show_formula(self, formula: str) -> None:
        """Show a formula; "" shows nothing. Two spaces after a comma end a step."""
        self.setVisible(bool(formula))
        self.setText(formula.replace(",  ", "\n"))
        self.setAccessibleName(f"Formula: {formula}")


class Picture(PlainLabel):
    """Drawing that follows the theme."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size
        self._name = ""
        self._colour_of: Callable[[], str] = lambda: theme().colours.text
        self.setFixedSize(QSize(size, size))
        theme().changed.connect(self._draw)

    def show_icon(self, name: str, colour: Callable[[], str]) -> None:
        """Show the icon of this name."""
        self._name, self._colour_of = name, colour
        self._draw()

    def _draw(self) -> None:
        if self._name:
            self.setPixmap(pixmap(self._name, self._size, self._colour_of(), self.devicePixelRatioF()))


class PanelHeader(QWidget):
    """Drawing, title, and a sentence below them."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = Picture(28)
        self.title = text_label(role="title")
        self.title.setObjectName("title")
        self.help = text_label(role="muted")
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.picture)
        row.addWidget(self.title, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.help)


class DismissButton(QToolButton):
    """Button that dismisses a warning or a hint."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("dismiss")
        self.setIconSize(QSize(14, 14))
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_icon(self, "close", "muted")

    def show_problem(self, problem: Problem) -> None:
        """Name the problem it dismisses; hidden for one that cannot be dismissed."""
        word = problem.severity.value
        self.setVisible(can_dismiss(problem))
        self.setToolTip(f"Dismiss this {word}: it is not shown again in this project")
        self.setAccessibleName(f"Dismiss this {word} ({shown_name(problem.where)})")


class ProblemBox(QFrame):
    """Problem in a sentence, with fix buttons; red, or calm for a remark."""

    def __init__(self, role: str = "problem", dismiss: Callable[[Problem], None] | None = None) -> None:
        super().__init__()
        self.setObjectName(role)
        self.setProperty("role", role)
        self._sentence = text_label(role="problem-text")
        self._sentence.setObjectName("problemText")
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._picture = picture = Picture(18)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._sentence, 1)
        self._dismiss = DismissButton() if dismiss is not None else None
        if self._dismiss is not None and dismiss is not None:
            self._dismiss.clicked.connect(lambda: self._problem is not None and dismiss(self._problem))
            row.addWidget(self._dismiss, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 9, 10, 9)
        column.setSpacing(8)
        column.addLayout(row)
        self._buttons = QVBoxLayout()
        self._buttons.setSpacing(6)
        column.addLayout(self._buttons)
        self._problem: Problem | None = None
        self.hide()

    def show_problem(
        self, problem: Problem | None, fixes: Callable[[Problem], list[FixAction]], *, name_place: bool = False
    ) -> None:
        """Show a problem with one button per fix, or nothing. With `name_place`, the sentence names the block."""
        self.setVisible(problem is not None)
        if problem is None or problem == self._problem:
            return
        self._problem = problem
        sentence = f"{shown_name(problem.where)}: {problem.sentence}" if name_place else problem.sentence
        word = problem.severity.value
        self.setProperty("role", "problem" if problem.severity is Severity.ERROR else "remark")
        self.style().unpolish(self)
        self.style().polish(self)
        self._picture.show_icon(problem.severity.icon, lambda: theme().severity(problem.severity.icon))
        self._picture.setToolTip(word.capitalize())
        self._sentence.setText(sentence)
        if self._dismiss is not None:
            self._dismiss.show_problem(problem)
        self.setAccessibleName(sentence if problem.severity is Severity.ERROR else f"{word.capitalize()}: {sentence}")
        while item := self._buttons.takeAt(0):
            widget = item.widget()
            if widget is not None:
                # Hidden at once, since a button that is deleted later would be seen for a moment more.
                widget.hide()
                widget.deleteLater()
        for fix in fixes(problem):
            button = QPushButton(fix.title)
            button.setAutoDefault(True)  # Enter presses it too
            button.setObjectName("fix")
            button.setAccessibleName(fix.title)
            set_icon(button, fix.icon)
            button.clicked.connect(lambda _=False, run=fix.run: run())
            self._buttons.addWidget(button)


class Remarks(QWidget):
    """Warnings and hints of one block; `dismiss` is called with a dismissed one."""

    def __init__(self, dismiss: Callable[[Problem], None]) -> None:
        super().__init__()
        self._dismiss = dismiss
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._boxes: list[ProblemBox] = []
        self.hide()

    def show_remarks(self, remarks: Sequence[Problem], fixes: Callable[[Problem], list[FixAction]]) -> None:
        """Show warnings and hints, each with its fix, or nothing."""
        while len(self._boxes) < len(remarks):
            self._boxes.append(ProblemBox("remark", self._dismiss))
            self._column.addWidget(self._boxes[-1])
        for index, box in enumerate(self._boxes):
            box.show_problem(remarks[index] if index < len(remarks) else None, fixes)
        self.setVisible(bool(remarks))


class Facts(QWidget):
    """Names and values in two columns."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)
        self._values: dict[str, QLabel] = {}

    def set_facts(self, facts: dict[str, str]) -> None:
        """Show these names and values."""
        if list(facts) != list(self._values):
            while item := self._grid.takeAt(0):
                if (widget := item.widget()) is not None:
                    widget.hide()
                    widget.deleteLater()
            self._values = {}
            for line, name in enumerate(facts):
                value = text_label()
                value.setAccessibleName(name)
                value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                title = PlainLabel(name)
                title.setProperty("role", "muted")
                self._grid.addWidget(title, line, 0, Qt.AlignmentFlag.AlignTop)
                self._grid.addWidget(value, line, 1)
                self._values[name] = value
        for name, text in facts.items():
            self._values[name].setText(text)


def target_fact(signature: Signature) -> dict[str, str]:
    """Fact about the targets: the classes, or how many numbers."""
    classes, targets = signature.classes, signature.targets
    if signature.multi_label:
        return {"Targets": f"{targets} labels per sample, each yes or no"}
    if not classes:
        return {"Targets": f"{targets} value{'s' if targets != 1 else ''} per sample"}
    counted = classes == tuple(str(number) for number in range(len(classes))) and len(classes) > 2
    names = f"0 to {len(classes) - 1}" if counted else ", ".join(classes)
    return {"Classes": f"{len(classes)}: {names if len(names) <= 60 else names[:57] + '…'}"}
