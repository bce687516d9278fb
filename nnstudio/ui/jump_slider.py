"""Slider whose handle comes to a click."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider


class JumpSlider(QSlider):
    """Horizontal slider whose handle moves straight to a click, and can be drawn on from there."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        handle, here = self._handle(), event.position()
        if event.button() is Qt.MouseButton.LeftButton and not handle.contains(here.toPoint()):
            # Qt would go one page towards the mouse. It is pressed first, as by a drag: without tracking, the value
            # changes when the button is let go.
            self.setSliderDown(True)
            room, place = self.width() - handle.width(), round(here.x() - handle.width() / 2)
            self.setSliderPosition(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), place, room))
            # Of few positions, none may be under the mouse; Qt takes hold of the handle where that is.
            middle = QPointF(self._handle().center())
            held = event.button(), event.buttons(), event.modifiers(), event.pointingDevice()
            event = QMouseEvent(event.type(), middle, event.globalPosition(), *held)
        super().mousePressEvent(event)

    def _handle(self) -> QRect:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        parts = QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle
        return self.style().subControlRect(*parts, self)
