"""Viewport: the part of a picture that a widget shows, by zoom and offset."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF

# Zoom: the largest, and the factor of one notch of the wheel.
_LARGEST, _NOTCH = 6.0, 1.15
# A picture that is larger than the widget is made smaller down to this; then it is moved.
_SMALLEST = 0.7
# Around what is brought into sight, in pixels.
_MARGIN = 12


class Viewport:
    """Viewport that shows all of a picture until the user zooms.

    Attributes:
        size: of the widget. content: of the picture. offset: of the picture's upper left corner on the widget.
    """

    def __init__(self) -> None:
        self.size, self.content = QSizeF(), QSizeF()
        self.offset = QPointF()
        # Of the user: None while everything is shown.
        self._zoom: float | None = None

    @property
    def scale(self) -> float:
        """Pixels of the widget for each of the picture."""
        return self._fitting if self._zoom is None else self._zoom

    @property
    def _fitting(self) -> float:
        if self.content.isEmpty():
            return 1.0
        share = min(self.size.width() / self.content.width(), self.size.height() / self.content.height())
        return min(max(share, _SMALLEST), 1.0)

    def to_picture(self, point: QPointF) -> QPointF:
        """Point of the picture at a point of the widget."""
        return (point - self.offset) / self.scale

    def to_widget(self, point: QPointF) -> QPointF:
        """Point of the widget at a point of the picture."""
        return point * self.scale + self.offset

    def take(self, size: QSizeF, content: QSizeF) -> None:
        """Set the sizes of widget and picture; without a zoom, its upper left corner is in sight."""
        self.size, self.content = size, content
        if self._zoom is None:
            self.offset = QPointF()
        self._settle()

    def fit(self) -> None:
        """Show everything again."""
        self._zoom, self.offset = None, QPointF()
        self._settle()

    def pan(self, shift: QPointF) -> None:
        """Move the picture by so many pixels of the widget."""
        self.offset += shift
        self._settle()

    def zoom(self, notches: float, fixed: QPointF) -> None:
        """Zoom by so many notches of the wheel about a point of the widget."""
        held, least = self.to_picture(fixed), self._fitting
        zoom = min(max(self.scale * _NOTCH**notches, least), _LARGEST)
        self._zoom = None if zoom <= least else zoom
        self.offset = fixed - held * self.scale
        self._settle()

    def reveal(self, place: QRectF) -> None:
        """Move a part of the picture into sight."""
        on = QRectF(self.to_widget(place.topLeft()), self.to_widget(place.bottomRight()))
        on.adjust(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
        self.pan(
            QPointF(
                max(-on.left(), 0.0) + min(self.size.width() - on.right(), 0.0),
                max(-on.top(), 0.0) + min(self.size.height() - on.bottom(), 0.0),
            )
        )

    def _settle(self) -> None:
        """Keeps the edges of the picture out of the widget; one that is smaller stands in the middle."""

        def settled(size: float, own: float, offset: float) -> float:
            return (size - own) / 2 if own <= size else min(max(offset, size - own), 0.0)

        scale = self.scale
        self.offset = QPointF(
            settled(self.size.width(), self.content.width() * scale, self.offset.x()),
            settled(self.size.height(), self.content.height() * scale, self.offset.y()),
        )
