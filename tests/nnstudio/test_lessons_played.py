"""Lessons in the real window: every one is played through, and leaves the window as it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QTextBrowser
from pytestqt.qtbot import QtBot

from engine.layers import REGISTRY
from nnstudio.document import edits
from nnstudio.document.probe import UnitRef
from nnstudio.lessons import lesson
from nnstudio.lessons.exercises import Question
from nnstudio.lessons.lesson import Step
from nnstudio.shell.docks import in_sight
from nnstudio.shell.lesson_player import LessonPlayer
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.messages import RunState
from nnstudio.training.requests.block_mathematics import MathematicsPicture
from nnstudio.ui.motion import motion

LESSONS = lesson.bundled()


@pytest.fixture
def player(window: MainWindow) -> LessonPlayer:
    window.resize(1280, 800)
    return window.lessons


def question_of(window: MainWindow, step: Step, qtbot: QtBot) -> Question:
    """What the step asks, once its numbers are hidden in the lens."""
    lens = window.mathematics
    assert step.exercise is not None
    exercise = step.exercise
    qtbot.waitUntil(lambda: isinstance(lens.answer, MathematicsPicture) and lens.answer.block == exercise.block)
    qtbot.waitUntil(lambda: bool(lens.canvas.covers))
    asked = window.lessons.question
    assert asked is not None
    assert not asked.hindrance
    return asked


def ready(window: MainWindow) -> bool:
    return window.session.snapshot.state not in (RunState.EMPTY, RunState.RUNNING)


def do(window: MainWindow, step: Step, qtbot: QtBot) -> None:
    """What a person does on a step."""
    store, until = window.store, step.until
    document = store.document
    patterns: dict[str, Callable[..., object]] = {
        r"selected (\w+)": store.select,
        r"block (\w+) (disabled|enabled)": lambda name, what: store.edit(
            what, edits.set_disabled(document, what == "disabled", name)
        ),
        r"layer (\w+) added": lambda kind: window.canvas.canvas.editing.replace(
            step.point.removeprefix("block "), REGISTRY[kind]
        ),
        r"learning rate == ([\d.]+)": lambda rate: store.edit(
            "rate",
            document.with_changes(
                training=document.training.with_changes(
                    optimizer=document.training.optimizer.with_changes(learning_rate=float(rate))
                )
            ),
        ),
        r"step >= 1": window.actions_["step"].trigger,
        r"step == 0": window.actions_["reset"].trigger,
        r"playing": window.actions_["play"].trigger,
        r"paused": window.actions_["pause"].trigger,
        r"(?:epoch|step|loss) [<>]=? [\d.]+|failed": lambda: finish(window),
        r"dock (\w+) shown": lambda name: window.docks.all[name].raise_(),
        r"probe changed": window.actions_["nextSample"].trigger,
        r"unit of (\w+) chosen": lambda name: store.choose_unit(UnitRef(name, 1)),
        r"mathematics of (\w+) at (\w+)": lambda block, name: show(window, block, name, qtbot),
        r"answer correct": lambda: answer(window, step, qtbot),
    }
    for pattern, act in patterns.items():
        found = re.fullmatch(pattern, until)
        if found:
            if "step" in until or "epoch" in until or "loss" in until:
                qtbot.waitUntil(lambda: ready(window) or window.session.snapshot.state is RunState.RUNNING)
            act(*found.groups())
            return
    raise AssertionError(f"nobody knows how to do “{until}”")


def finish(window: MainWindow) -> None:
    """Trains without drawing: that is half of the time otherwise, and shown by other tests."""
    window.session.requests = frozenset
    window.session.finish()


def show(window: MainWindow, block: str, name: str, qtbot: QtBot) -> None:
    lens = window.mathematics
    lens.choice.choose(block)
    qtbot.waitUntil(lambda: lens.answer is not None and lens.answer.block == block)
    lens.steps.setCurrentIndex([each.name for each in lens.answer.steps].index(name))


def answer(window: MainWindow, step: Step, qtbot: QtBot) -> None:
    bar = window.lessons.bar
    asked = question_of(window, step, qtbot)
    wrong = [asked.value(place) * 3 + 17 for place in asked.places]
    bar.answer.setText("; ".join(map(str, wrong)))
    qtbot.keyClick(bar.answer, Qt.Key.Key_Return)
    assert bar.hint.text().startswith(("Not yet", "Number", "The "))
    assert not bar.onward_button.property("done")
    bar.answer.setText("; ".join(f"{asked.value(place):.3g}" for place in asked.places))
    bar.check.click()


def pointed(window: MainWindow, step: Step) -> bool:
    """Whether the frame stands on something, for a step that points at something."""
    window.lessons.look()
    return not step.point or not window.lessons.spotlight.place.isEmpty()


def wait_until_done(window: MainWindow, number: int, qtbot: QtBot) -> None:
    """Until the bar says that a step is done, or the next one is shown."""
    player = window.lessons

    def done() -> None:
        snapshot, step = window.session.snapshot, player.step
        assert player.place > number or player.bar.onward_button.property("done"), f"{step}, {snapshot}"

    qtbot.waitUntil(done, timeout=30_000)


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_is_played_to_its_end(window: MainWindow, player: LessonPlayer, qtbot: QtBot, name: str) -> None:
    each = LESSONS[name]
    menu = window.findChild(QMenu, "lessonsMenu")
    assert menu is not None
    (action,) = [action for action in menu.actions() if action.objectName() == f"{name}LessonAction"]
    action.trigger()
    assert player.lesson is each or player.lesson == each
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=20_000)
    requests = window.session.requests
    for number, step in enumerate(each.steps):
        assert player.place == number
        assert player.bar.sentence.text() == step.say
        qtbot.waitUntil(lambda step=step: pointed(window, step))
        if step.until:
            if not player.bar.onward_button.property("done"):
                do(window, step, qtbot)
            wait_until_done(window, number, qtbot)
            # What a step waits for is reached, and nobody waits for the end of the run.
            if window.session.requests is not requests:
                window.session.requests = requests
                window.session.pause()
        if player.place == number:
            player.bar.onward_button.click()
    assert player.lesson is None
    assert not player.bar.isVisible()


def begin(window: MainWindow, name: str, qtbot: QtBot) -> LessonPlayer:
    window.resize(1280, 800)
    window.lessons.begin(LESSONS[name])
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=20_000)
    return window.lessons


def arrangement(window: MainWindow) -> dict[str, tuple[bool, bool]]:
    """Which docks are open, and which are in front."""
    return {name: (not dock.isHidden(), in_sight(dock)) for name, dock in window.docks.all.items()}


def test_leaving_gives_everything_back(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1280, 800)
    window.files.open_template("xor")
    window.docks.all["historyView"].raise_()
    window.docks.all["kernelView"].hide()
    qtbot.waitUntil(lambda: in_sight(window.docks.all["historyView"]))
    before = arrangement(window)
    player = begin(window, "3-backpropagation", qtbot)
    assert window.docks.arrangement == "understand"
    assert not window.docks.all["kernelView"].isHidden()
    player.bar.onward_button.click()
    qtbot.waitUntil(lambda: bool(window.mathematics.canvas.covers))
    assert window.mathematics.table() is None
    assert player.spotlight.isVisible()
    player.bar.leave_button.click()
    assert player.lesson is None
    assert not player.bar.isVisible()
    assert not player.spotlight.isVisible()
    assert not window.mathematics.canvas.covers
    assert window.docks.arrangement == "build"
    qtbot.waitUntil(lambda: arrangement(window) == before)


def test_a_lesson_is_over_when_another_project_is_opened(window: MainWindow, qtbot: QtBot) -> None:
    player = begin(window, "1-first-network", qtbot)
    window.files.open_template("moons")
    assert player.lesson is None
    assert not player.bar.isVisible()


def test_unsaved_work_is_asked_about_first(window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    window.files.new()
    store = window.store
    store.edit("Add", edits.append(store.document, REGISTRY["Dense"]()))  # type: ignore[call-arg]
    mine = store.document
    monkeypatch.setattr(QMessageBox, "exec", lambda box: QMessageBox.StandardButton.Cancel)
    window.lessons.begin(LESSONS["1-first-network"])
    assert window.lessons.lesson is None
    assert store.document is mine


def test_back_shows_a_step_again_and_waits(window: MainWindow, qtbot: QtBot) -> None:
    player = begin(window, "1-first-network", qtbot)
    player.bar.onward_button.click()
    window.store.select("dense_1")
    qtbot.waitUntil(lambda: player.place == 2)
    player.bar.back_button.click()
    assert player.place == 1
    assert player.bar.onward_button.text() == "Next"
    qtbot.wait(1200)
    assert player.place == 1


def test_a_lesson_without_an_example_needs_a_project_and_keeps_it(window: MainWindow, qtbot: QtBot) -> None:
    text = """
