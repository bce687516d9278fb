"""One editor per kind of setting. An editor speaks only of what a person did: values shown by the program are silent.

An editor takes a typed text over on Enter, when the focus leaves, or after a pause. A text that stands for no value is
refused with a sentence and stays until it is corrected, or until Escape brings back the value.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QSize, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from engine.declared import FieldInfo
from nnstudio.icons import set_icon
from nnstudio.panels import values
from nnstudio.theme import theme

_PAUSE = 700  # milliseconds without a key after which a typed value counts
_DICE = 9999  # a diced seed stays short enough to be told to somebody


class Editor(QWidget):
    """Base of all editors. A subclass makes its control, calls `_hold`, and implements `_put`.

    Signals:
        edited: a person chose this value.
        refused: what a person typed is no value; the sentence says why.
        restored: a person took a refused text back.
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
        """Shows a value without telling anybody."""
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

    def __init__(self, line: QLineEdit, finished: SignalInstance, field: FieldInfo) -> None:
        super().__init__(line)
        self._line, self._field = line, field
        self._pending = False
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self._paused)
        line.textEdited.connect(self._typed)
        finished.connect(self.finish)
        line.installEventFilter(self)
        if field.optional:
            line.setPlaceholderText("empty")

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


class NumberBox(QAbstractSpinBox):
    """A spin box that takes any text, so that a wrong one can be explained, and leaves the wheel to scrolling.

    Signals:
        stepped: somebody went so many steps up or down.
    """

    stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccelerated(True)
        # Style sheets move the text of a line, but not of a spin box.
        self.lineEdit().setTextMargins(6, 0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def stepBy(self, steps: int) -> None:
        self.stepped.emit(steps)

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def sizeHint(self) -> QSize:
        return QSize(96, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(64, super().minimumSizeHint().height())


class NumberEditor(Editor):
    """Whole and real numbers."""

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
    """A seed, and a button that throws a new one."""

    def _beside(self) -> list[QWidget]:
        dice = QToolButton()
        set_icon(dice, "dice")
        dice.setObjectName(f"{self.field.name}Dice")
        dice.setAccessibleName(f"New {self.field.title.lower()}")
        dice.setToolTip("Throws a new seed")
        dice.clicked.connect(self._throw)
        return [dice]

    def _throw(self) -> None:
        choices = [seed for seed in random.sample(range(_DICE + 1), 2) if seed != self.value]
        self._take(choices[0])


class LineEditor(Editor):
    """Shapes and texts."""

    def __init__(self, field: FieldInfo, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.line = QLineEdit()
        self._typing = _Typing(self.line, self.line.editingFinished, field)
        self._typing.read.connect(self._choose)
        self._typing.refused.connect(self.refused)
        self._hold(self.line, *self._beside())

    def _beside(self) -> list[QWidget]:
        return []

    def _put(self, value: Any) -> None:
        self._typing.put(values.show(self.field, value))


class PathEditor(LineEditor):
    """The path of a file or a folder, typed or chosen."""

    wide = True

    def _beside(self) -> list[QWidget]:
        button = QPushButton("Choose…")
        button.setObjectName(f"{self.field.name}Choose")
        button.setAccessibleName(f"Choose {self.field.title.lower()}")
        button.clicked.connect(self.browse)
        return [button]

    def browse(self) -> None:
        """Lets a person choose in a dialog."""
        start = str(Path(self.value).parent if self.field.kind == "file" else self.value) if self.value else ""
        title = f"Choose {self.field.title.lower()}"
        if self.field.kind == "folder":
            path = QFileDialog.getExistingDirectory(self, title, start)
        else:
            path, _ = QFileDialog.getOpenFileName(self, title, start)
        if path:
            self._put(path)
            self._choose(path)


class Switch(QCheckBox):
    """A check box drawn as a switch."""

    _SIZE = QSize(34, 20)

    def sizeHint(self) -> QSize:
        return self._SIZE

    def minimumSizeHint(self) -> QSize:
        return self._SIZE

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self.rect()
        box.setSize(self._SIZE)
        box.moveTop((self.height() - self._SIZE.height()) // 2)
        track = box.toRectF().adjusted(1.5, 1.5, -1.5, -1.5)
        on = self.isChecked()
        painter.setPen(QPen(QColor(colours.accent if on or self.hasFocus() else colours.muted), 1.5))
        painter.setBrush(QColor(colours.accent if on else colours.panel))
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        radius = track.height() / 2 - 3
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent_text if on else colours.muted))
        centre = track.right() - radius - 3 if on else track.left() + radius + 3
        painter.drawEllipse(QPointF(centre, track.center().y()), radius, radius)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
        painter.end()


class SwitchEditor(Editor):
    """Yes or no."""

    def __init__(self, field: FieldInfo, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.switch = Switch()
        self.switch.clicked.connect(self._choose)
        self._hold(self.switch)

    def _put(self, value: Any) -> None:
        self.switch.setChecked(bool(value))


class ComboBox(QComboBox):
    """A combo box that leaves the wheel to scrolling and shrinks below its longest entry."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ChoiceEditor(Editor):
    """One word of several."""

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
    """One word of several, or a number that is typed."""

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
    "seed": SeedEditor,
    "file": PathEditor,
    "folder": PathEditor,
}


def make_editor(field: FieldInfo) -> Editor:
    """The editor for a field."""
    return _EDITORS[field.kind](field)
