"""Panning by hand: with the middle button, or with Space and the left one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget


class HandPan:
    """Pan of a viewport by the mouse; `scroll` moves it by a way in pixels."""

    def __init__(self, viewport: QWidget, scroll: Callable[[QPoint], object]) -> None:
        self._viewport, self._scroll = viewport, scroll
        self._last: QPoint | None = None
        self._space = False

    def hold_space(self, held: bool) -> None:
        """Report that Space is held, or no longer."""
        self._space = held
        self._show_cursor()

    def press(self, event: QMouseEvent) -> bool:
        """Begin a pan. Returns False if this button begins none."""
        with_space = self._space and event.button() == Qt.MouseButton.LeftButton
        if event.button() != Qt.MouseButton.MiddleButton and not with_space:
            return False
        self._last = event.position().toPoint()
        self._viewport.setCursor(Qt.CursorShape.ClosedHandCursor)
        return True

    def move(self, event: QMouseEvent) -> bool:
        """Follow the mouse. Returns False if there is no pan."""
        if self._last is None:
            return False
        here = event.position().toPoint()
        self._scroll(here - self._last)
        self._last = here
        return True

    def release(self) -> bool:
        """End the pan. Returns False if there is none."""
        if self._last is None:
            return False
        self._last = None
        self._show_cursor()
        return True

    def _show_cursor(self) -> None:
        self._viewport.setCursor(Qt.CursorShape.OpenHandCursor if self._space else Qt.CursorShape.ArrowCursor)
