"""Painter of the cells in the table of samples."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from nnstudio.ui.colours import chosen_fill, class_colour
from nnstudio.ui.theme import theme
from nnstudio.views.data.table_model import GAP, Index, SampleTableModel

_EDGE, _DISC = 6, 4
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class SampleCells(QStyledItemDelegate):
    """Painter of cells: numbers to the right, classes with their colours, wrong predictions with a sign."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, SampleTableModel)
        line, column = index.row(), index.column()
        colours = theme().colours
        place: QRect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(place, QColor(chosen_fill(colours)))
        text, label = model.text(line, column), model.label(line, column)
        muted = column == 0 or text in (GAP, "…")
        painter.setPen(QColor(colours.muted if muted else colours.text))
        room = place.adjusted(_EDGE, 0, -_EDGE, 0)
        if label is None:
            painter.drawText(room, _LEFT if column == 0 else _RIGHT, text)
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(class_colour(colours, label))
        painter.drawEllipse(QPointF(room.left() + _DISC, place.center().y() + 1), _DISC, _DISC)
        painter.restore()
        wrong = model.is_wrong(line, column)
        if wrong:
            painter.setPen(QColor(colours.error))
        room.adjust(3 * _DISC, 0, 0, 0)
        text = f"{text} ≠" if wrong else text
        painter.drawText(room, _LEFT, painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width()))
