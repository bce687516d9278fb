"""Style sheet and palette of Qt in a theme's colours."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template

from PySide6.QtGui import QColor, QGuiApplication, QPalette

import resources
from nnstudio.ui.colours import Colours, chosen_fill, field_border, hover_fill

# Points by which text is larger than the system's font.
_SIZES = {"display_size": 13, "tagline_size": 2, "title_size": 3, "formula_size": 1, "tile_size": -1}


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


def style_sheet(colours: Colours) -> str:
    """Style sheet for what a palette cannot express: borders, spacing, focus rings."""
    # A font whose size is given in pixels has no points.
    base = max(QGuiApplication.font().pointSizeF(), 8.0)
    sizes = {name: f"{base + points}pt" for name, points in _SIZES.items()}
    return _template().substitute(
        vars(colours),
        **sizes,
        outline=field_border(colours),
        hover=hover_fill(colours),
        chosen=chosen_fill(colours),
        pictures=Path(str(resources.path("theme"))).as_posix(),
    )


@cache
def _template() -> Template:
    return Template(resources.path("theme", "studio.qss").read_text(encoding="utf-8"))
