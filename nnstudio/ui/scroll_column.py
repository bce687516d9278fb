"""Scrolling column that may be taller than the space it has."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

# Pixels that a dock with settings has in the smallest window.
_NARROW = 280
# Windows narrower than this, on small screens, leave no room for columns that insist on theirs.
_SMALL_WINDOW = 1000


class ScrollColumn(QScrollArea):
    """Vertical scroll area whose widget is as wide as the area."""

    def __init__(self, widget: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fitting, self._inner = False, widget
        self.setWidgetResizable(True)
        # The fields in it are reached with Tab, and scroll into sight then.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(widget)

    def minimumSizeHint(self) -> QSize:
        """Least size: as wide as what it holds and its bar, since nothing scrolls sideways; up to a narrow dock."""
        size = super().minimumSizeHint()
        if self.window().width() < _SMALL_WINDOW:
            # There the window itself could not be as small as the screen.
            return size
        inner = self._inner.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(max(size.width(), min(inner, _NARROW)), size.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit the widget into the area when one of them changes, once per change.

        Qt does so also when it has itself just resized the widget. Texts that wrap may then ask for another height each
        time, and Qt recurses until the process ends.
        """
        if event.type() != QEvent.Type.Resize:
            return super().eventFilter(watched, event)
        if self._fitting:
            return False
        self._fitting = True
        try:
            return super().eventFilter(watched, event)
        finally:
            self._fitting = False
