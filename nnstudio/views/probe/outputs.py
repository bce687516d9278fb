"""Outputs of the network for the probe, as bars with numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.data import Data
from engine.data.describe import target_names
from engine.metrics import labels_of
from nnstudio.training.requests.probe_trace import ProbePicture
from nnstudio.ui.colours import class_colour
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import short

_ROW, _GAP, _NUMBER, _WIDEST_NAME = 22, 6, 64, 96
# What is written as 0.000.
_ZERO = 0.0005
# As many bars are drawn.
MOST = 12


@dataclass(frozen=True)
class Bar:
    """Bar of one output.

    Attributes:
        index: the output's number, from 0. name: its class, or what it predicts.
        value: the output. target: the value that it should have; None if that is not known.
        wanted: it is the true class. chosen: it is the predicted class.
        colour: number of the class in whose colour it is drawn; None for a neutral one.
    """

    index: int
    name: str
    value: float
    target: float | None = None
    wanted: bool = False
    chosen: bool = False
    colour: int | None = None


class OutputBars(QWidget):
    """Bars of outputs from zero, with their numbers; a notch is the target.

    The predicted class has an arrow in front, the true one a frame around its number.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("probeOutputs")
        self.setAccessibleName("Outputs of the network for the probe")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.bars: tuple[Bar, ...] = ()
        theme().changed.connect(self.update)

    def show_bars(self, bars: tuple[Bar, ...]) -> None:
        """Show other bars."""
        if bars == self.bars:
            return
        grown = len(bars) != len(self.bars)
        self.bars = bars
        if grown:
            self.setFixedHeight(max(len(bars) * _ROW, 1))
        self.setAccessibleDescription(", ".join(tell(bar) for bar in bars))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, max(len(self.bars) * _ROW, 1))

    def bar_at(self, point: QPointF) -> Bar | None:
        """Bar at a place in pixels."""
        row = int(point.y() // _ROW)
        return self.bars[row] if 0 <= row < len(self.bars) else None

    def limits(self) -> tuple[float, float]:
        """Values at the left and the right end: zero, all outputs and all targets lie between them."""
        values = [value for bar in self.bars for value in (bar.value, bar.target) if value is not None]
        finite = [value for value in values if math.isfinite(value)]
        low, high = min(finite, default=0.0), max(finite, default=0.0)
        if low >= -1 and high <= 1:
            # Numbers up to one keep their scale, so that bars can be compared from sample to sample.
            # What reads as zero does not turn the scale around.
            return (-1.0 if low <= -_ZERO else 0.0), 1.0
        return min(low, 0.0), max(high, 0.0)

    def number(self, bar: Bar) -> str:
        """Text of an output beside its bar; numbers up to one have their points below each other."""
        low, high = self.limits()
        fixed = low >= -1 and high <= 1 and math.isfinite(bar.value)
        return f"{round(bar.value, 3) + 0.0:.3f}".replace("-", "−") if fixed else short(bar.value, 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours, painter = theme().colours, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = painter.fontMetrics()
        widest = max((metrics.horizontalAdvance(bar.name) for bar in self.bars), default=0)
        arrow = metrics.horizontalAdvance("▸") + 2
        left = arrow + min(widest, _WIDEST_NAME) + _GAP
        room = QRectF(left, 0, max(self.width() - left - _NUMBER - _GAP, 1), self.height())
        low, high = self.limits()
        scale = room.width() / (high - low)
        zero = room.left() - low * scale
        for row, bar in enumerate(self.bars):
            top = row * _ROW
            line = QRectF(0, top, self.width(), _ROW)
            painter.setPen(QColor(colours.text))
            middle = Qt.AlignmentFlag.AlignVCenter
            if bar.chosen:
                painter.drawText(line, middle | Qt.AlignmentFlag.AlignLeft, "▸")
            name = metrics.elidedText(bar.name, Qt.TextElideMode.ElideRight, _WIDEST_NAME)
            painter.drawText(line.adjusted(arrow, 0, 0, 0), middle | Qt.AlignmentFlag.AlignLeft, name)
            if math.isfinite(bar.value):
                end = zero + bar.value * scale
                colour = QColor(colours.measure) if bar.colour is None else class_colour(colours, bar.colour)
                painter.fillRect(QRectF(min(zero, end), top + 5, abs(end - zero), _ROW - 10), colour)
            if bar.target is not None:
                notch = zero + bar.target * scale
                painter.setPen(QPen(QColor(colours.text), 2))
                painter.drawLine(QPointF(notch, top + 2), QPointF(notch, top + _ROW - 2))
            number = QRectF(room.right() + _GAP, top + 1, _NUMBER, _ROW - 2)
            if bar.wanted:
                painter.setPen(QPen(QColor(colours.text), 1.5))
                painter.drawRoundedRect(number.adjusted(1, 1, -1, -1), 4, 4)
            painter.setPen(QColor(colours.text))
            painter.drawText(number.adjusted(0, 0, -5, 0), middle | Qt.AlignmentFlag.AlignRight, self.number(bar))
        painter.setPen(QPen(QColor(colours.muted), 1))
        painter.drawLine(QPointF(zero, 0), QPointF(zero, self.height()))


def tell(bar: Bar) -> str:
    """Bar in words."""
    remarks = [text for text, holds in (("predicted", bar.chosen), ("true class", bar.wanted)) if holds]
    if bar.target is not None:
        remarks.append(f"target {short(bar.target)}")
    return f"{bar.name}: {short(bar.value)}" + (f" ({', '.join(remarks)})" if remarks else "")


def bars_of(picture: ProbePicture, data: Data, threshold: float) -> tuple[Bar, ...]:
    """Bars of all outputs, in their order. A single output above `threshold` is class 1."""
    values = picture.shown_prediction.ravel().tolist()
    truth = picture.sample.shown_y
    if data.classes and len(values) == len(data.classes):
        said = int(labels_of(np.array([values]), threshold)[0])
        actual = None if truth is None else int(truth[0])
        return tuple(
            Bar(index, name, value, wanted=index == actual, chosen=index == said, colour=index)
            for index, (name, value) in enumerate(zip(data.classes, values, strict=True))
        )
    names = ["output"] if len(values) == 1 else [f"output {index + 1}" for index in range(len(values))]
    if data.classes:
        colour = int(values[0] > threshold) if len(values) == 1 else None
        return tuple(Bar(index, names[index], value, colour=colour) for index, value in enumerate(values))
    targets = [None] * len(values) if truth is None or truth.size != len(values) else truth.ravel().tolist()
    if len(values) > 1 and data.y.shape[1] == len(values):
        names = list(target_names(data))
    return tuple(Bar(index, names[index], value, targets[index]) for index, value in enumerate(values))


def foremost(bars: tuple[Bar, ...]) -> tuple[Bar, ...]:
    """As many bars as there is room for: of many the largest ones, with the predicted and the true class."""
    if len(bars) <= MOST:
        return bars
    order = sorted(bars, key=lambda bar: (bar.wanted or bar.chosen, bar.value), reverse=True)
    return tuple(sorted(order[:MOST], key=lambda bar: bar.index))


def legend_of(shown: tuple[Bar, ...], total: int) -> str:
    """Signs on the bars in words, and how many of `total` outputs are left out."""
    signs = (
        ("▸ predicted class", any(bar.chosen for bar in shown)),
        ("framed: true class", any(bar.wanted for bar in shown)),
        ("upright line: target", any(bar.target is not None for bar in shown)),
        (f"{total - len(shown):,} smaller outputs are left out", total > len(shown)),
    )
    return " · ".join(text for text, holds in signs if holds)


def verdict(bars: tuple[Bar, ...], picture: ProbePicture, data: Data, threshold: float) -> str:
    """The prediction in words, right or wrong where the sample has a target."""
    values, truth = [bar.value for bar in bars], picture.sample.shown_y
    if not all(map(math.isfinite, values)):
        return "The outputs are no finite numbers: training has diverged."
    if not data.classes:
        if truth is None or any(bar.target is None for bar in bars):
            return f"Predicted {short(values[0])}" if len(values) == 1 else "Predicted:"
        if data.multi_label:
            right = sum((bar.value > threshold) == (bar.target == 1) for bar in bars)
            return f"{'✓ ' if right == len(bars) else ''}{right} of {len(bars)} labels right"
        off = sum(abs(bar.value - (bar.target or 0.0)) for bar in bars) / len(bars)
        if len(bars) > 1:
            return f"Off by {short(off)} on average"
        return f"{short(values[0], 3)} instead of {short(bars[0].target or 0.0, 3)}: off by {short(off, 3)}"
    if len(values) not in (1, len(data.classes)):
        return "Predicted:"
    said = int(labels_of(np.array([values]), threshold)[0])
    name = data.classes[said]
    how = "" if len(values) > 1 else f" (output {'above' if said else 'not above'} {threshold:g})"
    if truth is None:
        return f"Predicted: {name}{how}"
    actual = int(truth[0])
    return f"✓ Right: {name}{how}" if actual == said else f"✗ Wrong: {name}, not {data.classes[actual]}{how}"
