"""Pan the canvas while something is dragged to its edge."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, QRect, QTimer

# Pixels from the edge at which it starts, and pixels a frame right at the edge.
_RIM, _FASTEST = 32, 18
_FRAME_MS = 16


class AutoPan(QObject):
    """Scrolling while the pointer stays near an edge, faster towards the edge.

    A drag that comes in over an edge, as from the palette, or that starts near one, scrolls nothing until it has left
    that edge, or heads for it.
    """

    def __init__(self, scroll: Callable[[QPoint], object], parent: QObject) -> None:
        super().__init__(parent)
        self._scroll = scroll
        self._again: Callable[[], object] = lambda: None
        self._step = QPoint()
        # How near an edge the pointer was at first; None once it may scroll.
        self._near: int | None = None
        self._begins = True
        self._timer = QTimer(self, interval=_FRAME_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def active(self) -> bool:
        """True while it scrolls."""
        return self._timer.isActive()

    def at(self, point: QPoint, area: QRect, again: Callable[[], object]) -> None:
        """Report the pointer's place during a drag. `again` is called after each step, to drag on."""
        self._again = again
        self._step = QPoint(
            _speed(point.x() - area.left(), area.right() - point.x()),
            _speed(point.y() - area.top(), area.bottom() - point.y()),
        )
        near = self._step.manhattanLength()
        if self._begins:
            self._begins, self._near = False, near
        if self._near is not None and (near == 0 or near > self._near):
            self._near = None
        if self._step.isNull() or self._near is not None:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """End scrolling, because nothing is dragged any more."""
        self._begins = True
        self._timer.stop()

    def _tick(self) -> None:
        self._scroll(-self._step)
        self._again()


def _speed(before: int, behind: int) -> int:
    """Pixels a frame along one axis, for the distances to both edges."""
    if before < _RIM <= behind:
        return -_near(before)
    if behind < _RIM <= before:
        return _near(behind)
    return 0


def _near(away: int) -> int:
    return max(round(_FASTEST * (1 - max(away, 0) / _RIM)), 1)
