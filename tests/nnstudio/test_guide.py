"""First-steps page: reachable, complete, and true in its keys."""

from __future__ import annotations

import re

from PySide6.QtWidgets import QTextBrowser
from pytestqt.qtbot import QtBot

import resources
from nnstudio.shell.main_window import MainWindow
from nnstudio.shell.shortcuts import sections


def test_it_opens_from_the_menu_with_all_its_sections(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_["guide"].trigger()
    page = window.findChild(QTextBrowser, "guidePage")
    assert page is not None
    qtbot.waitUntil(page.isVisible)
    text = page.toPlainText()
    for title in (
        "Watch a network learn",
        "Change it",
        "Use your own data",
        "Read the views",
        "Save it, use it elsewhere",
    ):
        assert title in text
    assert "**" not in text


def test_the_keys_it_names_do_what_it_says(window: MainWindow) -> None:
    text = resources.path("help", "first-steps.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\((F\d+|Ctrl\+\w)\)|(?<=with )Ctrl\+Z|Ctrl\+K", text)) - {""}
    keys = {
        key.strip() for rows in sections(window.menuBar()).values() for shown, _ in rows for key in shown.split(",")
    }
    assert named >= {"F5", "F10", "Ctrl+R", "Ctrl+S"}
    assert named <= keys
