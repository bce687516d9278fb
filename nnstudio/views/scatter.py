"""Scatter plot item that is free while empty, and shapes in SVG."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtGui import QPaintEngine, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget


class ScatterPlot(pg.ScatterPlotItem):
    """Points with a size in pixels."""

    def paint(self, p: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget) -> None:
        if not len(self.data):
            return
        engine = p.paintEngine()
        if engine is not None and engine.type() == QPaintEngine.Type.SVG:
            # Else all symbols are cut from one image, which is quick; a file would get that image with every point.
            self.opts["useCache"] = False
        try:
            super().paint(p, option, widget)
        finally:
            self.opts["useCache"] = True
