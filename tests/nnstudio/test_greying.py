"""Edit menu: entries without effect are disabled; their keys explain it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from nnstudio.app import make_application
from nnstudio.shell.commands.base import CommandSpec
from nnstudio.shell.commands.edit import EDIT
from nnstudio.shell.main_window import MainWindow

EDITS = tuple(spec.name for spec in EDIT if isinstance(spec, CommandSpec) and spec.explains)


@pytest.fixture
def window(qapp: object) -> Iterator[MainWindow]:
    make_application()
    made = MainWindow()
    made.show()
    made.files.open_template("digits-cnn")
    yield made
    made.session.close()
    made.hide()
    made.deleteLater()


def grey(window: MainWindow, title: str = "&Edit", names: tuple[str, ...] = EDITS) -> set[str]:
    """What is grey in an open menu: of the edits, in the Edit menu."""
    menu = next(menu for menu in window.menuBar().findChildren(QMenu) if menu.title() == title)
    menu.aboutToShow.emit()
    found = {name for name in names if not window.actions_[name].isEnabled()}
    menu.aboutToHide.emit()
    return found


def test_grey_follows_what_is_selected(window: MainWindow) -> None:
    blocks = {"cut", "copy", "duplicate", "disable", "rename", "freeze", "delete", "group"}
    groups = {"ungroup", "collapse"}
    assert grey(window) == blocks | groups
    window.store.select("relu_1")
    assert grey(window) == {"freeze", *groups}
    window.canvas.canvas.editing.choose(["conv2d_1", "relu_1"])
    assert grey(window) == {"rename", *groups}
    window.actions_["group"].trigger()
    assert not grey(window) & groups
    window.store.select("input")
    assert grey(window) == blocks | groups
    window.canvas.canvas.choose_wire(next(iter(window.canvas.canvas.wires)))
    assert "delete" not in grey(window)
    window.show_welcome()
    assert grey(window) == set(EDITS)


def test_a_selection_can_be_fitted_only_if_there_is_one(window: MainWindow) -> None:
    assert grey(window, "&View", ("fit", "fitSelection")) == {"fitSelection"}
    window.store.select("input")
    assert grey(window, "&View", ("fit", "fitSelection")) == set()


def test_a_closed_menu_leaves_the_keys_alive(window: MainWindow, qtbot: QtBot) -> None:
    grey(window)
    window.command_palette.commands()
    for name in ("duplicate", "disable"):
        with qtbot.waitSignal(window.canvas.canvas.message, timeout=1000) as told:
            window.actions_[name].trigger()
        assert "Nothing is selected" in told.args[0]


def test_the_command_palette_tells_the_reason(window: MainWindow) -> None:
    commands = {command.title: command for command in window.command_palette.commands()}
    assert (commands["Duplicate"].enabled, commands["Duplicate"].reason) == (False, "no block is selected")
    assert commands["Delete"].shortcut == "Del"


def test_the_command_palette_leads_to_a_group(window: MainWindow) -> None:
    window.canvas.canvas.editing.choose(["conv2d_1", "relu_1"])
    window.actions_["group"].trigger()
    window.store.select("dense_1")
    for _ in range(2):
        next(command for command in window.command_palette.commands() if command.title == "Go to group_1").run()
        assert window.store.selected == "group_1"
        window.actions_["collapse"].trigger()
