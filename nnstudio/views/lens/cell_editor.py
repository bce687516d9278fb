"""Cell editor: a field for a number, over its cell."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QRectF, Qt, Signal
from PySide6.QtGui import QDoubleValidator, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

# Bound of what can be typed, and its decimals.
_MOST, _DECIMALS = 999.0, 4
_WIDEST = 64


class CellEditor(QLineEdit):
    """Field for one number. Enter takes it, Tab takes it and goes on to a neighbour, Escape leaves it.

    Signals:
        typed: a person has typed a number.
        walked: the next cell (1), or the one before (-1), is to be edited.
    """

    typed = Signal(float)
    walked = Signal(int)

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setObjectName("cellEditor")
        self.setAccessibleName("Number in the cell")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFrame(True)
        self.setTextMargins(0, 0, 0, 0)
        validator = QDoubleValidator(-_MOST, _MOST, _DECIMALS, self)
        validator.setNotation(QDoubleValidator.Notation.StandardNotation)
        validator.setLocale(QLocale.c())
        self.setValidator(validator)
        self._editing = False
        self.hide()

    def begin(self, place: QRectF, value: float) -> None:
        """Edit a number over its cell."""
        height = max(self.sizeHint().height(), int(place.height()))
        width = max(_WIDEST, int(place.width()))
        centre, room = place.center().toPoint(), self._canvas.size()
        left = max(0, min(centre.x() - width // 2, room.width() - width))
        top = max(0, min(centre.y() - height // 2, room.height() - height))
        self.setGeometry(left, top, width, height)
        self.setText(f"{value:.{_DECIMALS}g}")
        self._editing = True
        self.show()
        self.raise_()
        self.selectAll()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _finish(self) -> bool:
        """Sends the number. False if there is none yet."""
        if not self.hasAcceptableInput():
            return False
        self.typed.emit(float(self.text()))
        return True

    def _leave(self) -> None:
        self._editing = False
        self.hide()
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def focusNextPrevChild(self, onward: bool) -> bool:
        if not self._editing:
            # Qt calls this for a field that is hidden, too.
            return super().focusNextPrevChild(onward)
        if self._finish():
            self.walked.emit(1 if onward else -1)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # Not passed on: the canvas would take it as the wish to type again.
            if self._finish():
                self._leave()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._editing and event.reason() is not Qt.FocusReason.PopupFocusReason:
            # A click elsewhere takes what was typed.
            self._editing = False
            self._finish()
            self.hide()
