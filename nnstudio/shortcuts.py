"""The list of all keys, made from the actions themselves."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnstudio.canvas import keys


def rows(actions: Iterable[QAction]) -> list[tuple[str, str]]:
    """Keys and what they do, for all actions that have keys, then for the canvas."""
    native = QKeySequence.SequenceFormat.NativeText
    listed = [
        (", ".join(key.toString(native) for key in action.shortcuts()), action.whatsThis())
        for action in actions
        if action.shortcuts()
    ]
    return [*listed, *keys.rows()]


class ShortcutDialog(QDialog):
    """Shows the keys; the window stays usable beside it."""

    def __init__(self, actions: Iterable[QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard shortcuts")
        entries = rows(actions)
        table = QTableWidget(len(entries), 2)
        table.setAccessibleName("Keys and what they do")
        table.setHorizontalHeaderLabels(["Keys", "Does"])
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.verticalHeader().setMinimumSectionSize(26)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setStretchLastSection(True)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        for row, entry in enumerate(entries):
            for column, text in enumerate(entry):
                table.setItem(row, column, QTableWidgetItem(text))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(table)
        layout.addWidget(buttons)
        self.resize(760, 640)
        table.resizeRowsToContents()
