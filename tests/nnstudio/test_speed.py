"""Playback speed: slider, menu, and the remembered choice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSettings, Qt
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtWidgets import QLabel, QMenu, QToolBar, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.finder.command_list import ranked
from nnstudio.project import project_file
from nnstudio.project.templates import TEMPLATES
from nnstudio.shell.main_window import MainWindow
from nnstudio.shell.speed import STOPS, Speed, SpeedBox
from nnstudio.shell.status_bar import StatusBar
from nnstudio.shell.unsaved_work import LeftBehind
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.pace import FULL, Tempo
from nnstudio.ui.steady_label import StillLabel


@pytest.fixture(autouse=True)
def _nothing_stored(qapp: object) -> Iterator[None]:
    QSettings().remove("speed")
    yield
    QSettings().remove("speed")


def test_a_choice_is_remembered_and_can_be_taken_back() -> None:
    assert (Speed().chosen, Speed().tempo) == ("", FULL)
    for name, tempo in STOPS.items():
        Speed().choose(name)
        assert (Speed().chosen, Speed().tempo) == (name, tempo)
    Speed().choose("")
    assert Speed().chosen == ""
    assert not QSettings().contains("speed")


@pytest.mark.parametrize("stored", ["-5", "0", "1e9", "fast", "", ["1", "2"], b"\xff"])
def test_settings_that_make_no_sense_choose_nothing(stored: object) -> None:
    QSettings().setValue("speed", stored)
    assert Speed().chosen == ""


@pytest.mark.parametrize(("stored", "tempo"), [("full", FULL), ("10", Tempo(10)), ("1000", Tempo(1000))])
def test_what_an_older_version_has_stored_holds(stored: str, tempo: Tempo) -> None:
    QSettings().setValue("speed", stored)
    speed = Speed()
    speed.suit(fresh=True)
    assert speed.tempo == tempo


def test_examples_are_watched_and_a_choice_holds_everywhere(qtbot: QtBot) -> None:
    speed = Speed()
    changes = []
    speed.changed.connect(lambda: changes.append(speed.name))
    speed.suit(fresh=True)
    speed.suit(fresh=True)
    speed.suit(fresh=False)
    assert changes == ["watch", "full"]
    speed.choose("10")
    speed.suit(fresh=True)
    assert speed.name == "10"
    speed.choose("")
    assert speed.name == "watch"


def test_the_slider_goes_from_one_step_through_watching_to_full(qtbot: QtBot) -> None:
    speed = Speed()
    box = SpeedBox(speed)
    qtbot.addWidget(box)
    box.show()
    slider = box.slider
    seen = []
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    for _ in STOPS:
        seen.append((speed.name, box.readout.text(), slider.accessibleName(), box.sizeHint().width()))
        qtbot.keyClick(slider, Qt.Key.Key_Right)
    names, texts, spoken, widths = zip(*seen, strict=True)
    assert names == ("1", "2", "5", "10", "20", "50", "100", "200", "500", "1000", "watch", "full")
    assert texts[0] == "1 step/s"
    assert texts[-3:] == ("1,000 steps/s", "Watch (10 s)", "Full speed")
    assert spoken[0] == "Speed of play: at most 1 step a second"
    assert spoken[-2:] == ("Speed of play: watch the whole run in about 10 seconds", "Speed of play: full speed")
    assert len(set(widths)) == 1
    assert "never slowed" in slider.toolTip()
    # Each page is ten times as fast.
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    assert speed.name == "10"
    assert QAccessible.queryAccessibleInterface(slider).text(QAccessible.Text.Name) == slider.accessibleName()


def test_a_click_brings_the_handle_under_the_mouse(qtbot: QtBot) -> None:
    speed = Speed()
    box = SpeedBox(speed)
    qtbot.addWidget(box)
    box.show()
    slider = box.slider
    middle = slider.height() // 2
    for x, name in ((2, "1"), (slider.width() - 2, "full"), (40, "20")):
        qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(x, middle))
        assert speed.name == name


def test_what_suits_the_project_is_shown_and_is_no_choice(qtbot: QtBot) -> None:
    speed = Speed()
    box = SpeedBox(speed)
    qtbot.addWidget(box)
    speed.suit(fresh=True)
    assert (box.readout.text(), box.slider.value(), speed.chosen) == ("Watch (10 s)", 10, "")
    assert not QSettings().contains("speed")


def test_a_speed_other_than_full_stands_out(qtbot: QtBot) -> None:
    box = SpeedBox(Speed())
    qtbot.addWidget(box)
    assert box.readout.styleSheet() == ""
    for name in set(STOPS) - {"full"}:
        box._speed.choose(name)
        assert "font-weight: 600" in box.readout.styleSheet()
        assert box.readout.fontMetrics().horizontalAdvance(box.readout.text()) <= box.readout.width()


def test_the_speed_is_beside_play_in_the_tool_bar_and_in_the_train_menu(window: MainWindow, qtbot: QtBot) -> None:
    bar = window.findChild(QToolBar, "mainToolBar")
    assert isinstance(bar, QToolBar)

    def place(name: str) -> QRect:
        widget = bar.findChild(QWidget, name)
        assert isinstance(widget, QWidget), name
        return QRect(widget.mapTo(bar, QPoint()), widget.size())

    order = ("playButton", "pauseButton", "speedSlider", "speedReadout", "finishButton", "stepButton", "fitButton")
    for size in ((1024, 700), (1280, 800), (1920, 1080)):
        window.resize(*size)
        qtbot.waitUntil(lambda size=size: window.width() == size[0])
        qtbot.wait(20)
        rects = [place(name) for name in order]
        assert all(one.right() < other.left() for one, other in pairwise(rects)), size
        assert all(bar.rect().contains(rect) for rect in rects)
    (train,) = (menu for menu in window.menuBar().findChildren(QMenu) if menu.title() == "&Train")
    assert window.findChild(QMenu, "speedMenu").menuAction() in train.actions()
    # Whatever is beside it, no button of the bar is out of sight in a small window.
    window.resize(853, 533)
    qtbot.waitUntil(lambda: window.width() == 853)
    assert window.findChild(QToolButton, "themeButton").isVisible()


def test_the_command_palette_finds_the_speeds(window: MainWindow, qtbot: QtBot) -> None:
    # The paths of recent projects, which other tests leave, may hold these letters too.
    commands = [command for command in window.command_palette.commands() if ".nnstudio" not in command.title]
    found = [command.title for command, _ in ranked(commands, "speed", [])]
    assert set(found[:8]) == {
        "Full speed",
        "Finish at full speed",
        "As suits the project",
        "Watch the whole run in about 10 seconds",
        "At most 1,000 steps a second",
        "At most 100 steps a second",
        "At most 10 steps a second",
        "At most 1 step a second",
    }
    slow = ranked(window.command_palette.commands(), "10 steps a second", [])[0][0]
    assert (slow.title, slow.path, slow.checked) == ("At most 10 steps a second", "Train › Speed", False)
    window.files.open_template("xor")
    qtbot.waitUntil(window.actions_["step"].isEnabled, timeout=10_000)
    for typed, first in (("step", "One step"), ("epoch", "One epoch"), ("play", "Play"), ("10 s", slow.title)):
        assert ranked(window.command_palette.commands(), typed, [])[0][0].title == first
    slow.run()
    assert window.speed.tempo == Tempo(10)
    assert next(command for command in window.command_palette.commands() if command.title == slow.title).checked
    # A second click leaves it as it is; a stop of the slider that the menu does not have is none of its entries.
    slow.run()
    assert window.findChild(QAction, "10SpeedAction").isChecked()
    window.speed.choose("20")
    assert not any(action.isChecked() for action in window.findChild(QMenu, "speedMenu").actions())
    window.findChild(QAction, "automaticSpeedAction").trigger()
    assert window.speed.name == "watch"


def test_it_slows_training_that_runs_and_no_undo_knows_of_it(window: MainWindow, qtbot: QtBot) -> None:
    window.files.open_template("xor")
    window.speed.choose("full")
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)
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
    assert window.session.snapshot.state is RunState.RUNNING
    assert window.store.document is document
    assert not window.store.undo_stack.canUndo()
    window.actions_["pause"].trigger()
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.PAUSED, timeout=900)


def test_the_speed_of_the_last_time_holds_from_the_start_and_is_told(window: MainWindow, qtbot: QtBot) -> None:
    window.speed.choose("1")
    again = MainWindow()
    try:
        again.show()
        assert again.findChild(QLabel, "speedReadout").text() == "1 step/s"
        assert again.findChild(QAction, "1SpeedAction").isChecked()
        again.files.open_template("xor")
        qtbot.waitUntil(lambda: again.session.snapshot.state is RunState.READY, timeout=10_000)
        again.actions_["play"].trigger()
        qtbot.waitUntil(lambda: again.session.snapshot.step > 0)
        assert again.session.snapshot.step <= 2
    finally:
        again.session.close()
        again.hide()
        again.deleteLater()


def test_examples_and_new_projects_are_watched_and_ones_own_play_at_full_speed(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    for template in TEMPLATES:
        window.files.open_template(template.name)
        assert window.speed.name == "watch"
    path = tmp_path / "mine.nnstudio"
    project_file.save(project_file.Project(window.store.document), path)
    window.files.open(path)
    assert window.speed.name == "full"
    window.files.new()
    assert window.speed.name == "watch"
    # What was rescued is one's own, though it is in no file yet.
    assert window.files.recover(LeftBehind(tmp_path, path, None, 0.0))
    assert window.speed.name == "full"
    window.store.undo_stack.setClean()
    window.files._saved_step = 0


def test_finish_is_there_while_play_is_slow_and_leaves_the_speed_as_it_is(window: MainWindow, qtbot: QtBot) -> None:
    finish = window.actions_["finish"]
    assert not finish.isEnabled()
    window.files.open_template("xor")
    qtbot.waitUntil(finish.isEnabled, timeout=10_000)
    window.actions_["play"].trigger()
    qtbot.waitUntil(lambda: 0 < window.session.snapshot.step < 200)
    qtbot.waitUntil(finish.isEnabled)
    finish.trigger()
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.FINISHED, timeout=20_000)
    assert not finish.isEnabled()
    assert window.actions_.why_not(finish) == "all epochs are done"
    assert (window.speed.name, QSettings().contains("speed")) == ("watch", False)
    window.speed.choose("full")
    window.session.reset()
    qtbot.waitUntil(lambda: window.session.snapshot.step == 0)
    assert not finish.isEnabled()
    assert window.actions_.why_not(finish) == "play goes at full speed"
    window.speed.choose("watch")
    assert finish.isEnabled()


@pytest.mark.parametrize(
    ("rate", "shown"),
    [(39_123.4, "39,123 steps/s"), (9.98, "10 steps/s"), (1.004, "1 step/s"), (0.25, "0.25 steps/s"), (0.0, "")],
)
def test_the_status_bar_tells_the_rate(rate: float, shown: str, qtbot: QtBot) -> None:
    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.show_snapshot(Snapshot(1, RunState.RUNNING, rate=rate))
    label = bar.findChild(StillLabel, "rateStatus")
    assert isinstance(label, StillLabel)
    assert label.text() == shown
