"""Saving in the window: a busy trainer, drives that fail, previous versions, changes by other programs."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from nnstudio.document import edits
from nnstudio.project import known_projects, project_file, versions
from nnstudio.project.project_file import ProjectError
from nnstudio.shell import file_questions, file_saving
from nnstudio.shell.commands import versions as version_commands
from nnstudio.shell.commands.base import SubmenuSpec
from nnstudio.shell.outside_change import OutsideChange
from nnstudio.training.messages import RunState
from nnstudio.training.project import Project
from nnstudio.training.run import TrainingRun
from tests.nnstudio.desk import Desk


@pytest.fixture
def saved(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A window with an XOR network of one epoch, saved in a file."""
    window = Desk()
    OutsideChange(window)
    monkeypatch.setattr(known_projects, "place", lambda: tmp_path / "state" / "known-projects")
    window.files.open_template("xor")
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)
    window.session.step_epoch()
    qtbot.waitUntil(lambda: window.session.snapshot.epoch == 1)
    window.files.path = tmp_path / "mine.nnstudio"
    assert window.files.save()
    yield window
    window.end()


@pytest.fixture
def keeps(saved: Desk) -> Iterator[Desk]:
    """The same, and previous versions are kept."""
    saved.files.keep_versions(True)
    assert saved.files.keeps_versions
    yield saved
    QSettings().remove("keepVersions")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Names and texts of the questions that come up; each is cancelled."""
    found: list[tuple[str, str]] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: found.append((box.objectName(), box.informativeText())))
    return found


class Busy:
    """Long step of the trainer, which lasts until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self._go = threading.Event(), threading.Event()
        advance = TrainingRun.advance

        def slow(run: TrainingRun, *rest: object) -> None:
            self.begun.set()
            self._go.wait(60)
            advance(run, *rest)

        monkeypatch.setattr(TrainingRun, "advance", slow)

    def end(self) -> None:
        self._go.set()


@pytest.fixture
def busy(saved: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Busy]:
    monkeypatch.setattr(file_saving, "_SHORT", 0.2)
    made = Busy(monkeypatch)
    saved.session.play()
    assert made.begun.wait(10)
    yield made
    made.end()


def edit(window: Desk, number: int) -> None:
    window.store.edit("Units", edits.set_field(window.store.document, "dense_2", "units", 1))
    window.store.edit("Batch", edits.set_training(window.store.document, batch_size=number))


def batch(path: Path) -> int:
    return project_file.load(path).document.training.batch_size


def test_edits_are_saved_though_the_trainer_is_busy_and_weights_when_it_answers(
    saved: Desk, busy: Busy, qtbot: QtBot, asked: list[tuple[str, str]]
) -> None:
    path = saved.files.path
    assert path is not None
    before = project_file.load(path).checkpoint
    saved.store.edit("Rename", edits.rename(saved.store.document, "dense_1", "first"))
    assert saved.files.save(0.2)
    told = saved.status.currentMessage()
    assert "with the weights of step" in told
    assert "busy with a long step" in told
    assert not asked
    found = project_file.load(path)
    assert found.document == saved.store.document
    assert found.checkpoint.step == before.step
    np.testing.assert_array_equal(found.checkpoint.weights["first.weight"], before.weights["dense_1.weight"])
    assert saved.store.undo_stack.isClean()
    # An edit that comes after the save is none of it.
    edit(saved, 3)
    with qtbot.waitSignal(saved.files.saved, timeout=20_000):
        busy.end()
    saved.session.pause()
    late = project_file.load(path)
    assert late.checkpoint.step > before.step
    assert late.document.training.batch_size != 3
    assert not saved.store.undo_stack.isClean()


def test_a_late_answer_changes_no_file_that_somebody_else_has_saved_since(
    saved: Desk, busy: Busy, qtbot: QtBot
) -> None:
    path = saved.files.path
    assert path is not None
    assert saved.files.save(0.2)
    theirs = Project(edits.set_training(saved.store.document, batch_size=2, seed=5))
    project_file.save(theirs, path)
    busy.end()
    qtbot.waitUntil(lambda: saved.files.trained.project.checkpoint.step == 4 and saved.session.snapshot.step > 4)
    qtbot.wait(50)
    assert project_file.load(path).document.training.seed == 5
    saved.session.pause()


