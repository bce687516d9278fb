"""What the panels share: a column that scrolls, a line of help at the foot, headings, boxes, and undoable edits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.errors import SpecError
from nnstudio.document import edits
from nnstudio.document.analysis import Problem
from nnstudio.document.model import Document
from nnstudio.icons import pixmap, set_icon
from nnstudio.panels.form import LABEL_WIDTH, Form, range_line
from nnstudio.store import Store
from nnstudio.theme import theme

MARGIN = 12
SPACING = 10


@dataclass(frozen=True)
class Cure:
    """Something a person can do about a problem, as a button."""

    title: str
    run: Callable[[], None]
    icon: str = "fix"


def text_label(text: str = "", role: str = "") -> QLabel:
    """A label that wraps; `role` is a style of the theme's: "title", "heading", "muted", "formula", "error"."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setProperty("role", role)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return label


class Formula(QLabel):
    """A formula, one line per step."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setProperty("role", "formula")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def show_formula(self, formula: str) -> None:
        """Shows a formula; without one, nothing. Two spaces after a comma end a step."""
        self.setVisible(bool(formula))
        self.setText(formula.replace(",  ", "\n"))
        self.setAccessibleName(f"Formula: {formula}")


class Picture(QLabel):
    """A drawing that follows the theme."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size
        self._name = ""
        self._colour_of: Callable[[], str] = lambda: theme().colours.text
        self.setFixedSize(QSize(size, size))
        theme().changed.connect(self._draw)

    def show_icon(self, name: str, colour: Callable[[], str]) -> None:
        self._name, self._colour_of = name, colour
        self._draw()

    def _draw(self) -> None:
        if self._name:
            self.setPixmap(pixmap(self._name, self._size, self._colour_of(), self.devicePixelRatioF()))


class ProblemBox(QFrame):
    """A sentence in red that says what is wrong, with buttons for what can be done."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("problem")
        self.setProperty("role", "problem")
        self._sentence = text_label(role="problem-text")
        self._sentence.setObjectName("problemText")
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        picture = Picture(18)
        picture.show_icon("error", lambda: theme().colours.error)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._sentence, 1)
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
        self, problem: Problem | None, cures: Callable[[Problem], list[Cure]], *, name_place: bool = False
    ) -> None:
        """Shows a problem and one button per cure, or nothing; `name_place` says which block has it."""
        self.setVisible(problem is not None)
        if problem is None or problem == self._problem:
            return
        self._problem = problem
        sentence = f"{problem.where}: {problem.sentence}" if name_place else problem.sentence
        self._sentence.setText(sentence)
        self.setAccessibleName(sentence)
        while item := self._buttons.takeAt(0):
            widget = item.widget()
            if widget is not None:
                # Hidden at once, since a button that is deleted later would be seen for a moment more.
                widget.hide()
                widget.deleteLater()
        for cure in cures(problem):
            button = QPushButton(cure.title)
            button.setObjectName("fix")
            button.setAccessibleName(cure.title)
            set_icon(button, cure.icon)
            button.clicked.connect(lambda _=False, run=cure.run: run())
            self._buttons.addWidget(button)


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
                title = QLabel(name)
                title.setProperty("role", "muted")
                self._grid.addWidget(title, line, 0, Qt.AlignmentFlag.AlignTop)
                self._grid.addWidget(value, line, 1)
                self._values[name] = value
        for name, text in facts.items():
            self._values[name].setText(text)


class _Foot(QLabel):
    """Explains the setting that has the focus or, without one, the setting under the mouse."""

    _IDLE = "Point at a setting to read what it does."

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("help")
        self.setAccessibleName("Help")
        self.setProperty("role", "foot")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._texts: dict[QObject, str] = {}
        self._hovered = self._focused = ""
        self._fix_height()
        self._update()

    def explain(self, title: str, text: str, *widgets: QWidget) -> None:
        for widget in widgets:
            self._texts[widget] = f"<b>{escape(title)}</b> &nbsp;{escape(text)}"
            widget.installEventFilter(self)
            widget.destroyed.connect(lambda _=None, key=widget: self._texts.pop(key, None))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        text = self._texts.get(watched, "")
        match event.type():
            case QEvent.Type.Enter:
                self._hovered = text
            case QEvent.Type.Leave | QEvent.Type.Hide if self._hovered == text:
                self._hovered = ""
            case QEvent.Type.FocusIn:
                self._focused = text
            case QEvent.Type.FocusOut if self._focused == text:
                self._focused = ""
            case _:
                return False
        self._update()
        return False

    def _update(self) -> None:
        self.setText(self._hovered or self._focused or self._IDLE)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fix_height()

    def _fix_height(self) -> None:
        # Always three lines high, so that nothing moves when another text comes.
        self.setFixedHeight(3 * self.fontMetrics().lineSpacing() + 14)


class Panel(QWidget):
    """Base of the panels: draws the store's document, and turns what a person does into edits."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.store = store
        # Before there are children: a style is looked up when a widget is first measured, and by its ancestors.
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.area = QScrollArea(self)
        self.content = QWidget()
        self.content.setObjectName("content")
        self.column = QVBoxLayout(self.content)
        self.column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.column.setSpacing(SPACING)
        self.area.setWidget(self.content)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.foot = _Foot()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.area, 1)
        outer.addWidget(self.foot)
        self._run: tuple[str, int, str] | None = None
        store.changed.connect(self.refresh)

    def sizeHint(self) -> QSize:
        return QSize(300, 480)

    def refresh(self) -> None:
        """Shows the document as it is now, in place."""
        raise NotImplementedError(f"{type(self).__name__} shows nothing")

    def add(self, *widgets: QWidget) -> None:
        """Puts widgets at the end of the column."""
        for widget in widgets:
            self.column.addWidget(widget)

    def explain_form(self, form: Form) -> None:
        """Lets the foot explain the fields of a form."""
        for row in form.rows.values():
            text = " ".join(filter(None, (row.field.help, range_line(row.field))))
            self.foot.explain(row.field.title, text, row, row.editor.control)

    def change(self, what: str, old: str, new: str, document: Document, key: str) -> None:
        """Makes an edit called "Change `what` from `old` to `new`"; edits of the same `key` in a row are one."""
        stack = self.store.undo_stack
        if self._run is not None and self._run[:2] == (key, stack.index()) and not stack.isClean():
            old = self._run[2]
        self.store.edit(f"Change {what} from {old} to {new}", document, merge=key)
        self._run = (key, stack.index(), old)

    def cures(self, problem: Problem) -> list[Cure]:
        """The buttons for a problem: its remedy, if it has one."""
        remedy = problem.remedy
        if remedy is None:
            return []

        def apply() -> None:
            self.store.edit(remedy.title, edits.apply_remedy(self.store.document, problem.where, remedy))

        return [Cure(remedy.title, apply)]


def target_fact(classes: tuple[str, ...], targets: int) -> dict[str, str]:
    """What is to be predicted, as a fact: the classes, or how many numbers."""
    if not classes:
        return {"To predict": f"{targets} number{'s' if targets != 1 else ''}"}
    counted = classes == tuple(str(number) for number in range(len(classes))) and len(classes) > 2
    names = f"0 to {len(classes) - 1}" if counted else ", ".join(classes)
    return {"Classes": f"{len(classes)}: {names if len(names) <= 60 else names[:57] + '…'}"}


def refusal(error: Exception, title: str) -> str:
    """The sentence of an error about one setting, without the path that says which."""
    text = error.message if isinstance(error, SpecError) else str(error)
    *_, sentence = text.split(": ", 2)
    return f"{title}: {sentence.rstrip('.')}."
