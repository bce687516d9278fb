"""Commands of the View menu."""

from __future__ import annotations

from PySide6.QtGui import QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from nnstudio.canvas.scene import CanvasScene
from nnstudio.shell.commands.base import TOOL_BAR, CommandSpec, Entry, Place, SubmenuSpec
from nnstudio.shell.commands.edit import on_canvas
from nnstudio.shell.studio import Studio
from nnstudio.ui.motion import motion
from nnstudio.ui.theme import MODES, Mode, theme

_KEYS = QKeySequence.StandardKey
_ZOOM, _LOOK, _PANELS = Place("view", "zoom"), Place("view", "look"), Place("view", "panels")


def _no_selection(scene: CanvasScene) -> str:
    return "" if scene.selected_blocks() else "no block is selected"


def show_problems(studio: Studio) -> None:
    """Show the list of problems and focus it."""
    studio.docks.all["problemsView"].show()
    studio.docks.all["problemsView"].raise_()
    studio.problems.take_focus()


def _theme_menu(studio: Studio) -> QMenu:
    """Light, dark, or as the system."""
    menu = QMenu("&Theme", studio)
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


def _panels_menu(studio: Studio) -> QMenu:
    menu = QMenu("&Panels", studio.menuBar())
    # Why one of them is not offered.
    menu.setToolTipsVisible(True)
    for dock in studio.docks.all.values():
        menu.addAction(dock.toggleViewAction())
    return menu


VIEW: tuple[Entry, ...] = (
    CommandSpec(
        "fit",
        "&Fit",
        "Show the whole network",
        _ZOOM,
        lambda studio: studio.canvas.fit(),
        ("Ctrl+0",),
        "fit",
        Place(TOOL_BAR, "canvas"),
    ),
    on_canvas(
        "fitSelection",
        "Fit &selection",
        "Zoom to the selected blocks",
        _ZOOM,
        lambda studio: studio.canvas.fit_selection(),
        ("Ctrl+2",),
        why_not=_no_selection,
    ),
    CommandSpec(
        "zoomFull",
        "&100%",
        "Show the canvas at 100 %",
        _ZOOM,
        lambda studio: studio.canvas.set_zoom(1.0),
        ("Ctrl+1",),
    ),
    CommandSpec(
        "zoomIn",
        "Zoom &in",
        "Zoom in",
        _ZOOM,
        lambda studio: studio.canvas.zoom_in(),
        (_KEYS.ZoomIn,),
        "zoom-in",
    ),
    CommandSpec(
        "zoomOut",
        "Zoom &out",
        "Zoom out",
        _ZOOM,
        lambda studio: studio.canvas.zoom_out(),
        (_KEYS.ZoomOut,),
        "zoom-out",
    ),
    CommandSpec(
        "miniMap",
        "Mini-&map",
        "Show a map while the network is larger than the canvas",
        _LOOK,
        checked=lambda studio: studio.canvas.mini_map.wanted,
        switch=lambda studio, on: studio.canvas.mini_map.want(on),
    ),
    CommandSpec(
        "blockStrips",
        "Thumbnails on &blocks",
        "Show small on each block what its units compute",
        _LOOK,
        checked=lambda studio: studio.strips.wanted,
        switch=lambda studio, on: studio.strips.want(on),
    ),
    CommandSpec(
        "animations",
        "&Animations",
        "Animate blocks that move to other places",
        _LOOK,
        checked=lambda _studio: motion().on,
        switch=lambda _studio, on: motion().set_on(on),
    ),
    SubmenuSpec("theme", _LOOK, _theme_menu),
    CommandSpec(
        "problems",
        "&Problems",
        "Show the errors, warnings and hints on the network",
        _PANELS,
        show_problems,
        ("Ctrl+Shift+M",),
        "warning",
    ),
    SubmenuSpec("panels", _PANELS, _panels_menu),
    CommandSpec(
        "resetLayout",
        "Reset window &layout",
        "Put all panels back in their places",
        _PANELS,
        lambda studio: studio.docks.reset(),
    ),
)
