"""Gallery of tiles, one of which is chosen."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QSizePolicy, QTabBar, QToolButton, QVBoxLayout, QWidget

from nnstudio.ui.icons import set_icon

COLUMNS = 4
# Least pixels beside the words of a tab, both sides together: with less, the style cuts them.
_AROUND = 20


@dataclass(frozen=True)
class Tile:
    """Tile of a gallery.

    `name` is reported when it is chosen; `caption` stands under the drawing, `tip` explains it. Tiles of one `group`
    are shown together.
    """

    name: str
    caption: str
    tip: str
    icon: str
    group: str


class _Groups(QTabBar):
    """Tabs that get narrower with their panel, as far as their words go. The last word of a title can stand for it."""

    def __init__(self) -> None:
        super().__init__()
        self._titles: list[str] = []
        self.setObjectName("galleryGroups")
        self.setAccessibleName("Kinds of data")
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def add(self, title: str) -> None:
        """Add a tab."""
        self._titles.append(title)
        self.setTabToolTip(self.addTab(title), title)

    def tabSizeHint(self, index: int) -> QSize:
        size = super().tabSizeHint(index)
        over = sum(super(_Groups, self).tabSizeHint(place).width() for place in range(self.count())) - self.width()
        if over > 0:
            room = size.width() - math.ceil(over / self.count())
            size.setWidth(max(room, self._words(self.tabText(index))))
        return size

    def _words(self, title: str) -> int:
        """Least width of a tab, in pixels."""
        return self.fontMetrics().horizontalAdvance(title) + _AROUND

    def resizeEvent(self, event: QResizeEvent) -> None:
        short = sum(map(self._words, self._titles)) > self.width()
        for place, title in enumerate(self._titles):
            text = title.rpartition(" ")[2].capitalize() if short else title
            if self.tabText(place) != text:
                self.setTabText(place, text)
                self.setAccessibleTabName(place, title)
        super().resizeEvent(event)


class Gallery(QWidget):
    """Grid of tiles, one group at a time.

    Signals:
        chosen: the user chose the tile of this name. A choice shown by the program emits nothing.
    """

    chosen = Signal(str)

    def __init__(self, tiles: Iterable[Tile], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[str, QToolButton] = {}
        self._groups: dict[str, list[str]] = {}
        self._group = QButtonGroup(self)
        self._current = ""
        self.tabs = _Groups()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.tabs)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        column.addLayout(grid)
        for tile in tiles:
            if tile.group not in self._groups:
                self._groups[tile.group] = []
                self.tabs.add(tile.group)
            group = self._groups[tile.group]
            index = len(group)
            group.append(tile.name)
            button = QToolButton()
            button.setObjectName(f"tile_{tile.name}")
            button.setText(tile.caption.replace(" ", "\n").replace("-", "-\n"))
            button.setToolTip(tile.tip)
            button.setAccessibleName(tile.caption)
            button.setAccessibleDescription(tile.tip)
            button.setCheckable(True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setIconSize(QSize(24, 24))
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.setProperty("role", "tile")
            set_icon(button, tile.icon)
            self._group.addButton(button)
            self._buttons[tile.name] = button
            # Tiles of other groups have the same places, and are hidden.
            grid.addWidget(button, index // COLUMNS, index % COLUMNS)
        # Toggling, not clicking, is what both mouse and arrow keys do.
        self._group.buttonToggled.connect(self._toggled)
        for column_index in range(COLUMNS):
            grid.setColumnStretch(column_index, 1)
        self.tabs.currentChanged.connect(self._show_group)
        self._show_group(0)

    def show_choice(self, name: str) -> None:
        """Mark a tile without emitting a signal. A new choice shows its group; without a tile, none is marked."""
        if name not in self._buttons:
            self._unmark()
            return
        if name != self._current:
            self.show_group_of(name)
        self._current = name
        self._buttons[name].setChecked(True)

    def _unmark(self) -> None:
        self._current = ""
        # One of an exclusive group cannot be taken back otherwise.
        self._group.setExclusive(False)
        for button in self._buttons.values():
            button.setChecked(False)
        self._group.setExclusive(True)

    def show_group_of(self, name: str) -> None:
        """Show the tiles among which this one is."""
        self.tabs.setCurrentIndex(next(index for index, names in enumerate(self._groups.values()) if name in names))

    def _show_group(self, index: int) -> None:
        shown = list(self._groups.values())[index]
        for name, button in self._buttons.items():
            button.setVisible(name in shown)

    def _toggled(self, button: QToolButton, on: bool) -> None:
        name = next(name for name, known in self._buttons.items() if known is button)
        if on and name != self._current:
            self._current = name
            self.chosen.emit(name)
