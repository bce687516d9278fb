"""Class-by-class table, drawn in the theme's colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.ui.theme import theme
from nnstudio.views.plotting import blend, ink

Array = NDArray[Any]

# A name takes at most so many pixels beside the table.
_WIDEST = 90
_GAP = 5
# How thick the frames of right answers are.
_FRAME = 2
# Rows and columns that a key leads on.
_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
# What keys do there, for the list of keys.
GESTURES = (
    ("Arrow keys", "Move among the cells"),
    ("Enter, Space", "Show the samples of the cell"),
    ("Esc", "Back from the samples"),
)


class MatrixCanvas(QWidget):
    """Canvas of counts, shaded by fraction of the true class; the diagonal is framed.

    Signals:
        chosen: a cell was clicked, or chosen by key: its row and column.
        moved: another cell has the keyboard focus; see `focus`.
    """

    chosen = Signal(int, int)
    moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Confusion matrix")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(1, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Row and column of the cell that keys act on.
        self.focus = (0, 0)
        self.counts: Array = np.zeros((0, 0), np.intp)
        self.names: tuple[str, ...] = ()
        self.as_shares = False
        # The cell on which the mouse button went down.
        self._pressed = (-1, -1)
        self._marked: tuple[int, int] | None = None
        theme().changed.connect(self.update)

    def show_counts(self, counts: Array, names: tuple[str, ...], *, as_shares: bool) -> None:
        """Show counts (classes, classes), rows the true classes; or fractions of each row."""
        same = self.names == names and self.as_shares == as_shares and np.array_equal(self.counts, counts)
        if not same:
            self.counts, self.names, self.as_shares = counts, names, as_shares
            last = max(len(counts) - 1, 0)
            self.focus = min(self.focus[0], last), min(self.focus[1], last)
            self.update()

    def mark(self, cell: tuple[int, int] | None) -> None:
        """Frame a cell, of which more is shown elsewhere; None for none."""
        if cell != self._marked:
            self._marked = cell
            self.update()

    def table(self) -> QRectF:
        """Rectangle of the cells."""
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(name) for name in self.names), default=0)
        line = metrics.height()
        left = line + _GAP + min(widest, _WIDEST) + 2 * _GAP
        top = 2 * (line + 2) + _GAP
        return QRectF(left, top, max(self.width() - left - 10, 1), max(self.height() - top - 6, 1))

    def cell_at(self, point: QPointF) -> tuple[int, int]:
        """Row and column under a point; -1, -1 where there is none."""
        table, count = self.table(), len(self.counts)
        if not count or not table.contains(point):
            return -1, -1
        row = int((point.y() - table.top()) / table.height() * count)
        column = int((point.x() - table.left()) / table.width() * count)
        return min(row, count - 1), min(column, count - 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self.cell_at(event.position())
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell == self._pressed != (-1, -1):
            # Keys go on from there.
            self.focus = cell
            self.chosen.emit(*cell)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = Qt.Key(event.key()), len(self.counts) - 1
        if last < 0:
            super().keyPressEvent(event)
        elif key in _STEPS:
            down, across = _STEPS[key]
            row, column = self.focus
            self.focus = min(max(row + down, 0), last), min(max(column + across, 0), last)
            self.moved.emit()
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(*self.focus)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if len(self.counts):
            self.moved.emit()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def cell(self, row: int, column: int) -> QRectF:
        """Rectangle of a cell."""
        table, count = self.table(), max(len(self.counts), 1)
        width, height = table.width() / count, table.height() / count
        return QRectF(table.left() + column * width, table.top() + row * height, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme().colours.canvas))
        if len(self.counts):
            self._draw_cells(painter)
            self._draw_names(painter)
            if self._marked is not None:
                painter.setPen(QPen(QColor(theme().colours.accent), _FRAME + 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(QRectF(self.cell(*self._marked).toRect()))
            if self.hasFocus():
                painter.setPen(QPen(QColor(theme().colours.accent), _FRAME, Qt.PenStyle.DotLine))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.cell(*self.focus).adjusted(_FRAME, _FRAME, -_FRAME, -_FRAME))

    def _draw_cells(self, painter: QPainter) -> None:
        colours, table, count = theme().colours, self.table(), len(self.counts)
        width, height = table.width() / count, table.height() / count
        totals = self.counts.sum(axis=1)
        shares = self.counts / np.maximum(totals, 1)[:, None]
        metrics = painter.fontMetrics()
        longest = "100" if self.as_shares else f"{int(self.counts.max()):,}"
        legible = metrics.horizontalAdvance(longest) + 4 <= width and metrics.height() <= height
        # A cell without samples has the colour of the ground. Of a hundred classes, most have none, and a colour is
        # made once for all cells of the same share: else one picture would take half a second.
        rows, columns = np.nonzero(self.counts)
        distinct, kinds = np.unique(shares[rows, columns], return_inverse=True)
        # The root, since among a hundred right answers one mistake must still be seen.
        grounds = [blend(colours.measure, colours.canvas, share**0.5 * 0.9) for share in distinct.tolist()]
        lefts, tops = (table.left() + columns * width).tolist(), (table.top() + rows * height).tolist()
        for left, top, kind in zip(lefts, tops, kinds.tolist(), strict=True):
            painter.fillRect(QRectF(left + 0.5, top + 0.5, width - 1, height - 1), grounds[kind])
        if legible:
            inks = [ink(ground) for ground in grounds]
            numbers = (shares[rows, columns] * 100 if self.as_shares else self.counts[rows, columns]).tolist()
            for left, top, kind, number in zip(lefts, tops, kinds.tolist(), numbers, strict=True):
                painter.setPen(inks[kind])
                text = f"{number:.0f}" if self.as_shares else f"{number:,}"
                painter.drawText(QRectF(left, top, width, height), Qt.AlignmentFlag.AlignCenter, text)
        painter.setPen(QColor(colours.border))
        painter.drawRect(table)
        painter.setPen(QPen(QColor(colours.text), _FRAME))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for index in range(count):
            # On whole pixels, else some sides would look thicker than others.
            cell = QRectF(table.left() + index * width, table.top() + index * height, width, height)
            painter.drawRect(QRectF(cell.toRect()).adjusted(_FRAME / 2, _FRAME / 2, -_FRAME / 2, -_FRAME / 2))

    def _draw_names(self, painter: QPainter) -> None:
        colours, table, count = theme().colours, self.table(), len(self.counts)
        flags, metrics = Qt.AlignmentFlag, painter.fontMetrics()
        width, height, line = table.width() / count, table.height() / count, metrics.height()
        painter.setPen(QColor(colours.text))
        # As many names as stand beside each other without touching.
        every = max(1, round(line / height + 0.49))
        widest = max(metrics.horizontalAdvance(name) for name in self.names)
        across = max(1, int((min(widest, 40) + 6) / width + 0.99))
        for index, name in enumerate(self.names[:count]):
            if index % every == 0:
                room = QRectF(0, table.top() + index * height, table.left() - _GAP, height)
                shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, _WIDEST)
                middle = QRectF(room.left(), room.center().y() - line / 2, room.width(), line)
                painter.drawText(middle, flags.AlignRight | flags.AlignVCenter, shown)
            if index % across == 0:
                room = QRectF(table.left() + index * width, line + 2, width * across, line + 2)
                shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(room.width()))
                start = room if across > 1 else QRectF(room.left(), room.top(), width, room.height())
                side = flags.AlignLeft if across > 1 else flags.AlignHCenter
                painter.drawText(start, side | flags.AlignVCenter, shown)
        painter.setPen(QColor(colours.muted))
        painter.drawText(QRectF(table.left(), 0, table.width(), line + 2), flags.AlignCenter, "Predicted class")
        painter.save()
        painter.translate(0, table.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 2, table.height(), line), flags.AlignCenter, "True class")
        painter.restore()
