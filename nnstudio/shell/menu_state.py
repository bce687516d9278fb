"""Menu state: disable the entries that would do nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu


def grey_while_open(menu: QMenu, actions: Iterable[QAction], why_not: Callable[[QAction], str]) -> None:
    """Disable the actions that have a reason against them while a menu is open.

    A closed menu leaves them enabled: pressing their shortcuts then shows the reason, where a disabled action would
    ignore them silently.
    """
    held = tuple(actions)

    def grey() -> None:
        for action in held:
            action.setEnabled(not why_not(action))

    def free() -> None:
        for action in held:
            action.setEnabled(True)

    menu.aboutToShow.connect(grey)
    menu.aboutToHide.connect(free)
