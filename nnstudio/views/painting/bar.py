"""Bar of the brush: tools, classes or height, radius and density."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from engine.data import PaintedPoints
from engine.data.painted import MOST_CLASSES
from nnstudio.ui.colours import class_colour
from nnstudio.ui.controls import RealBox, Slider
from nnstudio.ui.flow_layout import FlowLayout
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import PlainLabel
from nnstudio.ui.theme import theme
from nnstudio.views.painting.brush import DENSITIES, HEIGHT_STEP, RADII, TOOLS, WIDE, Brush, Tool
from nnstudio.views.plotting import ink

_SLIDER = 76  # pixels
_SWATCH = 20


def key_of(label: int) -> str:
    """Key that chooses a class: "1" for the first, "0" for the tenth."""
    return str((label + 1) % MOST_CLASSES)


class _Swatch(QAbstractButton):
    """Square in the colour of a class, with its key; framed only as long as no point has it.

    Signals:
        name_wanted: the class is to be named.
    """

    name_wanted = Signal()

    def __init__(self, label: int) -> None:
        super().__init__()
        self._label, self._used = label, True
        self.setObjectName(f"paintClass{label + 1}")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_class(None)

    def show_class(self, name: str | None) -> None:
        """Show the name of the class; None for one that would be new."""
        self._used = name is not None
        title = f"Class {key_of(self._label)}" if name is None else f"Class {name}"
        self.setAccessibleName(title)
        new = "; a new class, for which the network needs another output" if name is None else ""
        naming = "" if name is None else ". Double click or F2 to name it"
        self.setToolTip(f"{title} (key {key_of(self._label)}){new}{naming}")
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.name_wanted.emit()

    def sizeHint(self) -> QSize:
        return QSize(_SWATCH, _SWATCH)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme().colours
        colour = class_colour(colours, self._label)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(3, 3, -3, -3)
        painter.setPen(QPen(colour, 1.5, Qt.PenStyle.SolidLine if self._used else Qt.PenStyle.DotLine))
        painter.setBrush(colour if self._used else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 3, 3)
        if self.isChecked() or self.hasFocus():
            style = Qt.PenStyle.SolidLine if self.isChecked() else Qt.PenStyle.DotLine
            painter.setPen(QPen(QColor(colours.text), 1.5, style))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(ink(colour) if self._used else QColor(colours.muted))
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, key_of(self._label))


class PaintBar(QWidget):
    """Bar of the brush.

    Signals:
        changed: the brush has changed.
        clear_chosen: all points are to be erased.
        name_wanted: the class of this index is to be named.

    Attributes:
        brush: the brush as it is set.
    """

    changed = Signal()
    clear_chosen = Signal()
    name_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("paintBar")
        self.setAccessibleName("Brush")
        self.brush = Brush()
        self._classes: tuple[str, ...] | None = None
        self._tools: dict[Tool, QToolButton] = {}
        self._tool_group, self._class_group = QButtonGroup(self), QButtonGroup(self)
        tools = self._row(*(self._tool_button(tool) for tool in Tool), spacing=0)
        self._swatches = [_Swatch(label) for label in range(MOST_CLASSES)]
        for label, swatch in enumerate(self._swatches):
            self._class_group.addButton(swatch)
            swatch.clicked.connect(lambda _=False, label=label: self.set(label=label))
            swatch.name_wanted.connect(lambda label=label: self.name_wanted.emit(label))
        self._palette = self._row(*self._swatches, spacing=0)
        self._height = RealBox()
        self._height.setObjectName("paintHeight")
        self._height.setAccessibleName("Height")
        self._height.setToolTip("Height of new points; the wheel over the plot changes it too")
        self._height.setDecimals(3)
        self._height.setSingleStep(HEIGHT_STEP)
        self._height.valueChanged.connect(lambda value: self.set(height=value))
        self._heights = self._row(PlainLabel("Height"), self._height)
        self._radius = self._slider("paintRadius", "Radius", "Radius of spray and eraser, in pixels", RADII)
        self._radius.valueChanged.connect(lambda value: self.set(radius=value))
        self._density = self._slider("paintDensity", "Density", "Points sprayed per second", DENSITIES)
        self._density.valueChanged.connect(lambda value: self.set(density=value))
        self._radii = self._row(PlainLabel("Radius"), self._radius)
        self._densities = self._row(PlainLabel("Density"), self._density)
        self.clear = QToolButton()
        self.clear.setObjectName("paintClear")
        self.clear.setAccessibleName("Erase all points")
        self.clear.setToolTip("Erase all points; undo brings them back")
        self.clear.setAutoRaise(True)
        self.clear.setIconSize(QSize(18, 18))
        self.clear.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_icon(self.clear, "delete")
        self.clear.clicked.connect(self.clear_chosen)
        layout = FlowLayout(self)
        layout.setContentsMargins(8, 2, 8, 2)
        layout.setSpacing(8)
        for widget in (tools, self._palette, self._heights, self._radii, self._densities, self.clear):
            layout.addWidget(widget)
        # As high as its lines ask for, but no higher.
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme().changed.connect(self._restyle)
        self._show()

    def _row(self, *widgets: QWidget, spacing: int = 4) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(spacing)
        for widget in widgets:
            layout.addWidget(widget)
        return row

    def _tool_button(self, tool: Tool) -> QToolButton:
        key, drawing, tip = TOOLS[tool]
        button = QToolButton()
        button.setObjectName(f"paint{tool.value}")
        button.setAccessibleName(tool.value)
        button.setToolTip(f"{tip} (key {key})")
        button.setAccessibleDescription(tip)
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setIconSize(QSize(18, 18))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_icon(button, drawing)
        button.clicked.connect(lambda: self.set(tool=tool))
        self._tool_group.addButton(button)
        self._tools[tool] = button
        return button

    def _slider(self, name: str, title: str, tip: str, bounds: tuple[int, int]) -> Slider:
        slider = Slider(Qt.Orientation.Horizontal)
        slider.setObjectName(name)
        slider.setAccessibleName(title)
        slider.setToolTip(tip)
        slider.setRange(*bounds)
        slider.setFixedWidth(_SLIDER)
        return slider

    def set(self, **changes: Any) -> None:
        """Change the brush, by the fields of `Brush`."""
        changed = replace(self.brush, **changes)
        if changed != self.brush:
            self.brush = changed
            self._show()
            self.changed.emit()

    def swatch(self, label: int) -> QWidget:
        """Square of a class."""
        return self._swatches[label]

    def label_of(self, widget: QObject) -> int | None:
        """Class whose square this is; None if it is none."""
        return next((label for label, swatch in enumerate(self._swatches) if swatch is widget), None)

    def show_data(self, dataset: PaintedPoints) -> None:
        """Show the classes of a data set, or the height."""
        classes = dataset.classes if dataset.task == "classification" else None
        if classes != self._classes:
            self._classes = classes
            for label, swatch in enumerate(self._swatches):
                swatch.show_class(classes[label] if classes is not None and label < len(classes) else None)
        self.clear.setEnabled(len(dataset.points) > 0)
        self._show()

    def _show(self) -> None:
        brush = self.brush
        self._tools[brush.tool].setChecked(True)
        self._swatches[brush.label].setChecked(True)
        for control, value in ((self._radius, brush.radius), (self._density, brush.density)):
            control.blockSignals(True)
            control.setValue(value)
            control.blockSignals(False)
        self._height.blockSignals(True)
        self._height.setValue(brush.height)
        self._height.blockSignals(False)
        paints = brush.tool in (Tool.POINT, Tool.SPRAY)
        self._palette.setVisible(self._classes is not None)
        # Those there are, and the next; keys choose any of ten.
        for label, swatch in enumerate(self._swatches):
            swatch.setVisible(label <= max(len(self._classes or ()), brush.label))
        self._heights.setVisible(self._classes is None and paints)
        self._radii.setVisible(brush.tool in WIDE)
        self._densities.setVisible(brush.tool is Tool.SPRAY)
        self.updateGeometry()

    def _restyle(self) -> None:
        for swatch in self._swatches:
            swatch.update()
