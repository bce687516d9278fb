"""Correlations between all pairs of columns, as a heat map."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.data import Signature
from engine.data.correlation import Correlations
from nnstudio.store import Store
from nnstudio.training.data_facts import column_correlations
from nnstudio.training.split import Split
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.steady_label import StillLabel
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import value_image
from nnstudio.views.cell_grid import cell_at, draw_frame, draw_numbers, padding_brush
from nnstudio.views.data.base import DataView
from nnstudio.views.plotting import ColourBar, Header, column, short

Array = NDArray[Any]

# Beyond, a cell would be smaller than a pixel, and the product of all pairs takes minutes.
_MOST_COLUMNS = 500
_WIDE, _WIDEST, _GAP = 460, 110, 5
_KEYS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}


class CorrelationCanvas(QWidget):
    """Canvas of the matrix: a cell for each pair, in the colours from -1 to 1.

    Signals:
        chosen: a cell was clicked, or Enter was pressed on it: its row and column.

    Attributes:
        current: the cell of the keyboard; None as long as no key was used.
    """

    chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("correlationCanvas")
        self.setAccessibleName("Correlations")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(1, 1)
        self.names: tuple[str, ...] = ()
        self.values: Array = np.zeros((0, 0))
        self.current: tuple[int, int] | None = None
        self._pressed: tuple[int, int] | None = None
        theme().changed.connect(self.update)

    def show_values(self, names: tuple[str, ...], values: Array) -> None:
        """Show coefficients (n, n)."""
        self.names, self.values, self.current = names, values, None
        self.update()

    def place(self) -> QRectF:
        """Rectangle of the cells, as square as there is room."""
        metrics = self.fontMetrics()
        beside = min(max((metrics.horizontalAdvance(name) for name in self.names), default=0), _WIDEST) + 2 * _GAP
        # The names above stand upright where there is room for few letters only.
        above = min(beside, self.height() / 2.4)
        return QRectF(beside, above, max(self.width() - beside - _GAP, 1), max(self.height() - above - _GAP, 1))

    def cell_at(self, point: QPointF) -> tuple[int, int] | None:
        """Row and column of the cell under a point."""
        return cell_at(self.place(), len(self.names), len(self.names), point)

    def cell(self, row: int, column_: int) -> QRectF:
        """Rectangle of a cell."""
        place, count = self.place(), len(self.names)
        width, height = place.width() / count, place.height() / count
        return QRectF(place.left() + column_ * width, place.top() + row * height, width, height)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self.cell_at(event.position())
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None and cell == self._pressed:
            self.chosen.emit(*cell)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = Qt.Key(event.key()), len(self.names) - 1
        if key in _KEYS and last >= 0:
            row, column_ = self.current or (0, 0)
            down, right = _KEYS[key] if self.current is not None else (0, 0)
            self.current = min(max(row + down, 0), last), min(max(column_ + right, 0), last)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.chosen.emit(*self.current)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours, painter = theme().colours, QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.canvas))
        count, place = len(self.names), self.place()
        if not count:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(place, value_image(np.nan_to_num(self.values), 1.0))
        for row, column_ in np.argwhere(np.isnan(self.values))[:10_000].tolist():
            painter.fillRect(self.cell(row, column_), padding_brush(colours))
        draw_numbers(painter, place, np.nan_to_num(self.values), 1.0, ~np.isnan(self.values))
        painter.setPen(QColor(colours.border))
        painter.drawRect(place)
        self._draw_names(painter, place)
        if self.current is not None:
            draw_frame(painter, self.cell(*self.current))

    def _draw_names(self, painter: QPainter, place: QRectF) -> None:
        metrics, count, flags = painter.fontMetrics(), len(self.names), Qt.AlignmentFlag
        # The end of "species = virginica" is what tells it from others.
        line, elide = metrics.height(), Qt.TextElideMode.ElideMiddle
        width, height = place.width() / count, place.height() / count
        painter.setPen(QColor(theme().colours.text))
        # As many names as stand beside each other without touching.
        for index in range(0, count, max(1, math.ceil(line / height))):
            middle = place.top() + (index + 0.5) * height
            room = QRectF(0, middle - line / 2, place.left() - _GAP, line)
            text = metrics.elidedText(self.names[index], elide, int(room.width()))
            painter.drawText(room, flags.AlignRight | flags.AlignVCenter, text)
        upright = any(metrics.horizontalAdvance(name) > width - 4 for name in self.names)
        for index in range(0, count, max(1, math.ceil(line / width)) if upright else 1):
            middle = place.left() + (index + 0.5) * width
            if not upright:
                room = QRectF(middle - width / 2, place.top() - line - 2, width, line)
                painter.drawText(room, flags.AlignCenter, self.names[index])
                continue
            painter.save()
            painter.translate(middle, place.top() - 3)
            painter.rotate(-90)
            text = metrics.elidedText(self.names[index], elide, int(place.top()) - 6)
            painter.drawText(QRectF(0, -line / 2, place.top(), line), flags.AlignLeft | flags.AlignVCenter, text)
            painter.restore()


class CorrelationsView(DataView):
    """View of the correlation of each column with each other one, inputs and targets.

    Signals:
        pair_wanted: the user wants to see the samples over these two columns, by their numbers.
    """

    pair_wanted = Signal(int, int)

    dock_name = "correlationsView"
    title = "Correlations"
    saying = "which columns rise and fall together"
    needs = f"tables with at most {_MOST_COLUMNS} columns"
    rank = 72
    waiting = "The matrix appears as soon as the data are read."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.canvas = CorrelationCanvas()
        self.canvas.chosen.connect(self._choose)
        self.bar = ColourBar()
        self.bar.set_scale(0.0, 1.0)
        self.info = StillLabel("Strongest correlation", yields=True)
        content = QWidget()
        column(content, Header(self.info, self.bar, wide_from=_WIDE), self.canvas)
        self.set_content(content)
        self.make_inspectable(self.canvas, self.info, self.bar)

    @classmethod
    def suits(cls, signature: Signature) -> bool:
        return len(signature.input_shape) == 1 and signature.input_shape[0] <= _MOST_COLUMNS

    @property
    def found(self) -> Correlations | None:
        """Correlations on display."""
        return self.fact if isinstance(self.fact, Correlations) else None

    def measure(self) -> Callable[[Split], Any]:
        return column_correlations

    def show_data(self, split: Split) -> None:
        found = self.found
        if found is None:
            return
        self.canvas.show_values(found.names, found.values)
        size = np.abs(np.nan_to_num(found.values))
        np.fill_diagonal(size, 0)
        # Classes exclude each other: that tells nothing of the data.
        size[found.inputs :, found.inputs :] = 0
        if not size.any():
            self.info.setText("No two columns are correlated", "No correlation")
            return
        row, column_ = map(int, np.unravel_index(int(size.argmax()), size.shape))
        value = short(float(found.values[row, column_]), 2)
        names = found.names[row], found.names[column_]
        text = f"Strongest: {names[0]} and {names[1]}, r = {value}"
        self.info.setText(text, f"Largest r = {value}")
        self.info.setToolTip(
            plain_tip(f"{text}\nPearson's correlation coefficient r: 1 and −1 are straight lines, 0 is none")
        )
        self.canvas.setAccessibleDescription(text)

    def release(self) -> None:
        self.canvas.show_values((), np.zeros((0, 0)))

    def _choose(self, row: int, column_: int) -> None:
        found = self.found
        if found is not None and row != column_:
            # Rows go up and columns across. All classes are one column of the samples.
            self.pair_wanted.emit(min(column_, found.inputs), min(row, found.inputs))

    def reading(self, point: QPointF) -> str:
        cell, found = self.canvas.cell_at(point), self.found
        if cell is None or found is None:
            return ""
        row, column_ = cell
        value = float(found.values[row, column_])
        one, other = found.names[row], found.names[column_]
        if math.isnan(value):
            return f"{one} and {other}: none, since one of them is constant"
        if row == column_:
            return f"{one} and itself: r = 1"
        return f"{one} and {other}: r = {short(value, 3)}\nClick to see the samples over both"

    def table(self) -> NumberTable | None:
        found = self.found
        if found is None:
            return None
        names, values = found.names, found.values
        empty = np.isnan(values)

        def rows() -> Any:
            for name, line, gaps in zip(names, values, empty, strict=True):
                yield (name, *(None if gap else value for value, gap in zip(line, gaps, strict=True)))

        return NumberTable(("column", *names), rows)
