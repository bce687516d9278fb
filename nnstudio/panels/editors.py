"""Editors: one widget per kind of setting, which reports only user input.

An editor takes a typed text over on Enter, when the focus leaves, or after a pause. A text that stands for no value is
refused with a sentence and stays until it is corrected, or until Escape brings back the value.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from engine.declared import FieldInfo
from nnstudio.document import values
from nnstudio.ui.controls import ComboBox, NumberBox, Switch
from nnstudio.ui.icons import set_icon

_PAUSE = 700  # milliseconds without a key after which a typed value counts
_DICE = 9999  # a random seed stays short enough to be read out


class Editor(QWidget):
    """Base of all editors.

    A subclass makes its control, calls `_hold`, and implements `_put`.

    Signals:
        edited: the user chose this value.
        refused: the user's text stands for no value; the sentence gives the reason.
        restored: the user took a refused text back.
    """

    edited = Signal(object)
    refused = Signal(str)
    restored = Signal()
    wide = False  # takes the whole width, under its label

    def __init__(self, field: FieldInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.value: Any = None
        self.control: QWidget = self

    def _hold(self, control: QWidget, *beside: QWidget) -> None:
        """Lays the control out, with what stands beside it, and names it for those who do not see it."""
        self.control = control
        control.setObjectName(self.field.name)
        control.setAccessibleName(self.field.title)
        control.setAccessibleDescription(self.field.help)
        self.setFocusProxy(control)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(control, 1)
        for widget in beside:
            row.addWidget(widget)

    def show_value(self, value: Any) -> None:
        """Show a value without emitting a signal."""
        self.value = value
        self._put(value)

    def _put(self, value: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} shows nothing")

    def _choose(self, value: Any) -> None:
        self.value = value
        self.edited.emit(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._put(self.value)
            self.restored.emit()
        else:
            super().keyPressEvent(event)


class _Typing(QObject):
    """Watches a line in which a person types a value."""

    read = Signal(object)
    refused = Signal(str)

    def __init__(self, line: QLineEdit, finished: SignalInstance, field: FieldInfo, pause: int = _PAUSE) -> None:
        super().__init__(line)
        self._line, self._field = line, field
        self._pending = False
        self._pause = QTimer(self, singleShot=True, interval=pause)
        self._pause.timeout.connect(self._paused)
        line.textEdited.connect(self._typed)
        finished.connect(self.finish)
        line.installEventFilter(self)
        if field.optional:
            line.setPlaceholderText(field.none or "not set")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # With nothing half typed, undo is the document's: a line would keep the keys to itself and do nothing.
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and not self._pending:
            keys = QKeySequence.StandardKey
            if event.matches(keys.Undo) or event.matches(keys.Redo):
                event.ignore()
                return True
        return super().eventFilter(watched, event)

    def put(self, text: str) -> None:
        """Shows a text; the cursor stays where it is if it can."""
        self._pending = False
        self._pause.stop()
        if text != self._line.text():
            cursor = self._line.cursorPosition()
            self._line.setText(text)
            # A long path is shown from its start unless somebody is at work in it.
            self._line.setCursorPosition(min(cursor, len(text)) if self._line.hasFocus() else 0)

    def finish(self) -> None:
        if not self._pending:
            return
        self._pending = False
        self._pause.stop()
        try:
            value = values.read(self._field, self._line.text())
        except ValueError as error:
            self.refused.emit(str(error))
        else:
            self.put(values.show(self._field, value))
            self.read.emit(value)

    def _typed(self) -> None:
        self._pending = True
        self._pause.start()

    def _paused(self) -> None:
        # Half of a number is no error while it is being typed; only what reads well is taken over early, as it stands.
        try:
            value = values.read(self._field, self._line.text())
        except ValueError:
            return
        self.read.emit(value)


class NumberEditor(Editor):
    """Editor of integers and real numbers."""

    def __init__(self, field: FieldInfo, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.box = NumberBox()
        self._typing = _Typing(self.box.lineEdit(), self.box.editingFinished, field)
        # A spin box hands such keys to its line without asking the line's filters.
        self.box.installEventFilter(self._typing)
        self._typing.read.connect(self._choose)
        self._typing.refused.connect(self.refused)
        self.box.stepped.connect(self._step)
        self._hold(self.box, *self._beside())

    def _beside(self) -> list[QWidget]:
        return []

    def _put(self, value: Any) -> None:
        self._typing.put(values.show(self.field, value))

    def _step(self, steps: int) -> None:
        try:
            start = values.read(self.field, self.box.lineEdit().text())
        except ValueError:
            start = self.value
        self._take(values.step(self.field, start, steps))

    def _take(self, value: Any) -> None:
        self._put(value)
        self._choose(value)


class SeedEditor(NumberEditor):
    """Editor of a seed, with a button that draws a new one."""

    def _beside(self) -> list[QWidget]:
        dice = QToolButton()
        set_icon(dice, "dice")
        dice.setObjectName(f"{self.field.name}Dice")
        dice.setAccessibleName(f"New {self.field.title.lower()}")
        dice.setToolTip("Picks a new random seed")
        dice.clicked.connect(self._throw)
        return [dice]

    def _throw(self) -> None:
        choices = [seed for seed in random.sample(range(_DICE + 1), 2) if seed != self.value]
        self._take(choices[0])


class LineEditor(Editor):
    """Editor of shapes and texts.

    Class attributes:
        pause: milliseconds without a key after which a typed text counts.
    """

    pause: ClassVar[int] = _PAUSE

    def __init__(self, field: FieldInfo, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.line = QLineEdit()
        self._typing = _Typing(self.line, self.line.editingFinished, field, self.pause)
        self._typing.read.connect(self._choose)
        self._typing.refused.connect(self.refused)
        self._hold(self.line, *self._beside())

    def _beside(self) -> list[QWidget]:
        return []

    def _put(self, value: Any) -> None:
        self._typing.put(values.show(self.field, value))


class FormulaEditor(LineEditor):
    """Editor of a formula: across the whole width, since it is read as a whole, and judged while it is typed."""

    wide = True
    pause = 250


class PathEditor(LineEditor):
    """Editor of the path of a file or a folder, typed or chosen."""

    wide = True

    def _beside(self) -> list[QWidget]:
        button = QPushButton("Choose…")
        button.setAutoDefault(True)  # Enter presses it too
        button.setObjectName(f"{self.field.name}Choose")
        button.setAccessibleName(f"Choose {self.field.title.lower()}")
        button.clicked.connect(self.browse)
        return [button]

    def browse(self) -> None:
        """Let the user choose in a dialog."""
        start = str(Path(self.value).parent if self.field.kind == "file" else self.value) if self.value else ""
        title = f"Choose {self.field.title.lower()}"
        if self.field.kind == "folder":
            path = QFileDialog.getExistingDirectory(self, title, start)
        else:
            path, _ = QFileDialog.getOpenFileName(self, title, start)
        if path:
            self._put(path)
            self._choose(path)


class SwitchEditor(Editor):
    """Editor of yes or no."""

    def __init__(self, field: FieldInfo, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.switch = Switch()
        self.switch.clicked.connect(self._choose)
        self._hold(self.switch)

    def _put(self, value: Any) -> None:
        self.switch.setChecked(bool(value))


class ChoiceEditor(Editor):
    """Editor of one word among several."""

    def __init__(self, field: FieldInfo, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.combo = ComboBox()
        for choice in field.choices:
            self.combo.addItem(values.word(choice), choice)
        self.combo.activated.connect(lambda index: self._choose(self.combo.itemData(index)))
        self._hold(self.combo)

    def _put(self, value: Any) -> None:
        self.combo.setCurrentIndex(self.combo.findData(value))


class ChoiceOrNumberEditor(Editor):
    """Editor of one word among several, or a typed number."""

    def __init__(self, field: FieldInfo, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.combo = ComboBox()
        self.combo.setEditable(True)
        self.combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.combo.setCompleter(None)  # type: ignore[arg-type]
        for choice in field.choices:
            self.combo.addItem(values.word(choice), choice)
        line = self.combo.lineEdit()
        assert line is not None
        self._typing = _Typing(line, line.editingFinished, field)
        self._typing.read.connect(self._choose)
        self._typing.refused.connect(self.refused)
        self.combo.activated.connect(lambda index: self._choose(self.combo.itemData(index)))
        self._hold(self.combo)

    def _put(self, value: Any) -> None:
        index = self.combo.findData(value)
        if index >= 0:
            self.combo.setCurrentIndex(index)
        self._typing.put(values.show(self.field, value))


_EDITORS: dict[str, Callable[[FieldInfo], Editor]] = {
    "int": NumberEditor,
    "float": NumberEditor,
    "bool": SwitchEditor,
    "choice": ChoiceEditor,
    "choice_or_int": ChoiceOrNumberEditor,
    "shape": LineEditor,
    "text": LineEditor,
    "formula": FormulaEditor,
    "seed": SeedEditor,
    "file": PathEditor,
    "folder": PathEditor,
}


def make_editor(field: FieldInfo) -> Editor:
    """Make the editor for a field."""
    return _EDITORS[field.kind](field)
