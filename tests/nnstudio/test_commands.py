"""Commands: one declaration yields menu entry, button, shortcut, reason, and palette entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QToolButton
from pytestqt.qtbot import QtBot

from nnstudio.app import make_application
from nnstudio.finder.command_list import ranked
from nnstudio.shell.commands.base import BARS, TOOL_BAR, CommandSpec, Place, without_project
from nnstudio.shell.commands.registry import COMMANDS, sections
from nnstudio.shell.main_window import MainWindow
from nnstudio.shell.shortcuts import sections as keys_by_title
from nnstudio.shell.studio import Studio


def select_first(studio: Studio) -> None:
    studio.store.select(studio.store.document.blocks[0].name)


FIRST = CommandSpec(
    "selectFirst",
    "Select &first",
    "Select the first block",
    Place("edit", "clipboard"),
    select_first,
    ("Ctrl+Alt+F",),
    "fit",
    Place(TOOL_BAR, "canvas"),
    without_project,
)


@pytest.fixture
def window(request: pytest.FixtureRequest, qapp: object) -> Iterator[MainWindow]:
    """The window with one more command: that of the test's parameter, or else FIRST."""
    make_application()
    COMMANDS.append(getattr(request, "param", FIRST))
    try:
        made = MainWindow()
    finally:
        COMMANDS.pop()
    made.show()
    made.files.open_template("xor")
    yield made
    made.session.close()
    made.hide()
    made.deleteLater()


def edit_menu(window: MainWindow) -> QMenu:
    return next(menu for menu in window.menuBar().findChildren(QMenu) if menu.title() == "&Edit")


def test_a_declared_command_is_everywhere(window: MainWindow, qtbot: QtBot) -> None:
    texts = [action.text() for action in edit_menu(window).actions()]
    assert texts[texts.index("Select &all") + 1] == "Select &first"
    button = window.findChild(QToolButton, "selectFirstButton")
    assert (button.accessibleName(), button.toolTip()) == (FIRST.tip, "Select the first block (Ctrl+Alt+F)")
    assert ("Ctrl+Alt+F", FIRST.tip) in keys_by_title(window.menuBar())["Edit"]
    (found,) = [command for command in window.command_palette.commands() if command.title == "Select first"]
    assert (found.path, found.words, found.shortcut, found.enabled) == ("Edit", FIRST.tip, "Ctrl+Alt+F", True)
    with qtbot.waitActive(window):
        window.activateWindow()
    # To the window as the system sees it: only there do keys go through the shortcuts.
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_F, modifiers)
    assert window.store.selected == "dense_1"


def test_its_reason_greys_it_while_the_menu_is_open_and_is_told_when_its_key_is_pressed(window: MainWindow) -> None:
    window.show_welcome()
    action = window.findChild(QAction, "selectFirstAction")
    menu = edit_menu(window)
    menu.aboutToShow.emit()
    assert not action.isEnabled()
    menu.aboutToHide.emit()
    assert action.isEnabled()
    (found,) = [command for command in window.command_palette.commands() if command.title == "Select first"]
    assert (found.enabled, found.reason) == (False, "no project is shown")
    action.trigger()
    assert window.status.currentMessage() == "No project is shown."
    assert window.store.selected == ""


@pytest.mark.parametrize("window", [replace(FIRST, live=True)], indirect=True)
def test_a_live_command_is_grey_as_soon_as_it_cannot_be_done(window: MainWindow) -> None:
    action = window.findChild(QAction, "selectFirstAction")
    assert action.isEnabled()
    window.show_welcome()
    assert not action.isEnabled()


def test_every_command_has_a_place_that_there_is() -> None:
    placed = [entry for name in BARS for section in sections(name) for entry in section]
    assert len(placed) == sum(len(entry.places) for entry in COMMANDS)
    names = [entry.name for entry in COMMANDS if isinstance(entry, CommandSpec)]
    assert len(names) == len(set(names))


def test_no_two_commands_have_a_key_in_common() -> None:
    keys = [key for entry in COMMANDS if isinstance(entry, CommandSpec) for key in entry.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("page", ["start page", "project"])
def test_a_command_that_can_be_done_has_no_reason_and_any_other_has_one(
    window: MainWindow, qtbot: QtBot, page: str
) -> None:
    qtbot.waitUntil(window.actions_["play"].isEnabled)
    if page == "start page":
        window.show_welcome()
    window.command_palette.commands()
    for action in window.actions_.all():
        if not action.isEnabled():
            assert window.actions_.why_not(action), action.objectName()


@pytest.mark.parametrize("typed", ["svg", "safetensors", "export diagram"])
def test_export_is_found_by_what_it_writes(window: MainWindow, typed: str) -> None:
    assert ranked(window.command_palette.commands(), typed, [])[0][0].title == "Export"
