"""Plot of moving points, with marks and a warped grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QWidget

from nnstudio.ui.theme import theme
from nnstudio.views.plotting import ThemedPlot
from nnstudio.views.scatter import ScatterPlot

Array = NDArray[Any]

# Room around the points, as a share of their extent; the plot zooms in where they fill less than this share of it.
_MARGIN, _SLACK = 0.08, 0.6
# One direction is drawn longer than the other up to so much, to fill the plot.
_STRETCH = 1.5
# Diameters of marks, and how near to one a click must be, in pixels; and from how many points on they are smaller.
_POINT, _SMALL_POINT, _CROSS, _SMALL_CROSS, _RING, _NEAR = 9, 7, 11, 7, 18, 9
_MANY = 300


class MovingPoints(ScatterPlot):
    """Scatter plot of coloured discs that are styled once and then only moved, which takes a hundredth of the time."""

    def __init__(self) -> None:
        super().__init__(pxMode=True)
        self._styled_as: object = None

    def show_points(self, points: Array, colours: Array, outline: str, style: object) -> None:
        """Show points (N, 2) in colours (N, 3), uint8.

        Colours and outline are looked at only where `style`, a key that stands for them, is another.
        """
        if style == self._styled_as and len(points) == len(self.data):
            self._move(points)
            return
        self._styled_as = style
        rows, which = np.unique(colours, axis=0, return_inverse=True)
        brushes = [pg.mkBrush(*map(int, row)) for row in rows]
        chosen = [brushes[index] for index in which.ravel()]
        size = _POINT if len(points) <= _MANY else _SMALL_POINT
        self.setData(x=points[:, 0], y=points[:, 1], brush=chosen, pen=pg.mkPen(outline, width=1), size=size)

    def _move(self, points: Array) -> None:
        self.prepareGeometryChange()
        self.data["x"], self.data["y"] = points[:, 0], points[:, 1]
        # As `setData` does after new places.
        self.bounds = [None, None]
        self.invalidate()
        self.update()


class SpacePlot(ThemedPlot):
    """Plot of a layer's outputs.

    Signals:
        clicked: the index of a point that was clicked.

    Attributes:
        points, wrong, probe, grid: the items; `grid` has those along the first and along the second axis of the plane.
        places: (N, 2), those of the points. alike: both axes have the same unit, so that neither is drawn much longer.
    """

    clicked = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.points, self.wrong = MovingPoints(), ScatterPlot(pxMode=True, symbol=_cross())
        self.probe = ScatterPlot(pxMode=True, symbol="o", brush=None)
        self.grid = pg.PlotCurveItem(connect="finite"), pg.PlotCurveItem(connect="finite")
        for order, item in enumerate((*self.grid, self.points, self.wrong, self.probe)):
            item.setZValue(order)
            self.addItem(item)
        self.places: Array = np.zeros((0, 2))
        self.alike = True
        self._range: tuple[float, float, float, float] | None = None
        self.scene().sigMouseClicked.connect(self._click)
        self.getViewBox().sigResized.connect(self._stretch)
        self.restyled.connect(self._restyle_marks)
        self._restyle_marks()

    def show_points(self, places: Array, colours: Array, style: object, *, outlined: bool) -> None:
        """Show points (N, 2); see `MovingPoints`. `outlined` where some of the colours are those of the canvas."""
        self.places = places
        outline = theme().colours.muted if outlined else theme().colours.canvas
        self.points.show_points(places, colours, outline, (style, outlined, theme().colours.name))

    def show_marks(self, wrong: Array, probe: Array) -> None:
        """Mark the points at these places, (K, 2), as wrong ones, and as the probe."""
        # Many large crosses would hide the colours below them.
        cross = _CROSS if len(self.places) <= _MANY else _SMALL_CROSS
        for item, places, size in ((self.wrong, wrong, cross), (self.probe, probe, _RING)):
            item.setData(x=places[:, 0], y=places[:, 1], size=size)

    def show_grid(self, grid: Array | None) -> None:
        """Show a grid of lines (L, points, 2), the first half of them in one style, the second in another."""
        for item, lines in zip(self.grid, (None, None) if grid is None else np.split(grid, 2), strict=True):
            item.setVisible(lines is not None)
            if lines is not None:
                # A gap after each line.
                parted = np.pad(lines.astype(float), ((0, 0), (0, 1), (0, 0)), constant_values=np.nan).reshape(-1, 2)
                item.setData(x=parted[:, 0], y=parted[:, 1])

    def frame_all(self, whole: Array, *, alike: bool) -> None:
        """Keep these places (N, 2) in sight, without following each small move of them."""
        low, high = whole.min(axis=0).astype(float), whole.max(axis=0).astype(float)
        extent = high - low
        if self._range is not None and alike == self.alike:
            x0, x1, y0, y1 = self._range
            inside = x0 <= low[0] and high[0] <= x1 and y0 <= low[1] and high[1] <= y1
            if inside and max(extent[0] / (x1 - x0), extent[1] / (y1 - y0)) > _SLACK:
                return
        self.alike = alike
        # A line of points, or a single one, has room around it all the same.
        least = extent.max() / 10 or 0.1 * float(np.abs(whole).max()) or 1.0
        margin = _MARGIN * (np.full(2, max(extent.max(), least)) if alike else np.maximum(extent, least))
        low, high = low - margin, high + margin
        self._range = (float(low[0]), float(high[0]), float(low[1]), float(high[1]))
        self._stretch()
        self.fit(*self._range)

    def forget_range(self) -> None:
        """Frame the next points anew."""
        self._range = None

    def index_at(self, place: QPointF) -> int | None:
        """Index of the point nearest to a place, in the units of the axes; None where none is near."""
        width, height = self.getViewBox().viewPixelSize()
        if not len(self.places) or min(width, height) <= 0:
            return None
        away = np.hypot((self.places[:, 0] - place.x()) / width, (self.places[:, 1] - place.y()) / height)
        index = int(away.argmin())
        return index if away[index] <= _NEAR else None

    def _click(self, event: Any) -> None:
        box = self.getViewBox()
        if event.button() == Qt.MouseButton.LeftButton and box.sceneBoundingRect().contains(event.scenePos()):
            index = self.index_at(box.mapSceneToView(event.scenePos()))
            if index is not None:
                self.clicked.emit(index)

    def _stretch(self) -> None:
        """Fill the plot as far as that distorts nothing beyond recognition."""
        if self._range is None:
            return
        box, (x0, x1, y0, y1) = self.getViewBox(), self._range
        shape = box.width() / max(box.height(), 1.0) * (y1 - y0) / (x1 - x0)
        box.setAspectLocked(self.alike, ratio=min(max(shape, 1 / _STRETCH), _STRETCH))
        if self.following:
            self.follow()

    def _restyle_marks(self) -> None:
        colours = theme().colours
        self.wrong.setPen(pg.mkPen(colours.text, width=1.2))
        self.probe.setPen(pg.mkPen(colours.text, width=2))
        for item, style in zip(self.grid, (Qt.PenStyle.SolidLine, Qt.PenStyle.DotLine), strict=True):
            item.setPen(pg.mkPen(colours.muted, width=1, style=style))


def _cross() -> QPainterPath:
    """A cross of thin lines, so that the colour below it is seen."""
    path = QPainterPath()
    for end in (0.5, -0.5):
        path.moveTo(-0.5, -end)
        path.lineTo(0.5, end)
    return path
