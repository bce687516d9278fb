"""Helpers shared by tests of the live views."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from nnstudio.ui.theme import Mode, theme

AnyWidget = TypeVar("AnyWidget", bound=QWidget)


@contextmanager
def shown(widget: AnyWidget, width: int = 420, height: int = 320) -> Iterator[AnyWidget]:
    """A widget on show at a size, and really gone afterwards: a theme change would restyle all that ever were."""
    widget.resize(width, height)
    widget.show()
    widget.grab()
    try:
        yield widget
    finally:
        widget.close()
        widget.deleteLater()
        QCoreApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete.value)


def hover(widget: QWidget, place: QPoint) -> None:
    """Moves the mouse to a place on a widget with no button held, whatever an earlier test has left pressed."""
    at, none = QPointF(place), Qt.MouseButton.NoButton
    outside = QPointF(widget.mapToGlobal(place))
    move = QMouseEvent(QEvent.Type.MouseMove, at, outside, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, move)


@contextmanager
def themed(mode: Mode) -> Iterator[None]:
    """Within it, this theme is on."""
    before = theme().mode
    theme().set_mode(mode)
    try:
        yield
    finally:
        theme().set_mode(before)
