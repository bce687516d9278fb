"""Buttons of the window's commands outside the tool bar."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton


def command_button(action: QAction) -> QToolButton:
    """Button of a command's action, reached by the keyboard as well."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setObjectName(f"{action.objectName().removesuffix('Action')}Button")
    button.setAccessibleName(action.whatsThis())
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
