"""Autopan: the canvas moves under what is dragged to its edge."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, QPoint, QRect
from pytestqt.qtbot import QtBot

from nnstudio.canvas.gestures.autopan import AutoPan

AREA = QRect(0, 0, 400, 300)


class Drag:
    """Something dragged over a canvas that counts how far it was scrolled."""

    def __init__(self, owner: QObject) -> None:
        self.scrolled, self.dragged = QPoint(), 0
        self.pan = AutoPan(self._scroll, owner)

    def _scroll(self, delta: QPoint) -> None:
        self.scrolled += delta

    def _again(self) -> None:
        self.dragged += 1

    def at(self, x: int, y: int) -> None:
        self.pan.at(QPoint(x, y), AREA, self._again)

    @property
    def moves(self) -> bool:
        return self.pan._timer.isActive()


@pytest.fixture
def drag(qapp: QObject) -> Drag:
    return Drag(qapp)


def test_at_an_edge_the_canvas_moves_on_and_what_is_dragged_with_it(drag: Drag, qtbot: QtBot) -> None:
    drag.at(200, 150)
    assert not drag.moves
    drag.at(395, 150)
    qtbot.waitUntil(lambda: drag.dragged > 1)
    assert drag.scrolled.x() < 0
    assert drag.scrolled.y() == 0
    drag.at(200, 150)
    assert not drag.moves


def test_what_comes_in_over_an_edge_moves_nothing(drag: Drag) -> None:
    for x in (2, 8, 20):
        drag.at(x, 150)
        assert not drag.moves
    drag.at(100, 150)
    drag.at(8, 150)
    assert drag.moves
    # The next drag comes in anew.
    drag.pan.stop()
    drag.at(8, 150)
    assert not drag.moves


def test_what_was_taken_up_near_an_edge_moves_the_canvas_when_it_heads_for_it(drag: Drag) -> None:
    drag.at(380, 150)
    assert not drag.moves
    drag.at(398, 150)
    assert drag.moves
    drag.pan.stop()
