"""A look at the data: points in the plane, pictures, or rows of a table."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QLinearGradient, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.data import Data
from nnstudio.plane import bounds_of
from nnstudio.theme import class_colour, diverging, theme

Array = NDArray[Any]
Look = Literal["points", "pictures", "table"]

HEIGHT = 260
_STRIP = 18  # pixels for a legend
_MOST_POINTS = 2000
_MARGIN = 0.07  # around points, in shares of their width
_CELL = 48  # a picture with its gap
_LABEL = 17  # pixels for the label under a picture
_ROW = 22


def look_of(data: Data) -> Look:
    """How these data are best shown."""
    if data.x.shape[1:] == (2,):
        return "points"
    return "pictures" if data.x.ndim in (3, 4) else "table"


def number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def exact(value: float) -> str:
    """A number as a file has it: all of its digits, and no more."""
    return str(value).removesuffix(".0").replace("-", "−")


def to_image(sample: Array, low: float, high: float) -> QImage:
    """A sample (H, W) or (C, H, W) as a picture; three channels are colours, of any other number the first is shown."""
    scaled = np.clip((sample - low) / max(high - low, 1e-12) * 255, 0, 255).astype(np.uint8)
    if scaled.ndim == 3:
        scaled = scaled.transpose(1, 2, 0) if len(scaled) == 3 else scaled[0]
    scaled = np.ascontiguousarray(scaled)
    height, width = scaled.shape[:2]
    kind = QImage.Format.Format_RGB888 if scaled.ndim == 3 else QImage.Format.Format_Grayscale8
    # A copy, since the image does not keep the array alive.
    return QImage(scaled.data, width, height, scaled.strides[0], kind).copy()


class Preview(QWidget):
    """Draws one part of the data, a page at a time."""

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
        theme().changed.connect(self._redraw)

    @property
    def first(self) -> int:
        """Number of the first sample on the page."""
        return self._first

    def sizeHint(self) -> QSize:
        return QSize(240, HEIGHT)

    def show_data(self, data: Data | None, whole: Array | None = None, first: int = 0) -> None:
        """Shows data from sample `first` on; points are framed as all of `whole` would be."""
        self._data, self._first = data, first
        if data is not None and look_of(data) == "points":
            self._frame = bounds_of(data.shown if whole is None else whole, _MARGIN)
        self.setAccessibleDescription(self._description())
        self._redraw()

    def page_size(self) -> int:
        """How many samples are seen at once."""
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
        ratio = self.devicePixelRatioF()
        if self._picture is None:
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
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()

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
        room = QRectF(self.rect()).adjusted(1, 1, -1, -1 - _STRIP)
        side = min(room.width(), room.height())
        box = QRectF(room.center().x() - side / 2, room.top(), side, side)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.canvas))
        painter.drawRoundedRect(box, 4, 4)
        x0, y0, x1, y1 = self._frame
        shown = data.shown[:_MOST_POINTS].astype(float)
        at_x = box.left() + (shown[:, 0] - x0) / (x1 - x0) * side
        at_y = box.bottom() - (shown[:, 1] - y0) / (y1 - y0) * side
        painter.setClipRect(box)
        painter.setPen(QPen(QColor(colours.canvas_dot), 1))
        if x0 < 0 < x1:
            middle = box.left() - x0 / (x1 - x0) * side
            painter.drawLine(QPointF(middle, box.top()), QPointF(middle, box.bottom()))
        if y0 < 0 < y1:
            middle = box.bottom() + y0 / (y1 - y0) * side
            painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))
        radius = 5.0 if len(data) < 20 else 3.2 if len(data) < 500 else 2.2
        for x, y, colour in zip(at_x, at_y, self._colours(data, len(shown)), strict=True):
            painter.setPen(QPen(QColor(colours.panel), 0.8))
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(x, y), radius, radius)
        painter.setClipping(False)
        strip = QRect(0, HEIGHT - _STRIP, self.width(), _STRIP)
        if data.task == "classification":
            self._legend(painter, strip, data.classes)
        else:
            self._scale(painter, strip, _reach(data))

    def _colours(self, data: Data, count: int) -> list[QColor]:
        colours = theme().colours
        if data.task == "classification":
            palette = [class_colour(colours, index) for index in range(max(len(data.classes), 1))]
            return [palette[label] for label in data.y[:count]]
        table = diverging(colours.name)
        entries = np.rint((np.clip(data.y[:count, 0] / _reach(data), -1, 1) + 1) * (len(table) - 1) / 2).astype(int)
        return [QColor(*(int(channel) for channel in table[entry])) for entry in entries]

    def _legend(self, painter: QPainter, strip: QRect, classes: tuple[str, ...]) -> None:
        colours = theme().colours
        metrics = painter.fontMetrics()
        widths = [metrics.horizontalAdvance(name) + 26 for name in classes]
        left = max((strip.width() - sum(widths)) // 2, 0)
        for index, (name, width) in enumerate(zip(classes, widths, strict=True)):
            if left + width > strip.width() + 12:
                break
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(class_colour(colours, index))
            painter.drawEllipse(QPointF(left + 6, strip.center().y() + 1), 4, 4)
            painter.setPen(QColor(colours.muted))
            painter.drawText(QRect(left + 14, strip.top(), width, strip.height()), Qt.AlignmentFlag.AlignVCenter, name)
            left += width

    def _scale(self, painter: QPainter, strip: QRect, reach: float) -> None:
        colours = theme().colours
        bar = QRectF(strip.width() / 2 - 60, strip.center().y() - 3, 120, 8)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for position, colour in ((0, colours.negative), (0.5, colours.neutral), (1, colours.positive)):
            gradient.setColorAt(position, QColor(colour))
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 3, 3)
        painter.setPen(QColor(colours.muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        left = QRect(0, strip.top(), round(bar.left()) - 6, strip.height())
        right = QRect(round(bar.right()) + 6, strip.top(), strip.width(), strip.height())
        painter.drawText(left, middle | Qt.AlignmentFlag.AlignRight, number(-reach))
        painter.drawText(right, middle | Qt.AlignmentFlag.AlignLeft, number(reach))

    def _pictures(self, painter: QPainter, data: Data) -> None:
        colours = theme().colours
        columns = max(self.width() // _CELL, 1)
        gap = (self.width() - columns * (_CELL - 4)) / max(columns - 1, 1) if columns > 1 else 0
        low, high = min(float(data.x.min()), 0.0), max(float(data.x.max()), 1e-6)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        for place, index in enumerate(range(self._first, min(self._first + self.page_size(), len(data)))):
            row, column = divmod(place, columns)
            box = QRectF(column * (_CELL - 4 + gap), row * (_CELL + _LABEL), _CELL - 4, _CELL - 4)
            painter.drawImage(box, to_image(data.x[index], low, high))
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box)
            painter.setPen(QColor(colours.text))
            under = QRectF(box.left() - 6, box.bottom() + 1, box.width() + 12, _LABEL)
            label = painter.fontMetrics().elidedText(
                _target(data, index), Qt.TextElideMode.ElideRight, int(under.width())
            )
            painter.drawText(under, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, label)

    def _table(self, painter: QPainter, data: Data) -> None:
        colours = theme().colours
        flat = data.shown.reshape(len(data), -1)
        column_width = painter.fontMetrics().horizontalAdvance("−0.0982") + 8
        columns = min(max((self.width() - 78) // column_width, 1), flat.shape[1])
        left_out = flat.shape[1] - columns
        names = list(data.features) or [f"x{index + 1}" for index in range(flat.shape[1])]
        stride = (self.width() - 78) / columns
        head = 2 * _ROW - 4
        wrap = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(colours.muted))
        for column in range(columns):
            painter.drawText(QRectF(column * stride, 0, stride - 8, head), wrap, names[column])
        more = f"class\n(+ {left_out} more)" if left_out else "class"
        title = more if data.task == "classification" else more.replace("class", "target")
        painter.drawText(QRectF(self.width() - 72, 0, 72, head), Qt.AlignmentFlag.AlignVCenter, title)
        elide = Qt.TextElideMode.ElideRight
        for line, index in enumerate(range(self._first, min(self._first + self.page_size(), len(data)))):
            top = head + line * _ROW
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(QPointF(0, top), QPointF(self.width(), top))
            painter.setPen(QColor(colours.text))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            for column in range(columns):
                text = painter.fontMetrics().elidedText(exact(flat[index, column]), elide, int(stride - 8))
                painter.drawText(QRectF(column * stride, top, stride - 8, _ROW), right, text)
            box = QRectF(self.width() - 72, top, 72, _ROW)
            if data.task == "classification":
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(class_colour(colours, int(data.y[index])))
                painter.drawEllipse(QPointF(box.left() + 4, box.center().y()), 4, 4)
                box.adjust(12, 0, 0, 0)
            painter.setPen(QColor(colours.text))
            text = painter.fontMetrics().elidedText(_target(data, index), elide, int(box.width()))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)


def _target(data: Data, index: int) -> str:
    """What should come out for a sample, as text."""
    if data.task == "classification":
        label = int(data.y[index])
        return data.classes[label] if label < len(data.classes) else str(label)
    return ", ".join(exact(value) for value in data.y[index][:3])


def _reach(data: Data) -> float:
    """The largest target, up or down."""
    return max(float(np.abs(data.y).max()), 1e-12) if len(data) else 1.0
