"""Pixmap cache of blocks: one drawing per scale, no late frame."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QTransform

from nnstudio.canvas.items import pixmap_cache as module
from nnstudio.canvas.items.pixmap_cache import Sprite, Sprites


class Box:
    """A red square that counts how often it is drawn."""

    def __init__(self) -> None:
        self.sprite: Sprite | None = None
        self.drawn = 0

    def boundingRect(self) -> QRectF:
        return QRectF(-10, -10, 20, 20)

    def draw(self, painter: QPainter) -> None:
        self.drawn += 1
        painter.fillRect(self.boundingRect(), QColor("red"))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=clock.perf_counter))
    return clock


def frame(sprites: Sprites, box: Box, zoom: float, ratio: float = 1.0) -> QPixmap:
    """A frame in which the box stands in the middle of 60 by 60 pixels."""
    screen = QPixmap(round(60 * ratio), round(60 * ratio))
    screen.setDevicePixelRatio(ratio)
    screen.fill(Qt.GlobalColor.white)
    painter = QPainter(screen)
    painter.translate(30, 30)
    painter.scale(zoom, zoom)
    sprites.begin(zoom, ratio)
    sprites.paint(painter, box)
    painter.end()
    return screen


def red(screen: QPixmap) -> tuple[int, int]:
    """How many pixels of the middle row and of the middle column are red."""
    image = screen.toImage()
    wide, high = image.width(), image.height()
    row = sum(image.pixelColor(x, high // 2) == QColor("red") for x in range(wide))
    return row, sum(image.pixelColor(wide // 2, y) == QColor("red") for y in range(high))


def test_a_block_is_drawn_once_for_a_scale_and_where_it_stands(qapp: object, clock: Clock) -> None:
    sprites, box = Sprites(), Box()
    for _ in range(3):
        assert red(frame(sprites, box, 1.5)) == (30, 30)
    assert box.drawn == 1
    assert not sprites.owes


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_it_is_as_large_on_every_screen(qapp: object, clock: Clock, ratio: float) -> None:
    assert red(frame(Sprites(), Box(), 1.0, ratio)) == (20 * ratio, 20 * ratio)


def test_a_block_that_looks_otherwise_is_drawn_again(qapp: object, clock: Clock) -> None:
    sprites, box = Sprites(), Box()
    frame(sprites, box, 1.0)
    assert box.sprite is not None
    box.sprite.current = False
    frame(sprites, box, 1.0)
    assert box.drawn == 2


def test_the_frame_that_changes_the_scale_draws_none_anew_and_the_next_one_does(qapp: object, clock: Clock) -> None:
    sprites, box = Sprites(), Box()
    frame(sprites, box, 1.0)
    clock.now += 5
    wide, high = red(frame(sprites, box, 1.5))
    # Its edges are soft while it is only made larger.
    assert 26 <= wide <= 30
    assert 26 <= high <= 30
    assert box.drawn == 1
    assert sprites.owes
    assert red(frame(sprites, box, 1.5)) == (30, 30)
    assert box.drawn == 2
    assert not sprites.owes


def test_while_the_scale_goes_on_changing_nothing_is_drawn_anew(qapp: object, clock: Clock) -> None:
    sprites, box = Sprites(), Box()
    frame(sprites, box, 1.0)
    clock.now += 5
    for step in range(1, 6):
        clock.now += 0.02
        frame(sprites, box, 1 + step / 20)
    frame(sprites, box, 1.25)
    assert box.drawn == 1
    clock.now += sprites.rest
    frame(sprites, box, 1.25)
    assert box.drawn == 2


def test_a_frame_that_has_drawn_long_enough_shows_plain_boxes_and_the_next_ones_draw_them(
    qapp: object, clock: Clock
) -> None:
    class Slow(Box):
        def draw(self, painter: QPainter) -> None:
            super().draw(painter)
            clock.now += 0.002

    sprites, boxes = Sprites(), [Slow() for _ in range(5)]
    owed = []
    for _ in range(3):
        screen = QPixmap(60, 60)
        screen.fill(Qt.GlobalColor.white)
        painter = QPainter(screen)
        sprites.begin(1.0, 1.0)
        # However long the frame has taken with anything else.
        clock.now += 1
        for box in boxes:
            painter.setWorldTransform(QTransform.fromTranslate(30, 30))
            sprites.paint(painter, box)
        painter.end()
        owed.append((sum(box.drawn == 0 for box in boxes), sprites.owes))
        assert screen.toImage().pixelColor(30, 30) != QColor("white")
    assert owed == [(3, True), (1, True), (0, False)]
