"""Saying of a dock: what its view shows, in a line beside its title."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QDockWidget, QWidget

from nnstudio.shell.docks import in_sight
from nnstudio.ui.labels import PlainLabel

# Pixels between title and saying, and from the edges; the buttons at the right.
_GAP, _EDGE, _BUTTONS = 14, 12, 56
# Events of a dock after which there may be another place for the saying, or need of one.
_MOVES = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.FontChange, QEvent.Type.StyleChange, QEvent.Type.Show)


class DockSaying(QWidget):
    """Line of muted text beside the title of a dock, where there is room for all of it.

    While the view shows a moment in the past, it says so instead, in one word where there is little room. The text
    stands in a frame without a layout: a label in the dock itself would have the whole window laid out anew with every
    moment.
    """

    def __init__(self, text: str, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.setObjectName("dockSaying")
        self._label = PlainLabel(text, self)
        self._label.setProperty("role", "muted")
        # The title stays what a dock is dragged by.
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._dock, self._said, self._step = dock, text, -1
        # The longest that fits is on show.
        self._texts: tuple[str, ...] = (text,)
        dock.setAccessibleDescription(text)
        dock.windowTitleChanged.connect(self._place)
        dock.installEventFilter(self)
        dock.widget().installEventFilter(self)
        self._place()

    def text(self) -> str:
        """Text on show."""
        return self._label.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the dock and of its title."""
        if event.type() in _MOVES:
            self._place()
        return False

    def show_step(self, step: int | None) -> None:
        """Say that a step in the past is on display; with None, what the view shows."""
        shown = -1 if step is None else step
        if shown == self._step:
            return
        past = step is not None
        if past is not (self._step >= 0):
            self._label.setProperty("role", "past" if past else "muted")
            self._label.style().unpolish(self._label)
            self._label.style().polish(self._label)
        self._step = shown
        self._texts = (self._said,) if step is None else (f"in the past: step {step:,}", "past")
        self._dock.setAccessibleDescription(self._texts[0])
        self._place()

    def _place(self) -> None:
        # While moments pass by, the docks behind others would take longer than those that are looked at. One that comes
        # to the front is moved there.
        if not in_sight(self._dock):
            return
        font = QFont(self._dock.font())
        font.setWeight(QFont.Weight.DemiBold)
        left = _EDGE + QFontMetrics(font).horizontalAdvance(self._dock.windowTitle()) + _GAP
        room, height = self._dock.width() - _BUTTONS - left, self._dock.widget().y()
        # A dock of its own may have the title bar of the system, in which nothing can be written.
        fits = height >= self._label.fontMetrics().height()
        for text in self._texts:
            self._label.setText(text)
            width = self._label.sizeHint().width()
            if width <= room:
                self.setGeometry(left, 0, width, height)
                self._label.resize(width, height)
                self.setVisible(fits)
                return
        self.hide()
