"""Field in which a class of painted points is named."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.data.painted import LONGEST_NAME

_WIDTH = 150  # pixels


class ClassName(QLineEdit):
    """Field over the plot, below the square of a class. Enter takes the name, Escape leaves it.

    Signals:
        refused: the sentence why the class cannot have the name.

    Args:
        label: index of the class. take: gives it the name; returns the sentence why it cannot have it, "" if it can.
        beside: the square of the class.
    """

    refused = Signal(str)

    def __init__(self, label: int, name: str, take: Callable[[int, str], str], beside: QWidget) -> None:
        super().__init__(name, beside.window())
        self.setObjectName("paintClassName")
        self.setAccessibleName(f"Name of class {label + 1}")
        self.setMaxLength(LONGEST_NAME)
        self._label, self._take, self._beside, self._done = label, take, beside, False
        width, height = _WIDTH, self.sizeHint().height()
        corner = beside.mapTo(beside.window(), QPoint(0, beside.height() + 2))
        self.setGeometry(max(min(corner.x(), beside.window().width() - width - 8), 0), corner.y(), width, height)
        beside.destroyed.connect(self.deleteLater)
        self.selectAll()
        self.show()
        self.raise_()
        self.setFocus()

    def accept(self) -> bool:
        """Give the class its name, if it can have it; False where it cannot."""
        sentence = self._take(self._label, self.text())
        if sentence:
            self.refused.emit(sentence)
            return False
        self.leave()
        return True

    def leave(self) -> None:
        """Close the field."""
        if not self._done:
            self._done = True
            focused = self.hasFocus()
            self.hide()
            self.deleteLater()
            if focused:
                self._beside.setFocus()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            # While one types, keys are letters, and no tool's.
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.accept()
            case Qt.Key.Key_Escape:
                self.leave()
            case _:
                super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # A menu of its own, or another window in front, is no reason to end.
        if event.reason() in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason) or self._done:
            return
        if not self.accept():
            self.leave()
