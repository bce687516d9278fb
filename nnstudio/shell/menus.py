"""Menus and tool bar: the places of the actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QDockWidget, QMenu, QMenuBar, QSizePolicy, QToolBar, QToolButton, QWidget

from nnstudio.shell.actions import Actions
from nnstudio.shell.disabled_reasons import ON_CANVAS
from nnstudio.shell.menu_state import grey_while_open
from nnstudio.shell.project_files import Files
from nnstudio.ui.icons import set_icon
from nnstudio.ui.theme import MODES, Mode, theme

_LINE = "-"
_TOOLS = "new open save - undo redo - play speed finish step epoch reset - fit tidy"
_CLIPBOARD = ("cut", "copy", "paste", "duplicate", "delete", "selectAll")
_DIAGRAM = ("exportDiagram", "copyDiagram")
_ZOOM = ("fit", "fitSelection", "zoomFull", "zoomIn", "zoomOut")
_BLOCKS = ("rename", "disable", "freeze")
_FINDING = ("commands", "search", "find")
_GROUPS = ("group", "ungroup", "collapse")
ICON_SIZE = QSize(20, 20)


def fill_menu_bar(
    bar: QMenuBar,
    actions: Actions,
    themes: QMenu,
    speeds: QMenu,
    files: Files,
    docks: Sequence[QDockWidget],
    why_not: Callable[[QAction], str],
) -> None:
    """Puts all menus on the bar; `why_not` tells why an edit of the canvas would do nothing now."""
    recent = QMenu("Open &recent", bar)
    recent.aboutToShow.connect(lambda: _fill_recent(recent, files))
    panels = QMenu("&Panels", bar)
    # Why one of them is not offered.
    panels.setToolTipsVisible(True)
    for dock in docks:
        panels.addAction(dock.toggleViewAction())
    menus: dict[str, tuple[str | QMenu, ...]] = {
        "&File": ("new", "open", recent, _LINE, "save", "saveAs", _LINE, *_DIAGRAM, _LINE, "home", "quit"),
        "&Edit": ("undo", "redo", _LINE, *_CLIPBOARD, _LINE, *_BLOCKS, _LINE, *_GROUPS, "tidy", _LINE, *_FINDING),
        "&Train": ("play", "pause", "finish", speeds, _LINE, "step", "epoch", _LINE, "reset"),
        "&View": (*_ZOOM, _LINE, "miniMap", "animations", themes, _LINE, "problems", panels, "resetLayout"),
        "&Help": ("guide", "shortcuts", "about"),
    }
    for title, entries in menus.items():
        menu = bar.addMenu(title)
        for entry in entries:
            if isinstance(entry, QMenu):
                menu.addMenu(entry)
            elif entry == _LINE:
                menu.addSeparator()
            else:
                menu.addAction(actions[entry])
        of_canvas = [actions[name] for name in entries if name in ON_CANVAS]
        if of_canvas:
            grey_while_open(menu, of_canvas, why_not)


def _fill_recent(menu: QMenu, files: Files) -> None:
    menu.clear()
    for example in files.examples:
        action = menu.addAction(f"{example.title} ({example.state})")
        action.triggered.connect(lambda _=False, example=example: files.open_example(example))
    if files.examples and files.recent():
        menu.addSeparator()
    for path in files.recent():
        menu.addAction(path).triggered.connect(lambda _=False, path=path: files.open(path))
    if menu.isEmpty():
        menu.addAction("No files yet").setEnabled(False)


def theme_menu(parent: QWidget) -> QMenu:
    """Light, dark, or as the system."""
    menu = QMenu("&Theme", parent)
    menu.setObjectName("themeMenu")
    group = QActionGroup(menu)
    for mode in MODES:
        action = menu.addAction("As the &system" if mode == "system" else f"&{mode.capitalize()}")
        action.setObjectName(f"{mode}ThemeAction")
        action.setCheckable(True)
        action.setChecked(theme().mode == mode)
        action.triggered.connect(lambda _=False, mode=mode: _set_theme(mode))
        group.addAction(action)
    return menu


def _set_theme(mode: Mode) -> None:
    theme().set_mode(mode)


def make_tool_bar(parent: QWidget, actions: Actions, themes: QMenu, playing: QWidget, speed: QWidget) -> QToolBar:
    """The bar with what is needed all the time."""
    bar = QToolBar("Main", parent)
    bar.setObjectName("mainToolBar")
    bar.setMovable(False)
    bar.setIconSize(ICON_SIZE)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    widgets = {"play": playing, "speed": speed}
    for name in _TOOLS.split():
        if name == _LINE:
            bar.addSeparator()
            continue
        if name in widgets:
            bar.addWidget(widgets[name])
            continue
        bar.addAction(actions[name])
        button = bar.widgetForAction(actions[name])
        if isinstance(button, QToolButton):
            button.setObjectName(f"{name}Button")
            button.setAccessibleName(actions[name].whatsThis())
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
