"""Texts of keyboard shortcuts."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence


def with_key(text: str, key: str) -> str:
    """The text of an entry in a context menu, with the key that does the same where the mouse is.

    It is shown only: the key itself belongs to the window or to what has the keyboard, and two owners would take it
    from each other.
    """
    return f"{text}\t{QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)}"
