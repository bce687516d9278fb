"""What is written on a block: nothing is cut off that has room elsewhere, and nothing runs over something else."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter
from pytestqt.qtbot import QtBot

from engine import layers
from nnstudio.canvas.items import BlockItem
from nnstudio.canvas.lettering import caption_font, title_font, two_ends
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits
from tests.nnstudio.canvas_support import canvas_on, digits_network, opened


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


def test_a_name_longer_than_its_line_is_shortened_within_it(qapp: object) -> None:
    picture = QImage(300, 30, QImage.Format.Format_RGB32)
    picture.fill(QColor("white"))
    painter = QPainter(picture)
    two_ends(painter, QRectF(100, 5, 100, 20), ("", title_font(), "black"), ("m" * 60, caption_font(), "black"))
    painter.end()
    dark = [x for x in range(300) if any(picture.pixelColor(x, y).lightness() < 128 for y in range(30))]
    assert dark[0] >= 99
    assert dark[-1] <= 201
