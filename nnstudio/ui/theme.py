"""Theme of the running program: light, dark, or the system's, and the signal when it changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from nnstudio.ui.colours import DARK, LIGHT, Colours
from nnstudio.ui.style_sheet import qt_palette, style_sheet

Mode = Literal["system", "light", "dark"]
MODES: tuple[Mode, ...] = ("system", "light", "dark")


class Theme(QObject):
    """Current theme, and the signal on which every widget updates its colours."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode: Mode = "system"
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
        self.colours = self._wanted()
        self._dressed: Colours | None = None

    @property
    def mode(self) -> Mode:
        """Chosen mode: "light", "dark" or "system"."""
        return self._mode

    def severity(self, word: str) -> str:
        """Colour of an "error", a "warning", a "hint" or a "next" step."""
        return {"error": self.colours.error, "warning": self.colours.warning}.get(word, self.colours.accent)

    def load(self) -> None:
        """Restore the mode of the last session."""
        stored: Any = QSettings().value("theme", "system")
        self.set_mode(stored if stored in MODES else "system")

    def set_mode(self, mode: Mode) -> None:
        """Set the mode, and remember it."""
        self._mode = mode
        QSettings().setValue("theme", mode)
        self._take()

    @contextmanager
    def lent(self, colours: Colours) -> Iterator[None]:
        """Draw with other colours for a while, without notifying the screen."""
        own, self.colours = self.colours, colours
        try:
            yield
        finally:
            self.colours = own

    def _system_changed(self) -> None:
        if self._mode == "system":
            self._take()

    def _wanted(self) -> Colours:
        if self._mode == "system":
            dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
            return DARK if dark else LIGHT
        return DARK if self._mode == "dark" else LIGHT

    def _take(self) -> None:
        self.colours = self._wanted()
        if self.colours is self._dressed:
            # To dress every widget anew takes a tenth of a second.
            return
        self._dressed = self.colours
        app = QApplication.instance()
        if isinstance(app, QApplication):
            # Where one style sheet takes the place of another, Qt dresses each widget anew once for itself and once for
            # every widget it stands in. Taken off and put on again, it is dressed twice.
            app.setStyleSheet("")
            app.setPalette(qt_palette(self.colours))
            app.setStyleSheet(style_sheet(self.colours))
        self.changed.emit()


@cache
def _instance() -> Theme:
    return Theme()


def theme() -> Theme:
    """Theme of the running program (a QApplication must exist)."""
    return _instance()
