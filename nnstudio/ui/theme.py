"""Themes: one set of named colours, light and dark, for the screen.

A colour has one meaning, or a sign beside it. Classes use the eight colours of Okabe and Ito (2008). How well the
network does, as curves over training and in tables, has a colour of its own; what validation data tell is drawn in the
colour of text, and with hollow squares. Orange to blue is the scale from negative to positive, and a bar with its
numbers always stands beside it; the two differ in lightness as well as in hue, so that they stay apart for colour-blind
people and in print.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

import resources

Mode = Literal["system", "light", "dark"]
MODES: tuple[Mode, ...] = ("system", "light", "dark")


# How much of a category's colour is behind the icon of a block.
BAND = 0.18


@dataclass(frozen=True)
class Colours:
    """Colours of one theme, as #rrggbb."""

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
    measure: str  # how well the network does: curves over training, shares in tables
    categories: Mapping[str, str]  # a layer's category to its colour
    classes: tuple[str, ...]  # class 0 is drawn in the first, ...


# After Okabe and Ito, as light or dark as it takes to be seen on the panels of each theme.
_LIGHT_CLASSES = (
    "#d9790f",
    "#1f639c",
    "#009e73",
    "#cc79a7",
    "#a39600",
    "#3d9bd4",
    "#a6461a",
    "#8468c4",
    "#6e7781",
    "#2f8f8f",
)
_DARK_CLASSES = (
    "#e08214",
    "#2b7bba",
    "#009e73",
    "#cc79a7",
    "#b8a800",
    "#56b4e9",
    "#b8562a",
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
    negative="#d9790f",
    measure="#0b7f88",
    categories={
        "Core": "#2b6cb0",
        "Convolution": "#6b46c1",
        "Pooling": "#0f766e",
        "Shape": "#5b6472",
        "Regularisation": "#a23b72",
        "Activation": "#b45309",
        "Merge": "#3f6212",
    },
    classes=_LIGHT_CLASSES,
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
    measure="#3fc4c9",
    categories={
        "Core": "#63a4e6",
        "Convolution": "#a78bfa",
        "Pooling": "#2dd4bf",
        "Shape": "#9aa5b4",
        "Regularisation": "#ec7fb5",
        "Activation": "#fbbf24",
        "Merge": "#a3d160",
    },
    classes=_DARK_CLASSES,
)


@cache
def diverging(name: str, entries: int = 256) -> NDArray[np.uint8]:
    """Diverging colour map (entries, 3), uint8, of the theme of that name.

    It runs from negative over neutral to positive.
    """
    colours = LIGHT if name == "light" else DARK
    ends = [_rgb(colours.negative), _rgb(colours.neutral), _rgb(colours.positive)]
    positions = np.linspace(0, 2, entries)
    channels = [np.interp(positions, (0, 1, 2), [end[channel] for end in ends]) for channel in range(3)]
    return np.stack(channels, axis=1).astype(np.uint8)


def class_colour(colours: Colours, index: int) -> QColor:
    """Colour of class `index`; repeats after ten."""
    return QColor(colours.classes[index % len(colours.classes)])


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


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


def qt_palette(colours: Colours) -> QPalette:
    """Palette of Qt for these colours."""
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


