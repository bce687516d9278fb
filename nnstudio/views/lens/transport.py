"""Buttons that go through places one by one, or by themselves."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from nnstudio.ui.icons import set_icon
from nnstudio.ui.motion import motion

# Milliseconds between two steps.
_PACE = 400


class Transport(QWidget):
    """Row of buttons: back, play, on. It plays only while it is on show, and where animations are on.

    Signals:
        stepped: one place back (-1) or on (1).
    """

    stepped = Signal(int)

    def __init__(self, prefix: str, place: str, playing: str, parent: QWidget | None = None) -> None:
        """`prefix` begins the object names; `place` and `playing` say what a step and playing do."""
        super().__init__(parent)
        self._playing, self._able = playing, True
        self.back = _button(f"{prefix}Back", "chevron-left", f"{place} back")
        self.play = _button(f"{prefix}Play", "play", playing)
        self.forth = _button(f"{prefix}Forth", "chevron-right", f"{place} on")
        self.play.setCheckable(True)
        self.play.toggled.connect(self._toggled)
        self.back.clicked.connect(lambda: self.stepped.emit(-1))
        self.forth.clicked.connect(lambda: self.stepped.emit(1))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for button in (self.back, self.play, self.forth):
            row.addWidget(button)
        self._timer = QTimer(self, interval=_PACE)
        self._timer.timeout.connect(self._tick)
        motion().changed.connect(self._offer)
        self._offer()

    def set_able(self, able: bool) -> None:
        """Let the buttons be pressed, or not."""
        if able != self._able:
            self._able = able
            self._offer()

    def stop(self) -> None:
        """Stop playing."""
        self.play.setChecked(False)

    def _offer(self) -> None:
        moves = motion().on
        if not (moves and self._able):
            self.stop()
        self.back.setEnabled(self._able)
        self.forth.setEnabled(self._able)
        self.play.setEnabled(moves and self._able)
        self.play.setToolTip(self._playing if moves else "Animations are switched off in the View menu")

    def _toggled(self, on: bool) -> None:
        set_icon(self.play, "pause" if on else "play")
        if on:
            self._timer.start()
        else:
            self._timer.stop()

    def _tick(self) -> None:
        if self.isEnabled():
            self.stepped.emit(1)
        else:
            # The dock is behind another tab.
            self.stop()

    def hideEvent(self, event: QHideEvent) -> None:
        self.stop()
        super().hideEvent(event)


def _button(name: str, drawing: str, help_: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setAccessibleName(help_)
    button.setToolTip(help_)
    set_icon(button, drawing)
    return button
