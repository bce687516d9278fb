"""Controls of the lens' own grid: operation, sizes, stride, padding, dilation, contents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QMenu, QSpinBox, QToolButton, QWidget

from nnstudio.views.lens.numbered_field import field_width, numbered
from nnstudio.views.lens.own_grid import (
    DILATIONS,
    INPUTS,
    KERNELS,
    OPERATIONS,
    SIZES,
    STRIDES,
    WEIGHTS,
    OwnGrid,
    Settings,
)


class OwnGridControls(QObject):
    """Controls that change an OwnGrid; `widgets` are for the layout of whoever shows them.

    Signals:
        changed: `grid` is another one.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.grid = OwnGrid()
        self._on = False
        self.operation = QComboBox()
        self.operation.addItems(list(OPERATIONS))
        _name(self.operation, "ownOperation", "Operation", "What is done with the numbers in the window")
        self.operation.textActivated.connect(lambda text: self._set(operation=text))
        self.size_ = self._spin("ownSize", "grid", SIZES, "Rows and columns of the input")
        self.kernel = self._spin("ownKernelSize", "kernel", KERNELS, "Rows and columns of the window")
        self.stride = self._spin("ownStride", "stride", STRIDES, "Pixels from one place of the window to the next")
        self.dilation = self._spin(
            "ownDilation", "dilation", DILATIONS, "Pixels from one number in the window to the next"
        )
        self.padding = QComboBox()
        _name(self.padding, "ownPadding", "Padding", "Zeros around the input; of a transposed one, what is cut off")
        self.padding.activated.connect(lambda: self._set(padding=self.padding.currentData()))
        self.bias = QDoubleSpinBox()
        self.bias.setPrefix("bias ")
        self.bias.setRange(-99, 99)
        self.bias.setDecimals(2)
        self.bias.setSingleStep(0.5)
        self.bias.setMaximumWidth(field_width(self.bias, "bias -99.00"))
        _name(self.bias, "ownBias", "Bias", "Number that is added to every sum")
        self.bias.valueChanged.connect(lambda value: self.take(self.grid.with_bias(value)))
        self.fill_input = _menu("ownInput", "Fill input", INPUTS, lambda name: self.take(self.grid.with_input(name)))
        self.fill_kernel = _menu(
            "ownKernel", "Fill kernel", WEIGHTS, lambda name: self.take(self.grid.with_kernel(name))
        )
        self.widgets: tuple[QWidget, ...] = (
            *(self.operation, self.size_, self.kernel, self.stride, self.padding, self.dilation, self.bias),
            *(self.fill_input, self.fill_kernel),
        )
        self._show()

    def set_on(self, on: bool) -> None:
        """Show the controls, or hide them."""
        self._on = on
        self._show()

    def take(self, grid: OwnGrid) -> None:
        """Take another grid."""
        self.grid = grid
        self._show()
        self.changed.emit()

    def _set(self, **settings: Any) -> None:
        self.take(self.grid.with_settings(replace(self.grid.settings, **settings)))

    def _spin(self, name: str, title: str, bounds: tuple[int, int], help_: str) -> QSpinBox:
        box = numbered(name, f"{title} ", help_, bounds)
        box.valueChanged.connect(lambda value: self._set(**{"size" if title == "grid" else title: value}))
        return box

    def _show(self) -> None:
        """Shows the settings, and only what this operation has."""
        settings: Settings = self.grid.settings
        operation = OPERATIONS[settings.operation]
        blocked = [QSignalBlocker(widget) for widget in self.widgets]
        self.operation.setCurrentText(settings.operation)
        self.size_.setValue(settings.size)
        self.kernel.setValue(settings.kernel)
        self.stride.setValue(settings.stride)
        self.dilation.setValue(settings.dilation)
        self.bias.setValue(self.grid.bias)
        if [self.padding.itemData(index) for index in range(self.padding.count())] != list(operation.paddings):
            self.padding.clear()
            for padding in operation.paddings:
                self.padding.addItem(f"padding {padding}", padding)
        self.padding.setCurrentIndex(operation.paddings.index(settings.padding))
        del blocked
        absent = set[QWidget]() if operation.dilates else {self.dilation}
        absent |= set() if operation.weighted else {self.bias, self.fill_kernel}
        for widget in self.widgets:
            widget.setVisible(self._on and widget not in absent)


def _name(widget: QWidget, name: str, title: str, help_: str) -> None:
    widget.setObjectName(name)
    widget.setAccessibleName(title)
    widget.setToolTip(help_)


def _menu(name: str, title: str, entries: Mapping[str, object], call: Callable[[str], None]) -> QToolButton:
    button = QToolButton()
    button.setText(title)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    _name(button, name, title, f"{title} with numbers to begin with")
    menu = QMenu(button)
    for entry in entries:
        menu.addAction(entry)
    menu.triggered.connect(lambda action: call(action.text()))
    button.setMenu(menu)
    return button
