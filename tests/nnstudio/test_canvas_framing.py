"""Framing: the part of the scene that a view shows, and how far it moves for something else."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, QSizeF

from engine import layers
from nnstudio.canvas.geometry.framing import blocks_area, fitting_zoom, moved_to_show
from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH
from nnstudio.document import edits
from nnstudio.document.model import Document

SEEN = QRectF(0, 0, 100, 50)


@pytest.mark.parametrize(
    ("area", "x", "y"),
    [
        (QRectF(10, 10, 20, 20), 0, 0),
        (QRectF(-30, 10, 20, 20), -30, 0),
        (QRectF(90, 40, 20, 20), 10, 10),
        # Too large for the view, which it then fills: it moves no further than that.
        (QRectF(-10, -10, 300, 20), 0, -10),
        (QRectF(50, 0, 300, 20), 50, 0),
        (QRectF(-400, 0, 300, 20), -200, 0),
    ],
)
def test_a_view_moves_no_further_than_it_takes(area: QRectF, x: float, y: float) -> None:
    moved = moved_to_show(SEEN, area)
    assert moved == SEEN.translated(x, y)
    assert moved.contains(area) or (area.left() <= moved.left() and moved.right() <= area.right())


def test_of_two_areas_that_do_not_fit_the_last_one_is_seen() -> None:
    first, last = QRectF(-200, 0, 20, 20), QRectF(200, 0, 20, 20)
    assert moved_to_show(SEEN, first, last).contains(last)
    assert moved_to_show(SEEN, last, first).contains(first)


def test_an_area_fits_at_the_zoom_of_its_tighter_side() -> None:
    area = QRectF(0, 0, 400, 100)
    assert fitting_zoom(area, QSizeF(200, 100), 1.0) == 0.5
    assert fitting_zoom(area, QSizeF(400, 20), 1.0) == 0.2
    assert fitting_zoom(area, QSizeF(4000, 1000), 2.0) == 2.0


def test_the_area_of_blocks_is_around_all_of_them() -> None:
    document = Document()
    for _ in range(3):
        document = edits.append(document, layers.Tanh())
    document = edits.place(edits.place(document, "tanh_1", 0, 0), "tanh_3", 500, 300)
    area = blocks_area(document, ["tanh_1", "tanh_3"])
    assert (area.width(), area.height()) == (500 + BLOCK_WIDTH, 300 + BLOCK_HEIGHT)
    assert blocks_area(document, []).isNull()
