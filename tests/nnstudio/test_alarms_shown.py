"""Alarms in the window: in the list, its count, the panels and the canvas; dismissed, cured, and gone with the run."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine import datasets, layers
from engine.errors import Fix
from nnstudio.document import edits
from nnstudio.document.alarms import Alarm
from nnstudio.document.model import OUTPUT, Document
from nnstudio.document.problems import Problem, Severity
from nnstudio.panels.inspector import Inspector
from nnstudio.panels.problem_list import ProblemCount, ProblemList
from nnstudio.panels.training import TrainingPanel
from nnstudio.shell.main_window import MainWindow
from nnstudio.store import Store
from nnstudio.training.commands import SetDocument
from nnstudio.training.messages import RunState
from nnstudio.training.project import Project
from nnstudio.training.requests.batch_statistics import BatchStatistics
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.views_support import shown


def network(*hidden: Any) -> Document:
    stack = [layer for each in hidden for layer in (layers.Dense(8), each)]
    return document_of(*stack, layers.Dense(1), layers.Sigmoid(), dataset=datasets.Moons())


def dead(where: str = "relu_1") -> Alarm:
    fix = Fix("Use LeakyReLU", replace={where: layers.LeakyReLU()})
    problem = Problem(where, "All units are dead.", fix, Severity.WARNING, "dead_units")
    return Alarm(problem, frozenset([where]))


FAST = Alarm(
    Problem(OUTPUT, "The loss is flat.", None, Severity.WARNING, "flat_loss"), settings=frozenset(["optimizer"])
)


@pytest.fixture
def store(qapp: QApplication) -> Store:
    made = opened(network(layers.ReLU()))
    assert not made.analysis.findings
    return made


def rules(store: Store) -> list[str]:
    return [problem.rule for problem in store.analysis.findings]


class TestStore:
    def test_alarms_are_remarks_and_no_change_of_the_document(self, store: Store) -> None:
        heard: list[str] = []
        store.changed.connect(lambda: heard.append("changed"))
        store.alarms_changed.connect(lambda: heard.append("alarms"))
        store.set_alarms([dead(), FAST])
        store.set_alarms([dead(), FAST])
        assert heard == ["alarms"]
        assert rules(store) == ["dead_units", "flat_loss"]
        assert store.analysis.ok
        assert store.analysis.remarks_on("relu_1") == [dead().problem]
        assert store.undo_stack.count() == 0
        store.set_alarms([])
        assert heard == ["alarms", "alarms"]
        assert rules(store) == []

    def test_is_dismissed_and_brought_back(self, store: Store) -> None:
        store.set_alarms([dead(), FAST])
        store.dismiss(dead().problem)
        assert rules(store) == ["flat_loss"]
        assert store.analysis.dismissed == (dead().problem,)
        # Raised again with other figures, it is still dismissed.
        again = Alarm(Problem("relu_1", "Most are.", None, Severity.WARNING, "dead_units"), frozenset(["relu_1"]))
        store.set_alarms([again, FAST])
        assert rules(store) == ["flat_loss"]
        store.bring_back(again.problem)
        assert rules(store) == ["dead_units", "flat_loss"]

    def test_goes_with_an_edit_of_its_block_or_setting(self, store: Store) -> None:
        store.set_alarms([dead(), FAST])
        store.edit("Move", edits.place(store.document, "relu_1", 99.0, 99.0))
        assert rules(store) == ["dead_units", "flat_loss"]
        store.apply_fix(store.analysis.findings[0])
        assert isinstance(store.document.block("relu_1").layer, layers.LeakyReLU)
        assert rules(store) == ["flat_loss"]
        optimizer = store.document.training.optimizer.with_changes(learning_rate=0.02)
        store.edit("Change", edits.set_training(store.document, optimizer=optimizer))
        assert rules(store) == []

    def test_goes_with_other_data_and_another_project(self, store: Store) -> None:
        store.set_alarms([FAST], frozenset(["relu_1"]))
        store.edit("Data", edits.set_data(store.document, dataset=datasets.Circles()))
        assert rules(store) == []
        assert not store.measured
        store.set_alarms([FAST], frozenset(["relu_1"]))
        store.open(network(layers.ReLU()))
        assert (store.alarms, store.measured) == ((), frozenset())

    def test_the_rule_of_thumb_is_silent_where_the_run_has_been_measured(self, qapp: QApplication) -> None:
        made = opened(network(*[layers.Sigmoid()] * 4))
        assert rules(made) == ["fading_gradients"]
        every = frozenset(block.name for block in made.document.blocks)
        made.set_alarms([], every)
        assert rules(made) == []
        # Of a block that is another one since, nothing was measured.
        fix = Fix("Use Tanh", replace={"sigmoid_1": layers.Tanh()})
        made.edit("Replace", edits.apply_fix(made.document, "sigmoid_1", fix))
        assert made.measured == every - {"sigmoid_1"}
        assert rules(made) == ["fading_gradients"]


class TestPanels:
    def test_list_and_count_follow(self, store: Store) -> None:
        with shown(ProblemList(store)) as listed:
            counted = ProblemCount(store)
            counted.set_away(False)
            store.set_alarms([dead()])
            assert [row.problem for row in listed.rows] == [dead().problem]
            assert listed.windowTitle() == "Problems (1)"
            assert counted.text() == "1 warning"
            assert listed.rows[0].fix.text() == "Use LeakyReLU"
            listed.rows[0].fix.click()
            assert isinstance(store.document.block("relu_1").layer, layers.LeakyReLU)
            assert not listed.rows
            assert counted.isHidden()
            counted.deleteLater()

    def test_the_block_and_the_loss_tell_their_own(self, store: Store) -> None:
        with shown(Inspector(store), 320, 600) as inspector, shown(TrainingPanel(store), 320, 600) as training:
            store.select("relu_1")
            store.set_alarms([dead(), FAST])
            assert inspector._page is not None
            assert inspector._page.remarks.isVisible()
            assert training._remarks.isVisible()
            store.set_alarms([])
            assert not inspector._page.remarks.isVisible()
            assert not training._remarks.isVisible()


def sick() -> Document:
    """Deep network of sigmoids, which cannot learn."""
    return edits.set_training(network(*[layers.Sigmoid()] * 20), epochs=1_000_000)


def test_a_run_in_the_window_raises_an_alarm_and_sends_no_document(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.session.open(Project(sick()))
    window.pages.show_project()
    store, session = window.store, window.session
    qtbot.waitUntil(lambda: session.snapshot.state is RunState.READY, timeout=10_000)
    assert rules(store) == ["fading_gradients"]
    sent: list[object] = []
    post = session._worker.post
    monkeypatch.setattr(session._worker, "post", lambda command: sent.append(command) or post(command))
    session.play()
    qtbot.waitUntil(lambda: rules(store) == ["vanishing_gradients"], timeout=20_000)
    where = store.analysis.findings[0].where
    assert where == "dense_1"
    assert window.problem_count.text() == "1 warning"
    assert [problem.rule for problem in window.canvas.canvas.alerts.on(where)] == ["vanishing_gradients"]
    assert where in window.canvas.canvas.alerts.badges
    assert not any(isinstance(command, SetDocument) for command in sent)
    # What was measured goes with a reset, and the rule of thumb speaks again.
    session.pause()
    session.reset()
    qtbot.waitUntil(lambda: rules(store) == ["fading_gradients"], timeout=10_000)
    assert not window.canvas.canvas.alerts.on(where)


def test_the_run_is_measured_with_all_views_hidden(window: MainWindow, qtbot: QtBot) -> None:
    window.session.open(Project(edits.set_training(network(layers.ReLU()), epochs=1_000_000)))
    window.pages.show_project()
    for name in window.views:
        window.docks.all[name].close()
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)
    assert not any(isinstance(request, BatchStatistics) for request in window.session.requests())
    window.session.play()
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.RUNNING, timeout=10_000)

    def asked() -> list[BatchStatistics]:
        return [request for request in window.session.requests() if isinstance(request, BatchStatistics)]

    # The session has the snapshot a moment before the alarms do.
    qtbot.waitUntil(lambda: bool(asked()), timeout=5000)
    assert [type(request) for request in asked()] == [BatchStatistics]
    assert asked()[0].share <= 0.02
    # A view that shows the same asks for all.
    window.docks.all["gradientFlowView"].show()
    window.docks.all["gradientFlowView"].raise_()
    qtbot.waitUntil(
        lambda: len(asked()) == 1 and type(asked()[0]) is not BatchStatistics,
        timeout=5000,
    )
