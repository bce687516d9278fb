"""Light and dark: one set of named colours that everything on screen takes its colours from.

Blue stands for positive, orange for negative, everywhere; the two differ in lightness as well as in hue, so that they
stay apart for colour-blind people and in print. Classes use the eight colours of Okabe and Ito (2008).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

Mode = Literal["system", "light", "dark"]
MODES: tuple[Mode, ...] = ("system", "light", "dark")


@dataclass(frozen=True)
class Colours:
    """All colours of one theme, as #rrggbb."""

    name: str
    window: str  # behind panels
    panel: str  # panels, docks, fields
    canvas: str
    canvas_dot: str
    block: str  # body of a block
    border: str
    text: str
    muted: str  # secondary text; still at least 4.5:1 on window, panel and block
    accent: str  # selection, focus, the play button
    accent_text: str  # on accent
    error: str
    error_fill: str  # body of a block with a problem
    warning: str
    positive: str
    neutral: str  # zero on the diverging scale
    negative: str
    categories: Mapping[str, str]  # a layer's category to its colour
    classes: tuple[str, ...]  # class 0 is drawn in the first, ...


_CLASSES = (
    "#e08214",
    "#2b7bba",
    "#009e73",
    "#cc79a7",
    "#b8a800",
    "#56b4e9",
    "#a6461a",
    "#8468c4",
    "#6e7781",
    "#2f8f8f",
)

LIGHT = Colours(
    name="light",
    window="#f3f4f6",
    panel="#ffffff",
    canvas="#fafbfc",
    canvas_dot="#d9dde3",
    block="#ffffff",
    border="#cfd4dc",
    text="#1c2430",
    muted="#596474",
    accent="#1f6fb2",
    accent_text="#ffffff",
    error="#b3261e",
    error_fill="#fdecea",
    warning="#8a5a00",
    positive="#2b7bba",
    neutral="#f2f2f2",
    negative="#e08214",
    categories={
        "Core": "#2b6cb0",
        "Convolution": "#6b46c1",
        "Pooling": "#0f766e",
        "Shape": "#5b6472",
        "Regularisation": "#a23b72",
        "Activation": "#b45309",
        "Merge": "#3f6212",
    },
    classes=_CLASSES,
)

DARK = Colours(
    name="dark",
    window="#181b20",
    panel="#20242b",
    canvas="#1b1f25",
    canvas_dot="#333a45",
    block="#272c35",
    border="#3d4552",
    text="#e6e9ee",
    muted="#a3adbb",
    accent="#58a6e8",
    accent_text="#0d1520",
    error="#ff8a80",
    error_fill="#3b2224",
    warning="#f0b429",
    positive="#58a6e8",
    neutral="#2b3038",
    negative="#f2994a",
    categories={
        "Core": "#63a4e6",
        "Convolution": "#a78bfa",
        "Pooling": "#2dd4bf",
        "Shape": "#9aa5b4",
        "Regularisation": "#ec7fb5",
        "Activation": "#fbbf24",
        "Merge": "#a3d160",
    },
    classes=_CLASSES,
)


@cache
def diverging(name: str, entries: int = 256) -> NDArray[np.uint8]:
    """Lookup table (entries, 3), uint8: from negative over neutral to positive, for the theme of that name."""
    colours = LIGHT if name == "light" else DARK
    ends = [_rgb(colours.negative), _rgb(colours.neutral), _rgb(colours.positive)]
    positions = np.linspace(0, 2, entries)
    channels = [np.interp(positions, (0, 1, 2), [end[channel] for end in ends]) for channel in range(3)]
    return np.stack(channels, axis=1).astype(np.uint8)


def class_colour(colours: Colours, index: int) -> QColor:
    """Colour of class number `index`; repeats after ten."""
    return QColor(colours.classes[index % len(colours.classes)])


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


class Theme(QObject):
    """Which theme is on, and the signal that tells everything on screen to take its colours anew."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode: Mode = "system"
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
        self.colours = self._wanted()

    @property
    def mode(self) -> Mode:
        return self._mode

    def load(self) -> None:
        """Takes over the mode of the last session."""
        stored: Any = QSettings().value("theme", "system")
        self.set_mode(stored if stored in MODES else "system")

    def set_mode(self, mode: Mode) -> None:
        """Switches, and remembers."""
        self._mode = mode
        QSettings().setValue("theme", mode)
        self._take()

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
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setPalette(qt_palette(self.colours))
            app.setStyleSheet(style_sheet(self.colours))
        self.changed.emit()


def qt_palette(colours: Colours) -> QPalette:
    """The theme as Qt's widgets need it."""
    role = QPalette.ColorRole
    palette = QPalette()
    for which, colour in (
        (role.Window, colours.window),
        (role.WindowText, colours.text),
        (role.Base, colours.panel),
        (role.AlternateBase, colours.window),
        (role.Text, colours.text),
        (role.Button, colours.panel),
        (role.ButtonText, colours.text),
        (role.PlaceholderText, colours.muted),
        (role.ToolTipBase, colours.panel),
        (role.ToolTipText, colours.text),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.accent_text),
        (role.Link, colours.accent),
        (role.Mid, colours.border),
        (role.Light, colours.panel),
        (role.Dark, colours.border),
    ):
        palette.setColor(which, QColor(colour))
    disabled = QPalette.ColorGroup.Disabled
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(disabled, which, QColor(colours.muted))
    return palette


def style_sheet(colours: Colours) -> str:
    """The few things a palette cannot say: borders, spacing, focus rings."""
    return f"""
    QDockWidget {{ color: {colours.text}; font-weight: 600; }}
    QDockWidget::title {{ background: {colours.window}; padding: 6px 8px; }}
    QMainWindow::separator {{ background: {colours.window}; width: 5px; height: 5px; }}
    QMainWindow::separator:hover {{ background: {colours.accent}; }}
    QToolBar {{ background: {colours.panel}; border: 0; border-bottom: 1px solid {colours.border};
                spacing: 4px; padding: 4px 8px; }}
    QStatusBar {{ background: {colours.panel}; border-top: 1px solid {colours.border}; }}
    QStatusBar::item {{ border: 0; }}
    QToolTip {{ background: {colours.panel}; color: {colours.text}; border: 1px solid {colours.border};
                padding: 4px; }}
    """


@cache
def _instance() -> Theme:
    return Theme()


def theme() -> Theme:
    """The one theme of the running program (a QApplication must exist)."""
    return _instance()
