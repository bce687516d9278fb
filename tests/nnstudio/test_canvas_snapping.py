"""Alignment guides: positions at which a dragged block snaps to others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnstudio.canvas.geometry.snapping import Box, Line, snap

_WIDTH, _HEIGHT = 240, 54


def box(x: float, y: float, width: float = _WIDTH, height: float = _HEIGHT) -> Box:
    """About a centre."""
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def test_a_block_snaps_to_the_column_above_it() -> None:
    found = snap(box(4, 205), [box(0, 0)], 6)
    assert (found.dx, found.dy) == (-4, 0)
    assert found.lines == (Line(0, -37, 0, 242),)


def test_beyond_reach_nothing_pulls() -> None:
    assert snap(box(7, 205), [box(0, 0)], 6) == snap(box(7, 205), [], 6)
    assert snap(box(7, 205), [box(0, 0)], 6).lines == ()


def test_both_axes_pull_at_once() -> None:
    found = snap(box(322, 3), [box(0, 0), box(320, 300)], 6)
    assert (found.dx, found.dy) == (-2, -3)
    assert len(found.lines) == 2


def test_edges_of_blocks_of_another_size_pull() -> None:
    found = snap(box(103, 200, width=448), [box(0, 0)], 6)
    # The left edges meet; the centres would be far apart.
    assert found.dx == pytest.approx(1)
    assert found.lines[0].x0 == found.lines[0].x1 == -120


def test_the_middle_between_two_neighbours_pulls() -> None:
    found = snap(box(0, 103), [box(0, 0), box(0, 200)], 6)
    assert found.dy == -3
    gaps = [line for line in found.lines if line.gap]
    assert {line.y1 - line.y0 for line in gaps} == {46}


@pytest.mark.parametrize(("y", "wanted"), [(178, 176), (-90, -88)])
def test_the_same_distance_as_in_the_row_pulls(y: float, wanted: float) -> None:
    found = snap(box(0, y), [box(0, 0), box(0, 88)], 6)
    assert y + found.dy == wanted
    assert len([line for line in found.lines if line.gap]) == 2


def test_blocks_in_other_columns_give_no_distance() -> None:
    found = snap(box(0, 103), [box(0, 0), box(500, 200)], 3)
    assert found.dy == 0


def test_several_blocks_move_as_one() -> None:
    moving = Box.around([box(5, 100), box(5, 188)])
    assert snap(moving, [box(0, 0)], 6).dx == -5


@given(
    st.tuples(st.floats(-300, 300), st.floats(-300, 300)),
    st.lists(st.tuples(st.floats(-300, 300), st.floats(-300, 300)), max_size=6),
)
def test_it_never_moves_farther_than_its_reach_and_stays_where_it_snapped(
    place: tuple[float, float], others: list[tuple[float, float]]
) -> None:
    boxes = [box(*other) for other in others]
    moving = box(*place)
    found = snap(moving, boxes, 6)
    assert abs(found.dx) <= 6
    assert abs(found.dy) <= 6
    aligned = snap(moving.moved(found.dx, found.dy), boxes, 0.01)
    assert abs(aligned.dx) <= 0.01
    if found.dx:
        assert any(line.x0 == line.x1 or line.gap for line in found.lines)
