"""Lessons in the real window: every one is played through, and leaves the window as it was."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from engine.layers import REGISTRY
from nnstudio.document import edits
from nnstudio.document.probe import UnitRef
from nnstudio.lessons import lesson
from nnstudio.lessons.exercises import Question
from nnstudio.lessons.lesson import Step
from nnstudio.shell.lesson_player import LessonPlayer
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.messages import RunState
from nnstudio.training.requests.block_mathematics import MathematicsPicture

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
        r"(?:epoch|step|loss) [<>]=? [\d.]+|failed": window.session.finish,
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
    for number, step in enumerate(each.steps):
        assert player.place == number
        assert player.bar.sentence.text() == step.say
        qtbot.waitUntil(lambda step=step: pointed(window, step))
        if step.until:
            if not player.bar.onward_button.property("done"):
                do(window, step, qtbot)
            wait_until_done(window, number, qtbot)
        if player.place == number:
            player.bar.onward_button.click()
    assert player.lesson is None
    assert not player.bar.isVisible()
