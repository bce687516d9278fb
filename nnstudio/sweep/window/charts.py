"""Drawings of a sweep: its trials over all settings, and the importance of each setting."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from nnstudio.sweep.project_runs import told
from nnstudio.sweep.results import StudyTable, TrialRow
from nnstudio.ui.inspection import Exhibit, Inspection
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.theme import theme

_MARGIN, _LABEL, _NEAR = 64.0, 22.0, 6.0
_BAR, _NAME = 26.0, 230.0


class Chart(QWidget):
    """Base of the drawings: values under the mouse, copies of picture and numbers, a sentence while there is nothing.

    Attributes:
        hint: the sentence that is shown while there is nothing to draw.
    """

    def __init__(self, name: str, title: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.hint = hint
        exhibit = Exhibit(self, lambda: title, self.reading, self.table, (self,))
        self.inspection = Inspection(self, exhibit)
        theme().changed.connect(self.update)

    def reading(self, point: QPointF) -> str:
        """Text for a place; "" where there is nothing."""
        raise NotImplementedError(f"{type(self).__name__} reads nothing")

    def table(self) -> NumberTable | None:
        """Numbers that are drawn; None for none."""
        raise NotImplementedError(f"{type(self).__name__} has no numbers")

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 180)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme().colours.canvas))
        if self.table() is None:
            painter.setPen(QColor(theme().colours.muted))
            painter.drawText(self.rect().adjusted(24, 24, -24, -24), _CENTRED, self.hint)
            return
        self.draw(painter)

    def draw(self, painter: QPainter) -> None:
        """Draw what there is."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")


_CENTRED = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap


class Axis:
    """Axis of parallel coordinates: a setting or the measure, from its lowest to its highest value, 0 to 1.

    Numbers are drawn on a logarithmic scale where they are searched so, or span more than two decades.
    """

    def __init__(self, title: str, values: Sequence[Any], *, log: bool = False) -> None:
        self.title = title
        known = [value for value in values if value is not None]
        self.words = tuple(sorted({value for value in known if isinstance(value, str)}, key=_word_key))
        numbers = [float(value) for value in known if not isinstance(value, str)]
        self.low, self.high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
        self.log = self.low > 0 and (log or self.high / self.low > 100)

    def place(self, value: Any) -> float | None:
        """Place of a value, from 0 to 1; None where it is missing."""
        if value is None:
            return None
        if isinstance(value, str):
            return 0.5 if len(self.words) < 2 else self.words.index(value) / (len(self.words) - 1)
        if self.high == self.low:
            return 0.5
        if self.log:
            return math.log(float(value) / self.low) / math.log(self.high / self.low)
        return (float(value) - self.low) / (self.high - self.low)

    @property
    def labels(self) -> list[tuple[float, str]]:
        """Places with their texts: all words, or the two ends."""
        if self.words:
            return [(self.place(word) or 0.0, word) for word in self.words]
        if self.low == self.high:
            return [(0.5, told(self.low))]
        return [(0.0, told(self.low)), (1.0, told(self.high))]


def _word_key(text: str) -> tuple[int, float, str]:
    try:
        return 0, float(text), ""
    except ValueError:
        return 1, 0.0, text


