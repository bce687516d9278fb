"""Arrays as coloured patches on a widget: layout, painting, and hit testing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.ui.theme import theme
from nnstudio.views.weights.weight_sheet import MOST_CHANNELS, MOST_FILTERS

# Widest and narrowest side of a kernel on screen, in pixels.
_LARGEST, _SMALLEST = 96, 6
_GAP, _STRIP_GAP, _MARGIN = 3, 12, 8


@dataclass(frozen=True)
class Patch:
    """Part of an image, and its place on the widget. `source` is in pixels of the image called `image`."""

    image: str
    source: QRect
    target: QRectF


@dataclass(frozen=True)
class Label:
    """Text beside the patches."""

    text: str
    place: QRectF
    align: Qt.AlignmentFlag


@dataclass(frozen=True)
class PatchLayout:
    """Layout of patches and labels for one size; `note` is a remark to show."""

    patches: Sequence[Patch] = ()
    labels: Sequence[Label] = ()
    note: str = ""


@dataclass(frozen=True)
class _Strips:
    """Strips of kernels on a widget, a strip per filter: its number, its channels side by side, and its bias.

    `kernel` and `bias` are heights and widths in numbers, `room` and `text` widths and heights in pixels; a `tile` is
    the height of a kernel in pixels.
    """

    kernel: tuple[int, int]
    bias: tuple[int, int] | None
    tiles: int
    room: tuple[int, int]
    text: QSize

    def _across(self, tile: float) -> float:
        """Width of a kernel."""
        return tile * (self.kernel[1] / self.kernel[0])

    def _bias_width(self, tile: float) -> float:
        if self.bias is None:
            return 0.0
        return tile * self.bias[1] / self.bias[0] if self.bias != (1, 1) else max(tile / 5, 6)

    def step(self, tile: float) -> tuple[float, float]:
        """From one strip to the next, across and down."""
        extra = 2 * _GAP + self._bias_width(tile) if self.bias is not None else 0.0
        across = self.text.width() + self.tiles * (self._across(tile) + _GAP) + extra
        return across + _STRIP_GAP, max(tile, self.text.height()) + 2 * _GAP

    def _fit(self, tile: float, columns: int, count: int) -> bool:
        (across, down), (width, height) = self.step(tile), self.room
        return columns * across - _STRIP_GAP <= width and -(-count // columns) * down <= height

    def _largest(self, count: int) -> tuple[float, int]:
        """The largest tile with which `count` strips fit, and in how many columns."""
        best, best_columns = 0.0, 1
        for columns in range(1, count + 1):
            low, high = best, float(_LARGEST)
            if not self._fit(low + 0.5, columns, count):
                continue
            while high - low > 0.5:
                middle = (low + high) / 2
                low, high = (middle, high) if self._fit(middle, columns, count) else (low, middle)
            if low > best:
                best, best_columns = low, columns
        return best, best_columns

    def choose(self, filters: int) -> tuple[int, float, int]:
        """Choose the number of strips, their tile and columns, so that none is too small."""
        count = min(filters, MOST_FILTERS)
        while True:
            tile, columns = self._largest(count)
            if tile >= _SMALLEST or count == 1:
                break
            count = max(1, count * 3 // 4)
        tile = max(tile, 2.0)
        whole = float(int(tile) // self.kernel[0] * self.kernel[0])
        # Whole multiples make all pixels of a kernel equally large.
        return count, whole if whole > 0.75 * tile else tile, columns

    def label(self, index: int, x: int, y: int, tile: float) -> Label:
        """Number of the filter whose strip begins there."""
        place = QRectF(x, y + (tile - self.text.height()) / 2, self.text.width() - 4, self.text.height())
        return Label(str(index + 1), place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def patches(self, index: int, x: int, y: int, tile: float) -> Iterator[Patch]:
        """Pictures of the filter whose strip begins there."""
        kh, kw = self.kernel
        across = self._across(tile)
        x += self.text.width()
        for channel in range(self.tiles):
            yield Patch("weight", QRect(channel * kw, index * kh, kw, kh), QRectF(x, y, across, tile))
            x += round(across) + _GAP
        if self.bias is not None:
            bh, bw = self.bias
            place = QRectF(x + 2 * _GAP, y, self._bias_width(tile), tile)
            yield Patch("bias", QRect(0, index * bh, bw, bh), place)


def kernel_layout(
    shape: tuple[int, int, int, int], bias: tuple[int, int] | None, size: QSize, text: QSize
) -> PatchLayout:
    """Layout of kernels (filters, channels, height, width), a strip of images per filter.

    They are as large as they can be. `bias` is the height and width of a filter's bias image, (1, 1) for a single
    number; it ends the strip. `text` is the room a filter's number needs. Images: "weight", (filters * height, channels
    * width), and "bias", (filters * bias height, bias width).
    """
    filters, channels, kh, kw = shape
    tiles = min(channels, MOST_CHANNELS)
    width, height = size.width() - 2 * _MARGIN, size.height() - 2 * _MARGIN
    strips = _Strips((kh, kw), bias, tiles, (width, height), text)
    count, tile, columns = strips.choose(filters)
    step_x, step_y = strips.step(tile)
    left = _MARGIN + max(0.0, (width - columns * step_x + _STRIP_GAP) / 2)
    top = _MARGIN + max(0.0, (height - -(-count // columns) * step_y) / 2)
    patches: list[Patch] = []
    labels: list[Label] = []
    for index in range(count):
        row, column = divmod(index, columns)
        x, y = round(left + column * step_x), round(top + row * step_y)
        labels.append(strips.label(index, x, y, tile))
        patches += strips.patches(index, x, y, tile)
    notes = []
    if count < filters:
        notes.append(f"first {count} of {filters}")
    if tiles < channels:
        notes.append(f"first {tiles} of {channels} channels")
    if bias is not None:
        notes.append("bias at the right")
    return PatchLayout(patches, labels, " · ".join(notes))


def matrix_layout(
    drawn: tuple[int, int], bias: bool, size: QSize, rows: Sequence[str], columns: Sequence[str], text: QSize
) -> PatchLayout:
    """Layout of a matrix, a row per unit, as one patch with row and column names.

    The bias is beside it. `drawn` is the size of its image, which may have fewer rows and columns than there are names.
    `text` is the room a name needs. Images: "weight", of size `drawn`, and "bias", (drawn[0], 1).
    """
    shape = (len(rows), len(columns))
    numbered = rows[0].isdigit()
    line = text.height()
    left, top = _MARGIN + text.width() + 4, _MARGIN + line
    bottom = _MARGIN + 2 * line
    wide = max(size.width() - left - _MARGIN, 8)
    high = max(size.height() - top - bottom, 8)
    beside = max(12, min(30, wide // 8)) if bias else 0
    gap = 8 if bias else 0
    cell = min((wide - beside - gap) / shape[1], high / shape[0])
    # Cells are squares where that leaves the matrix readable, and stretched where it would be a thread.
    cell_x = min((wide - beside - gap) / shape[1], max(cell * 4, 1.0), _LARGEST)
    cell_y = min(high / shape[0], max(cell * 4, 1.0), _LARGEST / 2)
    width, height = cell_x * shape[1], cell_y * shape[0]
    x, y = left + max(0.0, (wide - beside - gap - width) / 2), top + max(0.0, (high - height) / 2)
    patches = [Patch("weight", QRect(0, 0, drawn[1], drawn[0]), QRectF(x, y, width, height))]
    centre, right = Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    labels = [
        Label("unit" if numbered else "", QRectF(_MARGIN, y - line - 2, size.width(), line), Qt.AlignmentFlag.AlignLeft)
    ]
    for index in _ticks(shape[0], cell_y, line):
        place = QRectF(x - text.width() - 6, y + (index + 0.5) * cell_y - line / 2, text.width() + 2, line)
        labels.append(Label(rows[index], place, right))
    ticks = _ticks(shape[1], cell_x, text.width() + 6)
    # No name runs into the next, or into that of the bias.
    room = min(2 * text.width(), ticks.step * cell_x - 6)
    for index in ticks:
        place = QRectF(x + (index + 0.5) * cell_x - room / 2, y + height + 2, room, line)
        if bias:
            place.setRight(min(place.right(), x + width + gap + beside / 2 - text.height()))
        labels.append(Label(columns[index], place, centre))
    labels.append(Label("input" if numbered else "", QRectF(x, y + height + line + 2, max(width, 60), line), centre))
    if bias:
        spot = QRectF(x + width + gap, y, beside, height)
        patches.append(Patch("bias", QRect(0, 0, 1, drawn[0]), spot))
        labels.append(Label("bias", QRectF(spot.center().x() - 30, y + height + 2, 60, line), centre))
    return PatchLayout(patches, labels)


def _ticks(count: int, cell: float, room: float) -> range:
    """Indices of cells that get a name if each needs this room: every 1st, 2nd, 5th, 10th, ... of `count`.

    Counted from 1, as the names do, their numbers are round.
    """
    step = 1
    for factor in (2, 2.5, 2) * 6:
        if step * cell >= room:
            break
        step = round(step * factor)
    return range(step - 1 if step <= count else 0, count, step)


class PatchCanvas(QWidget):
    """Canvas that paints patches."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setMinimumSize(1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._arrange: Callable[[QSize], PatchLayout] = lambda size: PatchLayout()
        self.arranged = PatchLayout()
        self._images: dict[str, QImage] = {}
        # A QImage does not own its pixels.
        self._pixels: Mapping[str, NDArray[np.uint8]] = {}
        self._overlay: Callable[[QPainter, Sequence[Patch]], None] | None = None
        theme().changed.connect(self.update)

    def set_arrangement(self, arrange: Callable[[QSize], PatchLayout]) -> None:
        """Set the function that lays the patches out for a size of the widget."""
        self._arrange = arrange
        self._arrange_now()

    def set_pixels(self, pixels: Mapping[str, NDArray[np.uint8]]) -> None:
        """Set the images by name, (rows, columns, 4)."""
        self._pixels = {name: np.ascontiguousarray(array) for name, array in pixels.items()}
        self._images = {
            name: QImage(array.data, array.shape[1], array.shape[0], array.shape[1] * 4, QImage.Format.Format_RGBA8888)
            for name, array in self._pixels.items()
        }
        self.update()

    def set_overlay(self, draw: Callable[[QPainter, Sequence[Patch]], None] | None) -> None:
        """Set a function that paints over the patches; None for nothing."""
        self._overlay = draw
        self.update()

    def pixel_at(self, point: QPointF) -> tuple[str, int, int]:
        """Image, row and column under a point of the widget; ("", 0, 0) if there is none."""
        for patch in self.arranged.patches:
            place = patch.target
            if place.contains(point) and patch.image in self._images:
                column = int((point.x() - place.x()) / place.width() * patch.source.width())
                row = int((point.y() - place.y()) / place.height() * patch.source.height())
                return (
                    patch.image,
                    patch.source.y() + min(row, patch.source.height() - 1),
                    patch.source.x() + min(column, patch.source.width() - 1),
                )
        return "", 0, 0

    def _arrange_now(self) -> None:
        self.arranged = self._arrange(self.size())
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange_now()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme().colours
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.canvas))
        for patch in self.arranged.patches:
            image = self._images.get(patch.image)
            if image is not None:
                painter.drawImage(patch.target, image, QRectF(patch.source))
        painter.setPen(QColor(colours.border))
        for patch in self.arranged.patches:
            if patch.image in self._images:
                painter.drawRect(patch.target)
        painter.setPen(QColor(colours.muted))
        for label in self.arranged.labels:
            # Names of one table often differ in their beginning and in their end.
            shown = painter.fontMetrics().elidedText(label.text, Qt.TextElideMode.ElideMiddle, int(label.place.width()))
            painter.drawText(label.place, label.align, shown)
        if self._overlay is not None:
            self._overlay(painter, self.arranged.patches)
