"""Ridges: distributions over time as rows of hills, the newest in front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.training.requests.batch_statistics import Spread
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import blend, short

Array = NDArray[Any]

# As many ridges can be told apart.
MOST_RIDGES = 20
# Height of the tallest hill as a share of the picture, and the room around it in pixels.
_TALL, _MARGIN, _FOOT, _SIDE = 0.34, 8, 20, 58
# Width of the strip of shares, and of its gap.
_STRIP, _GAP = 66, 12
# How strong the colour of the oldest ridge is.
_FAINT = 0.25


@dataclass(frozen=True, eq=False)
class Ridge:
    """Distribution at one step.

    Attributes:
        share: that of dead or saturated units; None where there is none.
        afterwards: it was measured later, with the parameters of a kept moment.
    """

    step: int
    spread: Spread
    share: float | None = None
    afterwards: bool = False

    @cached_property
    def counts(self) -> Array:
        """Counts of the bars drawn: of few numbers, there are fewer bars, about 2 n^(1/3) (Rice's rule)."""
        counts = self.spread.counts
        wanted = 2 * max(int(counts.sum()), 1) ** (1 / 3)
        joined = next(
            n for n in range(1, len(counts) + 1) if len(counts) % n == 0 and len(counts) / n <= max(wanted, 6)
        )
        grouped: Array = counts.reshape(-1, joined).sum(axis=1)
        return grouped

    @property
    def edges(self) -> Array:
        """Edges of the bars drawn."""
        return np.linspace(self.spread.minimum, self.spread.maximum, len(self.counts) + 1)

    @cached_property
    def density(self) -> Array:
        """Share of the numbers per unit of value, bar by bar; 0 where all numbers are the same."""
        width = (self.spread.maximum - self.spread.minimum) / len(self.counts)
        whole = max(int(self.counts.sum()), 1) * width
        shares: Array = self.counts / whole if whole > 0 else np.zeros(len(self.counts))
        return shares

    def bar_at(self, value: float) -> int | None:
        """Index of the bar of a value; None beyond all bars."""
        low, high = self.spread.minimum, self.spread.maximum
        if not low <= value <= high:
            return None
        bars = len(self.counts)
        return min(int((value - low) / (high - low) * bars), bars - 1) if high > low else bars // 2


class RidgePlot(QWidget):
    """Ridges on a common, symmetric range of values. Heights are the square roots of densities, so that tails show.

    Attributes:
        ridges: the ridges drawn, the oldest first.
        reach: the common range goes from minus to plus this.
        axis: name of the values.
        share_name: meaning of the shares drawn beside the ridges ("dead"); "" for none.
        past: a moment of the past is on display; of the ridges after it, the baselines alone are drawn.
        front: index of the ridge in front: that of the moment on display, else the last.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setMinimumSize(1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.ridges: Sequence[Ridge] = ()
        self.reach = 1.0
        self.axis = ""
        self.share_name = ""
        self.past = False
        self.front = -1
        self._peak = 1.0
        # Outlines in units of value and root density, by the distribution's identity; they last as long as it is drawn.
        self._paths: dict[int, tuple[Spread, QPainterPath]] = {}
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(420, 280)

    def show_ridges(self, ridges: Sequence[Ridge], share_name: str = "", *, front: int | None = None) -> None:
        """Show ridges, the oldest first; `front` is the index of the one on display, if that is in the past."""
        self.ridges, self.share_name = ridges, share_name
        self.past, self.front = front is not None, len(ridges) - 1 if front is None else front
        ends = [abs(end) for ridge in ridges for end in (ridge.spread.minimum, ridge.spread.maximum)]
        self.reach = max(ends, default=0.0) or 1.0
        heights = sorted(float(np.sqrt(ridge.density.max())) for ridge in ridges)
        # A single spike, as where all units are dead, must not press all others flat.
        self._peak = heights[int(0.9 * (len(heights) - 1))] if heights else 0.0
        self._peak = self._peak or 1.0
        self._paths = {id(r.spread): self._paths.get(id(r.spread)) or (r.spread, _outline(r)) for r in ridges}
        self.update()

    # Geometry

    @property
    def area(self) -> QRectF:
        """Rectangle of the ridges, from the foot of the newest to the top of the oldest."""
        right = _MARGIN + (_STRIP + _GAP if self.share_name else 0)
        return QRectF(_SIDE, _MARGIN, max(self.width() - _SIDE - right, 1), max(self.height() - _MARGIN - _FOOT, 1))

    def foot(self, index: int) -> float:
        """Height of a ridge's baseline, in pixels from above; time runs down."""
        area, first, last = self.area, self.ridges[0].step, self.ridges[-1].step
        share = (self.ridges[index].step - first) / (last - first) if last > first else 1.0
        tall = _TALL * area.height()
        return area.top() + tall + share * (area.height() - tall)

    def x_of(self, value: float) -> float:
        """Place of a value, in pixels from the left."""
        area = self.area
        return area.left() + (value / self.reach + 1) / 2 * area.width()

    def value_at(self, x: float) -> float:
        """Value at a place, in pixels from the left."""
        area = self.area
        return ((x - area.left()) / area.width() * 2 - 1) * self.reach

    def ridge_at(self, point: QPointF) -> int | None:
        """Index of the ridge under a point: the front-most that covers it, else the nearest baseline below."""
        if not self.ridges or not self.area.adjusted(0, 0, 1, 1).contains(point):
            return None
        for index in reversed(range(self.front + 1)):
            foot = self.foot(index)
            if foot - self.height_at(index, self.value_at(point.x())) <= point.y() <= foot:
                return index
        return min(range(len(self.ridges)), key=lambda index: abs(self.foot(index) - point.y()))

    def height_at(self, index: int, value: float) -> float:
        """Height of a ridge over its baseline at a value, in pixels."""
        ridge = self.ridges[index]
        bar = ridge.bar_at(value)
        root = float(np.sqrt(ridge.density[bar])) if bar is not None else 0.0
        return min(root / self._peak, 1.0) * _TALL * self.area.height()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours, area = theme().colours, self.area
        painter.fillRect(self.rect(), QColor(colours.canvas))
        if not self.ridges:
            return
        self._draw_scale(painter, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPen(QColor(colours.canvas), 1)
        outline.setCosmetic(True)
        tall = _TALL * area.height()
        for index, ridge in enumerate(self.ridges):
            newness = (index + 1) / len(self.ridges)
            chosen = self.past and index == self.front
            colour = colours.warning if chosen else colours.measure
            fill = blend(colour, colours.canvas, 1.0 if chosen else _FAINT + (1 - _FAINT) * newness)
            foot = self.foot(index)
            strength = 0.5 if index <= self.front else _FAINT
            painter.setPen(QPen(blend(colour, colours.canvas, strength), 1))
            painter.drawLine(QPointF(area.left(), foot), QPointF(area.right(), foot))
            if index > self.front:
                continue
            painter.save()
            painter.setClipRect(QRectF(area.left(), foot - tall, area.width(), tall + 1))
            across, up = area.width() / 2 / self.reach, tall / self._peak
            painter.setTransform(QTransform(across, 0, 0, -up, self.x_of(0.0), foot), combine=True)
            painter.setPen(outline)
            painter.setBrush(fill)
            painter.drawPath(self._paths[id(ridge.spread)][1])
            painter.restore()
            self._draw_share(painter, area, foot, ridge.share)
        self._draw_steps(painter, area)

    def _draw_scale(self, painter: QPainter, area: QRectF) -> None:
        """The range of values along the foot, and a line at zero."""
        colours = theme().colours
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(QPointF(self.x_of(0), area.top()), QPointF(self.x_of(0), area.bottom()))
        painter.setPen(QColor(colours.muted))
        for share in (-1.0, -0.5, 0.0, 0.5, 1.0):
            place = QRectF(self.x_of(share * self.reach) - 40, area.bottom() + 3, 80, _FOOT - 4)
            align = Qt.AlignmentFlag.AlignRight if share == 1 else Qt.AlignmentFlag.AlignHCenter
            if share == 1:
                place.moveRight(area.right() + _MARGIN - 1)
            painter.drawText(place, align | Qt.AlignmentFlag.AlignVCenter, short(share * self.reach, 3))
        left, right = self.x_of(0.0), self.x_of(0.5 * self.reach)
        place = QRectF(left, area.bottom() + 3, right - left, _FOOT - 4)
        if painter.fontMetrics().horizontalAdvance(self.axis) + 60 < right - left:
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.axis)
        painter.drawText(QRectF(0, area.top() - 2, _SIDE - 6, _FOOT), Qt.AlignmentFlag.AlignRight, "step")
        if self.share_name:
            place = QRectF(area.right() + _GAP, area.bottom() + 3, _STRIP, _FOOT - 4)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.share_name)

    def _draw_share(self, painter: QPainter, area: QRectF, foot: float, share: float | None) -> None:
        if share is None or not self.share_name:
            return
        left = area.right() + _GAP
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme().colours.border))
        painter.drawRect(QRectF(left, foot - 3, _STRIP, 3))
        painter.setBrush(QColor(theme().colours.warning))
        painter.drawRect(QRectF(left, foot - 3, _STRIP * share, 3))

    def _draw_steps(self, painter: QPainter, area: QRectF) -> None:
        """Steps of the ridge in front and of the newest, and of some others that have room."""
        colours = theme().colours
        high, taken = self.fontMetrics().height(), list[float]()
        for index in dict.fromkeys((self.front, *reversed(range(len(self.ridges))))):
            foot = self.foot(index)
            if all(abs(foot - other) >= 2 * high for other in taken):
                place = QRectF(0, foot - high, _SIDE - 6, high + 2)
                step = f"{self.ridges[index].step:,}"
                painter.setPen(QColor(colours.text if self.past and index == self.front else colours.muted))
                painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, step)
                taken.append(foot)


def _outline(ridge: Ridge) -> QPainterPath:
    """Outline of a hill in units of value and root density, closed along its baseline."""
    spread, path = ridge.spread, QPainterPath()
    heights = np.sqrt(ridge.density)
    if not heights.any():
        # All numbers are the same: a thin spike, cut off at the top.
        width = 1e-3 * max(abs(spread.minimum), 1e-12)
        path.addRect(spread.minimum - width, 0, 2 * width, 1e9)
        return path
    middles = (ridge.edges[:-1] + ridge.edges[1:]) / 2
    points = [QPointF(spread.minimum, 0.0), *map(QPointF, middles.tolist(), heights.tolist())]
    path.addPolygon(QPolygonF([*points, QPointF(spread.maximum, 0.0)]))
    path.closeSubpath()
    return path
