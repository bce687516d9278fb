"""The choice of a speed: the button, the menu, and what is remembered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtWidgets import QMenu, QToolBar, QToolButton
from pytestqt.qtbot import QtBot

from nnstudio.finder.commands import ranked
from nnstudio.speed import RATES, Speed, SpeedButton, speed_menu
from nnstudio.status import StatusBar
from nnstudio.still import StillLabel
from nnstudio.training.messages import Snapshot, State
from nnstudio.window import MainWindow


@pytest.fixture(autouse=True)
def _nothing_stored(qapp: object) -> Iterator[None]:
    QSettings().remove("speed")
    yield
    QSettings().remove("speed")


def test_it_is_full_at_first_and_remembered() -> None:
    assert Speed().rate is None
    Speed().set_rate(10)
    assert Speed().rate == 10
    Speed().set_rate(None)
    assert Speed().rate is None


@pytest.mark.parametrize("stored", ["-5", "0", "1e9", "fast", "", ["1", "2"], b"\xff"])
def test_settings_that_make_no_sense_mean_full_speed(stored: object) -> None:
    QSettings().setValue("speed", stored)
    assert Speed().rate is None


def test_the_button_tells_the_speed_and_keeps_its_width(qtbot: QtBot) -> None:
    speed = Speed()
    menu = speed_menu(None, speed)  # type: ignore[arg-type]
    button = SpeedButton(speed, menu)
    qtbot.addWidget(button)
    qtbot.addWidget(menu)
    seen = []
    for rate in (None, *RATES):
        speed.set_rate(rate)
        seen.append((button.text(), button.accessibleName(), button.sizeHint().width()))
    texts, names, widths = zip(*seen, strict=True)
    assert texts == ("Full", "1,000/s", "100/s", "10/s", "1/s")
    assert names[0] == "Speed of play: full speed"
    assert names[-2:] == ("Speed of play: at most 10 steps a second", "Speed of play: at most 1 step a second")
    assert len(set(widths)) == 1
    assert button.toolTip().startswith(names[-1])
    assert "never slowed" in button.toolTip()
    face = QAccessible.queryAccessibleInterface(button)
    assert face.text(QAccessible.Text.Name) == names[-1]


def test_the_speed_is_beside_play_in_the_tool_bar_and_in_the_train_menu(window: MainWindow, qtbot: QtBot) -> None:
    bar = window.findChild(QToolBar, "mainToolBar")
    button = window.findChild(QToolButton, "speedButton")
    assert isinstance(bar, QToolBar)
    assert isinstance(button, QToolButton)
    assert bar.isAncestorOf(button)
    pause, step = (bar.findChild(QToolButton, f"{name}Button") for name in ("pause", "step"))
    qtbot.waitUntil(lambda: button.x() > 0)
    assert pause.geometry().right() < button.x() < step.x()
    (train,) = (menu for menu in window.menuBar().findChildren(QMenu) if menu.title() == "&Train")
    assert window.findChild(QMenu, "speedMenu").menuAction() in train.actions()
    assert button.menu() is window.findChild(QMenu, "speedMenu")
    # Whatever is beside it, no button of the bar is out of sight in a small window.
    window.resize(853, 533)
    qtbot.waitUntil(lambda: window.width() == 853)
    assert window.findChild(QToolButton, "themeButton").isVisible()


def test_the_command_palette_finds_the_speeds(window: MainWindow, qtbot: QtBot) -> None:
    # The paths of recent projects, which other tests leave, may hold these letters too.
    commands = [command for command in window._commands() if ".nnstudio" not in command.title]
    found = [command.title for command, _ in ranked(commands, "speed", [])]
    assert set(found[:5]) == {
        "Full speed",
        "At most 1,000 steps a second",
        "At most 100 steps a second",
        "At most 10 steps a second",
        "At most 1 step a second",
    }
    slow = ranked(window._commands(), "10 steps a second", [])[0][0]
    assert (slow.title, slow.path, slow.checked) == ("At most 10 steps a second", "Train › Speed", False)
    window.files.open_template("xor")
    qtbot.waitUntil(window.actions_["step"].isEnabled, timeout=10_000)
    for typed, first in (("step", "One step"), ("epoch", "One epoch"), ("play", "Play"), ("10 s", slow.title)):
        assert ranked(window._commands(), typed, [])[0][0].title == first
    slow.run()
    assert window.speed.rate == 10
    assert next(command for command in window._commands() if command.title == slow.title).checked


def test_it_slows_training_that_runs_and_no_undo_knows_of_it(window: MainWindow, qtbot: QtBot) -> None:
    window.files.open_template("xor")
    qtbot.waitUntil(lambda: window.session.snapshot.state is State.READY, timeout=10_000)
    window.actions_["play"].trigger()
    qtbot.waitUntil(lambda: window.session.snapshot.step > 500)
    document = window.store.document
    slow = window.findChild(QAction, "1SpeedAction")
    assert isinstance(slow, QAction)
    slow.trigger()
    # The step of that moment may still be on its way here.
    qtbot.wait(100)
    before = window.session.snapshot.step
    qtbot.wait(500)
    assert window.session.snapshot.step - before <= 2
    assert window.session.snapshot.state is State.RUNNING
    assert window.store.document is document
    assert not window.store.undo_stack.canUndo()
    window.actions_["pause"].trigger()
    qtbot.waitUntil(lambda: window.session.snapshot.state is State.PAUSED, timeout=900)


def test_the_speed_of_the_last_time_holds_from_the_start(window: MainWindow, qtbot: QtBot) -> None:
    window.speed.set_rate(1)
    again = MainWindow()
    try:
        again.show()
        assert again.findChild(QToolButton, "speedButton").text() == "1/s"
        assert again.findChild(QAction, "1SpeedAction").isChecked()
        again.files.open_template("xor")
        qtbot.waitUntil(lambda: again.session.snapshot.state is State.READY, timeout=10_000)
        again.actions_["play"].trigger()
        qtbot.waitUntil(lambda: again.session.snapshot.step > 0)
        assert again.session.snapshot.step <= 2
    finally:
        again.session.close()
        again.hide()
        again.deleteLater()


@pytest.mark.parametrize(
    ("rate", "shown"),
    [(39_123.4, "39,123 steps/s"), (9.98, "10 steps/s"), (1.004, "1 step/s"), (0.25, "0.25 steps/s"), (0.0, "")],
)
def test_the_status_bar_tells_the_rate(rate: float, shown: str, qtbot: QtBot) -> None:
    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.show_snapshot(Snapshot(1, State.RUNNING, rate=rate))
    label = bar.findChild(StillLabel, "rateStatus")
    assert isinstance(label, StillLabel)
    assert label.text() == shown
