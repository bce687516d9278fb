"""Animated panning to another place, slow enough for the eye to follow."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QPointF, QVariantAnimation
from PySide6.QtWidgets import QGraphicsView

from nnstudio.ui.motion import motion

_MS = 160


class Glide(QVariantAnimation):
    """Animation that centres a view on a point; immediate while animations are off."""

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self._view = view
        self.setDuration(_MS)
        self.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.valueChanged.connect(lambda place: view.centerOn(place))

    def to(self, point: QPointF) -> None:
        """Centre the view on this point."""
        self.stop()
        if not motion().on:
            self._view.centerOn(point)
            return
        self.setStartValue(self._view.mapToScene(self._view.viewport().rect()).boundingRect().center())
        self.setEndValue(point)
        self.start()
