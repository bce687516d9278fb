"""Slider whose handle comes to a click."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider


class JumpSlider(QSlider):
    """Slider whose handle moves straight to a click, and can be drawn on from there."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        complex_, style = QStyle.ComplexControl.CC_Slider, self.style()
        handle = style.subControlRect(complex_, option, QStyle.SubControl.SC_SliderHandle, self)
        if event.button() is Qt.MouseButton.LeftButton and not handle.contains(event.position().toPoint()):
            # Qt would go one page towards the mouse.
            room = self.width() - handle.width()
            place = round(event.position().x() - handle.width() / 2)
            self.setValue(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), place, room))
        super().mousePressEvent(event)
