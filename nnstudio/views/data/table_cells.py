"""Painter of the cells in the table of samples."""

from __future__ import annotations

from PySide6.QtCore import QLine, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QTableView

from nnstudio.ui.colours import chosen_fill, class_colour
from nnstudio.ui.theme import theme
from nnstudio.views.data.table_model import GAP, SampleTableModel

_EDGE, _DISC = 6, 4
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def paint_cells(view: QTableView, model: SampleTableModel, lines: range) -> None:
    """Paint the cells in sight: numbers to the right, classes with colours, wrong predictions with a sign.

    All in one go: where Qt calls for each cell, each waits for the trainer to give up the interpreter's lock.
    """
    colours, painter = theme().colours, QPainter(view.viewport())
    room = view.viewport().rect()
    painter.fillRect(room, QColor(colours.panel))
    if not lines:
        return
    first, last = view.columnAt(0), view.columnAt(room.width() - 1)
    columns = range(max(first, 0), (last if last >= 0 else model.columnCount() - 1) + 1)
    across = [(column, view.columnViewportPosition(column), view.columnWidth(column)) for column in columns]
    height, top = view.rowHeight(lines.start), view.rowViewportPosition(lines.start)
    chosen = {index.row() for index in view.selectionModel().selectedRows()}
    rules = [QLine(left + width - 1, 0, left + width - 1, top + height * len(lines)) for _, left, width in across]
    right = across[-1][1] + across[-1][2]
    digit = painter.fontMetrics().horizontalAdvance("0")
    text, muted = QColor(colours.text), QColor(colours.muted)
    for number, line in enumerate(lines):
        above = top + number * height
        if line in chosen:
            painter.fillRect(0, above, right, height, QColor(chosen_fill(colours)))
        rules.append(QLine(0, above + height - 1, right, above + height - 1))
        for column, left, width in across:
            place = QRect(left + _EDGE, above, width - 2 * _EDGE, height)
            words, label = model.text(line, column), model.label(line, column)
            if label is not None:
                _paint_class(painter, place, words, label, wrong=model.is_wrong(line, column))
                continue
            if digit * len(words) > place.width():
                # A number that lost its front would be another one.
                words = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, place.width())
            painter.setPen(muted if column == 0 or words in (GAP, "…") else text)
            painter.drawText(place, _LEFT if column == 0 else _RIGHT, words)
    painter.setPen(QColor(colours.border))
    painter.drawLines(rules)


def _paint_class(painter: QPainter, place: QRect, words: str, label: int, *, wrong: bool) -> None:
    """Name of a class behind a disc in its colour."""
    colours = theme().colours
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(class_colour(colours, label))
    painter.drawEllipse(QPointF(place.left() + _DISC, place.center().y() + 1), _DISC, _DISC)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QColor(colours.error if wrong else colours.text))
    room = place.adjusted(3 * _DISC, 0, 0, 0)
    words = f"{words} ≠" if wrong else words
    painter.drawText(room, _LEFT, painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width()))
