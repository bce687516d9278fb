"""Labels in the styles of the theme."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QSizePolicy


def text_label(text: str = "", role: str = "") -> QLabel:
    """Wrapping label; `role` is a style of the theme: "title", "heading", "muted", "error"."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setProperty("role", role)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return label
