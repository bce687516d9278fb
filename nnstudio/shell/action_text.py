"""Texts and tooltips of actions, for menus, buttons and screen readers."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence


def set_tip(action: QAction, tip: str) -> None:
    """Set the tooltip of an action; its button shows the shortcut as well."""
    shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setToolTip(f"{tip} ({shown})" if shown else tip)
    action.setWhatsThis(tip)


def rename(action: QAction, text: str, button: str, tip: str) -> None:
    """Change an action's text and tooltip; `button` is its text on a tool button. "" uses the action's text there."""
    action.setText(text)
    action.setIconText(button or text.replace("&", ""))
    set_tip(action, tip)
