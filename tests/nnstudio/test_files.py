"""Closing, reopening and saving projects in the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QMenu, QMessageBox
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file

from engine.layers import Dense
from nnstudio.document import edits
from nnstudio.project import project_file
from nnstudio.shell.main_window import MainWindow
from nnstudio.shell.recent_examples import MOST_EXAMPLES
from nnstudio.training.messages import RunState
from nnstudio.ui.steady_label import StillLabel


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that come up; each is answered with Cancel."""
    names: list[str] = []

    def cancel(box: QMessageBox) -> int:
        names.append(box.objectName())
        return QMessageBox.StandardButton.Cancel.value

    monkeypatch.setattr(QMessageBox, "exec", cancel)
    return names


def begin(window: MainWindow, qtbot: QtBot, name: str, epochs: int = 0) -> None:
    """Opens an example and trains it."""
    window.files.open_template(name)
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)
    for epoch in range(epochs):
        window.session.step_epoch()
        qtbot.waitUntil(
            lambda epoch=epoch: (
                window.session.snapshot.epoch == epoch + 1 and window.session.snapshot.state is not RunState.RUNNING
            ),
            timeout=10_000,
        )


def recent_menu(window: MainWindow) -> QMenu:
    """The menu of recent projects, as it is when it is opened."""
    menu = next(menu for menu in window.menuBar().findChildren(QMenu) if menu.title() == "Open &recent")
    menu.aboutToShow.emit()
    return menu


def _step(window: MainWindow, qtbot: QtBot) -> None:
    window.session.step()
    qtbot.waitUntil(lambda: window.session.snapshot.step > 8)


def _play_and_pause(window: MainWindow, qtbot: QtBot) -> None:
    window.session.play()
    qtbot.waitUntil(lambda: window.session.snapshot.step > 20)
    window.session.pause()


def _play(window: MainWindow, qtbot: QtBot) -> None:
    window.session.play()
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.RUNNING)


def _reset(window: MainWindow, qtbot: QtBot) -> None:
    window.session.reset()
    qtbot.waitUntil(lambda: window.session.snapshot.step == 0)


def _look_around(window: MainWindow, qtbot: QtBot) -> None:
    window.docks.all["metricView"].raise_()
    window.store.select("dense_1")
    window.canvas.set_zoom(0.7)
    window.show_welcome()


def _edit_and_undo(window: MainWindow, qtbot: QtBot) -> None:
    window.store.edit("More", edits.set_field(window.store.document, "dense_1", "units", 9))
    window.store.undo_stack.undo()


def _there_and_back(window: MainWindow, qtbot: QtBot) -> None:
    """As when a spin box is turned up and down again: the steps become one that changes nothing."""
    for units in (9, 3):
        after = edits.set_field(window.store.document, "dense_1", "units", units)
        window.store.edit("Units", after, merge="units")
    assert not window.store.undo_stack.canUndo()


@pytest.mark.parametrize("play", [_step, _play_and_pause, _play, _reset, _look_around, _edit_and_undo, _there_and_back])
def test_an_example_that_was_only_played_with_goes_without_a_question(
    window: MainWindow, qtbot: QtBot, asked: list[str], play: Callable[[MainWindow, QtBot], None]
) -> None:
    begin(window, qtbot, "xor", 2)
    play(window, qtbot)
    window.files.new()
    assert not asked
    assert not window.store.document.blocks


def test_an_example_that_was_edited_is_asked_for(window: MainWindow, qtbot: QtBot, asked: list[str]) -> None:
    begin(window, qtbot, "xor", 1)
    window.session.reset()
    window.store.edit("More", edits.set_field(window.store.document, "dense_1", "units", 9))
    document = window.store.document
    window.files.new()
    assert asked == ["unsavedQuestion"]
    assert window.store.document is document
    assert not window.files.examples


def test_a_saved_project_that_was_trained_on_is_asked_for(
    window: MainWindow, qtbot: QtBot, asked: list[str], tmp_path: Path
) -> None:
    begin(window, qtbot, "xor", 1)
    window.files.path = tmp_path / "mine.nnstudio"
    assert window.files.save()
    window.session.step_epoch()
    qtbot.waitUntil(lambda: window.session.snapshot.epoch == 2)
    window.files.new()
    assert asked == ["unsavedQuestion"]


def test_an_empty_project_that_was_built_is_asked_for(window: MainWindow, qtbot: QtBot, asked: list[str]) -> None:
    window.files.new()
    window.canvas.canvas.append(Dense())
    window.files.new()
    assert asked == ["unsavedQuestion"]


