"""Collapsible section of a panel, with a short summary in its heading."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from nnstudio.panels.parts import SPACING
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import PlainLabel

_INDENT = 6


class _Summary(PlainLabel):
    """A line at the right of the heading, shortened where there is no room for it; a click on it is one on the heading.

    Signals:
        clicked: the left button was pressed on it.
    """

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.setProperty("role", "muted")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        self._text = text
        self.setToolTip(text)
        self._shorten()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, max(self.width(), 1)))


class Section(QWidget):
    """Heading button, and the content that it collapses."""

    def __init__(self, name: str, title: str, *widgets: QWidget) -> None:
        super().__init__()
        self.title = title
        self.button = QToolButton()
        self.button.setObjectName(f"{name}Section")
        self.button.setProperty("role", "heading")
        self.button.setText(title)
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setIconSize(QSize(14, 14))
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button.toggled.connect(self._fold)
        self._summary = _Summary()
        self._summary.setObjectName(f"{name}Summary")
        self._summary.clicked.connect(self.button.click)
        self.body = QWidget()
        self.column = QVBoxLayout(self.body)
        self.column.setContentsMargins(_INDENT, 0, 0, 6)
        self.column.setSpacing(SPACING)
        for widget in widgets:
            self.column.addWidget(widget)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.button)
        head.addWidget(self._summary, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(4)
        whole.addLayout(head)
        whole.addWidget(self.body)
        self._said = ""
        self._fold(False)

    @property
    def unfolded(self) -> bool:
        """True while the content is shown."""
        return self.button.isChecked()

    def unfold(self, on: bool = True) -> None:
        """Show or hide the content."""
        self.button.setChecked(on)

    def summarise(self, text: str) -> None:
        """Show a short summary of the settings in the heading."""
        self._said = text
        self._summary.show_text(text)
        self._name()

    def _fold(self, on: bool) -> None:
        self.body.setVisible(on)
        set_icon(self.button, "chevron-down" if on else "chevron-right", "muted")
        self._name()

    def _name(self) -> None:
        state = "unfolded" if self.unfolded else "folded"
        self.button.setAccessibleName(f"{self.title}: {self._said}, {state}" if self._said else self.title)
