"""Value label beside the mouse, and the frame around the keyboard focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from nnstudio.ui.theme import theme

# Between the mouse and the label, in pixels, and between the label and the edges.
_BESIDE, _EDGE = 14, 3
_BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class ReadOut(QLabel):
    """Label that follows the mouse and shows the value below it.

    `read` returns the text for a place; "" hides the label.

    Signals:
        gone: no value is shown any more.
    """

    gone = Signal()

    def __init__(self, canvas: QWidget, read: Callable[[QPointF], str]) -> None:
        super().__init__(canvas)
        self.setObjectName("readOut")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._canvas, self._read = canvas, read
        self._place: QPointF | None = None
        self.hide()
        canvas.setMouseTracking(True)
        canvas.installEventFilter(self)
        theme().changed.connect(self._restyle)
        self._restyle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.MouseMove if isinstance(event, QMouseEvent) and not event.buttons():
                self._place = event.position()
                self.refresh()
            case QEvent.Type.Leave | QEvent.Type.MouseMove | QEvent.Type.MouseButtonPress | QEvent.Type.Wheel:
                # What is dragged or turned is another place by now.
                self.stop()
            case QEvent.Type.Resize | QEvent.Type.Hide:
                self.stop()
        return False

    def refresh(self) -> None:
        """Read again, after the values have changed or the mouse has moved."""
        if self._place is None:
            return
        text = self._read(self._place)
        if not text:
            self.hide()
            self.gone.emit()
            return
        if text != self.text():
            self.setText(text)
        self._settle(self._place)
        self.show()
        self.raise_()

    def stop(self) -> None:
        """Hide the label until the mouse moves again."""
        if self._place is not None:
            self._place = None
            self.hide()
            self.gone.emit()

    def _settle(self, mouse: QPointF) -> None:
        """Puts the label beside the mouse, within the canvas, and never under the mouse itself."""
        room = self._canvas.size()
        self.setWordWrap(False)
        size = self.sizeHint()
        if size.width() > room.width() - 2 * _EDGE:
            self.setWordWrap(True)
            width = max(room.width() - 2 * _EDGE, 1)
            size.setWidth(width)
            size.setHeight(self.heightForWidth(width))
        x, y = round(mouse.x()) + _BESIDE, round(mouse.y()) + _BESIDE
        if x + size.width() > room.width() - _EDGE:
            x = round(mouse.x()) - _BESIDE - size.width()
        if y + size.height() > room.height() - _EDGE:
            y = round(mouse.y()) - _BESIDE - size.height()
        x = max(_EDGE, min(x, room.width() - size.width() - _EDGE))
        y = max(_EDGE, min(y, room.height() - size.height() - _EDGE))
        self.setGeometry(QRect(x, y, size.width(), size.height()))

    def _restyle(self) -> None:
        colours = theme().colours
        self.setStyleSheet(
            f"#readOut {{ background: {colours.panel}; color: {colours.text}; border: 1px solid {colours.muted};"
            " border-radius: 4px; padding: 2px 6px; }"
        )


class FocusRing(QWidget):
    """Frame around a canvas that got the keyboard focus by key, not by click."""

    def __init__(self, canvas: QWidget, owner: QWidget) -> None:
        super().__init__(canvas)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._canvas = canvas
        self.hide()
        canvas.installEventFilter(self)
        owner.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.FocusIn if isinstance(event, QFocusEvent) and event.reason() in _BY_KEYBOARD:
                self.setGeometry(self._canvas.rect())
                self.show()
                self.raise_()
            case QEvent.Type.FocusOut if isinstance(event, QFocusEvent):
                # The menu takes the keyboard and gives it back.
                if event.reason() is not Qt.FocusReason.PopupFocusReason:
                    self.hide()
            case QEvent.Type.Resize if watched is self._canvas:
                self.setGeometry(self._canvas.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(QColor(theme().colours.accent), 2))
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