title = "Yours"
sentence = "Any network."
[[steps]]
say = "Compute one output."
until = "answer correct"
exercise = { block = "dense_1", step = "y", index = [1] }
"""
    mine = lesson.parse(text, "yours.toml")
    window.lessons.begin(mine)
    assert window.lessons.lesson is None
    window.files.open_template("iris")
    document = window.store.document
    window.lessons.begin(mine)
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY)
    assert window.store.document == document
    answer(window, mine.steps[0], qtbot)
    qtbot.waitUntil(lambda: bool(window.lessons.bar.onward_button.property("done")))
    assert window.lessons.bar.hint.text() == "Right."
    assert not window.mathematics.canvas.covers


def test_a_block_that_is_not_there_is_said(window: MainWindow, qtbot: QtBot) -> None:
    exercise = lesson.Exercise(block="dense_9", step="y", index=(1,))
    step = Step(say="?", until="answer correct", exercise=exercise)
    window.files.open_template("xor")
    window.lessons.begin(lesson.Lesson(title="T", sentence="S", steps=(step,)))
    qtbot.waitUntil(lambda: "no block dense_9" in window.lessons.bar.hint.text())
    assert not window.lessons.bar.answer.isEnabled()


def test_a_lesson_of_a_teacher_is_opened_and_a_wrong_one_explained(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    told: list[str] = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(QMessageBox, "exec", lambda box: told.append(box.informativeText()))
    action = window.findChild(QMenu, "lessonsMenu").actions()[-1]
    path.write_text('title = "Mine"\nsentence = "S"\ntemplate = "xor"\n[[steps]]\nsay = "Hello"\nuntil = "soon"\n')
    action.trigger()
    assert window.lessons.lesson is None
    assert "mine.toml: step 1, until" in told[0]
    path.write_text('title = "Mine"\nsentence = "S"\ntemplate = "xor"\n[[steps]]\nsay = "Hello"\n')
    action.trigger()
    assert window.lessons.bar.sentence.text() == "Hello"


def test_hidden_numbers_are_neither_read_nor_copied(window: MainWindow, qtbot: QtBot) -> None:
    player = begin(window, "3-backpropagation", qtbot)
    player.bar.onward_button.click()
    lens = window.mathematics
    qtbot.waitUntil(lambda: bool(lens.canvas.covers) and lens.entry is not None and lens.entry.step.name == "product")
    *_, last = lens.canvas.places()
    assert lens.reading(last.center()) == "product[1] = ?"
    assert lens.table() is None
    lens.choice.choose("dense_1")
    # As long as the numbers of dense_2 are on show, they stay hidden.
    assert lens.canvas.covers
    qtbot.waitUntil(lambda: not lens.canvas.covers)
    assert lens.answer.block == "dense_1"
    lens.choice.choose("dense_2")
    qtbot.waitUntil(lambda: bool(lens.canvas.covers))


def test_further_reading_opens_links_only_on_a_click(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    window.mathematics.reading_link.linkActivated.emit("#")
    page = window.findChild(QTextBrowser, "readingPage")
    assert page is not None
    qtbot.waitUntil(page.isVisible)
    for word in ("Matrix Calculus", "Pen and Paper", "Mathematics for Machine Learning", "Dive into Deep Learning"):
        assert word in page.toPlainText()
    assert opened == []
    page.anchorClicked.emit(QUrl("https://mml-book.github.io/"))
    page.anchorClicked.emit(QUrl("file:///etc/hosts"))
    assert opened == ["https://mml-book.github.io/"]


def test_the_frame_keeps_still_where_animations_are_off(window: MainWindow, qtbot: QtBot) -> None:
    motion().set_on(False)
    player = begin(window, "1-first-network", qtbot)
    frame = player.spotlight
    # The canvas takes its size first.
    qtbot.wait(400)
    first = frame.geometry()
    assert first.contains(frame.place)
    player.bar.onward_button.click()
    player.bar.back_button.click()
    assert frame.geometry() == first
    qtbot.wait(200)
    assert frame.geometry() == first
    below = window.childAt(frame.geometry().center())
    assert below is not frame
