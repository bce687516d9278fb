"""Label for numbers that change many times a second."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.ui.labels import PlainLabel


class StillLabel(QWidget):
    """Line of text that may change without a new layout of the window.

    A QLabel asks its parents for a new layout at every change, up to the main window with all its docks. Here the label
    stands in a frame without a layout. The frame grows where a text needs more room, and never shrinks again; with
    `yields` it takes the room it gets instead, and shows the first of its shorter texts that fits. What it shows is
    plain text, unless it is told to be `rich`.
    """

    def __init__(self, name: str, *, yields: bool = False, rich: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._label = PlainLabel(self)
        self._label.setAccessibleName(name)
        self._rich = rich
        if rich:
            self._label.setTextFormat(Qt.TextFormat.RichText)
        self._width = 0
        self._text = ""
        self._shorter: tuple[str, ...] = ()
        horizontal = QSizePolicy.Policy.Ignored if yields else QSizePolicy.Policy.Fixed
        self._yields = yields
        self.setSizePolicy(horizontal, QSizePolicy.Policy.Fixed)

    def setAlignment(self, alignment: Qt.AlignmentFlag) -> None:
        """Align the text in its frame."""
        self._label.setAlignment(alignment | Qt.AlignmentFlag.AlignVCenter)

    def text(self) -> str:
        """Full text of the label."""
        return self._text

    def setText(self, text: str, *shorter: str) -> None:
        """Show a text. Where it does not fit, the first of the `shorter` ones that does replaces it, or the last."""
        shorter = tuple(filter(None, shorter))
        if (text, shorter) == (self._text, self._shorter):
            return
        self._text, self._shorter = text, shorter
        self._label.setText(text)
        if self._yields:
            self._shorten()
            return
        wanted = self._label.sizeHint().width()
        if wanted > self._width:
            self._width = wanted
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        margins = self.contentsMargins()
        height = self._label.sizeHint().height() + margins.top() + margins.bottom()
        return QSize(self._width + margins.left() + margins.right(), height)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height()) if self._yields else self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._label.setGeometry(self.contentsRect())
        if self._yields:
            self._label.setText(self._text)
            self._shorten()
        super().resizeEvent(event)

    def _shorten(self) -> None:
        """A number that is cut off reads as another number, so nothing is cut off without a sign."""
        room = self.contentsRect().width()
        if room <= 0 or self._label.sizeHint().width() <= room:
            return
        for text in self._shorter:
            self._label.setText(text)
            if self._label.sizeHint().width() <= room:
                return
        if not self._shorter and not self._rich:
            self._label.setText(self._label.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, room))
