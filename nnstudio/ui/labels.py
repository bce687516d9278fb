"""Labels in the styles of the theme."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy


class PlainLabel(QLabel):
    """Label that shows its text as it is.

    Qt's own takes for rich text what looks like it: the name of a class or a file could draw what it likes.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.setTextFormat(Qt.TextFormat.PlainText)


def text_label(text: str = "", role: str = "") -> PlainLabel:
    """Wrapping label; `role` is a style of the theme: "title", "heading", "muted", "error"."""
    label = PlainLabel(text)
    label.setWordWrap(True)
    label.setProperty("role", role)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return label
