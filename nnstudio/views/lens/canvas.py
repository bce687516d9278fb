"""Canvas of the window lens: one output pixel, its window, the kernel, the products and the sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import reach_of, value_image
from nnstudio.views.cell_grid import cell_at, draw_frame, draw_numbers, draw_ring, padding_brush
from nnstudio.views.lens.layout import Cells, LensLayout, lens_layout
from nnstudio.views.lens.sums import SumLine, lines_of, visible_lines
from nnstudio.views.lens.texts import captions, fitting, input_reading, sum_reading
from nnstudio.views.lens.window_picture import WindowPicture
from nnstudio.views.plotting import short

Array = NDArray[Any]

# The list of sums has room for lines as long as this.
_LONGEST = "Σ channel 100  −0.0001234"
_MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
# What a grid's numbers are called when they are read.
_TYPE = "Click to type another number"
_NAMES = {"patch": "window", "weights": "weight", "products": "product", "kernel": "kernel"}


class LensCanvas(QWidget):
    """Canvas that paints a WindowPicture.

    Signals:
        pointed: a person points at an output pixel: row and column.
        moved: a person moves the pixel by keys: rows and columns.
        channel_chosen: a person has chosen an input channel, by its index.
        pressed: a cell was clicked: the name of its grid, row and column there.
        edit_asked: a person wants to type numbers, by key.
    """

    pointed = Signal(int, int)
    moved = Signal(int, int)
    channel_chosen = Signal(int)
    pressed = Signal(str, int, int)
    edit_asked = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setMinimumSize(1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.picture: WindowPicture | None = None
        self.grids: dict[str, Array] = {}
        self.reaches: dict[str, float] = {}
        self.first_line = 0
        # Numbers of the input and the kernel can be typed.
        self.editable = False
        self._images: dict[str, QImage] = {}
        self._layout: LensLayout | None = None
        self._laid_out: object = None
        theme().changed.connect(self._colour)

    def show_picture(self, picture: WindowPicture) -> None:
        """Show an output pixel."""
        before, self.picture = self.picture, picture
        result = picture.result
        self.grids = {
            "input": picture.padded,
            "output": picture.output[picture.unit],
            "patch": result.patch[picture.read],
        }
        if result.kernel is not None:
            self.grids |= {"weights": result.kernel[picture.read], "products": result.products[picture.read]}
            if picture.turned and picture.whole_kernel is not None:
                self.grids["kernel"] = picture.whole_kernel
        self.reaches = {name: reach_of(grid) for name, grid in self.grids.items()}
        # The same number has the same colour in the window as on the image, and in it as in the whole kernel.
        self.reaches["patch"] = self.reaches["input"]
        if picture.whole_kernel is not None:
            self.reaches["weights"] = self.reaches["kernel"] = reach_of(picture.whole_kernel)
        if before is None or before.read != picture.read:
            self._show_channel(picture.read)
        self._colour()

    def layout_(self) -> LensLayout:
        """Places of the parts for the present size."""
        cells: dict[str, Cells] = {name: grid.shape for name, grid in self.grids.items()}
        if self.picture is not None:
            # A smaller window at another pixel must not move the pixel away from under the mouse.
            cells |= dict.fromkeys(self._moving(), self.picture.largest_window)
        metrics = self.fontMetrics()
        text = QSizeF(metrics.horizontalAdvance(_LONGEST), self._line_height())
        key = (cells, self.size(), text)
        if self._layout is None or key != self._laid_out:
            self._laid_out = key
            self._layout = lens_layout(QSizeF(self.size()), cells, text)
        return self._layout

    def _moving(self) -> list[str]:
        """Grids whose size differs from pixel to pixel."""
        return [name for name in ("patch", "weights", "products") if name in self.grids]

    def places(self) -> dict[str, QRectF]:
        """Rectangles of the grids."""
        places = dict(self.layout_().grids)
        if self.picture is not None:
            rows, columns = (max(size, 1) for size in self.picture.largest_window)
            for name in self._moving():
                room, grid = places[name], self.grids[name].shape
                width, height = room.width() / columns * grid[1], room.height() / rows * grid[0]
                places[name] = QRectF(room.center().x() - width / 2, room.center().y() - height / 2, width, height)
        return places

    def at(self, point: QPointF) -> tuple[str, int, int] | None:
        """Grid, row and column under a point. Rows and columns of the input count its padding."""
        if self.picture is None:
            return None
        for name, place in self.places().items():
            rows, columns = self.grids[name].shape
            cell = cell_at(place, rows, columns, point)
            if cell is not None:
                return name, *cell
        return None

    def cell(self, name: str, row: int, column: int) -> QRectF:
        """Rectangle of a cell of a grid."""
        return _part(self.places()[name], self.grids[name].shape, row, column)

    def reading(self, point: QPointF) -> str:
        """Value under a point, with its place."""
        found, picture = self.at(point), self.picture
        if picture is None:
            return ""
        if found is None:
            line = next((line for line, place in self._sum_places() if place.contains(point)), None)
            return sum_reading(picture, line)
        name, row, column = found
        value = short(float(self.grids[name][row, column]))
        if name == "output":
            # It is under the lens already, and a label would cover its neighbours.
            return ""
        if name == "input":
            (above, left), _ = picture.margins
            text = input_reading(picture, row - above, column - left, value)
            return f"{text}\n{_TYPE}" if self.editable and text.startswith("input") else text
        if name == "patch":
            return input_reading(picture, picture.taps.rows.pixels[row], picture.taps.columns.pixels[column], value)
        text = f"{_NAMES[name]}, row {row + 1}, column {column + 1}: {value}"
        return f"{text}\n{_TYPE}" if self.editable and name != "products" else text

    # Sums

    @property
    def lines(self) -> list[SumLine]:
        """All lines of the list of sums."""
        return [] if self.picture is None else lines_of(self.picture)

    def _lines_shown(self) -> int:
        return max(1, int(self.layout_().sums.height() / self._line_height()))

    def _line_height(self) -> int:
        return self.fontMetrics().height() + 2

    def _show_channel(self, index: int) -> None:
        """Scrolls the sums to a channel."""
        shown = self._lines_shown()
        if not self.first_line <= index < self.first_line + max(shown - 3, 1):
            self.first_line = max(0, index - max(shown - 3, 1) // 2)

    def _sum_places(self) -> list[tuple[SumLine, QRectF]]:
        """Lines that are on show, with their places."""
        room, height = self.layout_().sums, self._line_height()
        lines = visible_lines(self.lines, self.first_line, self._lines_shown())
        top = room.y() + max(0.0, (room.height() - len(lines) * height) / 2)
        return [
            (line, QRectF(room.x(), top + number * height, room.width(), height)) for number, line in enumerate(lines)
        ]

    # Mouse and keyboard

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found = self.at(event.position()) if not event.buttons() else None
        if found is not None and found[0] == "output":
            self.pointed.emit(found[1], found[2])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self.picture is None:
            return
        found = self.at(event.position())
        if found is not None:
            if found[0] == "output":
                self.pointed.emit(found[1], found[2])
            self.pressed.emit(*found)
        for line, place in self._sum_places():
            if line.channel is not None and place.contains(event.position()):
                self.channel_chosen.emit(line.channel)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.picture is None or not self.layout_().sums.contains(event.position()):
            event.ignore()
            return
        notches = round(event.angleDelta().y() / 120)
        most = max(0, len(self.picture.result.sums) - 1)
        self.first_line = min(max(self.first_line - notches, 0), most)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _MOVES and self.picture is not None:
            self.moved.emit(*_MOVES[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.edit_asked.emit()
        else:
            super().keyPressEvent(event)

    # Painting

    def _colour(self) -> None:
        self._images = {name: value_image(grid, self.reaches[name]) for name, grid in self.grids.items() if grid.size}
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme().colours
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.canvas))
        if self.picture is None:
            return
        layout = self.layout_()
        for name, place in self.places().items():
            self._draw_grid(painter, name, place)
            painter.setPen(QColor(colours.muted))
            caption = fitting(
                captions(name, self.picture, self.reaches[name]),
                painter.fontMetrics(),
                int(layout.captions[name].width()),
            )
            painter.drawText(layout.captions[name], Qt.AlignmentFlag.AlignCenter, caption)
        painter.setPen(QColor(colours.text))
        for sign in layout.signs:
            painter.drawText(sign.place, Qt.AlignmentFlag.AlignCenter, sign.text)
        self._draw_marks(painter, self.picture)
        self._draw_sums(painter)

    def _draw_grid(self, painter: QPainter, name: str, place: QRectF) -> None:
        image = self._images.get(name)
        if image is None:
            return
        colours, grid = theme().colours, self.grids[name]
        inside = self._inside(name)
        if inside is None or inside.all():
            painter.drawImage(place, image, QRectF(image.rect()))
        else:
            painter.fillRect(place, padding_brush(colours))
            # The pixels that are no padding are one block.
            rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
            if rows.size and columns.size:
                block = QRectF(columns[0], rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1)
                across, down = place.width() / grid.shape[1], place.height() / grid.shape[0]
                at = QRectF(block.x() * across, block.y() * down, block.width() * across, block.height() * down)
                at.translate(place.topLeft())
                painter.fillRect(at, QColor(colours.canvas))
                painter.drawImage(at, image, block)
        draw_numbers(painter, place, grid, self.reaches[name], inside)
        cell = place.width() / grid.shape[1]
        painter.setPen(QColor(colours.border))
        if cell >= 8:
            for column in range(1, grid.shape[1]):
                x = place.x() + column * cell
                painter.drawLine(QPointF(x, place.y()), QPointF(x, place.bottom()))
            for row in range(1, grid.shape[0]):
                y = place.y() + row * cell
                painter.drawLine(QPointF(place.x(), y), QPointF(place.right(), y))
        painter.drawRect(place)

    def _inside(self, name: str) -> Array | None:
        """True for the cells of a grid that are no padding; None if none is."""
        picture = self.picture
        assert picture is not None
        if name == "input" and picture.margins != ((0, 0), (0, 0)):
            (above, left), _ = picture.margins
            inside = np.zeros(picture.padded.shape, bool)
            inside[above : above + picture.shape[1], left : left + picture.shape[2]] = True
            return inside
        return picture.taps.inside if name in ("patch", "products") else None

    def _draw_marks(self, painter: QPainter, picture: WindowPicture) -> None:
        """The window on the input, the elements it reads on the kernel, the pixel on the output, and the largest."""
        (above, left), _ = picture.margins
        rows = [pixel + above for pixel in picture.taps.rows.pixels]
        columns = [pixel + left for pixel in picture.taps.columns.pixels]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._frame(painter, "input", rows, columns)
        if "kernel" in self.grids:
            self._frame(painter, "kernel", picture.taps.rows.elements, picture.taps.columns.elements)
        draw_frame(painter, self.cell("output", picture.row, picture.column))
        if picture.winner is not None:
            row, column = picture.winner
            draw_ring(painter, self.cell("patch", row, column))
            draw_ring(painter, self.cell("input", rows[row], columns[column]))

    def _frame(self, painter: QPainter, name: str, rows: Sequence[int], columns: Sequence[int]) -> None:
        """Frames cells of a grid: as one block if they touch, else each of them."""
        if not rows or not columns:
            return
        corner = self.cell(name, min(rows), min(columns))
        block = corner.united(self.cell(name, max(rows), max(columns)))
        if max(rows) - min(rows) < len(rows) and max(columns) - min(columns) < len(columns):
            draw_frame(painter, block)
            return
        painter.setPen(QPen(QColor(theme().colours.text), 1, Qt.PenStyle.DotLine))
        painter.drawRect(block)
        for row in rows:
            for column in columns:
                draw_frame(painter, self.cell(name, row, column))

    def _draw_sums(self, painter: QPainter) -> None:
        colours = theme().colours
        flags = Qt.AlignmentFlag
        for line, place in self._sum_places():
            font = painter.font()
            font.setBold(line.total or line.chosen)
            painter.setFont(font)
            if line.total:
                painter.setPen(QColor(colours.border))
                painter.drawLine(place.topLeft(), place.topRight())
            painter.setPen(QColor(colours.accent if line.chosen else colours.text if line.total else colours.muted))
            painter.drawText(place, flags.AlignLeft | flags.AlignVCenter, line.name)
            painter.setPen(QColor(colours.text))
            painter.drawText(place, flags.AlignRight | flags.AlignVCenter, line.value)
        font = painter.font()
        font.setBold(False)
        painter.setFont(font)


def _part(place: QRectF, shape: tuple[int, ...], row: int, column: int) -> QRectF:
    high, wide = place.height() / shape[0], place.width() / shape[1]
    return QRectF(place.x() + column * wide, place.y() + row * high, wide, high)
