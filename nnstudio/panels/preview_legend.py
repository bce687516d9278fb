"""Legend and colour scale under a preview of samples."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen

from nnstudio.training.sample_text import rounded
from nnstudio.ui.colours import class_colour
from nnstudio.ui.theme import theme


def draw_legend(painter: QPainter, strip: QRect, classes: tuple[str, ...]) -> None:
    """Draw the classes with their colours, side by side."""
    colours = theme().colours
    metrics = painter.fontMetrics()
    widths = [metrics.horizontalAdvance(name) + 26 for name in classes]
    left = max((strip.width() - sum(widths)) // 2, 0)
    for index, (name, width) in enumerate(zip(classes, widths, strict=True)):
        if left + width > strip.width() + 12:
            break
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(class_colour(colours, index))
        painter.drawEllipse(QPointF(left + 6, strip.center().y() + 1), 4, 4)
        painter.setPen(QColor(colours.muted))
        painter.drawText(QRect(left + 14, strip.top(), width, strip.height()), Qt.AlignmentFlag.AlignVCenter, name)
        left += width


def draw_scale(painter: QPainter, strip: QRect, reach: float) -> None:
    """Draw the scale of the targets, from -reach to reach."""
    colours = theme().colours
    bar = QRectF(strip.width() / 2 - 60, strip.center().y() - 3, 120, 8)
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    for position, colour in ((0, colours.negative), (0.5, colours.neutral), (1, colours.positive)):
        gradient.setColorAt(position, QColor(colour))
    painter.setPen(QPen(QColor(colours.border), 1))
    painter.setBrush(gradient)
    painter.drawRoundedRect(bar, 3, 3)
    painter.setPen(QColor(colours.muted))
    middle = Qt.AlignmentFlag.AlignVCenter
    left = QRect(0, strip.top(), round(bar.left()) - 6, strip.height())
    right = QRect(round(bar.right()) + 6, strip.top(), strip.width(), strip.height())
    painter.drawText(left, middle | Qt.AlignmentFlag.AlignRight, rounded(-reach))
    painter.drawText(right, middle | Qt.AlignmentFlag.AlignLeft, rounded(reach))
