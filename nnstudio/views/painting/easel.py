"""Easel: turns mouse and keys over a plot into strokes, and each stroke into one undoable edit."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractButton

from engine.data.painted import MOST_CLASSES
from nnstudio.store import Store
from nnstudio.views.painting.bar import PaintBar
from nnstudio.views.painting.brush import (
    HEIGHT_STEP,
    REACH,
    TOOLS,
    WIDE,
    Tool,
    along,
    away,
    nearest,
    sprayed,
    tidy_height,
)
from nnstudio.views.painting.ground import Ground, Place
from nnstudio.views.painting.naming import ClassName
from nnstudio.views.painting.sheet import Sheet
from nnstudio.views.painting.stroke import Strokes
from nnstudio.views.plotting import ThemedPlot

_SPRAY_EVERY = 30  # milliseconds
# A drag of so many pixels changes a height by one.
_PER_HEIGHT = 100.0
# An arrow key moves the pen by this share of the view; with Shift by a fifth of that.
_KEY_STEP = 1 / 40
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_APPLY = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_REMOVE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_TOOL_KEYS = {key: tool for tool, (key, _, _) in TOOLS.items()}


class Easel(QObject):
    """Painting on a plot, as long as the document's data are painted ones.

    Signals:
        changed: the sheet, or the tool, has changed.

    Attributes:
        strokes: the strokes, and the sheet with the one under way.
        pen: place of the pen that the arrow keys move; None before they do.
    """

    changed = Signal()

    def __init__(self, store: Store, plot: ThemedPlot, bar: PaintBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plot, self._bar, self._ground = plot, bar, Ground(plot)
        self.strokes = Strokes(store, self)
        self.strokes.changed.connect(self._follow)
        self.pen: Place | None = None
        # The point that is dragged, where the mouse was last, and where its button went down.
        self._held: int | None = None
        self._mouse: QPointF | None = None
        self._before: QPointF | None = None
        self._owed = 0.0
        self._sprayed = 0.0
        self._spray = QTimer(self, interval=_SPRAY_EVERY)
        self._spray.timeout.connect(self._spray_more)
        bar.changed.connect(self._brush_changed)
        bar.clear_chosen.connect(self.clear)
        bar.name_wanted.connect(self.begin_naming)
        bar.hide()
        plot.viewport().installEventFilter(self)
        plot.viewport().setMouseTracking(True)
        plot.installEventFilter(self)
        for button in bar.findChildren(QAbstractButton):
            button.installEventFilter(self)
        plot.restyled.connect(self._show_marks)
        store.opened.connect(self._forget)
        self._follow()

    @property
    def sheet(self) -> Sheet | None:
        """Sheet as it is painted; None where the data are others."""
        return self.strokes.sheet

    @property
    def painting(self) -> bool:
        """True if a click paints."""
        return self.sheet is not None and self._bar.brush.tool is not Tool.LOOK

    def nearest(self, place: QPointF) -> int | None:
        """Index of the point that is meant by a place of the plot; None if none is near."""
        return None if self.sheet is None else nearest(self.sheet.xy, (place.x(), place.y()), self._ground.pixel)

    def words(self) -> str:
        """State of the brush in words, for screen readers."""
        if self.sheet is None:
            return ""
        brush = self._bar.brush
        names = self.sheet.dataset.classes
        name = names[brush.label] if brush.label < len(names) else str(brush.label + 1)
        what = f"height {brush.height:g}" if self.sheet.heights else f"class {name}"
        where = "" if self.pen is None else f", pen at {self.pen[0]:.3g}, {self.pen[1]:.3g}"
        count = len(self.sheet.xy)
        return f"Brush: {brush.tool.value.lower()}, {what}{where}; {count:,} point{'s'[: count != 1]}"

    # Events

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.sheet is None:
            return super().eventFilter(watched, event)
        if isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            on_plot = watched is self._plot
            names = event.key() == Qt.Key.Key_F2 and not event.modifiers() and not self.sheet.heights
            if event.type() == QEvent.Type.ShortcutOverride:
                # With a modifier, they are the window's: Ctrl+S saves.
                if names or (on_plot and self._is_own(event)):
                    event.accept()
                    return True
            elif names:
                label = self._bar.label_of(watched)
                self.begin_naming(self._bar.brush.label if label is None else label)
                return True
            elif self._key(event, on_plot=on_plot):
                return True
        elif watched is self._plot.viewport():
            if isinstance(event, QMouseEvent):
                return self._mouse_event(event)
            if isinstance(event, QWheelEvent):
                return self._wheel(event)
            if event.type() == QEvent.Type.Leave:
                self._mouse = None
                self._show_marks()
        return super().eventFilter(watched, event)

    def _mouse_event(self, event: QMouseEvent) -> bool:
        kind, spot = event.type(), event.position()
        if kind == QEvent.Type.MouseMove:
            self._before, self._mouse = self._mouse, spot
            self._show_marks()
            if self.strokes.under_way:
                self._drag(event)
                return True
            return False
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        if kind == QEvent.Type.MouseButtonRelease and self.strokes.under_way:
            self._finish()
            return True
        # Clicks that follow each other fast are clicks all the same.
        pressed = kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
        if not (pressed and self.painting and self._ground.holds(spot)):
            return False
        self._plot.setFocus(Qt.FocusReason.MouseFocusReason)
        self._before = self._mouse = spot
        self.pen = None
        self.strokes.begin()
        self._apply(self._ground.place(spot))
        return True

    def _wheel(self, event: QWheelEvent) -> bool:
        """The wheel changes the height of the point under the mouse, else that of the brush; with Ctrl, it zooms."""
        sheet, notches = self.sheet, event.angleDelta().y() / 120
        zooms = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if sheet is None or not (self.painting and sheet.heights) or zooms or not self._ground.holds(event.position()):
            return False
        place = self._ground.place(event.position())
        index = nearest(sheet.xy, place, self._ground.pixel)
        if index is None or self._bar.brush.tool is Tool.ERASE:
            self._bar.set(height=tidy_height(self._bar.brush.height + notches * HEIGHT_STEP))
        else:
            self.strokes.change_height(index, notches * HEIGHT_STEP)
        event.accept()
        return True

    # Strokes of the mouse

    def _apply(self, place: Place) -> None:
        """Uses the tool at a place, at the beginning of a stroke."""
        sheet, brush = self.sheet, self._bar.brush
        if sheet is None:
            return
        match brush.tool:
            case Tool.POINT:
                if self.strokes.add(self._ground.tidied(place), self._value):
                    self._held = len(sheet.xy)
            case Tool.SPRAY:
                self._owed, self._sprayed = 1.0, time.monotonic()
                self._spray_more()
                self._spray.start()
            case Tool.MOVE:
                self._held = nearest(sheet.xy, place, self._ground.pixel)
            case Tool.ERASE:
                self._erase([place])

    def _drag(self, event: QMouseEvent) -> None:
        sheet, spot = self.sheet, event.position()
        if sheet is None:
            return
        place = self._ground.place(spot)
        match self._bar.brush.tool:
            case Tool.POINT | Tool.MOVE if self._held is not None and self._held < len(sheet.xy):
                lifts = sheet.heights and (
                    self._bar.brush.tool is Tool.POINT or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
                )
                if lifts and self._before is not None:
                    self.strokes.lift(self._held, (self._before.y() - spot.y()) / _PER_HEIGHT)
                elif self._ground.holds(spot):
                    ((x, y),) = self._ground.tidied(place).tolist()
                    self.strokes.move(self._held, x, y)
            case Tool.ERASE:
                before = place if self._before is None else self._ground.place(self._before)
                self._erase(along(before, place, self._ground.pixel, self._bar.brush.radius / 2))

    def _finish(self) -> None:
        self._spray.stop()
        self._held = None
        self.strokes.end()

    def _spray_more(self) -> None:
        """Sprays as many points as are due since the last time."""
        place = self._spot()
        if place is None:
            return
        brush, now = self._bar.brush, time.monotonic()
        self._owed += brush.density * (now - self._sprayed)
        self._sprayed = now
        count = int(self._owed)
        self._owed -= count
        if count and not self._puff(place, count):
            self._spray.stop()

    def _puff(self, place: Place, count: int) -> bool:
        """Sprays points around a place; False where the sheet is full."""
        sheet = self.sheet
        if sheet is None:
            return False
        # The same points on the same sheet, whoever sprays them.
        rng = np.random.default_rng([len(sheet.xy), int(sheet.points.numbers.max(initial=0))])
        spots = sprayed(place, self._ground.pixel, self._bar.brush.radius, count, rng)
        return self.strokes.add(self._ground.tidied(*spots.tolist()), self._value)

    def _erase(self, places: list[Place]) -> None:
        sheet = self.sheet
        if sheet is None or not len(sheet.xy):
            return
        gone = np.zeros(len(sheet.xy), bool)
        for place in places:
            gone |= away(sheet.xy, place, self._ground.pixel) <= self._bar.brush.radius
        self.strokes.erase(gone)

    # Keys

    def _is_own(self, event: QKeyEvent) -> bool:
        if event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
            return False
        key = Qt.Key(event.key())
        return (
            event.text().isdecimal()
            or event.text().upper() in _TOOL_KEYS
            or event.text() in ("+", "-")
            or (self.painting and key in (*_ARROWS, *_APPLY, *_REMOVE))
        )

    def _key(self, event: QKeyEvent, *, on_plot: bool) -> bool:
        """Keys choose tool and class, wherever the focus is in the view; on the plot, they move the pen and paint."""
        sheet, key, text = self.sheet, Qt.Key(event.key()), event.text()
        if sheet is None or not self._is_own(event):
            return False
        if text.isdecimal() and not sheet.heights:
            self.choose_class((int(text) - 1) % MOST_CLASSES)
        elif text.upper() in _TOOL_KEYS:
            self._bar.set(tool=_TOOL_KEYS[text.upper()])
        elif text in ("+", "-") and sheet.heights:
            self._bar.set(height=tidy_height(self._bar.brush.height + HEIGHT_STEP * (1 if text == "+" else -1)))
        elif on_plot and key in _ARROWS and self.painting:
            fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._move_pen(*_ARROWS[key], _KEY_STEP / 5 if fine else _KEY_STEP)
        elif on_plot and key in _APPLY and self.painting:
            self._use_pen()
        elif on_plot and key in _REMOVE and self.painting:
            self._remove()
        else:
            return False
        return True

    def choose_class(self, label: int) -> None:
        """Choose the class to paint; with a tool that paints none, the next click places points."""
        tool = self._bar.brush.tool
        self._bar.set(label=label, tool=tool if tool in (Tool.POINT, Tool.SPRAY) else Tool.POINT)

    def begin_naming(self, label: int) -> None:
        """Let the user name a class, if there are points of it or it is one of the first two."""
        if self.sheet is None or self.sheet.heights or label >= len(self.sheet.dataset.classes):
            return
        field = ClassName(label, self.sheet.dataset.classes[label], self.strokes.name_class, self._bar.swatch(label))
        field.refused.connect(self.strokes.refused)

    def clear(self) -> None:
        """Erase all points, as one step."""
        if self.sheet is not None:
            self.strokes.begin()
            self.strokes.erase(np.ones(len(self.sheet.xy), bool))
            self._finish()

    def _move_pen(self, right: int, up: int, share: float) -> None:
        self.pen = self._ground.step(self.pen, right, up, share)
        if self._held is not None and self.sheet is not None and self._held < len(self.sheet.xy):
            ((x, y),) = self._ground.tidied(self.pen).tolist()
            self.strokes.move(self._held, x, y)
        self._show_marks()
        self.changed.emit()

    def _use_pen(self) -> None:
        """Uses the tool at the pen. A point is picked up, carried by the arrow keys, and put down again."""
        place, brush = self._spot(), self._bar.brush
        if place is None:
            self._move_pen(0, 0, 0.0)
            return
        if self._held is not None:
            self._finish()
            return
        self.strokes.begin()
        if brush.tool is Tool.SPRAY:
            self._puff(place, max(round(brush.density * 0.2), 1))
        else:
            self._apply(place)
        if brush.tool is Tool.MOVE and self._held is not None:
            return
        self._finish()

    def _remove(self) -> None:
        sheet, place = self.sheet, self._spot()
        if sheet is None or place is None:
            return
        index = nearest(sheet.xy, place, self._ground.pixel, 3 * REACH)
        if index is not None:
            self.strokes.begin()
            self.strokes.erase(np.arange(len(sheet.xy)) == index)
            self._finish()

    # Places

    @property
    def _value(self) -> float:
        brush = self._bar.brush
        return brush.height if self.sheet is not None and self.sheet.heights else float(brush.label)

    def _spot(self) -> Place | None:
        """Place of the pen if the arrow keys have moved it, else that of the mouse."""
        if self.pen is not None:
            return self.pen
        return None if self._mouse is None else self._ground.place(self._mouse)

    # What is shown

    def _follow(self) -> None:
        """Follows document and stroke."""
        sheet = self.sheet
        self._bar.setVisible(sheet is not None)
        if sheet is None:
            self._forget()
        else:
            self._bar.show_data(sheet.dataset)
        self._show_marks()
        self.changed.emit()

    def _forget(self) -> None:
        self._spray.stop()
        self._held = self.pen = None
        self._bar.set(tool=Tool.LOOK, label=0)

    def _brush_changed(self) -> None:
        if self._held is not None:
            self._finish()
        self._show_marks()
        self.changed.emit()

    def _show_marks(self) -> None:
        """Draws the reach of the tool around the mouse, and the pen of the keys."""
        wide = self.painting and self._bar.brush.tool in WIDE
        self._ground.show_marks(
            self._spot() if wide else None,
            self._bar.brush.radius,
            self.pen if self.painting else None,
            painting=self.painting,
        )
