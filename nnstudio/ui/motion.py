"""Animation switch: one for all, remembered, at first as the system says."""

from __future__ import annotations

from functools import cache
from typing import Any

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QApplication, QStyle

_KEY = "animations"


class Motion(QObject):
    """Animation switch.

    Signals:
        changed: it was turned on or off.
    """

    changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        stored: Any = QSettings().value(_KEY)
        # Settings files hold words, not truth values.
        self._on = _system_moves() if stored is None else str(stored).lower() == "true"

    @property
    def on(self) -> bool:
        """True if animations run."""
        return self._on

    def set_on(self, on: bool) -> None:
        """Turn animations on or off, and remember it. When off, every animation jumps to its end."""
        if on != self._on:
            self._on = on
            QSettings().setValue(_KEY, on)
            self.changed.emit(on)


def _system_moves() -> bool:
    """False where the system asks programs to keep still: Qt's styles then give animations no time."""
    style = QApplication.style()
    return style is None or style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0


@cache
def motion() -> Motion:
    """Animation switch of the running program (a QApplication must exist)."""
    return Motion()
