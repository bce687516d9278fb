"""Controls that spoil a sample on purpose."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from engine.data.steps.augmentation.spoiling import Spoiling
from nnstudio.ui.controls import Slider
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import PlainLabel, text_label


@dataclass(frozen=True)
class _Amount:
    """Amount of `Spoiling`: its slider's range, and the value of one position."""

    field: str
    title: str
    low: int
    high: int
    unit: float
    suffix: str
    tip: str
    rows: bool = False


_AMOUNTS = (
    _Amount(
        "noise", "Noise", 0, 100, 0.01, "%", "Standard deviation of the noise, next to the range from black to white"
    ),
    _Amount("right", "Shift right", -14, 14, 1.0, " px", "Shift to the right, or to the left, in pixels"),
    _Amount("down", "Shift down", -14, 14, 1.0, " px", "Shift down, or up, in pixels"),
    _Amount("angle", "Rotation", -180, 180, 1.0, "°", "Rotation about the middle, counterclockwise, in degrees"),
    _Amount("brightness", "Brightness", -100, 100, 0.01, "%", "Added to every pixel, next to the range"),
    _Amount("covered", "Covered", 0, 100, 0.01, "%", "Side of a square that is painted over, next to the picture's"),
)
_ROW_NOISE = _Amount(
    "noise", "Noise", 0, 300, 0.01, " sd", "Standard deviation of the noise, in those of each column of numbers"
)


class Spoiler(QWidget):
    """Sliders for noise, shift, rotation, brightness and a covered part, or for the noise on a row of numbers.

    Signals:
        changed: the amounts have changed.

    Attributes:
        spoiling: the amounts as they are set.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trySpoiler")
        self.spoiling = Spoiling()
        self._scale = 1.0
        self._rows: dict[str, tuple[_Amount, QLabel, Slider, QLabel]] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        for place, amount in enumerate(_AMOUNTS):
            self._add(place, amount)
        self.again = QToolButton()
        self.again.setObjectName("trySpoilAgain")
        self.again.setText("Again")
        self.again.setAccessibleName("Other noise")
        self.again.setToolTip("Other noise, and another covered place, of the same strength")
        self.again.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.reset = QToolButton()
        self.reset.setObjectName("trySpoilReset")
        self.reset.setText("Reset")
        self.reset.setAccessibleName("Unspoilt sample")
        self.reset.setToolTip("Set all of this back to zero")
        self.reset.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for button, drawing in ((self.again, "dice"), (self.reset, "reset")):
            button.setIconSize(QSize(16, 16))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            set_icon(button, drawing)
        head = QHBoxLayout()
        head.addWidget(text_label("Spoil on purpose", "heading"), 1)
        head.addWidget(self.again)
        head.addWidget(self.reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addLayout(self._grid)
        self.again.clicked.connect(lambda: self._set(replace(self.spoiling, seed=self.spoiling.seed + 1)))
        self.reset.clicked.connect(self.clear)
        self._show()

    def _add(self, place: int, amount: _Amount) -> None:
        name, value = PlainLabel(amount.title), PlainLabel()
        slider = Slider(Qt.Orientation.Horizontal)
        slider.setObjectName(f"trySpoil{amount.field.capitalize()}")
        slider.setAccessibleName(amount.title)
        slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name.setBuddy(slider)
        value.setMinimumWidth(value.fontMetrics().horizontalAdvance("−100 px "))
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column, widget in enumerate((name, slider, value)):
            self._grid.addWidget(widget, place, column)
        slider.valueChanged.connect(lambda _: self._slid(amount.field))
        self._rows[amount.field] = (amount, name, slider, value)

    def suit_pictures(self, height: int, width: int) -> None:
        """Offer what can be done to pictures of this size."""
        for amount in _AMOUNTS:
            low, high = amount.low, amount.high
            if amount.field in ("right", "down"):
                high = max((width if amount.field == "right" else height) // 2, 1)
                low = -high
            self._suit(amount, low, high)
        self.clear()
        self._show()

    def suit_rows(self) -> None:
        """Offer what can be done to rows of numbers: noise."""
        for amount in _AMOUNTS:
            self._suit(_ROW_NOISE if amount.field == "noise" else amount, amount.low, _ROW_NOISE.high)
            for widget in self._rows[amount.field][1:]:
                widget.setVisible(amount.field == "noise")
        self.clear()
        self._show()

    def _suit(self, amount: _Amount, low: int, high: int) -> None:
        _, name, slider, value = self._rows[amount.field]
        self._rows[amount.field] = (amount, name, slider, value)
        for widget in (name, slider, value):
            widget.setVisible(True)
            widget.setToolTip(amount.tip)
        with QSignalBlocker(slider):
            slider.setRange(low, high)
            slider.setPageStep(max((high - low) // 10, 1))

    def clear(self) -> None:
        """Set all amounts back to zero."""
        self._set(Spoiling())

    def clear_quietly(self) -> None:
        """Set all amounts back to zero without telling anybody."""
        with QSignalBlocker(self):
            self.clear()

    def _slid(self, field: str) -> None:
        amount, _, slider, _ = self._rows[field]
        changed: dict[str, Any] = {field: slider.value() * amount.unit}
        self._set(replace(self.spoiling, **changed))

    def _set(self, spoiling: Spoiling) -> None:
        if spoiling != self.spoiling:
            self.spoiling = spoiling
            self._show()
            self.changed.emit()

    def _show(self) -> None:
        for field in fields(self.spoiling):
            if field.name not in self._rows:
                continue
            amount, _, slider, label = self._rows[field.name]
            value = float(getattr(self.spoiling, field.name))
            with QSignalBlocker(slider):
                slider.setValue(round(value / amount.unit))
            said = (
                f"{value:.2f}"
                if amount.suffix == " sd"
                else f"{round(value / (amount.unit if amount.suffix == '%' else 1))}"
            )
            label.setText(f"{said}{amount.suffix}".replace("-", "−"))
        self.again.setEnabled(self.spoiling.random)
        self.reset.setEnabled(bool(self.spoiling))
