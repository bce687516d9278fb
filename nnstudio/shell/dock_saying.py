"""Saying of a dock: what its view shows, in a line beside its title."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QDockWidget

from nnstudio.ui.labels import PlainLabel

# Pixels between title and saying, and from the edges; the buttons at the right.
_GAP, _EDGE, _BUTTONS = 14, 12, 56


class DockSaying(PlainLabel):
    """Line of muted text beside the title of a dock, where there is room for all of it."""

    def __init__(self, text: str, dock: QDockWidget) -> None:
        super().__init__(text, dock)
        self.setObjectName("dockSaying")
        self.setProperty("role", "muted")
        # The title stays what a dock is dragged by.
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._dock = dock
        dock.setAccessibleDescription(text)
        dock.windowTitleChanged.connect(self._place)
        dock.installEventFilter(self)
        dock.widget().installEventFilter(self)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the dock and of its title."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._place()
        return False

    def _place(self) -> None:
        font = QFont(self._dock.font())
        font.setWeight(QFont.Weight.DemiBold)
        left = _EDGE + QFontMetrics(font).horizontalAdvance(self._dock.windowTitle()) + _GAP
        width, height = self.sizeHint().width(), self._dock.widget().y()
        # A dock of its own may have the title bar of the system, in which nothing can be written.
        fits = left + width <= self._dock.width() - _BUTTONS and height >= self.fontMetrics().height()
        self.setGeometry(left, 0, width, height)
        self.setVisible(fits)
