"""Time travel in the window: the slider leads all views, and the network of now stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QSlider, QToolButton
from pytestqt.qtbot import QtBot

from nnstudio.document import edits, runs
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.commands import Steps
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.moments import Moment
from nnstudio.training.parameter_edit import ParameterEdit
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views import BoundaryView, DistributionsView, LossView, RunsView
from nnstudio.views.base import Layout
from nnstudio.views.runs.model import NAME

STEPS = 60


@pytest.fixture
def trained(window: MainWindow, qtbot: QtBot) -> MainWindow:
    window.files.open_template("xor")
    window.store.edit("Less", edits.set_training(window.store.document, epochs=40))
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)
    window.session.post(Steps(STEPS))
    until(window, qtbot, lambda s: s.step == STEPS and len(s.history.steps) == STEPS + 1)
    return window


def until(window: MainWindow, qtbot: QtBot, fits: Callable[[Snapshot], bool]) -> Snapshot:
    qtbot.waitUntil(lambda: fits(window.session.snapshot), timeout=10_000)
    return window.session.snapshot


def moment(window: MainWindow) -> Moment:
    found = window.session.snapshot.moment
    assert found is not None
    return found


def slider(window: MainWindow) -> QSlider:
    found = window.findChild(QSlider, "timeSlider")
    assert isinstance(found, QSlider)
    return found


def label(window: MainWindow) -> str:
    found = window.findChild(StillLabel, "timeLabel")
    assert isinstance(found, StillLabel)
    return found.text()


def act(window: MainWindow, name: str) -> None:
    action = window.findChild(QAction, f"{name}Action")
    assert action is not None
    action.trigger()


def show(window: MainWindow, qtbot: QtBot, *names: str) -> None:
    window.docks.arrange("watch")
    for name in names:
        window.docks.all[name].show()
        window.docks.all[name].raise_()
    qtbot.wait(50)


def test_the_slider_leads_all_views_into_the_past_and_one_key_back(trained: MainWindow, qtbot: QtBot) -> None:
    show(trained, qtbot, "boundaryView", "distributionsView")
    boundary, spread = trained.views["boundaryView"], trained.views["distributionsView"]
    assert isinstance(boundary, BoundaryView)
    assert isinstance(spread, DistributionsView)
    qtbot.waitUntil(lambda: boundary.answer is not None, timeout=10_000)
    now = boundary.answer
    kept = trained.session.collect().checkpoint.weights
    assert (slider(trained).maximum(), slider(trained).value()) == (STEPS + 1, STEPS + 1)
    assert label(trained) == f"Now: step {STEPS}"
    slider(trained).setValue(7)
    until(trained, qtbot, lambda s: s.moment is not None and s.moment.step == 7)
    qtbot.waitUntil(lambda: boundary.answer is not now, timeout=10_000)
    assert label(trained).startswith(f"In the past: step 7 of {STEPS} · epoch 1 · loss ")
    qtbot.waitUntil(lambda: spread.entries[spread.shown].step == 7, timeout=10_000)
    assert spread.canvas.past
    assert spread.canvas.ridges[spread.canvas.front].step == 7
    assert spread.canvas.ridges[-1].step > 7
    show(trained, qtbot, "networkView")
    loss = trained.findChild(StillLabel, "networkLoss")
    assert isinstance(loss, StillLabel)
    # Both tell the exact loss of this moment, and not the mean of the steps around it.
    qtbot.waitUntil(lambda: loss.text().startswith("Loss then "), timeout=10_000)
    number = loss.text().removeprefix("Loss then ")
    qtbot.waitUntil(lambda: label(trained).endswith(f" · loss {number}"), timeout=10_000)
    then = trained.session.collect().checkpoint.weights
    for name, array in kept.items():
        np.testing.assert_array_equal(array, then[name])
    act(trained, "momentNow")
    until(trained, qtbot, lambda s: s.moment is None)
    assert slider(trained).value() == STEPS + 1
    assert label(trained) == f"Now: step {STEPS}"


def test_keys_go_moment_by_moment_and_curves_can_be_dragged(trained: MainWindow, qtbot: QtBot) -> None:
    act(trained, "momentBack")
    act(trained, "momentBack")
    until(trained, qtbot, lambda s: s.moment is not None and s.moment.step == STEPS - 1)
    act(trained, "momentForward")
    until(trained, qtbot, lambda s: s.moment is not None and s.moment.step == STEPS)
    show(trained, qtbot, "lossView")
    loss = trained.views["lossView"]
    assert isinstance(loss, LossView)
    qtbot.waitUntil(loss.moment.line.isVisible, timeout=5_000)
    loss.moment.line.sigDragged.emit(_At(loss.moment.line, 5.0))
    until(trained, qtbot, lambda s: s.moment is not None and s.moment.step == 20)
    qtbot.waitUntil(lambda: loss.moment.line.value() == 5.0, timeout=5_000)
    loss.moment_wanted.emit(99.0)
    until(trained, qtbot, lambda s: s.moment is None)


class _At:
    """A line where a person has dragged it."""

    def __init__(self, line: Any, place: float) -> None:
        line.setPos(place)
        self._place = place

    def value(self) -> float:
        return self._place


def test_a_film_plays_to_the_present_and_stops(trained: MainWindow, qtbot: QtBot) -> None:
    seen: list[int] = []
    trained.session.arrived.connect(lambda s: seen.append(s.moment.step if s.moment is not None else -1))
    trained.travel.set_rate(60)
    button = trained.findChild(QToolButton, "timeFilm")
    assert isinstance(button, QToolButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert trained.travel.film == 1
    qtbot.waitUntil(lambda: trained.travel.film == 0, timeout=20_000)
    steps = list(dict.fromkeys(step for step in seen if step >= 0))
    assert steps == list(range(STEPS + 1))
    assert trained.travel.wanted is None


@pytest.mark.parametrize("layout", ["watch", "understand"])
def test_from_moment_to_moment_the_window_is_not_laid_out_anew(
    trained: MainWindow, qtbot: QtBot, layout: Layout
) -> None:
    """All docks with all their widgets would be, at half of what a moment costs."""
    trained.docks.arrange(layout)
    for step in (30, 31, 32):
        trained.travel.look(step)
        until(trained, qtbot, lambda s, step=step: s.moment is not None and s.moment.step == step)  # type: ignore[misc]
    qtbot.wait(100)

    class Layouts(QObject):
        """Counts the requests of a new layout of the window."""

        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            self.count += event.type() is QEvent.Type.LayoutRequest
            return False

    layouts = Layouts()
    trained.installEventFilter(layouts)
    for step in range(33, 53):
        trained.travel.look(step)
        until(trained, qtbot, lambda s, step=step: s.moment is not None and s.moment.step == step)  # type: ignore[misc]
    qtbot.wait(20)
    assert layouts.count <= 3  # a longer number than there was


def test_the_past_is_not_edited_and_play_returns_to_now(trained: MainWindow, qtbot: QtBot) -> None:
    trained.travel.look(5)
    until(trained, qtbot, lambda s: s.moment is not None)
    count = trained.store.undo_stack.count()
    trained.travel.edit(ParameterEdit("dense_1.bias", (0,), 0.5))
    assert trained.store.undo_stack.count() == count
    assert "past" in trained.status.currentMessage()
    trained.session.play()
    until(trained, qtbot, lambda s: s.step > STEPS)
    qtbot.waitUntil(lambda: trained.travel.wanted is None, timeout=5_000)


def test_going_on_from_the_past_keeps_the_run_and_can_be_undone(trained: MainWindow, qtbot: QtBot) -> None:
    settings = trained.store.document.training
    trained.store.edit("Rate", edits.set_training(trained.store.document, batch_size=2))
    trained.travel.look(8)
    until(trained, qtbot, lambda s: s.moment is not None and s.moment.step == 8)
    assert trained.travel.settings_differ
    act(trained, "momentBranchThen")
    after = until(trained, qtbot, lambda s: s.step == 8 and s.run.id == "run-2")
    assert (after.run.parent, after.run.step) == ("run-1", 8)
    assert [run.id for run in after.runs] == ["run-1"]
    assert trained.store.document.training == settings
    qtbot.waitUntil(lambda: trained.travel.wanted is None, timeout=5_000)
    trained.store.undo_stack.undo()
    until(trained, qtbot, lambda s: s.step == STEPS and s.run.id == "run-1")


class TestRuns:
    @pytest.fixture
    def view(self, trained: MainWindow, qtbot: QtBot) -> RunsView:
        trained.session.reset()
        trained.store.edit("Seed", edits.set_training(trained.store.document, seed=4))
        trained.session.post(Steps(20))
        until(trained, qtbot, lambda s: s.step == 20 and len(s.runs) == 1)
        show(trained, qtbot, "runsView")
        view = trained.views["runsView"]
        assert isinstance(view, RunsView)
        qtbot.waitUntil(lambda: view.model.rowCount() == 2, timeout=5_000)
        return view

    def test_every_run_has_a_row_and_differing_settings_a_column(self, view: RunsView) -> None:
        rows = view.model.rows
        assert [(row.id, row.step, row.present) for row in rows] == [("run-1", STEPS, False), ("run-2", 20, True)]
        assert view.model.titles[:4] == ["Run", "Steps", "Epochs", "Loss"]
        assert "Seed" in view.model.titles
        assert [row.settings["Seed"] for row in rows] == ["0", "4"]
        table = view.table()
        assert table is not None
        assert len(list(table.rows())) == 2
        assert all(row.seconds > 0 for row in rows)

    def test_a_run_is_renamed_noted_and_deleted_and_each_can_be_undone(
        self, view: RunsView, trained: MainWindow, qtbot: QtBot
    ) -> None:
        model = view.model
        assert model.setData(model.index(0, NAME), "  First   try ")
        assert model.setData(model.index(0, model.columnCount() - 1), "too slow")
        label_ = runs.label_of(trained.store.document, "run-1")
        assert (label_.name, label_.note) == ("First try", "too slow")
        qtbot.waitUntil(lambda: model.rows[0].name == "First try")
        view.grid.selectRow(0)
        assert view.delete.isEnabled()
        assert view.inspection is not None
        menu = view.inspection.menu()
        offered = ["Restore", "Rename", "Note", "Differences", "Draw curves", "Delete"]
        assert [action.text() for action in menu.actions()][:6] == offered
        menu.close()
        qtbot.keyClick(view.grid, Qt.Key.Key_Delete)
        qtbot.waitUntil(lambda: model.rowCount() == 1)
        trained.store.undo_stack.undo()
        qtbot.waitUntil(lambda: model.rowCount() == 2)
        view.grid.selectRow(1)
        assert not view.delete.isEnabled()
        assert not view.restore.isEnabled()

    def test_a_note_is_begun_while_a_name_is_typed(
        self, view: RunsView, trained: MainWindow, qtbot: QtBot, qtlog: Any
    ) -> None:
        view.grid.selectRow(0)
        view.rename.trigger()
        (editor,) = view.grid.viewport().findChildren(QLineEdit)
        editor.setText("First try")
        view.note.trigger()
        qtbot.waitUntil(lambda: runs.label_of(trained.store.document, "run-1").name == "First try")
        open_ = [line for line in view.grid.viewport().findChildren(QLineEdit) if line is not editor]
        assert len(open_) == 1
        assert not [record.message for record in qtlog.records if "edit" in record.message]

    def test_a_run_is_restored_with_a_button_and_undone(
        self, view: RunsView, trained: MainWindow, qtbot: QtBot
    ) -> None:
        view.grid.selectRow(0)
        view.restore.trigger()
        until(trained, qtbot, lambda s: s.run.id == "run-1" and s.step == STEPS)
        assert trained.store.document.training.seed == 0
        trained.store.undo_stack.undo()
        until(trained, qtbot, lambda s: s.run.id == "run-2" and s.step == 20)
        assert trained.store.document.training.seed == 4

    def test_chosen_runs_are_drawn_beside_the_present_one(
        self, view: RunsView, trained: MainWindow, qtbot: QtBot
    ) -> None:
        loss = trained.views["lossView"]
        assert isinstance(loss, LossView)
        assert view.model.setData(
            view.model.index(0, NAME), Qt.CheckState.Checked.value, Qt.ItemDataRole.CheckStateRole
        )
        assert trained.store.comparison.runs == ("run-1",)
        qtbot.waitUntil(lambda: len(loss.overlay.lines) == 1, timeout=5_000)
        line = loss.overlay.lines[0]
        assert line.name == "Run 1, train"
        kept = trained.session.snapshot.runs[0].checkpoint.curves["loss"]
        np.testing.assert_array_equal(line.y, kept.y)
        assert "Run 1, train" in dict(loss.named())
        trained.store.compare(runs.Comparison())
        qtbot.waitUntil(lambda: not loss.overlay.lines, timeout=5_000)

    def test_repeats_are_runs_and_their_mean_has_a_band(
        self, view: RunsView, trained: MainWindow, qtbot: QtBot
    ) -> None:
        view.repeat_wanted.emit((11, 12))
        until(trained, qtbot, lambda s: s.repeat is None and len(s.runs) == 3)
        loss = trained.views["lossView"]
        assert isinstance(loss, LossView)
        trained.store.compare(runs.Comparison(("run-3", "run-4"), averaged=True))
        qtbot.waitUntil(lambda: len(loss.overlay.lines) == 1, timeout=5_000)
        line = loss.overlay.lines[0]
        assert line.name == "mean of 2 repeats, train"
        one, other = (run.checkpoint.curves["loss"].y for run in trained.session.snapshot.runs[1:])
        np.testing.assert_allclose(line.y, (one + other) / 2)
        colours = [view.model.index(row, NAME).data(Qt.ItemDataRole.DecorationRole) for row in range(4)]
        known = {row.id: colour for row, colour in zip(view.model.rows, colours, strict=True)}
        assert known["run-3"] == known["run-4"] is not None
        trained.store.compare(runs.Comparison(("run-3", "run-4")))
        colours = [view.model.index(row, NAME).data(Qt.ItemDataRole.DecorationRole) for row in range(4)]
        known = {row.id: colour for row, colour in zip(view.model.rows, colours, strict=True)}
        assert known["run-3"] != known["run-4"]
