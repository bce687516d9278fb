"""Menu state: disable the entries that would do nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu


def grey_while_open(menu: QMenu, actions: Iterable[QAction], why_not: Callable[[QAction], str]) -> None:
    """Greys those of the actions for which there is a reason not to, while the menu is open.

    A closed menu leaves them enabled: pressing the keys of one that cannot be done then tells the reason, where a
    disabled action would swallow them in silence.
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
