"""List of all shortcuts, collected from the menus, with a search field."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QMenu,
    QMenuBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnstudio.canvas.keyboard import keys
from nnstudio.ui import sorting
from nnstudio.ui.inspection import GESTURES
from nnstudio.ui.labels import PlainLabel
from nnstudio.views import matrix
from nnstudio.views.network import canvas as network
from nnstudio.views.painting import brush
from nnstudio.views.runs import view as runs

Row = tuple[str, str]


def sections(bar: QMenuBar) -> dict[str, list[Row]]:
    """Shortcuts with descriptions: by menu, then those of canvas and views."""
    native = QKeySequence.SequenceFormat.NativeText
    found: dict[str, list[Row]] = {}
    for title, actions in _menus(bar.actions()):
        for action in actions:
            if action.shortcuts():
                shown = ", ".join(key.toString(native) for key in action.shortcuts())
                found.setdefault(title, []).append((shown, action.whatsThis()))
    return found | {
        "On the canvas, keys": keys.rows(),
        "On the canvas, mouse": list(keys.GESTURES),
        "On views and samples": [*GESTURES, *sorting.GESTURES],
        "On the boundary view, while painting": list(brush.GESTURES),
        "On the network view": list(network.GESTURES),
        "On the confusion matrix": list(matrix.GESTURES),
        "On the table of runs": list(runs.GESTURES),
    }


def _menus(actions: Iterable[QAction]) -> Iterable[tuple[str, list[QAction]]]:
    """The menus by title, each with the entries of its own and of those within it."""
    for action in actions:
        menu = action.menu()
        if isinstance(menu, QMenu):
            inner = [entry for _, entries in _menus(menu.actions()) for entry in entries]
            own = [entry for entry in menu.actions() if entry.menu() is None]
            yield action.text().replace("&", ""), [*own, *inner]


class ShortcutDialog(QDialog):
    """Dialog with all shortcuts; the window stays usable beside it."""

    def __init__(self, bar: QMenuBar, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard shortcuts")
        self._field = QLineEdit()
        self._field.setObjectName("findShortcut")
        self._field.setAccessibleName("Search shortcuts")
        self._field.setPlaceholderText("Search, such as “wire” or “Ctrl”")
        self._field.setClearButtonEnabled(True)
        self._field.textChanged.connect(self._search)
        # The titles, each with its lines.
        self._sections: list[tuple[QTreeWidgetItem, list[QTreeWidgetItem]]] = []
        tree = self._list(sections(bar))
        self._nothing = PlainLabel("No shortcut matches. Ctrl+K finds every command.")
        self._nothing.setProperty("role", "muted")
        self._nothing.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (self._field, tree, self._nothing, buttons):
            layout.addWidget(widget)
        # Where the list goes, the room stays.
        layout.setStretch(1, 1)
        self.resize(900, 640)
        self._field.setFocus()

    def _list(self, listed: dict[str, list[Row]]) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setObjectName("shortcutList")
        tree.setAccessibleName("Shortcuts")
        tree.setHeaderLabels(["Keys", "Does"])
        tree.setRootIsDecorated(False)
        tree.setItemsExpandable(False)
        tree.setIndentation(12)
        tree.setStyleSheet("QTreeView::item { padding: 3px 2px; }")
        for title, entries in listed.items():
            section = QTreeWidgetItem(tree, [title])
            section.setFirstColumnSpanned(True)
            font = section.font(0)
            font.setBold(True)
            section.setFont(0, font)
            # A title is no entry: the arrow keys pass it.
            section.setFlags(Qt.ItemFlag.ItemIsEnabled)
            lines = [QTreeWidgetItem(section, list(entry)) for entry in entries]
            self._sections.append((section, lines))
        tree.expandAll()
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        return tree

    def _search(self, text: str) -> None:
        """Shows only the lines in which all words are, in any order."""
        words = text.lower().split()
        for section, lines in self._sections:
            title = section.text(0)
            for line in lines:
                said = f"{title} {line.text(0)} {line.text(1)}".lower()
                line.setHidden(not all(word in said for word in words))
            section.setHidden(all(line.isHidden() for line in lines))
        self._nothing.setVisible(all(section.isHidden() for section, _ in self._sections))