def _mix(one: str, other: str, share: float) -> str:
    """A colour between two, with this share of the other."""
    channels = [round(a + (b - a) * share) for a, b in zip(_rgb(one), _rgb(other), strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*channels)


def hover_fill(colours: Colours) -> str:
    """Fill of a widget under the mouse."""
    return _mix(colours.panel, colours.accent, 0.1)


def chosen_fill(colours: Colours) -> str:
    """Fill of a selected list entry that keeps its own text colours."""
    return _mix(colours.panel, colours.accent, 0.18)


def band_fill(colours: Colours, tint: str, *, wrong: bool = False) -> str:
    """Fill behind a block's icon, given the colour of its category."""
    return _mix(colours.error_fill if wrong else colours.block, tint, BAND)


def field_border(colours: Colours) -> str:
    """Border of fields and buttons, by which alone they are seen."""
    return _mix(colours.border, colours.muted, 0.65)


def style_sheet(colours: Colours) -> str:
    """Style sheet for what a palette cannot express: borders, spacing, focus rings."""
    # A font whose size is given in pixels has no points.
    base = max(QGuiApplication.font().pointSizeF(), 8.0)
    outline = field_border(colours)
    hover, chosen = hover_fill(colours), chosen_fill(colours)
    pictures = Path(str(resources.path("theme"))).as_posix()
    return f"""
    QDockWidget {{ color: {colours.text}; font-weight: 600; }}
    QDockWidget::title {{ background: {colours.window}; padding: 6px 8px; }}
    QMainWindow::separator {{ background: {colours.window}; width: 5px; height: 5px; }}
    QMainWindow::separator:hover {{ background: {colours.accent}; }}
    QToolBar {{ background: {colours.panel}; border: 0; border-bottom: 1px solid {colours.border};
                spacing: 4px; padding: 4px 8px; }}
    #canvas {{ border: 2px solid {colours.canvas}; }}
    #canvas:focus {{ border-color: {colours.accent}; }}
    QFrame[role="overlay"] {{ background: {colours.panel}; border: 1px solid {outline}; border-radius: 10px; }}
    QFrame[role="overlay"] QListView {{ background: {colours.panel}; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QUndoView::item {{ padding: 5px 8px; }}
    QStatusBar {{ background: {colours.panel}; border-top: 1px solid {colours.border}; }}
    QStatusBar::item {{ border: 0; }}
    QToolTip {{ background: {colours.panel}; color: {colours.text}; border: 1px solid {colours.border};
                padding: 4px; }}
    *[role="panel"], *[role="panel"] #content, *[role="panel"] QScrollArea {{ background: {colours.panel}; }}
    *[role="welcome"], *[role="welcome"] #content, *[role="welcome"] QScrollArea {{ background: {colours.window}; }}
    QLabel[role="display"] {{ font-size: {base + 13}pt; font-weight: 700; }}
    QLabel[role="tagline"] {{ font-size: {base + 2}pt; color: {colours.muted}; }}
    QLabel[role="title"] {{ font-size: {base + 3}pt; font-weight: 600; }}
    QLabel[role="heading"] {{ font-weight: 600; }}
    QLabel[role="muted"] {{ color: {colours.muted}; }}
    QLabel[role="error"] {{ color: {colours.error}; }}
    QLabel[role="formula"] {{ background: {colours.window}; border-radius: 6px; padding: 7px 10px;
                               font-size: {base + 1}pt; }}
    QLabel[role="foot"] {{ background: {colours.window}; color: {colours.muted};
                           border-top: 1px solid {colours.border}; padding: 6px 12px; }}
    QFrame[role="problem"] {{ background: {colours.error_fill}; border: 1px solid {colours.error};
                              border-radius: 8px; }}
    QFrame[role="remark"] {{ background: {colours.window}; border: 1px solid {colours.border}; border-radius: 8px; }}
    QLabel[role="problem-text"] {{ color: {colours.text}; }}
    QFrame[role="finding"] {{ border: 1px solid transparent; border-bottom-color: {colours.border}; }}
    QFrame[role="finding"]:hover {{ background: {hover}; }}
    QFrame[role="finding"]:focus {{ border: 1px solid {colours.accent}; border-radius: 5px; background: {hover}; }}
    QLineEdit, QAbstractSpinBox, QComboBox, QPushButton {{
        background: {colours.panel}; color: {colours.text}; border: 1px solid {outline}; border-radius: 5px;
        min-height: 20px; padding: 2px 7px; }}
    QComboBox {{ padding-right: 20px; }}
    QAbstractSpinBox {{ padding-right: 18px; padding-left: 0; min-height: 18px; }}
    QComboBox QLineEdit, QAbstractSpinBox QLineEdit {{ border: 0; padding: 0; min-height: 0; background: transparent; }}
    QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPushButton:focus {{
        border: 1px solid {colours.accent}; }}
    QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"], QComboBox[invalid="true"] {{
        border: 1px solid {colours.error}; background: {colours.error_fill}; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
        subcontrol-origin: border; width: 18px; border: 0; background: transparent; }}
    QAbstractSpinBox::up-button {{ subcontrol-position: top right; padding-top: 2px; margin: 1px;
                                   border-top-right-radius: 4px; }}
    QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; padding-bottom: 2px; margin: 1px;
                                     border-bottom-right-radius: 4px; }}
    QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {{ background: {hover}; }}
    QAbstractSpinBox::up-arrow {{ image: url("{pictures}/up.svg"); width: 9px; height: 9px; }}
    QAbstractSpinBox::down-arrow {{ image: url("{pictures}/down.svg"); width: 9px; height: 9px; }}
    QComboBox::drop-down {{ subcontrol-origin: border; subcontrol-position: center right; width: 20px; border: 0; }}
    QComboBox::down-arrow {{ image: url("{pictures}/down.svg"); width: 10px; height: 10px; }}
    QComboBox QAbstractItemView {{ background: {colours.panel}; color: {colours.text}; border: 1px solid {outline};
        selection-background-color: {colours.accent}; selection-color: {colours.accent_text}; outline: 0; }}
    QPushButton {{ padding: 3px 12px; }}
    QPushButton:hover {{ background: {hover}; }}
    QPushButton:pressed {{ background: {colours.border}; }}
    QPushButton:disabled {{ color: {colours.muted}; border-color: {colours.border}; }}
    QPushButton[role="primary"] {{ background: {colours.accent}; color: {colours.accent_text};
                                   border-color: {colours.accent}; font-weight: 600; }}
    QPushButton[role="primary"]:focus {{ border: 2px solid {colours.text}; padding: 2px 11px; }}
    QPushButton[role="recent"] {{ background: transparent; border-color: transparent; }}
    QPushButton[role="recent"]:hover {{ background: {hover}; border-color: {colours.border}; }}
    QPushButton[role="recent"]:focus {{ border-color: {colours.accent}; }}
    *[role="panel"] QToolButton {{ border: 1px solid transparent; border-radius: 5px; padding: 3px; }}
    *[role="panel"] QToolButton:hover {{ background: {hover}; }}
    *[role="panel"] QToolButton:checked {{ background: {chosen}; border-color: {colours.accent}; }}
    *[role="panel"] QToolButton:focus {{ border-color: {colours.muted}; }}
    *[role="panel"] QToolButton:checked:focus {{ border: 2px solid {colours.accent}; padding: 2px; }}
    *[role="panel"] QToolButton[role="heading"], *[role="panel"] QToolButton[role="heading"]:checked {{
        font-weight: 600; padding: 4px 6px 4px 0; background: transparent; border-color: transparent; }}
    *[role="panel"] QToolButton[role="heading"]:hover {{ background: {hover}; }}
    *[role="panel"] QToolButton[role="heading"]:focus {{ border: 1px solid {colours.accent}; padding: 4px 6px 4px 0; }}
    *[role="panel"] QToolButton[role="tile"] {{ font-size: {base - 1}pt; padding: 5px 0; }}
    *[role="panel"] QToolButton[role="tile"]:checked:focus {{ padding: 4px 0; }}
    *[role="panel"] QTreeView {{ border: 1px solid {colours.border}; border-radius: 6px;
                                 background: {colours.panel}; }}
    *[role="panel"] QTreeView::item {{ min-height: 24px; padding: 0 2px; }}
    *[role="panel"] QTreeView::item:hover {{ background: {hover}; }}
    *[role="panel"] QHeaderView::section {{ background: {colours.panel}; color: {colours.muted}; border: 0;
        border-bottom: 1px solid {colours.border}; padding: 4px 4px; }}
    QCheckBox {{ spacing: 6px; }}
    QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {colours.muted}; border-radius: 4px;
                            background: {colours.panel}; }}
    QCheckBox::indicator:checked {{ background: {colours.accent}; border-color: {colours.accent};
                                    image: url("{pictures}/check-{colours.name}.svg"); }}
    QCheckBox::indicator:focus {{ border: 1px solid {colours.text}; }}
    QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {colours.border}; }}
    QSlider::sub-page:horizontal {{ border-radius: 2px; background: {colours.accent}; }}
    QSlider::handle:horizontal {{ width: 14px; height: 14px; margin: -5px 0; border-radius: 7px;
                                  background: {colours.accent}; border: 1px solid {colours.panel}; }}
    QSlider::handle:horizontal:focus {{ border: 2px solid {colours.text}; border-radius: 7px; }}
    QScrollBar:vertical {{ width: 10px; background: transparent; margin: 0; }}
    QScrollBar::handle:vertical {{ background: {outline}; border-radius: 4px; min-height: 28px; margin: 1px; }}
    QScrollBar:horizontal {{ height: 10px; background: transparent; margin: 0; }}
    QScrollBar::handle:horizontal {{ background: {outline}; border-radius: 4px; min-width: 28px; margin: 1px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """


@cache
def _instance() -> Theme:
    return Theme()


def theme() -> Theme:
    """Theme of the running program (a QApplication must exist)."""
    return _instance()
