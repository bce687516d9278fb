"""Canvas of the network view: painting, zoom, mouse and keys."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from nnstudio.ui.theme import theme
from nnstudio.views.network.frame import Frame
from nnstudio.views.network.layout import Room, arrange
from nnstudio.views.network.model import Model
from nnstudio.views.network.painting import Marks, Scene, Spot, paint_kernel, paint_units, paint_wires
from nnstudio.views.network.viewport import Viewport

# How near the mouse must be to a wire, in pixels.
_NEAR = 5.0
# While training runs, wires are drawn anew so many seconds after the last time: hundreds of lines take their time.
_WIRES_EVERY = 0.2
# Scales of pictures that differ by less are the same.
_SAME = 0.01
# Room beside inputs and outputs for their names, at most.
_MOST_TEXT = 130
# What mouse and keys do there, for the list of keys.
GESTURES = (
    ("Click a unit, Space", "Choose the unit for all views; again for none"),
    ("Click a wire or a bias", "Change the number, while training is paused"),
    ("Arrow keys", "Move among units"),
    ("Enter", "Change the bias and the weights of the unit, while training is paused"),
    ("Page down, Page up", "Show other units of a large layer"),
    ("Wheel, drag, double-click", "Zoom, move, show everything again"),
)
_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class NetworkCanvas(QWidget):
    """Canvas on which a network is drawn.

    Signals:
        unit_chosen: a unit was clicked, or chosen by key: its block, and its place among those on show.
        block_chosen: the title of a block was clicked.
        wire_chosen: a wire was clicked: its number, and where.
        edit_wanted: the numbers of a unit are to be changed: block, place, and where on the canvas.
        page_wanted: other units of a block are to be shown: its name, and True for forwards.
        moved: another unit has the keyboard focus.
        looked: another unit or wire, or none, is under the mouse; see `hovered`.
        resized: there is room for other numbers of units.
    """

    unit_chosen = Signal(str, int)
    block_chosen = Signal(str)
    wire_chosen = Signal(int, QPointF)
    edit_wanted = Signal(str, int, QPointF)
    page_wanted = Signal(str, bool)
    moved = Signal()
    looked = Signal()
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("networkCanvas")
        self.setAccessibleName("Network")
        self.setMinimumSize(1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.scene: Scene | None = None
        self.hovered = Marks()
        # Picture of the kernel on the wire under the mouse.
        self.kernel: QImage | None = None
        self.focus: Spot | None = None
        self.chosen: Spot | None = None
        self._port = Viewport()
        self._pressed: QPointF | None = None
        self._dragged = False
        self._running = False
        # The wires as they were drawn last: the picture, from what, and when.
        self._wires = QPixmap()
        self._wired: tuple[object, ...] = ()
        self._wired_at = 0.0
        theme().changed.connect(self.update)

    # What is drawn

    def show_model(self, model: Model, before: tuple[str, ...], after: tuple[str, ...], last: str) -> None:
        """Arrange another structure; `before` and `after` are the names of inputs and outputs, `last` is the output."""
        arrangement = arrange(model, self.room(before, after))
        lines = [QLineF(*line) for line in arrangement.lines.tolist()]
        self.scene = Scene(model, arrangement, Frame(), lines, before, after, last)
        self.hovered, self.kernel = Marks(), None
        if self.focus is not None and self.focus[1] >= len(arrangement.cells.get(self.focus[0], ())):
            self.focus = None
        self._port.take(QSizeF(self.size()), QSizeF(arrangement.width, arrangement.height))

    def show_frame(self, frame: Frame, chosen: Spot | None, *, running: bool) -> None:
        """Draw other numbers. `running` says that the next ones will follow soon."""
        self._running = running
        if self.scene is not None:
            old = self.scene
            self.scene = Scene(old.model, old.arrangement, frame, old.lines, old.before, old.after, old.last)
        self.chosen = chosen
        self.update()

    def room(self, before: tuple[str, ...] = (), after: tuple[str, ...] = ()) -> Room:
        """Room that there is for a network."""
        metrics = self.fontMetrics()
        left, right = (
            min(max(map(metrics.horizontalAdvance, texts), default=0) + 8, _MOST_TEXT) if texts else 0
            for texts in (before, after)
        )
        return Room(self.width(), self.height(), metrics.height(), left, right, metrics.horizontalAdvance)

    # From the widget to the picture

    @property
    def scale(self) -> float:
        """Pixels of the widget for each of the picture."""
        return self._port.scale

    def to_widget(self, point: QPointF) -> QPointF:
        """Point of the widget at a point of the picture."""
        return self._port.to_widget(point)

    def fit(self) -> None:
        """Show everything again."""
        self._port.fit()
        self.update()

    def show_unit(self, spot: Spot) -> None:
        """Move the picture so that a unit is in sight."""
        cell = self.cell(spot)
        if cell is None:
            return
        self._port.reveal(cell)
        self.update()

    def cell(self, spot: Spot) -> QRectF | None:
        """Place of a unit in the picture; None where it is not on show."""
        cells = self.scene.arrangement.cells.get(spot[0], ()) if self.scene is not None else ()
        return cells[spot[1]] if spot[1] < len(cells) else None

    # Events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.scene is None:
            painter.fillRect(self.rect(), QColor(theme().colours.canvas))
            return
        kept = abs(painter.deviceTransform().m11() - self.devicePixelRatioF()) < _SAME
        if kept:
            self._draw_wires(self.scene)
            painter.drawPixmap(0, 0, self._wires)
        painter.translate(self._port.offset)
        painter.scale(self.scale, self.scale)
        if not kept:
            # A picture that is copied or saved is finer than the screen.
            paint_wires(painter, self.scene)
        focus = self.focus if self.hasFocus() else None
        paint_units(painter, self.scene, Marks(self.hovered.wire, self.hovered.unit, focus, self.chosen))
        if self.kernel is not None and self.hovered.wire is not None:
            paint_kernel(painter, self.kernel, self.scene.lines[self.hovered.wire].pointAt(0.5))

    def _draw_wires(self, scene: Scene) -> None:
        """Draws ground and wires into a picture, if they are others than those in it."""
        ratio = self.devicePixelRatioF()
        place = (
            *(self.scale, self._port.offset.x(), self._port.offset.y(), self.width(), self.height(), ratio),
            *(theme().colours.name, scene.arrangement),
        )
        numbers = scene.frame.levels.tobytes(), scene.frame.signs.tobytes()
        now = time.monotonic()
        if (place, numbers) == self._wired:
            return
        if self._running and self._wired[:1] == (place,) and now - self._wired_at < _WIRES_EVERY:
            return
        self._wired, self._wired_at = (place, numbers), now
        self._wires = QPixmap(self.size() * ratio)
        self._wires.setDevicePixelRatio(ratio)
        self._wires.fill(QColor(theme().colours.canvas))
        painter = QPainter(self._wires)
        painter.translate(self._port.offset)
        painter.scale(self.scale, self.scale)
        paint_wires(painter, scene)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.resized.emit()
        self._port.take(QSizeF(self.size()), self._port.content)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self.resized.emit()
        super().changeEvent(event)

    def look(self, point: QPointF) -> Marks:
        """Unit or wire at a point of the widget; only one of them."""
        if self.scene is None:
            return Marks()
        place, arrangement = self._port.to_picture(point), self.scene.arrangement
        unit = arrangement.unit_at(place)
        if unit is not None or arrangement.more_at(place) or arrangement.title_at(place):
            return Marks(unit=unit)
        return Marks(arrangement.wire_at(place, _NEAR / self.scale))

    def title_at(self, point: QPointF) -> str:
        """Block whose title is at a point of the widget; "" where there is none."""
        return "" if self.scene is None else self.scene.arrangement.title_at(self._port.to_picture(point))

    def bias_at(self, point: QPointF) -> Spot | None:
        """Unit whose mark of the bias is at a point of the widget."""
        if self.scene is None:
            return None
        spot = self.scene.arrangement.bias_at(self._port.to_picture(point))
        return spot if spot is not None and spot[0] in self.scene.frame.biases else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None:
            shift = event.position() - self._pressed
            if not self._dragged and shift.manhattanLength() < QApplication.startDragDistance():
                return
            self._dragged, self._pressed = True, event.position()
            self._port.pan(shift)
            self.update()
            return
        seen = self.look(event.position())
        self.setCursor(Qt.CursorShape.ArrowCursor if seen == Marks() else Qt.CursorShape.PointingHandCursor)
        self._look_at(seen)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None or self._dragged or event.button() != Qt.MouseButton.LeftButton or self.scene is None:
            return
        point = event.position()
        bias, seen, arrangement = self.bias_at(point), self.look(point), self.scene.arrangement
        more = arrangement.more_at(self._port.to_picture(point))
        if bias is not None:
            self.edit_wanted.emit(*bias, point)
        elif more:
            self.page_wanted.emit(more, self._port.to_picture(point).x() >= arrangement.more[more].center().x())
        elif self.title_at(point):
            self.block_chosen.emit(self.title_at(point))
        elif seen.unit is not None:
            self.focus = seen.unit
            self.unit_chosen.emit(*seen.unit)
        elif seen.wire is not None:
            self.wire_chosen.emit(seen.wire, point)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.look(event.position()) == Marks():
            self.fit()

    def leaveEvent(self, event: QEvent) -> None:
        self._look_at(Marks())

    def _look_at(self, seen: Marks) -> None:
        if seen != self.hovered:
            self.hovered, self.kernel = seen, None
            self.looked.emit()
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if not notches or self.scene is None:
            return
        self._port.zoom(notches, event.position())
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() != Qt.FocusReason.MouseFocusReason:
            self._focus_somewhere()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def _focus_somewhere(self) -> None:
        if self.focus is None and self.scene is not None:
            self.focus = (self.scene.model.columns[0][0].name, 0)
            self.moved.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self.scene is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
        elif self.focus is None:
            self._focus_somewhere()
        elif key in _STEPS:
            self._step(*_STEPS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            cell = self.cell(self.focus)
            if cell is not None:
                self.edit_wanted.emit(*self.focus, self.to_widget(cell.bottomRight()))
        elif key == Qt.Key.Key_Space:
            self.unit_chosen.emit(*self.focus)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            if self.focus[0] in self.scene.arrangement.more:
                self.page_wanted.emit(self.focus[0], key == Qt.Key.Key_PageDown)
        else:
            super().keyPressEvent(event)

    def _step(self, across: int, down: int) -> None:
        """Moves the keyboard focus to the next unit in a direction."""
        if self.scene is None or self.focus is None:
            return
        columns = self.scene.model.columns
        place = next(
            number for number, column in enumerate(columns) if any(block.name == self.focus[0] for block in column)
        )
        spots = [(block.name, unit) for block in columns[place] for unit in range(len(block.units))]
        if down:
            self.focus = spots[min(max(spots.index(self.focus) + down, 0), len(spots) - 1)]
        elif 0 <= place + across < len(columns):
            own = self.cell(self.focus)
            cells = self.scene.arrangement.cells
            height = own.center().y() if own is not None else 0.0
            self.focus = min(
                ((block.name, unit) for block in columns[place + across] for unit in range(len(block.units))),
                key=lambda spot: abs(cells[spot[0]][spot[1]].center().y() - height),
            )
        self.show_unit(self.focus)
        self.moved.emit()
