"""A view whose request is faulty, in the window: training goes on, all other views draw, and the person is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine import Network
from nnstudio.faults import log
from nnstudio.faults.log import Fault
from nnstudio.shell.main_window import MainWindow
from nnstudio.store import Store
from nnstudio.training.messages import RunState
from nnstudio.training.requests.base import Request
from nnstudio.training.split import Split
from nnstudio.views import VIEWS
from nnstudio.views.answer_view import AnswerView


@dataclass(frozen=True)
class Broken(Request):
    """Raises whenever it is asked."""

    def answer(self, network: Network, split: Split) -> Any:  # type: ignore[override]
        raise KeyError("units")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Fault]]:
    monkeypatch.setattr(log, "_times", {})
    faults: list[Fault] = []
    stop = log.listen(faults.append)
    yield faults
    stop()


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registers a view with a faulty request, in front of the docks at the left of the bottom."""
    # Taken out again afterwards.
    monkeypatch.setitem(VIEWS, "brokenView", AnswerView)

    class BrokenView(AnswerView):
        dock_name = "brokenView"
        title = "Broken"
        group, rank = "broken", 70

        def __init__(self, store: Store) -> None:
            super().__init__(store)
            self.set_content(QLabel())

        def request(self) -> Broken:
            return Broken()

        def show_answer(self, answer: Any) -> None:
            raise AssertionError("there is no answer to show")


def test_training_goes_on_beside_a_faulty_view(
    faulty: None, told: list[Fault], window: MainWindow, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    window.files.open_template("xor")
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)
    view = window.views["brokenView"]
    assert isinstance(view, AnswerView)
    qtbot.waitUntil(lambda: "fault in the program (KeyError)" in view.pages.hint, timeout=10_000)
    window.session.play()
    qtbot.waitUntil(lambda: window.session.snapshot.step > 0, timeout=10_000)
    before = window.session.snapshot.step
    qtbot.waitUntil(lambda: window.session.snapshot.step > before + 100, timeout=20_000)
    assert window.session.snapshot.state is RunState.RUNNING
    boundary = window.views["boundaryView"]
    assert isinstance(boundary, AnswerView)
    assert boundary.answer is not None
    assert "training is not affected" in view.pages.hint
    window.session.pause()
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.PAUSED, timeout=10_000)
    # Told once, however often it was asked.
    assert [fault.sentence for fault in told] == ["KeyError: 'units'"]
    assert "KeyError" in capsys.readouterr().err
