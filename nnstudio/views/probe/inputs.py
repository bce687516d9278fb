"""Inputs of the probe: a slider and a number for each, to try other values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from engine.data import Data
from engine.data.describe import input_names
from engine.data.stored_samples import some_of
from nnstudio.ui.controls import RealBox, Slider
from nnstudio.ui.labels import PlainLabel, text_label
from nnstudio.ui.plain_text import plain_tip

Array = NDArray[Any]

# As many inputs have a row.
MOST = 16
# Numbers of the data from which the ranges are taken, of rows evenly spread: more would hold the window up.
_MOST_NUMBERS = 1_000_000
# Space on both sides of the data's values, as a fraction of their range; and the positions of a slider.
_MARGIN, _POSITIONS = 0.1, 400
_NAME_WIDTH = 96


def ranges_of(data: Data) -> tuple[Array, Array]:
    """Least and largest value of each flat input, in the source's units, with a margin: (inputs,) each."""
    shown = some_of(data.shown, _MOST_NUMBERS)
    shown = shown.reshape(len(shown), -1)
    low, high = np.fmin.reduce(shown).astype(float), np.fmax.reduce(shown).astype(float)
    margin = np.where(high > low, (high - low) * _MARGIN, 1.0)
    return low - margin, high + margin


class ProbeInputs(QWidget):
    """Rows of name, slider and number, of the first inputs.

    Signals:
        changed: the user gave an input, by its index, another value.
    """

    changed = Signal(int, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self.rows: list[_Row] = []
        self._rest = text_label(role="muted")
        self._rest.setObjectName("probeInputsRest")
        self._grid.addWidget(self._rest, MOST, 0, 1, 3)
        self._data: Data | None = None

    def show_data(self, data: Data) -> None:
        """Follow the names and ranges of other data."""
        if data is self._data:
            return
        self._data = data
        names, (low, high) = input_names(data), ranges_of(data)
        while len(self.rows) < min(len(names), MOST):
            row = _Row(len(self.rows), self._grid, self)
            row.changed.connect(self.changed)
            self.rows.append(row)
        for index, row in enumerate(self.rows):
            row.set_visible(index < len(names))
            if index < len(names):
                row.set_scale(names[index], float(low[index]), float(high[index]))
        left = len(names) - MOST
        self._rest.setVisible(left > 0)
        self._rest.setText(f"{left:,} more inputs keep the values of the sample.")

    def show_values(self, values: Sequence[float]) -> None:
        """Show the values of a sample without emitting a signal."""
        for row, value in zip(self.rows, values, strict=False):
            row.show_value(value)


class _Row(QWidget):
    """Name, slider and number of one input; the widgets stand in the grid."""

    changed = Signal(int, float)

    def __init__(self, index: int, grid: QGridLayout, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self._index, self._low, self._high = index, 0.0, 1.0
        self._name = PlainLabel()
        self._name.setFixedWidth(_NAME_WIDTH)
        self.slider = Slider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(f"probeSlider{index + 1}")
        self.slider.setRange(0, _POSITIONS)
        self.slider.setPageStep(_POSITIONS // 10)
        self.slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.slider.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.box = RealBox()
        self.box.setObjectName(f"probeValue{index + 1}")
        self._name.setBuddy(self.box)
        for column, widget in enumerate((self._name, self.slider, self.box)):
            grid.addWidget(widget, index, column)
        self.slider.valueChanged.connect(self._slid)
        self.box.valueChanged.connect(lambda value: self.changed.emit(self._index, value))

    def set_visible(self, on: bool) -> None:
        for widget in (self._name, self.slider, self.box):
            widget.setVisible(on)

    def set_scale(self, name: str, low: float, high: float) -> None:
        self._low, self._high = low, high
        shown = self._name.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, _NAME_WIDTH)
        self._name.setText(shown.replace("&", "&&"))
        self._name.setToolTip(plain_tip(name))
        self.slider.setAccessibleName(name)
        self.box.setAccessibleName(f"{name}, as a number")
        # A slider's position is never finer than what the number shows.
        digits = math.ceil(-math.log10((high - low) / _POSITIONS))
        with QSignalBlocker(self.box):
            self.box.setDecimals(min(max(digits, 0), 9))
        self.box.setSingleStep(10.0 ** -min(max(digits - 1, -3), 9))

    def show_value(self, value: float) -> None:
        with QSignalBlocker(self.box), QSignalBlocker(self.slider):
            if round(value, self.box.decimals()) != self.box.value():
                self.box.setValue(value)
            if not self.slider.isSliderDown():
                # Values typed in may lie far outside of the data, where positions are too large for Qt.
                share = (value - self._low) / (self._high - self._low)
                self.slider.setValue(round(max(0.0, min(share, 1.0)) * _POSITIONS))

    def _slid(self, position: int) -> None:
        value = self._low + position / _POSITIONS * (self._high - self._low)
        self.changed.emit(self._index, round(value, self.box.decimals()))
