"""Unsaved work of a window that was killed: offered at the next start, with its history and weights."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engine.layers import Dense
from nnstudio.document import edits, runs
from nnstudio.document.model import Document
from nnstudio.project import journal, project_file
from nnstudio.shell import recovery, unsaved_work
from nnstudio.shell.journal_keeper import JournalKeeper
from nnstudio.shell.main_window import MainWindow
from nnstudio.shell.project_files import Files
from nnstudio.shell.unsaved_work import KEPT_FOR, LeftBehind, WindowFolder, left_behind
from nnstudio.store import Store
from nnstudio.training.messages import RunState
from nnstudio.training.project import Project
from nnstudio.training.session import Session
from tests.nnstudio.desk import Desk

Opens = Callable[[], Desk]


@pytest.fixture
def opens(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    """Makes windows, whose unsaved work lies in a folder of the test's own."""
    monkeypatch.setattr(unsaved_work, "_place", lambda: tmp_path / "unsaved")
    made: list[Desk] = []

    def begin() -> Desk:
        made.append(Desk())
        return made[-1]

    yield begin
    for window in made:
        window.end()


def begin(window: Desk, qtbot: QtBot, name: str = "xor") -> None:
    window.files.open_template(name)
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)


def train(window: Desk, qtbot: QtBot, epochs: int = 1) -> None:
    for epoch in range(1, epochs + 1):
        window.session.step_epoch()
        qtbot.waitUntil(lambda epoch=epoch: window.session.snapshot.epoch == epoch, timeout=10_000)


def edit(window: Desk, units: int, name: str = "dense_1") -> Document:
    after = edits.set_field(window.store.document, name, "units", units)
    window.store.edit(f"Units {units}", after)
    return window.store.document


def kill(window: Desk) -> None:
    """Leaves on the disk what a killed window leaves."""
    assert window.rescue.journal.writer.flush(20)
    window.rescue._folder.release(keep=True)


def copied(window: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.rescue.kept, timeout=20_000) as kept:
        window.rescue.keep()
    assert kept.args == [""]


def titles(window: Desk) -> list[str]:
    stack = window.store.undo_stack
    return [stack.text(place) for place in range(stack.count())]


def recovered(window: Desk) -> LeftBehind:
    (left,) = left_behind()
    assert window.files.recover(left)
    window.rescue.adopt(left)
    return left


def test_edits_are_there_again_with_their_history(opens: Opens, qtbot: QtBot) -> None:
    window, again = opens(), opens()
    begin(window, qtbot)
    first = window.store.document
    edit(window, 5)
    window.session.reset()
    edit(window, 6)
    second = edit(window, 7)
    edit(window, 8)
    window.store.undo_stack.undo()
    kill(window)
    left = recovered(again)
    assert not left.folder.exists()
    assert again.store.document == second
    assert again.files.dirty
    assert (again.files.title, again.files.path) == ("XOR", None)
    assert titles(again) == ["Units 5", "Units 6", "Units 7", "Units 8"]
    again.store.undo_stack.redo()
    assert again.store.document.block("dense_1").layer.units == 8  # type: ignore[attr-defined]
    again.store.undo_stack.setIndex(0)
    assert again.store.document == first
    assert left_behind() == []


def test_recovered_work_is_kept_from_the_next_kill_at_once(opens: Opens, qtbot: QtBot) -> None:
    window, again, third = opens(), opens(), opens()
    begin(window, qtbot)
    edit(window, 5)
    kill(window)
    recovered(again)
    kill(again)
    recovered(third)
    assert third.store.document.block("dense_1").layer.units == 5  # type: ignore[attr-defined]
    assert titles(third) == ["Units 5"]


def test_weights_come_from_the_last_copy_and_find_blocks_that_were_renamed_since(opens: Opens, qtbot: QtBot) -> None:
    window, again = opens(), opens()
    begin(window, qtbot)
    train(window, qtbot, 2)
    weights = window.session.collect().checkpoint.weights
    copied(window, qtbot)
    # Two names change places: only who follows each step knows which is which.
    for old, new in (("dense_1", "a"), ("dense_2", "dense_1"), ("a", "dense_2")):
        window.store.edit(f"Rename {old}", edits.rename(window.store.document, old, new))
    kill(window)
    recovered(again)
    qtbot.waitUntil(lambda: again.session.snapshot.epoch == 2, timeout=10_000)
    found = again.session.collect()
    assert found.document == window.store.document
    assert np.array_equal(found.checkpoint.weights["dense_2.weight"], weights["dense_1.weight"])
    assert np.array_equal(found.checkpoint.weights["dense_1.weight"], weights["dense_2.weight"])
    assert found.checkpoint.curves["loss"].y.size == 2


