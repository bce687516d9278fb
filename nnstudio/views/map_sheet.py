"""Sheet of feature maps: one image for each channel, zoomed by wheel, moved by dragging."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolButton, QWidget

from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import value_image
from nnstudio.views.cell_grid import cell_at, draw_numbers, widest_number

Array = NDArray[Any]

_MARGIN, _GAP = 8, 6
# Largest side of a map at first, in pixels; from which on maps are numbered; and the most it is zoomed.
_LARGEST, _NUMBERED, _MOST_ZOOM = 240.0, 26.0, 40.0
_PER_NOTCH = 1.25
# Keys that walk from map to map: columns and rows.
_WALK = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def arrange(count: int, shape: tuple[int, int], room: QSize, text: int) -> tuple[int, float, int]:
    """Columns, width of a map and height of its number, with which `count` maps of `shape` are largest in the room.

    `text` is the height of a line. Maps too small for a number get none: its height is then 0.
    """
    height, width = shape
    across, down = room.width() - 2 * _MARGIN + _GAP, room.height() - 2 * _MARGIN + _GAP
    best, label = (1, 1.0), 0
    for line in (text, 0):
        for columns in range(1, count + 1):
            rows = -(-count // columns)
            side = min(across / columns - _GAP, (down / rows - _GAP - line) * width / height)
            if side > best[1]:
                best, label = (columns, side), line
        if best[1] * min(1.0, height / width) >= _NUMBERED:
            break
        best = (1, 1.0) if line else best
    largest = _LARGEST * min(1.0, width / height)
    return best[0], min(best[1], largest), label


class MapSheet(QWidget):
    """Canvas of feature maps (channels, height, width).

    Signals:
        chosen: a person has chosen a map, by its index.
    """

    chosen = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setMinimumSize(1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.maps: Array = np.zeros((0, 1, 1), np.float32)
        self.reaches: Array = np.zeros(0, np.float32)
        self.marked = -1
        self.zoom, self._origin = 1.0, QPointF()
        self._atlas = QImage()
        self._columns, self._side, self._label = 1, 1.0, 0
        self._arranged: object = None
        self._pressed: QPointF | None = None
        self._dragging = False
        self._fit_button = QToolButton(self)
        self._fit_button.setObjectName("fitMaps")
        self._fit_button.setText("Fit")
        self._fit_button.setToolTip("Show all maps again (double-click, or 0)")
        self._fit_button.setAccessibleName("Show all maps again")
        self._fit_button.clicked.connect(self.fit)
        self._fit_button.hide()
        theme().changed.connect(self._colour)

    # Content

    def show_maps(self, maps: Array, reaches: Array) -> None:
        """Show maps (channels, height, width), each on a scale that ends at its `reaches`, (channels,)."""
        if maps.shape != self.maps.shape:
            self.fit()
        self.maps, self.reaches = maps, reaches
        self._colour()

    def mark(self, index: int) -> None:
        """Frame a map; -1 for none."""
        if index != self.marked:
            self.marked = index
            self.update()

    def place(self, index: int) -> QRectF:
        """Rectangle of a map on the widget."""
        self._arrange()
        return self._placed(index)

    def _placed(self, index: int) -> QRectF:
        row, column = divmod(index, self._columns)
        height = self._side * self.maps.shape[1] / self.maps.shape[2]
        left = self._left + column * (self._side + _GAP)
        top = self._top + row * (height + self._label + _GAP) + self._label
        corner = (QPointF(left, top) - self._origin) * self.zoom
        return QRectF(corner.x(), corner.y(), self._side * self.zoom, height * self.zoom)

    def pixel_at(self, point: QPointF) -> tuple[int, int, int] | None:
        """Channel, row and column of the pixel under a point of the widget."""
        self._arrange()
        channels, rows, columns = self.maps.shape
        for index in range(channels):
            cell = cell_at(self._placed(index), rows, columns, point)
            if cell is not None:
                return index, *cell
        return None

    def _colour(self) -> None:
        channels, rows, columns = self.maps.shape
        if channels:
            # All maps below one another are one image, without copying them.
            reach = float(self.reaches.max())
            maps = self.maps if (self.reaches == reach).all() else self.maps * (reach / self.reaches)[:, None, None]
            self._atlas = value_image(maps.reshape(channels * rows, columns), reach)
        self.update()

    def _arrange(self) -> None:
        key = (self.maps.shape, self.size(), self.fontMetrics().height())
        if key == self._arranged:
            return
        self._arranged = key
        channels, rows, columns = self.maps.shape
        self._columns, self._side, self._label = arrange(
            max(channels, 1), (rows, columns), self.size(), self.fontMetrics().height()
        )
        lines = -(-channels // self._columns)
        height = self._side * rows / columns
        self._left = max(_MARGIN, (self.width() - self._columns * (self._side + _GAP) + _GAP) / 2)
        self._top = max(_MARGIN, (self.height() - lines * (height + self._label + _GAP) + _GAP) / 2)

    # Zoom

    def fit(self) -> None:
        """Show all maps again."""
        self._zoom_to(1.0, QPointF())

    def zoom_by(self, factor: float, about: QPointF) -> None:
        """Zoom so that the place `about` on the widget stays where it is."""
        zoom = min(max(self.zoom * factor, 1.0), _MOST_ZOOM)
        self._zoom_to(zoom, self._origin + about / self.zoom - about / zoom)

    def _zoom_to(self, zoom: float, origin: QPointF) -> None:
        # Nobody gets lost outside of the sheet.
        x = min(max(origin.x(), 0.0), self.width() * (1 - 1 / zoom))
        y = min(max(origin.y(), 0.0), self.height() * (1 - 1 / zoom))
        self.zoom, self._origin = zoom, QPointF(x, y)
        self._fit_button.setVisible(zoom > 1)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if notches:
            self.zoom_by(_PER_NOTCH**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        way = event.position() - self._pressed
        if self._dragging or way.manhattanLength() >= QApplication.startDragDistance():
            self._dragging = True
            self._pressed = event.position()
            self._zoom_to(self.zoom, self._origin - way / self.zoom)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        found = self.pixel_at(event.position())
        if self._pressed is not None and not self._dragging and found is not None:
            self.chosen.emit(found[0])
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        centre = QPointF(self.rect().center())
        if event.key() in _WALK and len(self.maps):
            across, down = _WALK[Qt.Key(event.key())]
            step = across + down * self._columns
            self.chosen.emit(min(max(self.marked + step, 0), len(self.maps) - 1) if self.marked >= 0 else 0)
        elif event.text() in ("+", "=", "-"):
            self.zoom_by(1 / _PER_NOTCH if event.text() == "-" else _PER_NOTCH, centre)
        elif event.text() == "0":
            self.fit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        size = self._fit_button.sizeHint()
        self._fit_button.setGeometry(self.width() - size.width() - 6, 6, size.width(), size.height())
        self._zoom_to(self.zoom, self._origin)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme().colours
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.canvas))
        self._arrange()
        channels, rows, columns = self.maps.shape
        whole = QRectF(self.rect())
        line, descent = self.fontMetrics().height(), self.fontMetrics().descent()
        border, muted, accent = QPen(QColor(colours.border)), QPen(QColor(colours.muted)), QColor(colours.accent)
        # All of the maps are written out, or none: not those alone whose numbers happen to be short.
        numbered = self._side * self.zoom / columns >= widest_number(self.font())
        for index in range(channels):
            place = self._placed(index)
            if not place.adjusted(0, -line, 0, 0).intersects(whole):
                continue
            painter.drawImage(place, self._atlas, QRectF(0, index * rows, columns, rows))
            if numbered:
                draw_numbers(painter, place, self.maps[index], float(self.reaches[index]), seen=whole)
            chosen = index == self.marked
            painter.setPen(QPen(accent, 2) if chosen else border)
            painter.drawRect(place)
            if self._label:
                painter.setPen(accent if chosen else muted)
                painter.drawText(QPointF(math.floor(place.x()), math.floor(place.y() - descent)), str(index + 1))
