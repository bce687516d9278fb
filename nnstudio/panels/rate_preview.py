"""Plot of the learning rate over the epochs, with the current position."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.document.values import show_number
from nnstudio.training.rate_forecast import Forecast
from nnstudio.ui.theme import theme

_HEIGHT = 118
_PAD = 9.0


def _short(rate: float) -> str:
    return show_number(float(f"{rate:.3g}"))


class RatePreview(QWidget):
    """Plot of a learning-rate forecast, with the point that training has reached."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("ratePreview")
        self.setAccessibleName("Learning rate over the epochs")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.forecast: Forecast | None = None
        self._epochs = 1
        self.now: tuple[float, float] | None = None
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, _HEIGHT)

    def show_forecast(self, forecast: Forecast, epochs: int) -> None:
        """Show a forecast."""
        self.forecast, self._epochs = forecast, max(epochs, 1)
        first, last = forecast.rates[0], forecast.rates[-1]
        words = f"from {_short(first)} to {_short(last)} over {epochs:,} epochs"
        self.setAccessibleDescription(words)
        self.setToolTip(f"The learning rate goes {words}" + (", unless the loss says otherwise" * forecast.open))
        self.update()

    def show_now(self, now: tuple[float, float] | None) -> None:
        """Mark the present epoch and learning rate; None before training."""
        if now != self.now:
            self.now = now
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.forecast is None:
            return
        colours, forecast = theme().colours, self.forecast
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.canvas))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        line = self.fontMetrics().height()
        room = QRectF(self.rect()).adjusted(_PAD, 6, -_PAD, -6)
        plot = room.adjusted(0, line + 6, 0, -line - 5)
        highest = max(float(forecast.rates.max()), self.now[1] if self.now else 0.0) or 1.0
        self._write(painter, room, highest)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())

        def place(epoch: float, rate: float) -> QPointF:
            return QPointF(
                plot.left() + plot.width() * min(epoch / self._epochs, 1.0),
                plot.bottom() - plot.height() * rate / highest,
            )

        pairs = zip(forecast.epochs.tolist(), forecast.rates.tolist(), strict=True)
        points = [place(epoch, rate) for epoch, rate in pairs]
        points.append(QPointF(plot.right(), points[-1].y()))
        style = Qt.PenStyle.DashLine if forecast.open else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(colours.accent), 1.8, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        if self.now is not None:
            spot = place(*self.now)
            painter.setPen(QPen(QColor(colours.text), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(spot.x(), plot.top()), QPointF(spot.x(), plot.bottom()))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.text))
            painter.drawEllipse(spot, 3.5, 3.5)

    def _write(self, painter: QPainter, room: QRectF, highest: float) -> None:
        """The highest rate, the present one, and the ends of the time axis."""
        colours, flags = theme().colours, Qt.AlignmentFlag
        painter.setPen(QColor(colours.muted))
        painter.drawText(room, flags.AlignLeft | flags.AlignTop, _short(highest))
        painter.drawText(room, flags.AlignLeft | flags.AlignBottom, "0")
        painter.drawText(room, flags.AlignRight | flags.AlignBottom, f"{self._epochs:,} epochs")
        if self.now is not None and np.isfinite(self.now[1]):
            painter.setPen(QColor(colours.text))
            painter.drawText(room, flags.AlignRight | flags.AlignTop, f"now {_short(self.now[1])}")
