"""Texts and tooltips of actions, for menus, buttons and screen readers."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence


def set_tip(action: QAction, tip: str) -> None:
    """Says what an action does; its button shows the key as well."""
    shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setToolTip(f"{tip} ({shown})" if shown else tip)
    action.setWhatsThis(tip)


def rename(action: QAction, text: str, button: str, tip: str) -> None:
    """Gives an action another text and tip; `button` is its text on a tool button, "" for the same."""
    action.setText(text)
    action.setIconText(button or text.replace("&", ""))
    set_tip(action, tip)
