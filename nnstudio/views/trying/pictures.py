"""Small pictures of what the network sees: the sample, and what it is once spoilt."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.ui.sample_image import to_image
from nnstudio.ui.theme import theme

Array = NDArray[Any]

_SIDE, _GAP = 84, 4


class SeenPictures(QWidget):
    """One picture under its title, or two below each other: before and after."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trySeen")
        self.setAccessibleName("Picture that the network sees")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._shown: list[tuple[str, Array, QImage]] = []
        theme().changed.connect(self.update)

    def show_pictures(self, pictures: list[tuple[str, Array]], low: float, high: float) -> None:
        """Show pictures (H, W) or (C, H, W) with their titles; `low` is black, `high` white."""
        same = len(pictures) == len(self._shown) and all(
            title == known and np.array_equal(picture, old)
            for (title, picture), (known, old, _) in zip(pictures, self._shown, strict=True)
        )
        if not same:
            grown = len(pictures) != len(self._shown)
            self._shown = [(title, picture, to_image(picture, low, high)) for title, picture in pictures]
            self.setAccessibleDescription(", ".join(title for title, _ in pictures))
            if grown:
                self.updateGeometry()
            self.update()

    @property
    def pictures(self) -> list[Array]:
        """Pictures on display."""
        return [picture for _, picture, _ in self._shown]

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(_SIDE + 4, max(len(self._shown), 1) * (_SIDE + line + 2 * _GAP))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme().colours
        line, top = self.fontMetrics().height(), 0.0
        for title, _, image in self._shown:
            painter.setPen(QColor(colours.muted))
            painter.drawText(QRectF(0, top, self.width(), line), Qt.AlignmentFlag.AlignCenter, title)
            top += line + _GAP
            size = image.size().scaled(_SIDE, _SIDE, Qt.AspectRatioMode.KeepAspectRatio)
            box = QRectF((self.width() - size.width()) / 2, top, size.width(), size.height())
            painter.drawImage(box, image)
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
            top += _SIDE + _GAP
