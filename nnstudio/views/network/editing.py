"""Value box: numbers of the network, typed or dragged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.training.parameter_edit import ParameterEdit
from nnstudio.ui.jump_slider import JumpSlider
from nnstudio.ui.labels import PlainLabel
from nnstudio.ui.theme import theme
from nnstudio.views.network.entries import Entry

Array = NDArray[Any]

# Steps of the slider to either side of zero; and the least value at its ends.
_STEPS, _LEAST = 500, 2.0
_DECIMALS, _LIMIT = 6, 1e6
# From the edges of the canvas, in pixels.
_EDGE = 4


class ValueBox(QFrame):
    """Small box over the canvas in which a number is set.

    Signals:
        edited: a person has set a number.
        closed: the box was closed; the keyboard goes back to the canvas.
    """

    edited = Signal(ParameterEdit)
    closed = Signal()
    _gestures = count(1)

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setObjectName("valueBox")
        self.setAccessibleName("Number of the network")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.title = PlainLabel()
        self.title.setObjectName("valueTitle")
        self.choice = QComboBox()
        self.choice.setObjectName("valueChoice")
        self.choice.setAccessibleName("Number to set")
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(18)
        self.number = QDoubleSpinBox()
        self.number.setObjectName("valueNumber")
        self.number.setAccessibleName("Value")
        self.number.setRange(-_LIMIT, _LIMIT)
        self.number.setDecimals(_DECIMALS)
        self.number.setSingleStep(0.1)
        self.number.setKeyboardTracking(False)
        self.slider = JumpSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("valueSlider")
        self.slider.setAccessibleName("Value")
        self.slider.setRange(-_STEPS, _STEPS)
        self.slider.setPageStep(_STEPS // 10)
        self.slider.setMinimumWidth(150)
        shut = QToolButton()
        shut.setObjectName("valueClose")
        shut.setText("✕")
        shut.setAutoRaise(True)
        shut.setAccessibleName("Close")
        shut.setToolTip("Close (Escape)")
        shut.clicked.connect(self.shut)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.choice, 1)
        head.addWidget(shut)
        row = QHBoxLayout()
        row.addWidget(self.number)
        row.addWidget(self.slider, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(row)
        self.entries: Sequence[Entry] = ()
        self._value = 0.0
        self._reach = _LEAST
        self._gesture = 0
        self._read: Callable[[str], Array | None] = lambda name: None
        self.choice.currentIndexChanged.connect(self._chosen)
        self.number.valueChanged.connect(self._typed)
        self.slider.sliderPressed.connect(self._begin)
        self.slider.valueChanged.connect(self._slid)
        theme().changed.connect(self._restyle)
        self._restyle()
        self.hide()

    @property
    def entry(self) -> Entry | None:
        """Number that is being set."""
        place = max(self.choice.currentIndex(), 0)
        return self.entries[place] if self.entries else None

    def open(self, entries: Sequence[Entry], parameters: Mapping[str, Array], point: QPointF) -> None:
        """Offer these numbers, the first one chosen, near a point of the canvas."""
        self.entries = entries
        with QSignalBlocker(self.choice):
            self.choice.clear()
            self.choice.addItems([entry.title for entry in entries])
            self.choice.setCurrentIndex(0)
        self.choice.setVisible(len(entries) > 1)
        self.title.setVisible(len(entries) == 1)
        self.title.setText(entries[0].title)
        self._read = parameters.get
        self._chosen()
        self.adjustSize()
        self._settle(point)
        self.show()
        self.raise_()
        self.number.setFocus()
        self.number.selectAll()

    def _settle(self, point: QPointF) -> None:
        """Puts the box at an edge of the canvas, so that the network stays in sight, but not over the point."""
        canvas = self._canvas
        x = max(min(round(point.x()) - self.width() // 2, canvas.width() - self.width() - _EDGE), _EDGE)
        y = canvas.height() - self.height() - _EDGE
        self.move(x, _EDGE if point.y() >= y - _EDGE else y)

    def shut(self) -> None:
        """Close the box."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def follow(self, parameters: Mapping[str, Array]) -> None:
        """Show the number as it is now, after an undo for example; close where it is gone."""
        if self.isHidden():
            return
        self._read = parameters.get
        entry = self.entry
        array = parameters.get(entry.name) if entry is not None else None
        if entry is None or array is None or any(at >= size for at, size in zip(entry.index, array.shape, strict=True)):
            self.shut()
            return
        if not self.slider.isSliderDown():
            self._show(float(array[entry.index]))

    def _chosen(self) -> None:
        """Another number is to be set."""
        entry = self.entry
        array = self._read(entry.name) if entry is not None else None
        if entry is None or array is None:
            return
        self._begin()
        self._reach = max(_LEAST, 2 * float(abs(array).max()))
        self.slider.setToolTip(f"Drag to change the value, from −{self._reach:.3g} to {self._reach:.3g}")
        self._show(float(array[entry.index]))

    def _begin(self) -> None:
        """What the slider does from here on is a step of its own in the history."""
        self._gesture = next(self._gestures)

    def _show(self, value: float) -> None:
        if value == self._value and self.number.value() == round(value, _DECIMALS):
            return
        self._value = value
        with QSignalBlocker(self.number), QSignalBlocker(self.slider):
            self.number.setValue(value)
            self.slider.setValue(round(min(max(value / self._reach, -1.0), 1.0) * _STEPS))

    def _typed(self, value: float) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(min(max(value / self._reach, -1.0), 1.0) * _STEPS))
        self._emit(value, 0)

    def _slid(self, step: int) -> None:
        value = round(step * self._reach / _STEPS, _DECIMALS)
        with QSignalBlocker(self.number):
            self.number.setValue(value)
        self._emit(value, self._gesture)

    def _emit(self, value: float, gesture: int) -> None:
        entry = self.entry
        if entry is not None:
            self._value = value
            self.edited.emit(ParameterEdit(entry.name, entry.index, value, gesture))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.shut()
            return
        # Nothing of it is for the canvas below.
        event.accept()

    def _restyle(self) -> None:
        colours = theme().colours
        self.setStyleSheet(
            f"#valueBox {{ background: {colours.panel}; border: 1px solid {colours.muted}; border-radius: 6px; }}"
        )