class ParallelCoordinates(Chart):
    """Parallel coordinates: a line for each trial, over all settings to the measure; the best are the strongest.

    Signals:
        chosen: a person has clicked a trial of this number.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "sweepParallel",
            "Trials over their settings",
            "Lines appear here with the first trials that have a measure: one a trial, from setting to setting.",
            parent,
        )
        self._rows: tuple[TrialRow, ...] = ()
        self._axes: list[Axis] = []
        self._study: StudyTable | None = None
        self._selected: frozenset[int] = frozenset()

    def show_table(self, table: StudyTable) -> None:
        """Draw these trials."""
        self._study = table
        rows = [row for row in table.rows if row.value is not None and row.over]
        # The best last, on top of all others.
        rows.sort(key=lambda row: (row.value or 0.0) * (1 if table.maximize else -1))
        self._rows = tuple(rows)
        logs = {text.partition("=")[0] for text in table.ranges if text.endswith(" log")}
        columns = [Axis(name, [row.parameters.get(name) for row in rows], log=name in logs) for name in table.settings]
        self._axes = [*columns, Axis(table.measure, [row.value for row in rows])]
        self.update()

    def select(self, numbers: frozenset[int]) -> None:
        """Draw these trials in the colour of the selection."""
        if numbers != self._selected:
            self._selected = numbers
            self.update()

    def table(self) -> NumberTable | None:
        if not self._rows:
            return None
        rows, names = self._rows, [axis.title for axis in self._axes[:-1]]
        return NumberTable(
            ("trial", *names, self._axes[-1].title),
            lambda: [[row.number, *(row.parameters.get(name) for name in names), row.value] for row in rows],
        )

    def _points(self, row: TrialRow) -> list[QPointF]:
        """Places of a trial's values, from left to right; settings that it does not have are left out."""
        values = [*(row.parameters.get(axis.title) for axis in self._axes[:-1]), row.value]
        places = [axis.place(value) for axis, value in zip(self._axes, values, strict=True)]
        return [self._at(number, place) for number, place in enumerate(places) if place is not None]

    def _at(self, number: int, place: float) -> QPointF:
        span = self.width() - 2 * _MARGIN
        x = _MARGIN + span * (number / max(len(self._axes) - 1, 1))
        top, bottom = 2 * _LABEL + 8, self.height() - _LABEL
        return QPointF(x, bottom - place * (bottom - top))

    def draw(self, painter: QPainter) -> None:
        colours = theme().colours
        count = len(self._rows)
        for number, row in enumerate(self._rows):
            share = 1.0 if count == 1 else number / (count - 1)
            colour = QColor(colours.measure)
            # The worst are barely seen, the best stand out.
            colour.setAlphaF(0.12 + 0.88 * share**2)
            pen = QPen(colour, 1.0 + 1.2 * share)
            if row.state != "complete":
                pen.setStyle(Qt.PenStyle.DotLine)
            if row.number in self._selected:
                pen = QPen(QColor(colours.negative), 2.6)
            painter.setPen(pen)
            points = self._points(row)
            path = QPainterPath(points[0])
            for point in points[1:]:
                path.lineTo(point)
            painter.drawPath(path)
        width = (self.width() - 2 * _MARGIN) / max(len(self._axes) - 1, 1)
        for number, axis in enumerate(self._axes):
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(self._at(number, 0.0), self._at(number, 1.0))
            painter.setPen(QColor(colours.text))
            x = self._at(number, 0.0).x()
            # Names that lie side by side stand in two lines by turns; those at the ends lean inwards.
            line = _LABEL if number % 2 else 0.0
            left, right = max(x - width + 8, 4.0), min(x + width - 8, self.width() - 4.0)
            side = _CENTRE
            if number == 0:
                left, side = 8.0, _LEFT
            elif number == len(self._axes) - 1:
                right, side = self.width() - 8.0, _RIGHT
            shown = painter.fontMetrics().elidedText(axis.title, Qt.TextElideMode.ElideLeft, int(right - left))
            painter.drawText(QRectF(left, line, right - left, _LABEL), side, shown)
            painter.setPen(QColor(colours.muted))
            for place, text in axis.labels:
                at = self._at(number, place)
                last = number == len(self._axes) - 1
                rect = (
                    QRectF(at.x() - width - 4, at.y() - 9, width, 18)
                    if last
                    else QRectF(at.x() + 5, at.y() - 9, width - 10, 18)
                )
                side = Qt.AlignmentFlag.AlignRight if last and len(self._axes) > 1 else Qt.AlignmentFlag.AlignLeft
                side |= Qt.AlignmentFlag.AlignVCenter
                # Lines would strike it through.
                ground = QColor(colours.canvas)
                ground.setAlphaF(0.85)
                painter.fillRect(painter.boundingRect(rect, side, text).adjusted(-2, 0, 2, 0), ground)
                painter.drawText(rect, side, text)

    def _near(self, point: QPointF) -> TrialRow | None:
        best: tuple[float, TrialRow] | None = None
        for row in reversed(self._rows):
            points = self._points(row)
            for left, right in pairwise(points):
                if left.x() - _NEAR <= point.x() <= right.x() + _NEAR:
                    share = (point.x() - left.x()) / max(right.x() - left.x(), 1.0)
                    away = abs(left.y() + share * (right.y() - left.y()) - point.y())
                    if away <= _NEAR and (best is None or away < best[0] - 1e-9):
                        best = away, row
        return None if best is None else best[1]

    def reading(self, point: QPointF) -> str:
        row = self._near(point)
        if row is None or self._study is None:
            return ""
        lines = [f"{name}: {told(row.parameters[name])}" for name in self._study.settings if name in row.parameters]
        value = "" if row.value is None else f"{self._study.measure}: {row.value:.4g}"
        return "\n".join([f"Trial {row.number}, {row.state}", *lines, value])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self._near(event.position()) if event.button() == Qt.MouseButton.LeftButton else None
        if row is not None:
            self.chosen.emit(row.number)
        super().mousePressEvent(event)


class ImportanceChart(Chart):
    """Bars of the importance of each setting."""

    def __init__(self, parent: QWidget | None = None) -> None:
        waiting = "The importance of the settings is being measured…"
        super().__init__("sweepImportance", "Importance of the settings", waiting, parent)
        self._shares: Mapping[str, float] = {}

    def show_shares(self, shares: Mapping[str, float], missing: str) -> None:
        """Draw shares of 1; or where something is `missing`, its sentence."""
        self._shares = shares
        if missing:
            self.hint = f"{missing[:1].upper()}{missing[1:]}."
        self.update()

    def table(self) -> NumberTable | None:
        rows = list(self._shares.items())
        return NumberTable(("setting", "importance"), lambda: rows) if rows else None

    def draw(self, painter: QPainter) -> None:
        colours = theme().colours
        name = min(_NAME, self.width() * 0.4)
        room = self.width() - name - 90
        for number, (title, share) in enumerate(self._shares.items()):
            top = 12 + number * _BAR
            painter.setPen(QColor(colours.text))
            shown = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideLeft, int(name - 16))
            painter.drawText(QRectF(8, top, name - 16, _BAR - 6), _RIGHT, shown)
            painter.fillRect(QRectF(name, top, max(room * share, 1.0), _BAR - 6), QColor(colours.measure))
            painter.drawText(QRectF(name + room * share + 6, top, 70, _BAR - 6), _LEFT, f"{share:.0%}")

    def reading(self, point: QPointF) -> str:
        number = int((point.y() - 12) // _BAR)
        items = list(self._shares.items())
        return f"{items[number][0]}: {items[number][1]:.1%}" if 0 <= number < len(items) else ""


_CENTRE = Qt.AlignmentFlag.AlignCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
