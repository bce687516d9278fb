"""Row of the palette's list: the drawing of one command."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QIcon, QPainter, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from nnstudio.finder.command_list import Command
from nnstudio.finder.fuzzy import Match
from nnstudio.ui.colours import chosen_fill
from nnstudio.ui.icons import icon
from nnstudio.ui.theme import theme

ROW = 32
_ICON = 18
_PADDING = 10
_STATES = {None: "", True: "on", False: "off"}


class CommandDelegate(QStyledItemDelegate):
    """Delegate that draws a command: icon, title, path and shortcut. The typed letters are bold."""

    def __init__(self, command_role: int, match_role: int, view: QListView) -> None:
        super().__init__(view)
        self._command, self._match = command_role, match_role

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        command: Command = index.data(self._command)
        fit: Match = index.data(self._match)
        colours = theme().colours
        area: QRect = option.rect
        font: QFont = option.font
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(chosen_fill(colours)))
            painter.drawRoundedRect(area.adjusted(0, 1, 0, -1), 6, 6)
            painter.setBrush(QColor(colours.accent))
            painter.drawRoundedRect(QRect(area.left() + 1, area.top() + 6, 3, area.height() - 12), 1.5, 1.5)
        place = QRect(area.left() + _PADDING, area.center().y() - _ICON // 2, _ICON, _ICON)
        _icon_of(command).paint(painter, place, mode=QIcon.Mode.Normal if command.enabled else QIcon.Mode.Disabled)
        area = area.adjusted(_PADDING + _ICON + _PADDING, 0, -_PADDING, 0)
        text = QColor(colours.text if command.enabled else colours.muted)
        muted = QColor(colours.muted)
        aside = " · ".join(part for part in (_STATES[command.checked], command.shortcut) if part)
        if not command.enabled:
            aside = QFontMetrics(font).elidedText(command.reason, Qt.TextElideMode.ElideRight, area.width() * 2 // 3)
        area = _at_right(painter, area, aside, font, muted)
        metrics = QFontMetrics(_bold(font))
        path = QFontMetrics(font).elidedText(command.path, Qt.TextElideMode.ElideRight, area.width() // 2)
        room = area.width() - QFontMetrics(font).horizontalAdvance(path) - 12
        title = metrics.elidedText(command.title, Qt.TextElideMode.ElideMiddle, room)
        # Letters of a shortened title are no longer where they were.
        places = fit.places if title == command.title else ()
        width = _draw_title(painter, area, title, places, font, text)
        painter.setFont(font)
        painter.setPen(muted)
        painter.drawText(area.adjusted(width + 12, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, path)
        painter.restore()


def _icon_of(command: Command) -> QIcon:
    # Drawn only now, for the few rows that are seen.
    if command.drawing:
        colours = theme().colours
        return icon(command.drawing, colours.categories.get(command.category))
    return command.icon or QIcon()


def _at_right(painter: QPainter, area: QRect, text: str, font: QFont, colour: QColor) -> QRect:
    """Writes at the right end; returns what is left of the area."""
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    return area.adjusted(0, 0, -QFontMetrics(font).horizontalAdvance(text) - 12 if text else 0, 0)


def _draw_title(
    painter: QPainter, area: QRect, title: str, places: tuple[int, ...], font: QFont, colour: QColor
) -> int:
    """Writes a title with some letters in bold; returns its width."""
    layout = QTextLayout(title, font)
    bold = QTextCharFormat()
    bold.setFontWeight(QFont.Weight.Bold)
    bold.setFontUnderline(True)
    marks = []
    for place in places:
        mark = QTextLayout.FormatRange()
        mark.start, mark.length, mark.format = place, 1, bold
        marks.append(mark)
    layout.setFormats(marks)
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    painter.setPen(colour)
    top = area.top() + (area.height() - line.height()) / 2
    layout.draw(painter, QRect(area.left(), round(top), 0, 0).topLeft())
    return round(line.naturalTextWidth())


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.Bold)
    return bold