def test_runs_and_moments_come_back_and_can_be_looked_at(opens: Opens, qtbot: QtBot) -> None:
    window, again = opens(), opens()
    begin(window, qtbot)
    train(window, qtbot, 3)
    window.session.reset()
    window.store.edit("Name", runs.rename_run(window.store.document, "run-1", "First try"))
    qtbot.waitUntil(lambda: window.session.snapshot.epoch == 0, timeout=10_000)
    train(window, qtbot, 2)
    made = window.session.collect()
    copied(window, qtbot)
    kill(window)
    recovered(again)
    qtbot.waitUntil(lambda: again.session.snapshot.epoch == 2, timeout=10_000)
    found = again.session.collect()
    assert [run.id for run in found.runs] == ["run-1"] == [run.id for run in made.runs]
    assert runs.run_name(again.store.document, "run-1") == "First try"
    pairs = ((made.checkpoint, found.checkpoint), (made.runs[0].checkpoint, found.runs[0].checkpoint))
    for was, now in pairs:
        assert was.run == now.run
        assert len(now.moments.moments) > 4
        for one, other in zip(was.moments.moments, now.moments.moments, strict=True):
            assert (one.step, one.settings) == (other.step, other.settings)
            assert np.array_equal(one.vector, other.vector)
    first = found.checkpoint.moments.moments[1]
    again.session.look(first.step)
    qtbot.waitUntil(lambda: again.session.snapshot.moment is not None, timeout=10_000)
    moment = again.session.snapshot.moment
    assert moment is not None
    assert np.array_equal(moment.vector, made.checkpoint.moments.moments[1].vector)


