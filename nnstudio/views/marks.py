"""Marks on a plot over training: a faint line where something was changed, and its text under the mouse."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QToolTip

from nnstudio.theme import theme
from nnstudio.training.messages import Mark
from nnstudio.views.plotting import ThemedPlot

# How near the mouse must come to a mark to read it, in pixels.
_NEAR = 6
# How tall the end of a mark is that can be seen among curves, in pixels.
_TICK = 6


class MarkLines(pg.GraphicsObject):
    """All marks of a plot in one item: a dotted line from top to bottom, with a small tick at its foot."""

    def __init__(self, plot: ThemedPlot) -> None:
        super().__init__()
        self._plot = plot
        self._marks: tuple[Mark, ...] = ()
        # Behind the curves.
        self.setZValue(-10)
        plot.addItem(self, ignoreBounds=True)
        # An object of Qt's own watches: a graphics item cannot.
        self._watch = _Watch(self, plot)
        plot.restyled.connect(self.update)

    def show(self, marks: tuple[Mark, ...]) -> None:
        """Draws these marks, in the order of their places."""
        if marks != self._marks:
            self._marks = marks
            self._plot.setAccessibleDescription("; ".join(f"epoch {_place(mark.x)}: {mark.text}" for mark in marks))
            self.update()

    def text_at(self, x: float) -> str:
        """What the marks near a place in the plot's window say, `x` in pixels; "" if there is none."""
        box = self._plot.getViewBox()
        near = [
            mark
            for mark in self._marks
            if abs(self._plot.mapFromScene(box.mapViewToScene(QPointF(mark.x, 0))).x() - x) <= _NEAR
        ]
        groups = groupby(near, key=lambda mark: mark.x)
        return "\n".join(f"Epoch {_place(at)}: {', '.join(mark.text for mark in same)}" for at, same in groups)

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


class _Watch(QObject):
    """Shows the text of a mark when the mouse rests on it."""

    def __init__(self, marks: MarkLines, plot: ThemedPlot) -> None:
        super().__init__(plot)
        self._marks = marks
        plot.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is not QEvent.Type.ToolTip or not isinstance(event, QHelpEvent):
            return False
        text = self._marks.text_at(event.pos().x())
        if text:
            QToolTip.showText(event.globalPos(), text)
        else:
            QToolTip.hideText()
        return bool(text)


def _place(x: float) -> str:
    """An epoch, with a fraction where a change was made within one."""
    return f"{x:,.2f}".rstrip("0").rstrip(".")
