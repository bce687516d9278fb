"""Immediate painting: paint a canvas now, as one stretch of Python.

Qt paints when its event loop comes to it, and gives the interpreter's lock back for that. Then every item that is drawn
in Python waits for the trainer to give the lock up again: some tens of times a frame, a millisecond each. A painting
that is called for from Python keeps the lock.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget


class ImmediatePaint(QObject):
    """Painting of one canvas, a widget or the viewport of a graphics view."""

    _painted = Signal()

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._painted.connect(self._go_on, Qt.ConnectionType.QueuedConnection)

    def paint(self) -> None:
        """Paint the canvas, if it can be seen, before this returns."""
        if not self._canvas.isVisible():
            return
        self._canvas.repaint()
        # The scene of a graphics view has already called for itself to look at what has changed, and would have all of
        # it painted once more. What it does in answer comes before what is called for now. Not by setUpdatesEnabled,
        # which has everything painted when it lets updates through again.
        self._canvas.setAttribute(Qt.WidgetAttribute.WA_UpdatesDisabled, True)
        self._painted.emit()

    def _go_on(self) -> None:
        self._canvas.setAttribute(Qt.WidgetAttribute.WA_UpdatesDisabled, False)