def test_weights_come_from_the_file_where_there_is_no_copy_yet(opens: Opens, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mine.nnstudio"
    window, again = opens(), opens()
    begin(window, qtbot)
    train(window, qtbot)
    window.files.path = path
    edit(window, 4)
    assert window.files.save()
    weights = window.session.collect().checkpoint.weights
    edit(window, 5)
    window.store.undo_stack.undo()
    window.store.edit("Seed", edits.set_training(window.store.document, batch_size=2))
    kill(window)
    recovered(again)
    qtbot.waitUntil(lambda: again.session.snapshot.epoch == 1, timeout=10_000)
    found = again.session.collect()
    assert found.document == window.store.document
    assert np.array_equal(found.checkpoint.weights["dense_1.weight"], weights["dense_1.weight"])
    assert again.files.path == path
    assert again.files.dirty
    assert again.files.save(), "the file is as the window knew it, so nothing is asked"


def test_a_file_that_was_changed_since_is_asked_for_before_it_is_replaced(
    opens: Opens, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.nnstudio"
    window, again = opens(), opens()
    begin(window, qtbot)
    window.files.path = path
    assert window.files.save()
    edit(window, 5)
    kill(window)
    project_file.save(Project(edits.set_field(window.store.document, "dense_1", "units", 77)), path)
    asked: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: asked.append(box.objectName()))
    recovered(again)
    assert not again.files.save()
    assert asked == ["changedQuestion"]
    assert project_file.load(path).document.block("dense_1").layer.units == 77  # type: ignore[attr-defined]


def test_nothing_is_offered_of_what_is_saved_undone_or_given_up(opens: Opens, qtbot: QtBot, tmp_path: Path) -> None:
    window = opens()
    begin(window, qtbot)
    edit(window, 5)
    window.files.path = tmp_path / "mine.nnstudio"
    assert window.files.save()
    folder = window.rescue._folder.path
    kill(window)
    assert journal.read(folder / journal.NAME).clean
    assert left_behind() == []
    assert not folder.exists()
    undone = opens()
    begin(undone, qtbot)
    edit(undone, 5)
    undone.store.undo_stack.undo()
    kill(undone)
    assert left_behind() == []
    given_up = opens()
    begin(given_up, qtbot)
    edit(given_up, 5)
    given_up.store.undo_stack.undo()
    given_up.files.open_template("moons")
    assert given_up.rescue.journal.writer.flush(20)
    assert not given_up.rescue._folder.journal.exists()
    kill(given_up)
    assert left_behind() == []


def test_what_is_declined_is_offered_no_more_but_can_be_recovered_for_some_days(
    opens: Opens, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = opens()
    begin(window, qtbot)
    edit(window, 5)
    kill(window)
    (left,) = left_behind()
    left.decline()
    assert left_behind() == []
    assert [found.folder for found in left_behind(declined=True)] == [left.folder]
    late = time.time() - KEPT_FOR - 60
    os.utime(left.folder / "declined", (late, late))
    assert left_behind(declined=True) == []
    assert not left.folder.exists()


def press(window: QWidget, qtbot: QtBot, text: str) -> str:
    """Answers the offer that is shown; returns what it says."""
    qtbot.waitUntil(lambda: any(box.isVisible() for box in window.findChildren(QMessageBox, "leftBehind")))
    box = next(box for box in window.findChildren(QMessageBox, "leftBehind") if box.isVisible())
    told = box.text() + box.informativeText()
    next(button for button in box.findChildren(QPushButton) if button.text().replace("&", "") == text).click()
    return told


def test_each_window_is_offered_and_each_further_one_opened_gets_a_window(
    opens: Opens, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = []
    for units in (5, 6, 7):
        window = opens()
        begin(window, qtbot)
        edit(window, units)
        kill(window)
        folders.append(window.rescue._folder.path)
        time.sleep(0.02)
    started: list[str] = []
    monkeypatch.setattr(recovery, "_start_window", lambda left: started.append(left.folder.name))
    again = opens()
    recovery.offer_what_was_left(again)
    assert "“XOR”" in press(again, qtbot, "Open it")
    assert again.store.document.block("dense_1").layer.units == 7, "the newest first"  # type: ignore[attr-defined]
    assert "1 step can be undone" in press(again, qtbot, "Open it in another window")
    press(again, qtbot, "Discard it")
    assert started == [folders[1].name]
    # As the other window starts.
    monkeypatch.setenv("NNSTUDIO_UNSAVED", folders[1].name)
    other = opens()
    recovery.offer_what_was_left(other)
    assert other.store.document.block("dense_1").layer.units == 6  # type: ignore[attr-defined]
    assert not folders[1].exists()
    assert left_behind() == []


def test_the_file_menu_recovers_what_was_declined(opens: Opens, qtbot: QtBot) -> None:
    window = opens()
    begin(window, qtbot)
    edit(window, 5)
    kill(window)
    left_behind()[0].decline()
    again = MainWindow()
    try:
        again.actions_["recover"].trigger()
        press(again, qtbot, "Open it")
        assert again.store.document == window.store.document
        again.actions_["recover"].trigger()
        assert "no unsaved work" in again.status.currentMessage()
    finally:
        again.rescue.close()
        again.session.close()
        again.deleteLater()


def test_work_that_cannot_be_read_says_so_and_stays(
    opens: Opens, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, again = opens(), opens()
    begin(window, qtbot)
    edit(window, 5)
    copied(window, qtbot)
    kill(window)
    (left,) = left_behind()
    assert left.copy is not None
    left.copy.write_bytes(b"damaged")
    asked: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: asked.append(box.text()))
    assert not again.files.recover(left)
    assert asked == ["The unsaved work cannot be opened"]
    assert left.folder.exists()


def test_data_that_were_withheld_stay_withheld(opens: Opens, qtbot: QtBot, tmp_path: Path) -> None:
    from engine.data import TableFile, access

    table = tmp_path / "elsewhere.csv"
    table.write_text("a,b\n1,2\n3,4\n")
    window, again = opens(), opens()
    begin(window, qtbot)
    access.withhold(str(table))
    window.store.edit("Data", edits.set_dataset(window.store.document, TableFile(path=str(table))))
    kill(window)
    access.allow(str(table))
    recovered(again)
    assert access.is_withheld(str(table))
    access.allow(str(table))


@pytest.fixture
def alone(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JournalKeeper]:
    """A keeper without a window, of a network of 500 blocks."""
    monkeypatch.setattr(unsaved_work, "_place", lambda: tmp_path / "unsaved")
    store = Store()
    session = Session(store)
    window = QPushButton()
    qtbot.addWidget(window)
    files = Files(store, session, window)
    document = Document()
    for _ in range(500):
        document = edits.append(document, Dense(units=3))
    store.open(document)
    keeper = JournalKeeper(store, files, WindowFolder(), window)
    yield keeper
    keeper.writer.close(20)
    session.close()


def test_an_edit_of_a_large_network_costs_the_window_next_to_nothing(alone: JournalKeeper) -> None:
    store, taken = alone._store, []
    for number in range(40):
        document = edits.set_training(store.document, batch_size=number + 2)
        store._quiet = True
        store.edit(f"Batch {number}", document)
        store._quiet = False
        begun = time.perf_counter()
        alone._handed = ()
        alone._step()
        taken.append(time.perf_counter() - begun)
    assert alone.writer.flush(20)
    assert sorted(taken)[len(taken) // 2] < 0.001
    assert journal.read(alone.writer._folder.journal).document == store.document


def test_an_edit_is_on_the_disk_within_a_second(alone: JournalKeeper) -> None:
    store = alone._store
    store.edit("Batch", edits.set_training(store.document, batch_size=7))
    end, found = time.monotonic() + 2, None
    while found is None and time.monotonic() < end:
        time.sleep(0.02)
        if alone.writer._folder.journal.exists():
            found = journal.read(alone.writer._folder.journal)
    assert found is not None
    assert found.document == store.document


def test_a_disk_that_is_full_is_told_once_and_edits_are_written_when_it_has_room(
    alone: JournalKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnstudio.shell import journal_keeper

    told: list[str] = []
    alone.writer._told = told.append
    monkeypatch.setattr(journal_keeper, "_AGAIN", 0.05)
    monkeypatch.setattr(journal_keeper, "DELAY", 0.0)

    def full(self: journal.Journal, history: journal.History) -> None:
        raise OSError(28, "No space left on device")

    write = journal.Journal.write
    monkeypatch.setattr(journal.Journal, "write", full)
    alone._store.edit("Batch", edits.set_training(alone._store.document, batch_size=7))
    assert not alone.writer.flush(20)
    time.sleep(0.3)
    assert told == ["No space left on device"]
    monkeypatch.setattr(journal.Journal, "write", write)
    end = time.monotonic() + 5
    while len(told) < 2 and time.monotonic() < end:
        time.sleep(0.02)
    assert told == ["No space left on device", ""]
    assert journal.read(alone.writer._folder.journal).document == alone._store.document
