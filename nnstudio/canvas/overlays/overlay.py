"""Base class of small panels in a corner of the canvas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtWidgets import QFrame, QGraphicsView

_MARGIN = 12
_RIGHT = (Qt.Corner.TopRightCorner, Qt.Corner.BottomRightCorner)
_BOTTOM = (Qt.Corner.BottomLeftCorner, Qt.Corner.BottomRightCorner)


class Overlay(QFrame):
    """Panel that stays in its corner whatever the size of the view.

    It is a child of the view, not of its viewport, whose children are scrolled with it.
    """

    def __init__(self, view: QGraphicsView, corner: Qt.Corner) -> None:
        super().__init__(view)
        self._viewport = view.viewport()
        self._corner = corner
        self.setProperty("role", "overlay")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._viewport.installEventFilter(self)

    def put(self, corner: Qt.Corner) -> None:
        """Move to another corner."""
        self._corner = corner
        self.place()

    def place_in(self, corner: Qt.Corner) -> QPoint:
        """Position of its top left point in a corner."""
        area = self._viewport.geometry().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        x = area.right() - self.width() + 1 if corner in _RIGHT else area.left()
        y = area.bottom() - self.height() + 1 if corner in _BOTTOM else area.top()
        return QPoint(x, y)

    def place(self) -> None:
        """Move to its corner, after its size or the view's has changed."""
        self.move(self.place_in(self._corner))

    def showEvent(self, event: object) -> None:
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._viewport and event.type() == QEvent.Type.Resize:
            self.view_resized()
        return False

    def view_resized(self) -> None:
        """React to a new size of the view."""
        if self.isVisible():
            self.place()
