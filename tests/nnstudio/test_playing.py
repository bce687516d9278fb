"""Play button: resuming finished runs, and offers after network changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from engine.training.checkpoint import TrainerState
from engine.training.early_stopping import EarlyStopping
from nnstudio import headless
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.project import project_file, templates
from nnstudio.shell.main_window import MainWindow
from nnstudio.shell.play_button import more
from nnstudio.shell.retrain_offer import FreshOffer
from nnstudio.training.checkpoint import target_of
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.project import Project
from nnstudio.ui.steady_label import StillLabel

EPOCHS = 30


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A project with few epochs, in a file."""
    path = tmp_path / "mine.nnstudio"
    project_file.save(project_file.Project(edits.set_training(templates.load("xor").document, epochs=EPOCHS)), path)
    return path


def finish(window: MainWindow, qtbot: QtBot, path: Path) -> None:
    """Opens the project and trains it to its end."""
    QSettings().remove("speed")
    window.files.open(path)
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)
    window.actions_["play"].trigger()
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.FINISHED, timeout=10_000)
    # It is drawn a frame after it has come.
    qtbot.waitUntil(lambda: window.actions_["play"].text().startswith("Train "))


def forget(window: MainWindow) -> None:
    """Closing asks for nothing."""
    window.store.undo_stack.setClean()
    window.files._saved_step = window.session.snapshot.step


def test_play_says_how_a_finished_run_goes_on_and_the_setting_follows(
    window: MainWindow, qtbot: QtBot, mine: Path
) -> None:
    finish(window, qtbot, mine)
    play = window.actions_["play"]
    button = window.findChild(QToolButton, "playButton")
    assert isinstance(button, QToolButton)
    assert (play.text(), button.text()) == ("Train 30 more epochs", "Train 30 more")
    assert play.toolTip() == "Train 30 more epochs (F5)"
    assert button.accessibleName() == "Train 30 more epochs"
    shown = window.status.findChild(StillLabel, "epochStatus")
    for epochs in (60, 90):
        play.trigger()
        qtbot.waitUntil(lambda epochs=epochs: window.session.snapshot.epoch == epochs, timeout=10_000)
        qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.FINISHED)
        qtbot.waitUntil(lambda: play.text() == "Train 30 more epochs")
        qtbot.waitUntil(lambda epochs=epochs: f"{epochs} / {epochs}" in shown.text())
        # The panel and the status bar have the same number; the next portion is as large as the first.
        assert window.store.document.training.epochs == window.session.snapshot.epochs == epochs
        assert window.training_panel.form.rows["epochs"].editor.value == epochs
        assert window.store.undo_stack.undoText() == f"Change epochs from {epochs - 30} to {epochs}"
    assert [mark.text for mark in window.session.snapshot.marks] == ["Epochs 30 → 60", "Epochs 60 → 90"]
    window.store.undo_stack.undo()
    qtbot.waitUntil(lambda: window.session.snapshot.epochs == 60)
    assert window.session.snapshot.state is RunState.FINISHED
    window.session.reset()
    qtbot.waitUntil(lambda: play.text() == "&Play")
    assert (play.text(), play.toolTip(), button.text()) == ("&Play", "Train until all epochs are done (F5)", "Play")
    assert button.accessibleName() == "Train until all epochs are done"
    forget(window)


def test_nothing_beside_play_moves_when_a_run_is_finished(window: MainWindow, qtbot: QtBot, mine: Path) -> None:
    QSettings().remove("speed")
    window.files.open(mine)
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)
    slider = window.findChild(QToolButton, "stepButton")
    assert isinstance(slider, QToolButton)
    window.playing.show_snapshot(Snapshot(1, RunState.RUNNING))
    qtbot.wait(20)
    before = slider.x()
    for portion in (30, 10_000):
        window.playing.show_snapshot(Snapshot(1, RunState.FINISHED, epoch=5, epochs=5, portion=portion))
        qtbot.wait(20)
        assert abs(slider.x() - before) <= 24
        window.playing.show_snapshot(Snapshot(1, RunState.RUNNING))
        qtbot.wait(20)


def test_a_saved_run_goes_on_by_its_own_portion(window: MainWindow, qtbot: QtBot, mine: Path) -> None:
    finish(window, qtbot, mine)
    window.actions_["play"].trigger()
    qtbot.waitUntil(lambda: window.session.snapshot.epoch == 60, timeout=10_000)
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.FINISHED)
    assert window.files.save()
    window.files.open(mine)
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.FINISHED, timeout=10_000)
    qtbot.waitUntil(lambda: window.actions_["play"].text() == "Train 30 more epochs")
    assert [mark.text for mark in window.session.snapshot.marks] == ["Epochs 30 → 60"]
    assert window.store.document.training.epochs == 60


@pytest.mark.parametrize(
    ("snapshot", "epochs"),
    [
        (Snapshot(1, RunState.FINISHED, epoch=30, epochs=30, portion=30), 30),
        (Snapshot(1, RunState.FINISHED, epoch=31, epochs=30, portion=30), 30),
        # Stopped early, it only goes on to where it was going.
        (Snapshot(1, RunState.FINISHED, epoch=12, epochs=30, portion=30), 18),
        (Snapshot(1, RunState.PAUSED, epoch=12, epochs=30, portion=30), 0),
        (Snapshot(1, RunState.RUNNING, epoch=12, epochs=30, portion=30), 0),
        (Snapshot(1, RunState.EMPTY), 0),
    ],
)
def test_how_many_epochs_play_adds(snapshot: Snapshot, epochs: int) -> None:
    assert more(snapshot) == epochs


