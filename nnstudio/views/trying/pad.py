"""Pad to draw on with mouse, pen, finger or keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPointingDevice,
    QTabletEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.ui.theme import theme

Array = NDArray[Any]

# Pixels of the longer side of what is drawn, however large it is on screen.
SIDE = 280
# Widths of the pen, in these pixels.
WIDTHS = (2, 80)
_WIDTH_STEP = 2
# An arrow key moves the pen by so many of them; with Shift by one.
_KEY_STEP = 7
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_KEYS = (*_ARROWS, Qt.Key.Key_Space, Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_E)
_HINT = "Draw here"
_COMPRESSES = Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents


@dataclass
class Stroke:
    """Line of a pen, or of the eraser, through points in pixels of the drawing."""

    width: float
    colour: QColor
    erases: bool
    points: list[QPointF] = field(default_factory=list)


class Pad(QWidget):
    """Pad on which strokes are drawn, and taken back one by one.

    Signals:
        changed: the drawing has changed.
        tool_changed: pen width, pen and eraser, or what undo and clearing would do, has changed.

    Attributes:
        strokes: the strokes, in their order.
        pen_width: width of the pen, in pixels of the drawing. erasing: the eraser is in hand.
        colour: of the pen.
    """

    changed = Signal()
    tool_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tryPad")
        self.setAccessibleName("Drawing pad")
        self.setAccessibleDescription(
            "Draw with the mouse, or move the pen with the arrow keys and put it down or lift it with the space bar. "
            "E takes the eraser, plus and minus change the width, Backspace takes a stroke back, Delete clears."
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.strokes: tuple[Stroke, ...] = ()
        self.pen_width, self.erasing = 24.0, False
        self.colour = QColor("white")
        self._ground = QColor("black")
        self._size = QSize(SIDE, SIDE)
        self._image = QImage()
        # The strokes as they were before each change, newest last.
        self._before: list[tuple[Stroke, ...]] = []
        self._stroke: Stroke | None = None
        # Where the mouse is, or the pen that keys move.
        self._spot: QPointF | None = None
        self._by_keys = False
        self._render()
        theme().changed.connect(self.update)

    # The drawing

    def set_proportions(self, height: int, width: int) -> None:
        """Take the proportions of pictures of this size. A drawing of other ones is given up."""
        longer = max(height, width)
        size = QSize(max(round(SIDE * width / longer), 1), max(round(SIDE * height / longer), 1))
        if size != self._size:
            self._size = size
            self.forget()
            self.updateGeometry()

    def set_colours(self, ground: QColor, ink: QColor) -> None:
        """Draw in another colour on another ground, what was drawn in the pen's colour as well."""
        if (ground, ink) == (self._ground, self.colour):
            return
        for stroke in self.strokes:
            if stroke.colour == self.colour:
                stroke.colour = ink
        self._ground, self.colour = ground, ink
        self._render()

    def set_pen(self, colour: QColor) -> None:
        """Draw the next strokes in another colour."""
        self.colour = colour

    @property
    def drawing_height(self) -> int:
        """Height of the drawing in its own pixels."""
        return self._size.height()

    @property
    def empty(self) -> bool:
        """True if nothing is drawn."""
        return not self.strokes

    @property
    def can_undo(self) -> bool:
        """True if a change can be taken back."""
        return bool(self._before)

    def cover(self) -> Array:
        """Share of each pixel that is covered with ink, (height, width) from 0 to 1."""
        cover: Array = self._pixels(QImage.Format.Format_Alpha8)[0]
        return cover

    def paint(self) -> Array:
        """Colours of the ink, (3, height, width) from 0 to 1: red, green, blue."""
        colours: Array = self._pixels(QImage.Format.Format_RGBA8888)[:3]
        return colours

    def _pixels(self, form: QImage.Format) -> Array:
        """Channels of the drawing, (channels, height, width) float32."""
        image = self._image.convertToFormat(form)
        height, width, depth = image.height(), image.width(), image.depth() // 8
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
        pixels = rows[:, : depth * width].reshape(height, width, depth)
        channels: Array = pixels.transpose(2, 0, 1) / np.float32(255)
        return channels

    def undo(self) -> None:
        """Take the last stroke back, or the last clearing."""
        if self._before:
            self._stroke = None
            self._set(self._before.pop())

    def clear(self) -> None:
        """Clear the pad. Undo brings the strokes back."""
        if self.strokes:
            self._before.append(self.strokes)
            self._set(())

    def put_away(self) -> None:
        """Clear the pad, which is no change of a drawing. Undo brings the strokes back."""
        if self.strokes:
            self._before.append(self.strokes)
            self.strokes, self._stroke = (), None
            self._render()
            self.tool_changed.emit()

    def forget(self) -> None:
        """Forget the drawing and all before it."""
        self.strokes, self._stroke = (), None
        self._before.clear()
        self._render()

    def _set(self, strokes: tuple[Stroke, ...]) -> None:
        self.strokes = strokes
        self._render()
        self.changed.emit()

    def _render(self) -> None:
        self._image = QImage(self._size, QImage.Format.Format_ARGB32_Premultiplied)
        self._image.fill(Qt.GlobalColor.transparent)
        for stroke in self.strokes:
            self._draw(stroke, stroke.points)
        self.update()

    def _draw(self, stroke: Stroke, points: list[QPointF]) -> None:
        painter = QPainter(self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if stroke.erases:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        pen = QPen(
            stroke.colour, stroke.width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        )
        painter.setPen(pen)
        if len(points) == 1:
            painter.drawPoint(points[0])
        else:
            painter.drawPolyline(points)

    # Strokes

    def _begin(self, spot: QPointF, *, erases: bool) -> None:
        # Every place the pen was at, also where the window is busy: else Qt leaves some out, and circles get corners.
        QCoreApplication.setAttribute(_COMPRESSES, False)
        self._before.append(self.strokes)
        self._stroke = Stroke(self.pen_width, QColor(self.colour), erases, [spot])
        self.strokes = (*self.strokes, self._stroke)
        self._extend_to(spot)

    def _extend_to(self, spot: QPointF) -> None:
        stroke = self._stroke
        if stroke is None:
            return
        stroke.points.append(spot)
        self._draw(stroke, stroke.points[-2:])
        self.update()
        self.changed.emit()

    def _end(self) -> None:
        QCoreApplication.setAttribute(_COMPRESSES, True)
        self._stroke = None
        self.update()

    # Places

    def sheet(self) -> QRectF:
        """Part of the widget that is drawn on."""
        room = self.rect().adjusted(2, 2, -2, -2)
        size = self._size.scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRectF(
            (self.width() - size.width()) / 2, (self.height() - size.height()) / 2, size.width(), size.height()
        )

    def _to_drawing(self, place: QPointF) -> QPointF:
        sheet = self.sheet()
        scale = self._size.width() / max(sheet.width(), 1)
        return (place - sheet.topLeft()) * scale

    def sizeHint(self) -> QSize:
        return QSize(220, 220)

    def minimumSizeHint(self) -> QSize:
        return QSize(96, 96)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return min(max(round(width * self._size.height() / self._size.width()), 96), 240)

    # Events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.sheet().contains(event.position()):
            self._by_keys = False
            self._begin(self._to_drawing(event.position()), erases=self.erasing)
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._by_keys and self._stroke is not None:
            return
        self._by_keys, self._spot = False, self._to_drawing(event.position())
        if self._stroke is not None:
            self._extend_to(self._spot)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._by_keys:
            self._end()

    def tabletEvent(self, event: QTabletEvent) -> None:
        # Only the other end of the pen differs from a mouse, which Qt makes of all that is not taken here.
        if event.pointerType() != QPointingDevice.PointerType.Eraser:
            event.ignore()
            return
        self._by_keys, self._spot = False, self._to_drawing(event.position())
        if event.type() == QEvent.Type.TabletPress:
            self._begin(self._spot, erases=True)
        elif event.type() == QEvent.Type.TabletMove:
            self._extend_to(self._spot)
        else:
            self._end()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        if not self._by_keys:
            self._spot = None
            self.update()
        super().leaveEvent(event)

    def event(self, event: QEvent) -> bool:
        # The space bar and the arrows are the window's elsewhere; here they move the pen.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def _is_own(self, event: QKeyEvent) -> bool:
        if event.matches(QKeySequence.StandardKey.Undo):
            return self.can_undo
        others = ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        return not event.modifiers() & others and (event.key() in _KEYS or event.text() in ("+", "-"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._is_own(event):
            super().keyPressEvent(event)
            return
        key = Qt.Key(event.key())
        if key in _ARROWS:
            fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._move_pen(*_ARROWS[key], 1 if fine else _KEY_STEP)
        elif key == Qt.Key.Key_Space:
            self._use_pen()
        elif key == Qt.Key.Key_Delete:
            self.clear()
        elif key == Qt.Key.Key_E:
            self.erasing = not self.erasing
            self.tool_changed.emit()
        elif event.text() in ("+", "-"):
            step = _WIDTH_STEP if event.text() == "+" else -_WIDTH_STEP
            self.pen_width = float(min(max(self.pen_width + step, WIDTHS[0]), WIDTHS[1]))
            self.tool_changed.emit()
        else:
            self.undo()
        self.update()

    def _move_pen(self, right: int, down: int, step: int) -> None:
        here = self._spot or QPointF(self._size.width() / 2, self._size.height() / 2)
        x = min(max(here.x() + right * step, 0.0), float(self._size.width()))
        y = min(max(here.y() + down * step, 0.0), float(self._size.height()))
        self._by_keys, self._spot = True, QPointF(x, y)
        self._extend_to(self._spot)

    def _use_pen(self) -> None:
        """Puts the pen down where it is, or lifts it."""
        if self._stroke is not None:
            self._end()
            return
        self._by_keys = True
        self._spot = self._spot or QPointF(self._size.width() / 2, self._size.height() / 2)
        self._begin(self._spot, erases=self.erasing)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours, sheet = theme().colours, self.sheet()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(sheet, self._ground)
        painter.drawImage(sheet, self._image)
        light = self._ground.lightness() > 127
        if self.empty:
            painter.setPen(QColor("#596474" if light else "#a3adbb"))
            painter.drawText(sheet, Qt.AlignmentFlag.AlignCenter, _HINT)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = self.hasFocus()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.accent if ring else colours.border), 2 if ring else 1))
        painter.drawRect(sheet.adjusted(-1, -1, 1, 1))
        if self._spot is None:
            return
        scale = sheet.width() / self._size.width()
        spot, radius = sheet.topLeft() + self._spot * scale, max(self.pen_width * scale / 2, 2.0)
        painter.setClipRect(sheet)
        style = Qt.PenStyle.DashLine if self.erasing else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor("#1f6fb2" if light else "#58a6e8"), 1.5, style))
        painter.drawEllipse(spot, radius, radius)
