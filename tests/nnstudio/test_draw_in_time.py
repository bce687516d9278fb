"""Drawing in time: while training runs, a view is drawn no more often than it asks for, and gives way to others."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.views import base
from nnstudio.views.base import View


class Seldom(View):
    """Counts its drawings, five a second."""

    min_interval = 0.2

    def __init__(self) -> None:
        super().__init__(Store())
        self.drawn = 0

    def draw(self, snapshot: Snapshot) -> None:
        self.drawn += 1


class Telling(Seldom):
    """One that writes out the numbers of the status bar."""

    tells_numbers = True


def drawings(view: Seldom, monkeypatch: pytest.MonkeyPatch, *, numbers: bool = False, crowded: bool = False) -> int:
    """Number of drawings in 10 seconds with 50 frames each."""
    now = 100.0
    monkeypatch.setattr(base.time, "monotonic", lambda: now)
    running = Snapshot(1, RunState.RUNNING)
    view.draw_in_time(running)
    before = view.drawn
    for _ in range(500):
        now += 0.02
        view.draw_in_time(running, numbers=numbers, crowded=crowded)
    return view.drawn - before


def test_a_view_is_drawn_as_seldom_as_it_asks_for(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawings(Seldom(), monkeypatch) == pytest.approx(50, abs=5)
    assert drawings(Seldom(), monkeypatch, numbers=True) == pytest.approx(50, abs=5)


def test_numbers_change_with_those_of_the_status_bar(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawings(Telling(), monkeypatch, numbers=True) == 500


def test_a_view_that_can_wait_gives_way_but_not_for_ever(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawings(Seldom(), monkeypatch, crowded=True) == pytest.approx(25, abs=3)


def test_at_rest_every_snapshot_is_drawn(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base.time, "monotonic", lambda: 100.0)
    view = Seldom()
    for _ in range(3):
        view.draw_in_time(Snapshot(1, RunState.PAUSED), numbers=False, crowded=True)
    assert view.drawn == 3
