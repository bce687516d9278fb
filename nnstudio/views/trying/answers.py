"""Answers of the network as bars: of a sample, and of what it was before it was spoilt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.ui.colours import class_colour
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import short

# As many bars are drawn.
MOST = 10
_ROW, _GAP, _WIDEST_NAME = 22, 6, 104


@dataclass(frozen=True)
class Answer:
    """Answer in one class, or for one target.

    Attributes:
        name: of the class, or of the target.
        value: probability from 0 to 1, or a number in the units of the target.
        before: the same of the sample before it was spoilt; None where it is not spoilt.
        low, high: ends of the bar.
        chosen: it is the predicted class. colour: number of a class; None for a target.
    """

    name: str
    value: float
    before: float | None = None
    low: float = 0.0
    high: float = 1.0
    chosen: bool = False
    colour: int | None = None

    def number(self, value: float) -> str:
        """Value as text."""
        if self.colour is None:
            return short(value)
        return "not a number" if math.isnan(value) else f"{100 * value:.1f}%"

    @property
    def numbers(self) -> str:
        """Value, after the one before if there is one."""
        said = self.number(self.value)
        return said if self.before is None else f"{self.number(self.before)} → {said}"

    def words(self) -> str:
        """Answer in words."""
        return f"{self.name}: {self.numbers}" + (" (predicted)" if self.chosen else "")


def foremost(answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """As many answers as there is room for: of many classes, those of the largest values, before or now."""
    if len(answers) <= MOST:
        return answers
    order = sorted(answers, key=lambda answer: max(answer.value, answer.before or 0.0), reverse=True)[:MOST]
    return tuple(answer for answer in answers if answer in order)


class AnswerBars(QWidget):
    """Bars with names and numbers; where a sample is spoilt, the bar before it is a frame above the one now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tryAnswers")
        self.setAccessibleName("Answer of the network")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.answers: tuple[Answer, ...] = ()
        theme().changed.connect(self.update)

    def show_answers(self, answers: tuple[Answer, ...]) -> None:
        """Show other answers."""
        if answers == self.answers:
            return
        grown = len(answers) != len(self.answers)
        self.answers = answers
        if grown:
            self.setFixedHeight(max(len(answers) * _ROW, 1))
        self.setAccessibleDescription(", ".join(answer.words() for answer in answers))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(220, max(len(self.answers) * _ROW, 1))

    def answer_at(self, point: QPointF) -> Answer | None:
        """Answer at a place in pixels."""
        row = int(point.y() // _ROW)
        return self.answers[row] if 0 <= row < len(self.answers) else None

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.answers:
            return
        colours, painter = theme().colours, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = painter.fontMetrics()
        arrow = metrics.horizontalAdvance("▸") + 3
        # A pixel more, or Qt leaves letters out of a name that just fits.
        names = max(metrics.horizontalAdvance(answer.name) for answer in self.answers) + 2
        paired = any(answer.before is not None for answer in self.answers)
        # Numbers that change must not move the bars.
        widest = "100.0% → 100.0%" if paired else "100.0%"
        if self.answers[0].colour is None:
            widest = max((answer.numbers for answer in self.answers), key=len) + "00"
        number = metrics.horizontalAdvance(widest)
        left = arrow + min(names, _WIDEST_NAME) + _GAP
        room = max(self.width() - left - number - _GAP, 1)
        middle = Qt.AlignmentFlag.AlignVCenter
        for place, answer in enumerate(self.answers):
            line = QRectF(0, place * _ROW, self.width(), _ROW)
            painter.setPen(QColor(colours.text))
            if answer.chosen:
                painter.drawText(line, middle | Qt.AlignmentFlag.AlignLeft, "▸")
            name = metrics.elidedText(answer.name, Qt.TextElideMode.ElideRight, min(names, _WIDEST_NAME))
            painter.drawText(line.adjusted(arrow, 0, 0, 0), middle | Qt.AlignmentFlag.AlignLeft, name)
            painter.drawText(line, middle | Qt.AlignmentFlag.AlignRight, answer.numbers)
            colour = QColor(colours.measure) if answer.colour is None else class_colour(colours, answer.colour)
            track = QRectF(left, line.top() + 4, room, _ROW - 8)
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(track.topLeft(), track.bottomLeft())
            now = track if answer.before is None else track.adjusted(0, track.height() / 2, 0, 0)
            painter.fillRect(self._bar(now, answer, answer.value), colour)
            if answer.before is not None:
                bar = self._bar(track.adjusted(0, 0, 0, -track.height() / 2 - 1), answer, answer.before)
                painter.setPen(QPen(colour, 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5))

    def _bar(self, track: QRectF, answer: Answer, value: float) -> QRectF:
        share = (value - answer.low) / max(answer.high - answer.low, 1e-12) if math.isfinite(value) else 0.0
        return QRectF(track.left(), track.top(), track.width() * min(max(share, 0.0), 1.0), track.height())
