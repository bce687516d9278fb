"""Landscape as a contour picture: colours, lines, the run's path and its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor

from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import diverging_rgba
from nnstudio.views.boundary.contour_lines import ContourLines
from nnstudio.views.boundary.probe_mark import ProbeMark
from nnstudio.views.landscape.progress import LandscapePicture
from nnstudio.views.landscape.scale import LossScale
from nnstudio.views.plotting import SmoothImage, ThemedPlot

Array = NDArray[Any]

# Dots of the pattern where the loss has no finite value, for each point of the grid.
_DOTS = 4
# A dot at each moment of the path, as long as they can be told apart.
_MOST_DOTS = 60


class LandscapePlot(ThemedPlot):
    """Plot of losses over a plane, with contours, path and present place.

    Attributes:
        image: the losses as colours. lines: their contours.
        path: the run's way to its place, the spot. ahead: what came after it.
    """

    def __init__(self) -> None:
        super().__init__("Loss landscape")
        self.setObjectName("landscapePlot")
        self.image = SmoothImage(axisOrder="row-major")
        # Where there is no finite loss; not smoothed, so that it is no colour of the scale.
        self.holes = pg.ImageItem(axisOrder="row-major")
        self.lines = ContourLines()
        self.edge, self.path, self.ahead = pg.PlotDataItem(), pg.PlotDataItem(), pg.PlotDataItem()
        for item, order in (
            (self.image, 0),
            (self.holes, 0.2),
            (self.lines, 0.5),
            (self.ahead, 1),
            (self.edge, 2),
            (self.path, 3),
            (self.lines.labels, 5),
        ):
            item.setZValue(order)
            self.addItem(item, ignoreBounds=True)
        self.spot = ProbeMark(self)
        self._shown: tuple[LandscapePicture, LossScale] | None = None
        self.restyled.connect(self.dress)
        self.dress()

    def show_picture(self, picture: LandscapePicture, scale: LossScale) -> None:
        """Draw losses; nothing is done where these are drawn already."""
        if self._shown is not None and self._shown[0] is picture and self._shown[1] == scale:
            return
        self._shown = picture, scale
        losses, bounds = picture.losses, picture.bounds
        colours = diverging_rgba(scale.values(losses), scale.middle, scale.reach)
        self.image.setImage(colours, autoLevels=False, levels=(0, 255))
        finite = np.isfinite(losses)
        if finite.all():
            self.holes.clear()
        else:
            self.holes.setImage(hole_pattern(~finite), autoLevels=False, levels=(0, 255))
        (x0, y0, x1, y1), last = bounds, len(losses) - 1
        # The losses belong to points of the grid, which are the centres of the pixels.
        dx, dy = (x1 - x0) / last, (y1 - y0) / last
        for item in (self.image, self.holes):
            item.setRect(QRectF(x0 - dx / 2, y0 - dy / 2, dx * (last + 1), dy * (last + 1)))
        self.lines.show_lines(scale.contours(losses, bounds), bounds, None)

    def show_path(self, travelled: Array, ahead: Array, spot: tuple[float, float] | None) -> None:
        """Draw the run's way over places (N, 2) up to the moment on show, and what comes after it."""
        symbol = "o" if len(travelled) <= _MOST_DOTS else None
        self.edge.setData(travelled[:, 0], travelled[:, 1])
        self.path.setData(travelled[:, 0], travelled[:, 1], symbol=symbol)
        self.ahead.setData(ahead[:, 0], ahead[:, 1])
        self.spot.show_at(spot)

    def clear_picture(self) -> None:
        """Draw nothing."""
        self._shown = None
        self.image.clear()
        self.holes.clear()
        self.lines.clear()
        self.show_path(np.zeros((0, 2)), np.zeros((0, 2)), None)

    def dress(self) -> None:
        """Take the colours of the theme."""
        colours = theme().colours
        self.ahead.setPen(pg.mkPen(colours.muted, width=1.5, style=Qt.PenStyle.DotLine))
        self.edge.setPen(pg.mkPen(colours.canvas, width=4))
        self.path.setPen(pg.mkPen(colours.text, width=1.8))
        self.path.setSymbolBrush(colours.text)
        self.path.setSymbolPen(pg.mkPen(colours.canvas, width=1))
        self.path.setSymbolSize(6)
        self.spot.restyle()
        shown, self._shown = self._shown, None
        if shown is not None:
            self.show_picture(*shown)


def hole_pattern(holes: Array) -> NDArray[np.uint8]:
    """Pattern of stripes (4 H, 4 W, 4) where flags (H, W) are set, transparent elsewhere."""
    fine = np.repeat(np.repeat(holes, _DOTS, axis=0), _DOTS, axis=1)
    rows, columns = np.indices(fine.shape)
    stripe = (rows + columns) % _DOTS < _DOTS // 2
    pattern = np.zeros((*fine.shape, 4), np.uint8)
    for flags, colour in ((fine & stripe, theme().colours.error), (fine & ~stripe, theme().colours.panel)):
        ink = QColor(colour)
        pattern[flags] = (ink.red(), ink.green(), ink.blue(), 255)
    return pattern