def test_a_trained_example_is_found_again_under_recent(window: MainWindow, qtbot: QtBot, asked: list[str]) -> None:
    begin(window, qtbot, "xor", 3)
    made, document = window.session.collect().checkpoint, window.store.document
    begin(window, qtbot, "moons", 1)
    entry = recent_menu(window).actions()[0]
    assert entry.text() == "XOR (Example, not saved, epoch 3)"
    window.show_welcome()
    assert [example.title for example in window.files.examples] == ["XOR"]
    entry.trigger()
    qtbot.waitUntil(lambda: window.session.snapshot.epoch == 3)
    again = window.session.collect().checkpoint
    assert window.store.document == document
    assert again.step == made.step
    assert all(np.array_equal(again.weights[name], array) for name, array in made.weights.items())
    assert again.curves["loss"].y.tolist() == made.curves["loss"].y.tolist()
    # It is in no file, and says so; to leave it again is as easy, and Moons waits in its turn.
    assert window.files.path is None
    assert window.isWindowModified()
    assert [example.title for example in window.files.examples] == ["Moons"]
    begin(window, qtbot, "iris")
    assert [example.title for example in window.files.examples] == ["XOR", "Moons"]
    assert not asked


def test_the_start_page_opens_it_too(window: MainWindow, qtbot: QtBot) -> None:
    begin(window, qtbot, "moons", 1)
    window.files.new()
    window.show_welcome()
    window.welcome.example_chosen.emit(window.files.examples[0])
    qtbot.waitUntil(lambda: window.session.snapshot.epoch == 1)
    assert window.files.title == "Moons"


def test_an_example_that_was_not_trained_is_not_kept_and_of_many_the_oldest_goes(
    window: MainWindow, qtbot: QtBot
) -> None:
    begin(window, qtbot, "iris")
    for name in ("xor", "moons", "regression-plane", "xor", "regression-plane"):
        begin(window, qtbot, name, 1)
    window.files.new()
    titles = [example.title for example in window.files.examples]
    assert titles == ["Plane", "XOR", "Plane", "Moons"]
    assert len(titles) == MOST_EXAMPLES


def test_saving_is_told_in_a_word(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    begin(window, qtbot, "xor")
    window.files.path = tmp_path / "xor.nnstudio"
    assert window.files.save()
    assert window.status.currentMessage() == "Saved xor.nnstudio"


def test_no_loss_is_shown_for_a_network_that_has_none_yet(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    """Neither after an edit, nor when a project that was saved then is opened again."""
    begin(window, qtbot, "moons", 2)
    loss, metric = window.views["lossView"], window.views["metricView"]
    status = window.status.findChild(StillLabel, "lossStatus")

    def told() -> list[bool]:
        for name in ("metricView", "lossView"):
            window.docks.all[name].raise_()
            window.views[name].draw(window.session.snapshot)
        return ["●" in view.legend.text() for view in (loss, metric)] + [bool(status.text())]  # type: ignore[attr-defined]

    assert told() == [True, True, True]
    window.store.edit("More", edits.set_field(window.store.document, "dense_1", "units", 9))
    qtbot.waitUntil(lambda: window.session.snapshot.loss is None)
    assert told() == [False, False, False]
    assert loss.train.y.size == 2, "the curve itself stays"  # type: ignore[attr-defined]
    window.files.path = tmp_path / "between.nnstudio"
    assert window.files.save()
    window.files.new()
    window.files.open(tmp_path / "between.nnstudio")
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.PAUSED)
    assert window.session.snapshot.epoch == 2
    assert told() == [False, False, False]
    window.session.step_epoch()
    qtbot.waitUntil(lambda: window.session.snapshot.epoch == 3)
    assert told() == [True, True, True]
    assert project_file.load(tmp_path / "between.nnstudio").stale == {
        "loss",
        "val_loss",
        "accuracy",
        "val_accuracy",
    }


def test_weights_are_taken_over_once_it_was_seen_which_fit(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(window, qtbot, "xor")
    weight = np.arange(6, dtype=np.float32).reshape(3, 2)
    save_file({"dense_1.weight": weight}, tmp_path / "w.safetensors")
    texts: list[str] = []

    def take_over(box: QMessageBox) -> int:
        texts.extend((box.text(), box.detailedText()))
        box.defaultButton().click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", take_over)
    assert window.files.load_weights(tmp_path / "w.safetensors")
    assert texts[0] == "1 of 4 weights of the network are in “w.safetensors”."
    assert texts[1].startswith("copied: 1 of 4")
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=20_000)
    np.testing.assert_array_equal(window.session.collect().checkpoint.weights["dense_1.weight"], weight.T)
    assert window.files.dirty