def test_a_run_that_was_stopped_early_goes_on_without_an_edit(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "early.nnstudio"
    stopping = EarlyStopping(monitor="loss", patience=3, min_delta=10.0)
    document = edits.set_training(templates.load("xor").document, epochs=EPOCHS, early_stopping=stopping)
    project_file.save(project_file.Project(document), path)
    finish(window, qtbot, path)
    at = window.session.snapshot.epoch
    assert at < EPOCHS
    assert window.actions_["play"].text() == f"Train {EPOCHS - at} more epochs"
    window.actions_["play"].trigger()
    qtbot.waitUntil(lambda: window.session.snapshot.epoch > at, timeout=10_000)
    assert not window.store.undo_stack.canUndo()
    assert window.session.snapshot.epochs == EPOCHS
    forget(window)


def test_where_no_more_epochs_can_be_set_it_says_so(window: MainWindow, qtbot: QtBot, mine: Path) -> None:
    finish(window, qtbot, mine)
    window.session.snapshot = Snapshot(9, RunState.FINISHED, epoch=10_000_000, epochs=10_000_000, portion=30)
    window.actions_["play"].trigger()
    assert window.status.currentMessage().startswith("The number of epochs is at its maximum.")
    assert not window.store.undo_stack.canUndo()
    forget(window)


def test_an_example_that_is_trained_on_is_still_no_work_to_lose(window: MainWindow, qtbot: QtBot) -> None:
    QSettings().remove("speed")
    window.files.open_template("regression-plane")
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)
    window.session.finish()
    for _ in range(2):
        qtbot.waitUntil(lambda: window.actions_["play"].text() == "Train 200 more epochs", timeout=20_000)
        assert window.files.may_leave()
        window.actions_["play"].trigger()
        window.session.finish()
        qtbot.waitUntil(lambda: window.actions_["play"].text() == "&Play")
    assert window.files.played
    window.store.edit("Batch", edits.set_training(window.store.document, batch_size=2))
    assert not window.files.played
    forget(window)


def test_a_file_of_a_run_that_was_extended_before_settings_followed_agrees_when_opened(
    window: MainWindow, qtbot: QtBot, mine: Path
) -> None:
    run = headless.start(project_file.load(mine))
    while not run.finished:
        run.step_once()
    run.extend()
    document = run.document
    assert (document.training.epochs, run.target) == (EPOCHS, 2 * EPOCHS)
    project_file.save(Project(document, run.checkpoint()).fitted(), mine)
    window.files.open(mine)
    assert window.store.document.training.epochs == 2 * EPOCHS
    assert not window.files.dirty
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.PAUSED, timeout=10_000)
    assert window.session.snapshot.epochs == 2 * EPOCHS


@pytest.mark.parametrize("info", [{}, {"run": None}, {"run": []}, {"run": {"target": "12"}}, {"run": {}}])
def test_a_state_that_knows_no_target_has_none(info: dict[str, object]) -> None:
    assert target_of(TrainerState(info, {})) == target_of(None) == 0


def test_after_the_network_was_changed_a_fresh_start_is_offered(window: MainWindow, qtbot: QtBot, mine: Path) -> None:
    finish(window, qtbot, mine)
    offer = window.findChild(QToolButton, "freshButton")
    assert isinstance(offer, QToolButton)
    assert not offer.isVisible()
    # A setting is no other network.
    store = window.store
    store.edit("Batch", edits.set_training(store.document, batch_size=2))
    qtbot.waitUntil(lambda: bool(window.session.snapshot.marks))
    assert not offer.isVisible()
    store.edit("Wider", edits.set_field(store.document, "dense_1", "units", 8))
    qtbot.waitUntil(offer.isVisible)
    assert "goes on with the weights that still fit" in window.status.findChild(StillLabel, "statusMessage").text()
    # On the start page there is nothing to offer; back from there, there is again.
    window.show_welcome()
    assert not offer.isVisible()
    window.pages.show_desk()
    assert offer.isVisible()
    store.undo_stack.undo()
    qtbot.waitUntil(lambda: not offer.isVisible())
    store.undo_stack.redo()
    qtbot.waitUntil(offer.isVisible)
    offer.click()
    qtbot.waitUntil(lambda: window.session.snapshot.step == 0)
    qtbot.waitUntil(lambda: not offer.isVisible())
    assert store.undo_stack.undoText() == "Reset training"
    forget(window)


def test_the_offer_goes_when_training_has_gone_on_for_a_while(qtbot: QtBot) -> None:
    resets: list[int] = []
    offer = FreshOffer(lambda: resets.append(1))
    qtbot.addWidget(offer)
    offer._going.setInterval(60)
    offer.show_snapshot(Snapshot(1, RunState.PAUSED, step=8, restructured=8))
    qtbot.wait(120)
    assert offer.isVisible()
    offer.show_snapshot(Snapshot(1, RunState.RUNNING, step=9, restructured=8))
    qtbot.waitUntil(lambda: not offer.isVisible(), timeout=1000)
    offer.show_snapshot(Snapshot(1, RunState.RUNNING, step=30, restructured=8))
    assert not offer.isVisible()
    # Another change is another offer.
    offer.show_snapshot(Snapshot(1, RunState.RUNNING, step=31, restructured=30))
    assert offer.isVisible()
    offer.button.click()
    assert resets == [1]


def test_epochs_grow_as_far_as_they_can() -> None:
    document = Document()
    assert edits.with_epochs(document, 3) is document
    assert edits.with_epochs(document, 300).training.epochs == 300
    assert edits.with_epochs(document, 10**12).training.epochs == 10_000_000
