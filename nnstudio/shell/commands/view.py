"""Commands of the View menu."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtGui import QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from nnstudio.canvas.scene import CanvasScene
from nnstudio.shell.action_text import set_tip
from nnstudio.shell.arrangements import ARRANGEMENTS, Arrangement
from nnstudio.shell.commands.base import NO_PROJECT, TOOL_BAR, CommandSpec, Entry, Place, SubmenuSpec
from nnstudio.shell.commands.edit import on_canvas
from nnstudio.shell.studio import Studio
from nnstudio.ui.motion import motion
from nnstudio.ui.theme import MODES, Mode, theme

_KEYS = QKeySequence.StandardKey
_ZOOM, _LOOK = Place("view", "zoom"), Place("view", "look")
_PANELS, _LAYOUT = Place("view", "panels"), Place("view", "layout")


def _no_selection(scene: CanvasScene) -> str:
    return "" if scene.selected_blocks() else "no block is selected"


def show_problems(studio: Studio) -> None:
    """Show the list of problems and focus it."""
    studio.docks.all["problemsView"].show()
    studio.docks.all["problemsView"].raise_()
    studio.problems.take_focus()


def show_view(studio: Studio, name: str) -> None:
    """Show a view by the name of its dock, in front of its tabs."""
    studio.docks.all[name].show()
    studio.docks.all[name].raise_()


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


def _layout_menu(studio: Studio) -> QMenu:
    """The arrangements of the window."""
    menu = QMenu("La&yout", studio)
    menu.setObjectName("layoutMenu")
    menu.setToolTipsVisible(True)
    group = QActionGroup(menu)
    entries = {name: menu.addAction(arrangement.title) for name, arrangement in ARRANGEMENTS.items()}
    for name, action in entries.items():
        action.setObjectName(f"{name}LayoutAction")
        action.setCheckable(True)
        action.setShortcut(ARRANGEMENTS[name].shortcut)
        set_tip(action, ARRANGEMENTS[name].tip)
        action.triggered.connect(lambda _=False, name=name: _arrange(studio, ARRANGEMENTS[name]))
        group.addAction(action)

    def mark() -> None:
        entries[studio.docks.arrangement].setChecked(True)

    # A click marks an entry whatever comes of it.
    group.triggered.connect(mark)
    studio.docks.arranged.connect(mark)
    mark()
    return menu


def _arrange(studio: Studio, arrangement: Arrangement) -> None:
    if studio.project_shown:
        studio.docks.arrange(arrangement.name)
    else:
        studio.status.tell(f"{NO_PROJECT.capitalize()}.")


def _views_menu(studio: Studio, title: str, section: str) -> QMenu:
    """Views of a section; the menu is not shown if there are none."""
    menu = _docks_menu(studio, title, studio.views.in_section(section))
    menu.menuAction().setVisible(not menu.isEmpty())
    return menu


def _panels_menu(studio: Studio) -> QMenu:
    """All docks that are no views."""
    return _docks_menu(studio, "Pan&els", (name for name in studio.docks.all if name not in studio.views))


def _docks_menu(studio: Studio, title: str, names: Iterable[str]) -> QMenu:
    menu = QMenu(title, studio.menuBar())
    # Why one of them is not offered.
    menu.setToolTipsVisible(True)
    for name in names:
        menu.addAction(studio.docks.all[name].toggleViewAction())
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
    *(
        SubmenuSpec(f"{section}Views", _PANELS, partial(_views_menu, title=title, section=section))
        for section, title in (
            ("training", "T&raining"),
            ("inside", "I&nside"),
            ("mathematics", "Mat&hematics"),
            ("data", "&Data"),
        )
    ),
    SubmenuSpec("panels", _PANELS, _panels_menu),
    SubmenuSpec("layout", _LAYOUT, _layout_menu),
    CommandSpec(
        "resetLayout",
        "Reset &window layout",
        "Put all docks of this layout back in their places",
        _LAYOUT,
        lambda studio: studio.docks.reset(),
    ),
)
