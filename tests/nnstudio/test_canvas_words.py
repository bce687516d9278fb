"""Texts on blocks: neither cut off needlessly nor overlapping."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter
from pytestqt.qtbot import QtBot

from engine import layers
from nnstudio.canvas.items.block_item import BlockItem
from nnstudio.canvas.items.fonts import title_font
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits
from tests.nnstudio.builders import digits_network, opened
from tests.nnstudio.canvas_support import canvas_on


@pytest.fixture
def view(qtbot: QtBot) -> CanvasView:
    document = edits.append(digits_network(), layers.GlobalAvgPool2D())
    return canvas_on(opened(edits.tidy(document)), qtbot)


def item(view: CanvasView, name: str) -> BlockItem:
    return view.canvas.blocks[name]


def test_a_name_without_room_beside_the_title_stands_below_it(view: CanvasView) -> None:
    wide, narrow = item(view, "globalavgpool2d_1"), item(view, "relu_1")
    assert wide.name_rect().top() >= wide.title_rect().bottom()
    assert narrow.name_rect().bottom() <= narrow.title_rect().bottom()
    room = wide.title_rect().width()
    assert max(QFontMetricsF(title_font()).horizontalAdvance("GlobalAvgPool2D"), wide.name_rect().width()) <= room + 4


def test_a_name_longer_than_its_line_is_shortened_and_leaves_the_title(view: CanvasView) -> None:
    store = view.store
    store.edit("rename", edits.rename(store.document, "dense_1", "m" * 40))
    block = item(view, "m" * 40)
    line = block.title_rect()
    title = QFontMetricsF(title_font()).horizontalAdvance("Dense")
    # Where it is written, and where a double-click finds it, begins right of the title.
    assert line.left() + title < block.name_rect().left() + 12 < line.right()

    block.face = replace(block.face, title="")
    picture = QImage(400, 100, QImage.Format.Format_RGB32)
    picture.fill(QColor("white"))
    painter = QPainter(picture)
    painter.translate(200, 50)
    block._write(painter)
    painter.end()
    dark = [x for x in range(400) if any(picture.pixelColor(x, y).lightness() < 200 for y in range(100))]
    assert dark[0] >= 200 + line.left() - 1
    assert dark[-1] <= 200 + line.right() + 1
