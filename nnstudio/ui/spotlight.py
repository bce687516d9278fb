"""Spotlight: a frame around the part of a window that a sentence is about."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, QVariantAnimation
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from nnstudio.ui.motion import motion
from nnstudio.ui.theme import theme

# Width of the line, and the room between it and what it frames, in pixels.
_LINE, _ROOM = 3, 3
# How far out the frame begins, in pixels, and how long it takes to close in, in milliseconds.
_FAR, _TIME_MS = 26, 420


class Spotlight(QWidget):
    """Frame over a window, which takes neither mouse nor keyboard.

    It closes in on its place once, and then rests; with animations off it is there at once.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("spotlight")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._place = QRect()
        self._away = 0.0
        self._closing = QVariantAnimation(self)
        self._closing.setDuration(_TIME_MS)
        self._closing.setStartValue(1.0)
        self._closing.setEndValue(0.0)
        self._closing.valueChanged.connect(self._move)
        theme().changed.connect(self.update)
        self.hide()

    @property
    def place(self) -> QRect:
        """Rectangle that is framed, in its window; empty if it is hidden."""
        return self._place if self.isVisible() else QRect()

    def frame(self, window: QWidget, place: QRect, *, fresh: bool) -> None:
        """Frame a rectangle of a window. `fresh` draws the eye to it."""
        if self.parentWidget() is not window:
            self.setParent(window)
        moved = place != self._place or not self.isVisible()
        self._place = QRect(place)
        if fresh and motion().on:
            self._closing.stop()
            self._closing.start()
        if moved or fresh:
            self._fit()
            self.show()
            self.raise_()

    def leave(self) -> None:
        """Hide it."""
        self._closing.stop()
        self._away = 0.0
        self.hide()

    def _move(self, away: float) -> None:
        self._away = away
        self._fit()

    def _fit(self) -> None:
        room = _ROOM + _LINE + round(_FAR * self._away)
        window = self.parentWidget()
        around = self._place.adjusted(-room, -room, room, room)
        # A frame that is cut off at the window's edge would look like a line.
        self.setGeometry(around if window is None else around.intersected(window.rect()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme().colours
        box = QRectF(self.rect()).adjusted(_LINE / 2, _LINE / 2, -_LINE / 2, -_LINE / 2)
        # The inner line keeps it visible where it stands on its own colour.
        for width, colour in ((_LINE, colours.accent), (1, colours.canvas)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawRoundedRect(box, 6, 6)
            box = box.adjusted(_LINE / 2 + 0.5, _LINE / 2 + 0.5, -_LINE / 2 - 0.5, -_LINE / 2 - 0.5)
