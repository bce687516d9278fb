"""Status bar: messages go when read, or when no longer true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from nnstudio.document.model import TrainingSettings
from nnstudio.shell import status_bar
from nnstudio.shell.status_bar import StatusBar
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.moments import Moment
from nnstudio.ui.steady_label import StillLabel

NOTE = "The new optimiser starts with a fresh state"


@pytest.fixture
def bar(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> StatusBar:
    monkeypatch.setattr(status_bar, "_READING", 60)
    made = StatusBar()
    qtbot.addWidget(made)
    return made


def said(bar: StatusBar) -> str:
    label = bar.findChild(StillLabel, "statusMessage")
    assert label is not None
    return label.text()


def test_the_numbers_of_now_say_so_while_the_window_shows_the_past(bar: StatusBar) -> None:
    moment = Moment(7, 1, 1.75, np.zeros(1, np.float32), TrainingSettings())
    snapshot = Snapshot(1, RunState.PAUSED, epoch=15, epochs=40, step=60, loss=0.25)
    labels = [bar.findChild(StillLabel, f"{name}Status") for name in ("loss", "epoch", "step")]
    bar.show_snapshot(replace(snapshot, moment=moment))
    assert [label.text() for label in labels if label] == ["Loss now 0.25", "Epoch now 15 / 40", "Step now 60"]
    bar.show_snapshot(snapshot)
    assert [label.text() for label in labels if label] == ["Loss 0.25", "Epoch 15 / 40", "Step 60"]


def test_a_note_stays_as_long_as_it_takes_to_read_it_and_is_not_said_again(bar: StatusBar, qtbot: QtBot) -> None:
    paused = Snapshot(3, RunState.PAUSED, note=NOTE)
    bar.show_snapshot(paused)
    assert said(bar) == f"Paused · {NOTE}"
    qtbot.waitUntil(lambda: said(bar) == "Paused", timeout=2000)
    bar.show_snapshot(paused)
    assert said(bar) == "Paused"
    # The next edit has the same to say: that is news.
    bar.show_snapshot(Snapshot(4, RunState.PAUSED, note=NOTE))
    assert said(bar) == f"Paused · {NOTE}"


def test_a_note_takes_the_place_of_a_hint_and_waits_for_a_sentence(
    bar: StatusBar, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bar.hint("F1 lists all keys.")
    bar.show_snapshot(Snapshot(3, RunState.PAUSED, note=NOTE))
    assert (bar.currentMessage(), said(bar)) == ("", f"Paused · {NOTE}")
    # What is told stands in front of it, for longer than reading the note takes.
    monkeypatch.setattr(status_bar, "_READING", 5000)
    bar.tell("The diagram is on the clipboard.")
    qtbot.wait(150)
    assert said(bar) == f"Paused · {NOTE}", "nobody could read it so far"
    bar.clearMessage()
    qtbot.waitUntil(lambda: said(bar) == "Paused", timeout=2000)


def test_a_note_goes_at_once_with_what_it_was_said_of(bar: StatusBar) -> None:
    bar.show_snapshot(Snapshot(3, RunState.PAUSED, note=NOTE))
    bar.show_snapshot(Snapshot(3, RunState.RUNNING))
    assert said(bar) == "Training"


def test_behind_a_note_the_reason_of_the_state_stands_again(bar: StatusBar, qtbot: QtBot) -> None:
    reason = "Stopped after epoch 4."
    bar.show_snapshot(Snapshot(3, RunState.FINISHED, message=reason, note=NOTE))
    assert NOTE in said(bar)
    qtbot.waitUntil(lambda: said(bar) == f"Finished · {reason}", timeout=2000)
    qtbot.wait(120)
    assert said(bar) == f"Finished · {reason}", "a reason holds as long as the state"


def test_a_note_that_was_read_leaves_the_start_page_its_sentence(bar: StatusBar, qtbot: QtBot) -> None:
    bar.show_snapshot(Snapshot(3, RunState.PAUSED, note=NOTE))
    bar.show_hint("Choose an example.")
    qtbot.wait(150)
    assert said(bar) == "Choose an example."


def test_of_a_hint_without_room_whole_sentences_are_left_out(bar: StatusBar, qtbot: QtBot) -> None:
    first, last = "An Add joins it with the wire from relu_2.", "Esc: cancel."
    text = f"{first} Enter: connect. {last}"
    bar.resize(bar.fontMetrics().horizontalAdvance(text) + 200, 30)
    bar.show()
    qtbot.waitExposed(bar)
    bar.hint(text)
    assert bar.currentMessage() == text
    bar.resize(bar.fontMetrics().horizontalAdvance(first) + 80, 30)
    qtbot.waitUntil(lambda: bar.findChild(StillLabel, "statusMessage").width() < bar.width())  # type: ignore[union-attr]
    bar.hint(text)
    assert bar.currentMessage() == first
    bar.hint("")
    assert bar.currentMessage() == ""
