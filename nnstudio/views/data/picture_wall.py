"""Wall of pictures of which only those in sight are drawn."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea

from nnstudio.ui.colours import class_colour
from nnstudio.ui.theme import theme

# Sides of pictures, least and largest, the gap around one, and the frame of the probe, in pixels.
SMALLEST, LARGEST = 32, 192
_GAP, _FRAME = 4, 3


class PictureWall(QAbstractScrollArea):
    """Wall of pictures with a line of text below each, in rows as wide as the window.

    Signals:
        chosen: the place of a picture that was clicked, or reached by a key.

    Attributes:
        count: number of pictures. current: place of the probe; None if it is not among them. side: of a picture.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pictureWall")
        self.setAccessibleName("Pictures of the data")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.count, self.side = 0, 56
        self.current: int | None = None
        self._picture: Callable[[int], QImage] = lambda place: QImage()
        self._label: Callable[[int], tuple[str, int | None]] = lambda place: ("", None)
        self._pressed: int | None = None
        theme().changed.connect(self.viewport().update)

    def show_pictures(
        self, count: int, picture: Callable[[int], QImage], label: Callable[[int], tuple[str, int | None]]
    ) -> None:
        """Show `count` pictures, made when they come in sight, each with a text and its class."""
        self.count, self._picture, self._label, self.current = count, picture, label, None
        self._fit()
        self.verticalScrollBar().setValue(0)
        self.viewport().update()

    def set_side(self, side: int) -> None:
        """Draw pictures of another size; the first one in sight stays in sight."""
        first = self.in_sight().start
        self.side = min(max(side, SMALLEST), LARGEST)
        self._fit()
        self.verticalScrollBar().setValue(first // self.columns * self._pitch)
        self.viewport().update()

    def mark(self, place: int | None, *, scroll: bool = True) -> None:
        """Mark the picture of the probe, and bring it in sight."""
        if place != self.current:
            self.current = place
            if place is not None and scroll:
                self._reveal(place)
            self.viewport().update()

    @property
    def columns(self) -> int:
        """Number of pictures side by side."""
        return max((self.viewport().width() - _GAP) // (self.side + 2 * _GAP), 1)

    @property
    def _line(self) -> int:
        return self.fontMetrics().height()

    @property
    def _pitch(self) -> int:
        """Height of a row."""
        return self.side + 2 * _GAP + self._line

    def box(self, place: int) -> QRect:
        """Rectangle of a picture on the viewport, without its text."""
        row, column = divmod(place, self.columns)
        top = row * self._pitch - self.verticalScrollBar().value()
        return QRect(_GAP + column * (self.side + 2 * _GAP) + _GAP, top + _GAP, self.side, self.side)

    def in_sight(self) -> range:
        """Places of the pictures that are at least partly in sight."""
        top, columns = self.verticalScrollBar().value(), self.columns
        first = top // self._pitch * columns
        last = ((top + self.viewport().height()) // self._pitch + 1) * columns
        return range(min(first, self.count), min(last, self.count))

    def place_at(self, point: QPointF) -> int | None:
        """Place of the picture under a point of the viewport; None where there is none."""
        row = int((point.y() + self.verticalScrollBar().value()) // self._pitch)
        column = int((point.x() - _GAP) // (self.side + 2 * _GAP))
        place = row * self.columns + column
        return place if 0 <= column < self.columns and 0 <= place < self.count else None

    def _fit(self) -> None:
        bar, height = self.verticalScrollBar(), self.viewport().height()
        rows = -(-self.count // self.columns)
        bar.setRange(0, max(rows * self._pitch - height, 0))
        bar.setPageStep(height)
        bar.setSingleStep(self._pitch)

    def _reveal(self, place: int) -> None:
        box, bar = self.box(place), self.verticalScrollBar()
        if box.top() < 0:
            bar.setValue(bar.value() + box.top() - _GAP)
        elif box.bottom() + self._line > self.viewport().height():
            bar.setValue(bar.value() + box.bottom() + self._line + _GAP - self.viewport().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        first = self.in_sight().start
        super().resizeEvent(event)
        self._fit()
        self.verticalScrollBar().setValue(first // self.columns * self._pitch)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours, painter = theme().colours, QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), QColor(colours.canvas))
        metrics, flags = painter.fontMetrics(), Qt.AlignmentFlag
        for place in self.in_sight():
            box = self.box(place)
            painter.drawImage(box, self._picture(place))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if place == self.current:
                painter.setPen(QPen(QColor(colours.accent), _FRAME))
                painter.drawRect(QRectF(box).adjusted(-1.5, -1.5, 1.5, 1.5))
            text, label = self._label(place)
            under = QRectF(box.left() - _GAP, box.bottom() + 2, box.width() + 2 * _GAP, self._line)
            if label is not None:
                # Of names that are too long, the colours still tell them apart.
                painter.fillRect(QRectF(box.left(), box.bottom() + 1, box.width(), 2), class_colour(colours, label))
            painter.setPen(QColor(colours.text))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(under.width()))
            painter.drawText(under, flags.AlignHCenter | flags.AlignVCenter, shown)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self.place_at(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place, self._pressed = self._pressed, None
        left = event.button() == Qt.MouseButton.LeftButton
        if left and place is not None and place == self.place_at(event.position()):
            self.chosen.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        rows = max(self.viewport().height() // self._pitch, 1)
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self.columns,
            Qt.Key.Key_Down: self.columns,
            Qt.Key.Key_PageUp: -self.columns * rows,
            Qt.Key.Key_PageDown: self.columns * rows,
            Qt.Key.Key_Home: -self.count,
            Qt.Key.Key_End: self.count,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or not self.count:
            super().keyPressEvent(event)
            return
        begin = self.in_sight().start if self.current is None else self.current
        place = begin if self.current is None and abs(step) < self.count else begin + step
        self.chosen.emit(min(max(place, 0), self.count - 1))