def test_a_trainer_that_is_busy_is_no_timeout_error(
    saved: Desk, asked: list[tuple[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(saved.session, "collect", late)
    assert not saved.files.load_weights(tmp_path / "none.safetensors")
    assert asked == [
        ("fileError", "The trainer is busy with a long step. Try again when that is done, or pause the training.")
    ]


@pytest.mark.parametrize("why", ["No space left on device", "Read-only file system", "Input/output error"])
def test_where_saving_fails_the_document_stays_open_and_unsaved(
    saved: Desk, asked: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    edit(saved, 3)
    document = saved.store.document

    def full(project: Project, path: Path) -> None:
        raise ProjectError(f"{path} cannot be saved: {why}")

    monkeypatch.setattr(project_file, "save", full)
    assert not saved.files.save()
    ((name, text),) = asked
    assert name == "saveError"
    assert why in text
    assert "still open, with all that is unsaved" in text
    assert saved.store.document is document
    assert saved.files.dirty


def test_a_folder_that_has_gone_is_told(saved: Desk, asked: list[tuple[str, str]], tmp_path: Path) -> None:
    edit(saved, 3)
    saved.files.path = tmp_path / "drive" / "mine.nnstudio"
    assert not saved.files.save()
    assert "there is no folder" in asked[0][1]
    assert saved.files.dirty


def entries(window: Desk) -> dict[str, QAction]:
    """What the submenu offers."""
    (menu,) = (entry.make(window) for entry in version_commands.VERSIONS if isinstance(entry, SubmenuSpec))
    menu.aboutToShow.emit()
    return {action.text(): action for action in menu.actions() if action.text()}


def test_without_the_setting_only_the_last_save_is_there_to_go_back_to(
    saved: Desk, asked: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved.files.path
    assert path is not None
    edit(saved, 3)
    assert saved.files.save()
    assert not versions.versions(path)
    edit(saved, 2)
    found = entries(saved)
    assert list(found) == ["As it was saved last", "For earlier versions, switch on “Keep previous versions”"]
    monkeypatch.setattr(saved.files, "may_leave", lambda: True)
    found["As it was saved last"].trigger()
    assert saved.store.document.training.batch_size == 3
    assert not saved.files.dirty


def test_previous_versions_are_listed_and_gone_back_to(
    keeps: Desk, asked: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = keeps.files.path
    assert path is not None
    first = batch(path)
    for number in (2, 3):
        edit(keeps, number)
        assert keeps.files.save()
    kept = versions.versions(path)
    assert [batch(version.path) for version in kept] == [2, first]
    found = entries(keeps)
    assert len(found) >= 2
    # Unsaved work is asked for first.
    edit(keeps, 4)
    keeps.files.revert(kept[1].path)
    assert [name for name, _ in asked] == ["unsavedQuestion"]
    assert keeps.store.document.training.batch_size == 4
    monkeypatch.setattr(keeps.files, "may_leave", lambda: True)
    keeps.files.revert(kept[1].path)
    assert keeps.store.document.training.batch_size == first
    assert (keeps.files.path, keeps.files.dirty) == (path, True)
    assert batch(path) == 3, "the file stays as it is until it is saved"
    assert keeps.files.save()
    assert batch(path) == first
    assert [batch(version.path) for version in versions.versions(path)] == [3, 2, first]


def test_versions_have_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_projects, "place", lambda: tmp_path / "state" / "known-projects")
    path, other = tmp_path / "mine.nnstudio", tmp_path / "other.nnstudio"
    for number in range(versions.MOST + 5):
        path.write_bytes(bytes(100 + number))
        os.utime(path, (number, number))
        versions.keep(path)
        versions.keep(path)
    found = versions.versions(path)
    assert len(found) == versions.MOST
    assert found[0].size == 100 + versions.MOST + 4
    assert os.name != "posix" or found[0].path.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(versions, "MOST_BYTES", 500)
    other.write_bytes(bytes(300))
    versions.keep(other)
    assert len(versions.versions(other)) == 1
    assert sum(version.size for version in versions.versions(path)) <= 200
    versions.keep(tmp_path / "none")


def test_a_version_that_cannot_be_kept_stops_no_save(
    keeps: Desk, monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, str]]
) -> None:
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    told: list[str] = []
    keeps.files.message.connect(told.append)
    monkeypatch.setattr(versions, "keep", full)
    edit(keeps, 3)
    assert keeps.files.save()
    assert told == ["The previous version could not be kept: No space left on device"]
    assert not asked


def activate(window: Desk) -> None:
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowActivate))


def change(window: Desk) -> None:
    path = window.files.path
    assert path is not None
    project_file.save(Project(edits.set_training(window.store.document, batch_size=2, seed=77)), path)


def question(window: Desk, qtbot: QtBot) -> QMessageBox:
    def shown() -> list[QMessageBox]:
        return [box for box in window.findChildren(QMessageBox, "outsideChange") if box.isVisible()]

    qtbot.waitUntil(lambda: bool(shown()))
    return shown()[0]


def press(box: QMessageBox, text: str) -> None:
    next(button for button in box.findChildren(QPushButton) if button.text().replace("&", "") == text).click()


def test_a_change_by_another_program_is_noticed_and_loaded(saved: Desk, qtbot: QtBot) -> None:
    activate(saved)
    qtbot.wait(100)
    assert not saved.findChildren(QMessageBox, "outsideChange")
    change(saved)
    edit(saved, 3)
    activate(saved)
    box = question(saved, qtbot)
    assert "What is unsaved here is lost then" in box.informativeText()
    press(box, "Load it")
    assert saved.store.document.training.seed == 77
    assert not saved.files.dirty


def test_a_change_that_was_declined_is_asked_about_once_and_again_before_it_is_replaced(
    saved: Desk, qtbot: QtBot, asked: list[tuple[str, str]]
) -> None:
    change(saved)
    activate(saved)
    box = question(saved, qtbot)
    assert "unsaved" not in box.informativeText()
    press(box, "Keep mine")
    document = saved.store.document
    activate(saved)
    qtbot.wait(150)
    assert not [box for box in saved.findChildren(QMessageBox, "outsideChange") if box.isVisible()]
    edit(saved, 3)
    assert not saved.files.save()
    assert [name for name, _ in asked] == ["changedQuestion"]
    assert saved.store.document is not document


def test_a_file_that_is_gone_is_told_and_written_again(saved: Desk, qtbot: QtBot) -> None:
    path = saved.files.path
    assert path is not None
    path.unlink()
    activate(saved)
    qtbot.waitUntil(lambda: "not there any more" in saved.status.currentMessage())
    edit(saved, 3)
    assert saved.files.save()
    assert batch(path) == 3


def moments_in(path: Path) -> int:
    return len(project_file.load(path).checkpoint.moments.moments)


def answer(monkeypatch: pytest.MonkeyPatch, *buttons: str) -> list[str]:
    """Answers of a person to the question how large a file may be; what was asked."""
    found: list[str] = []

    def asked(box: QMessageBox) -> None:
        assert box.objectName() == "momentsQuestion"
        text = buttons[len(found)]
        found.append(box.text())
        press(box, text)

    monkeypatch.setattr(QMessageBox, "exec", asked)
    return found


def test_a_file_that_would_grow_large_is_asked_about_and_each_answer_is_kept(
    saved: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = saved.session.project().result(10)
    kept, each = (
        len(project.checkpoint.moments.moments),
        project.moment_bytes // len(project.checkpoint.moments.moments),
    )
    assert kept > 3
    for module in (file_saving, file_questions):
        monkeypatch.setattr(module, "MOST_SAVED", 3 * each)
    path = tmp_path / "mine.nnstudio"
    before = path.read_bytes()
    found = answer(monkeypatch, "Cancel", "At most 0 MB", "Save all", "No moments")
    edit(saved, 2)
    assert not saved.files.save()
    assert path.read_bytes() == before
    assert saved.files.save()
    assert 0 < moments_in(path) <= 3
    # Once it is answered, a file is not asked about again.
    edit(saved, 3)
    assert saved.files.save()
    assert len(found) == 2
    # Another file may hold more, or none.
    for name, count in (("whole", kept), ("none", 0)):
        other = tmp_path / f"{name}.nnstudio"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, other=other: (str(other), ""))
        assert saved.files.save_as()
        assert moments_in(other) == count
    assert len(found) == 4
    assert found[0].startswith("The moments of its runs would make the file ")
    # Those of the window stay.
    assert len(saved.session.project().result(10).checkpoint.moments.moments) == kept
