"""Texts of keyboard shortcuts."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence


def with_key(text: str, key: str) -> str:
    """Text of a context-menu entry, followed by its shortcut.

    The shortcut is only shown: it belongs to the window or to the focused widget, and two owners would take it from
    each other.
    """
    return f"{text}\t{QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)}"
