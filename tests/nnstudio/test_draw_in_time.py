"""Drawing in time: while training runs, views share the time, and none is drawn more often than it asks for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PySide6.QtCore import QEvent, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QApplication,
    QGraphicsItem,
    QGraphicsScene,
    QGraphicsView,
    QStyleOptionGraphicsItem,
    QWidget,
)

from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.ui.immediate_paint import ImmediatePaint
from nnstudio.views.base import View
from nnstudio.views.pacing import BUDGET, SHARE, Turn

RUNNING, FRAME, SECONDS = Snapshot(1, RunState.RUNNING), 0.02, 10


class Clock:
    """Time that passes only when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Seldom(View):
    """Counts its drawings, five a second at most, each of which takes `cost` seconds."""

    min_interval = 0.2

    def __init__(self, clock: Clock, cost: float = 0.0) -> None:
        super().__init__(Store())
        self.pace.clock, self.clock, self.cost = clock, clock, cost
        self.drawn = 0

    def draw(self, snapshot: Snapshot) -> None:
        self.drawn += 1
        self.clock.now += self.cost


class Often(Seldom):
    """One that would be drawn in every frame."""

    min_interval = 0.0


class Telling(Seldom):
    """One that writes out the numbers of the status bar."""

    tells_numbers = True
    told = 0

    def tell(self, snapshot: Snapshot) -> None:
        self.told += 1


def run(clock: Clock, views: Sequence[Seldom], *, numbers: bool = False) -> list[float]:
    """Ten seconds of frames, as the window draws them; returns the seconds that each frame took."""
    frames = []
    for view in views:
        view.draw_in_time(RUNNING)
        view.drawn = 0
    for _ in range(round(SECONDS / FRAME)):
        begun = clock.now
        turn = Turn(begun, len(views))
        for view in sorted(views, key=lambda view: view.pace.begun):
            view.draw_in_time(RUNNING, numbers=numbers, turn=turn)
        frames.append(clock.now - begun)
        clock.now = max(clock.now, begun + FRAME)
    return frames


def test_a_view_is_drawn_as_seldom_as_it_asks_for(qapp: QApplication) -> None:
    for numbers in (False, True):
        clock = Clock()
        view = Seldom(clock)
        run(clock, [view], numbers=numbers)
        assert view.drawn == pytest.approx(50, abs=5)


def test_numbers_change_with_those_of_the_status_bar(qapp: QApplication) -> None:
    clock = Clock()
    view = Telling(clock)
    run(clock, [view], numbers=True)
    # Whether it is drawn with them or not.
    assert view.drawn + view.told == SECONDS / FRAME
    assert view.drawn == pytest.approx(50, abs=5)


def test_views_keep_within_their_share_of_the_time(qapp: QApplication) -> None:
    clock = Clock()
    views = [Often(clock, cost) for cost in (0.001, 0.004, 0.012, 0.03)]
    begun = clock.now
    run(clock, views)
    passed = clock.now - begun
    for view in views:
        # None takes more than its part, and none is left out for ever.
        assert view.drawn * view.cost <= SHARE / len(views) * passed * 1.1
        assert view.drawn >= 10


def test_a_frame_holds_no_more_than_fits_into_it(qapp: QApplication) -> None:
    clock = Clock()
    views = [Often(clock, 0.004) for _ in range(4)]
    assert max(run(clock, views)) <= BUDGET + 1e-9
    assert min(view.drawn for view in views) == pytest.approx(max(view.drawn for view in views), rel=0.1)


def test_at_rest_every_snapshot_is_drawn(qapp: QApplication) -> None:
    clock = Clock()
    view = Seldom(clock, 0.1)
    for _ in range(3):
        view.draw_in_time(Snapshot(1, RunState.PAUSED), numbers=False, turn=Turn(clock.now - 1, 4))
    assert view.drawn == 3


def test_what_cannot_be_drawn_soon_is_not_asked_for(qapp: QApplication) -> None:
    clock = Clock()
    view = Seldom(clock)
    view.draw_in_time(RUNNING)
    assert not view.wants(running=True)
    assert view.wants(running=False)
    clock.now += view.min_interval
    assert view.wants(running=True)


class CountingItem(QGraphicsItem):
    """Counts how often it is painted."""

    painted = 0

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, 10, 10)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        self.painted += 1


def test_a_canvas_is_painted_at_once_and_only_once(qapp: QApplication) -> None:
    scene = QGraphicsScene()
    item = CountingItem()
    scene.addItem(item)
    view = QGraphicsView(scene)
    view.show()
    qapp.processEvents()
    paint = ImmediatePaint(view.viewport())
    item.painted = 0
    item.update()
    paint.paint()
    assert item.painted == 1
    qapp.processEvents()
    assert item.painted == 1
    # From then on Qt paints by itself again.
    item.update()
    qapp.processEvents()
    assert item.painted == 2
    view.hide()
    paint.paint()
    assert item.painted == 2
    view.deleteLater()
    QApplication.sendPostedEvents(view, QEvent.Type.DeferredDelete.value)
