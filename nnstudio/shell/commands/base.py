"""Base of commands: one declaration for menus, tool bar, palette and shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from nnstudio.shell.studio import Studio

Key = str | QKeySequence.StandardKey

NO_PROJECT = "no project is shown"
TOOL_BAR = "tools"


@dataclass(frozen=True)
class Bar:
    """Menu of the menu bar, or the tool bar: its title and its sections. Sections are divided by lines."""

    title: str
    sections: tuple[str, ...]


# In the order of the menu bar.
BARS = {
    "file": Bar("&File", ("project", "save", "export", "leave")),
    "edit": Bar("&Edit", ("history", "clipboard", "blocks", "arrange", "find")),
    "train": Bar("&Train", ("run", "steps", "walk", "time", "curves", "reset", "probe")),
    "view": Bar("&View", ("zoom", "look", "panels", "layout")),
    "help": Bar("&Help", ("help",)),
    TOOL_BAR: Bar("Main", ("project", "history", "training", "canvas")),
}


@dataclass(frozen=True)
class Place:
    """Place in a bar: its section and rank. Those of equal rank stand in declared order."""

    bar: str
    section: str
    rank: int = 0


def _always(_: Studio) -> str:
    return ""


def _nothing(_: Studio) -> None:
    pass


@dataclass(frozen=True)
class CommandSpec:
    """Command of the window, whose action is called `name` + "Action".

    Attributes:
        text, tip: its menu entry, and its tooltip.
        place: its menu. tool: its place in the tool bar, if it has one.
        run: the function that carries it out.
        keys: its shortcuts. icon: a file in resources/icons.
        why_not: returns the reason why it is disabled, in a few words; "" if it is not. Its shortcut shows the reason.
        live: it is disabled whenever there is a reason; others only while their menu is open, since the shortcut of a
            disabled action is ignored silently.
        explains: `run` is called in any case, and explains more than `why_not`.
        checked, switch: of a switch: returns whether it is on, and turns it on or off; `run` is not called then.
        make: makes the action where Qt has one, such as undo; it keeps itself up to date, and `run` is not called.
    """

    name: str
    text: str
    tip: str
    place: Place
    run: Callable[[Studio], object] = _nothing
    keys: tuple[Key, ...] = ()
    icon: str = ""
    tool: Place | None = None
    why_not: Callable[[Studio], str] = _always
    live: bool = False
    explains: bool = False
    checked: Callable[[Studio], bool] | None = None
    switch: Callable[[Studio, bool], object] | None = None
    make: Callable[[Studio], QAction] | None = None

    @property
    def places(self) -> tuple[Place, ...]:
        """All bars in which it stands."""
        return (self.place,) if self.tool is None else (self.place, self.tool)


@dataclass(frozen=True)
class SubmenuSpec:
    """Submenu with entries of its own."""

    name: str
    place: Place
    make: Callable[[Studio], QMenu]

    @property
    def places(self) -> tuple[Place, ...]:
        """The bar in which it stands."""
        return (self.place,)


@dataclass(frozen=True)
class ToolSpec:
    """Widget in the tool bar that is more than the button of a command."""

    name: str
    place: Place
    make: Callable[[Studio], QWidget]

    @property
    def places(self) -> tuple[Place, ...]:
        """The bar in which it stands."""
        return (self.place,)


Entry = CommandSpec | SubmenuSpec | ToolSpec


def without_project(studio: Studio) -> str:
    """Reason against commands that need a visible project; "" if one is shown.

    Nobody should change a project that is hidden.
    """
    return "" if studio.project_shown else NO_PROJECT
