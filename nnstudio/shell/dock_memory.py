"""Arrangements of the window as remembered from session to session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QByteArray, QSettings

from nnstudio.shell.arrangements import ARRANGEMENTS, FIRST
from nnstudio.views.base import Layout


@dataclass(frozen=True)
class Kept:
    """Docks of an arrangement as a person has left them.

    Attributes:
        state: as `QMainWindow.saveState` gives it. sized: the person has given docks sizes of their own.
        withheld: docks that the state has as closed though the person did not close them, and whether they come back in
            front of their tabs.
    """

    state: QByteArray
    sized: bool
    withheld: Mapping[str, bool] = field(default_factory=dict)


def last_arrangement() -> Layout:
    """Arrangement of the last session."""
    name = QSettings().value("layout", FIRST)
    return next((known for known in ARRANGEMENTS if known == name), FIRST)


def keep(current: Layout, kept: Mapping[Layout, Kept]) -> None:
    """Store the arrangements for the next session."""
    settings = QSettings()
    settings.setValue("layout", current)
    for name, docks in kept.items():
        settings.setValue(f"layouts/{name}", docks.state)
        settings.setValue(f"layouts/{name}Sized", docks.sized)


def recall() -> dict[Layout, Kept]:
    """Arrangements of earlier sessions. Older versions of the program had only one."""
    settings, found = QSettings(), dict[Layout, Kept]()
    keys: dict[Layout, str] = {name: f"layouts/{name}" for name in ARRANGEMENTS}
    if not settings.contains(keys[FIRST]):
        keys[FIRST] = "docks"
    for name, key in keys.items():
        state = settings.value(key)
        if isinstance(state, QByteArray):
            found[name] = Kept(state, str(settings.value(f"{key}Sized", "true")).lower() == "true")
    return found
