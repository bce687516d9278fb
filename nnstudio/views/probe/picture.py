"""Picture of the probe."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.data.stored_samples import some_of
from nnstudio.training.split import Sample, Split
from nnstudio.ui.sample_image import to_image
from nnstudio.ui.theme import theme

Array = NDArray[Any]

# Height of a picture and of one of its pixels, in pixels of the screen, at most.
_PICTURE, _LARGEST_PIXEL = 168, 24
# Samples that tell the range of the values, evenly spread.
_ENOUGH = 1000


class PictureBox(QWidget):
    """Picture of a sample, pixel by pixel."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("probePicture")
        self.setAccessibleName("Picture of the probe")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._image = QImage()
        self._shown: Array | None = None
        self._split: Split | None = None
        self._range = (0.0, 1.0)
        theme().changed.connect(self.update)

    def show_sample(self, sample: Sample, split: Split) -> None:
        """Show a picture, (H, W) or (C, H, W), as bright as the training data are together."""
        if split is not self._split:
            some = some_of(split.train.shown, _ENOUGH * sample.shown.size)
            self._split, self._range = split, (min(float(some.min()), 0.0), max(float(some.max()), 1e-6))
            self._shown = None
        if self._shown is None or not np.array_equal(self._shown, sample.shown):
            self._shown = sample.shown
            self._image = to_image(sample.shown, *self._range)
            self.setFixedHeight(min(_PICTURE, max(self._image.height(), 1) * _LARGEST_PIXEL))
            self.setAccessibleDescription(f"{self._image.height()} by {self._image.width()} pixels")
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(_PICTURE, _PICTURE)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image.isNull():
            return
        painter = QPainter(self)
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        box = QRectF((self.width() - size.width()) / 2, 0, size.width(), size.height())
        painter.drawImage(box, self._image)
        painter.setPen(QPen(QColor(theme().colours.border), 1))
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
