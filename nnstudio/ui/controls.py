"""Controls for values, for which Qt's own widgets do not suffice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QDoubleSpinBox, QSizePolicy, QWidget

from nnstudio.ui.jump_slider import JumpSlider
from nnstudio.ui.theme import theme

if TYPE_CHECKING:
    _Control = QWidget
else:
    _Control = object


class _Calm(_Control):
    """A control that leaves the wheel to scrolling until it has the keyboard."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class NumberBox(_Calm, QAbstractSpinBox):
    """Spin box that accepts any text, to explain errors, and ignores the wheel.

    Signals:
        stepped: the user went so many steps up or down.
    """

    stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccelerated(True)
        # Style sheets move the text of a line, but not of a spin box.
        self.lineEdit().setTextMargins(6, 0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def stepBy(self, steps: int) -> None:
        self.stepped.emit(steps)

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled

    def sizeHint(self) -> QSize:
        return QSize(96, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(64, super().minimumSizeHint().height())


class RealBox(_Calm, QDoubleSpinBox):
    """Spin box of a real number of any size, which reports a typed one at its end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setLocale(QLocale.c())
        self.lineEdit().setTextMargins(6, 0, 0, 0)
        self.setRange(-1e12, 1e12)
        self.setAccelerated(True)
        self.setKeyboardTracking(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        # That of the widest number it can take would fill a dock.
        return QSize(88, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class Switch(QCheckBox):
    """Check box drawn as a switch."""

    _SIZE = QSize(34, 20)

    def sizeHint(self) -> QSize:
        return self._SIZE

    def minimumSizeHint(self) -> QSize:
        return self._SIZE

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self.rect()
        box.setSize(self._SIZE)
        box.moveTop((self.height() - self._SIZE.height()) // 2)
        track = box.toRectF().adjusted(1.5, 1.5, -1.5, -1.5)
        on = self.isChecked()
        painter.setPen(QPen(QColor(colours.accent if on or self.hasFocus() else colours.muted), 1.5))
        painter.setBrush(QColor(colours.accent if on else colours.panel))
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        radius = track.height() / 2 - 3
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent_text if on else colours.muted))
        centre = track.right() - radius - 3 if on else track.left() + radius + 3
        painter.drawEllipse(QPointF(centre, track.center().y()), radius, radius)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
        painter.end()


class ComboBox(_Calm, QComboBox):
    """Combo box that ignores the wheel and may be narrower than its entries."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)


class Slider(_Calm, JumpSlider):
    """Slider that ignores the wheel, and whose handle comes to a click."""
