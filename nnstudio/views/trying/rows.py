"""Fields of a row: a slider and a number, a list of choices, a check box, or a date for each column."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QDateTime, QSignalBlocker, Qt, QTimeZone, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QCheckBox,
    QDateTimeEdit,
    QGridLayout,
    QSizePolicy,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from engine.data.tables.fields import InputField
from nnstudio.ui.controls import ComboBox, RealBox, Slider
from nnstudio.ui.labels import PlainLabel, text_label
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import short
from nnstudio.views.trying.facts import ColumnFacts

Array = NDArray[Any]

# As many columns have a field.
MOST = 60
_POSITIONS, _NAME_WIDTH = 400, 96
_DAY = 86_400


class RangeSlider(Slider):
    """Slider over the range of a column, with marks at its quartiles."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.marks: tuple[float, ...] = ()
        self.setRange(0, _POSITIONS)
        self.setPageStep(_POSITIONS // 10)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_marks(self, marks: tuple[float, ...]) -> None:
        """Show marks at these shares of the way, 0 to 1; the middle one is longer."""
        self.marks = marks
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        style = QStyle.ComplexControl.CC_Slider
        groove = self.style().subControlRect(style, option, QStyle.SubControl.SC_SliderGroove, self)
        handle = self.style().subControlRect(style, option, QStyle.SubControl.SC_SliderHandle, self)
        painter = QPainter(self)
        painter.setPen(QPen(QColor(theme().colours.muted), 1.5))
        for place, mark in enumerate(self.marks):
            x = groove.left() + handle.width() / 2 + mark * (groove.width() - handle.width())
            length = 7 if place == 1 else 5
            painter.drawLine(round(x), self.height() - length, round(x), self.height() - 1)
        painter.end()
        super().paintEvent(event)


class RowFields(QWidget):
    """Fields of the columns of a row.

    Signals:
        changed: the user gave a field, by its place, another value.
    """

    changed = Signal(int, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tryFields")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._rest = text_label(role="muted")
        self.rows: list[_Row] = []

    def show_fields(self, fields: tuple[InputField, ...], facts: ColumnFacts) -> None:
        """Take fields for other data."""
        for row in self.rows:
            row.remove()
        self._grid.removeWidget(self._rest)
        self.rows = [_Row(place, field, facts, self._grid, self) for place, field in enumerate(fields[:MOST])]
        for row in self.rows:
            row.changed.connect(self.changed)
        self._grid.addWidget(self._rest, len(self.rows), 0, 1, 3)
        left = len(fields) - MOST
        self._rest.setVisible(left > 0)
        self._rest.setText(f"{left:,} more columns keep the values of the sample.")

    def show_values(self, values: Array) -> None:
        """Show the inputs of a row, (inputs,), without emitting a signal."""
        for row in self.rows:
            row.show_value(row.field.read(values))


class _Row(QWidget):
    """Name and controls of one column; the widgets stand in the grid."""

    changed = Signal(int, float)

    def __init__(self, place: int, field: InputField, facts: ColumnFacts, grid: QGridLayout, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self.field, self._place, self._grid = field, place, grid
        name = PlainLabel()
        name.setFixedWidth(_NAME_WIDTH)
        shown = name.fontMetrics().elidedText(field.name, Qt.TextElideMode.ElideRight, _NAME_WIDTH)
        name.setText(shown.replace("&", "&&"))
        self._widgets: list[QWidget] = [name]
        self.slider: RangeSlider | None = None
        self.box: RealBox | None = None
        self.choice: ComboBox | None = None
        self.check: QCheckBox | None = None
        self.date: QDateTimeEdit | None = None
        low, high = float(facts.low[field.first]), float(facts.high[field.first])
        match field.kind:
            case "number":
                self._make_number(low, high, facts)
            case "choice":
                self.choice = ComboBox()
                self.choice.addItems(list(field.levels))
                self.choice.activated.connect(lambda level: self.changed.emit(self._place, float(level)))
                self._widgets.append(self.choice)
            case "yesno":
                self.check = QCheckBox(field.levels[1])
                self.check.setToolTip(f"Else {field.levels[0]}")
                self.check.clicked.connect(lambda on: self.changed.emit(self._place, float(on)))
                self._widgets.append(self.check)
            case "date":
                self._make_date(facts)
        tip = name.toolTip() or field.name
        name.setToolTip(f"{field.name}\n{self._tip}" if self._tip else tip)
        for widget in self._widgets[1:]:
            widget.setAccessibleName(field.name)
            widget.setObjectName(f"tryField{place + 1}{'Value' if isinstance(widget, RealBox) else ''}")
            if not isinstance(widget, QCheckBox):
                widget.setToolTip(self._tip)
        if self.box is not None:
            self.box.setAccessibleName(f"{field.name}, as a number")
        name.setBuddy(self._widgets[-1])
        grid.addWidget(name, place, 0)
        if len(self._widgets) == 3:
            grid.addWidget(self._widgets[1], place, 1)
            grid.addWidget(self._widgets[2], place, 2)
        else:
            grid.addWidget(self._widgets[1], place, 1, 1, 2)
            if self.check is not None:
                # As wide as it can be clicked.
                grid.setAlignment(self.check, Qt.AlignmentFlag.AlignLeft)

    _tip = ""

    def _make_number(self, low: float, high: float, facts: ColumnFacts) -> None:
        first = self.field.first
        self._low, self._high = (low, high) if high > low else (low - 1, high + 1)
        self.slider, self.box = RangeSlider(), RealBox()
        digits = min(max(math.ceil(-math.log10((self._high - self._low) / _POSITIONS)), 0), 9)
        self.box.setDecimals(digits)
        self.box.setSingleStep(10.0 ** -max(digits - 1, 0))
        quartiles = facts.quartiles[:, first]
        self.slider.show_marks(tuple((quartiles - self._low) / (self._high - self._low)) if high > low else ())
        lower, median, upper = map(short, quartiles)
        self._tip = f"From {short(low)} to {short(high)}; quartiles {lower}, {median} and {upper}"
        self.slider.valueChanged.connect(self._slid)
        self.box.valueChanged.connect(lambda value: self.changed.emit(self._place, value))
        self._widgets += [self.slider, self.box]

    def _make_date(self, facts: ColumnFacts) -> None:
        first = self.field.first + self.field.parts.index("days")
        ends = [_moment(float(end)) for end in (facts.low[first], facts.high[first])]
        self.date = QDateTimeEdit()
        self.date.setTimeZone(QTimeZone.utc())
        self.date.setDisplayFormat("yyyy-MM-dd" if facts.whole[first] else "yyyy-MM-dd HH:mm:ss")
        self.date.setKeyboardTracking(False)
        # As in the other fields; style sheets do not move the text of these.
        self.date.lineEdit().setTextMargins(6, 0, 0, 0)
        self._tip = "From {} to {}".format(*(end.toString(self.date.displayFormat()) for end in ends))
        self.date.dateTimeChanged.connect(
            lambda moment: self.changed.emit(self._place, moment.toMSecsSinceEpoch() / 1000 / _DAY)
        )
        self._widgets.append(self.date)

    def remove(self) -> None:
        """Take all widgets out of the grid. A number that is half typed is dropped."""
        self.blockSignals(True)
        for widget in (*self._widgets, self):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()

    def show_value(self, value: float | None) -> None:
        with QSignalBlocker(self._widgets[1]), QSignalBlocker(self._widgets[-1]):
            if self.choice is not None:
                self.choice.setCurrentIndex(-1 if value is None else int(value))
            elif value is None:
                return
            elif self.check is not None:
                self.check.setChecked(bool(value))
            elif self.date is not None:
                self.date.setDateTime(_moment(value))
            elif self.box is not None and self.slider is not None:
                if round(value, self.box.decimals()) != self.box.value():
                    self.box.setValue(value)
                if not self.slider.isSliderDown():
                    share = (value - self._low) / (self._high - self._low)
                    self.slider.setValue(round(max(0.0, min(share, 1.0)) * _POSITIONS))

    def _slid(self, position: int) -> None:
        assert self.box is not None
        value = self._low + position / _POSITIONS * (self._high - self._low)
        self.changed.emit(self._place, float(np.round(value, self.box.decimals())))


def _moment(days: float) -> QDateTime:
    return QDateTime.fromMSecsSinceEpoch(round(days * _DAY * 1000), QTimeZone.utc())
