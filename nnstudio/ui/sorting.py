"""Order of a table by a click on a title, or by keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QTableView

# What the keys do, for the list of keys.
GESTURES = (("Alt+Up or Alt+Down", "Sort a table by the column of the current cell, rising or falling"),)

_ORDERS = {"Alt+Up": Qt.SortOrder.AscendingOrder, "Alt+Down": Qt.SortOrder.DescendingOrder}


def make_sortable(table: QTableView) -> None:
    """Let a person sort a table, with the mouse and without: titles of columns take no keyboard focus in Qt."""
    table.setSortingEnabled(True)
    for key, order in _ORDERS.items():
        shortcut = QShortcut(QKeySequence(key), table, context=Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(lambda order=order: _sort(table, order))


def _sort(table: QTableView, order: Qt.SortOrder) -> None:
    current = table.currentIndex()
    if current.isValid():
        table.sortByColumn(current.column(), order)
        table.scrollTo(table.currentIndex())
