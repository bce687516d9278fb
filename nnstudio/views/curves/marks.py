"""Change marks on training plots: faint lines with text under the mouse."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from nnstudio.training.checkpoint import Mark
from nnstudio.ui.theme import theme
from nnstudio.views.crosshair import epoch_text
from nnstudio.views.plotting import ThemedPlot

# How near the mouse must come to a mark to read it, in pixels.
_NEAR = 6
# How tall the end of a mark is that can be seen among curves, in pixels.
_TICK = 6


class MarkLines(pg.GraphicsObject):
    """All marks of a plot in one item: dotted vertical lines, with a tick at the foot."""

    def __init__(self, plot: ThemedPlot) -> None:
        super().__init__()
        self._plot = plot
        self._marks: tuple[Mark, ...] = ()
        # Behind the curves.
        self.setZValue(-10)
        plot.addItem(self, ignoreBounds=True)
        plot.restyled.connect(self.update)

    def show(self, marks: tuple[Mark, ...]) -> None:
        """Draw these marks, which are sorted by place."""
        if marks != self._marks:
            self._marks = marks
            self._plot.setAccessibleDescription("; ".join(f"{epoch_text(mark.x)}: {mark.text}" for mark in marks))
            self.update()

    def text_at(self, x: float) -> str:
        """Text of the marks near `x`, in pixels of the plot's window; "" if there is none."""
        box = self._plot.getViewBox()
        near = [
            mark
            for mark in self._marks
            if abs(self._plot.mapFromScene(box.mapViewToScene(QPointF(mark.x, 0))).x() - x) <= _NEAR
        ]
        groups = groupby(near, key=lambda mark: mark.x)
        return "\n".join(
            f"{epoch_text(at).capitalize()}: {', '.join(mark.text for mark in same)}" for at, same in groups
        )

    def boundingRect(self) -> QRectF:
        return QRectF(self.viewRect())

    def viewRangeChanged(self) -> None:
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        if not self._marks:
            return
        rect = self.viewRect()
        colour = QColor(theme().colours.muted)
        tick = QPen(colour, 2)
        colour.setAlpha(110)
        line = QPen(colour, 1, Qt.PenStyle.DotLine)
        height = rect.height() * _TICK / max(self._plot.getViewBox().height(), 1.0)
        for pen, top in ((line, rect.bottom()), (tick, rect.top() + height)):
            pen.setCosmetic(True)
            painter.setPen(pen)
            for x in {mark.x for mark in self._marks}:
                painter.drawLine(QLineF(x, rect.top(), x, top))
