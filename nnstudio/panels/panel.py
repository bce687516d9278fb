"""Base class of panels: scrolling column, help at the foot, undoable edits."""

from __future__ import annotations

from functools import partial
from html import escape

from pydantic import ValidationError
from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from engine.errors import SpecError
from engine.explanation import explain
from nnstudio.document.model import Document
from nnstudio.document.problems import Problem
from nnstudio.panels.form import Form, range_line
from nnstudio.panels.parts import SPACING, FixAction
from nnstudio.store import Store
from nnstudio.ui.scroll_column import ScrollColumn

MARGIN = 12


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
    """Base of the panels: shows the document and turns input into edits."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.store = store
        # Before there are children: a style is looked up when a widget is first measured, and by its ancestors.
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.content = QWidget()
        self.content.setObjectName("content")
        self.column = QVBoxLayout(self.content)
        self.column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.column.setSpacing(SPACING)
        self.area = ScrollColumn(self.content, self)
        self.foot = _Foot()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.area, 1)
        outer.addWidget(self.foot)
        # Of the last change: its key, and the words for the value before it.
        self._run: tuple[str, str] | None = None
        store.changed.connect(self.refresh)

    def sizeHint(self) -> QSize:
        return QSize(300, 480)

    def refresh(self) -> None:
        """Show the present document, in place."""
        raise NotImplementedError(f"{type(self).__name__} shows nothing")

    def add(self, *widgets: QWidget) -> None:
        """Add widgets at the end of the column."""
        for widget in widgets:
            self.column.addWidget(widget)

    def explain_form(self, form: Form) -> None:
        """Show help on the fields of a form at the panel's foot."""
        for row in form.rows.values():
            text = " ".join(filter(None, (row.field.help, range_line(row.field))))
            self.foot.explain(row.field.title, text, row, row.editor.control)

    def change(self, what: str, old: str, new: str, document: Document, key: str) -> None:
        """Make the edit "Change `what` from `old` to `new`".

        Consecutive edits of the same `key` are merged in the undo history.
        """
        if self._run is not None and self._run[0] == key and self.store.continues(key):
            old = self._run[1]
        self.store.edit(f"Change {what} from {old} to {new}", document, merge=key)
        self._run = key, old

    def fixes(self, problem: Problem) -> list[FixAction]:
        """Buttons for the fixes of a problem, the best first."""
        return [FixAction(fix.title, partial(self.store.apply_fix, problem, fix)) for fix in problem.fixes]


def refusal(error: SpecError | ValidationError, title: str) -> str:
    """Sentence of an error about one setting, without the path to it."""
    text = explain(error, "settings") if isinstance(error, ValidationError) else str(error)
    *_, sentence = text.split(": ", 2)
    return f"{title}: {sentence.rstrip('.')}."
