"""Contour lines on a plot, with their levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from nnstudio.training.contours import Bounds, Contour
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import short

Array = NDArray[Any]

# So many places of a line are looked at for its label; labels keep this share of the plane from each other.
_CANDIDATES, _APART = 48, 0.22
# Labels keep away from the edge, as a share of the plane.
_EDGE = 0.08
_STRENGTH = 150


class ContourLines(pg.GraphicsObject):
    """Lines of all levels in one item; the one through `main` is wider. Its labels are an item of their own.

    Attributes:
        labels: the labels, to be placed above what covers the lines.
    """

    def __init__(self) -> None:
        super().__init__()
        self.labels = ContourLabels()
        self._thin, self._wide = QPainterPath(), QPainterPath()
        self._bounds = QRectF()

    def show_lines(self, lines: tuple[Contour, ...], bounds: Bounds, main: float | None) -> None:
        """Show these lines. A label stays near its last place, so that it can be read while they move."""
        x0, y0, x1, y1 = bounds
        self.prepareGeometryChange()
        self._bounds = QRectF(x0, y0, x1 - x0, y1 - y0)
        self._thin = _path([line.segments for line in lines if line.level != main])
        self._wide = _path([line.segments for line in lines if line.level == main])
        self.labels.show_labels(lines, bounds)
        self.update()

    def clear(self) -> None:
        """Show no lines."""
        if not self._bounds.isNull():
            self.show_lines((), (0.0, 0.0, 0.0, 0.0), None)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, *_: Any) -> None:
        ink = QColor(theme().colours.text)
        ink.setAlpha(_STRENGTH)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for path, width in ((self._thin, 1.0), (self._wide, 2.0)):
            pen = QPen(ink, width)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPath(path)


class ContourLabels(pg.GraphicsObject):
    """Levels of contour lines, each written on its line.

    Attributes:
        texts: their places and texts.
    """

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[tuple[QPointF, str]] = []
        self._places: dict[float, Array] = {}
        self._bounds = QRectF()

    def show_labels(self, lines: tuple[Contour, ...], bounds: Bounds) -> None:
        """Place labels on these lines."""
        x0, y0, x1, y1 = bounds
        self.prepareGeometryChange()
        self._bounds = QRectF(x0, y0, x1 - x0, y1 - y0)
        self._places = _label_places(lines, bounds, self._places)
        self.texts = [(QPointF(*map(float, place)), short(level)) for level, place in self._places.items()]
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, *_: Any) -> None:
        # Texts are as large as elsewhere, whatever the zoom.
        device = painter.transform()
        painter.resetTransform()
        colours, metrics = theme().colours, painter.fontMetrics()
        ground = QColor(colours.canvas)
        ground.setAlpha(205)
        painter.setPen(QColor(colours.text))
        for place, text in self.texts:
            box = QRectF(0, 0, metrics.horizontalAdvance(text) + 6, metrics.height())
            box.moveCenter(device.map(place))
            painter.fillRect(box, ground)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _path(segments: list[Array]) -> QPainterPath:
    if not segments:
        return QPainterPath()
    ends = np.concatenate(segments).reshape(-1, 2)
    path: QPainterPath = pg.arrayToQPath(ends[:, 0].copy(), ends[:, 1].copy(), connect="pairs")
    return path


def _label_places(lines: tuple[Contour, ...], bounds: Bounds, before: dict[float, Array]) -> dict[float, Array]:
    """A place on each line for its label: apart from each other, near the last one; none where it is too crowded."""
    x0, y0, x1, y1 = bounds
    low, size = np.array([x0, y0]), np.array([x1 - x0, y1 - y0])
    taken: list[Array] = []
    places: dict[float, Array] = {}
    for line in lines:
        middles = line.segments.mean(axis=1)
        middles = middles[:: -(-len(middles) // _CANDIDATES)]
        at = (middles - low) / size
        inside = ((at > _EDGE) & (at < 1 - _EDGE)).all(axis=1)
        if not inside.any():
            continue
        middles, at = middles[inside], at[inside]
        room = np.full(len(at), 1.0)
        for other in taken:
            room = np.minimum(room, np.linalg.norm(at - other, axis=1))
        last = before.get(line.level)
        moved = np.zeros(len(at)) if last is None else np.linalg.norm(at - (last - low) / size, axis=1)
        best = int(np.argmax(np.minimum(room, _APART) - 0.5 * moved))
        if room[best] < _APART / 2:
            continue
        taken.append(at[best])
        places[line.level] = middles[best]
    return places
