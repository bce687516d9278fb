"""Framing: the part of the scene that a view should show. Draws nothing."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, QSizeF

from nnstudio.canvas.geometry.sizes import block_rect
from nnstudio.document import edits
from nnstudio.document.model import Document


def blocks_area(document: Document, names: Iterable[str]) -> QRectF:
    """Area of the scene that blocks cover, once they have come to rest."""
    area = QRectF()
    for name in names:
        area |= block_rect().translated(QPointF(*edits.position(document, name)))
    return area


def fitting_zoom(area: QRectF, room: QSizeF, largest: float) -> float:
    """Zoom, `largest` at most, at which an area of the scene fits into a room in pixels."""
    return min(room.width() / area.width(), room.height() / area.height(), largest)


def moved_to_show(seen: QRectF, *areas: QRectF) -> QRectF:
    """Visible part of the scene after the shortest moves that bring each area in, the last one for certain.

    An area that is too large fills the view.
    """
    moved = QRectF(seen)
    for area in areas:
        moved.translate(_way(moved.left(), moved.right(), area.left(), area.right()), 0)
        moved.translate(0, _way(moved.top(), moved.bottom(), area.top(), area.bottom()))
    return moved


def _way(first: float, last: float, start: float, end: float) -> float:
    """The way by which a stretch has to move so that another one lies within it, or at least fills it."""
    if last - first >= end - start:
        return min(start - first, 0.0) + max(end - last, 0.0)
    return max(start - first, 0.0) + min(end - last, 0.0)
