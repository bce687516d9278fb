"""Scatter plot item that costs nothing while it is empty, and is drawn as shapes in an SVG file."""

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
