"""A label for numbers that change many times a second."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class StillLabel(QWidget):
    """A line of text that may change without the whole window being laid out anew.

    A QLabel asks its parents for a new layout at every change, up to the main window with all its docks. Here the label
    stands in a frame without a layout. The frame grows where a text needs more room, and never shrinks again; with
    `yields` it takes the room it gets instead.
    """

    def __init__(self, name: str, *, yields: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._label = QLabel(self)
        self._label.setAccessibleName(name)
        self._width = 0
        horizontal = QSizePolicy.Policy.Ignored if yields else QSizePolicy.Policy.Fixed
        self._yields = yields
        self.setSizePolicy(horizontal, QSizePolicy.Policy.Fixed)

    def setAlignment(self, alignment: Qt.AlignmentFlag) -> None:
        self._label.setAlignment(alignment | Qt.AlignmentFlag.AlignVCenter)

    def text(self) -> str:
        return self._label.text()

    def setText(self, text: str) -> None:
        """Shows a text; one with tags is taken as rich text."""
        if text == self._label.text():
            return
        self._label.setText(text)
        if self._yields:
            return
        wanted = self._label.sizeHint().width()
        if wanted > self._width:
            self._width = wanted
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        margins = self.contentsMargins()
        return QSize(self._width + margins.left() + margins.right(), self._label.sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height()) if self._yields else self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._label.setGeometry(self.contentsRect())
        super().resizeEvent(event)
