"""Menu bar and tool bar, made from the declared commands."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from nnstudio.shell.actions import Actions
from nnstudio.shell.commands.base import BARS, TOOL_BAR, CommandSpec, SubmenuSpec, ToolSpec
from nnstudio.shell.commands.registry import sections
from nnstudio.shell.menu_state import grey_while_open
from nnstudio.shell.studio import Studio
from nnstudio.ui.icons import set_icon

ICON_SIZE = QSize(20, 20)


def fill_menu_bar(studio: Studio, actions: Actions) -> dict[str, QMenu]:
    """Fill the menu bar; returns the menus by name."""
    submenus: dict[str, QMenu] = {}
    for name, bar in BARS.items():
        if name == TOOL_BAR:
            continue
        menu = studio.menuBar().addMenu(bar.title)
        grey = []
        for section in sections(name):
            if section and not menu.isEmpty():
                menu.addSeparator()
            for entry in section:
                if isinstance(entry, SubmenuSpec):
                    submenus[entry.name] = entry.make(studio)
                    menu.addMenu(submenus[entry.name])
                elif isinstance(entry, CommandSpec):
                    menu.addAction(actions[entry.name])
                    if not entry.live and entry.make is None:
                        grey.append(actions[entry.name])
        grey_while_open(menu, grey, actions.why_not)
    return submenus


def make_tool_bar(studio: Studio, actions: Actions, themes: QMenu) -> QToolBar:
    """Tool bar with the actions that are needed all the time."""
    bar = QToolBar(BARS[TOOL_BAR].title, studio)
    bar.setObjectName("mainToolBar")
    bar.setMovable(False)
    bar.setIconSize(ICON_SIZE)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    for section in sections(TOOL_BAR):
        if section and bar.actions():
            bar.addSeparator()
        for entry in section:
            if isinstance(entry, ToolSpec):
                bar.addWidget(entry.make(studio))
            elif isinstance(entry, CommandSpec):
                _add_button(bar, actions, entry.name)
    room = QWidget()
    room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.addWidget(room)
    button = QToolButton()
    button.setObjectName("themeButton")
    button.setAccessibleName("Theme")
    button.setToolTip("Light, dark, or as the system")
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(themes)
    set_icon(button, "theme")
    bar.addWidget(button)
    return bar


def _add_button(bar: QToolBar, actions: Actions, name: str) -> None:
    bar.addAction(actions[name])
    button = bar.widgetForAction(actions[name])
    if isinstance(button, QToolButton):
        button.setObjectName(f"{name}Button")
        button.setAccessibleName(actions[name].whatsThis())
