"""Preview of the data: points in the plane, images, or table rows."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.data import Data
from engine.data.describe import input_names, target_names
from engine.data.stored_samples import in_memory, some_of
from nnstudio.panels.preview_legend import draw_legend, draw_scale
from nnstudio.panels.sample_reading import table_of, tell_cell, tell_sample
from nnstudio.training.sample_text import has_dates, input_text, target_of
from nnstudio.ui.colours import class_colour, diverging
from nnstudio.ui.inspection import Exhibit, Inspection
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.plane import bounds_of
from nnstudio.ui.sample_image import to_image
from nnstudio.ui.theme import theme

Array = NDArray[Any]
Look = Literal["points", "pictures", "table"]

HEIGHT = 260
_STRIP = 18  # pixels for a legend
_MOST_POINTS = 2000
# Numbers from which the range of grey is taken, of pictures evenly spread: more would hold the window up.
_MOST_NUMBERS = 1_000_000
_MARGIN = 0.07  # around points, in shares of their width
_CELL = 48  # a picture with its gap
_LABEL = 17  # pixels for the label under a picture
_ROW = 22
_HEAD = 2 * _ROW - 4  # the names above a table
# How marked samples stand out: the ring around a point and its pen, a picture's frame, and the tint of a row.
_RING, _MARK, _FRAME, _TINT = 3.5, 2.0, 3.0, 60
_NEAR = 4  # pixels from the edge of a point at which it is still read


def look_of(data: Data) -> Look:
    """Best way to show these data: points, images or rows."""
    if data.shown.shape[1:] == (2,) or (data.shown.shape[1:] == (1,) and data.task == "regression"):
        return "points"
    return "pictures" if data.x.ndim in (3, 4) else "table"


def places_of(data: Data) -> Array:
    """Places (N, 2) of data that are shown as points: their two inputs, or their one input and the target."""
    return (
        in_memory(data.shown)
        if data.shown.shape[1:] == (2,)
        else np.column_stack([data.shown[:, 0], data.shown_y[:, 0]])
    )


class Preview(QWidget):
    """Preview of one part of the data, page by page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preview")
        self.setAccessibleName("Preview of the data")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self._data: Data | None = None
        self._frame: tuple[float, float, float, float] = (0, 0, 1, 1)
        self._first = 0
        self._picture: QPixmap | None = None
        # The numbers of the samples that are marked.
        self._marked: frozenset[int] = frozenset()
        self.chosen: int | None = None
        self.inspection = Inspection(self, Exhibit(self, self._title, self._read, self._page, (self,)))
        theme().changed.connect(self._redraw)

    @property
    def first(self) -> int:
        """Index of the first sample on the page."""
        return self._first

    def sizeHint(self) -> QSize:
        return QSize(240, HEIGHT)

    def show_data(self, data: Data | None, whole: Array | None = None, first: int = 0) -> None:
        """Show data from sample `first` on; points are framed as all of `whole` would be."""
        self._data, self._first = data, first
        if data is not None and look_of(data) == "points":
            self._frame = bounds_of(places_of(data) if whole is None else whole, _MARGIN)
        self.setAccessibleDescription(self._description())
        self._redraw()

    def mark(self, samples: frozenset[int]) -> None:
        """Mark the samples of these indices."""
        if samples != self._marked:
            self._marked = samples
            self._redraw()

    def choose(self, index: int | None) -> None:
        """Mark one sample as the chosen one; None for none."""
        if index != self.chosen:
            self.chosen = index
            self._redraw()

    @property
    def total(self) -> int:
        """Number of samples in the part."""
        return len(self._data) if self._data is not None else 0

    def sample_at(self, place: QPointF) -> int | None:
        """Number of the sample drawn at a place in pixels, None if there is none."""
        if self._data is None or not len(self._data):
            return None
        at = {"points": self._point_at, "pictures": self._picture_at, "table": self._row_at}
        return at[look_of(self._data)](place, self._data)

    @property
    def marked(self) -> list[int]:
        """Indices of the visible marked samples."""
        return [index for index in self._on_show() if index in self._marked]

    def _on_show(self) -> range:
        return range(min(self._first, self.total), min(self._first + self.page_size(), self.total))

    def _title(self) -> str:
        shown = self._on_show()
        return f"Samples {shown.start + 1} to {shown.stop}" if shown else "Samples"

    def _page(self) -> NumberTable | None:
        return table_of(self._data, self._on_show()) if self._data is not None and self._on_show() else None

    def _read(self, place: QPointF) -> str:
        if self._data is None or not len(self._data):
            return ""
        read = {"points": self._read_point, "pictures": self._read_picture, "table": self._read_cell}
        return read[look_of(self._data)](place, self._data)

    def page_size(self) -> int:
        """Number of samples on a page."""
        if self._data is None:
            return 0
        match look_of(self._data):
            case "points":
                return min(len(self._data), _MOST_POINTS)
            case "pictures":
                return max(self.width() // _CELL, 1) * (HEIGHT // (_CELL + _LABEL))
            case _:
                return (HEIGHT - 2 * _ROW) // _ROW

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._redraw()

    def _redraw(self) -> None:
        self._picture = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        target = QPainter(self)
        # That of the screen, or of a picture that is taken along.
        ratio = target.deviceTransform().m11()
        if self._picture is None or self._picture.devicePixelRatio() != ratio:
            self._picture = QPixmap(self.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self._small())
            if self._data is None or len(self._data) == 0:
                painter.setPen(QColor(theme().colours.muted))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "No samples to show")
            else:
                draw = {"points": self._points, "pictures": self._pictures, "table": self._table}
                draw[look_of(self._data)](painter, self._data)
            painter.end()
        target.drawPixmap(0, 0, self._picture)
        target.end()

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(max(font.pointSizeF() - 1, 7))
        return font

    def _description(self) -> str:
        if self._data is None:
            return "No samples to show"
        kinds = ", ".join(self._data.classes[:10]) or "regression targets"
        last = min(self._first + self.page_size(), len(self._data))
        return f"Samples {self._first + 1} to {last} of {len(self._data)}, as {look_of(self._data)}: {kinds}"

    def _points(self, painter: QPainter, data: Data) -> None:
        colours = theme().colours
        box = self._plane()
        side = box.width()
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.canvas))
        painter.drawRoundedRect(box, 4, 4)
        x0, y0, x1, y1 = self._frame
        at_x, at_y = self._spots(data)
        painter.setClipRect(box)
        painter.setPen(QPen(QColor(colours.canvas_dot), 1))
        if x0 < 0 < x1:
            middle = box.left() - x0 / (x1 - x0) * side
            painter.drawLine(QPointF(middle, box.top()), QPointF(middle, box.bottom()))
        if y0 < 0 < y1:
            middle = box.bottom() + y0 / (y1 - y0) * side
            painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))
        radius = _radius(data)
        for x, y, colour in zip(at_x, at_y, self._colours(data, len(at_x)), strict=True):
            painter.setPen(QPen(QColor(colours.panel), 0.8))
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(x, y), radius, radius)
        painter.setPen(QPen(QColor(colours.text), _MARK))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for index in self.marked:
            painter.drawEllipse(QPointF(at_x[index], at_y[index]), radius + _RING, radius + _RING)
        if self.chosen is not None and self.chosen in self._on_show():
            painter.setPen(QPen(QColor(colours.accent), _FRAME))
            painter.drawEllipse(QPointF(at_x[self.chosen], at_y[self.chosen]), radius + 2 * _RING, radius + 2 * _RING)
        painter.setClipping(False)
        strip = QRect(0, HEIGHT - _STRIP, self.width(), _STRIP)
        if data.task == "classification":
            draw_legend(painter, strip, data.classes)
        else:
            draw_scale(painter, strip, _reach(data))

    def _plane(self) -> QRectF:
        """Square in which points are drawn."""
        room = QRectF(self.rect()).adjusted(1, 1, -1, -1 - _STRIP)
        side = min(room.width(), room.height())
        return QRectF(room.center().x() - side / 2, room.top(), side, side)

    def _spots(self, data: Data) -> tuple[Array, Array]:
        """Places of points in pixels: x and y, (n,) each."""
        box, (x0, y0, x1, y1) = self._plane(), self._frame
        shown = places_of(data)[:_MOST_POINTS].astype(float)
        across, up = (shown[:, 0] - x0) / (x1 - x0), (shown[:, 1] - y0) / (y1 - y0)
        return box.left() + across * box.width(), box.bottom() - up * box.height()

    def _point_at(self, place: QPointF, data: Data) -> int | None:
        at_x, at_y = self._spots(data)
        away = np.hypot(at_x - place.x(), at_y - place.y())
        index = int(away.argmin())
        return index if away[index] <= _radius(data) + _NEAR else None

    def _read_point(self, place: QPointF, data: Data) -> str:
        index = self._point_at(place, data)
        return "" if index is None else tell_sample(data, index)

    def _colours(self, data: Data, count: int) -> list[QColor]:
        colours = theme().colours
        if data.task == "classification":
            palette = [class_colour(colours, index) for index in range(max(len(data.classes), 1))]
            return [palette[label] for label in data.y[:count]]
        table = diverging(colours.name)
        places = np.clip(data.shown_y[:count, 0] / _reach(data), -1, 1)
        entries = np.rint((places + 1) * (len(table) - 1) / 2).astype(int)
        return [QColor(*(int(channel) for channel in table[entry])) for entry in entries]

    def _pictures(self, painter: QPainter, data: Data) -> None:
        colours = theme().colours
        some = some_of(data.shown, _MOST_NUMBERS)
        low, high = min(float(some.min()), 0.0), max(float(some.max()), 1e-6)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        for place, index in enumerate(self._on_show()):
            box = self._picture_box(place)
            painter.drawImage(box, to_image(data.shown[index], low, high))
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box)
            if index in self._marked:
                painter.setPen(QPen(QColor(colours.accent), _FRAME))
                painter.drawRect(box)
            if index == self.chosen:
                painter.setPen(QPen(QColor(colours.text), _MARK))
                painter.drawRect(box.adjusted(-_MARK, -_MARK, _MARK, _MARK))
            painter.setPen(QColor(colours.text))
            under = QRectF(box.left() - 6, box.bottom() + 1, box.width() + 12, _LABEL)
            label = painter.fontMetrics().elidedText(
                target_of(data, index), Qt.TextElideMode.ElideRight, int(under.width())
            )
            painter.drawText(under, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, label)

    def _picture_box(self, place: int) -> QRectF:
        """Rectangle of the image at this place of the page."""
        columns = max(self.width() // _CELL, 1)
        gap = (self.width() - columns * (_CELL - 4)) / max(columns - 1, 1) if columns > 1 else 0
        row, column = divmod(place, columns)
        return QRectF(column * (_CELL - 4 + gap), row * (_CELL + _LABEL), _CELL - 4, _CELL - 4)

    def _picture_at(self, place: QPointF, data: Data) -> int | None:
        for number_, index in enumerate(self._on_show()):
            if self._picture_box(number_).adjusted(0, 0, 0, _LABEL).contains(place):
                return index
        return None

    def _read_picture(self, place: QPointF, data: Data) -> str:
        index = self._picture_at(place, data)
        if index is None:
            return ""
        box = self._picture_box(index - self._first)
        within = (place - box.topLeft()) / box.width()
        return tell_sample(data, index, (within.y(), within.x()) if box.contains(place) else None)

    def _table(self, painter: QPainter, data: Data) -> None:
        colours = theme().colours
        flat = data.shown.reshape(len(data), -1)
        columns = self._columns(data)
        left_out = flat.shape[1] - columns
        names = input_names(data)
        stride = (self.width() - 78) / columns
        head = _HEAD
        wrap = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(colours.muted))
        elide = Qt.TextElideMode.ElideRight
        metrics = painter.fontMetrics()
        for column in range(columns):
            # A word that is wider than its column would lose its beginning.
            words = (metrics.elidedText(word, elide, int(stride - 8)) for word in names[column].split())
            painter.drawText(QRectF(column * stride, 0, stride - 8, head), wrap, " ".join(words))
        title = metrics.elidedText(target_names(data)[0], elide, 72)
        if left_out:
            title += f"\n(+ {left_out} input{'s'[: left_out != 1]})"
        painter.drawText(QRectF(self.width() - 72, 0, 72, head), Qt.AlignmentFlag.AlignVCenter, title)
        for line, index in enumerate(self._on_show()):
            top = head + line * _ROW
            if index in self._marked:
                ground = QColor(colours.accent)
                ground.setAlpha(_TINT)
                painter.fillRect(QRectF(0, top, self.width(), _ROW), ground)
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(QPointF(0, top), QPointF(self.width(), top))
            if index == self.chosen:
                painter.fillRect(QRectF(0, top, _FRAME, _ROW), QColor(colours.accent))
                painter.setPen(QPen(QColor(colours.accent), 1))
                # That of the class above would fill the row.
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(QRectF(0.5, top + 0.5, self.width() - 1, _ROW - 1))
            painter.setPen(QColor(colours.text))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            for column in range(columns):
                text = painter.fontMetrics().elidedText(
                    input_text(data, column, float(flat[index, column])), elide, int(stride - 8)
                )
                painter.drawText(QRectF(column * stride, top, stride - 8, _ROW), right, text)
            box = QRectF(self.width() - 72, top, 72, _ROW)
            if data.task == "classification":
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(class_colour(colours, int(data.y[index])))
                painter.drawEllipse(QPointF(box.left() + 4, box.center().y()), 4, 4)
                box.adjust(12, 0, 0, 0)
            painter.setPen(QColor(colours.text))
            text = painter.fontMetrics().elidedText(target_of(data, index), elide, int(box.width()))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)

    def _columns(self, data: Data) -> int:
        """Number of a table's inputs that fit."""
        widest = "2024-12-30" if has_dates(data) else "−0.0982"
        width = QFontMetrics(self._small()).horizontalAdvance(widest) + 8
        return min(max((self.width() - 78) // width, 1), int(data.shown[0].size))

    def _row_at(self, place: QPointF, data: Data) -> int | None:
        line, shown = int((place.y() - _HEAD) // _ROW), self._on_show()
        return shown[line] if place.y() >= _HEAD and line < len(shown) else None

    def _read_cell(self, place: QPointF, data: Data) -> str:
        column = int(place.x() // ((self.width() - 78) / self._columns(data)))
        column_ = column if column < self._columns(data) else None
        if place.y() < _HEAD:
            return input_names(data)[column] if column_ is not None else ""
        row = self._row_at(place, data)
        return "" if row is None else tell_cell(data, row, column_)


def _radius(data: Data) -> float:
    """Radius of points, such that many do not overlap."""
    return 5.0 if len(data) < 20 else 3.2 if len(data) < 500 else 2.2


def _reach(data: Data) -> float:
    """The largest target, up or down."""
    return max(float(np.abs(data.shown_y).max()), 1e-12) if len(data) else 1.0
