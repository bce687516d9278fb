"""Gallery of tiles, one of which is chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QSizePolicy, QToolButton, QWidget

from nnstudio.ui.icons import set_icon

COLUMNS = 4


@dataclass(frozen=True)
class Tile:
    """Tile of a gallery.

    `name` is reported when it is chosen; `caption` stands under the drawing, `tip` explains it.
    """

    name: str
    caption: str
    tip: str
    icon: str


class Gallery(QWidget):
    """Grid of tiles.

    Signals:
        chosen: the user chose the tile of this name. A choice shown by the program emits nothing.
    """

    chosen = Signal(str)

    def __init__(self, tiles: Iterable[Tile], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        self._current = ""
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for index, tile in enumerate(tiles):
            button = QToolButton()
            button.setObjectName(f"tile_{tile.name}")
            button.setText(tile.caption)
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
            grid.addWidget(button, index // COLUMNS, index % COLUMNS)
        # Toggling, not clicking, is what both mouse and arrow keys do.
        self._group.buttonToggled.connect(self._toggled)

    def show_choice(self, name: str) -> None:
        """Mark a tile without emitting a signal."""
        self._current = name
        self._buttons[name].setChecked(True)

    def _toggled(self, button: QToolButton, on: bool) -> None:
        name = next(name for name, known in self._buttons.items() if known is button)
        if on and name != self._current:
            self._current = name
            self.chosen.emit(name)
